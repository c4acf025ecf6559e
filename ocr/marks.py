"""Marks in a picture that goes to a vendor: a line that all can read, and a pattern for one clerk.

The pattern is noise of a few grey levels, made from a secret key, in cells large enough to
outlive compression and scaling (spread spectrum; Cox et al. 1997). Whoever holds the key and the
unmarked picture finds it again (`mark_search`); nobody else can tell it from paper.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.refusals import refused
from ocr.snippets import png

if TYPE_CHECKING:
    from pathlib import Path

    from ocr.quads import Image

Grey = NDArray[np.float32]

#: Grey levels by which the pattern changes a pixel, one standard deviation.
STRENGTH = 3.0
#: Side of a cell of the pattern, in pixels.
CELL = 3
#: Room that is made below white and above black, so that the pattern is not cut off there.
_ROOM = 2 * STRENGTH
_LEAST = 16
_LINE, _SIZE, _INK = 16, 0.36, 120


def mark(image: Image, *, key: bytes, line: str) -> bytes:
    """PNG of the grey picture with the pattern of `key` in it and `line` (ASCII) below it."""
    height, width = image.shape
    noise = STRENGTH * pattern(key, height, width)
    marked = np.clip(np.rint(with_room(image.astype(np.float32)) + noise), 0, 255)
    return png(np.vstack([marked.astype(np.uint8), _readable(line, width)]))


def mark_png(data: bytes, *, key: bytes, line: str) -> bytes:
    """As `mark`, of a picture that is a PNG already."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return mark(np.asarray(decoded, np.uint8), key=key, line=line)


def as_grey(data: bytes) -> Grey:
    """The grey picture in a PNG of ours."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(decoded, np.float32)


def picture_of_file(path: Path) -> Image:
    """The RGB picture in a file that somebody brought; raises InputError when it is none."""
    if not path.is_file():
        raise refused("not_found", path.name)
    data = path.read_bytes()
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) if data else None
    if decoded is None or min(decoded.shape[:2]) < _LEAST:
        raise refused("damaged_image", path.name)
    return np.asarray(decoded, np.uint8)


def pattern(key: bytes, height: int, width: int) -> Grey:
    """The noise of a key: mean 0, variance 1, the same for the same key and size."""
    rows, columns = height // CELL + 2, width // CELL + 2
    bits = np.frombuffer(hashlib.shake_256(key).digest((rows * columns + 7) // 8), np.uint8)
    cells = np.unpackbits(bits)[: rows * columns].reshape(rows, columns).astype(np.float32)
    wide = cv2.resize(2 * cells - 1, (columns * CELL, rows * CELL), interpolation=cv2.INTER_CUBIC)
    noise = np.asarray(wide[:height, :width], np.float32)
    return np.asarray((noise - noise.mean()) / (noise.std() + 1e-6), np.float32)


def with_room(image: Grey) -> Grey:
    """The picture with its darkest and brightest tones drawn in by what the pattern needs."""
    return np.float32(_ROOM) + image * np.float32((255 - 2 * _ROOM) / 255)


def _readable(line: str, width: int) -> Image:
    """A strip of paper with the line on it, broken where the picture is narrow."""
    (one, _), _ = cv2.getTextSize("0", cv2.FONT_HERSHEY_SIMPLEX, _SIZE, 1)
    fits = max(1, (width - 4) // max(1, one))
    parts = [line[at : at + fits] for at in range(0, len(line), fits)]
    strip = np.full((_LINE * len(parts) + 2, width), 244, np.uint8)
    for number, part in enumerate(parts, 1):
        at = (2, _LINE * number - 4)
        cv2.putText(strip, part, at, cv2.FONT_HERSHEY_SIMPLEX, _SIZE, _INK, 1, cv2.LINE_AA)
    return strip
