"""Does one kind of work on a warehouse and says what is done, a line each; made to be killed.

`load` merges chunk files one by one, `migrate` opens a warehouse of an earlier schema, `publish`
writes and publishes in turns, `restore` puts a home back to a backup.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from confidentiality.homekey import HomeKey
from flows.home import Home
from flows.keeping import find_backup, restore
from warehouse.chunks import load_chunks
from warehouse.copies import publish
from warehouse.store import Warehouse

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROUNDS = 6


def main(work: str, root: str, *given: str) -> None:
    home = Home(root=Path(root))
    home_key = HomeKey.open(home.home_key, None)
    say("ready")
    if work == "restore":
        backup = find_backup(Path(given[0]), home_key)
        restore(home, home_key, backup, now=NOW)
        say("restored")
        return
    with Warehouse.open(home.warehouse, key=home_key.key, now=NOW) as warehouse:
        say("open")
        if work == "load":
            for chunk in map(Path, given):
                load_chunks(warehouse, [chunk], key=home_key.key, batch_id="b", now=NOW)
                say(chunk.name)
        elif work == "publish":
            for turn in range(ROUNDS):
                row = {"batch_id": f"{turn:03}", "created_at": NOW}
                schema = warehouse.schema("batches")
                if warehouse.merge("batches", pa.Table.from_pylist([row], schema)):
                    say(f"{turn:03}")
                publish(warehouse, home.snapshot)
                say(f"published {turn:03}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
