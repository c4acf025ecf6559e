"""Certificates of one couple speak for each other; a person with two partners is flagged."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.marriages import two_marriages
from matching.reissue import REISSUE, TWO_MARRIAGES
from matching.run import match_table

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
        if man["sex"] == "male" and man["spouse_id"] in people and man["id_number"]
        and people[man["spouse_id"]]["id_number"] and len(man["name"]) == 3
    )  # fmt: skip


def paper(certificate: str, role: str, person: Row, **changes: object) -> Row:
    row = {name: person[name] for name in ("name", "sex", "birth_date", "id_number", "address")}
    return {
        "record_id": f"{certificate}/{role}", "certificate_id": certificate, "role": role, **row,
        "registration_date": "1985-06-01", "kind": "marriage_certificate", **changes,
    }  # fmt: skip


def single(city: SmallCity, woman: Row) -> Row:
    """A woman without a husband who is not this one."""
    return next(
        row for row in city.register.to_pylist()
        if row["sex"] == "female" and row["id_number"] and row["spouse_id"] is None
        and row["name"] != woman["name"] and len(row["name"]) == 3 and row["birth_date"]
        and str(row["birth_date"]) < "1965"
    )  # fmt: skip


def answers(index: RegisterIndex, rows: list[Row]) -> dict[str, Row]:
    found = match_table(pa.Table.from_pylist(rows), index).to_pylist()
    return {str(row["record_id"]): row for row in found}


def test_a_reissue_lends_the_first_paper_what_it_lacks(
    index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    man, woman = couple
    faint = {"id_number": None, "address": None, "birth_date": str(man["birth_date"])[:4]}
    blurred = str(woman["name"])[0] + "□" * (len(str(woman["name"])) - 1)
    first = [
        paper("a", "male", man, **faint),
        paper("a", "female", woman, id_number=None, address=None, name=blurred, birth_date=None),
    ]
    again = [paper("b", "male", man), paper("b", "female", woman)]
    alone, both = answers(index, first), answers(index, [*first, *again])
    for role, person in (("male", man), ("female", woman)):
        key = f"a/{role}"
        assert both[key]["person_id"] == person["person_id"]
        assert both[key]["probability"] > alone[key]["probability"]
        assert both[key]["probability"] > 0.99
        assert json.loads(str(both[key]["flags"])) == [REISSUE]
        assert json.loads(str(alone[key]["flags"])) == []


def test_roles_swapped_on_the_reissue_still_lend(
    index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    man, woman = couple
    first = [paper("a", "male", man, id_number=None), paper("a", "female", woman, id_number=None)]
    again = [paper("b", "male", woman), paper("b", "female", man)]
    found = answers(index, [*first, *again])
    assert found["a/male"]["person_id"] == found["b/female"]["person_id"] == man["person_id"]
    bits = [json.loads(str(found[key]["evidence"]))["id_number"] for key in ("a/male", "b/female")]
    assert bits[0] == bits[1] > 1


def test_two_papers_that_say_the_same_are_no_more_than_one(
    index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    """A namesake of somebody absent must not grow certain because the paper was issued twice."""
    man, woman = couple
    once = [paper("a", role, one, id_number=None, address=None) for role, one in
            (("male", man), ("female", woman))]  # fmt: skip
    twice = [
        *once,
        *({**row, "certificate_id": "b", "record_id": f"b/{row['role']}"} for row in once),
    ]
    alone, both = answers(index, once), answers(index, twice)
    for name, bits in json.loads(str(alone["a/male"]["evidence"])).items():
        if name != "couple":
            assert json.loads(str(both["a/male"]["evidence"]))[name] == pytest.approx(bits, abs=1.5)


def test_a_person_answered_with_two_partners_is_flagged(
    city: SmallCity, index: RegisterIndex, couple: tuple[Row, Row]
) -> None:
    man, woman = couple
    other = single(city, woman)
    found = answers(
        index,
        [paper("a", "male", man), paper("a", "female", woman),
         paper("b", "male", man), paper("b", "female", other)],
    )  # fmt: skip
    told = {key: json.loads(str(row["flags"])) for key, row in found.items()}
    assert told["a/male"] == told["b/male"] == [TWO_MARRIAGES]
    assert told["a/female"] == told["b/female"] == []


DAYS = (0, 19840000, 19850601, 19860000, 19870702, 19870703)


def span(day: int) -> tuple[int, int]:
    year, month, within = day // 10000, day // 100 % 100, day % 100
    return year * 10000 + (month or 1) * 100 + (within or 1), year * 10000 + (month or 12) * 100 + (
        within or 31
    )


@given(
    st.lists(
        st.tuples(st.integers(-1, 2), st.integers(-1, 2), st.sampled_from(DAYS), st.booleans()),
        min_size=1,
        max_size=7,
    )
)
def test_two_marriages_equal_the_slow_definition(
    couples: list[tuple[int, int, int, bool]],
) -> None:
    row = np.array([row for one, other, *_ in couples for row in (one, other)])
    size = len(row)
    day = [day for *_, day, _ in couples for _ in range(2)]
    divorce = [ended for *_, ended in couples for _ in range(2)]
    people = SimpleNamespace(
        partner=np.arange(size) ^ 1,
        name=SimpleNamespace(first=np.arange(size), values=SimpleNamespace(key=np.arange(size))),
        registered=SimpleNamespace(value=np.array(day)),
        divorce=np.array(divorce),
    )
    found = two_marriages(people, row)

    def ended(one: int, other: int) -> bool:
        return any(
            divorce[end]
            and row[end] == row[one]
            and row[end ^ 1] == row[one ^ 1] >= 0
            and day[one]
            and day[other]
            and day[end]
            and span(day[one])[1] <= span(day[end])[0]
            and span(day[end])[1] <= span(day[other])[0]
            for end in range(size)
        )

    for at in range(size):
        others = [
            other for other in range(size)
            if row[other] == row[at] >= 0 and other != at and not divorce[other]
            and not row[other ^ 1] == row[at ^ 1] >= 0
        ]  # fmt: skip
        expected = not divorce[at] and any(
            not ended(at, other) and not ended(other, at) for other in others
        )
        assert found[at] == expected


@pytest.mark.parametrize(
    ("kind", "day", "flags"),
    [
        ("divorce_certificate", "1987-03-02", []),
        ("离婚证", "1987-03-02", []),
        ("divorce_certificate", "1993-03-02", [TWO_MARRIAGES]),
        ("divorce_certificate", None, [TWO_MARRIAGES]),
        ("marriage_certificate", "1987-03-02", [TWO_MARRIAGES]),
    ],
)
def test_a_divorce_between_two_marriages_makes_them_lawful(
    city: SmallCity,
    index: RegisterIndex,
    couple: tuple[Row, Row],
    kind: str,
    day: str | None,
    flags: list[str],
) -> None:
    man, woman = couple
    later, ended = {"registration_date": "1990-06-01"}, {"registration_date": day, "kind": kind}
    found = answers(
        index,
        [paper("a", "male", man), paper("a", "female", woman),
         paper("b", "male", man, **ended), paper("b", "female", woman, **ended),
         paper("c", "male", man, **later), paper("c", "female", single(city, woman), **later)],
    )  # fmt: skip
    told = json.loads(str(found["c/male"]["flags"]))
    assert [flag for flag in told if flag == TWO_MARRIAGES] == flags
