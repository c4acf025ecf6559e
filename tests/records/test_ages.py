"""Ages and the birth dates they allow."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from records.ages import birth_interval, birth_years, parse_age

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
