"""Text columns as arrays: their bytes, their code points, and the numbers they end in.

Whole columns are looked at together, a few passes over flat arrays in place of a call for
each text. What the texts mean is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.columns import Column, pc, whole

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


def filled(texts: Column) -> Column:
    """A column in one piece, the empty text in place of nulls."""
    column = whole(texts)
    return pc.fill_null(column, "") if column.null_count else column


def fixed(texts: Column, width: int) -> tuple[Ints, Ints]:
    """The rows whose text has this many bytes, and their bytes (k, width)."""
    data, offsets = bytes_of(filled(texts))
    rows = np.flatnonzero(np.diff(offsets) == width)
    if not len(rows):
        return rows, np.zeros((0, width), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(data, width)
    return rows, windows[offsets[rows]]


def trimmed(texts: Column) -> Column:
    """Texts without white space at their ends; columns without any are given back as they are."""
    return pc.utf8_trim_whitespace(texts) if _may_need_trimming(texts) else texts


def _may_need_trimming(texts: Column) -> bool:
    data, offsets = bytes_of(filled(texts))
    if not _has_doubtful(data[offsets[0] : offsets[-1]]):
        return False
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


def _has_doubtful(data: Ints) -> bool:
    """Whether a byte stands anywhere with which white space may begin."""
    if not len(data):
        return False
    # From 0xC2 to 0xE3 no byte but a first one can be; digits, letters and ideographs have none.
    return bool(data.min() <= ord(" ") or (data - np.uint8(0xC2) <= 0xE3 - 0xC2).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The code points of all texts, one after the other: where each begins, and its length."""

    points: Ints
    first: Ints
    size: Ints

    def __len__(self) -> int:
        return len(self.size)

    def texts_of(self, places: Ints) -> Ints:
        """The texts in which these places among `points` lie."""
        texts: Ints = np.searchsorted(self.first, places, "right") - 1
        return texts


def letters(texts: Column) -> Letters:
    """The code points of a column; nothing where a text is null."""
    column = filled(texts)
    data, offsets = bytes_of(column)
    plain = data[offsets[0] : offsets[-1]].tobytes().decode("utf-8") if len(column) else ""
    size = pc.utf8_length(column).to_numpy().astype(np.int64)
    return Letters(
        points=np.frombuffer(plain.encode("utf-32-le"), np.uint32),
        first=np.cumsum(size) - size,
        size=size,
    )


def _odd_places(points: Ints) -> Ints:
    """Where white space or the sign of the illegible stands."""
    # Nearly all letters of addresses are ideographs or digits, and stand behind these.
    few = np.flatnonzero((points <= max(_ODD)) & ~_is_digit(points))
    places: Ints = few[np.isin(points[few], _ODD)]
    return places


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
    last = _last_digits(text.points, first, end)
    able = last >= 0
    start = _run_begins(text.points, first, np.where(able, last, first))
    able &= start - first < LONGEST_STREET
    able[np.searchsorted(first, _odd_places(text.points), "right") - 1] = False
    plain[some], length[some] = able, start - first
    house[some] = _number(text.points, start, last, able)
    street[some] = _sums(text.points, first, start)
    return Houses(plain=plain, length=length, house=house, street=street)


def _is_digit(points: Ints) -> Ints:
    digits: Ints = points - np.uint32(_ZERO) <= _NINE - _ZERO
    return digits


def _last_digits(points: Ints, first: Ints, end: Ints) -> Ints:
    """The place of each text's last digit, -1 where too many letters follow it, or none does."""
    last = np.full(len(first), -1, np.int64)
    for letters_behind in range(_HOUSE_TAIL + 1):
        at = end - 1 - letters_behind
        found = _is_digit(points[np.maximum(at, first)]) & (at >= first) & (last < 0)
        last[found] = at[found]
    return last


def _run_begins(points: Ints, first: Ints, last: Ints) -> Ints:
    """Where the digits begin that end at `last`."""
    start = last.copy()
    going = np.arange(len(first))
    while len(going):
        before = start[going] - 1
        more = (before >= first[going]) & _is_digit(points[before])
        going = going[more]
        start[going] -= 1
    return start


def _number(points: Ints, start: Ints, last: Ints, able: Ints) -> Ints:
    value = np.zeros(len(start), np.int32)
    for place in range(_HOUSE_DIGITS):
        here = np.flatnonzero(able & (start + place <= last))
        value[here] = value[here] * 10 + (points[start[here] + place] - _ZERO).astype(np.int32)
    return value


def _sums(points: Ints, first: Ints, end: Ints) -> Ints:
    """A 64-bit sum of the letters from `first` up to `end`, by which equal stretches are known.

    Each letter counts times a power of its place; the difference of two running totals is
    divided by the power of the first place, so that the same letters have one sum anywhere.
    """
    # Rounded up, so that batches of about one size share their tables.
    powers, inverse = _powers(1 << len(points).bit_length())
    total = np.zeros(len(points) + 1, np.uint64)
    np.cumsum(powers[: len(points)] * points, out=total[1:])
    return (total[end] - total[first]) * inverse[first] + (end - first).astype(np.uint64)


@lru_cache(maxsize=2)
def _powers(size: int) -> tuple[Ints, Ints]:
    """The first powers of an odd number, and of its inverse modulo 2**64."""
    inverse = pow(int(_FACTOR), -1, 1 << 64)
    tables = tuple(
        np.cumprod(np.append(np.uint64(1), np.full(size - 1, base, np.uint64)))
        for base in (_FACTOR, np.uint64(inverse))
    )
    return tables[0], tables[1]
