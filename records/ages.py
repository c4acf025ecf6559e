"""Ages as certificates state them, and what they say about a birth date.

周岁 counts completed years; 虚岁 counts the lunar years a person has lived in. Forms of the
1950s and 1960s do not say which is meant, so both readings are kept.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from records.lunar import lunar_year_of, year_span
from records.numerals import PLAIN, plain_numeral


class AgeKind(StrEnum):
    """How an age was counted."""

    COMPLETED = "周岁"
    NOMINAL = "虚岁"


OLDEST: Final = 120
_KIND: Final = "周岁|周歲|足岁|足歲|实岁|實歲|虚岁|虛歲|虚歲|虛岁|毛岁|毛歲|周|週歲|足|实|實|虚|虛"
_AGE: Final = re.compile(
    rf"(?:年龄|年齡|年|时年|時年|现年|現年)?:?({_KIND})?:?"
    rf"([0-9〇一二三四五六七八九十百廿卅卌]+)({_KIND}|岁|歲|崴)?"
)
_NOMINAL_MARKS: Final = frozenset("虚虛毛")


def parse_age(text: str) -> int | None:
    """The age a text states in years, None when it states none up to 120."""
    match = _AGE.fullmatch(_plain(text))
    age = plain_numeral(match.group(2)) if match else None
    return age if age is not None and age <= OLDEST else None


def age_kind(text: str) -> AgeKind | None:
    """How the text says that the age was counted, None when it does not say."""
    match = _AGE.fullmatch(_plain(text))
    mark = (match.group(1) or match.group(3) or "岁") if match else "岁"
    if mark[0] in _NOMINAL_MARKS:
        return AgeKind.NOMINAL
    return None if mark[0] in "岁歲崴" else AgeKind.COMPLETED


def birth_interval(age: int, registered: date, kind: AgeKind | str) -> tuple[date, date]:
    """First and last birth date of a person of that age on the day of registration.

    Where a nominal age leads out of the lunar table (before 1900), the widest bounds that a
    lunar year can have are given.
    """
    if AgeKind(kind) is AgeKind.COMPLETED:
        after = _years_before(registered, age + 1)
        return after + timedelta(days=1), _years_before(registered, age)
    year = _lunar_birth_year(age, registered)
    return year_span(year) or (date(year, 1, 21), date(year + 1, 2, 20))


def birth_years(age: int, registered: date) -> tuple[int, ...]:
    """The years a person may be born in, whether the age is 周岁 or 虚岁, in order."""
    years = {day.year for day in birth_interval(age, registered, AgeKind.COMPLETED)}
    years |= {day.year for day in birth_interval(age, registered, AgeKind.NOMINAL)}
    return tuple(sorted(years))


def _lunar_birth_year(age: int, registered: date) -> int:
    year = lunar_year_of(registered)
    return (registered.year if year is None else year) - age + 1


def _plain(text: str) -> str:
    return "".join(text.split()).replace("：", ":").translate(PLAIN)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February in a common year
        return day.replace(year=day.year - years, day=28)
