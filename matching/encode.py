"""Texts of registers and certificates as integers: names, dates, numbers, addresses.

Both sides are encoded by the same functions, so that equal things get equal integers.
Each distinct text is looked at once; rows are filled by look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from matching.columns import Column, array, pc, whole
from matching.letters import filled, fixed, letters
from records.dates import date_value
from records.names import match_key
from records.sex import parse_sex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Ints = npt.NDArray[Any]

#: Characters of a name that are compared one by one; longer names are compared whole.
NAME_WIDTH = 6
_LONGEST_NAME = 120
#: Characters that composition leaves alone, so that names can be folded one by one.
_IDEOGRAPHS = range(0x3400, 0xA000)
#: A character that the reader could not make out.
ILLEGIBLE = ord("□")

DATE_MISSING, DATE_YEAR, DATE_MONTH, DATE_DAY, DATE_BROKEN, DATE_SHORT = range(6)
DATE_FORMS = 6
ID_MISSING, ID_WHOLE, ID_DAMAGED = range(3)
SEX_UNKNOWN, SEX_MALE, SEX_FEMALE = range(3)

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DIGITS = re.compile(r"\d+")
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.frombuffer(b"10X98765432", np.uint8)


def mix(*parts: Ints) -> Ints:
    """A 64-bit key of integer columns (splitmix64 finaliser over a running product)."""
    key = np.full(len(parts[0]), 0x9E3779B97F4A7C15, np.uint64)
    for part in parts:
        key = (key ^ part.astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(31)
        key *= np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(29)
    return key


def hash_text(text: str) -> int:
    """A 64-bit key of one text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def by_distinct(texts: Column, encode: Callable[[str], Sequence[int]], width: int) -> Ints:
    """Encode each distinct text once; rows (n, width) of int64, zeros where nothing stands."""
    coded = pc.dictionary_encode(whole(texts))
    table = np.zeros((len(coded.dictionary) + 1, width), np.int64)
    for at, text in enumerate(coded.dictionary.to_pylist(), 1):
        table[at] = encode(text)
    rows: Ints = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    filled: Ints = table[rows + 1]
    return filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names: code points of the match key (n, NAME_WIDTH), length, and a key of the whole."""

    codes: Ints
    length: Ints
    key: Ints

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: Ints) -> Names:
        """The names at these rows."""
        return Names(codes=self.codes[rows], length=self.length[rows], key=self.key[rows])


def encode_names(texts: Column) -> Names:
    """Names by their match key: simplified, variants folded, separators dropped."""
    column = whole(texts)
    written = letters(column)
    rows = len(written)
    codes, length = np.zeros((rows, NAME_WIDTH), np.int32), np.zeros(rows, np.int8)
    folded = _folded(written.points)
    plain = written.size <= NAME_WIDTH
    plain[written.texts_of(np.flatnonzero(folded == 0))] = False
    for at in range(NAME_WIDTH):
        here = np.flatnonzero(plain & (written.size > at))
        codes[here, at] = folded[written.first[here] + at]
    length[plain] = written.size[plain]
    others = np.flatnonzero(~plain)
    parts = by_distinct(column.take(array(others)), _spelt, NAME_WIDTH + 2)
    codes[others], length[others] = parts[:, :NAME_WIDTH], parts[:, NAME_WIDTH]
    key = np.where(length > 0, mix(*packed_names(codes)), 0).astype(np.uint64)
    long = length[others] > NAME_WIDTH
    key[others[long]] = parts[long, -1].astype(np.uint64)
    return Names(codes=codes, length=length, key=key >> np.uint64(1))


#: Bits of a code point; three of them share an integer.
POINT_BITS = 21


def packed_names(codes: Ints) -> tuple[Ints, Ints]:
    """The code points (n, NAME_WIDTH) as two integers, three in each."""
    half = NAME_WIDTH // 2
    return packed(codes[:, :half], POINT_BITS), packed(codes[:, half:], POINT_BITS)


def packed(values: Ints, bits: int, less: int = 0) -> Ints:
    """The numbers of each row, less a constant, as one integer: so many bits for each."""
    whole_ones = np.zeros(len(values), np.int64)
    for column in values.T:
        whole_ones <<= bits
        whole_ones |= column.astype(np.int64) - less
    return whole_ones


def _spelt(text: str) -> tuple[int, ...]:
    """Code points, length, and the key of a name that is longer than the width."""
    plain = match_key(text)
    points = [ord(char) for char in plain[:NAME_WIDTH]]
    points += [0] * (NAME_WIDTH - len(points))
    # The key is a signed number on its way through a table.
    key = hash_text(plain) >> 1 << 1 if len(plain) > NAME_WIDTH else 0
    return *points, min(len(plain), _LONGEST_NAME), key - (key >> 63 << 64)


@cache
def _folds() -> Ints:
    """The match keys asked for so far, by code point; -1 for others."""
    return np.full(0x110000, -1, np.int32)


def _folded(points: Ints) -> Ints:
    """Each code point as its match key, 0 where that is not one character by itself."""
    table = _folds()
    folded: Ints = table[points]
    new = np.flatnonzero(folded < 0)
    if not len(new):
        return folded
    for char in np.unique(points[new]).tolist():
        key = match_key(chr(char)) if char in _IDEOGRAPHS else ""
        table[char] = ord(key) if len(key) == 1 else 0
    return table[points]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Dates as YYYYMMDD with zeros for what is not known, and the form they came in."""

    value: Ints
    form: Ints

    def __len__(self) -> int:
        return len(self.value)

    def take(self, rows: Ints) -> Dates:
        """The dates at these rows."""
        return Dates(value=self.value[rows], form=self.form[rows])


def _date(text: str) -> tuple[int, int]:
    match = _ISO.fullmatch(text)
    if match is None:
        digits = "".join(_DIGITS.findall(text))
        plain = digits == text or "□" in text
        written = None if plain and len(digits) != len("19530309") else date_value(text)
        match = _ISO.fullmatch(written) if written else None
        if match is None:
            return _damaged(text, digits)
    year, month, day = (int(part) if part else 0 for part in match.groups())
    value = year * 10000 + month * 100 + day
    if not month:
        return value, DATE_YEAR
    if not day:
        return value, DATE_MONTH if month <= 12 else DATE_BROKEN
    try:
        date(year, month, day)
    except ValueError:
        return value, DATE_BROKEN
    return value, DATE_DAY


def _damaged(text: str, digits: str) -> tuple[int, int]:
    whole = len("19530309")
    if len(digits) == whole:
        return int(digits), DATE_BROKEN
    if len(digits) == whole - 1 and "□" not in text:
        return int(digits), DATE_SHORT
    return 0, DATE_MISSING


def encode_dates(texts: Column) -> Dates:
    """Dates; a text that names no date keeps its digits as partial evidence."""
    column = whole(texts)
    value, form = np.zeros(len(column), np.int32), np.full(len(column), DATE_MISSING, np.int8)
    rows, day = _iso_days(column)
    value[rows], form[rows] = day, DATE_DAY
    others = np.flatnonzero((form == DATE_MISSING) & _flags(column.is_valid()))
    written = by_distinct(column.take(array(others)), _date, 2)
    value[others], form[others] = written[:, 0], written[:, 1]
    return Dates(value=value, form=form)


def _iso_days(texts: Column) -> tuple[Ints, Ints]:
    """The rows that hold a day of the calendar as YYYY-MM-DD, and the days as YYYYMMDD."""
    rows, chars = fixed(texts, len("1953-03-09"))
    value, able = np.zeros(len(rows), np.int32), np.ones(len(rows), bool)
    for char, sign in zip(chars.T, "0000-00-00", strict=True):
        if sign == "-":
            able &= char == ord("-")
        else:
            digit = char - np.uint8(ord("0"))
            able &= digit <= 9
            value = value * 10 + digit
    able &= real_days(value)
    return rows[able], value[able]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """ID numbers in 18 characters (n, 18), the 15-digit ones brought to 17 + no check digit.

    `body` is the 17 digits as an integer (0 unless whole), `short` marks 15-digit numbers,
    `checked` that the check digit fits.
    """

    chars: Ints
    body: Ints
    form: Ints
    short: Ints
    checked: Ints

    def __len__(self) -> int:
        return len(self.body)

    def take(self, rows: Ints) -> Numbers:
        """The numbers at these rows."""
        return Numbers(
            chars=self.chars[rows],
            body=self.body[rows],
            form=self.form[rows],
            short=self.short[rows],
            checked=self.checked[rows],
        )


def encode_numbers(texts: Column) -> Numbers:
    """ID numbers; zeros with a birth date (placeholders) and other papers count as missing."""
    column = filled(texts)
    rows, found = _eighteen(column)
    whole_column = _missing(len(column))
    others = np.ones(len(column), bool)
    others[rows] = False
    others &= _flags(pc.not_equal(column, ""))
    left = np.flatnonzero(others)
    for at, part in ((rows, found), (left, _otherwise(column.take(array(left))))):
        for name in Numbers.__slots__:
            getattr(whole_column, name)[at] = getattr(part, name)
    return whole_column


def _missing(rows: int) -> Numbers:
    return Numbers(
        chars=np.full((rows, 18), ord(" "), np.uint8),
        body=np.zeros(rows, np.int64),
        form=np.full(rows, ID_MISSING, np.int8),
        short=np.zeros(rows, bool),
        checked=np.zeros(rows, bool),
    )


def _eighteen(texts: Column) -> tuple[Ints, Numbers]:
    """The rows that hold eighteen characters as an ID number has them, and the numbers."""
    rows, chars = fixed(texts, 18)
    # Characters of one place beside each other: a pass over each place is a pass over memory.
    places = np.ascontiguousarray(chars.T)
    last = places[17]
    last[last == ord("x")] = ord("X")
    able = (last - np.uint8(ord("0")) <= 9) | (last == ord("X"))
    for place in places[:17]:
        able &= place - np.uint8(ord("0")) <= 9
    chars[:, 17] = last
    if not able.all():
        rows, chars, places = rows[able], chars[able], places[:, able]
    body, checked = _body(places)
    real = (body >= 10**13) & (body // 10**11 != 999999) & (body // 100 != 111_111_111_111_111)
    return rows[real], Numbers(
        chars=chars[real],
        body=body[real],
        form=np.full(int(real.sum()), ID_WHOLE, np.int8),
        short=np.zeros(int(real.sum()), bool),
        checked=checked[real],
    )


def _otherwise(texts: Column) -> Numbers:
    """Fifteen digits, numbers that the reader saw in part, placeholders and other papers."""
    folded = pc.utf8_upper(texts)
    real = pc.and_(
        pc.match_substring_regex(folded, "^[0-9OXIBSZ□]{12,20}$"),
        pc.invert(pc.match_substring_regex(folded, "^0{4}|^9{6}|^1{15}")),
    )
    folded = pc.if_else(real, folded, "")
    eighteen = _flags(pc.match_substring_regex(folded, "^[0-9]{17}[0-9X]$"))
    fifteen = _flags(pc.match_substring_regex(folded, "^[0-9]{15}$"))
    widened = pc.if_else(
        array(fifteen),
        pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(folded, 0, 6),
            "19",
            pc.utf8_slice_codeunits(folded, 6, 15),
            " ",
            "",
        ),
        pc.replace_substring(folded, "□", "?"),
    )
    # Damaged numbers longer than eighteen characters keep their first eighteen.
    chars = fixed(pc.ascii_rpad(pc.utf8_slice_codeunits(widened, 0, 18), 18, " "), 18)[1]
    usable = eighteen | fifteen
    body, checked = _body(np.where(usable, chars.T, np.uint8(ord("0"))))
    form = np.where(usable, ID_WHOLE, ID_DAMAGED)
    form[~_flags(real)] = ID_MISSING
    return Numbers(
        chars=chars,
        body=body,
        form=form.astype(np.int8),
        short=fifteen,
        checked=checked & eighteen,
    )


def _flags(column: Column) -> Ints:
    flags: Ints = column.to_numpy(zero_copy_only=False).astype(bool)
    return flags


def _body(places: Ints) -> tuple[Ints, Ints]:
    """The first seventeen digits as one number, and whether the check digit fits them.

    `places` (18, n) are the characters, digits in the first seventeen places.
    """
    rows = places.shape[1]
    total, parts = np.zeros(rows, np.int16), []
    # Eight and nine digits are worked on in half the width that all need.
    for digits in (range(8), range(8, 17)):
        part = np.zeros(rows, np.int32)
        for at in digits:
            digit = places[at] - np.uint8(ord("0"))
            part = part * np.int32(10) + digit
            total += digit.astype(np.int16) * np.int16(_WEIGHTS[at])
        parts.append(part)
    body = parts[0].astype(np.int64) * 10**9 + parts[1]
    return body, _CHECK[total % 11] == places[17]


def birth_in(numbers: Numbers) -> Ints:
    """The birth date in whole numbers as YYYYMMDD, 0 elsewhere."""
    return np.where(numbers.form == ID_WHOLE, numbers.body // 1000 % 100_000_000, 0)


def real_days(values: Ints) -> Ints:
    """Which values (YYYYMMDD) are days of the calendar since 1850."""
    year, month, day = values // 10000, values // 100 % 100, values % 100
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    leap = (month == 2) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    most = lengths[np.where(month <= 12, month, 0)] + leap
    days: Ints = (year >= 1850) & (year < 2100) & (day >= 1) & (day <= most)
    return days


def _sex(text: str) -> tuple[int]:
    return ({"male": SEX_MALE, "female": SEX_FEMALE}.get(parse_sex(text) or "", SEX_UNKNOWN),)


def encode_sex(texts: Column) -> Ints:
    """Sexes: 0 unknown, 1 male, 2 female."""
    return by_distinct(texts, _sex, 1)[:, 0].astype(np.int8)


def year_in(texts: Column) -> Ints:
    """The year a date begins with, 0 when it does not begin with one."""
    dates = encode_dates(texts)
    known = np.isin(dates.form, (DATE_YEAR, DATE_MONTH, DATE_DAY))
    return np.where(known, dates.value // 10000, 0)
