"""Birth dates compared: slips, ages, and lunar days written as solar ones."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from functools import cache

import numpy as np

from matching.encode import (
    DATE_BROKEN,
    DATE_DAY,
    DATE_MONTH,
    DATE_SHORT,
    DATE_YEAR,
    Dates,
    Ints,
)
from records.lunar import LunarDay, to_solar

_DIGITS = 8
_JANUARY_FIRST = 101
_EPOCH = date(1970, 1, 1)
_LONG_MONTH = 30
#: A lunar day falls this many days before the solar day of the same figures.
_LUNAR_DAYS = (15, 55)
#: Years of age at which people register.
_AGES = (15, 70)
#: The years of the Republic are counted from 1911; 24 of them, taken for 1924, were 1935.
_REPUBLIC = 11


class DateLevel(IntEnum):
    """How a birth date on paper resembles that of the register."""

    SAME = 0
    LUNAR = 1
    ONE_DIGIT = 2
    SWAPPED = 3
    YEAR_AS_DAY = 4
    TWO_DIGITS = 5
    MONTH_AWAY = 6
    OTHER_YEAR_SAME_DAY = 7
    SAME_YEAR = 8
    NEAR_YEAR = 9
    DIFFERENT = 10
    AGE_SAME = 11
    AGE_ONE_OFF = 12
    AGE_TWO_OFF = 13
    AGE_ONE_DIGIT = 14
    AGE_DIFFERENT = 15
    BROKEN_ONE_DIGIT = 16
    BROKEN_TWO_DIGITS = 17
    BROKEN_DIFFERENT = 18
    SHORT_FITS = 19
    SHORT_DIFFERENT = 20
    MONTH_SAME = 21
    MISSING = 22
    ODD_AGE = 23
    AGE_FULL = 24
    AGE_NOMINAL = 25
    REPUBLIC = 26


_TELLS_NOTHING = (
    DateLevel.DIFFERENT, DateLevel.AGE_DIFFERENT, DateLevel.BROKEN_DIFFERENT,
    DateLevel.SHORT_DIFFERENT, DateLevel.MISSING,
)  # fmt: skip


def compare_dates(paper: Dates, register: Dates, registered: Dates) -> Ints:
    """Level of each pair; `registered` is when the certificate was issued."""
    level = np.full(len(paper), DateLevel.MISSING, np.int8)
    year, issued = register.value // 10000, registered.value // 10000
    age = issued - year
    known = np.isin(register.form, (DATE_DAY, DATE_MONTH, DATE_YEAR))
    odd = known & (issued > 0) & ((age < _AGES[0]) | (age > _AGES[1]))
    whole = known & (paper.form == DATE_DAY)
    level[whole] = _whole_dates(paper.take(whole), register.take(whole))
    aged = known & (paper.form == DATE_YEAR)
    ahead = birthday_ahead(register.take(aged), registered.take(aged))
    level[aged] = _ages(paper.value[aged] // 10000, year[aged], ahead)
    broken = known & (paper.form == DATE_BROKEN)
    level[broken] = _broken(paper.value[broken], register.value[broken])
    short = known & (paper.form == DATE_SHORT)
    level[short] = _short(paper.value[short], register.value[short])
    month = known & (paper.form == DATE_MONTH)
    ahead = birthday_ahead(register.take(month), registered.take(month))
    level[month] = _months(paper.value[month], register.value[month], ahead)
    # Whoever was a child, or a hundred years old, did not register.
    level[odd & np.isin(level, _TELLS_NOTHING)] = DateLevel.ODD_AGE
    return level


@cache
def _four_digits() -> Ints:
    return (np.arange(10_000)[:, None] // (1000, 100, 10, 1) % 10).astype(np.int8)


def _digits(values: Ints) -> Ints:
    table = _four_digits()
    return np.concatenate([table[values // 10_000], table[values % 10_000]], axis=1)


def _whole_dates(paper: Dates, register: Dates) -> Ints:
    one, other = paper.value, register.value
    off = (_digits(one) != _digits(other)).sum(axis=1)
    year, other_year = one // 10000, other // 10000
    day, other_day = one % 10000, other % 10000
    same_year = year == other_year
    level = np.full(len(one), DateLevel.DIFFERENT, np.int8)
    level[np.abs(year - other_year) <= 2] = DateLevel.NEAR_YEAR
    level[same_year] = DateLevel.SAME_YEAR
    level[day == other_day] = DateLevel.OTHER_YEAR_SAME_DAY
    level[(day == other_day) & (np.abs(year - other_year) == _REPUBLIC)] = DateLevel.REPUBLIC
    away = _days_later(paper, register)
    away_by_month = (np.abs(away) >= _LUNAR_DAYS[0]) & (np.abs(away) <= _LUNAR_DAYS[1])
    level[away_by_month] = DateLevel.MONTH_AWAY
    two_off = (off == 2) & (level != DateLevel.REPUBLIC)
    level[two_off] = DateLevel.TWO_DIGITS
    year_only = (register.form == DATE_YEAR) | (other_day == _JANUARY_FIRST)
    level[same_year & year_only] = DateLevel.YEAR_AS_DAY
    level[same_year & (day // 100 == other_day % 100) & (day % 100 == other_day // 100)] = (
        DateLevel.SWAPPED
    )
    level[off == 1] = DateLevel.ONE_DIGIT
    near = np.flatnonzero(away_by_month)
    real = near[(register.form[near] == DATE_DAY) & (paper.form[near] == DATE_DAY)]
    level[real[_lunar(one[real], other[real])]] = DateLevel.LUNAR
    level[off == 0] = DateLevel.SAME
    return level


def _days_later(paper: Dates, register: Dates) -> Ints:
    """Days from the paper's date to the register's; 0 where one of them is no day."""
    both = (paper.form == DATE_DAY) & (register.form == DATE_DAY)
    away = np.zeros(len(paper), np.int64)
    away[both] = (_day(register.value[both]) - _day(paper.value[both])).astype(np.int64)
    return away


def _day(values: Ints) -> Ints:
    months = (values // 10000 - 1970) * 12 + values // 100 % 100 - 1
    first: Ints = months.astype("datetime64[M]").astype("datetime64[D]")
    days: Ints = first + (values % 100 - 1)
    return days


def _lunar(one: Ints, other: Ints) -> Ints:
    """Whether one date, read as lunar, is the other."""
    day, other_day = _day(one).astype(np.int64), _day(other).astype(np.int64)
    return _solar_is(one, other_day) | _solar_is(other, day)


def _solar_is(lunar: Ints, day: Ints) -> Ints:
    """Whether the figures, read as a lunar day in a leap month or not, are this solar day."""
    years, at = np.unique(lunar // 10000, return_inverse=True)
    months = np.array([_lunar_year(int(year)) for year in years], np.int64).reshape(-1, 2, 12, 2)
    month, within = lunar // 100 % 100, lunar % 100
    fits = np.zeros(len(lunar), bool)
    for leap in (0, 1):
        first, length = months[at, leap, np.clip(month, 1, 12) - 1].T
        fits |= (within <= length) & (first + within - 1 == day)
    return fits & (month >= 1) & (month <= 12)


@cache
def _lunar_year(year: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """First day since 1970 and length of the months, and of them as leap months; 0 for none."""
    return tuple(
        tuple(_lunar_month(year, month, leap=leap) for month in range(1, 13))
        for leap in (False, True)
    )


def _lunar_month(year: int, month: int, *, leap: bool) -> tuple[int, int]:
    first = to_solar(LunarDay(year, month, 1, leap))
    if first is None:
        return 0, 0
    full = to_solar(LunarDay(year, month, _LONG_MONTH, leap)) is not None
    return (first - _EPOCH).days, _LONG_MONTH if full else _LONG_MONTH - 1


def birthday_ahead(birth: Dates, registered: Dates) -> Ints:
    """Whether the birthday came after the day of registration in its year, both days known."""
    both = (birth.form == DATE_DAY) & (registered.form == DATE_DAY)
    ahead: Ints = both & (birth.value % 10000 > registered.value % 10000)
    return ahead


def _ages(paper: Ints, register: Ints, ahead: Ints) -> Ints:
    """Years that ages imply: by birthdays passed (周岁), or by calendar years begun (虚岁)."""
    later = register - paper
    gap = np.abs(later)
    level = np.full(len(paper), DateLevel.AGE_DIFFERENT, np.int8)
    level[(_digits(paper) != _digits(register)).sum(axis=1) == 1] = DateLevel.AGE_ONE_DIGIT
    level[gap == _REPUBLIC] = DateLevel.REPUBLIC
    level[gap == 2] = DateLevel.AGE_TWO_OFF
    level[gap == 1] = DateLevel.AGE_ONE_OFF
    level[later == 1] = DateLevel.AGE_NOMINAL
    level[(later == -1) & ahead] = DateLevel.AGE_FULL
    level[gap == 0] = DateLevel.AGE_SAME
    return level


def _broken(paper: Ints, register: Ints) -> Ints:
    off = (_digits(paper) != _digits(register)).sum(axis=1)
    level = np.full(len(paper), DateLevel.BROKEN_DIFFERENT, np.int8)
    level[off == 2] = DateLevel.BROKEN_TWO_DIGITS
    level[off <= 1] = DateLevel.BROKEN_ONE_DIGIT
    return level


def _short(paper: Ints, register: Ints) -> Ints:
    """Seven digits fit a date when they are it with one digit left out."""
    seven, eight = _digits(paper)[:, 1:], _digits(register)
    head = (seven == eight[:, :-1]).cumprod(axis=1).sum(axis=1)
    tail = (seven == eight[:, 1:])[:, ::-1].cumprod(axis=1).sum(axis=1)
    fits = head + tail >= _DIGITS - 1
    return np.where(fits, DateLevel.SHORT_FITS, DateLevel.SHORT_DIFFERENT).astype(np.int8)


def _months(paper: Ints, register: Ints, ahead: Ints) -> Ints:
    level = _ages(paper // 10000, register // 10000, ahead)
    level[paper // 100 == register // 100] = DateLevel.MONTH_SAME
    return level
