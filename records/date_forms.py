"""How a date is written: calendar words, year, month and day, still as they stand.

Recognises the shapes (一九五八年十月廿三日, 1958.10.23, 农历…初十, 19581023) and takes them
apart; which year and which day is meant is decided in `date_years` and `dates`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from records.lunar import BRANCHES, STEMS
from records.numerals import PLAIN, plain_numeral


class Mark(StrEnum):
    """What the words beside the figures say about how these are meant."""

    SOLAR = "solar"  # 公历, 阳历
    LUNAR = "lunar"  # 农历, 阴历, 旧历
    LUNAR_YEAR = "lunar_year"  # 庚寅年, 光绪三十年
    LUNAR_MONTH = "lunar_month"  # 正月, 冬月, 腊月
    LUNAR_DAY = "lunar_day"  # 初三
    LEAP = "leap"  # 闰三月
    SOLAR_MONTH = "solar_month"  # 元月


_IMPLY_LUNAR: Final = {Mark.LUNAR_YEAR, Mark.LUNAR_MONTH, Mark.LUNAR_DAY, Mark.LEAP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A written date taken apart.

    `era` is 民国, 光绪, … or empty; `year` the year's plain numeral or 干支 name, empty when
    the text gives none; `month` and `day` are numbers, unchecked, None where absent.
    """

    era: str
    year: str
    month: int | None
    day: int | None
    marks: frozenset[Mark]

    @property
    def lunar(self) -> bool:
        """Whether the text is to be read as lunar: it says so, or uses lunar words."""
        if Mark.SOLAR in self.marks:
            return False
        return Mark.LUNAR in self.marks or not _IMPLY_LUNAR.isdisjoint(self.marks)


#: Words in simplified form, numerals in plain form, dots and dashes in one shape each.
_FOLD: Final = {
    **PLAIN,
    **str.maketrans("農曆歷厯陰陽舊閏臘國號華緒統廢份", "农历历历阴阳旧闰腊国号华绪统废份"),
    **str.maketrans(dict.fromkeys("．。·•‧∙⋅・、,，／/⁄∕", ".")),
    **str.maketrans(dict.fromkeys("－—–‐‑‒―−﹣~～-", ".")),
    ord("："): ":",
    ord("（"): "(",
    ord("）"): ")",
}
_CALENDAR_WORD: Final = re.compile(
    r"\(?(?:(公元|西元|公历|西历|阳历|新历|国历)|(农历|阴历|旧历|夏历|古历|废历|农|阴|旧))\)?:?"
)
#: A solar date followed by the lunar one: 1949年10月1日（农历八月初十）.
_BOTH: Final = re.compile(r"(.+?)[(（]即?([农農阴陰旧舊夏古][历曆].+)[)）]")
_EDGES: Final = re.compile(r"^(?:生于|出生于)|(?:出生|生|立)$")
_CLOCK: Final = re.compile(r"(?<=[0-9])[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?$")
_SPACE_AT_WORD: Final = re.compile(r"(?<![0-9〇])\s+|\s+(?![0-9〇])")

_NUMBER: Final = "[0-9〇一二三四五六七八九十百千廿卅卌]"
_DATE: Final = re.compile(
    r"(?P<era>(?:中华)?民国|民|光绪|宣统|同治)?"
    rf"(?:(?P<year>{_NUMBER}{{1,9}}|元|[{STEMS}][{BRANCHES}])[年. ])?"
    rf"(?:(?P<leap>闰)?(?P<month>{_NUMBER}{{1,3}}|[元正冬腊])(?:月份?|[. ]|$)"
    rf"(?:(?P<first>初)?(?P<day>{_NUMBER}{{1,4}})(?:日|号)?)?)?"
)
_RUN: Final = re.compile(
    r"(?P<year>[0-9〇]{4})(?P<month>[0-9〇]{2})(?P<day>[0-9〇]{2})"
    r"|(?P<alone>[0-9〇一二三四五六七八九]{4})"
)
_IMPERIAL: Final = {"光绪", "宣统", "同治"}
_SPECIAL_MONTHS: Final = {
    "元": (1, Mark.SOLAR_MONTH),
    "正": (1, Mark.LUNAR_MONTH),
    "冬": (11, Mark.LUNAR_MONTH),
    "腊": (12, Mark.LUNAR_MONTH),
}


def both_calendars(text: str) -> tuple[str, str] | None:
    """The solar and the lunar part of a date given in both, None for other texts."""
    match = _BOTH.fullmatch(text.strip())
    return (match.group(1), match.group(2)) if match else None


def take_apart(text: str) -> Parts | None:
    """The parts of a written date, None when the text has no shape of a date."""
    plain = _CLOCK.sub("", text.strip()).translate(_FOLD)
    marks: set[Mark] = set()
    plain = _CALENDAR_WORD.sub(lambda word: _note(word, marks), plain)
    plain = "".join(plain.split()) if "年" in plain else _SPACE_AT_WORD.sub("", plain)
    plain = _EDGES.sub("", plain.strip("."))
    run = _RUN.fullmatch(plain)
    if run:
        return _from_run(run, marks)
    match = _DATE.fullmatch(plain) if plain else None
    # After 年 a month is marked 月; without it the text was cut off, and 一 may be 一一.
    cut_off = match and match["month"] and plain.endswith("年" + match["month"])
    return _from_match(match, marks) if match and not cut_off else None


def _note(word: re.Match[str], marks: set[Mark]) -> str:
    marks.add(Mark.SOLAR if word.group(1) else Mark.LUNAR)
    return ""


def _from_run(run: re.Match[str], marks: set[Mark]) -> Parts:
    """Eight figures in a row, or a year alone."""
    year, month, day, alone = run.groups()
    return Parts(
        era="",
        year=alone or year,
        **_known(None, None) if alone else _known(plain_numeral(month), plain_numeral(day)),
        marks=frozenset(marks),
    )


def _known(month: int | None, day: int | None) -> dict[str, int | None]:
    """Month and day; registers write unknown ones as 00."""
    return {"month": month or (0 if day else None), "day": day or None}


def _from_match(match: re.Match[str], marks: set[Mark]) -> Parts | None:
    era, year, leap, month_text, first, day_text = match.groups(default="")
    month, month_mark = _SPECIAL_MONTHS.get(month_text, (plain_numeral(month_text), None))
    day = plain_numeral(day_text)
    if (month_text and month is None) or (day_text and day is None):
        return None
    if month_mark:
        marks.add(month_mark)
    if leap:
        marks.add(Mark.LEAP)
    if first:
        marks.add(Mark.LUNAR_DAY)
    if (year and year[0] in STEMS) or era in _IMPERIAL:
        marks.add(Mark.LUNAR_YEAR)
    return Parts(
        era="民国" if "民" in era else era,
        year=year,
        **_known(month, day),
        marks=frozenset(marks),
    )
