"""The chain of pages in a TIFF, walked without decoding anything.

Decoders stop silently where the chain points beyond the end of the file, and pages would
be lost without a word; here the break is seen (TIFF 6.0, section 2; BigTIFF).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How many pages can be reached, and whether the chain ends as it should."""

    pages: int
    complete: bool


def walk(file: BinaryIO, most: int) -> Chain:
    """Follow the directories from the header, at most `most` of them.

    A chain that runs in a circle counts as broken where it closes.
    """
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    pages = 0
    try:
        big = _number(file, order, "H") == 43
        offset, count, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
        file.seek(8 if big else 4)
        place = _number(file, order, offset)
        seen: set[int] = set()
        while place and pages < most:
            if place in seen:
                return Chain(pages=pages, complete=False)
            seen.add(place)
            file.seek(place)
            entries = _number(file, order, count)
            file.seek(entries * entry, 1)
            place = _number(file, order, offset)
            pages += 1
    except (struct.error, OSError, OverflowError, ValueError):
        return Chain(pages=pages, complete=False)
    return Chain(pages=pages, complete=not place)


def _number(file: BinaryIO, order: str, kind: str) -> int:
    """An unsigned number at the file's place; raises struct.error at the end of the file."""
    form = order + kind
    return int(struct.unpack(form, file.read(struct.calcsize(form)))[0])
