"""Red ink taken off a picture, dark strokes under it kept.

Seals and red stamps are bright in the red channel while ink is dark in it, so a reddish
pixel is replaced by its red channel alone. Printed red labels vanish too: whether to look
at a place with or without its red is the reader's choice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.quads import shrunken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ocr.quads import Image

    Paper = NDArray[np.float32]

#: Excess of red over green and blue, paper levelled to white: none below, all red above.
_FAINT, _FULL = 22, 56
#: By how much pages are shrunk to find the red ink, and the excess that is left of a speck.
_SHRINK, _TRACE = 8, 5
#: Rows of the shrunken picture that are looked at together.
_BAND = 16
#: Red-channel values of strokes and of bare seal ink; in between is stretched.
_STROKE, _INK = 80, 190
_DARKEST_PAPER = 120


def remove_red(image: Image) -> Image:
    """The RGB picture with red and pink ink turned into paper; itself when there is none."""
    paper = _paper(image)
    cleaned = image
    for top, left, bottom, right in _red_places(image, paper):
        window = image[top:bottom, left:right]
        bare = _without_red(window, paper)
        if bare is not window:
            cleaned = image.copy() if cleaned is image else cleaned
            cleaned[top:bottom, left:right] = bare
    return cleaned


def _red_places(image: Image, paper: Paper) -> Iterator[tuple[int, int, int, int]]:
    """The windows (top, left, bottom, right) that may hold red ink.

    Looked for in a picture shrunk by `_SHRINK`, as most of a page holds none.
    """
    height, width = image.shape[:2]
    size = (math.ceil(width / _SHRINK), math.ceil(height / _SHRINK))
    _, excess = _levelled(shrunken(image, size), paper)
    reddish = cv2.dilate((excess > _TRACE).astype(np.uint8), np.ones((3, 3), np.uint8))
    for top in range(0, size[1], _BAND):
        # Stretches of a band that hold red begin and end where this changes.
        columns = np.pad(reddish[top : top + _BAND].max(axis=0), 1)
        borders = np.flatnonzero(np.diff(columns))
        for left, right in borders.reshape(-1, 2).tolist():
            yield top * _SHRINK, left * _SHRINK, (top + _BAND) * _SHRINK, right * _SHRINK


def _levelled(image: Image, paper: Paper) -> tuple[Image, Image]:
    """The red channel and its excess over the others, the paper levelled to white."""
    levels = np.arange(256, dtype=np.float32)
    table = np.minimum(255, levels[:, None] * 255 / paper).astype(np.uint8)
    red, green, blue = cv2.split(cv2.LUT(image, table[:, None, :]))
    excess = cv2.subtract(red, cv2.max(green, blue))
    return np.asarray(red, dtype=np.uint8), np.asarray(excess, dtype=np.uint8)


def _without_red(image: Image, paper: Paper) -> Image:
    """A window of a page with its red ink turned into paper; itself when there is none."""
    red, excess = _levelled(image, paper)
    if int(excess.max()) <= _FAINT:
        return image
    levels = np.arange(256, dtype=np.float32)
    share = np.clip((levels - _FAINT) / (_FULL - _FAINT), 0, 1)
    lifted = np.where(
        levels < _STROKE,
        levels,
        np.minimum(255, _STROKE + (levels - _STROKE) * (255 - _STROKE) / (_INK - _STROKE)),
    )
    weight = cv2.merge([cv2.LUT(excess, (share * 255).astype(np.uint8))] * 3)
    plain = cv2.LUT(red, lifted.astype(np.uint8))
    planes = [cv2.LUT(plain, (levels * tone / 255).astype(np.uint8)) for tone in paper]
    cleaned = cv2.add(
        cv2.multiply(cv2.merge(planes), weight, scale=1 / 255),
        cv2.multiply(image, cv2.bitwise_not(weight), scale=1 / 255),
    )
    return np.asarray(cleaned, dtype=np.uint8)


def _paper(image: Image) -> Paper:
    """The colour of the paper: what the lighter half of the picture mostly shows."""
    step = max(1, min(image.shape[:2]) // 200)
    sample = image[::step, ::step].reshape(-1, 3)
    light = sample[sample[:, 0] >= np.median(sample[:, 0])]
    tone: Paper = np.maximum(np.median(light, axis=0), _DARKEST_PAPER).astype(np.float32)
    return tone
