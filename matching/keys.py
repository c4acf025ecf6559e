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
    Dates,
    Ints,
    Names,
    mix,
)
from matching.sounds import sounds

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """Keys and the rows they come from, in no order."""

    keys: Ints
    rows: Ints

    def ordered(self) -> Keyed:
        """The same in order of key, then row, each pair once."""
        order = np.lexsort((self.rows, self.keys))
        keys, rows = self.keys[order], self.rows[order]
        first = np.ones(len(keys), bool)
        first[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
        return Keyed(keys=keys[first], rows=rows[first].astype(np.int32))


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


def shorter_names(names: Names, rows: Ints) -> list[tuple[Ints, Ints]]:
    """Keys of the whole name and of the name minus one character, with their rows."""
    whole = names.length > 1
    found = [(mix(*names.codes[whole].T), rows[whole])]
    for cut in range(NAME_WIDTH):
        able = (
            (names.length > cut) & (names.length >= _SHORTEST_TO_CUT) & (names.length <= NAME_WIDTH)
        )
        left = np.delete(names.codes[able], cut, axis=1)
        padded = np.concatenate([left, np.zeros((len(left), 1), left.dtype)], axis=1)
        found.append((mix(*padded.T), rows[able]))
    return found


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
    able &= ((heard != 0) | (names.codes == 0)).all(axis=1)
    return able, mix(*heard.T)


def area_parts(body: Ints) -> tuple[tuple[Ints, ...], ...]:
    """Area and serial of numbers with the birth year, and with the day, for slips in the other."""
    area, serial = body // 10**11, body % 1000
    year, day = body // 10**7 % 10000, body // 1000 % 10000
    return (area, serial, year), (area, serial, day + 10000)


def register_keys(people: People) -> dict[str, Keyed]:
    """All blocking keys of the register, each family in order."""
    rows = np.arange(len(people), dtype=np.int64)
    birth, number, home = people.birth, people.number, people.home
    day, whole = birth.form == DATE_DAY, number.form == ID_WHOLE
    families: dict[str, list[Keyed]] = {
        BIRTH_SEX: [keyed(day & (people.sex > 0), rows, birth.value, people.sex)],
        NUMBER: [keyed(whole, rows, number.body)],
        NUMBER_AREA: [keyed(whole, rows, *parts) for parts in area_parts(number.body)],
        NUMBER_BIRTH: [keyed(whole, rows, number.body % 10**11)],
        HOME: [keyed((home.street != 0) & (home.house != 0), rows, home.street, home.house)],
    }
    for names in (people.name, people.former):
        for family, found in _name_keys(names, birth, rows).items():
            families.setdefault(family, []).extend(found)
    return {family: joined(parts).ordered() for family, parts in families.items()}


def _name_keys(names: Names, birth: Dates, rows: Ints) -> dict[str, list[Keyed]]:
    named, day = names.length > 0, birth.form == DATE_DAY
    year, month_day, last = year_of(birth), day_of_year(birth), last_char(names)
    heard, sound = sound_key(names)
    shorter = [keyed(year[at] > 0, at, key, year[at]) for key, at in shorter_names(names, rows)]
    return {
        BIRTH_SURNAME: [keyed(named & day, rows, birth.value, names.codes[:, 0])],
        BIRTH_LAST: [keyed(day & (last > 0), rows, birth.value, last)],
        NAME: [keyed(named, rows, names.key)],
        NAME_YEAR: [keyed(named & (year > 0), rows, names.key, year)],
        NAME_DAY: [keyed(named & (month_day > 0), rows, names.key, month_day)],
        SOUND_YEAR: [keyed(heard & (year > 0), rows, sound, year)],
        SHORTER_YEAR: shorter,
    }
