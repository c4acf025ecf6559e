"""Dates as they stand on Chinese certificates.

Decides which day a text names, or that it can't be known: solar or lunar, years of the
Republic and of the cycle of sixty, years of two figures. Nothing is ever guessed: a text
that allows two days, or names one that did not exist, has no value, and its flags say why.
Reading the text from the page is not handled here.
"""

from __future__ import annotations

import calendar as solar_calendar
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from records import lunar
from records.date_forms import Mark, Parts, both_calendars, take_apart
from records.date_years import YearReading, read_year

#: Years on Chinese certificates and in registers; anything else is a misreading.
EARLIEST_YEAR = 1840
LATEST_YEAR = 2100
#: No lunar month has more days.
LONGEST_LUNAR_MONTH = 30
MONTHS = 12


class Calendar(StrEnum):
    """The calendar a date is written in; unknown where the text contradicts itself."""

    SOLAR = "solar"
    LUNAR = "lunar"
    UNKNOWN = "?"


class DateFlag(StrEnum):
    """What a person should know about a written date."""

    LUNAR_INFERRED = "lunar_inferred"
    """Nothing says 农历, but the words used (正月, 腊月, 初三, 闰, 庚寅年) are lunar."""
    IMPOSSIBLE_LUNAR = "impossible_lunar"
    IMPOSSIBLE_SOLAR = "impossible_solar"
    IMPOSSIBLE_SOLAR_TRY_LUNAR = "impossible_solar_try_lunar"
    """No such solar day; `candidates` holds the day it is if the date was lunar."""
    AMBIGUOUS_YEAR = "ambiguous_year"
    """The year may be more than one year of the context: 三十八年 is 1938 or 1949."""
    AMBIGUOUS_CALENDAR = "ambiguous_calendar"
    """The words contradict each other: 元月 is solar, 初三 is lunar."""
    REPUBLIC_INFERRED = "republic_inferred"
    """Two figures that only a year of the Republic can explain within the context."""
    YEAR_OUTSIDE_CONTEXT = "year_outside_context"
    """A shortened or cyclic year that no year of the context explains."""
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    CALENDARS_DISAGREE = "calendars_disagree"
    """Given in both calendars, and the lunar date is not that solar day."""
    SPANS_YEARS = "spans_years"
    """A lunar year or month that lies in two solar years; `span` has its days."""
    YEAR_MISSING = "year_missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A solar day, month or year, at the precision that is known."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def precision(self) -> str:
        """`y`, `ym` or `ymd`."""
        return "y" if self.month is None else "ym" if self.day is None else "ymd"

    @property
    def iso(self) -> str:
        """ISO 8601 at the precision known."""
        if self.month is None:
            return f"{self.year:04d}"
        if self.day is None:
            return f"{self.year:04d}-{self.month:02d}"
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDate:
    """A date as written, and the day it names.

    `day` is None when the text allows more than one day, or none; `flags` says why, and
    `candidates` lists the days in question as far as they are known, none of them preferred.
    `span` is the first and last solar day that the text allows, None when unknown: for
    lunar months and years it says more than `day` can.
    """

    text: str
    day: CalendarDay | None
    calendar: Calendar
    flags: frozenset[str] = frozenset()
    candidates: tuple[CalendarDay, ...] = ()
    span: tuple[date, date] | None = None

    @property
    def precision(self) -> str | None:
        """`y`, `ym` or `ymd`; None when there is no value."""
        return None if self.day is None else self.day.precision

    @property
    def value(self) -> str | None:
        """ISO 8601 at the precision known, None when the day can't be known."""
        return None if self.day is None else self.day.iso


def parse_date(text: str, *, context: tuple[int, int] = (1900, 2003)) -> WrittenDate:
    """The day that a text names.

    `context` is the range of years (first, last) within which shortened and cyclic years are
    resolved; years that are written in full are not bound by it.
    """
    both = both_calendars(text)
    if both:
        return _twice(text, parse_date(both[0], context=context), both[1])
    parts = take_apart(text)
    if parts is None:
        return _nothing(text, DateFlag.UNREADABLE)
    years = read_year(parts, context)
    if years.problem:
        return _unresolved(text, parts, years, DateFlag(years.problem))
    if Mark.SOLAR_MONTH in parts.marks and Mark.LUNAR_DAY in parts.marks:
        return _nothing(text, DateFlag.AMBIGUOUS_CALENDAR)
    return _dated(text, parts, years.years[0], years)


def date_value(text: str, *, context: tuple[int, int] = (1900, 2003)) -> str | None:
    """The ISO value of a written date, None when it can't be known."""
    return parse_date(text, context=context).value


def _nothing(text: str, flag: DateFlag) -> WrittenDate:
    return WrittenDate(text=text, day=None, calendar=Calendar.UNKNOWN, flags=frozenset({flag}))


def _twice(text: str, solar: WrittenDate, lunar_text: str) -> WrittenDate:
    """A date given in both calendars: the solar day, if the lunar one is the same."""
    parts = take_apart(lunar_text)
    if solar.span is None or solar.precision != "ymd" or parts is None:
        return _nothing(text, DateFlag.UNREADABLE)
    moon = lunar.from_solar(solar.span[0])
    stated = (parts.month, parts.day, Mark.LEAP in parts.marks)
    if moon and stated == (moon.month, moon.day, moon.leap):
        return replace(solar, text=text)
    disagree = _nothing(text, DateFlag.CALENDARS_DISAGREE)
    return replace(disagree, candidates=(solar.day,) if solar.day else ())


def _unresolved(text: str, parts: Parts, years: YearReading, flag: DateFlag) -> WrittenDate:
    readings = [_dated(text, parts, year, years) for year in years.years]
    return WrittenDate(
        text=text,
        day=None,
        calendar=Calendar.LUNAR if parts.lunar else Calendar.UNKNOWN,
        flags=frozenset({flag}),
        candidates=tuple(reading.day for reading in readings if reading.day),
    )


def _dated(text: str, parts: Parts, year: int, years: YearReading) -> WrittenDate:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return _nothing(text, DateFlag.YEAR_OUT_OF_RANGE)
    inferred = {DateFlag.REPUBLIC_INFERRED} if years.inferred else set()
    if parts.lunar:
        return _lunar(text, parts, year, inferred)
    return _solar(text, parts, year, inferred)


def _solar(text: str, parts: Parts, year: int, flags: set[DateFlag]) -> WrittenDate:
    day = CalendarDay(year=year, month=parts.month, day=parts.day)
    span = _solar_span(day)
    if span is not None:
        return WrittenDate(
            text=text, day=day, calendar=Calendar.SOLAR, flags=frozenset(flags), span=span
        )
    proposed = _as_lunar(parts, year)
    impossible = (
        DateFlag.IMPOSSIBLE_SOLAR_TRY_LUNAR
        if (parts.month or 0) <= MONTHS and (parts.day or 0) <= LONGEST_LUNAR_MONTH
        else DateFlag.IMPOSSIBLE_SOLAR
    )
    return WrittenDate(
        text=text,
        day=None,
        calendar=Calendar.UNKNOWN,
        flags=frozenset(flags | {impossible}),
        candidates=(proposed,) if proposed else (),
    )


def _solar_span(day: CalendarDay) -> tuple[date, date] | None:
    """First and last day meant; None when there is no such month or day."""
    if day.month is None:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if not 1 <= day.month <= MONTHS:
        return None
    last = solar_calendar.monthrange(day.year, day.month)[1]
    if day.day is None:
        return date(day.year, day.month, 1), date(day.year, day.month, last)
    if not 1 <= day.day <= last:
        return None
    only = date(day.year, day.month, day.day)
    return only, only


def _as_lunar(parts: Parts, year: int) -> CalendarDay | None:
    span = _lunar_span(parts, year)
    return _common(span) if span else None


def _lunar(text: str, parts: Parts, year: int, flags: set[DateFlag]) -> WrittenDate:
    if Mark.LUNAR not in parts.marks:
        flags.add(DateFlag.LUNAR_INFERRED)
    span = _lunar_span(parts, year)
    day = _common(span) if span else None
    if day is None:
        flags.add(DateFlag.SPANS_YEARS if span else DateFlag.IMPOSSIBLE_LUNAR)
    return WrittenDate(
        text=text,
        day=day,
        calendar=Calendar.LUNAR,
        flags=frozenset(flags),
        span=span,
    )


def _lunar_span(parts: Parts, year: int) -> tuple[date, date] | None:
    """First and last solar day of a lunar day, month or year; None when it did not exist."""
    leap = Mark.LEAP in parts.marks
    if parts.month is None:
        return lunar.year_span(year)
    if parts.day is None:
        return lunar.month_span(year, parts.month, leap=leap)
    only = lunar.to_solar(lunar.LunarDay(year, parts.month, parts.day, leap))
    return None if only is None else (only, only)


def _common(span: tuple[date, date]) -> CalendarDay | None:
    """What all days of a span have in common: the day, else the month, else the year."""
    first, last = span
    if first == last:
        return CalendarDay(year=first.year, month=first.month, day=first.day)
    if (first.year, first.month) == (last.year, last.month):
        return CalendarDay(year=first.year, month=first.month)
    return CalendarDay(year=first.year) if first.year == last.year else None
