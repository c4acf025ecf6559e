"""The picture of a page as a PDF keeps it: the scan's own JPEG data, else without loss.

A JPEG file, or one inside a scanned PDF, is taken over byte for byte. Everything else is
packed without loss, as one bit, as grey or as colour, whatever its pixels need.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pikepdf
from pikepdf import Name
from PIL import Image as Pictures
from PIL import ImageCms

from ocr.pages import PageImage, load_pages, upright_by
from ocr.sniff import sniff
from records.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ocr.quads import Image
    from records.reading import PageReading

#: JPEG frames that PDF knows: baseline, extended and progressive, coded by Huffman.
_FRAMES = (0xC0, 0xC1, 0xC2)
#: Every marker begins with this byte; those that have no content.
_MARK, _BARE = 0xFF, (0x01, *range(0xD0, 0xD9))
_BITS = 8
#: Grey values by which two decoders may differ on average.
_DECODERS_DIFFER = 2.0
_PROFILE_HEADER, _PROFILE_CLASSES = 128, (b"scnr", b"mntr", b"prtr", b"spac")
_PROFILE_SPACES = {1: b"GRAY", 3: b"RGB "}
_NEWEST_PROFILE = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A page's picture, packed.

    `filter` is the PDF filter that unpacks `data`, `size` width and height in pixels,
    `channels` 1 or 3, `bits` 1 or 8 a channel, `profile` the ICC profile of its colours, empty
    where they are taken for sRGB. `turned` says by how many degrees clockwise it is turned.
    """

    data: bytes
    filter: str
    size: tuple[int, int]
    channels: int
    bits: int
    turned: int
    profile: bytes = b""


def picture_of(path: Path, page: PageReading) -> Picture:
    """The picture of a page that was read; raises InputError where it can't be had any more."""
    media_type = sniff(path).media_type
    if media_type == "image/jpeg":
        kept = _as_jpeg(path.read_bytes(), page)
        if kept:
            return kept
    loaded = next(load_pages(path, first=page.page, last=page.page))
    if not isinstance(loaded, PageImage):
        raise InputError(loaded.reason, what=loaded.detail, where=path.name)
    if media_type == "application/pdf" and loaded.text_layer is None:
        data, profile = _embedded_jpeg(path, page.page)
        kept = _as_jpeg(data, page, profile)
        if kept and _shows(kept, upright_by(loaded.rgb, -loaded.turned % 360)):
            return kept
    return packed(loaded.rgb, turned=(page.rotation - loaded.turned) % 360)


def packed(rgb: Image, *, turned: int = 0) -> Picture:
    """Pixels (H, W, 3) packed without loss, in the smallest of the three forms that holds them."""
    height, width = rgb.shape[:2]
    grey = np.ascontiguousarray(rgb[:, :, 0])
    if not all(np.array_equal(grey, rgb[:, :, channel]) for channel in (1, 2)):
        data, channels, bits = zlib.compress(_filtered(rgb.reshape(height, -1), 3), 6), 3, 8
    elif np.isin(grey, (0, 255)).all():
        data, channels, bits = zlib.compress(np.packbits(grey > 0, axis=1).tobytes(), 9), 1, 1
    else:
        data, channels, bits = zlib.compress(_filtered(grey, 1), 6), 1, 8
    return Picture(
        data=data, filter="/FlateDecode", size=(width, height), channels=channels, bits=bits,
        turned=turned,
    )  # fmt: skip


def _filtered(rows: NDArray[np.uint8], channels: int) -> bytes:
    """Rows of bytes under PNG's filter 1: each minus the one a pixel before it."""
    result = np.empty((rows.shape[0], 1 + rows.shape[1]), dtype=np.uint8)
    result[:, 0] = 1
    result[:, 1 : 1 + channels] = rows[:, :channels]
    result[:, 1 + channels :] = rows[:, channels:] - rows[:, :-channels]
    return result.tobytes()


def _as_jpeg(data: bytes, page: PageReading, profile: bytes = b"") -> Picture | None:
    """JPEG data as it is, None unless it is of a kind that PDF shows as the reader saw it.

    `profile` is the ICC profile that stands beside the data.
    """
    frame = _frame(data)
    if frame is None:
        return None
    width, height, channels = frame
    upright = (height, width) if page.rotation in {90, 270} else (width, height)
    if upright != page.size or channels not in _PROFILE_SPACES:
        return None
    return Picture(
        data=data, filter="/DCTDecode", size=(width, height), channels=channels, bits=8,
        turned=page.rotation, profile=_sound(profile or _own_profile(data), channels),
    )  # fmt: skip


def _frame(data: bytes) -> tuple[int, int, int] | None:
    """Width, height and channels by the frame header (ITU-T T.81, B.2.2), None for other frames."""
    at = 2 if data.startswith(b"\xff\xd8") else len(data)
    while at + 10 <= len(data) and data[at] == _MARK:
        marker = data[at + 1]
        if marker in _FRAMES:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            return (width, height, channels) if bits == _BITS and width and height else None
        length = int(struct.unpack_from(">H", data, at + 2)[0])
        at += 1 if marker == _MARK else 2 if marker in _BARE else 2 + length
    return None


def _own_profile(data: bytes) -> bytes:
    """The ICC profile inside JPEG data."""
    try:
        with Pictures.open(io.BytesIO(data), formats=("JPEG",)) as picture:
            profile: bytes = picture.info.get("icc_profile") or b""
    except (OSError, ValueError, SyntaxError):
        return b""
    return profile


def _sound(profile: bytes, channels: int) -> bytes:
    """A profile that a PDF/A may carry and that fits the channels, otherwise nothing."""
    fits = (
        len(profile) > _PROFILE_HEADER
        and struct.unpack_from(">I", profile)[0] == len(profile)
        and profile[8] <= _NEWEST_PROFILE
        and profile[12:16] in _PROFILE_CLASSES
        and profile[16:20] == _PROFILE_SPACES[channels]
    )
    try:
        return profile if fits and ImageCms.ImageCmsProfile(io.BytesIO(profile)) else b""
    except (OSError, ImageCms.PyCMSError):
        return b""


def _embedded_jpeg(path: Path, number: int) -> tuple[bytes, bytes]:
    """JPEG data and ICC profile of the one picture of a scanned PDF's page, empty without such."""
    try:
        with pikepdf.open(path) as document:
            pictures = list(document.pages[number - 1].get_images().values())
            if len(pictures) != 1 or not _is_plain(pictures[0]):
                return b"", b""
            colours = pictures[0].ColorSpace
            profile = colours[1].read_bytes() if isinstance(colours, pikepdf.Array) else b""
            return pictures[0].read_raw_bytes(), profile
    except (pikepdf.PdfError, ValueError, IndexError):
        return b"", b""


def _shows(picture: Picture, rgb: Image) -> bool:
    """Whether JPEG data holds these pixels, but for what decoders differ in."""
    with Pictures.open(io.BytesIO(picture.data), formats=("JPEG",)) as opened:
        own = np.asarray(opened.convert("RGB"))
    return own.shape == rgb.shape and bool(cv2.absdiff(own, rgb).mean() < _DECODERS_DIFFER)


def _is_plain(picture: pikepdf.Object) -> bool:
    """Whether a PDF shows the JPEG data just as any viewer of JPEG would."""
    changing = ("/Decode", "/SMask", "/Mask", "/DecodeParms", "/ImageMask")
    colours = picture.get("/ColorSpace")
    kind = colours[0] if isinstance(colours, pikepdf.Array) and len(colours) == 2 else colours
    return (
        picture.get("/Filter") in (Name.DCTDecode, pikepdf.Array([Name.DCTDecode]))
        and kind in (Name.DeviceRGB, Name.DeviceGray, Name.ICCBased)
        and not any(name in picture for name in changing)
    )
