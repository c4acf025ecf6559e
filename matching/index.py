"""The register index: an encrypted file of encoded people, built once for many batches.

The file holds the register's texts, their integer encoding, and the blocking keys as
sorted 64-bit arrays. It is written aside and renamed, so a crash leaves the index as it was.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa

from matching import store
from matching.columns import Column, Table, array, pc
from matching.columns import table as table_of
from matching.frequencies import Frequencies, frequencies
from matching.keys import Keyed, register_keys
from matching.lock import writing
from matching.people import People, encode_rows, people_of, spouse_rows
from matching.register_file import COLUMNS, RegisterRows, RowFault, read_register
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from matching.encode import Ints

FILE_NAME = "register.duckdb"
#: Changes whenever the encoding or the keys change; an index of another version is refused.
VERSION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """How many people the index holds now, and the rows that were set aside."""

    rows: int
    quarantined: tuple[RowFault, ...]


def build_index(
    files: Sequence[Path],
    index_dir: Path,
    *,
    key: bytes,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> BuildReport:
    """Build the index of a register from Parquet or CSV files, replacing an older one.

    `key` has 32 bytes. Raises InputError when a file can't be used at all, StoreInUseError
    when another process is writing this index.
    """
    say = progress or _silent
    say("reading the register")
    rows = read_register([Path(file) for file in files])
    index_dir = Path(index_dir)
    index_dir.mkdir(parents=True, exist_ok=True)
    say("encoding")
    encoded = _encoded(rows.table)
    with writing(index_dir):
        _write(index_dir, _sorted(encoded), integer_ids=rows.integer_ids, key=key, threads=threads)
    say("done")
    return BuildReport(rows=encoded.num_rows, quarantined=rows.quarantined)


def update_index(
    files: Sequence[Path],
    index_dir: Path,
    *,
    key: bytes,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> BuildReport:
    """Merge changed and new rows, by `person_id`, into an index that exists.

    Rows that did not change are neither read nor encoded again. Raises as `build_index`,
    and InputError when there is no index.
    """
    say = progress or _silent
    say("reading the changes")
    changes: RegisterRows = read_register([Path(file) for file in files])
    index_dir = Path(index_dir)
    with writing(index_dir):
        path = _existing(index_dir)
        with (
            store.attached(path, key=key, read_only=True, threads=threads) as connection,
            store.reading(str(path)),
        ):
            integer_ids = _integer_ids(connection, path)
            everybody = connection.execute("SELECT * FROM idx.people ORDER BY row")
            people = everybody.to_arrow_table()
        say("merging")
        changed = pc.is_in(people["person_id"], value_set=changes.table["person_id"])
        kept = people.filter(pc.invert(changed)).drop_columns(["row"])
        merged = _sorted(pa.concat_tables([kept, _encoded(changes.table).cast(kept.schema)]))
        integer_ids = integer_ids and changes.integer_ids
        _write(index_dir, merged, integer_ids=integer_ids, key=key, threads=threads)
    say("done")
    return BuildReport(rows=merged.num_rows, quarantined=changes.quarantined)


def _silent(_: str) -> None:
    """No progress is wanted."""


def _encoded(table: pa.Table) -> pa.Table:
    columns = {name: table[name] for name in COLUMNS}
    return table_of({**columns, **encode_rows(table.combine_chunks())})


def _sorted(table: pa.Table) -> pa.Table:
    # One order, whatever the order of arrival: an updated index equals one built anew.
    return table.take(pc.sort_indices(table["person_id"])).combine_chunks()


def _existing(index_dir: Path) -> Path:
    path = Path(index_dir) / FILE_NAME
    if not path.is_file():
        raise InputError(
            "index_missing",
            what="There is no register index here.",
            where=str(index_dir),
            remedy="Build it with `backfill register build`.",
        )
    return path


def _integer_ids(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    row = connection.execute("SELECT version, integer_ids FROM idx.about").fetchone()
    if row is None or row[0] != VERSION:
        raise InputError(
            "index_version",
            what="The register index was built by another version of this software.",
            where=str(path),
            remedy="Build it again with `backfill register build`.",
        )
    return bool(row[1])


def _write(
    index_dir: Path, people: pa.Table, *, integer_ids: bool, key: bytes, threads: int
) -> None:
    blocks = register_keys(_people(people))
    aside = index_dir / "writing"
    # What an earlier crash left behind is encrypted, and of no use.
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    written = aside / FILE_NAME
    numbered = people.add_column(0, "row", array(np.arange(people.num_rows, dtype=np.int32)))
    with store.attached(written, key=key, read_only=False, threads=threads) as connection:
        connection.register("people_in", numbered)
        connection.execute("CREATE TABLE idx.people AS SELECT * FROM people_in")
        for family, block in blocks.items():
            # A table for each, so that reading one family does not decipher the others.
            connection.execute(
                f"CREATE TABLE idx.block_{family} AS SELECT ?::BLOB AS keys, ?::BLOB AS rows",
                [block.keys.tobytes(), block.rows.tobytes()],
            )
        connection.execute(
            "CREATE TABLE idx.about AS SELECT ?::INTEGER AS version, ?::BOOLEAN AS integer_ids",
            [VERSION, integer_ids],
        )
        connection.unregister("people_in")
        store.close_file(connection)
    store.publish(written, index_dir / FILE_NAME)
    shutil.rmtree(aside, ignore_errors=True)


def _people(table: pa.Table) -> People:
    columns = {
        name: table[name].to_numpy()
        for name in table.column_names
        if name not in (*COLUMNS, "number_chars", "home_text", "sex", "row")
    }
    columns["sex"] = table["sex_code"].to_numpy()
    ids = table["person_id"].combine_chunks()
    spouse = spouse_rows(ids, table["spouse_id"].combine_chunks())
    return people_of(columns, table["number_chars"], spouse)


class RegisterIndex:
    """An opened register index; its arrays are in memory, its texts stay in the file.

    Use it as a context, or close it: the file stays attached, read-only, until then.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        encoded: pa.Table,
        *,
        path: Path,
        integer_ids: bool,
    ) -> None:
        self._path = str(path)
        self._connection = connection
        self.people = _people(encoded)
        self.person_ids: Column = encoded["person_id"].combine_chunks()
        self.integer_ids = integer_ids
        self._streets: Column = encoded["home_text"].combine_chunks()
        self._blocks: dict[str, Keyed] = {}

    @classmethod
    def open(cls, index_dir: Path, *, key: bytes, threads: int = 2) -> RegisterIndex:
        """Open an index for reading.

        Raises InputError when there is none or it is of another version, IntegrityError when
        the key does not fit, StoreInUseError when another process holds the file.
        """
        path = _existing(Path(index_dir))
        connection = store.attach(path, key=key, read_only=True, threads=threads)
        try:
            with store.reading(str(path)):
                integer_ids = _integer_ids(connection, path)
                encoded = connection.execute(
                    "SELECT * EXCLUDE (name, sex, birth_date, id_number, former_name, address) "
                    "FROM idx.people ORDER BY row"
                ).to_arrow_table()
        except BaseException:
            connection.close()
            raise
        return cls(connection, encoded, path=path, integer_ids=integer_ids)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def id_type(self) -> pa.DataType:
        """The type that `person_id` had in the register."""
        return pa.int64() if self.integer_ids else pa.string()

    def ids_at(self, rows: Ints) -> Column:
        """`person_id` in its own type; null where the row is negative."""
        found = self.person_ids.take(array(np.where(rows < 0, 0, rows)))
        return pc.cast(pc.if_else(array(rows < 0), None, found), self.id_type)

    @cached_property
    def known(self) -> Frequencies:
        """The frequencies of names, dates, addresses and numbers in this register."""
        return frequencies(self.people)

    def streets(self, rows: Ints) -> list[str]:
        """The texts of the streets of these rows."""
        texts: list[str] = self._streets.take(array(rows)).to_pylist()
        return texts

    def block(self, family: str) -> Keyed:
        """The sorted keys of one family with the rows that bear them."""
        if family not in self._blocks:
            with store.reading(self._path):
                row = self._connection.execute(
                    f"SELECT keys, rows FROM idx.block_{family}"  # noqa: S608 - a constant's name
                ).fetchone()
            keys, rows = row or (b"", b"")
            self._blocks[family] = Keyed(
                keys=np.frombuffer(keys, np.uint64), rows=np.frombuffer(rows, np.int32)
            )
        return self._blocks[family]

    def texts(self, rows: Ints) -> pa.Table:
        """The register's own texts of these rows, in this order: the columns of the register."""
        taken: pa.Table = self._texts.take(array(rows))
        return taken

    @cached_property
    def _texts(self) -> Table:
        # Read once and kept: a reader asks for a few rows many times over.
        with store.reading(self._path):
            return self._connection.execute(
                f"SELECT {', '.join(COLUMNS)} FROM idx.people ORDER BY row"  # noqa: S608 - constants
            ).to_arrow_table()
