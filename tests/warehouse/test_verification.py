"""A record is verified when every key field is decided; its values say who decided."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow as pa
import pytest

from records.schemas import CERTIFICATES
from warehouse.verification import (
    AcceptancePolicy,
    accept_by_policy,
    assemble_records,
    decide_by_consensus,
)

POLICY = AcceptancePolicy(name="demo")


def verified(warehouse) -> dict[tuple[str, str], tuple[str, str]]:
    rows = warehouse.query("verified_records", batch_id="b").to_pylist()
    return {(r["record_id"], r["field"]): (r["value"], r["source"]) for r in rows}


def test_a_wholly_accepted_certificate_becomes_a_record(warehouse, filler, now):
    filler.certificate("s1")
    assert accept_by_policy(warehouse, POLICY, batch_id="b", now=now) == 7
    assert accept_by_policy(warehouse, POLICY, batch_id="b", now=now) == 0
    made = assemble_records(warehouse, batch_id="b", now=now)
    assert (made.records, made.values) == (1, 7)
    again = assemble_records(warehouse, batch_id="b", now=now)
    assert (again.records, again.values) == (0, 0)
    assert verified(warehouse)["s1:1/0", "male.name"] == ("测试甲", "policy")


@pytest.mark.parametrize(
    "field",
    ["male.name", "female.name", "registration_date", "certificate_number", "male.birth_date"],
)
def test_an_undecided_key_field_keeps_the_record_back(warehouse, filler, now, field):
    page = filler.certificate("s1", {field: None})
    reading = filler.reading(page, field, "某", decision="key", confidence=0.4)
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 0
    keyed = warehouse.query("fields_to_key", batch_id="b")
    assert keyed["reading_id"].to_pylist() == [reading]
    filler.entries(reading, "某某", "某某")
    filler.consensus(reading, "某某")
    assert warehouse.query("fields_to_key", batch_id="b").num_rows == 0
    assert decide_by_consensus(warehouse, batch_id="b", now=now) == 1
    assert assemble_records(warehouse, batch_id="b", now=now).records == 1
    assert verified(warehouse)["s1:1/0", field] == ("某某", "consensus")


@pytest.mark.parametrize("field", ["male.name", "registration_date", "certificate_number"])
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "blank"])
def test_required_fields_must_be_there_and_not_blank(warehouse, filler, now, field, value):
    filler.certificate("s1", {field: value})
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 0


@pytest.mark.parametrize("value", [None, ""], ids=["not on the form", "decided as blank"])
def test_other_key_fields_may_be_absent(warehouse, filler, now, value):
    filler.certificate("s1", {"female.birth_date": value})
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 1


def test_an_undecided_minor_field_is_left_out_of_the_record(warehouse, filler, now):
    page = filler.certificate("s1", {"male.ethnicity": None})
    filler.reading(page, "male.ethnicity", "满", decision="key")
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 1
    assert ("s1:1/0", "male.ethnicity") not in verified(warehouse)


def test_people_decide_over_the_policy_and_later_over_earlier(warehouse, filler, now):
    page = filler.certificate("s1")
    reading = f"{page}/0/male.name/ppocr"
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assemble_records(warehouse, batch_id="b", now=now)
    said = {"reading_id": reading, "source": "staff", "reason": "recheck"}
    for hours, value in ((1, "甲"), (2, "乙"), (3, "甲")):
        moment = now + timedelta(hours=hours)
        filler.add("decisions", said | {"value": value, "decided_at": moment})
        assert assemble_records(warehouse, batch_id="b", now=moment).values == 1
        assert verified(warehouse)["s1:1/0", "male.name"] == (value, "staff")
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now + timedelta(hours=9))
    assert verified(warehouse)["s1:1/0", "male.name"] == ("甲", "staff")
    history = warehouse._run("FROM record_values WHERE field = 'male.name'", "history")
    assert history.num_rows == 4


@pytest.mark.parametrize(
    ("policy", "accepted"),
    [
        (POLICY, 7),
        (AcceptancePolicy(name="p", floor=0.995), 0),
        (AcceptancePolicy(name="p", floor=0.99), 7),
        (AcceptancePolicy(name="p", eras_to_key=("2000s",)), 0),
        (AcceptancePolicy(name="p", eras_to_key=("1950s",)), 7),
        (AcceptancePolicy(name="p", tails_to_key=("name", "birth_date")), 3),
    ],
)
def test_a_policy_narrows_what_the_reader_recommends(warehouse, filler, now, policy, accepted):
    page = filler.certificate("s1")
    filler.reading(page, "remark", "", decision="key", confidence=0.999)
    assert accept_by_policy(warehouse, policy, batch_id="b", now=now) == accepted


def test_unsettled_consensus_decides_nothing_and_asks_for_a_third(warehouse, filler, now):
    page = filler.certificate("s1", {"male.name": None})
    reading = filler.reading(page, "male.name", "某", decision="key")
    filler.entries(reading, "甲", "乙")
    filler.consensus(reading, None, "third_keying")
    assert decide_by_consensus(warehouse, batch_id="b", now=now) == 0
    asked = warehouse.query("fields_to_arbitrate", batch_id="b")
    assert asked["reading_id"].to_pylist() == [reading]
    filler.consensus(reading, "甲", "arbitrated", n=3)
    assert decide_by_consensus(warehouse, batch_id="b", now=now) == 1
    assert warehouse.query("fields_to_arbitrate", batch_id="b").num_rows == 0
    decided = warehouse.query("field_decisions", batch_id="b").to_pylist()
    chosen = {row["reading_id"]: row["decided_source"] for row in decided}
    assert chosen[reading] == "arbitration"


def test_keying_evidence_holds_every_entry_beside_the_machine(warehouse, filler):
    page = filler.certificate("s1")
    filler.entries(f"{page}/0/male.name/ppocr", "测试甲", None)
    rows = warehouse.query("keying_evidence", batch_id="b").to_pylist()
    assert [(r["keying"], r["value"], r["machine_value"]) for r in rows] == [
        (1, "测试甲", "测试甲"),
        (2, None, "测试甲"),
    ]
    assert {r["tail"] for r in rows} == {"name"}


def test_certificates_for_matching_have_both_people(warehouse, filler, now):
    filler.certificate("s1", {"male.id_number": "110101198501020019"})
    rows = warehouse.query("certificates", batch_id="b")
    assert rows.schema.names == CERTIFICATES.names
    male, female = sorted(rows.to_pylist(), key=lambda row: row["role"] == "female")
    assert (male["record_id"], male["certificate_id"]) == ("s1:1/0/male", "s1:1/0")
    assert (male["name"], male["sex"], male["birth_date"]) == ("测试甲", "male", "1985-01-02")
    assert male["id_number"] == "110101198501020019"
    assert female["id_number"] is None
    assert female["registration_date"] == "2010-03-09"
    assert json.loads(male["alternatives"]) == {
        "name": [["测试甲", 0.99]],
        "birth_date": [["1985-01-02", 0.99]],
        "id_number": [["110101198501020019", 0.99]],
        "registration_date": [["2010-03-09", 0.99]],
    }
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert warehouse.query("certificates", batch_id="b").to_pylist() == rows.to_pylist()


def test_an_age_implies_a_year_of_birth(warehouse, filler):
    filler.certificate(
        "s1",
        {"male.birth_date": None, "male.age": "24", "female.birth_date": None, "female.age": "?",
         "registration_date": "1953-03-09"},
    )  # fmt: skip
    rows = warehouse.query("certificates", batch_id="b").to_pylist()
    assert {r["role"]: r["birth_date"] for r in rows} == {"male": "1929", "female": None}


def test_what_people_decided_stands_for_what_was_read(warehouse, filler, now):
    page = filler.certificate("s1")
    reading = f"{page}/0/male.name/ppocr"
    filler.consensus(reading, "测试丙")
    decide_by_consensus(warehouse, batch_id="b", now=now)
    (male,) = [r for r in warehouse.query("certificates", batch_id="b").to_pylist()
               if r["role"] == "male"]  # fmt: skip
    assert male["name"] == "测试丙"
    assert "name" not in json.loads(male["alternatives"])


def test_ledger_rows_are_certificates_that_share_what_stands_outside_them(warehouse, filler, now):
    page = filler.page("s1", kind="marriage_ledger", era="1980s")
    filler.reading(page, "office", "某街道办事处")
    filler.reading(page, "registration_date", "1983-05-01")
    for row in (1, 2):
        filler.reading(page, "male.name", f"男{row}", row=row)
        filler.reading(page, "female.name", f"女{row}", row=row)
        filler.reading(page, "certificate_number", f"{row}", row=row)
    filler.reading(page, "registration_date", "1983-05-02", row=2)
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 2
    values = verified(warehouse)
    assert {key[0] for key in values} == {"s1:1/1", "s1:1/2"}
    assert values["s1:1/1", "registration_date"][0] == "1983-05-01"
    assert values["s1:1/2", "registration_date"][0] == "1983-05-02"
    assert values["s1:1/2", "office"][0] == "某街道办事处"
    people = warehouse.query("certificates", batch_id="b")["record_id"].to_pylist()
    assert people == ["s1:1/1/female", "s1:1/1/male", "s1:1/2/female", "s1:1/2/male"]


def test_other_pages_and_other_batches_give_no_records(warehouse, filler, now):
    page = filler.page("s1", kind="other")
    filler.reading(page, "male.name", "某")
    filler.certificate("s2")
    assert accept_by_policy(warehouse, POLICY, batch_id="c", now=now) == 0
    accept_by_policy(warehouse, POLICY, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 1
    assert warehouse.query("certificates", batch_id="c").num_rows == 0


def test_of_two_readings_of_a_field_the_surer_counts(warehouse, filler):
    page = filler.certificate("s1", {"male.name": None})
    filler.reading(page, "male.name", "甲", confidence=0.6)
    filler.add(
        "readings",
        {"reading_id": "other", "page_id": page, "row": 0, "field": "male.name", "text": "乙",
         "value": "乙", "confidence": 0.9, "decision": "accept", "engine": "tesseract"},
    )  # fmt: skip
    rows = warehouse.query("field_decisions", batch_id="b").to_pylist()
    assert [r["value"] for r in rows if r["field"] == "male.name"] == ["乙"]


def test_quarantine_lists_files_and_pages_with_advice(warehouse, filler, now):
    page = filler.page("s1")
    filler.add(
        "pages",
        {"page_id": "s1:2", "scan_id": "s1", "batch_id": "b", "page": 2,
         "status": "quarantined", "reason": "blank_page", "detail": "scan it again"},
    )  # fmt: skip
    filler.add(
        "scans",
        {"scan_id": "s9", "batch_id": "b", "source": "bad.tif", "bytes": 3,
         "status": "quarantined", "entered_at": now, "reason": "truncated_image",
         "detail": "ask for it again"},
    )  # fmt: skip
    rows = warehouse.query("quarantine", batch_id="b").to_pylist()
    assert [(r["source"], r["page"], r["reason"]) for r in rows] == [
        ("bad.tif", None, "truncated_image"),
        ("s1.jpg", 2, "blank_page"),
    ]
    assert page


def test_matching_again_adds_only_what_came_out_otherwise(warehouse, now):
    def match(probability, decision, hours):
        row = {
            "batch_id": "b",
            "record_id": "s1:1/0/male",
            "person_id": None,
            "probability": probability,
            "decision": decision,
            "evidence": "{}",
            "model": "m",
            "matched_at": now + timedelta(hours=hours),
        }
        return warehouse.merge("matches", pa.Table.from_pylist([row], warehouse.schema("matches")))

    assert [match(0.2, "none", 0), match(0.2, "none", 1), match(0.99, "match", 2)] == [1, 0, 1]
    (current,) = warehouse._run("FROM current_matches", "current").to_pylist()
    assert current["decision"] == "match"
