"""Chunks loaded twice, in any order, by writers that are killed and start again: the same bytes.

Compared are the bytes of every table and view, and of all files of a share.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.reading import FIELD_NAMES
from warehouse.chunks import load_chunks, write_chunk
from warehouse.events import chain_events
from warehouse.schema import table_schemas
from warehouse.share import ShareFilter, ShareTerms, export_share
from warehouse.spreadsheet import csv_bytes
from warehouse.store import Warehouse
from warehouse.tables import TABLE_KEYS
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGES = 6
TERMS = ShareTerms(
    share_id="S-1",
    agreement_id="A",
    department="d",
    recipient="某部门",
    purpose="p",
    legal_basis="l",
    fields=frozenset(FIELD_NAMES),
    key=bytes(32),
)
#: So many rows the compared tables hold, so that equal doesn't mean empty.
SEEN = {"couples": PAGES, "present_links": 2, "quarantine": PAGES}
#: One start of a writer: which chunks it loads in one go, and at which merge it is killed.
STARTS = st.lists(
    st.tuples(
        st.lists(st.integers(0, PAGES - 1), min_size=1, max_size=4),
        st.one_of(st.none(), st.integers(0, 2)),
    ),
    max_size=3,
)


class KilledError(Exception):
    """The writer was killed here."""


def values_of(page: int) -> dict[str, str]:
    """Two couples who married, one of whom divorced, reissues, and one impossible value."""
    couple = page % 2
    number = ("J110101-2010-00000{}", "L110101-2012-00000{}", "BJ110101-2015-00000{}")[page // 2]
    return {
        "certificate_number": number.format(couple + 1),
        "registration_date": ("2010-03-09", "2012-05-06", "2010-03-09")[page // 2],
        "male.name": f"甲{couple}",
        "female.name": f"乙{couple}",
        "male.birth_date": "1985-01-02",
    }


def tables_of(page: int) -> dict[str, pa.Table]:
    scan, page_id = f"s{page}", f"s{page}:1"
    paper = {"page_id": page_id, "scan_id": scan, "batch_id": "b", "page": 1, "status": "read",
             "kind": "marriage_certificate", "era": "2000s", "rotation": 0, "width": 9, "height": 9,
             "engine": "ppocr", "seconds": 1.0}  # fmt: skip
    read = [
        {"reading_id": f"{page_id}/0/{field}/ppocr", "page_id": page_id, "row": 0, "field": field,
         "text": value, "value": value, "confidence": 0.9 + 0.0137 * page + 0.0011 * at,
         "decision": "accept", "engine": "ppocr"}
        for at, (field, value) in enumerate(values_of(page).items())
    ]  # fmt: skip
    # A row that breaks its contract is kept out, once.
    read.append(read[0] | {"reading_id": f"{page_id}/bad", "confidence": 7.0})
    return {
        name: pa.Table.from_pylist(rows, table_schemas()[name])
        for name, rows in (("pages", [paper]), ("readings", read))
    }


def exported(warehouse: Warehouse, now) -> dict[str, bytes]:
    """Every table and view as Parquet and CSV, and a share with all fields, as bytes."""
    views = warehouse.select("SELECT view_name FROM duckdb_views() WHERE NOT internal")
    files = {}
    for name in sorted({*TABLE_KEYS, *views["view_name"].to_pylist()}):
        rows = warehouse.select(f"FROM {name} ORDER BY ALL")
        sink = io.BytesIO()
        pq.write_table(rows, sink)
        texts = warehouse.select(f"SELECT COLUMNS(*)::VARCHAR FROM {name} ORDER BY ALL")  # noqa: S608 - as above
        files |= {f"{name}.parquet": sink.getvalue(), f"{name}.csv": csv_bytes(texts)}
    return files | dict(export_share(warehouse, TERMS, ShareFilter(), now=now).contents)


@pytest.fixture
def writer(tmp_path, fresh, key, now) -> Callable[..., dict[str, bytes]]:
    """Starts writers one after the other on one file, the last of which loads everything."""
    chunks: list[Path] = [
        write_chunk(tmp_path / "chunks", tables_of(page), key=key) for page in range(PAGES)
    ]
    path = tmp_path / "loaded.duckdb"

    def start(pages, killed_at) -> None:
        with Warehouse.open(path, key=key, now=now) as warehouse:
            merge, done = warehouse.merge, iter(range(99))

            def merging(table, rows, key_columns=None):
                if killed_at is not None and next(done) == killed_at:
                    raise KilledError
                return merge(table, rows, key_columns)

            warehouse.merge = merging
            load_chunks(warehouse, [chunks[p] for p in pages], key=key, batch_id="b", now=now)
            follow(warehouse)

    def follow(warehouse) -> None:
        accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
        assemble_records(warehouse, batch_id="b", now=now)
        chain_events(warehouse, batch_id="b", now=now)

    def run(starts) -> dict[str, bytes]:
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        path.write_bytes(fresh)
        for pages, killed_at in starts:
            try:
                start(pages, killed_at)
            except KilledError:
                continue
        start(range(PAGES), None)
        with Warehouse.open(path, key=key, now=now) as warehouse:
            return exported(warehouse, now)

    return run


def test_the_same_chunks_in_another_order_and_killed_twice_give_the_same_bytes(writer):
    expected, found = writer([]), writer([([3, 1, 3], None), ([5], 1), ([2, 0], 0)])
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    rows = {name: pq.read_table(io.BytesIO(found[f"{name}.parquet"])).num_rows for name in SEEN}
    assert rows == SEEN


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(starts=STARTS)
def test_any_order_any_repeats_and_any_kills_give_the_same_bytes(writer, once, starts):
    found, expected = writer(starts), once(writer)
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.fixture
def once():
    """What a single undisturbed writer gives."""
    held: dict[str, bytes] = {}

    def give(writer) -> dict[str, bytes]:
        return held or held.update(writer([])) or held

    return give
