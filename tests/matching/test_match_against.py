"""Evidence counts both ways: what differs where it should agree speaks against the person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from matching.run import match_table
from records.id_number import check_digit

if TYPE_CHECKING:
    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity

Row = dict[str, object]


@pytest.fixture(scope="module")
def couple(city: SmallCity) -> tuple[Row, Row]:
    people = {row["person_id"]: row for row in city.register.to_pylist()}
    return next(
        (man, people[man["spouse_id"]])
        for man in people.values()
        if man["sex"] == "male" and man["spouse_id"] in people and len(man["name"]) == 3
        and whole(man) and whole(people[man["spouse_id"]])
    )  # fmt: skip


def whole(person: Row) -> bool:
    """Whether the register knows everything of somebody, with a number that fits the date."""
    number, born = str(person["id_number"] or ""), str(person["birth_date"] or "")
    return (
        len(number) == 18
        and number[6:14] == born.replace("-", "")
        and check_digit(number[:17]) == number[17]
    )


def paper(role: str, person: Row, **changes: object) -> Row:
    row = {name: person[name] for name in ("name", "sex", "birth_date", "id_number", "address")}
    return {
        "record_id": role, "certificate_id": "c", "role": role, **row,
        "registration_date": "1996-06-01", **changes,
    }  # fmt: skip


def answer(index: RegisterIndex, *rows: Row) -> Row:
    found: Row = match_table(pa.Table.from_pylist(list(rows)), index).to_pylist()[0]
    return found


def bits(row: Row, field: str) -> float:
    value: float = json.loads(str(row["evidence"]))[field]
    return value


def test_a_sequence_that_differs_in_otherwise_equal_numbers(
    index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    man, _ = couple
    number = str(man["id_number"])
    body = number[:14] + f"{(int(number[14:17]) + 2) % 1000:03d}"
    silent = answer(index, paper("male", man, id_number=None))
    sibling = answer(index, paper("male", man, id_number=body + check_digit(body)))
    assert sibling["person_id"] in {None, man["person_id"]}
    assert bits(sibling, "id_number") < 0 == bits(silent, "id_number")
    assert sibling["probability"] < silent["probability"]


def test_a_first_name_that_shares_only_the_generation_character(
    index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    man, _ = couple
    name = str(man["name"])
    changes = {"id_number": None, "address": None}
    brother = answer(index, paper("male", man, name=name[:2] + "巍", **changes))
    unread = answer(index, paper("male", man, name=name[:2] + "□", **changes))
    assert brother["probability"] < unread["probability"]
    assert bits(brother, "name") < bits(unread, "name")


def test_a_register_spouse_who_is_somebody_else(
    city: SmallCity, index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    man, _ = couple
    other = next(
        row for row in city.register.to_pylist()
        if row["sex"] == "female" and row["spouse_id"] is None and whole(row)
        and abs(int(row["birth_date"][:4]) - int(str(man["birth_date"])[:4])) < 6
    )  # fmt: skip
    faint = {"id_number": None, "address": None}
    alone = answer(index, paper("male", man, **faint))
    with_other = answer(index, paper("male", man, **faint), paper("female", other))
    assert with_other["probability"] < alone["probability"]
    assert bits(with_other, "couple") < bits(alone, "couple")
