"""Appends to a warehouse whose file may grow by a few blocks only; says how it was refused."""

from __future__ import annotations

import os
import resource
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from records.errors import StoreError
from warehouse.store import Warehouse

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROOM = 1 << 20


def main(path: str, key: str) -> None:
    file = Path(path)
    with Warehouse.open(file, key=bytes.fromhex(key), now=NOW) as warehouse:
        # As on a full disk: writing beyond the limit fails, and the process goes on.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit = file.stat().st_size + ROOM
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        rows = [{"batch_id": os.urandom(400).hex(), "created_at": NOW} for _ in range(20_000)]
        table = pa.Table.from_pylist(rows, warehouse.schema("batches"))
        try:
            warehouse.append("batches", table)
        except StoreError as error:
            sys.stdout.write(f"{error.reason} {bool(error.remedy)}\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
