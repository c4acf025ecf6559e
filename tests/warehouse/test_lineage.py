"""Every verified value leads back to a scan, a box, and whoever read, keyed and decided."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow as pa
import pytest

from records.errors import UsageError
from records.reading import Box
from warehouse.differences import differences
from warehouse.lineage import trace
from warehouse.share import ShareFilter
from warehouse.verification import (
    AcceptancePolicy,
    accept_by_policy,
    assemble_records,
    decide_by_consensus,
)


def keyed_record(warehouse, filler, now) -> str:
    page = filler.certificate("s1", {"male.name": None})
    reading = filler.reading(page, "male.name", "某甲", decision="key", confidence=0.6)
    filler.add(
        "packages",
        {"package_id": "k1", "batch_id": "b", "agreement_id": "A1", "vendor_id": "v",
         "purpose": "keying", "items": 1, "file": "k1.sealed", "sha256": "00", "bytes": 9,
         "sealed_at": now},
    )  # fmt: skip
    filler.entries(reading, "某乙", "某丙", "某乙")
    filler.consensus(reading, None, "third_keying")
    filler.consensus(reading, "某乙", "arbitrated", n=3)
    filler.add(
        "matches",
        {"batch_id": "b", "record_id": "s1:1/0/male", "person_id": "P1", "probability": 0.99,
         "decision": "match", "evidence": '{"name": 9.1}', "model": "m1", "matched_at": now},
    )  # fmt: skip
    filler.add(
        "differences",
        {"record_id": "s1:1/0/male", "field": "male.name", "archive_value": "某乙",
         "register_value": "某已", "person_id": "P1", "noted_at": now},
    )  # fmt: skip
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    decide_by_consensus(warehouse, batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 1
    return reading


def test_a_keyed_value_leads_back_to_everything(warehouse, filler, now):
    reading = keyed_record(warehouse, filler, now)
    found = trace(warehouse, "s1:1/0", "male.name")
    assert (found.value, found.source, found.reading_id) == ("某乙", "arbitration", reading)
    assert (found.scan_id, found.scan_file, found.page) == ("s1", "s1.jpg", 1)
    assert found.box == Box(10, 20, 110, 60)
    assert [each.value for each in found.readings] == ["某甲"]
    assert [(each.clerk, each.value) for each in found.entries] == [
        ("clerk-1", "某乙"),
        ("clerk-2", "某丙"),
        ("clerk-3", "某乙"),
    ]
    assert {each.agreement_id for each in found.entries} == {"A1"}
    assert [each.outcome for each in found.consensus] == ["third_keying", "arbitrated"]
    assert [each.source for each in found.decisions] == ["arbitration"]
    assert [each.person_id for each in found.matches] == ["P1"]
    assert [each.register_value for each in found.differences] == ["某已"]


def test_the_register_changes_nothing_in_a_record(warehouse, filler, now):
    keyed_record(warehouse, filler, now)
    values = warehouse.query("verified_records", batch_id="b")["value"].to_pylist()
    assert "某乙" in values
    assert "某已" not in values
    (noted,) = differences(warehouse, ShareFilter(batch_ids=("b",))).to_pylist()
    assert (noted["archive_value"], noted["register_value"]) == ("某乙", "某已")


def test_an_accepted_value_has_reading_and_policy_alone(warehouse, filler, now):
    keyed_record(warehouse, filler, now)
    found = trace(warehouse, "s1:1/0", "certificate_number")
    assert (found.source, found.reason) == ("policy", "p")
    assert (found.entries, found.consensus, found.matches) == ((), (), ())


def test_every_value_of_every_record_can_be_traced(warehouse, filler, now):
    keyed_record(warehouse, filler, now)
    rows = warehouse.query("verified_records", batch_id="b").to_pylist()
    assert len(rows) == 7
    for row in rows:
        found = trace(warehouse, row["record_id"], row["field"])
        assert found.value == row["value"]
        assert found.scan_id
        assert found.readings
        assert found.decisions[-1].value == found.value


def test_a_later_decision_is_traced_with_the_earlier(warehouse, filler, now):
    reading = keyed_record(warehouse, filler, now)
    later = now + timedelta(days=1)
    filler.add(
        "decisions",
        {"reading_id": reading, "value": "某丁", "source": "staff", "reason": "recheck",
         "decided_at": later},
    )  # fmt: skip
    assemble_records(warehouse, batch_id="b", now=later)
    found = trace(warehouse, "s1:1/0", "male.name")
    assert (found.value, found.source) == ("某丁", "staff")
    assert [each.source for each in found.decisions] == ["arbitration", "staff"]


def test_the_chain_is_json(warehouse, filler, now):
    keyed_record(warehouse, filler, now)
    shown = trace(warehouse, "s1:1/0", "male.name").as_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["box"] == [10, 20, 110, 60]
    assert shown["entries"][0]["keyed_at"].startswith("2026-03-01T09:00")


@pytest.mark.parametrize(
    ("record", "field"), [("s1:1/0", "male.address"), ("no such record", "male.name")]
)
def test_an_unknown_value_is_refused(warehouse, filler, now, record, field):
    keyed_record(warehouse, filler, now)
    with pytest.raises(UsageError, match="unknown_value"):
        trace(warehouse, record, field)


def test_rows_about_a_page_bear_its_moment_and_are_found_by_it(warehouse, filler, now):
    """What is merged takes the page's moment; rows of a page without one are found all the same."""
    moment = now + timedelta(days=3)
    for scan in ("dated", "bare"):
        filler.certificate(scan)
    warehouse._run(
        "UPDATE pages SET loaded_at = $moment WHERE scan_id = 'dated'", "date", {"moment": moment}
    )
    keyed = [
        {"submission_id": "s", "item_id": scan, "reading_id": f"{scan}:1/0/male.name/ppocr",
         "keying": 1, "clerk": "c", "text": "甲", "value": "甲", "mark": "ok"}
        for scan in ("dated", "bare")
    ]  # fmt: skip
    rows = pa.Table.from_pylist(keyed, warehouse.schema("entries"))
    assert warehouse.merge("entries", rows) == 2
    assert warehouse.merge("entries", rows) == 0
    held = warehouse.select("SELECT item_id, loaded_at FROM entries").to_pylist()
    assert {row["item_id"]: row["loaded_at"] for row in held} == {"dated": moment, "bare": None}
    for scan, at in (("dated", moment), ("bare", None)):
        found = warehouse.query(
            "trace_entries", reading_id=f"{scan}:1/0/male.name/ppocr", loaded_at=at
        )
        assert found["item_id"].to_pylist() == [scan]
