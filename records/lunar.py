"""The lunar calendar, 1900-2100.

A thin layer over borax, whose table agrees with astronomical computation on every day
from 1901 to 2030. Years here are lunar years, named by the solar year in which they begin.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

from borax.calendars.lunardate import InvalidLunarDateError, LCalendars, LunarDate

STEMS: Final = "甲乙丙丁戊己庚辛壬癸"
BRANCHES: Final = "子丑寅卯辰巳午未申酉戌亥"
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
#: The year 4 was 甲子, the first of the cycle.
_CYCLE_ORIGIN: Final = 4
_CYCLE: Final = 60


class LunarDay(NamedTuple):
    """A day of the lunar calendar; `leap` marks a day of an intercalary month (闰月)."""

    year: int
    month: int
    day: int
    leap: bool


def to_solar(day: LunarDay) -> date | None:
    """The solar day of a lunar one, None when that month or day did not exist."""
    try:
        solar = LunarDate(day.year, day.month, day.day, int(day.leap)).to_solar_date()
    except InvalidLunarDateError:
        return None
    return date(solar.year, solar.month, solar.day)


def from_solar(day: date) -> LunarDay | None:
    """The lunar day of a solar one, None outside the table."""
    try:
        lunar = LunarDate.from_solar(day)
    except InvalidLunarDateError:
        return None
    return LunarDay(lunar.year, lunar.month, lunar.day, bool(lunar.leap))


@cache
def month_span(year: int, month: int, *, leap: bool = False) -> tuple[date, date] | None:
    """First and last solar day of a lunar month, None when there was no such month."""
    first = to_solar(LunarDay(year, month, 1, leap))
    if first is None:
        return None
    return first, first + timedelta(days=LCalendars.ndays(year, month, int(leap)) - 1)


@cache
def year_span(year: int) -> tuple[date, date] | None:
    """First and last solar day of a lunar year, None outside the table."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    first = to_solar(LunarDay(year, 1, 1, leap=False))
    return None if first is None else (first, first + timedelta(days=LCalendars.ndays(year) - 1))


def lunar_year_of(day: date) -> int | None:
    """The lunar year that a solar day lies in, None outside the table."""
    lunar = from_solar(day)
    return None if lunar is None else lunar.year


def cycle_index(name: str) -> int | None:
    """Place of a 干支 name in the cycle of sixty, None when the pair does not occur."""
    stem, branch = STEMS.find(name[:1]), BRANCHES.find(name[1:])
    if len(name) != len("甲子") or stem < 0 or branch < 0 or (stem - branch) % 2:
        return None
    return (6 * stem - 5 * branch) % _CYCLE


def cycle_name(year: int) -> str:
    """The 干支 name of a lunar year: 1950 is 庚寅."""
    index = (year - _CYCLE_ORIGIN) % _CYCLE
    return STEMS[index % len(STEMS)] + BRANCHES[index % len(BRANCHES)]


def cycle_years(name: str, first: int, last: int) -> tuple[int, ...]:
    """The years of a range that bear a 干支 name."""
    index = cycle_index(name)
    if index is None:
        return ()
    start = first + (index - (first - _CYCLE_ORIGIN)) % _CYCLE
    return tuple(range(start, last + 1, _CYCLE))
