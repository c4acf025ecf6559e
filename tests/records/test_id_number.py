"""Numbers of identity papers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from records.id_number import Paper, area_fits, check_digit, id_value, parse_id

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "id_numbers.json").read_text(encoding="utf-8")
)
SEXES = {"男": "male", "女": "female"}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"])
def test_vectors(vector: dict[str, Any]) -> None:
    number = parse_id(vector["text"])
    assert number.kind == vector["kind"]
    assert number.flags == set(vector["flags"])
    assert list(number.area) == vector.get("area", [])
    assert (number.birth and number.birth.isoformat()) == vector.get("birth")
    assert number.sex == SEXES.get(vector.get("sex", ""))
    assert number.repairs == vector.get("n_repairs", 0)
    assert number.upgraded == vector.get("upgraded", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
        ("110105 19491231 002x", "11010519491231002X"),
        ("11010519491231002×", "11010519491231002X"),
        ("110105194912310021", "110105194912310021"),
        ("11O10519491231002X", None),
        ("1101051949123100", None),
        ("", None),
        ("军字第0123456号", "军字第0123456号"),
        ("H0123456789", "H0123456789"),
        ("G12345678", "G12345678"),
    ],
)
def test_value(text: str, value: str | None) -> None:
    assert id_value(text) == value


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("军字第0123456号", Paper.MILITARY),
        ("士兵证字第1234567号", Paper.MILITARY),
        ("H0123456789", Paper.HONGKONG_MACAO_PERMIT),
        ("M12345678", Paper.HONGKONG_MACAO_PERMIT),
        ("01234567", Paper.TAIWAN_PERMIT),
        ("G12345678", Paper.PASSPORT),
        ("E12345678", Paper.PASSPORT),
        ("USA110098765432", Paper.FOREIGN_PERMANENT),
        ("见介绍信", Paper.UNKNOWN),
    ],
)
def test_other_papers(text: str, paper: Paper) -> None:
    number = parse_id(text)
    assert (number.kind, number.paper) == ("other", paper)
    assert number.key is None


def test_residence_permit_is_no_resident_number() -> None:
    body = "81000019800101001"
    number = parse_id(body + check_digit(body))
    assert (number.kind, number.paper, number.flags) == ("other", Paper.RESIDENCE_PERMIT, set())


def test_lookalikes_are_read_but_flagged() -> None:
    number = parse_id("11O1O519491231OO2X")
    assert number.number == "11010519491231002X"
    assert number.flags == {"repaired"}
    assert number.value is None
    assert number.key is None


def test_keys() -> None:
    assert parse_id("110103700315002").key == "110103197003150023"
    assert parse_id("110103197003150023").key == "110103197003150023"
    assert parse_id("000000195803120000").key is None
    assert parse_id("110105194912310021").key is None


def test_no_birth_in_the_future() -> None:
    body = "11010520991231002"
    assert parse_id(body + check_digit(body)).flags == {"birth_out_of_range"}


@pytest.mark.parametrize(
    ("text", "registered", "fits"),
    [
        ("110103197003150023", 1990, True),
        ("110103197003150023", 2020, True),  # coded before 崇文区 went into 东城区
        ("110118199001010018", 2000, False),  # 密云区 has its code since 2015
        ("110118199001010018", 2016, True),
        ("110103201503150021", 2020, False),  # born after the code was given up
        ("G12345678", 2000, None),
    ],
)
def test_area_against_the_year_of_registration(
    text: str, registered: int, *, fits: bool | None
) -> None:
    assert area_fits(parse_id(text), registered) is fits
