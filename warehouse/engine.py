"""DuckDB as this house runs it: encrypted, offline and with its spill files hidden.

Encryption on write needs OpenSSL, which DuckDB keeps in its `httpfs` extension; the
extension comes as a Python wheel and is loaded from its file, so nothing is fetched.
Its file systems are switched off again before the first statement.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from importlib.util import find_spec
from pathlib import Path

import duckdb

from records.errors import StoreError, UsageError

KEY_BYTES = 32

_REMOTE_FILE_SYSTEMS = "HTTPFileSystem,S3FileSystem,HuggingFaceFileSystem"


def derive_key(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose, from the home's key by HMAC-SHA-256.

    Each store gets a key of its own, so that two of them never share a nonce space.
    Raises UsageError when `key` hasn't 32 bytes.
    """
    if len(key) != KEY_BYTES:
        raise UsageError(
            "bad_key_length",
            what=f"The warehouse key has {len(key)} bytes instead of {KEY_BYTES}",
            remedy="Pass the home's key as `backfill` made it.",
        )
    return hmac.new(key, f"warehouse/{purpose}".encode(), hashlib.sha256).digest()


def database_key(key: bytes) -> str:
    """The key of the database file, as DuckDB takes it (Base64)."""
    return base64.b64encode(derive_key(key, "database")).decode("ascii")


def chunk_key(key: bytes) -> bytes:
    """The key of the Parquet chunks (AES-256)."""
    return derive_key(key, "chunks")


def connect(
    *, spill: Path | None = None, threads: int = 2, memory_limit: str = "2GB"
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that can write encrypted files and can't reach a network.

    `spill` is the folder for temporary files, which are encrypted too; without it
    nothing spills.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_persistent_secrets": False,
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(spill) if spill else "",
        },
    )
    connection.execute(f"LOAD {quoted(str(_extension_file()))}")
    connection.execute("SET temp_file_encryption = true")
    # It would be drawn on stdout, where results go.
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET disabled_filesystems = {quoted(_REMOTE_FILE_SYSTEMS)}")
    return connection


def quoted(text: str) -> str:
    """`text` as a literal of SQL, for the few places that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


def _extension_file() -> Path:
    found = find_spec("duckdb_extension_httpfs")
    roots = list(found.submodule_search_locations or ()) if found else []
    for root in roots:
        file = Path(root) / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
        if file.is_file():
            return file
    raise StoreError(
        "encryption_missing",
        what=f"DuckDB {duckdb.__version__} has no OpenSSL extension beside it",
        where="duckdb-extension-httpfs",
        remedy="Install the pinned requirements again: ./run sets them up.",
    )
