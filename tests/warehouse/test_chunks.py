"""Chunks: the same rows give the same folder; loading twice, or after a crash, changes nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.errors import IntegrityError
from warehouse.chunks import chunk_address, load_chunks, read_chunk, write_chunk
from warehouse.schema import conform, table_schemas
from warehouse.store import Warehouse

LOADER = Path(__file__).with_name("loader_process.py")
SECRET = "欧阳甲乙丙丁"


def readings(first: int, rows: int, page: str = "p:1") -> pa.Table:
    return pa.table(
        {
            "reading_id": [f"{page}:{first + i}" for i in range(rows)],
            "page_id": [page] * rows,
            "row": pa.array([0] * rows, pa.int32()),
            "field": ["male.name"] * rows,
            "text": [SECRET] * rows,
            "value": [SECRET] * rows,
            "confidence": [0.5] * rows,
            "decision": ["key"] * rows,
            "engine": ["ppocr"] * rows,
            "flags": [None if i % 2 else "ditto" for i in range(rows)],
            "lattice": [bytes([i % 256]) * 9 for i in range(rows)],
        }
    )


def whole(rows: pa.Table) -> dict[str, pa.Table]:
    """A chunk that may be loaded: readings with the page they stand on."""
    page = {"page_id": ["p:1"], "scan_id": ["p"], "batch_id": ["b"], "status": ["read"]}
    return {"pages": pa.table({**page, "page": pa.array([1], pa.int32())}), "readings": rows}


def held(warehouse: Warehouse) -> list[str]:
    return sorted(warehouse._run("SELECT reading_id FROM readings", "held")[0].to_pylist())


def test_a_chunk_comes_back_as_it_was_written(tmp_path, key):
    rows = conform("readings", readings(0, 50))
    chunk = write_chunk(tmp_path, {"readings": rows}, key=key)
    assert read_chunk(chunk, key=key)["readings"].equals(rows)


def test_writing_twice_gives_the_same_folder_and_no_leftovers(tmp_path, key):
    one = write_chunk(tmp_path, {"readings": readings(0, 5)}, key=key)
    two = write_chunk(tmp_path, {"readings": readings(0, 5)}, key=key)
    other = write_chunk(tmp_path, {"readings": readings(1, 5)}, key=key)
    assert one == two != other
    assert sorted(tmp_path.iterdir()) == sorted([one, other])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.none() | st.text(max_size=5), max_size=9),
    cut=st.integers(min_value=0, max_value=9),
)
def test_the_address_depends_on_rows_alone(key, texts, cut):
    whole = pa.table({"t": pa.array(texts, pa.string())})
    pieces = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    assert chunk_address({"t": whole}, key) == chunk_address({"t": pieces}, key)
    longer = pa.table({"t": pa.array([*texts, None], pa.string())})
    assert chunk_address({"t": whole}, key) != chunk_address({"t": longer}, key)


def test_the_address_is_keyed(key):
    table = {"t": pa.table({"t": ["x"]})}
    assert chunk_address(table, key) != chunk_address(table, key[::-1])


def test_no_value_stands_in_a_chunk(tmp_path, key):
    chunk = write_chunk(tmp_path, {"readings": readings(0, 500)}, key=key)
    for file in chunk.iterdir():
        assert SECRET.encode() not in file.read_bytes()
        assert b"male.name" not in file.read_bytes()


def test_loading_twice_changes_nothing(warehouse, tmp_path, key, now):
    chunks = [write_chunk(tmp_path / "c", whole(readings(n, 4)), key=key) for n in (0, 2, 9)]
    first = load_chunks(warehouse, chunks, key=key, batch_id="b", now=now)
    assert (first.loaded, first.already, dict(first.rows)) == (3, 0, {"pages": 1, "readings": 10})
    before = held(warehouse)
    again = load_chunks(warehouse, [*chunks, chunks[0]], key=key, batch_id="b", now=now)
    assert (again.loaded, again.already, dict(again.rows)) == (0, 3, {})
    assert held(warehouse) == before
    assert warehouse._run("FROM steps", "steps").num_rows == 3


def test_one_bad_chunk_keeps_all_out_and_is_named(warehouse, tmp_path, key, now):
    good = write_chunk(tmp_path / "c", whole(readings(0, 4)), key=key)
    bad = write_chunk(tmp_path / "c", whole(readings(4, 400)), key=key)
    file = bad / "readings.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(IntegrityError, match=bad.name):
        load_chunks(warehouse, [good, bad], key=key, batch_id="b", now=now)
    assert held(warehouse) == []
    assert load_chunks(warehouse, [good], key=key, batch_id="b", now=now).loaded == 1


@pytest.mark.parametrize("damage", ["cut", "empty", "exchanged", "foreign key", "gone"])
def test_damage_is_refused(tmp_path, key, damage):
    chunk = write_chunk(tmp_path, {"readings": readings(0, 40)}, key=key)
    file = chunk / "readings.parquet"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "exchanged":
        other = write_chunk(tmp_path, {"readings": readings(1, 40)}, key=key)
        file.write_bytes((other / "readings.parquet").read_bytes())
    elif damage == "gone":
        file.unlink()
    with pytest.raises(IntegrityError):
        read_chunk(chunk, key=key[::-1] if damage == "foreign key" else key)


def test_an_unfinished_chunk_is_not_seen(tmp_path, key, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("warehouse.chunks.sync", fail)
    with pytest.raises(OSError):  # noqa: PT011 - the disk's own error
        write_chunk(tmp_path, {"readings": readings(0, 4)}, key=key)
    monkeypatch.undo()
    assert [each for each in tmp_path.iterdir() if not each.name.startswith(".")] == []
    assert read_chunk(write_chunk(tmp_path, {"readings": readings(0, 4)}, key=key), key=key)


def test_chunks_of_other_columns_load_together(warehouse, tmp_path, key, now):
    less = readings(0, 3).drop_columns(["flags", "lattice"])
    turned = readings(3, 3).select(list(reversed(readings(0, 1).column_names)))
    chunks = [write_chunk(tmp_path, whole(rows), key=key) for rows in (less, turned)]
    loaded = load_chunks(warehouse, chunks, key=key, batch_id="b", now=now)
    assert loaded.rows == {"pages": 1, "readings": 6}
    assert set(table_schemas()["readings"].names) >= set(turned.column_names)


CHUNKS, ROWS = 12, 50


def kill_and_reload(tmp_path: Path, key: bytes, now, *, kills: int, seed: int) -> None:
    """Load chunks in a process that is killed again and again; then check every row."""
    chance = random.Random(seed)  # noqa: S311 - moments of killing, not secrets
    path, folder = tmp_path / "w.duckdb", tmp_path / "chunks"
    chunks = [write_chunk(folder, whole(readings(n * ROWS, ROWS)), key=key) for n in range(CHUNKS)]
    acknowledged: set[str] = set()
    for _ in range(kills):
        acknowledged |= load_and_kill(path, key, chunks, chance)
        with Warehouse.open(path, key=key, now=now, create=True) as opened:
            rows = held(opened)
            done = set(opened.query("loaded_chunks", batch_id="b", step="load")[0].to_pylist())
        assert acknowledged <= done
        assert len(rows) == len(set(rows)) == ROWS * len(done)
    assert acknowledged
    with Warehouse.open(path, key=key, now=now) as opened:
        load_chunks(opened, chunks, key=key, batch_id="b", now=now)
        assert len(held(opened)) == ROWS * CHUNKS


def load_and_kill(path: Path, key: bytes, chunks: list[Path], chance: random.Random) -> set[str]:
    """What a loader had acknowledged when it was killed, some moment after a few chunks."""
    process = subprocess.Popen(
        [sys.executable, str(LOADER), str(path), key.hex(), *map(str, chunks)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        heard = [process.stdout.readline() for _ in range(chance.randint(1, CHUNKS // 2))]
        time.sleep(chance.uniform(0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        heard += process.stdout.read().splitlines()
    process.wait()
    return {line.strip() for line in heard} - {"ready", ""}


def test_two_kills_lose_and_double_nothing(tmp_path, key, now):
    kill_and_reload(tmp_path, key, now, kills=2, seed=4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_many_kills_lose_and_double_nothing(tmp_path, key, now, seed):
    kill_and_reload(tmp_path, key, now, kills=10, seed=seed)
