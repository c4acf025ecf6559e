"""Texts of registers and certificates as integers: names, dates, numbers, addresses.

Both sides are encoded by the same functions, so that equal things get equal integers.
Each distinct text is looked at once; rows are filled by look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Column, array, pc, whole
from matching.places import district_code
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
_HOUSE = re.compile(r"(\d+)\D{0,3}$")
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
    coded = pc.dictionary_encode(whole(texts))
    distinct = coded.dictionary.to_pylist()
    codes = np.zeros((len(distinct) + 1, NAME_WIDTH), np.int32)
    length = np.zeros(len(distinct) + 1, np.int8)
    long: dict[int, int] = {}
    for at in _written_plainly(distinct, codes, length):
        plain = match_key(distinct[at])
        points = [ord(char) for char in plain[:NAME_WIDTH]]
        codes[at + 1, : len(points)] = points
        length[at + 1] = min(len(plain), _LONGEST_NAME)
        if len(plain) > NAME_WIDTH:
            long[at + 1] = hash_text(plain)
    key = np.where(length > 0, mix(*codes.T), 0).astype(np.uint64)
    key[list(long)] = np.array(list(long.values()), np.uint64)
    rows = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False) + 1
    return Names(codes=codes[rows], length=length[rows], key=key[rows] >> np.uint64(1))


def _written_plainly(distinct: Sequence[str], codes: Ints, length: Ints) -> Ints:
    """Fill in the names of a few plain characters; the places of the others are returned."""
    points = np.frombuffer("".join(distinct).encode("utf-32-le", "replace"), np.uint32)
    size = np.array([len(text) for text in distinct], np.int64)
    name = np.repeat(np.arange(len(size)), size)
    within = np.arange(len(points)) - np.repeat(np.cumsum(size) - size, size)
    folded = _folded(points)
    plain = size <= NAME_WIDTH
    plain[name[folded == 0]] = False
    here = plain[name]
    codes[name[here] + 1, within[here]] = folded[here]
    length[1:][plain] = size[plain]
    return np.flatnonzero(~plain)


def _folded(points: Ints) -> Ints:
    """Each code point as its match key, 0 where that is not one character by itself."""
    chars, at = np.unique(points, return_inverse=True)
    keys = [match_key(chr(char)) if char in _IDEOGRAPHS else "" for char in chars.tolist()]
    table = np.array([ord(key) if len(key) == 1 else 0 for key in keys], np.int32)
    folded: Ints = table[at]
    return folded


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
    rows = by_distinct(texts, _date, 2)
    return Dates(value=rows[:, 0].astype(np.int32), form=rows[:, 1].astype(np.int8))


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
    folded = pc.utf8_upper(pc.fill_null(whole(texts), ""))
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
    padded = pc.ascii_rpad(pc.utf8_slice_codeunits(widened, 0, 18), 18, " ")
    chars = _bytes_of(padded, 18)
    usable = eighteen | fifteen
    body, checked = _body(chars, usable)
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


def _bytes_of(column: Column, width: int) -> Ints:
    if not len(column):
        return np.zeros((0, width), np.uint8)
    data = np.frombuffer(column.buffers()[2], np.uint8)
    start = column.offset
    return data[start * width : (start + len(column)) * width].reshape(-1, width)


def _body(chars: Ints, usable: Ints) -> tuple[Ints, Ints]:
    digits = np.where(usable[:, None], chars[:, :17].astype(np.int64) - ord("0"), 0)
    body = digits @ (10 ** np.arange(16, -1, -1, dtype=np.int64))
    return body, _CHECK[(digits @ _WEIGHTS) % 11] == chars[:, 17]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Addresses: today's district, a key of the street's text, and the house number."""

    district: Ints
    street: Ints
    house: Ints

    def __len__(self) -> int:
        return len(self.district)

    def take(self, rows: Ints) -> Addresses:
        """The addresses at these rows."""
        return Addresses(
            district=self.district[rows], street=self.street[rows], house=self.house[rows]
        )


def split_address(text: str) -> tuple[int, str, int]:
    """District code (0 unknown), the text of street or village, house number (0 unknown)."""
    plain = "".join(text.split())
    code, rest = district_code(plain)
    match = _HOUSE.search(rest)
    if match is None or "□" in rest[match.start() - 1 :]:
        return code, rest.rstrip("号0123456789□"), 0
    return code, rest[: match.start()], int(match.group(1)[:6])


def _street_key(street: str) -> int:
    return hash_text(street) >> 1 if street else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Encoded addresses and the texts behind their keys of streets."""

    addresses: Addresses
    streets: Column


def encode_homes(texts: Column) -> Homes:
    """Addresses of the city; a renamed or merged district counts as its successor.

    Each street is looked at once, whatever the house; texts with doubtful numbers are looked
    at whole.
    """
    compact = pc.replace_substring_regex(pc.fill_null(whole(texts), ""), r"\s+", "")
    found = pc.extract_regex(compact, r"^(?P<street>.*?)(?P<house>[0-9]+)[^0-9]{0,3}$")
    plain = pc.and_(found.is_valid(), pc.invert(pc.match_substring(compact, "□")))
    heads = pc.dictionary_encode(pc.if_else(plain, found.field("street"), compact))
    split = [split_address(text) for text in heads.dictionary.to_pylist()]
    # A street may end in a number of its own; behind a house number it is part of the name.
    behind = [district_code(text) for text in heads.dictionary.to_pylist()]
    table = np.array(
        [(code, _street_key(street), house) for code, street, house in split]
        + [(code, _street_key(street), 0) for code, street in behind],
        np.int64,
    ).reshape(-1, 3)
    numbered = _flags(plain)
    at = heads.indices.to_numpy() + np.where(numbered, len(split), 0)
    house = pc.cast(
        pc.utf8_slice_codeunits(pc.if_else(plain, found.field("house"), "0"), 0, 6), "int32"
    )
    names = array(
        [street for _, street, _ in split] + [street for _, street in behind], pa.string()
    )
    return Homes(
        addresses=Addresses(
            district=table[at, 0].astype(np.int32),
            street=table[at, 1].astype(np.uint64),
            house=np.where(numbered, house.to_numpy(), table[at, 2]).astype(np.int32),
        ),
        streets=names.take(array(at)),
    )


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
