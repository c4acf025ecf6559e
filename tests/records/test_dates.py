"""Dates: the vectors, the shapes, and the laws of generated dates."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from records import lunar
from records.dates import parse_date

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
        ("1958年13月1日", None),
        ("1958年4月31日", None),
        ("958年4月3日", None),
        ("2958年4月3日", None),
        ("甲丑年三月初三", None),
    ],
)
def test_shapes(text: str, value: str | None) -> None:
    assert parse_date(text).value == value
