"""Which year a written year means.

A year in full means itself. A year of two figures, a year of the cycle of sixty or a bare
small number is resolved only when the context leaves one possibility.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from records.lunar import STEMS, cycle_years
from records.numerals import REPUBLIC_BEFORE, REPUBLIC_LAST, plain_numeral

if TYPE_CHECKING:
    from records.date_forms import Parts

#: Year 1 of each era is the year after this one; and the last year it reached.
_ERAS: Final = {
    "民国": (REPUBLIC_BEFORE, 120),
    "宣统": (1908, 3),
    "光绪": (1874, 34),
    "同治": (1861, 13),
}
_FULL_FIGURES: Final = 4
_CENTURY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class YearReading:
    """The years a written year may mean.

    `problem` is a date flag when there is not exactly one; `inferred` says that a bare
    number can only be explained as a year of the Republic.
    """

    years: tuple[int, ...] = ()
    problem: str = ""
    inferred: bool = False


def read_year(parts: Parts, context: tuple[int, int]) -> YearReading:
    """The years that the written year may mean within the context (first, last)."""
    if not parts.year:
        return YearReading(problem="year_missing" if parts.month else "unreadable")
    if parts.era:
        return _of_era(parts)
    if parts.year[0] in STEMS:
        return _only(cycle_years(parts.year, *context))
    number = plain_numeral(parts.year)
    if number is None:
        return YearReading(problem="unreadable")
    if len(parts.year) == _FULL_FIGURES or number >= 10 * _CENTURY:
        return YearReading(years=(number,))
    return _shortened(number, context) if number < _CENTURY else YearReading(problem="unreadable")


def _of_era(parts: Parts) -> YearReading:
    before, last = _ERAS[parts.era]
    number = 1 if parts.year == "元" else plain_numeral(parts.year)
    if number is None or not 1 <= number <= last:
        return YearReading(problem="year_out_of_range")
    return YearReading(years=(before + number,))


def _shortened(number: int, context: tuple[int, int]) -> YearReading:
    first, last = context
    century_years = range(first - (first - number) % _CENTURY, last + 1, _CENTURY)
    common = {year for year in century_years if first <= year <= last}
    # A bare number up to the Republic's last year may be one of its years.
    republic = {REPUBLIC_BEFORE + number} if 1 <= number <= REPUBLIC_LAST else set()
    possible = {year for year in common | republic if first <= year <= last}
    return _only(tuple(sorted(possible)), inferred=not common)


def _only(years: tuple[int, ...], *, inferred: bool = False) -> YearReading:
    if len(years) == 1:
        return YearReading(years=years, inferred=inferred)
    problem = "ambiguous_year" if years else "year_outside_context"
    return YearReading(years=years, problem=problem)
