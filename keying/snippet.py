"""What a snippet may be: a PNG that holds a picture and nothing else.

A picture's own metadata (text, times, EXIF) could name the scan it was cut from, so only
chunks that are needed to show the picture are let through.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HARMLESS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs"}
)
_LARGEST_SIDE = 12_000
_FRAME = 12  # length, type and checksum of a chunk
MAX_BYTES = 8 << 20


def check_snippet(data: bytes, where: str) -> bytes:
    """`data` itself, if it is a whole PNG without metadata; raises InputError naming `where`."""
    problem = _problem(data)
    if problem is None:
        return data
    reason, what = problem
    raise InputError(
        reason,
        what=what,
        where=where,
        remedy="重新截取该字段的图片 · cut the picture of this field anew",
    )


def _problem(data: bytes) -> tuple[str, str] | None:
    if len(data) > MAX_BYTES:
        return "snippet_too_large", "字段图片过大 · the picture of a field is too large"
    names = []
    for name, body in _chunks(data):
        if name not in _HARMLESS:
            return "snippet_metadata", "字段图片带有附加信息 · a picture carries metadata"
        if name == b"IHDR" and max(struct.unpack_from(">II", body)) > _LARGEST_SIDE:
            return "snippet_too_large", "字段图片尺寸过大 · a picture has too many pixels"
        names.append(name)
    if names[:1] != [b"IHDR"] or names[-1:] != [b"IEND"] or b"IDAT" not in names:
        return "snippet_damaged", "字段图片损坏 · the picture of a field is damaged"
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks up to the first damage; a whole file ends exactly with its IEND."""
    if not data.startswith(_SIGNATURE):
        return
    at = len(_SIGNATURE)
    while at + _FRAME <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + _FRAME + length
        name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data) or zlib.crc32(name + body) != int.from_bytes(data[end - 4 : end], "big"):
            return
        if name == b"IEND" and end != len(data):
            return
        if name == b"IHDR" and length != 13:
            return
        yield name, body
        at = end
