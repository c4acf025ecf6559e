"""Dictionary and diagram are up to date; the SQL of the analysts' page runs and is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from records.errors import StoreError
from warehouse.copies import publish
from warehouse.dictionary import renewed
from warehouse.store import Warehouse
from warehouse.tables import REFERENCES, TABLE_KEYS
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records

PAGE = Path(__file__).parents[2] / "docs" / "warehouse.md"
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
DIVORCE = {
    "certificate_number": "L110101-2012-000001",
    "registration_date": "2012-05-06",
}


@pytest.fixture
def filled(warehouse, filler, now):
    """A marriage, its reissue and its divorce, of people whom the register knows."""
    filler.add("batches", {"batch_id": "b", "name": "第一批", "created_at": now})
    filler.certificate("marriage")
    filler.certificate("divorce", DIVORCE, confidence=0.95)
    filler.certificate("reissue", {"certificate_number": "BJ110101-2015-000001"})
    for scan in ("marriage", "divorce"):
        for role in ("male", "female"):
            filler.add(
                "matches",
                {"batch_id": "b", "record_id": f"{scan}:1/0/{role}", "person_id": f"P-{role}",
                 "probability": 0.999, "decision": "match", "evidence": "{}", "model": "m",
                 "matched_at": now},
            )  # fmt: skip
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    assemble_records(warehouse, batch_id="b", now=now)
    return warehouse


def example(first_words: str) -> str:
    (found,) = [sql for sql in EXAMPLES if sql.startswith(first_words)]
    return found


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page) == page, "run: python -m warehouse.dictionary docs/warehouse.md"
    assert all(f"### `{table}`" in page for table in TABLE_KEYS)


def test_references_lead_to_keys(warehouse):
    for table, column, target in REFERENCES:
        assert column in warehouse.schema(table).names
        assert column in TABLE_KEYS[target]


@pytest.mark.parametrize("sql", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_runs(filled, sql):
    filled.select(sql)


def test_events_and_reissues_are_told_apart(filled):
    found = filled.select("SELECT record_id, event, reissue FROM couples ORDER BY record_id")
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("divorce:1/0", "divorce", False),
        ("marriage:1/0", "marriage", False),
        ("reissue:1/0", "marriage", True),
    ]
    assert filled.select("FROM verified_marriages").num_rows == 2
    (divorce,) = filled.select("FROM verified_divorces").to_pylist()
    assert (divorce["male_name"], divorce["female_person_id"]) == ("测试甲", "P-female")
    assert divorce["machine_alone"] is True


def test_examples_answer_what_they_say(filled):
    (year,) = filled.select(example("SELECT left(")).to_pylist()
    assert (year["year"], year["marriages"], year["machine_alone"]) == ("2010", 1, 1.0)
    (pair,) = filled.select(example("SELECT d.record_id")).to_pylist()
    assert (pair["marriage"], pair["divorced_on"]) == ("marriage:1/0", "2012-05-06")
    (batch,) = filled.select(example("SELECT batch_id, name")).to_pylist()
    assert (batch["records_verified"], batch["accepted"], batch["undecided"]) == (3, 1.0, 0)
    assert batch["records_doubted"] == 0
    assert filled.select(example("SELECT record_id, field, list(")).num_rows == 0


def test_a_snapshot_cannot_be_written(filled, key, now, tmp_path):
    path = publish(filled, tmp_path / "snapshot.duckdb")
    with Warehouse.open(path, key=key, now=now, read_only=True) as snapshot:
        assert snapshot.select("FROM couples").num_rows == 3
        with pytest.raises(StoreError):
            snapshot.select("DELETE FROM records")
