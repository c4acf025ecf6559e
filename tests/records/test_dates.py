"""Dates: the vectors, the shapes, and the laws of generated dates."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from records import lunar
from records.dates import DateFlag, date_value, parse_date

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "dates.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["dates"], ids=lambda vector: vector["text"])
def test_date_vectors(vector: dict[str, Any]) -> None:
    written = parse_date(vector["text"], context=tuple(vector["context"]))
    assert written.value == vector["date"]
    assert written.flags == set(vector["flags"])
    assert written.calendar == vector["calendar"]


@pytest.mark.parametrize(("solar", "written"), VECTORS["lunar"])
def test_lunar_vectors(solar: str, written: str) -> None:
    day = lunar.from_solar(date.fromisoformat(solar))
    assert day is not None
    assert lunar.to_solar(day) == date.fromisoformat(solar)
    assert lunar.cycle_name(day.year) == written[:2]
    assert parse_date(written, context=(1949, 2003)).value == solar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1955907", None),
        ("195310", None),
        ("1955-90-7", None),
        ("", None),
        ("年月日", None),
        ("不详", None),
        ("3月16日", None),
        ("三月十六日", None),
        ("1953", "1953"),
        ("一九五三年", "1953"),
        ("一九五三年三月", "1953-03"),
        ("1953-03", "1953-03"),
        ("1953.3", "1953-03"),
        ("1953-03-00", "1953-03"),
        ("1953-00-00", "1953"),
        ("1953-00-07", None),
        ("19530309", "1953-03-09"),
        ("1953-03-09T00:00:00", "1953-03-09"),
        ("1953-03-09 00:00:00", "1953-03-09"),
        ("１９５３年３月９日", "1953-03-09"),
        ("1953 年 3 月 9 日", "1953-03-09"),
        ("1953 3 9", "1953-03-09"),
        ("1953/3/9", "1953-03-09"),
        ("58.10.23", "1958-10-23"),
        ("58－10－23", "1958-10-23"),
        ("五八、十、廿三", "1958-10-23"),
        ("一九五八年一〇月二三日", "1958-10-23"),
        ("一千九百五十八年十月二十三号", "1958-10-23"),
        ("二〇〇三年五月一日", "2003-05-01"),
        ("二千零三年五月一日", "2003-05-01"),
        ("1936年5月2日生", "1936-05-02"),
        ("2011年08月12日", "2011-08-12"),
        ("一九六O年三月卅一日", "1960-03-31"),
        ("農曆一九四九年八月初十", "1949-10-01"),
        ("一九四九年（农历）八月初十", "1949-10-01"),
        ("光绪卅一年正月初一", "1905-02-04"),
        ("民38.10.1", "1949-10-01"),
        ("1949年10月1日（农历八月初十）", "1949-10-01"),
        ("1949年10月1日(農曆八月十一)", None),
        ("1949年10月(農曆八月初十)", None),
        ("1958年13月1日", None),
        ("1958年4月31日", None),
        ("958年4月3日", None),
        ("2958年4月3日", None),
        ("甲丑年三月初三", None),
    ],
)
def test_shapes(text: str, value: str | None) -> None:
    assert parse_date(text).value == value


@pytest.mark.parametrize(
    ("text", "value", "span"),
    [
        ("农历一九五三年三月", "1953", ("1953-04-14", "1953-05-12")),
        ("农历一九五三年", None, ("1953-02-14", "1954-02-02")),
        ("癸巳年", None, ("1953-02-14", "1954-02-02")),
        ("农历一九五三年十二月", "1954", ("1954-01-05", "1954-02-02")),
        ("农历一九八四年十二月", "1985", ("1985-01-21", "1985-02-19")),
        ("1953-03", "1953-03", ("1953-03-01", "1953-03-31")),
        ("1953", "1953", ("1953-01-01", "1953-12-31")),
    ],
)
def test_months_and_years_say_no_more_than_they_know(
    text: str, value: str | None, span: tuple[str, str]
) -> None:
    written = parse_date(text, context=(1930, 1990))
    assert written.value == value
    assert written.span == tuple(map(date.fromisoformat, span))


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("一九五三年元月初三", DateFlag.AMBIGUOUS_CALENDAR),
        ("三十八年十月一日", DateFlag.AMBIGUOUS_YEAR),
        ("癸未年三月初三", DateFlag.AMBIGUOUS_YEAR),
        ("三月十六日", DateFlag.YEAR_MISSING),
        ("2958年4月3日", DateFlag.YEAR_OUT_OF_RANGE),
        ("民国二百年四月三日", DateFlag.YEAR_OUT_OF_RANGE),
        ("宣统九年四月三日", DateFlag.YEAR_OUT_OF_RANGE),
        ("958年4月3日", DateFlag.UNREADABLE),
        ("元年四月三日", DateFlag.UNREADABLE),
        ("年", DateFlag.UNREADABLE),
        ("一九五八年三", DateFlag.UNREADABLE),
        ("1958年4月31日", DateFlag.IMPOSSIBLE_SOLAR),
        ("1955907", DateFlag.UNREADABLE),
    ],
)
def test_what_is_said_when_there_is_no_value(text: str, flag: DateFlag) -> None:
    written = parse_date(text)
    assert written.flags == {flag}
    assert written.value is None
    assert written.precision is None
    assert date_value(text) is None


def test_short_years_within_a_context() -> None:
    assert parse_date("三十八年十月一日", context=(1950, 1960)).flags == {"year_outside_context"}
    ambiguous = parse_date("三十八年十月一日", context=(1930, 1960))
    assert [day.iso for day in ambiguous.candidates] == ["1938-10-01", "1949-10-01"]
    inferred = parse_date("三十八年十月一日", context=(1940, 1960))
    assert (inferred.value, inferred.flags) == ("1949-10-01", {"republic_inferred"})
    assert date_value("03.5.6", context=(1994, 2005)) == "2003-05-06"


def test_lunar_table_ends() -> None:
    assert parse_date("光绪二十年三月初三").flags == {"lunar_inferred", "impossible_lunar"}
    assert lunar.from_solar(date(1850, 1, 1)) is None
    assert lunar.year_span(1850) is None
    assert lunar.month_span(1953, 3, leap=True) is None
