"""Ages and the birth dates they allow."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from records.ages import AgeKind, age_kind, birth_interval, birth_years, parse_age

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "dates.json").read_text(encoding="utf-8")
)["ages"]


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_age_vectors(vector: dict[str, Any]) -> None:
    registered = date.fromisoformat(vector["registered"])
    first, last = birth_interval(vector["age"], registered, vector["kind"])
    assert [first.isoformat(), last.isoformat()] == vector["born"]
    assert {first.year, last.year} <= set(birth_years(vector["age"], registered))


@pytest.mark.parametrize(
    ("text", "age"),
    [("三十二歲", 32), ("十八岁", 18), ("22", 22), ("２２周岁", 22), ("虚岁廿三", 23), ("卅二", 32),
     ("年二十五岁", 25), ("", None), ("岁", None), ("三百岁", None), ("成年", None)],
)  # fmt: skip
def test_parse_age(text: str, age: int | None) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize(
    ("text", "kind"),
    [("二十二岁", None), ("22", None), ("22周岁", AgeKind.COMPLETED), ("虚岁廿三", AgeKind.NOMINAL),
     ("廿三虛歲", AgeKind.NOMINAL), ("足岁22", AgeKind.COMPLETED), ("不详", None)],
)  # fmt: skip
def test_how_an_age_was_counted(text: str, kind: AgeKind | None) -> None:
    assert age_kind(text) == kind


def test_nominal_ages_before_the_lunar_table() -> None:
    first, last = birth_interval(70, date(1955, 6, 1), AgeKind.NOMINAL)
    assert (first.year, last.year) == (1886, 1887)


def test_29_february() -> None:
    first, last = birth_interval(22, date(1960, 2, 29), AgeKind.COMPLETED)
    assert (first, last) == (date(1937, 3, 1), date(1938, 2, 28))
