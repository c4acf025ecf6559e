"""The register is noted where it differs, and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest

from records.id_number import check_digit
from warehouse.differences import differences, differs, note_differences
from warehouse.share import ShareFilter
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records

BODY = "11010119850102001"
NUMBER = BODY + check_digit(BODY)


@pytest.mark.parametrize(
    ("tail", "archive", "stated"),
    [
        ("name", "萧愛國", "肖爱国"),
        ("name", "买买提·甲", "买买提甲"),
        ("birth_date", "1953", "1953-03-09"),
        ("birth_date", "1953-03-09", "1953-03"),
        ("id_number", "110101850102001", NUMBER),
        ("id_number", "000019850102", NUMBER),
        ("sex", "男", "1"),
        ("sex", "male", "9"),
        ("id_number", NUMBER, None),
        ("birth_date", "", "1953"),
    ],
)
def test_forms_that_mean_the_same_do_not_differ(tail, archive, stated):
    assert not differs(tail, archive, {tail: stated})


@pytest.mark.parametrize(
    ("tail", "archive", "stated"),
    [
        ("name", "张堃", "张坤"),
        ("birth_date", "1953-03-09", "1953-03-19"),
        ("birth_date", "1952", "1953-03"),
        ("id_number", NUMBER, "11010119850102003" + check_digit("11010119850102003")),
        ("sex", "女", "male"),
    ],
)
def test_contradictions_differ(tail, archive, stated):
    assert differs(tail, archive, {tail: stated})


def test_a_former_name_is_no_contradiction():
    person = {"name": "王新", "former_name": "王旧"}
    assert not differs("name", "王旧", person)
    assert differs("name", "王别", person)


def test_differences_of_matched_people_are_noted_once(warehouse, filler, now):
    filler.certificate("s1")
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    assemble_records(warehouse, batch_id="b", now=now)
    for role, decision in (("male", "match"), ("female", "review")):
        filler.add(
            "matches",
            {"batch_id": "b", "record_id": f"s1:1/0/{role}", "person_id": f"P-{role}",
             "probability": 0.99, "decision": decision, "evidence": "{}", "model": "m",
             "matched_at": now},
        )  # fmt: skip
    register = pa.table(
        {
            "person_id": ["P-male", "P-female", "P-nobody"],
            "name": ["测试甲", "某人", "某人"],
            "birth_date": ["1985-02-02", "1900-01-01", "1900-01-01"],
        }
    )
    assert note_differences(warehouse, register, batch_id="b", now=now) == 1
    assert note_differences(warehouse, register, batch_id="b", now=now) == 0
    (noted,) = differences(warehouse, ShareFilter(batch_ids=("b",))).to_pylist()
    assert (noted["record_id"], noted["field"]) == ("s1:1/0/male", "male.birth_date")
    assert (noted["archive_value"], noted["register_value"]) == ("1985-01-02", "1985-02-02")
    values = warehouse.query("verified_records", batch_id="b")["value"].to_pylist()
    assert "1985-02-02" not in values


def test_a_difference_is_withdrawn_and_noted_anew_as_values_change(warehouse, filler, now):
    """The paper's value is settled as the register has it, then back: three rows, one standing."""
    filler.certificate("s1")
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    filler.add(
        "matches",
        {"batch_id": "b", "record_id": "s1:1/0/male", "person_id": "P", "probability": 0.99,
         "decision": "match", "evidence": "{}", "model": "m", "matched_at": now},
    )  # fmt: skip
    register = pa.table({"person_id": ["P"], "birth_date": ["1985-02-02"]})
    believed = []
    for turn, value in enumerate(("1985-01-02", "1985-02-02", "1985-01-02"), 1):
        moment = now + timedelta(days=turn)
        filler.add(
            "decisions",
            {"reading_id": "s1:1/0/male.birth_date/ppocr", "value": value, "source": "staff",
             "reason": "doubted", "decided_at": moment, "turn": turn},
        )  # fmt: skip
        assemble_records(warehouse, batch_id="b", now=moment)
        note_differences(warehouse, register, batch_id="b", now=moment)
        believed.append(differences(warehouse, ShareFilter(batch_ids=("b",))).num_rows)
    assert believed == [1, 0, 1]
    history = warehouse.select("SELECT stands FROM differences ORDER BY turn")["stands"].to_pylist()
    assert history == [True, False, True]
