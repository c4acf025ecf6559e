"""Copies of the warehouse: the published snapshot, and backups with proof of what they hold.

A copy is the database file itself as of a checkpoint. Until it is copied, later commits go to
the log beside the file and no checkpoint moves them into it, so the writer isn't stopped. A
copy is opened and counted before it gets its name.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import duckdb

from records.errors import IntegrityError, StoreError
from warehouse.engine import connect
from warehouse.store import attach, sync
from warehouse.tables import TABLE_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warehouse.store import Warehouse


def publish(warehouse: Warehouse, path: Path) -> Path:
    """Put an encrypted copy for readers at `path` in one step; returns `path`.

    It opens with the same key and `read_only`; readers of an older copy keep theirs. Raises
    StoreError when the disk is full or may not be written to; the older copy then stays.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        copy(warehouse, aside)
        aside.replace(path)
    except OSError as error:
        raise _not_written(path) from error
    finally:
        aside.unlink(missing_ok=True)
    sync(path.parent)
    return path


def copy(warehouse: Warehouse, path: Path) -> Mapping[str, int]:
    """Copy the warehouse as it is now to `path`, which is on the disk on return.

    Returns the rows of each table, which the copy was seen to have. Raises StoreError when
    it can't be written, IntegrityError when it isn't what was copied.
    """
    with warehouse.at_rest() as counts:
        # Another process reads the file: closing it in this one would end DuckDB's lock on it.
        done = subprocess.run(  # noqa: S603 - a fixed program and our own paths
            ["/bin/cp", "--reflink=auto", "--", str(warehouse.path), str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        raise _not_written(path)
    path.chmod(0o600)
    sync(path)
    require_rows(path, counts, key=warehouse.key)
    return counts


def require_rows(path: Path, counts: Mapping[str, int], *, key: bytes) -> None:
    """Raise IntegrityError unless the copy opens with the key and has so many rows."""
    if count_rows(path, key=key, tables=counts) != counts:
        raise IntegrityError(
            "copy_differs",
            what="副本与原库不符 · the copy doesn't hold what it should",
            where=path.name,
            remedy="不要使用这个副本，重新做一份 · don't use this copy; make another",
        )


def count_rows(path: Path, *, key: bytes, tables: Mapping[str, int]) -> dict[str, int]:
    """Rows of each table of a copy; raises IntegrityError when it can't be opened."""
    with connect(threads=1) as connection:
        attach(connection, path, "copied", key, read_only=True)
        return {name: _count(connection, f"copied.{name}", path) for name in tables}


def require_readable(path: Path, *, key: bytes) -> None:
    """Read every value of a copy once: each block carries a tag that proves it.

    Raises IntegrityError when a block isn't what was written.
    """
    with connect(threads=2) as connection:
        attach(connection, path, "copied", key, read_only=True)
        for name in TABLE_KEYS:
            _run(connection, f"FROM copied.{name} AS held SELECT bit_xor(hash(held))", path)


def _count(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    return int(_run(connection, f"FROM {table} SELECT count(*)", path))


def _run(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    try:
        row = connection.execute(sql).fetchone()
    except duckdb.Error:
        raise IntegrityError(
            "copy_damaged",
            what="副本已损坏 · the copy is damaged",
            where=path.name,
            remedy="换用另一个备份 · use another backup",
        ) from None
    return row[0] or 0 if row else 0


def _not_written(path: Path) -> StoreError:
    return StoreError(
        "copy_not_written",
        what="副本写不进去 · the copy can't be written",
        where=path.name,
        remedy="检查剩余空间和写权限 · see the free space and your rights there",
    )
