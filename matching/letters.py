"""Text columns as arrays: their bytes, their code points, and the numbers they end in.

Whole columns are looked at together, a few passes over flat arrays in place of a call for
each text. What the texts mean is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from matching.columns import Column, pc, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

Ints = npt.NDArray[Any]

_ZERO, _NINE = ord("0"), ord("9")
#: So many digits of a house number are kept, and so many letters may follow it.
_HOUSE_DIGITS, _HOUSE_TAIL = 6, 3
#: Longer ones are looked at by themselves.
LONGEST_STREET = 64
_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
#: White space of any script, and the sign of the illegible.
_ODD = (*range(0x21), 0x7F, 0x85, 0xA0, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x3000, 0x25A1)
#: First bytes of characters beyond ASCII that may be white space.
_DOUBTFUL = (0xC2, 0xE1, 0xE2)
_CJK_MARKS = b"\xe3\x80"


def bytes_of(texts: Column) -> tuple[Ints, Ints]:
    """The bytes of a text column without nulls, and where each text begins and ends (n + 1,)."""
    offsets = np.frombuffer(texts.buffers()[1] or b"\0\0\0\0", np.int32)
    offsets = offsets[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8), offsets


def fixed(texts: Column, width: int) -> tuple[Ints, Ints]:
    """The rows whose text has this many bytes, and their bytes (k, width)."""
    data, offsets = bytes_of(pc.fill_null(whole(texts), ""))
    rows = np.flatnonzero(np.diff(offsets) == width)
    if not len(rows):
        return rows, np.zeros((0, width), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(data, width)
    return rows, windows[offsets[rows]]


def trimmed(texts: Column) -> Column:
    """Texts without white space at their ends; columns without any are given back as they are."""
    return pc.utf8_trim_whitespace(texts) if _may_need_trimming(texts) else texts


def _may_need_trimming(texts: Column) -> bool:
    data, offsets = bytes_of(pc.fill_null(texts, ""))
    some = np.diff(offsets) > 0
    head, tail = offsets[:-1][some], offsets[1:][some] - 1
    first = data[head]
    if (first <= ord(" ")).any() or (data[tail] <= ord(" ")).any():
        return True
    # A character of three bytes begins two places before the text's end.
    third = data[np.maximum(tail - 2, 0)]
    second = data[np.maximum(tail - 1, 0)]
    for lead, following in (
        (first, data[np.minimum(head + 1, len(data) - 1)]),
        (third, second),
    ):
        if np.isin(lead, _DOUBTFUL).any():
            return True
        if ((lead == _CJK_MARKS[0]) & (following == _CJK_MARKS[1])).any():
            return True
    return bool((second == _DOUBTFUL[0]).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The code points of all texts, one after the other: where each begins, and its length."""

    points: Ints
    first: Ints
    size: Ints

    def __len__(self) -> int:
        return len(self.size)


def letters(texts: Column) -> Letters:
    """The code points of a column; nothing where a text is null."""
    filled = pc.fill_null(whole(texts), "")
    data, offsets = bytes_of(filled)
    plain = data[offsets[0] : offsets[-1]].tobytes().decode("utf-8") if len(filled) else ""
    size = pc.utf8_length(filled).to_numpy().astype(np.int64)
    return Letters(
        points=np.frombuffer(plain.encode("utf-32-le"), np.uint32),
        first=np.cumsum(size) - size,
        size=size,
    )


def present(points: Ints, among: Iterable[int] | None = None) -> Ints:
    """Which code points occur, in order; of those in `among` alone, when given."""
    seen = np.zeros(0x110000, bool)
    seen[points] = True
    if among is not None:
        wanted = np.fromiter(among, np.int64)
        return wanted[seen[wanted]]
    return np.flatnonzero(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Houses:
    """Addresses cut before the number they end in.

    `plain` marks the texts that could be cut; `length` of the part before the number, `house`
    the number, `street` a 64-bit sum by which equal parts are known.
    """

    plain: Ints
    length: Ints
    house: Ints
    street: Ints


def cut_houses(text: Letters) -> Houses:
    """Cut each text before its last number, when at most three letters follow that.

    Texts with white space, something illegible, or of unusual length are not plain.
    """
    rows = len(text)
    some = np.flatnonzero(text.size > 0)
    length, house = np.zeros(rows, np.int64), np.zeros(rows, np.int32)
    plain, street = np.zeros(rows, bool), np.zeros(rows, np.uint64)
    if not len(some):
        return Houses(plain=plain, length=length, house=house, street=street)
    first, end = text.first[some], text.first[some] + text.size[some]
    at = np.arange(len(text.points), dtype=np.int32)
    digit = (text.points >= _ZERO) & (text.points <= _NINE)
    last = np.maximum.reduceat(np.where(digit, at, -1), first)
    start = np.maximum(np.maximum.accumulate(np.where(digit, -1, at))[last] + 1, first)
    able = (last >= first) & (end - 1 - last <= _HOUSE_TAIL) & (start - first < LONGEST_STREET)
    odd = np.isin(text.points, present(text.points, _ODD))
    able &= ~np.logical_or.reduceat(odd, first) if odd.any() else True
    plain[some], length[some] = able, start - first
    house[some] = _number(text.points, start, last, able)
    street[some] = _sums(text.points, first, np.where(able, start - first, 0))
    return Houses(plain=plain, length=length, house=house, street=street)


def _number(points: Ints, start: Ints, last: Ints, able: Ints) -> Ints:
    value = np.zeros(len(start), np.int32)
    for place in range(_HOUSE_DIGITS):
        here = able & (start + place <= last)
        value[here] = value[here] * 10 + (points[start[here] + place] - _ZERO).astype(np.int32)
    return value


def _sums(points: Ints, first: Ints, length: Ints) -> Ints:
    """A 64-bit sum of the first letters of each text, by which equal ones are known."""
    sums = np.ones(len(first), np.uint64)
    for place in range(int(length.max(initial=0))):
        here = np.flatnonzero(length > place)
        sums[here] = sums[here] * _FACTOR + points[first[here] + place]
    return sums
