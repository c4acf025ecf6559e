"""The warehouse: one encrypted DuckDB file, one process, and the doors into it.

Rows come in as Arrow tables by `append` and `merge`, and go out by named queries. What
the tables mean stands in `migrations/`, what is asked of them in `queries/`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock, RLock
from typing import TYPE_CHECKING, Self

import duckdb

from records.errors import BackfillError, InputError, IntegrityError, StoreError
from warehouse import migrate, queries
from warehouse.engine import connect, database_key, quoted
from warehouse.lock import HeldLock, in_use, lock_beside
from warehouse.tables import ABOUT_PAGES, CONCLUDED, TABLE_KEYS, known_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa

#: What a statement may be given as a bound parameter.
Param = str | int | float | bytes | datetime | Sequence[str] | Sequence[float] | None

_ALIAS = "warehouse"
_MAGIC = slice(8, 12)
#: A log that long is never reached.
_NEVER = "1024 TiB"
#: Faults of our own statements: their texts hold SQL, never a value, and are shown whole.
_OUR_FAULTS = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.SyntaxException,
)


class Warehouse:
    """An open warehouse; use it as a context manager.

    Safe to call from several threads, which then wait for each other.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, key: bytes, lock: HeldLock | None
    ) -> None:
        self._connection = connection
        self._lock = lock
        self._guard = RLock()
        self._resting = Lock()
        self._depth = 0
        self.key = key
        self.path = path

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        key: bytes,
        now: datetime,
        create: bool = False,
        read_only: bool = False,
        holder: str = "backfill",
    ) -> Self:
        """Open the warehouse at `path` and bring its schema up to date.

        `key` is the home's 32-byte key; `now` dates the migrations that are applied.
        `read_only` is for published snapshots, which many processes may read at once;
        `holder` is what others are told of this process meanwhile.
        Raises StoreInUseError when another process has it, IntegrityError for a wrong
        key or a damaged file, InputError when there is none and `create` is false.
        """
        if not create and not path.is_file():
            raise InputError(
                "no_warehouse",
                what="There is no warehouse here",
                where=path.name,
                remedy="Name the right home, or take in a first batch with `backfill`.",
            )
        lock = None if read_only else _locked(path, holder=holder, now=now)
        spill = path.parent / f"{path.name}.spill"
        connection = connect(spill=spill)
        try:
            if not path.exists():
                _found(connection, path, key)
            attach(connection, path, _ALIAS, key, read_only=read_only)
            connection.execute(f"USE {_ALIAS}")
            if not read_only:
                migrate.migrate(connection, migrate.shipped(), now=now, where=path.name)
        except (duckdb.IOException, OSError) as error:
            connection.close()
            if lock:
                lock.release()
            raise _store_fault(error, "open", path) from None
        except BaseException:
            connection.close()
            if lock:
                lock.release()
            raise
        return cls(connection, path, key, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write everything into the one file and let the next process in."""
        with self._guard:
            self._connection.close()
            if self._lock:
                self._lock.release()
                self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for what is done inside; a transaction within one joins it."""
        with self._guard:
            if not self._depth:
                self._run("BEGIN", "begin")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if not self._depth:
                    with suppress(duckdb.Error):
                        self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if not self._depth:
                self._run("COMMIT", "commit")

    def append(self, table: str, rows: pa.Table) -> int:
        """Add `rows` to `table` by column name; returns how many rows were added."""
        return self._insert(f"INSERT INTO {known_table(table)} BY NAME FROM incoming", table, rows)

    def merge(self, table: str, rows: pa.Table, key_columns: Sequence[str] | None = None) -> int:
        """Add those rows of `rows` whose key isn't in `table` yet; returns their number.

        `key_columns` is the table's own key when not given. Rows that share a key among
        themselves count once. Doing it again changes nothing.
        """
        keys = _keys(table, key_columns)
        with self._incoming(rows):
            # Ordering whole rows by their keys costs three times the merge: only where it must.
            once = _count(self._run(_distinct(keys), table))
            repeated = once < rows.num_rows
            statement = merge_statement(table, "FROM incoming", keys, repeated=repeated)
            return _count(self._run(statement, table))

    def merge_select(
        self, table: str, select: str, params: Mapping[str, Param] | None = None
    ) -> int:
        """As `merge`, with the rows made by the SQL `select` inside the warehouse."""
        statement = merge_statement(table, select, _keys(table, None), repeated=True)
        return _count(self._run(statement, f"merge {table}", params))

    def merge_query(self, table: str, name: str, **params: Param) -> int:
        """As `merge`, with the rows made by the query called `name`."""
        return self.merge_select(table, queries.query_text(name), params)

    def conclude(
        self, table: str, rows: pa.Table, *, within: str, now: datetime, **params: Param
    ) -> int:
        """Let exactly `rows` stand of what `table` holds where `within` is true.

        What stands already is left, what is new or says something else is added, and what is
        no longer among `rows` is withdrawn by a row of its own. Gives the rows added; doing it
        again adds none. `within` is SQL over the table's columns and true of all `rows`.
        """
        statement = conclude_statement(table, rows.column_names, within)
        with self._incoming(rows):
            return _count(self._run(statement, f"conclude {table}", {**params, "now": now}))

    def query(self, name: str, **params: Param) -> pa.Table:
        """The result of the query called `name` in `queries/`."""
        return self._run(queries.query_text(name), name, params)

    def select(self, sql: str, **params: Param) -> pa.Table:
        """The result of SQL made by a builder, or of an analyst's own on a snapshot."""
        return self._run(sql, "select", params)

    def ask(self, sql: str, rows: pa.Table, *, name: str, **params: Param) -> pa.Table:
        """The result of `sql` over `rows`, which it knows as `incoming`."""
        with self._incoming(rows):
            return self._run(sql, name, params)

    def query_about(self, name: str, rows: pa.Table, **params: Param) -> pa.Table:
        """The result of the query called `name` over `rows`, which it knows as `incoming`."""
        return self.ask(queries.query_text(name), rows, name=name, **params)

    @contextmanager
    def holding(self, table: str, name: str, **params: Param) -> Iterator[None]:
        """Keep the result of the query called `name` as `table` for the block.

        What memory doesn't hold is spilled encrypted, as all of the engine's work.
        """
        statement = f"CREATE OR REPLACE TEMP TABLE {table} AS {queries.query_text(name)}"
        with self._guard:
            self._run(statement, name, params)
            try:
                yield
            finally:
                with suppress(duckdb.Error):
                    self._connection.execute(f"DROP TABLE {table}")

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a table's rows."""
        return self._run(f"FROM {known_table(table)} LIMIT 0", table).schema

    @contextmanager
    def at_rest(self) -> Iterator[Mapping[str, int]]:
        """Hold the database file as it is now, for copying it; gives the rows of each table.

        Others may go on writing: what they commit stays in the log beside the file until
        the block ends, and what they write ahead goes where the file holds nothing.
        """
        with self._resting:
            with self._guard:
                self._run(f"CHECKPOINT {_ALIAS}", "checkpoint")
                limit = self._run("SELECT current_setting('checkpoint_threshold')", "setting")
                self._run(f"SET checkpoint_threshold = {quoted(_NEVER)}", "setting")
                counts = {name: self._rows(name) for name in TABLE_KEYS}
            try:
                yield counts
            finally:
                self._run(f"SET checkpoint_threshold = {quoted(limit[0][0].as_py())}", "setting")

    def _rows(self, table: str) -> int:
        return _count(self._run(f"FROM {known_table(table)} SELECT count(*)", table))

    def _insert(self, statement: str, table: str, rows: pa.Table) -> int:
        with self._incoming(rows):
            return _count(self._run(statement, table))

    @contextmanager
    def _incoming(self, rows: pa.Table) -> Iterator[None]:
        with self._guard:
            self._connection.register("incoming", rows)
            try:
                yield
            finally:
                with suppress(duckdb.Error):
                    self._connection.unregister("incoming")

    def _run(self, sql: str, name: str, params: Mapping[str, Param] | None = None) -> pa.Table:
        """Run one statement and read its result whole: an unread result is lost to the next."""
        with self._guard:
            try:
                return self._connection.execute(sql, dict(params or {})).to_arrow_table()
            except _OUR_FAULTS:
                raise
            except duckdb.Error as error:
                # DuckDB quotes values in its texts, so neither text nor cause goes further.
                raise _store_fault(error, name, self.path) from None


def _locked(path: Path, *, holder: str, now: datetime) -> HeldLock:
    """The lock beside the warehouse; raises StoreError where nothing can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return lock_beside(path, holder=holder, now=now)
    except OSError as error:
        raise _store_fault(error, "open", path) from None


def merge_statement(table: str, select: str, keys: Sequence[str], *, repeated: bool) -> str:
    """The MERGE that adds the rows of `select` whose key is new to `table`.

    `repeated` says that rows of `select` may share a key; one of them is taken then.
    """
    # Only a turn may be null; comparing long names so as well would make loading slower.
    matched = " AND ".join(
        f"held.{key} {'IS NOT DISTINCT FROM' if key == 'turn' else '='} new.{key}" for key in keys
    )
    first = f"QUALIFY row_number() OVER (PARTITION BY {', '.join(keys)}) = 1" if repeated else ""
    return (
        f"MERGE INTO {known_table(table)} AS held USING ("
        f"FROM ({_placed(table, select)}) {first}"
        f") AS new ON {matched} WHEN NOT MATCHED THEN INSERT BY NAME"
    )


def _distinct(keys: Sequence[str]) -> str:
    columns = ", ".join(keys)
    return f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM incoming)"  # noqa: S608 - names from TABLE_KEYS


def _keys(table: str, named: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(named or TABLE_KEYS[known_table(table)])


def conclude_statement(table: str, columns: Sequence[str], within: str) -> str:
    """The INSERT that makes the rows of `incoming` stand, and withdraws the others."""
    moment = CONCLUDED[table]
    keys = tuple(key for key in TABLE_KEYS[table] if key != "turn")
    both = " AND ".join(f"held.{key} = new.{key}" for key in keys)
    same = " AND ".join(f"held.{name} IS NOT DISTINCT FROM new.{name}" for name in columns)
    return (
        f"INSERT INTO {table} BY NAME "  # noqa: S608 - names from TABLE_KEYS and of columns
        f"WITH new AS MATERIALIZED ({_placed(table, 'FROM incoming')}), "
        "held AS MATERIALIZED (SELECT * REPLACE (coalesce(stands, true) AS stands, "
        f"coalesce(turn, 1) AS turn) FROM {table} WHERE {within} QUALIFY row_number() OVER ("
        f"PARTITION BY {', '.join(keys)} ORDER BY turn DESC NULLS LAST) = 1) "
        f"SELECT new.*, $now AS {moment}, true AS stands, coalesce(held.turn, 0) + 1 AS turn "
        f"FROM new LEFT JOIN held ON {both} WHERE NOT coalesce(held.stands AND {same}, false) "
        f"UNION ALL BY NAME SELECT held.* REPLACE ($now AS {moment}, false AS stands, "
        f"held.turn + 1 AS turn) FROM held ANTI JOIN new ON {both} WHERE held.stands"
    )


def _placed(table: str, select: str) -> str:
    """The rows of `select` with the moment at which their page was loaded, where they bear it."""
    about = ABOUT_PAGES.get(table)
    if about is None:
        return select
    return (
        "SELECT bare.*, paper.loaded_at FROM ("  # noqa: S608 - a name from ABOUT_PAGES
        f"SELECT COLUMNS(lambda name: name <> 'loaded_at') FROM ({select})) AS bare "
        f"LEFT JOIN pages AS paper ON paper.page_id = split_part(bare.{about}, '/', 1)"
    )


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _found(connection: duckdb.DuckDBPyConnection, path: Path, key: bytes) -> None:
    """Make an empty encrypted file at `path` in one step, so that no crash leaves half of one."""
    aside = path.with_name(f".{path.name}.aside")
    aside.unlink(missing_ok=True)
    attach(connection, aside, "aside", key, read_only=False)
    connection.execute("DETACH aside")
    aside.chmod(0o600)
    sync(aside)
    aside.rename(path)
    sync(path.parent)


def attach(
    connection: duckdb.DuckDBPyConnection, path: Path, alias: str, key: bytes, *, read_only: bool
) -> None:
    """Attach an encrypted database; raises IntegrityError for a wrong key or a damaged file."""
    # The key is bound, not written: statements may be logged, parameters aren't.
    mode = ", READ_ONLY" if read_only else ""
    statement = f"ATTACH {quoted(str(path))} AS {alias} (ENCRYPTION_KEY $key{mode})"
    try:
        connection.execute(statement, {"key": database_key(key)})
    except duckdb.Error as error:
        raise _attach_fault(error, path) from None
    encrypted = connection.execute(
        "SELECT encrypted FROM duckdb_databases() WHERE database_name = $alias", {"alias": alias}
    ).fetchone()
    if encrypted != (True,):
        raise IntegrityError(
            "not_encrypted",
            what="The warehouse is not encrypted",
            where=path.name,
            remedy="Don't use this file: it was not made by this software.",
        )


def _attach_fault(error: duckdb.Error, path: Path) -> BackfillError:
    if isinstance(error, duckdb.InvalidInputException):
        return IntegrityError(
            "wrong_key",
            what="The key does not open this warehouse",
            where=path.name,
            remedy="Use the key of the home that this file belongs to.",
        )
    if isinstance(error, duckdb.IOException) and _has_magic(path):
        return in_use(path, "")
    return IntegrityError(
        "not_a_warehouse",
        what="The file is damaged or is not an encrypted warehouse",
        where=path.name,
        remedy="Restore it from the last good copy.",
    )


def _has_magic(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return file.read(_MAGIC.stop)[_MAGIC] == b"DUCK"
    return False


def _store_fault(error: duckdb.Error | OSError, name: str, path: Path) -> StoreError:
    remedy = "See the disk's free space and the file's rights, then run the step again."
    if isinstance(error, duckdb.OutOfMemoryException):
        remedy = "Give the warehouse more memory or load smaller chunks."
    return StoreError(
        "store_failed",
        what=f"The warehouse could not do {name!r} ({type(error).__name__})",
        where=path.name,
        remedy=remedy,
    )


def _count(result: pa.Table) -> int:
    return int(result.column(0)[0].as_py())
