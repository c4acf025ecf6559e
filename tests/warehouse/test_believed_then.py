"""What the documented queries say of a past moment is what the views said at that moment."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse.differences import note_differences
from warehouse.events import chain_events
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records

PAGE = Path(__file__).parents[2] / "docs" / "warehouse.md"
SECTION = PAGE.read_text(encoding="utf-8").split("## What was believed when, and why")[1]
QUERIES = re.findall(r"```sql\n(.*?)```", SECTION.split("\n## ")[0], re.DOTALL)
MOMENT = re.compile(r"TIMESTAMPTZ '[^']+'")

PRESENT = (
    "SELECT record_id, field, value, source, reason, decided_at FROM verified_values ORDER BY ALL",
    (
        "SELECT record_id, person_id, probability, decision, model, decided_by, matched_at "
        "FROM current_matches ORDER BY ALL"
    ),
    (
        "SELECT record_id, registration_date, male_person_id, female_person_id "
        "FROM verified_marriages WHERE NOT reissue AND record_id NOT IN "
        "(SELECT linked_to FROM present_links WHERE relation = 'ends') ORDER BY ALL"
    ),
)


@pytest.fixture
def told(warehouse, filler, now):
    """A story in steps; gives the moment of each step and what the views said then."""
    believed = {}
    register = pa.table({"person_id": ["A", "Z"], "name": ["测试甲", "某某"]})

    def step(day, *rows, certificate=None):
        moment = now + timedelta(days=day)
        if certificate:
            filler.certificate(*certificate)
        for table, row in rows:
            filler.add(table, row(moment))
        accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=moment)
        assemble_records(warehouse, batch_id="b", now=moment)
        note_differences(warehouse, register, batch_id="b", now=moment)
        chain_events(warehouse, batch_id="b", now=moment)
        believed[moment] = [answers(warehouse, sql) for sql in PRESENT]

    step(0, *matches("m1", male="A", female="B"), certificate=("m1",))
    step(1, settled("m1:1/0/male.name/ppocr", "测试丙"))
    step(2, *matches("m1", male="Z", officer="0" * 16))
    step(3, *matches("m1", male="A", officer="0" * 16))
    divorce = {"certificate_number": "L110101-2012-000001", "registration_date": "2012-05-06"}
    step(4, *matches("d1", male="A", female="B"), certificate=("d1", divorce))
    filler.reading("m1:1", "remark", "", decision="key", confidence=0.1)
    step(5, settled("m1:1/0/remark/ppocr", "2011年2月3日撤销"))
    return believed


def matches(scan, officer=None, **people):
    def row(role, person):
        return lambda moment: {
            "batch_id": "b", "record_id": f"{scan}:1/0/{role}", "person_id": person,
            "probability": 1.0 if officer else 0.99, "decision": "match", "evidence": "{}",
            "model": "staff" if officer else "m", "matched_at": moment, "decided_by": officer,
        }  # fmt: skip

    return [("matches", row(role, person)) for role, person in people.items()]


def settled(reading_id, value):
    return "decisions", lambda moment: {
        "reading_id": reading_id, "value": value, "source": "staff", "reason": "doubted by x",
        "decided_at": moment, "turn": 1,
    }  # fmt: skip


def answers(warehouse, sql):
    return sorted(tuple(row.values()) for row in warehouse.select(sql).to_pylist())


def test_the_past_is_told_as_it_was(warehouse, told):
    assert len({str(said) for said in told.values()}) == len(told)
    for moment, said in told.items():
        for query, expected in zip(QUERIES, said, strict=False):
            then = MOMENT.sub(f"TIMESTAMPTZ '{moment.isoformat()}'", query)
            assert then != query
            assert answers(warehouse, then) == expected, (moment, query)


def test_doubts_and_differences_have_their_spans(warehouse, told):
    doubts, differences = (warehouse.select(sql).to_pylist() for sql in QUERIES[3:])
    moments = list(told)
    (annulled,) = [row for row in doubts if row["broken"] == "divorce_of_annulled"]
    assert (annulled["since"], annulled["until"]) == (moments[5], None)
    of_a = [row for row in differences if row["person_id"] == "A"]
    assert [(row["stands"], row["noted_at"]) for row in of_a] == [
        (True, moments[1]),
        (False, moments[2]),
        (True, moments[3]),
    ]
    of_z = [row["stands"] for row in differences if row["person_id"] == "Z"]
    assert of_z == [True, False]
