"""The one edge where the register index touches DuckDB: an encrypted file.

The key is bound as a parameter of `ATTACH`, never written into a statement, because
statements are logged. Attaching a missing file without a key would silently make a
plain database, so every attachment is checked in `duckdb_databases()`.
"""

from __future__ import annotations

import base64
import os
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from matching.lock import held_elsewhere, in_use
from records.errors import IntegrityError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

ALIAS = "idx"
KEY_BYTES = 32


def _extension() -> Path:
    # DuckDB writes encrypted files only with the cipher of this extension, which the wheel brings.
    home = Path(str(files("duckdb_extension_httpfs"))) / "extensions"
    return home / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"


def connect(*, threads: int, spill: Path | None) -> duckdb.DuckDBPyConnection:
    """A connection in memory that fetches nothing from outside and encrypts what it spills."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(spill) if spill else "",
            # Beyond this it spills, or reads the file again; the arrays need the rest.
            "memory_limit": "1GB",
        },
    )
    connection.execute("SET temp_file_encryption = true")
    # Its bar would stand on stdout, among the results.
    connection.execute("SET enable_progress_bar = false")
    # Choosing a compression for a column costs more than making its integers.
    connection.execute("SET force_compression = 'uncompressed'")
    connection.load_extension(str(_extension()))
    return connection


def _statement(path: Path, alias: str, *, read_only: bool) -> str:
    quoted = str(path).replace("'", "''")
    mode = "READ_ONLY, " if read_only else ""
    return f"ATTACH '{quoted}' AS {alias} ({mode}ENCRYPTION_KEY ?)"


def _assert_encrypted(connection: duckdb.DuckDBPyConnection, alias: str) -> None:
    row = connection.execute(
        "SELECT encrypted FROM duckdb_databases() WHERE database_name = ?", [alias]
    ).fetchone()
    if row is None or row[0] is not True:
        raise StoreError(
            "index_not_encrypted",
            what="The register index would be written in plain.",
            remedy="Reinstall duckdb and duckdb-extension-httpfs in the same version.",
        )


def attach(
    path: Path, *, key: bytes, read_only: bool, threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """A connection with the encrypted file attached as `idx`; whoever asks for it closes it.

    Raises UsageError when the key has not 32 bytes, StoreInUseError when another process holds
    the file, IntegrityError when it can't be opened with this key.
    """
    if len(key) != KEY_BYTES:
        raise UsageError(
            "key_length",
            what=f"The key of a register index has {KEY_BYTES} bytes.",
            remedy="Give the key file that was made when the index was built.",
        )
    connection = connect(threads=threads, spill=None if read_only else path.parent)
    try:
        _attach(connection, path, key, ALIAS, read_only=read_only)
        _assert_encrypted(connection, ALIAS)
    except BaseException:
        connection.close()
        raise
    return connection


def attach_old(connection: duckdb.DuckDBPyConnection, path: Path, key: bytes) -> None:
    """Attach the index that stands, as `old`, beside the one that is being written."""
    _attach(connection, path, key, "old", read_only=True)


def _attach(
    connection: duckdb.DuckDBPyConnection, path: Path, key: bytes, alias: str, *, read_only: bool
) -> None:
    secret = base64.b64encode(key).decode("ascii")
    try:
        connection.execute(_statement(path, alias, read_only=read_only), [secret])
    except duckdb.Error as error:
        if path.exists() and held_elsewhere(path):
            raise in_use(path) from error
        raise IntegrityError(
            "index_unreadable",
            what="The register index does not open: another key, or a damaged file.",
            where=str(path),
            remedy="Give the key it was built with, or build the index again.",
        ) from error


@contextmanager
def attached(
    path: Path, *, key: bytes, read_only: bool, threads: int = 2
) -> Iterator[duckdb.DuckDBPyConnection]:
    """`attach` for the length of a block."""
    connection = attach(path, key=key, read_only=read_only, threads=threads)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn what DuckDB finds wrong with a file that did open into an IntegrityError."""
    try:
        yield
    except duckdb.Error as error:
        raise IntegrityError(
            "index_damaged",
            what="The register index is damaged.",
            where=path,
            remedy="Build it again with `backfill register build`.",
        ) from error


def close_file(connection: duckdb.DuckDBPyConnection) -> None:
    """Fold the write-ahead log into the file, so that one file holds everything."""
    connection.execute(f"CHECKPOINT {ALIAS}")
    connection.execute(f"DETACH {ALIAS}")


def publish(written: Path, final: Path) -> None:
    """Make the finished file the index in one step that survives a crash."""
    with written.open("rb") as handle:
        os.fsync(handle.fileno())
    written.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
