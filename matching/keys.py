"""Blocking keys: 64-bit integers that a certificate and its register row should share.

A missing value never makes a key: in some engines nulls hash alike and everybody without
an ID number falls into one giant block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.encode import (
    DATE_BROKEN,
    DATE_DAY,
    DATE_MONTH,
    DATE_YEAR,
    ID_WHOLE,
    NAME_WIDTH,
    POINT_BITS,
    Dates,
    Ints,
    Names,
    mix,
    packed,
    packed_names,
)
from matching.sounds import sounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.people import People

BIRTH_SURNAME = "birth_surname"
BIRTH_LAST = "birth_last"
BIRTH_SEX = "birth_sex"
NAME = "name"
NAME_YEAR = "name_year"
NAME_DAY = "name_day"
SHORTER_YEAR = "shorter_year"
SOUND_YEAR = "sound_year"
NUMBER = "number"
NUMBER_AREA = "number_area"
NUMBER_BIRTH = "number_birth"
HOME = "home"
FAMILIES = (
    BIRTH_SURNAME, BIRTH_LAST, BIRTH_SEX, NAME, NAME_YEAR, NAME_DAY, SHORTER_YEAR, SOUND_YEAR,
    NUMBER, NUMBER_AREA, NUMBER_BIRTH, HOME,
)  # fmt: skip
#: Names of two characters minus one would leave a single character, a giant block.
_SHORTEST_TO_CUT = 3


#: No more register rows than this come from one key.
_LIMITS = {NAME: 150, HOME: 60, BIRTH_SEX: 400}
_LIMIT = 200


def limit_of(family: str) -> int:
    """How many rows may share a key of this family before it proposes nobody."""
    return _LIMITS.get(family, _LIMIT)


#: A block's numbers hold a row in their low bits (67 million rows) and the key above them.
_ROW_BITS = 26
_ROW_MASK = np.uint64((1 << _ROW_BITS) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """Keys and the rows they come from, in no order."""

    keys: Ints
    rows: Ints

    def packed(self) -> Ints:
        """Sorted distinct numbers that hold the upper 38 bits of the key, then the row.

        Two keys that agree in 38 bits propose a row in vain about once in three thousand
        probes of a register of twenty million; it is compared and dropped.
        """
        return distinct(_packed(self.keys, self.rows.astype(np.uint64)))


def _packed(keys: Ints, rows: Ints) -> Ints:
    numbers = keys & ~_ROW_MASK
    numbers |= rows
    return numbers


def distinct(numbers: Ints) -> Ints:
    """The distinct numbers in order, by sorting in place."""
    numbers.sort()
    first = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers if first.all() else numbers[first]


def rows_between(block: Ints, low: Ints, taken: Ints) -> Ints:
    """The rows at places `low` and `taken - 1` places on, one stretch after the other."""
    at = np.arange(int(taken.sum())) - np.repeat(np.cumsum(taken) - taken, taken)
    rows: Ints = (block[np.repeat(low, taken) + at] & _ROW_MASK).astype(np.int64)
    return rows


def bounds(keys: Ints) -> tuple[Ints, Ints]:
    """The least and the greatest number that a row with each key can have in a block."""
    return keys & ~_ROW_MASK, keys | _ROW_MASK


def stretches(block: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Where in a block the numbers from `low` to `high` begin, and how many there are."""
    begin = np.searchsorted(block, low, "left")
    size = np.zeros(len(low), np.int64)
    hit = np.flatnonzero(block[np.minimum(begin, len(block) - 1)] <= high)
    hit = hit[begin[hit] < len(block)]
    size[hit] = np.searchsorted(block, high[hit], "right") - begin[hit]
    return begin, size


def keyed(usable: Ints, rows: Ints, *parts: Ints) -> Keyed:
    """Keys of the usable rows."""
    return Keyed(keys=mix(*(part[usable] for part in parts)), rows=rows[usable])


def joined(parts: list[Keyed]) -> Keyed:
    """Several sets of keys as one."""
    return Keyed(
        keys=np.concatenate([part.keys for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
    )


def last_char(names: Names) -> Ints:
    """The last character of names that fit the width, 0 for others."""
    at = np.clip(names.length, 1, NAME_WIDTH).astype(np.int64) - 1
    chars: Ints = names.codes[np.arange(len(names)), at]
    return np.where((names.length > 1) & (names.length <= NAME_WIDTH), chars, 0)


def shorter_names(names: Names, rows: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Keys of the whole name and of the name minus one character, with their rows."""
    first, second = packed_names(names.codes)
    whole = names.length > 1
    yield mix(first[whole], second[whole]), rows[whole]
    long_enough = (names.length >= _SHORTEST_TO_CUT) & (names.length <= NAME_WIDTH)
    for cut in range(NAME_WIDTH):
        able = np.flatnonzero(long_enough & (names.length > cut))
        if len(able):
            yield mix(*_without(first[able], second[able], cut)), rows[able]


def _without(first: Ints, second: Ints, cut: int) -> tuple[Ints, Ints]:
    """Packed names without the character at place `cut`; the others close up."""
    half = NAME_WIDTH // 2
    if cut >= half:
        return first, _closed(second, cut - half)
    moved = second & ((1 << POINT_BITS * (half - 1)) - 1)
    joined = _closed(first, cut) | (second >> POINT_BITS * (half - 1))
    return joined, moved << POINT_BITS


def _closed(three: Ints, cut: int) -> Ints:
    """Three packed characters without one of them, the last place free."""
    behind = POINT_BITS * (NAME_WIDTH // 2 - 1 - cut)
    kept = three >> (behind + POINT_BITS) << (behind + POINT_BITS)
    closed: Ints = kept | ((three & ((1 << behind) - 1)) << POINT_BITS)
    return closed


def year_of(dates: Dates) -> Ints:
    """The birth year, 0 where the date does not give one."""
    return np.where(np.isin(dates.form, (DATE_YEAR, DATE_MONTH, DATE_DAY)), dates.value // 10000, 0)


def day_of_year(dates: Dates) -> Ints:
    """Month and day as MMDD, 0 where the date does not give them."""
    return np.where(np.isin(dates.form, (DATE_DAY, DATE_BROKEN)), dates.value % 10000, 0)


def sound_key(names: Names) -> tuple[Ints, Ints]:
    """Which names can be keyed by sound, and the key."""
    heard = sounds(names.codes)
    able = (names.length > 1) & (names.length <= NAME_WIDTH)
    for code, sound in zip(names.codes.T, heard.T, strict=True):
        able &= (sound != 0) | (code == 0)
    return able, mix(*(packed(heard[:, at : at + 2], 31) for at in range(0, NAME_WIDTH, 2)))


def area_parts(body: Ints) -> tuple[tuple[Ints, ...], ...]:
    """Area and serial of numbers with the birth year, and with the day, for slips in the other."""
    area, serial = body // 10**11, body % 1000
    year, day = body // 10**7 % 10000, body // 1000 % 10000
    return (area, serial, year), (area, serial, day + 10000)


def register_keys(family: str, people: People, asked: Ints | None = None) -> Ints:
    """The packed blocking keys of one family; of those only that may be among `asked`, if given.

    Rows are taken some at a time: what is worked on stays in the cache.
    """
    wanted = None if asked is None else _sieve(asked)
    parts = [np.zeros(0, np.uint64)]
    for first in range(0, len(people), _STRETCH):
        stretch = people.between(first, min(first + _STRETCH, len(people)))
        own = _OF_PEOPLE.get(family)
        for found in [own(stretch)] if own else _name_keys(family, stretch):
            numbers, rows = found.keys, found.rows
            if wanted is not None:
                kept = wanted[numbers >> _SIEVE_SHIFT]
                numbers, rows = numbers[kept], rows[kept]
            parts.append(_packed(numbers, rows.astype(np.uint64) + np.uint64(first)))
    return distinct(np.concatenate(parts))


#: A sieve tells keys apart by so many of their upper bits.
_SIEVE_BITS = 23
_SIEVE_SHIFT = np.uint64(64 - _SIEVE_BITS)
_STRETCH = 1 << 16


def _sieve(asked: Ints) -> Ints:
    """Which upper bits some asked key has."""
    wanted = np.zeros(1 << _SIEVE_BITS, bool)
    wanted[asked >> _SIEVE_SHIFT] = True
    return wanted


def neighbours(block: Ints) -> tuple[Ints, Ints]:
    """The rows that follow one another in a block under one key."""
    at = np.flatnonzero((block[1:] ^ block[:-1]) <= _ROW_MASK)
    one, other = (block[at] & _ROW_MASK), (block[at + 1] & _ROW_MASK)
    return one.astype(np.int64), other.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSizes:
    """The largest block of a family, and how many blocks are over its limit."""

    largest: int
    over: int


def block_sizes(family: str, block: Ints) -> BlockSizes:
    """How many rows share a key, at most, and how many keys have too many."""
    if not len(block):
        return BlockSizes(largest=0, over=0)
    ends = np.flatnonzero((block[1:] ^ block[:-1]) > _ROW_MASK)
    sizes = np.diff(ends, prepend=-1, append=len(block) - 1)
    return BlockSizes(largest=int(sizes.max()), over=int((sizes > limit_of(family)).sum()))


def _rows(people: People) -> Ints:
    return np.arange(len(people), dtype=np.int32)


def _whole(people: People, parts: tuple[tuple[Ints, ...], ...]) -> Keyed:
    able, rows = people.number.form == ID_WHOLE, _rows(people)
    return joined([keyed(able, rows, *part) for part in parts])


def _home(people: People) -> Keyed:
    home = people.home
    able = (home.street != 0) & (home.house != 0)
    return keyed(able, _rows(people), home.street, home.house)


def _birth_sex(people: People) -> Keyed:
    able = (people.birth.form == DATE_DAY) & (people.sex > 0)
    return keyed(able, _rows(people), people.birth.value, people.sex)


_OF_PEOPLE: dict[str, Callable[[People], Keyed]] = {
    BIRTH_SEX: _birth_sex,
    NUMBER: lambda people: _whole(people, ((people.number.body,),)),
    NUMBER_AREA: lambda people: _whole(people, area_parts(people.number.body)),
    NUMBER_BIRTH: lambda people: _whole(people, ((people.number.body % 10**11,),)),
    HOME: _home,
}


def _name_keys(family: str, people: People) -> list[Keyed]:
    """The keys of one family from names and former names."""
    rows, birth = _rows(people), people.birth
    former = np.flatnonzero(people.former.length > 0)
    return [
        part
        for names, dates, at in (
            (people.name, birth, rows),
            (people.former.take(former), birth.take(former), rows[former]),
        )
        for part in _OF_NAMES[family](names, dates, at)
    ]


def _by_sound(names: Names, birth: Dates, rows: Ints) -> list[Keyed]:
    heard, sound = sound_key(names)
    year = year_of(birth)
    return [keyed(heard & (year > 0), rows, sound, year)]


def _by_shorter(names: Names, birth: Dates, rows: Ints) -> list[Keyed]:
    year = year_of(birth)
    cuts = shorter_names(names, np.arange(len(rows)))
    return [keyed(year[at] > 0, rows[at], key, year[at]) for key, at in cuts]


def _by_birth(names: Names, birth: Dates, rows: Ints, char: Ints) -> list[Keyed]:
    able = (birth.form == DATE_DAY) & (char > 0) & (names.length > 0)
    return [keyed(able, rows, birth.value, char)]


def _by_name(names: Names, rows: Ints, part: Ints) -> list[Keyed]:
    return [keyed((names.length > 0) & (part > 0), rows, names.key, part)]


_OF_NAMES: dict[str, Callable[[Names, Dates, Ints], list[Keyed]]] = {
    BIRTH_SURNAME: lambda names, birth, rows: _by_birth(names, birth, rows, names.codes[:, 0]),
    BIRTH_LAST: lambda names, birth, rows: _by_birth(names, birth, rows, last_char(names)),
    NAME: lambda names, _, rows: [keyed(names.length > 0, rows, names.key)],
    NAME_YEAR: lambda names, birth, rows: _by_name(names, rows, year_of(birth)),
    NAME_DAY: lambda names, birth, rows: _by_name(names, rows, day_of_year(birth)),
    SOUND_YEAR: _by_sound,
    SHORTER_YEAR: _by_shorter,
}
