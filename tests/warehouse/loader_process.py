"""Loads chunks one by one and acknowledges each on stdout; made to be killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from warehouse.chunks import load_chunks
from warehouse.store import Warehouse


def main(path: str, key: str, *chunks: str) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    secret = bytes.fromhex(key)
    with Warehouse.open(Path(path), key=secret, now=now, create=True) as warehouse:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for chunk in map(Path, chunks):
            load_chunks(warehouse, [chunk], key=secret, batch_id="b", now=now)
            sys.stdout.write(f"{chunk.name}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
