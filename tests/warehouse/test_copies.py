"""Copies hold one moment whole, whatever is written meanwhile, and are opened before use."""

from __future__ import annotations

import os
import subprocess
import threading

import pyarrow as pa
import pytest

from records.errors import IntegrityError, StoreError
from warehouse import copies
from warehouse.copies import copy, publish, require_readable, require_rows
from warehouse.store import Warehouse


def batches(warehouse, *names, now) -> pa.Table:
    rows = [{"batch_id": name, "name": "n" * 50, "created_at": now} for name in names]
    return pa.Table.from_pylist(rows, warehouse.schema("batches"))


def names(warehouse) -> list[str]:
    return warehouse._run("SELECT batch_id FROM batches ORDER BY ALL", "names")[0].to_pylist()


def test_a_copy_holds_what_was_committed_before(warehouse, key, now, tmp_path):
    warehouse.append("batches", batches(warehouse, "a", "b", now=now))
    counts = copy(warehouse, tmp_path / "copy.duckdb")
    assert counts["batches"] == 2
    assert (tmp_path / "copy.duckdb").stat().st_mode & 0o077 == 0
    with Warehouse.open(tmp_path / "copy.duckdb", key=key, now=now) as copied:
        assert names(copied) == ["a", "b"]


def test_the_writer_goes_on_and_no_copy_is_torn(warehouse, key, now, tmp_path):
    """Appends of many sizes while copies are made; each copy is whole, and later ones hold more."""
    ended = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not ended.is_set():
            many = [f"{len(written):04}-{each:05}" for each in range(1 + 997 * len(written) % 7000)]
            warehouse.append("batches", batches(warehouse, *many, now=now))
            written.append(len(many))

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    try:
        for turn in range(8):
            path = tmp_path / f"{turn}.duckdb"
            before = len(written)
            rows = copy(warehouse, path)["batches"]
            assert len(written) >= before
            require_readable(path, key=key)
            seen.append(rows)
    finally:
        ended.set()
        writer.join()
    assert seen == sorted(seen)
    sums = {sum(written[:turn]) for turn in range(len(written) + 1)}
    assert set(seen) <= sums
    assert len(names(warehouse)) == sum(written)


def test_the_log_is_emptied_again_after_a_copy(warehouse, tmp_path):
    copy(warehouse, tmp_path / "copy.duckdb")
    limit = warehouse._run("SELECT current_setting('checkpoint_threshold')", "limit")[0][0].as_py()
    assert limit == "16.0 MiB"


def test_a_copy_that_cannot_be_written_leaves_the_older_one(warehouse, now, tmp_path, monkeypatch):
    path = publish(warehouse, tmp_path / "snapshot.duckdb")
    before = path.read_bytes()
    warehouse.append("batches", batches(warehouse, "a", now=now))
    real = subprocess.run

    def full(command, **_):
        # As on a full disk: cp writes what fits, then fails.
        with open(command[-1], "wb") as half:  # noqa: PTH123 - as a program would
            half.write(before[:5000])
        return real(["/bin/false"], check=False)

    monkeypatch.setattr(copies.subprocess, "run", full)
    with pytest.raises(StoreError, match="copy_not_written"):
        publish(warehouse, path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*.aside"))
    monkeypatch.undo()
    publish(warehouse, path)
    assert path.read_bytes() != before


def test_a_folder_that_is_not_there_is_a_clear_refusal(warehouse, tmp_path):
    with pytest.raises(StoreError) as refused:
        publish(warehouse, tmp_path / "none" / "snapshot.duckdb")
    assert refused.value.remedy
    assert names(warehouse) == []


def test_a_damaged_copy_is_noticed(warehouse, key, now, tmp_path):
    many = (f"{each:06}-{os.urandom(20).hex()}" for each in range(20_000))
    warehouse.append("batches", batches(warehouse, *many, now=now))
    path = tmp_path / "copy.duckdb"
    counts = copy(warehouse, path)
    with pytest.raises(IntegrityError, match="copy_differs"):
        require_rows(path, {**counts, "batches": 1}, key=key)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(IntegrityError, match="copy_damaged"):
        require_readable(path, key=key)
    with pytest.raises(IntegrityError, match="wrong_key"):
        require_readable(path, key=key[::-1])
