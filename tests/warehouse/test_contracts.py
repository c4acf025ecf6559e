"""Declared checks: each one keeps out or doubts exactly what breaks it, and says why."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.chunks import load_chunks, write_chunk
from warehouse.contracts import LOADED, RECORD_CHECKS, admit
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records

PAGE = {"page_id": "s:1", "scan_id": "s", "batch_id": "b", "page": 1, "status": "read",
        "kind": "marriage_certificate", "rotation": 0, "width": 100, "height": 100}  # fmt: skip
READING = {"reading_id": "s:1/0/male.name/ppocr", "page_id": "s:1", "row": 0, "field": "male.name",
           "text": "甲", "value": "甲", "confidence": 0.9, "decision": "key", "engine": "ppocr",
           "box_left": 1, "box_top": 1, "box_right": 9, "box_bottom": 9}  # fmt: skip
BROKEN = [
    ("pages", "unknown_status", {"status": "lost"}),
    ("pages", "unknown_kind", {"kind": "poem"}),
    ("pages", "bad_rotation", {"rotation": 45}),
    ("pages", "bad_page", {"width": 0}),
    ("pages", "page_of_other_scan", {"scan_id": "t"}),
    ("readings", "unknown_field", {"field": "male.shoe_size"}),
    ("readings", "bad_confidence", {"confidence": 1.5}),
    ("readings", "bad_confidence", {"confidence": float("nan")}),
    ("readings", "unknown_decision", {"decision": "perhaps"}),
    ("readings", "bad_box", {"box_right": 0}),
    ("readings", "bad_row", {"row": -1}),
    ("readings", "no_page", {"page_id": "t:1"}),
]


def rows(warehouse, table, *lines) -> pa.Table:
    return pa.Table.from_pylist(list(lines), warehouse.schema(table))


def quarantined(warehouse) -> list[tuple]:
    found = warehouse._run("FROM quarantine ORDER BY ALL", "quarantine").to_pylist()
    return [(row["table_name"], row["row_id"], row["broken"], row["held"]) for row in found]


@pytest.mark.parametrize(("table", "code", "change"), BROKEN)
def test_a_row_that_breaks_a_check_is_kept_out(warehouse, now, table, code, change):
    if table == "readings":
        warehouse.append("pages", rows(warehouse, "pages", PAGE))
    good = {"pages": PAGE, "readings": READING}[table]
    key = LOADED[table][0]
    bad = {**good, key: f"{good[key]}x" if table == "readings" else "s:9", **change}
    if table == "pages" and code != "page_of_other_scan":
        bad |= {"page": 9}
    given = rows(warehouse, table, good, bad)
    admitted = admit(warehouse, table, given, batch_id="b", now=now)
    assert admitted[key].to_pylist() == [good[key]]
    assert (table, bad[key], code, True) in quarantined(warehouse)


def test_every_check_of_a_load_is_tried_here():
    assert {code for _, code, _ in BROKEN} == {
        check.code for _, checks in LOADED.values() for check in checks
    }


def test_what_is_optional_may_be_missing(warehouse, now):
    bare = {**PAGE, "kind": None, "rotation": None, "width": None, "height": None}
    given = rows(warehouse, "pages", bare)
    assert admit(warehouse, "pages", given, batch_id="b", now=now).num_rows == 1
    assert quarantined(warehouse) == []


def test_a_load_keeps_faults_out_once(warehouse, tmp_path, key, now):
    bad = {**READING, "reading_id": "bad", "confidence": 7.0}
    tables = {
        "pages": rows(warehouse, "pages", PAGE),
        "readings": rows(warehouse, "readings", READING, bad),
    }
    chunk = write_chunk(tmp_path, tables, key=key)
    for _ in range(2):
        load_chunks(warehouse, [chunk], key=key, batch_id="b", now=now)
    assert warehouse._run("FROM readings", "r")["reading_id"].to_pylist() == [READING["reading_id"]]
    assert quarantined(warehouse) == [("readings", "bad", "bad_confidence", True)]
    dated = warehouse._run(
        "SELECT loaded_at FROM readings UNION ALL FROM pages SELECT loaded_at", "d"
    )
    of_reading, of_page = dated["loaded_at"].to_pylist()
    assert of_reading == of_page
    assert now - timedelta(milliseconds=10) < of_page <= now


DOUBTS = [
    ("man_too_young", {"registration_date": "1975-05-06", "male.birth_date": "1955-05-07"}),
    ("man_too_young", {"registration_date": "1985-05-06", "male.birth_date": "1963-05-07"}),
    ("woman_too_young", {"registration_date": "1985-05-06", "female.birth_date": "1965-05-07"}),
    ("woman_too_young", {"registration_date": "1975-05-06", "female.birth_date": "1957-05-07"}),
    ("born_after_event", {"registration_date": "1975-05-06", "male.birth_date": "1976-05-07"}),
    ("registered_in_future", {"registration_date": "2031-05-06"}),
    ("before_the_law", {"registration_date": "1930-05-06", "male.birth_date": "1900"}),
    ("one_number_for_two", {"male.id_number": "110101198501020018",
                            "female.id_number": "110101198501020018"}),
    ("man_id_against_birth", {"male.id_number": "110101198501030018"}),
    ("woman_id_against_birth", {"female.id_number": "110101198501030018"}),
    ("number_of_other_year", {"certificate_number": "J110101-2011-000001"}),
]  # fmt: skip
PLAUSIBLE = [
    {},
    {"registration_date": "1975-05-06", "male.birth_date": "1955-05-06",
     "female.birth_date": "1957-05-06", "certificate_number": "东结字第1号"},
    {"registration_date": "1985-05-06", "male.birth_date": "1963",
     "female.birth_date": "1965", "certificate_number": "东结字第1号"},
    {"registration_date": "1985-05-06", "male.birth_date": "1963-05",
     "female.birth_date": None, "certificate_number": "东结字第1号"},
    {"male.id_number": "110101198501020018"},
    {"certificate_number": "BJ110101-2011-000001"},
]  # fmt: skip


def assembled(warehouse, filler, now, values) -> list[str]:
    filler.certificate("s1", values)
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records == 1
    assert all(not held for *_, held in quarantined(warehouse))
    return [code for *_, code, _ in quarantined(warehouse)]


@pytest.mark.parametrize(("code", "values"), DOUBTS)
def test_an_implausible_record_stays_and_is_doubted(warehouse, filler, now, code, values):
    assert code in assembled(warehouse, filler, now, values)
    assemble_records(warehouse, batch_id="b", now=now)
    assert len(set(quarantined(warehouse))) == len(quarantined(warehouse))


@pytest.mark.parametrize("values", PLAUSIBLE)
def test_a_plausible_record_is_not_doubted(warehouse, filler, now, values):
    assert assembled(warehouse, filler, now, values) == []


def test_every_doubt_is_tried_here():
    assert {code for code, _ in DOUBTS} == {check.code for check in RECORD_CHECKS}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.floats(-1, 2), min_size=1, max_size=8))
def test_what_is_admitted_and_what_is_kept_out_make_the_whole(warehouse, now, confidences):
    warehouse.merge("pages", rows(warehouse, "pages", PAGE))
    lines = [
        {**READING, "reading_id": str(at), "confidence": each}
        for at, each in enumerate(confidences)
    ]
    given = rows(warehouse, "readings", *lines)
    admitted = admit(warehouse, "readings", given, batch_id="b", now=now)
    assert admitted["confidence"].to_pylist() == [each for each in confidences if 0 <= each <= 1]
