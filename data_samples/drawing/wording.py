"""Numbers and dates as hands wrote them, and text with printed parts.

A written text marks what the form had printed already with «»: the rest is by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from random import Random

_DIGITS = "〇一二三四五六七八九"
_FORMAL = str.maketrans("一二三四五六七八九十", "壹贰叁肆伍陆柒捌玖拾")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A field's text as it stands on the page, and the value it means."""

    marked: str
    value: str

    @property
    def text(self) -> str:
        """The text without the marks of printed parts."""
        return self.marked.replace("«", "").replace("»", "")


def plain(text: str) -> Written:
    """A text that is its own value."""
    return Written(marked=text, value=text)


def numeral(number: int) -> str:
    """1-99 in Chinese numerals: 23 → 二十三."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return head + (_DIGITS[ones] if ones or not tens else "")


def short_numeral(number: int) -> str:
    """As `numeral`, with 廿 and 卅: 23 → 廿三."""
    text = numeral(number)
    return text.replace("二十", "廿").replace("三十", "卅") if number >= 20 else text


def spelled(number: int | str, zero: str = "〇") -> str:
    """Digit by digit: 1953 → 一九五三."""
    return "".join(_DIGITS[int(digit)] for digit in str(number)).replace("〇", zero)


def formal(number: int) -> str:
    """In the forms that can't be altered, without 零: 12 → 拾贰."""
    return numeral(number).translate(_FORMAL)


def counted(number: int) -> str:
    """1-999 in full: 305 → 三百零五."""
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return numeral(rest)
    tail = ""
    if rest:
        tail = "零" + numeral(rest) if rest < 10 else numeral(rest)
        if 10 <= rest < 20:
            tail = "一" + numeral(rest)
    return f"{_DIGITS[hundreds]}百{tail}"


def date_in_numerals(day: date, rng: Random, *, zero: str = "〇", printed: bool = False) -> Written:
    """A solar date in Chinese numerals; `printed` when the form had 年 月 日 already."""
    days = rng.choice((numeral, numeral, short_numeral))(day.day)
    month = "元" if day.month == 1 and rng.random() < 0.3 else numeral(day.month)
    parts = (spelled(day.year, zero), month, days)
    return Written(marked=_joined(parts, printed=printed), value=day.isoformat())


def date_of_the_republic(day: date) -> Written:
    """A date in years of the Republic, with 年 月 日 printed: 民國十七年…; 1912 is 元年.

    Days before 1912 are written in the solar calendar.
    """
    number = day.year - 1911
    if number < 1:
        return Written(
            marked=_joined((spelled(day.year), numeral(day.month), numeral(day.day)), printed=True),
            value=day.isoformat(),
        )
    year = "元" if number == 1 else numeral(number)
    parts = (f"民國{year}", numeral(day.month), numeral(day.day))
    return Written(marked=_joined(parts, printed=True), value=day.isoformat())


def date_in_digits(day: date, *, printed: bool = False, padded: bool = False) -> Written:
    """A solar date in digits with 年 月 日."""
    width = 2 if padded else 1
    parts = (str(day.year), f"{day.month:0{width}}", f"{day.day:0{width}}")
    return Written(marked=_joined(parts, printed=printed), value=day.isoformat())


def _joined(parts: tuple[str, str, str], *, printed: bool) -> str:
    marks = ("«年»", "«月»", "«日»") if printed else ("年", "月", "日")
    return "".join(part + mark for part, mark in zip(parts, marks, strict=True))


def dotted(day: date, sign: str = ".") -> Written:
    """1979.3.16, or with another sign between."""
    return Written(marked=f"{day.year}{sign}{day.month}{sign}{day.day}", value=day.isoformat())


_BRACKETS = str.maketrans("", "", "()（）〔〕[]［］【】«»")


def number_value(marked: str) -> str:
    """The value of a certificate number: brackets dropped, full-width forms folded."""
    folded = {0xFF10 + n: str(n) for n in range(10)}
    return marked.translate(_BRACKETS).translate(folded)


def certificate_number(marked: str) -> Written:
    """A certificate number with its value."""
    return Written(marked=marked, value=number_value(marked))
