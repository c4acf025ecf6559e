"""A full disk or a folder that can't be written to is a clear refusal and harms nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from records.errors import StoreError
from warehouse import store
from warehouse.store import Warehouse

PROCESS = Path(__file__).with_name("full_disk_process.py")
ROOT = Path(__file__).parents[2]


def test_a_full_disk_is_refused_and_what_was_there_stays(tmp_path, fresh, key, now):
    path = tmp_path / "home.duckdb"
    path.write_bytes(fresh)
    with Warehouse.open(path, key=key, now=now) as warehouse:
        row = {"batch_id": "before", "created_at": now}
        warehouse.append("batches", pa.Table.from_pylist([row], warehouse.schema("batches")))
    told = subprocess.run(
        [sys.executable, str(PROCESS), str(path), key.hex()], capture_output=True, text=True,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert told.stdout.strip() == "store_failed True", told.stderr
    with Warehouse.open(path, key=key, now=now) as warehouse:
        held = warehouse.select("SELECT batch_id FROM batches")[0].to_pylist()
        assert held == ["before"]
        warehouse.append("batches", pa.Table.from_pylist([row], warehouse.schema("batches")))


def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path, fresh, key, now, monkeypatch):
    path = tmp_path / "home.duckdb"
    path.write_bytes(fresh)

    def refused(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    # As in a read-only folder, which holds back nobody who runs as root.
    monkeypatch.setattr(store, "lock_beside", refused)
    with pytest.raises(StoreError, match="store_failed") as error:
        Warehouse.open(path, key=key, now=now)
    assert error.value.remedy
    monkeypatch.undo()
    assert path.read_bytes() == fresh
