"""Numbers as Chinese hands write them.

Reads a numeral, in figures or characters, positional (一九五三) or counted (二十三, 廿三),
in plain, financial (壹贰叁) or contracted (廿卅卌) form; and, the other way round, lists the
ways in which a number may have been written. Dates are put together in `dates`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

ZEROES: Final = "〇零○◯"
DIGITS: Final = "〇一二三四五六七八九"
FINANCIAL_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"

#: The year before the first of the Republic, and the Republic's last one on the mainland.
REPUBLIC_BEFORE: Final = 1911
REPUBLIC_LAST: Final = 38

#: Every way of writing a figure or a unit, under its plain form.
_WRITTEN_AS: Final = {
    "〇": "零○◯OoＯｏ",
    "一": "壹弌壱",
    "二": "贰貳弍貮两兩",
    "三": "叁參叄参弎",
    "四": "肆",
    "五": "伍",
    "六": "陆陸",
    "七": "柒漆",
    "八": "捌",
    "九": "玖",
    "十": "拾",
    "百": "佰",
    "千": "仟",
    "廿": "卄念",
    "卅": "丗",
}
#: Translates every numeral character to its plain form; figures of full width to ASCII.
PLAIN: Final = {
    **{ord(other): plain for plain, others in _WRITTEN_AS.items() for other in others},
    **{ord("０") + figure: str(figure) for figure in range(10)},
}

_VALUES: Final = {
    **{character: value for value, character in enumerate(DIGITS)},
    **{str(value): value for value in range(10)},
}
_TENS: Final = {"廿": 2, "卅": 3, "卌": 4}
_POSITIONAL: Final = re.compile(r"[0-9〇一二三四五六七八九]+")
_COUNTED: Final = re.compile(
    r"(?:([一二三四五六七八九])千)?"
    r"(?:〇?([一二三四五六七八九])百)?"
    r"(?:〇?(?:([一二三四五六七八九])?(十)|([廿卅卌])十?))?"
    r"(?:〇?([一二三四五六七八九]))?"
)


def parse_numeral(text: str) -> int | None:
    """The number a numeral stands for, None when the text is not one numeral.

    `一九五八`, `1958`, `一千九百五十八`, `廿三`, `二十三`, `二三` and `贰拾叁` are all read.
    """
    return plain_numeral(text.translate(PLAIN))


def plain_numeral(text: str) -> int | None:
    """As `parse_numeral`, for text that was already translated with `PLAIN`."""
    if _POSITIONAL.fullmatch(text):
        return int("".join(str(_VALUES[character]) for character in text))
    match = _COUNTED.fullmatch(text) if text else None
    if match is None:
        return None
    thousands, hundreds, tens, ten, contracted, ones = match.groups()
    ten_count = _VALUES[tens] if tens else _TENS.get(contracted, 1 if ten else 0)
    return (
        1000 * _VALUES.get(thousands, 0)
        + 100 * _VALUES.get(hundreds, 0)
        + 10 * ten_count
        + _VALUES.get(ones, 0)
    )


def positional(number: int, *, digits: str = DIGITS) -> str:
    """The figures of a number one by one: 1953 is 一九五三."""
    return "".join(digits[int(figure)] for figure in str(number))


def counted(number: int, *, digits: str = DIGITS, ten: str = "十") -> str:
    """A number from 1 to 99 as it is spoken: 23 is 二十三, 10 is 十."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ten if tens == 1 else digits[tens] + ten
    return head + (digits[ones] if ones else "")


@cache
def small_spellings(number: int) -> frozenset[str]:
    """The ways of writing 1..99 on a form: figures, characters, contracted and financial."""
    forms = {
        str(number),
        f"{number:02d}",
        counted(number),
        counted(number, digits=FINANCIAL_DIGITS, ten="拾"),
        counted(number, digits="零壹貳叄肆伍陸柒捌玖", ten="拾"),
    }
    tens, ones = divmod(number, 10)
    rest = DIGITS[ones] if ones else ""
    forms |= {mark + rest for mark, count in _TENS.items() if count == tens}
    if tens == 1:
        forms |= {"一十" + rest, "壹拾" + (FINANCIAL_DIGITS[ones] if ones else "")}
    if tens and ones:
        forms.add(DIGITS[tens] + DIGITS[ones])
    return frozenset(forms)


@cache
def year_spellings(year: int) -> frozenset[str]:
    """The ways of writing a year from 1900 on, without 年: four or two figures, Republic years."""
    forms = {str(year), f"{year % 100:02d}"}
    for zero in ZEROES:
        digits = zero + DIGITS[1:]
        forms |= {positional(year, digits=digits), positional(year, digits=digits)[-2:]}
    forms.add(positional(year, digits=FINANCIAL_DIGITS))
    republic = year - REPUBLIC_BEFORE
    if republic == 1:
        forms.add("民国元")
    if 1 <= republic <= REPUBLIC_LAST:
        forms |= {
            era + spelling
            for era in ("民国", "民國", "中华民国", "中華民國")
            for spelling in small_spellings(republic)
        }
    return frozenset(forms)


@cache
def month_spellings(month: int) -> frozenset[str]:
    """The ways of writing a solar month, without 月; January is also 元."""
    extra = {"元"} if month == 1 else set()
    return small_spellings(month) | extra


@cache
def day_spellings(day: int) -> frozenset[str]:
    """The ways of writing a day of the month, without 日."""
    return small_spellings(day)
