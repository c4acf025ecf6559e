"""What the warehouse costs: loading, tracing a value, publishing a snapshot.

    python benchmarks/warehouse.py load FOLDER --readings 1000000
    python benchmarks/warehouse.py build FILE --readings 10000000
    python benchmarks/warehouse.py trace FILE
    python benchmarks/warehouse.py snapshot FILE

Loading is set beside DuckDB's own MERGE of the same encrypted Parquet files into a table of
its own, in a new FOLDER that is removed at the end. `build` makes a warehouse of made-up rows
and goes on where it was stopped; FILE stays, for the two that look at it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import secrets
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pyarrow as pa

# A script's own folder comes first, where this file would hide the package of its name.
sys.path.sort(key=str(Path(__file__).parent).__eq__)

from records.reading import FIELD_NAMES
from warehouse.chunks import load_chunks, write_chunk
from warehouse.copies import publish
from warehouse.engine import chunk_key, connect, database_key, quoted
from warehouse.lineage import trace
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.queues import SimpleQueue

NOW = datetime(2026, 3, 1, tzinfo=UTC)
#: The rows are made up, so that a key that everybody knows does.
KEY = bytes(range(32))
FIELDS = [name for name in FIELD_NAMES if not name.startswith("stamp")]
PAGES_OF_CHUNK = 200
PAGES_OF_STEP = 10_000
#: A page of certificates as the samples have them: a field a row, 177 bytes of lattice each.
#: A second of loading for each chunk of pages, within it a moment for each page as loading gives.
READINGS = """
SELECT
    page_id || '/0/' || field || '/ppocr' AS reading_id, page_id, 0::INTEGER AS row, field,
    'w' || (hash(field, p) % 100000) AS text, 'w' || (hash(field, p) % 100000) AS value,
    0.9 + (hash(p, field) % 100) / 1000 AS confidence, 'accept' AS decision, 'ppocr' AS engine,
    (hash(p, 1) % 2000)::INTEGER AS box_left, (hash(field, 2) % 2000)::INTEGER AS box_top,
    (2000 + hash(p, 3) % 480)::INTEGER AS box_right,
    (2000 + hash(field, 4) % 1500)::INTEGER AS box_bottom,
    '[["w' || (hash(field, p) % 100000) || '", 0.98]]' AS alternatives, '[]' AS flags,
    unhex(left(repeat(sha256(field || p), 6), 354)) AS lattice,
    TIMESTAMPTZ '2026-03-01 00:00:00+00' + to_seconds(p // 200)
        - to_microseconds((hash(page_id) % 10000)::BIGINT) AS loaded_at
FROM (SELECT range AS p, sha256('scan' || range) || ':1' AS page_id FROM range($first, $last))
CROSS JOIN (SELECT unnest($fields) AS field)
"""
PAGES = """
SELECT
    sha256('scan' || range) || ':1' AS page_id, sha256('scan' || range) AS scan_id, 'b' AS batch_id,
    1::INTEGER AS page, 'read' AS status, 'marriage_certificate' AS kind, '1980s' AS era,
    0::INTEGER AS rotation, 2480::INTEGER AS width, 3508::INTEGER AS height,
    300::INTEGER AS dpi, 'ppocr' AS engine, 2.0::DOUBLE AS seconds, NULL::VARCHAR AS reason,
    NULL::VARCHAR AS detail,
    TIMESTAMPTZ '2026-03-01 00:00:00+00' + to_seconds(range // 200)
        - to_microseconds((hash(page_id) % 10000)::BIGINT) AS loaded_at
FROM range($first, $last)
"""
SCANS = """
SELECT
    sha256('scan' || range) AS scan_id, 'b' AS batch_id, range || '.jpg' AS source,
    9::BIGINT AS bytes, 'taken' AS status, now() AS entered_at, 'image/jpeg' AS media_type,
    1::INTEGER AS pages, NULL::VARCHAR AS reason, NULL::VARCHAR AS detail
FROM range($first, $last)
"""
RECORDS = """
SELECT
    sha256('scan' || range) || ':1/0' AS record_id, 'b' AS batch_id,
    sha256('scan' || range) || ':1' AS page_id, 0::INTEGER AS row,
    'marriage_certificate' AS kind, '1980s' AS era, now() AS verified_at
FROM range($first, $last)
"""
DECISIONS = """
SELECT reading_id, value, 'policy' AS source, 'bench-1' AS reason, now() AS decided_at, loaded_at
FROM made
"""
VALUES = """
SELECT
    page_id || '/0' AS record_id, field, value, reading_id, 'policy' AS source,
    'bench-1' AS reason, now() AS decided_at, now() AS verified_at,
    loaded_at
FROM made
"""
WORK_ITEMS = """
SELECT
    sha256(reading_id || k) AS item_id, reading_id, 'b' AS batch_id, 'l' AS lot_id,
    'k' || k AS package_id, k::INTEGER AS keying, 'key' AS purpose, now() AS created_at, loaded_at
FROM made CROSS JOIN range(1, 3) AS _(k)
"""
ENTRIES = """
SELECT
    's' || k AS submission_id, sha256(reading_id || k) AS item_id, reading_id,
    k::INTEGER AS keying, 'clerk' AS clerk, text, value, 'ok' AS mark, now() AS keyed_at, loaded_at
FROM made CROSS JOIN range(1, 3) AS _(k)
"""
CONSENSUS = """
SELECT
    reading_id, 'b' AS batch_id, 2::INTEGER AS keyings, value, 0.99 AS probability,
    'agreed' AS outcome, true AS machine_agrees, now() AS settled_at, loaded_at
FROM made
"""
MATCHES = """
SELECT
    record_id || '/' || role AS record_id, 'b' AS batch_id, 'p' AS person_id,
    0.99 AS probability, 'match' AS decision, '{}' AS evidence, 'm' AS model,
    now() AS matched_at, loaded_at
FROM (SELECT DISTINCT page_id || '/0' AS record_id, loaded_at FROM made)
CROSS JOIN (SELECT unnest(['male', 'female']) AS role)
"""


#: What is made of page numbers, and what of the readings that were just made.
ABOUT_PAGES = {"pages": PAGES, "scans": SCANS, "records": RECORDS}
ABOUT_READINGS = {
    "readings": "FROM made",
    "decisions": DECISIONS,
    "record_values": VALUES,
    "work_items": WORK_ITEMS,
    "entries": ENTRIES,
    "consensus": CONSENSUS,
    "matches": MATCHES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds by the clock, seconds of processors' work, and the highest memory."""

    seconds: float
    processor: float
    megabytes: int


def made(sql: str, first: int, last: int) -> pa.Table:
    """Rows of pages `first` to `last` by one of the statements above."""
    given: dict[str, object] = {"first": first, "last": last}
    with connect() as connection:
        fields = {"fields": FIELDS} if "$fields" in sql else {}
        return connection.execute(sql, given | fields).to_arrow_table()


def write_chunks(folder: Path, key: bytes, pages: int) -> list[Path]:
    """The chunk files of so many pages."""
    return [
        write_chunk(
            folder,
            {
                "pages": made(PAGES, first, min(first + PAGES_OF_CHUNK, pages)),
                "readings": made(READINGS, first, min(first + PAGES_OF_CHUNK, pages)),
            },
            key=key,
        )
        for first in range(0, pages, PAGES_OF_CHUNK)
    ]


def ours(folder: Path, chunks: list[Path], key: bytes) -> None:
    """Load all chunks as a batch does, with their lines in the ledger."""
    with Warehouse.open(folder / "ours.duckdb", key=key, now=NOW, create=True) as warehouse:
        loaded = load_chunks(warehouse, chunks, key=key, batch_id="b", now=NOW).rows
    if loaded["readings"] != loaded["pages"] * len(FIELDS):
        raise SystemExit("rows were kept out")


def peer(folder: Path, chunks: list[Path], key: bytes) -> None:
    """DuckDB's own MERGE of the same files into an encrypted database."""
    with connect(spill=folder / "peer.spill") as connection:
        connection.execute(
            f"ATTACH {quoted(str(folder / 'peer.duckdb'))} AS peer (ENCRYPTION_KEY $key)",
            {"key": database_key(key)},
        )
        connection.execute("USE peer")
        for table, name in (("pages", "page_id"), ("readings", "reading_id")):
            files = f"[{', '.join(quoted(str(each / f'{table}.parquet')) for each in chunks)}]"
            source = f"read_parquet({files}, encryption_config = {{footer_key_value: $key}})"
            secret = {"key": chunk_key(key)}
            connection.execute(f"CREATE TABLE {table} AS FROM {source} LIMIT 0", secret)
            connection.execute(
                f"MERGE INTO {table} AS held USING (FROM {source}) AS new "
                f"ON held.{name} = new.{name} WHEN NOT MATCHED THEN INSERT BY NAME",
                secret,
            ).fetchall()


def apart(work: Callable[..., None], *given: object) -> Cost:
    """What work costs in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answer: SimpleQueue[Cost] = context.SimpleQueue()
    process = context.Process(target=_measured, args=(answer, work, given))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)
    return answer.get()


def _measured(
    answer: SimpleQueue[Cost], work: Callable[..., None], given: tuple[object, ...]
) -> None:
    began, busy = time.monotonic(), time.process_time()
    work(*given)
    answer.put(
        Cost(
            seconds=time.monotonic() - began,
            processor=time.process_time() - busy,
            megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        )
    )


def compare_loading(folder: Path, readings: int) -> None:
    """Ours and the peer, one after the other, on the same chunk files."""
    folder.mkdir(parents=True)
    try:
        chunks = write_chunks(folder / "chunks", KEY, readings // len(FIELDS))
        print(f"{readings:,} readings in {len(chunks)} chunks")
        for name, work in (("DuckDB MERGE", peer), ("ours", ours)):
            cost = apart(work, folder, chunks, KEY)
            print(
                f"  {name:14} {cost.seconds:6.1f} s  {cost.processor:6.1f} CPU s  "
                f"{cost.megabytes:6d} MB",
                flush=True,
            )
    finally:
        shutil.rmtree(folder)


def build(path: Path, readings: int) -> None:
    """A warehouse with so many readings, each keyed twice, decided and verified."""
    pages = readings // len(FIELDS)
    with Warehouse.open(path, key=KEY, now=NOW, create=True) as warehouse:
        for first in range(_pages_of(warehouse), pages, PAGES_OF_STEP):
            with warehouse.transaction():
                _fill(warehouse, first, min(first + PAGES_OF_STEP, pages))
            print(f"  {min(first + PAGES_OF_STEP, pages):,} of {pages:,} pages", flush=True)
    print(f"{pages * len(FIELDS):,} readings: {path.stat().st_size / 1e9:.1f} GB")


def _fill(warehouse: Warehouse, first: int, last: int) -> None:
    for table, rows in ABOUT_PAGES.items():
        warehouse.select(f"INSERT INTO {table} BY NAME {rows}", first=first, last=last)
    warehouse.select(
        f"CREATE OR REPLACE TEMP TABLE made AS {READINGS}", first=first, last=last, fields=FIELDS
    )
    for table, rows in ABOUT_READINGS.items():
        warehouse.select(f"INSERT INTO {table} BY NAME {rows}")


def _pages_of(warehouse: Warehouse) -> int:
    return int(warehouse.select("FROM pages SELECT count(*)")[0][0].as_py())


def time_traces(
    warehouse: Warehouse, pages: int, times: int = 25
) -> tuple[list[float], list[float]]:
    """Milliseconds of tracing single values of pages that lie far apart: by the clock, of work."""
    chance = random.Random(1)  # noqa: S311 - picks what is looked at
    taken, worked = [], []
    for _ in range(times):
        page = chance.randrange(pages)
        record = f"{sha256(f'scan{page}'.encode()).hexdigest()}:1/0"
        began, busy = time.perf_counter(), time.process_time()
        found = trace(warehouse, record, chance.choice(FIELDS))
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        if (len(found.readings), len(found.entries)) != (1, 2) or found.scan_file is None:
            raise SystemExit("traced something else")
    return taken, worked


def time_snapshot(warehouse: Warehouse, folder: Path) -> tuple[float, int, list[float]]:
    """Seconds of publishing, rows committed meanwhile, and what each commit took."""
    ended = threading.Event()
    commits: list[float] = []

    def write() -> None:
        while not ended.is_set():
            began = time.monotonic()
            line = {"batch_id": secrets.token_hex(8), "created_at": NOW}
            warehouse.append("batches", pa.Table.from_pylist([line], warehouse.schema("batches")))
            commits.append(time.monotonic() - began)
            time.sleep(0.2)

    writer = threading.Thread(target=write)
    writer.start()
    began = time.monotonic()
    publish(warehouse, folder / "snapshot.duckdb")
    seconds = time.monotonic() - began
    ended.set()
    writer.join()
    return seconds, len(commits), commits


def look_up(path: Path) -> None:
    """Trace values far apart in a warehouse that was built."""
    with Warehouse.open(path, key=KEY, now=NOW) as warehouse:
        pages = _pages_of(warehouse)
        taken, worked = time_traces(warehouse, pages)
    print(
        f"tracing among {pages * len(FIELDS):,} readings: median {median(taken):.0f} ms, longest "
        f"{max(taken):.0f} ms; processors' work: median {median(worked):.0f} ms"
    )


def take_snapshot(path: Path) -> None:
    """Publish a warehouse that was built, while another thread goes on writing to it."""
    size = path.stat().st_size / 1e9
    with Warehouse.open(path, key=KEY, now=NOW) as warehouse:
        busy = time.process_time()
        seconds, commits, waits = time_snapshot(warehouse, path.parent)
        busy = time.process_time() - busy
    print(
        f"snapshot of {size:.1f} GB: {seconds:.1f} s, {size / seconds * 1000:.0f} MB/s, "
        f"{busy:.1f} CPU s; {commits} commits of the writer meanwhile, longest {max(waits):.1f} s"
    )
    (path.parent / "snapshot.duckdb").unlink()


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, readings in (
        ("load", 1_000_000),
        ("build", 10_000_000),
        ("trace", 0),
        ("snapshot", 0),
    ):
        given = verbs.add_parser(verb)
        given.add_argument("path", type=Path)
        if readings:
            given.add_argument("--readings", type=int, default=readings)
    chosen = parser.parse_args()
    if chosen.verb == "load":
        compare_loading(chosen.path, chosen.readings)
    elif chosen.verb == "build":
        build(chosen.path, chosen.readings)
    elif chosen.verb == "trace":
        look_up(chosen.path)
    else:
        take_snapshot(chosen.path)


if __name__ == "__main__":
    main()
