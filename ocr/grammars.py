"""What may stand in a field: one grammar per kind of field, over folded characters.

Dates, ages, certificate numbers and the like have few shapes, and knowing them resolves
most of what a recogniser leaves open. The meaning of a text is decided in `records`.
"""

from __future__ import annotations

import calendar
import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ocr.automata import (
    ANY_HAN,
    Grammar,
    alt,
    compile_grammar,
    one_of,
    opt,
    repeat,
    seq,
    word,
    words,
)
from ocr.folding import fold_text
from records.areas import areas

if TYPE_CHECKING:
    from ocr.automata import Part

_FIGURES = "0123456789"
_HAN_DIGITS = "〇一二三四五六七八九"
_HAN_NUMERALS = _HAN_DIGITS + "十百千壹贰叁肆伍陆柒捌玖拾"
#: A leap year, so that 29 February is allowed; `records.dates` knows the calendar.
_LONG_YEAR = 2000
#: A place's name of one character (and its kind) is too short to be varied.
_SHORTEST = 2


def _figures(number: int) -> tuple[str, ...]:
    return (str(number), f"{number:02d}")


def _counted(number: int) -> tuple[str, ...]:
    """How a number below 100 is written in characters."""
    tens, ones = divmod(number, 10)
    ending = _HAN_DIGITS[ones] if ones else ""
    if not tens:
        return (ending,)
    plain = ("" if tens == 1 else _HAN_DIGITS[tens]) + "十" + ending
    short = {2: "廿", 3: "卅"}.get(tens)
    return (plain, short + ending) if short else (plain,)


def _han_years() -> tuple[str, ...]:
    return tuple(
        "".join(_HAN_DIGITS[int(figure)] for figure in str(year)) for year in range(1880, 2030)
    )


def _figure_years() -> tuple[str, ...]:
    return tuple(str(year) for year in range(1880, 2030))


def _month_days(month: int) -> range:
    return range(1, calendar.monthrange(_LONG_YEAR, month)[1] + 1)


def _days(month: int, *, han: bool) -> tuple[str, ...]:
    spell = _counted if han else _figures
    return tuple(text for day in _month_days(month) for text in spell(day))


def _month_and_day(between: Part, *, han: bool, named: bool = True) -> Part:
    """A month and one of its days; the first month may be `named` 元 instead of counted."""
    spell = _counted if han else _figures
    months = [
        seq(words(spell(month)), between, words(_days(month, han=han))) for month in range(1, 13)
    ]
    if named:
        months.append(seq(word("元"), between, words(_days(1, han=han))))
    return alt(*months)


def _lunar_day() -> Part:
    days = [text for day in range(1, 31) for text in _counted(day)]
    days += ["初" + _HAN_DIGITS[day] for day in range(1, 10)] + ["初十"]
    months = [_counted(month)[0] for month in range(1, 13)] + ["正", "冬", "腊"]
    return seq(opt(word("闰")), words(months), word("月"), words(days), opt(one_of("日")))


def _republic_years() -> Part:
    counted = [text for year in range(1, 39) for text in _counted(year)]
    return seq(opt(word("中华")), word("民国"), words([*counted, "元"]))


@cache
def date_grammar() -> Grammar:
    """Days of the solar calendar in figures or characters, lunar days, Republic years."""
    year_word = one_of("年")
    separated = alt(*(_month_and_day(word(sign), han=False, named=False) for sign in "./-"))
    in_figures = seq(
        words(_figure_years()),
        alt(
            seq(year_word, _month_and_day(word("月"), han=False), opt(one_of("日"))),
            seq(one_of("./-"), separated),
        ),
    )
    in_characters = seq(
        opt(words(["公元", "公历", "西历"])),
        alt(words(_han_years()), _republic_years()),
        year_word,
        _month_and_day(word("月"), han=True),
        opt(one_of("日")),
    )
    lunar = seq(
        opt(words(["农历", "阴历", "旧历", "夏历"])),
        alt(words(_han_years()), _republic_years(), seq(one_of(_STEMS), one_of(_BRANCHES))),
        year_word,
        opt(words(["农历", "阴历", "旧历", "夏历"])),
        _lunar_day(),
    )
    month_only = alt(
        seq(words(_figure_years()), year_word, words(_months(han=False)), word("月")),
        seq(words(_han_years()), year_word, words(_months(han=True)), word("月")),
    )
    year_only = alt(seq(words(_figure_years()), year_word), seq(words(_han_years()), year_word))
    return compile_grammar(alt(in_figures, in_characters, lunar, month_only, year_only))


_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


def _months(*, han: bool) -> tuple[str, ...]:
    spell = _counted if han else _figures
    return ("元", *(text for month in range(1, 13) for text in spell(month)))


@cache
def age_grammar() -> Grammar:
    """Ages from 10 to 99, in figures or characters, with or without 岁."""
    ages = [text for age in range(10, 100) for text in (*_counted(age), str(age))]
    before = opt(words(["周", "虚", "足", "实"]))
    return compile_grammar(seq(before, words(ages), opt(words(["岁", "周岁", "足岁", "虚岁"]))))


@cache
def sex_grammar() -> Grammar:
    """男 or 女, with or without 性."""
    return compile_grammar(seq(one_of("男女"), opt(word("性"))))


@cache
def id_grammar() -> Grammar:
    """ID numbers of 18 or 15 places that hold a possible birth date."""
    two = one_of(_FIGURES)
    area = seq(one_of("12345678"), *[two] * 5)
    day = alt(
        *(
            seq(
                word(f"{month:02d}"),
                words(f"{day:02d}" for day in _month_days(month)),
            )
            for month in range(1, 13)
        )
    )
    long = seq(
        area,
        alt(word("18"), word("19"), word("20")),
        two,
        two,
        day,
        two,
        two,
        two,
        one_of("0123456789X"),
    )
    short = seq(area, two, two, day, two, two, two)
    return compile_grammar(alt(long, short))


@cache
def certificate_grammar() -> Grammar:
    """Certificate numbers from 2004 on, and the free forms before (字第…号)."""
    figure = one_of(_FIGURES)
    modern = seq(
        words(["J", "L", "BJ", "BL"]), *[figure] * 6, word("-"),
        alt(word("19"), word("20")), figure, figure, word("-"), *[figure] * 6,
    )  # fmt: skip
    number = alt(repeat(figure, 1, 9), repeat(one_of(_HAN_NUMERALS), 1, 7))
    year = alt(
        seq(figure, figure), words(_figure_years()), words(_han_years()),
        seq(one_of(_HAN_DIGITS), one_of(_HAN_DIGITS)),
    )  # fmt: skip
    bracketed = seq(word("("), year, repeat(one_of([ANY_HAN]), 0, 5), word(")"))
    head = alt(bracketed, seq(opt(seq(year, opt(word("年")))), repeat(one_of([ANY_HAN]), 1, 8)))
    middle = alt(
        seq(word("字"), opt(bracketed), opt(word("第"))),
        # The offices of a district may be numbered: 朝结字1第, 京顺结3字.
        seq(word("字"), figure, word("第")),
        seq(opt(bracketed), word("第")),
    )
    legacy = alt(
        seq(
            opt(head),
            opt(alt(bracketed, year)),
            repeat(one_of([ANY_HAN]), 0, 6),
            opt(figure),
            middle,
            number,
            opt(word("号")),
        ),
        seq(repeat(one_of([ANY_HAN]), 1, 5), bracketed, opt(word("第")), number, opt(word("号"))),
    )
    return compile_grammar(alt(modern, legacy))


@cache
def ethnicity_grammar() -> Grammar:
    """Names of the nationalities, with or without 族."""
    with (files("records") / "data" / "ethnic_gb3304.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    older = [name for row in rows for name in row["aliases_in_old_records"].split(";") if name]
    bare = [fold_text(name)[0].removesuffix("族") for name in (*(r["name"] for r in rows), *older)]
    return compile_grammar(seq(words(bare), opt(word("族"))))


@cache
def _place_names() -> frozenset[str]:
    """Names of provinces, cities and counties, also as county, city or district in turn."""
    names = {area.name for entries in areas().values() for area in entries}
    stems = {name[:-1] for name in names if name[-1] in "市区县" and len(name) > _SHORTEST}
    return frozenset(names | {stem + kind for stem in stems for kind in "市区县"})


@cache
def place_grammar() -> Grammar:
    """Provinces, cities and counties, one after the other as far as the text goes."""
    part = words(_place_names())
    return compile_grammar(repeat(part, 1, 3))


@cache
def name_grammar() -> Grammar:
    """Names: two to six Chinese characters, or two such groups parted by a dot."""
    han = one_of([ANY_HAN])
    return compile_grammar(
        alt(repeat(han, 2, 5), seq(repeat(han, 2, 6), word("."), repeat(han, 1, 8)))
    )


@cache
def figures_grammar() -> Grammar:
    """A row number or a stamp's number: one to five figures."""
    return compile_grammar(repeat(one_of(_FIGURES), 1, 5))
