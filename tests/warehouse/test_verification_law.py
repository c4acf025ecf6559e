"""The SQL that verifies records agrees with the rule said in plain Python."""

from __future__ import annotations

from itertools import count

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from records.reading import KEY_FIELD_TAILS, field_tail
from warehouse.verification import REQUIRED_FIELDS, assemble_records

FIELDS = (*REQUIRED_FIELDS, "male.birth_date", "female.id_number", "male.ethnicity", "office")
BATCHES = count()

#: For a field: absent, read but undecided, decided as blank, decided with a value.
STATES = st.sampled_from(["absent", "open", "blank", *["value"] * 12])
WHOLE = dict.fromkeys(FIELDS, "value")
ROWS = st.dictionaries(st.integers(0, 3), st.fixed_dictionaries(dict.fromkeys(FIELDS, STATES)))


def plainly_verified(page: dict[int, dict[str, str]]) -> dict[int, set[str]]:
    """Row → decided fields, of the certificates of a page that are verified."""
    present = {
        row: {field: state for field, state in fields.items() if state != "absent"}
        for row, fields in page.items()
    }
    present = {row: fields for row, fields in present.items() if fields}
    numbered = [row for row in present if row > 0]
    certificates = numbered or list(present)
    verified = {}
    for row in certificates:
        own = present[row]
        if not {"male.name", "female.name", "certificate_number"} & set(own):
            continue
        fields = {**present.get(0, {}), **own}
        keys_decided = all(
            state != "open" for field, state in fields.items()
            if field_tail(field) in KEY_FIELD_TAILS
        )  # fmt: skip
        if keys_decided and all(fields.get(field) == "value" for field in REQUIRED_FIELDS):
            verified[row] = {field for field, state in fields.items() if state != "open"}
    return verified


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(pages=[{0: {**WHOLE, "male.name": "absent"}, 1: {**WHOLE, "office": "absent"}, 2: WHOLE}])
@given(pages=st.lists(ROWS, max_size=4))
def test_the_sql_agrees_with_the_plain_rule(warehouse, now, pages):
    batch = f"batch-{next(BATCHES)}"
    fill(warehouse, batch, pages, now)
    made = assemble_records(warehouse, batch_id=batch, now=now)
    expected = {
        (f"{batch}-{number}:1/{row}", field)
        for number, page in enumerate(pages)
        for row, fields in plainly_verified(page).items()
        for field in fields
    }
    rows = warehouse.query("verified_records", batch_id=batch).to_pylist()
    assert {(row["record_id"], row["field"]) for row in rows} == expected
    assert made.values == len(expected)
    assert made.records == len({record for record, _ in expected})
    again = assemble_records(warehouse, batch_id=batch, now=now)
    assert (again.records, again.values) == (0, 0)


def fill(warehouse, batch: str, pages: list[dict[int, dict[str, str]]], now) -> None:
    readings, decisions, entered = [], [], []
    for number, page in enumerate(pages):
        page_id = f"{batch}-{number}:1"
        entered.append({"page_id": page_id, "scan_id": f"{batch}-{number}", "batch_id": batch,
                        "page": 1, "status": "read", "kind": "marriage_ledger"})  # fmt: skip
        for row, fields in page.items():
            for field, state in fields.items():
                if state == "absent":
                    continue
                reading = {
                    "reading_id": f"{page_id}/{row}/{field}/e", "page_id": page_id, "row": row,
                    "field": field, "text": "某", "value": "某", "confidence": 0.5,
                    "decision": "key", "engine": "e",
                }  # fmt: skip
                readings.append(reading)
                if state != "open":
                    decisions.append(
                        {"reading_id": reading["reading_id"], "source": "staff", "reason": "r",
                         "value": "某" if state == "value" else "", "decided_at": now}
                    )  # fmt: skip
    tables = {"pages": entered, "readings": readings, "decisions": decisions}
    for table, rows in tables.items():
        warehouse.append(table, pa.Table.from_pylist(rows, warehouse.schema(table)))
