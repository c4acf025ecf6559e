"""Certificate numbers of every form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from records.certificate_number import (
    area_agrees,
    certificate_value,
    parse_certificate_number,
    registered_year_agrees,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "certificate_numbers.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"])
def test_vectors(vector: dict[str, Any]) -> None:
    number = parse_certificate_number(vector["text"])
    assert number is not None
    for name, expected in vector["parsed"].items():
        assert getattr(number, name) == expected
    assert number.repaired == vector["parsed"].get("repaired", False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("（86丰结）字第1775号", "86丰结字第1775号"),
        ("西婚字第六〇五號", "西婚字第六〇五號"),
        ("Ｌ110106－2011－011570", "L110106-2011-011570"),
        ("J110101—2010—000001", "J110101-2010-000001"),
        ("〔８３〕崇结字 第1829号", "83崇结字第1829号"),
        ("J11O101-2010-000001", "J11O101-2010-000001"),
    ],
)
def test_value(text: str, value: str) -> None:
    assert certificate_value(text) == value


@pytest.mark.parametrize(
    ("text", "kind", "fmt", "year", "seq"),
    [
        ("（86丰结）字第1775号", "marriage", "legacy", 1986, 1775),
        ("79昌结字0065号", "marriage", "legacy", 1979, 65),
        ("西婚字第六〇五號", "marriage", "legacy", None, 605),
        ("海離字第二一九号", "divorce", "legacy", None, 219),
        ("1952年结字第壹号", "marriage", "legacy", 1952, 1),
        ("一九五二年结字第壹号", "marriage", "legacy", 1952, 1),
        ("宣离（1990）第12号", "divorce", "legacy_nozi", 1990, 12),
        ("京东结字019900123", "marriage", "legacy", 1999, 123),
        ("京朝结字第8701234号", "marriage", "legacy", None, None),
        ("(98)朝补结字第45号", "marriage_reissue", "legacy", 1998, 45),
        ("(02)海结字第45号", "marriage", "legacy", 2002, 45),
        ("(31)海结字第45号", "marriage", "legacy", None, 45),
    ],
)
def test_forms(text: str, kind: str, fmt: str, year: int | None, seq: int | None) -> None:
    number = parse_certificate_number(text)
    assert number is not None
    assert (number.kind, number.fmt, number.year, number.seq) == (kind, fmt, year, seq)


@pytest.mark.parametrize(
    "text", ["", "结婚证", "第12号", "J110101-1810-000001", "110101", "结字第号"]
)
def test_no_number(text: str) -> None:
    assert parse_certificate_number(text) is None


@pytest.mark.parametrize(
    ("text", "registered", "agrees"),
    [
        ("J110101-2010-000001", 2010, True),
        ("J110101-2010-000001", 2009, False),
        ("BJ110101-2010-000001", 1985, True),
        ("BJ110101-2010-000001", 2011, False),
        ("结字第壹号", 1952, None),
        ("79昌结字0065号", 1979, True),
    ],
)
def test_year_against_registration(text: str, registered: int, *, agrees: bool | None) -> None:
    number = parse_certificate_number(text)
    assert number is not None
    assert registered_year_agrees(number, registered) is agrees


@pytest.mark.parametrize(
    ("text", "agrees"),
    [("J110103-2009-000001", True), ("J110103-2012-000001", False), ("J999999-2012-000001", False)],
)
def test_area_against_year(text: str, *, agrees: bool) -> None:
    number = parse_certificate_number(text)
    assert number is not None
    assert area_agrees(number) is agrees


def test_canonical_of_an_old_number_is_its_value() -> None:
    number = parse_certificate_number("（86丰结）字第1775号")
    assert number is not None
    assert number.canonical == "86丰结字第1775号"
    assert area_agrees(number) is None
