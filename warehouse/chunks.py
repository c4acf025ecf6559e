"""Chunks: what a worker hands to the one writer, as encrypted Parquet on disk.

A chunk is a folder with one Parquet file a table, named by a keyed hash of its rows: the
same work done twice gives the same folder, and the name tells nothing about the content.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

import duckdb
import pyarrow as pa

from records.errors import IntegrityError
from warehouse.contracts import admit
from warehouse.engine import chunk_key, connect, derive_key, quoted
from warehouse.schema import conform, table_schemas
from warehouse.store import sync
from warehouse.tables import known_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from warehouse.store import Warehouse

# The stubs lag behind what they describe.
arrow: Any = pa

#: Microseconds over which the pages of one load are spread.
_SPREAD = 10_000
_ENCRYPTED = "ENCRYPTION_CONFIG {footer_key_value: $key}"
_ENCRYPTED_READ = "encryption_config = {footer_key_value: $key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load added: new chunks, chunks that were there already, rows by table."""

    loaded: int
    already: int
    rows: Mapping[str, int]


def write_chunk(folder: Path, tables: Mapping[str, pa.Table], *, key: bytes) -> Path:
    """Write `tables` as one chunk under `folder`; returns the chunk's folder.

    Written aside, synced and renamed, so a chunk that can be seen is whole. When the same
    rows were written before, that chunk is returned.
    """
    whole = {known_table(name): conform(name, rows) for name, rows in tables.items()}
    address = chunk_address(whole, key)
    final = folder / address
    if final.is_dir():
        return final
    aside = folder / f".{address}.{os.getpid()}.aside"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    with connect(threads=1) as connection:
        for name, rows in whole.items():
            _write(connection, aside / f"{name}.parquet", rows, chunk_key(key))
    sync(aside)
    try:
        aside.rename(final)
    except OSError:
        # Another worker finished the same chunk first; its content is the same.
        shutil.rmtree(aside)
        if not final.is_dir():
            raise
    sync(folder)
    return final


def read_chunk(chunk: Path, *, key: bytes) -> dict[str, pa.Table]:
    """The tables of one chunk; raises IntegrityError when it is damaged or not ours.

    Read by a connection of its own, because DuckDB shuts down the whole instance that
    meets some kinds of damage.
    """
    with connect(threads=1) as connection:
        return _read(connection, chunk, key)


def chunk_address(tables: Mapping[str, pa.Table], key: bytes) -> str:
    """The name of the chunk that holds `tables`: 40 hex digits of an HMAC-SHA-256."""
    seal = hmac.new(derive_key(key, "chunk-names"), digestmod=hashlib.sha256)
    for name in sorted(tables):
        for column, values in zip(tables[name].column_names, tables[name].columns, strict=True):
            # What lies under a null isn't defined, so nulls are told apart and left out.
            for part in (values.is_null().cast(pa.uint8()), values.drop_null()):
                content = _arrow_bytes(part)
                seal.update(f"{name}.{column}:{content.size}:".encode())
                seal.update(content)
    return seal.hexdigest()[:40]


def load_chunks(
    warehouse: Warehouse,
    chunks: Sequence[Path],
    *,
    key: bytes,
    batch_id: str,
    now: datetime,
    step: str = "load",
) -> LoadReport:
    """Merge all `chunks` in one transaction, together with their lines in the ledger.

    One MERGE a table over all chunks. Rows that break their table's contract are kept out
    (see `warehouse.contracts`). Loading again changes nothing. Raises IntegrityError when a
    chunk can't be opened with `key`; then nothing is loaded.
    """
    with warehouse.transaction():
        known = set(warehouse.query("loaded_chunks", batch_id=batch_id, step=step)[0].to_pylist())
        fresh = [each for each in dict.fromkeys(chunks) if each.name not in known]
        rows: dict[str, int] = {}
        for table, read in _tables(fresh, key).items():
            dated = _dated(table, read, now)
            admitted = admit(warehouse, table, dated, batch_id=batch_id, now=now)
            rows[table] = warehouse.merge(table, admitted)
        warehouse.merge("steps", _ledger_lines(fresh, batch_id=batch_id, step=step, now=now))
    return LoadReport(loaded=len(fresh), already=len(set(chunks)) - len(fresh), rows=rows)


def _dated(table: str, rows: pa.Table, now: datetime) -> pa.Table:
    """The rows with the moment at which their page came in, where their table keeps it.

    Each page has a moment nearly of its own, by its name: the few rows of one page are then
    found by the moment alone, in whatever table they are (see `warehouse.lineage`).
    """
    schema = table_schemas()[table]
    if not {"loaded_at", "page_id"} <= set(schema.names):
        return rows
    coded = rows["page_id"].combine_chunks().dictionary_encode()
    moments = pa.array(
        [now - _own_share(str(page)) for page in coded.dictionary.to_pylist()],
        schema.field("loaded_at").type,
    )
    bare = rows.drop_columns(["loaded_at"]) if "loaded_at" in rows.column_names else rows
    return bare.append_column("loaded_at", moments.take(coded.indices))


def _own_share(page_id: str) -> timedelta:
    """How long before the load's end a page is said to have come in."""
    return timedelta(microseconds=crc32(page_id.encode()) % _SPREAD)


def _arrow_bytes(values: pa.ChunkedArray[Any]) -> pa.Buffer:
    # Taking every row makes fresh, tight buffers, whatever slices the rows came in.
    tight = pa.table([values], names=["values"]).take(arrow.arange(0, len(values)))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, tight.schema) as stream:
        stream.write_table(tight.combine_chunks())
    return sink.getvalue()


def _write(connection: duckdb.DuckDBPyConnection, file: Path, rows: pa.Table, key: bytes) -> None:
    connection.register("rows", rows)
    connection.execute(
        f"COPY rows TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd, {_ENCRYPTED})",
        {"key": key},
    ).fetchall()
    connection.unregister("rows")
    sync(file)


def _tables(chunks: Sequence[Path], key: bytes) -> dict[str, pa.Table]:
    found: dict[str, list[pa.Table]] = {}
    with connect(threads=1) as connection:
        for chunk in chunks:
            for name, rows in _read(connection, chunk, key).items():
                found.setdefault(name, []).append(rows)
    return {name: pa.concat_tables(parts) for name, parts in found.items()}


def _read(connection: duckdb.DuckDBPyConnection, chunk: Path, key: bytes) -> dict[str, pa.Table]:
    tables: dict[str, pa.Table] = {}
    for file in sorted(chunk.glob("*.parquet")):
        try:
            tables[file.stem] = connection.execute(
                f"FROM read_parquet($file, {_ENCRYPTED_READ})",
                {"file": str(file), "key": chunk_key(key)},
            ).to_arrow_table()
        except duckdb.Error:
            raise _damaged(chunk.name) from None
    if not tables or chunk_address(tables, key) != chunk.name:
        raise _damaged(chunk.name)
    return tables


def _ledger_lines(chunks: Sequence[Path], *, batch_id: str, step: str, now: datetime) -> pa.Table:
    names = [each.name for each in chunks]
    same = len(names)
    return pa.table(
        {
            "batch_id": pa.array([batch_id] * same, pa.string()),
            "chunk_id": pa.array(names, pa.string()),
            "step": pa.array([step] * same, pa.string()),
            "state": pa.array(["done"] * same, pa.string()),
            "content_hash": pa.array(names, pa.string()),
            "recorded_at": pa.array([now] * same, pa.timestamp("us", tz="UTC")),
        }
    )


def _damaged(name: str) -> IntegrityError:
    return IntegrityError(
        "damaged_chunk",
        what="A chunk of readings is damaged or was written with another key",
        where=name,
        remedy="Remove this chunk's folder and run the batch again: its pages are read anew.",
    )
