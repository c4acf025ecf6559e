"""Killed at any moment of load, migration, snapshot or restore: nothing lost, nothing doubled.

Real processes and SIGKILL, at moments drawn over the whole run. The long form kills 200 times:

    BACKFILL_KILLS=50 ./test --slow tests/flows/test_kill_keeping.py

is 50 for each of the four.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from flows.home import Home
from flows.keeping import back_up, find_backup, restore
from warehouse.chunks import load_chunks, write_chunk
from warehouse.copies import require_readable
from warehouse.engine import connect, database_key, quoted
from warehouse.migrate import migrate, shipped
from warehouse.store import Warehouse

ROOT = Path(__file__).parents[2]
PROCESS = Path(__file__).with_name("keeping_process.py")
CHUNKS, ROWS = 8, 40
#: How often the slow form kills each of the four kinds of work.
KILLS = int(os.environ.get("BACKFILL_KILLS", "10"))
#: An earlier release's steps, with several still to come.
EARLIER = 5


def chunk_of(folder, key, number):
    """A page with its readings."""
    page = f"p{number}:1"
    readings = {
        "reading_id": [f"{page}/{i + 1}/male.name/ppocr" for i in range(ROWS)],
        "page_id": [page] * ROWS,
        "row": pa.array(range(1, ROWS + 1), pa.int32()), "field": ["male.name"] * ROWS,
        "text": ["字"] * ROWS, "value": ["字"] * ROWS, "confidence": [0.5] * ROWS,
        "decision": ["key"] * ROWS, "engine": ["ppocr"] * ROWS,
    }  # fmt: skip
    pages = {
        "page_id": [page], "scan_id": [f"p{number}"], "batch_id": ["b"],
        "page": pa.array([1], pa.int32()), "status": ["read"],
    }  # fmt: skip
    tables = {"pages": pa.table(pages), "readings": pa.table(readings)}
    return write_chunk(folder, tables, key=key)


def started(*words: object) -> subprocess.Popen[str]:
    """A process that does the work that the words name."""
    return subprocess.Popen(
        [sys.executable, str(PROCESS), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A home to be worked on, and the chance that says when to kill."""

    home: Home
    key: bytes
    chance: random.Random

    def run(self, work: str, *given: object, kill_after: float | None) -> list[str]:
        """The lines that a process said; it is killed so many seconds after it was ready."""
        process = started(work, self.home.root, *given)
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        if kill_after is None:
            said, told = process.communicate()
            assert process.returncode == 0, told
        else:
            time.sleep(kill_after)
            process.send_signal(signal.SIGKILL)
            said, told = process.communicate()
            assert process.returncode in {0, -signal.SIGKILL}, told
        return [first, *said.splitlines()]

    def timed(self, work: str, *given: object) -> float:
        """Seconds from ready to the end of a run that nobody kills, on a copy of the home."""
        aside = self.home.root.with_name("timed")
        shutil.copytree(self.home.root, aside)
        with started(work, aside, *given) as process:
            assert process.stdout is not None
            process.stdout.readline()
            began = time.monotonic()
            process.stdout.read()
        assert process.returncode == 0
        seconds = time.monotonic() - began
        shutil.rmtree(aside)
        return seconds

    def open(self) -> Warehouse:
        return Warehouse.open(self.home.warehouse, key=self.key, now=NOW)

    def moments(self, span: float, kills: int) -> list[float]:
        """Moments over the whole run, a little past its end."""
        return [self.chance.uniform(0, 1.1 * span) for _ in range(kills)]


NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path, fresh, home_key):
    shutil.copytree(fresh, tmp_path / "home")
    chance = random.Random(KILLS)  # noqa: S311 - moments of killing, not secrets
    return Bench(home=Home(root=tmp_path / "home"), key=home_key.key, chance=chance)


def kill_loads(bench, kills):
    chunks = [chunk_of(bench.home.chunks, bench.key, number) for number in range(CHUNKS)]
    span = bench.timed("load", *chunks)
    empty = bench.home.warehouse.read_bytes()
    acknowledged: set[str] = set()
    for number, moment in enumerate(bench.moments(span, kills)):
        if number % 4 == 0:
            # From the start again, with the chunks in another order.
            bench.home.warehouse.write_bytes(empty)
            bench.home.warehouse.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
            acknowledged = set()
            bench.chance.shuffle(chunks)
        acknowledged |= set(bench.run("load", *chunks, kill_after=moment)) - {"ready", "open"}
        with bench.open() as opened:
            rows = opened.select("SELECT reading_id FROM readings")[0].to_pylist()
            done = set(opened.query("loaded_chunks", batch_id="b", step="load")[0].to_pylist())
        assert acknowledged <= done
        assert len(rows) == len(set(rows)) == ROWS * len(done)
    with bench.open() as opened:
        load_chunks(opened, chunks, key=bench.key, batch_id="b", now=NOW)
        assert opened.select("SELECT count(*) FROM readings")[0][0].as_py() == ROWS * CHUNKS


def kill_migrations(bench, kills):
    steps = shipped()
    bench.home.warehouse.unlink()
    with connect() as connection:
        connection.execute(
            f"ATTACH {quoted(str(bench.home.warehouse))} AS old (ENCRYPTION_KEY $key)",
            {"key": database_key(bench.key)},
        )
        connection.execute("USE old")
        migrate(connection, steps[:EARLIER], now=NOW, where="w")
        connection.execute(
            "INSERT INTO pages BY NAME SELECT 's' || range || ':1' AS page_id, 's' AS scan_id, "
            "'b' AS batch_id, 1 AS page, 'read' AS status FROM range(5000)"
        )
    before = bench.home.warehouse.read_bytes()
    span = bench.timed("migrate")
    for moment in bench.moments(span, kills):
        bench.home.warehouse.write_bytes(before)
        bench.run("migrate", kill_after=moment)
        with bench.open() as opened:
            applied = opened.select("SELECT name FROM migrations ORDER BY name")[0].to_pylist()
            pages = opened.select("SELECT count(DISTINCT page_id), count(*) FROM pages")
        assert applied == [step.name for step in steps]
        assert [column[0].as_py() for column in pages] == [5000, 5000]


def kill_snapshots(bench, kills):
    span = bench.timed("publish")
    empty = bench.home.warehouse.read_bytes()
    for moment in bench.moments(span, kills):
        bench.home.warehouse.write_bytes(empty)
        bench.home.warehouse.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
        bench.home.snapshot.unlink(missing_ok=True)
        said = bench.run("publish", kill_after=moment)
        with bench.open() as opened:
            held = opened.query("batches_by_age")["batch_id"].to_pylist()
        assert len(held) == len(set(held))
        assert {line for line in said if line.isdecimal()} <= set(held)
        published = [line.split()[1] for line in said if line.startswith("published")]
        if not bench.home.snapshot.exists():
            assert not published
            continue
        require_readable(bench.home.snapshot, key=bench.key)
        with Warehouse.open(bench.home.snapshot, key=bench.key, now=NOW, read_only=True) as shown:
            seen = sorted(shown.query("batches_by_age")["batch_id"].to_pylist())
        assert seen == sorted(held)[: len(seen)]
        assert set(published) <= set(seen)


def kill_restores(bench, kills, open_home, home_key):
    with open_home(bench.home.root) as desk:
        names = [add(desk.here, "first")]
        backup = back_up(desk.here, bench.home.root.with_name("backups"))
        names.append(add(desk.here, "second"))
    place = backup.folder.parent
    aside = bench.home.root.with_name("before")
    shutil.copytree(bench.home.root, aside)
    span = bench.timed("restore", place)
    for moment in bench.moments(span, kills):
        shutil.rmtree(bench.home.root)
        shutil.copytree(aside, bench.home.root)
        said = bench.run("restore", place, kill_after=moment)
        with bench.open() as opened:
            held = opened.query("batches_by_age")["batch_id"].to_pylist()
        assert held in (names, names[:1])
        assert held == names[:1] or "restored" not in said
        restore(bench.home, home_key, find_backup(place, home_key), now=NOW)
        with bench.open() as opened:
            assert opened.query("batches_by_age")["batch_id"].to_pylist() == names[:1]


def add(here, name):
    row = {"batch_id": name, "created_at": here.clock()}
    here.warehouse.append("batches", pa.Table.from_pylist([row], here.warehouse.schema("batches")))
    return name


def test_a_kill_of_each_kind_of_work(bench, open_home, home_key):
    kill_restores(bench, 1, open_home, home_key)


@pytest.mark.slow
def test_kills_while_loading(bench):
    kill_loads(bench, KILLS)


@pytest.mark.slow
def test_kills_while_migrating(bench):
    kill_migrations(bench, KILLS)


@pytest.mark.slow
def test_kills_while_publishing(bench):
    kill_snapshots(bench, KILLS)


@pytest.mark.slow
def test_kills_while_restoring(bench, open_home, home_key):
    kill_restores(bench, KILLS, open_home, home_key)
