"""One field's picture, cut from a scan for a person to look at.

The PNG holds pixels alone: no metadata, no name, nothing of the rest of the page.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from ocr.pages import PageImage, load_pages, upright_by
from ocr.refusals import refused
from records.errors import InputError
from records.reading import Box

if TYPE_CHECKING:
    from pathlib import Path

    from ocr.limits import Limits
    from ocr.quads import Image

_MARGIN = 12
_RGB_AXES = 3
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def cut(
    path: Path,
    page: int,
    rotation: int,
    box: Box,
    *,
    margin: int = _MARGIN,
    limits: Limits | None = None,
) -> bytes:
    """PNG bytes of a box of the upright page, `margin` pixels wider on each side.

    `rotation` is the page's turn as the reading states it. Raises InputError with the
    reason of the page's refusal, or `box_outside` where the box lies off the page.
    """
    return cut_from(page_pixels(path, page, rotation, limits), box, margin=margin)


def page_pixels(path: Path, page: int, rotation: int, limits: Limits | None = None) -> Image:
    """The upright page, for cutting many fields; raises InputError where it is refused."""
    loaded = next(load_pages(path, limits=limits, text_layer="never", first=page, last=page), None)
    if loaded is None:
        raise refused("not_found", path.name)
    if not isinstance(loaded, PageImage):
        raise InputError(loaded.reason, what=loaded.detail, where=path.name)
    return upright_by(loaded.rgb, (rotation - loaded.turned) % 360)


def cut_from(upright: Image, box: Box, *, margin: int = _MARGIN) -> bytes:
    """PNG bytes of a box of an upright page; raises InputError (`box_outside`)."""
    left, top, right, bottom = window_of(upright, box, margin=margin)
    return png(upright[top:bottom, left:right])


def window_of(upright: Image, box: Box, *, margin: int) -> Box:
    """The box made wider, as far as the page goes; raises InputError (`box_outside`)."""
    height, width = upright.shape[:2]
    left, top = max(0, box[0] - margin), max(0, box[1] - margin)
    right, bottom = min(width, box[2] + margin), min(height, box[3] + margin)
    if right <= left or bottom <= top:
        raise refused("box_outside")
    return Box(left, top, right, bottom)


def png(image: Image) -> bytes:
    """An RGB or grey picture as a PNG of the three necessary chunks (PNG 1.2, section 11.2)."""
    height, width = image.shape[:2]
    colour, deep = (2, 3) if image.ndim == _RGB_AXES else (0, 1)
    # Filter 1, each byte minus the one a pixel before it, halves the size of paper.
    rows = np.empty((height, 1 + deep * width), dtype=np.uint8)
    rows[:, 0] = 1
    flat = image.reshape(height, -1)
    rows[:, 1 : 1 + deep] = flat[:, :deep]
    rows[:, 1 + deep :] = flat[:, deep:] - flat[:, :-deep]
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
