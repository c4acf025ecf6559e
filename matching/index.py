"""The register index: an encrypted file of encoded people, built once for many batches.

The file holds the register's texts, their integer encoding, and the blocking keys as
sorted 64-bit numbers. It is written aside and renamed, so a crash leaves the index as it was.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from matching import store
from matching.columns import Column, Table, array, pc
from matching.frequencies import Frequencies, frequencies
from matching.index_tables import (
    count,
    keep_unchanged,
    load_block,
    load_ids,
    load_people,
    load_streets,
    load_texts,
    settle,
    take_in,
)
from matching.lock import writing
from matching.register_file import RegisterReader, RowFault
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb
    import pyarrow as pa

    from matching.encode import Ints
    from matching.people import People

FILE_NAME = "register.duckdb"
#: Changes whenever the encoding or the keys change; an index of another version is refused.
VERSION = 5
#: Texts of registers up to this size are kept in memory once somebody asks for one.
_MOST_TEXTS = 2_000_000


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
    rows = RegisterReader([Path(file) for file in files])
    index_dir = Path(index_dir)
    index_dir.mkdir(parents=True, exist_ok=True)
    with writing(index_dir), _writing(index_dir, key=key, threads=threads) as connection:
        say("reading and encoding the register")
        take_in(connection, rows)
        say("sorting, and making the keys")
        total = _finish(connection, integer_ids=rows.integer_ids)
    say("done")
    return BuildReport(rows=total, quarantined=rows.quarantined)


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
    changes = RegisterReader([Path(file) for file in files])
    index_dir = Path(index_dir)
    with writing(index_dir):
        path = _existing(index_dir)
        with store.attached(path, key=key, read_only=True, threads=threads) as connection:
            integer_ids = _checked(connection, path)
        with _writing(index_dir, key=key, threads=threads) as connection:
            take_in(connection, changes)
            say("merging")
            store.attach_old(connection, path, key)
            with store.reading(str(path)):
                keep_unchanged(connection)
            total = _finish(connection, integer_ids=integer_ids and changes.integer_ids)
    say("done")
    return BuildReport(rows=total, quarantined=changes.quarantined)


def _silent(_: str) -> None:
    """No progress is wanted."""


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


def _checked(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether ids are integers; an index of another version is refused."""
    with store.reading(str(path)):
        row = connection.execute("SELECT version, integer_ids FROM idx.about").fetchone()
    if row is None or row[0] != VERSION:
        raise InputError(
            "index_version",
            what="The register index was built by another version of this software.",
            where=str(path),
            remedy="Build it again with `backfill register build`.",
        )
    return bool(row[1])


@contextmanager
def _writing(index_dir: Path, *, key: bytes, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new file beside the index, which takes its place when the block ends well."""
    aside = index_dir / "writing"
    # What an earlier crash left behind is encrypted, and of no use.
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        written = aside / FILE_NAME
        with store.attached(written, key=key, read_only=False, threads=threads) as connection:
            yield connection
            store.close_file(connection)
        store.publish(written, index_dir / FILE_NAME)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _finish(connection: duckdb.DuckDBPyConnection, *, integer_ids: bool) -> int:
    settle(connection)
    connection.execute(
        "CREATE TABLE idx.about AS SELECT ?::INTEGER AS version, ?::BOOLEAN AS integer_ids",
        [VERSION, integer_ids],
    )
    return count(connection)


class RegisterIndex:
    """An opened register index; its arrays are in memory, the texts of large ones in the file.

    Use it as a context, or close it: the file stays attached, read-only, until then.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, *, path: Path, integer_ids: bool
    ) -> None:
        self._path = str(path)
        self._connection = connection
        self.people: People = load_people(connection)
        self.person_ids: Column = load_ids(connection, integer=integer_ids)
        self._streets = load_streets(connection)
        self._blocks: dict[str, Ints] = {}

    @classmethod
    def open(cls, index_dir: Path, *, key: bytes, threads: int = 2) -> RegisterIndex:
        """Open an index for reading.

        Raises InputError when there is none or it is of another version, IntegrityError when
        the key does not fit, StoreInUseError when another process holds the file.
        """
        path = _existing(Path(index_dir))
        connection = store.attach(path, key=key, read_only=True, threads=threads)
        try:
            integer_ids = _checked(connection, path)
            with store.reading(str(path)):
                return cls(connection, path=path, integer_ids=integer_ids)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.people)

    @property
    def id_type(self) -> pa.DataType:
        """The type that `person_id` had in the register."""
        kind: pa.DataType = self.person_ids.type
        return kind

    def ids_at(self, rows: Ints) -> Column:
        """`person_id` in its own type; null where the row is negative."""
        found = self.person_ids.take(array(np.where(rows < 0, 0, rows)))
        return pc.if_else(array(rows < 0), None, found)

    @cached_property
    def known(self) -> Frequencies:
        """The frequencies of names, dates, addresses and numbers in this register."""
        return frequencies(self.people)

    def streets(self, rows: Ints) -> list[str]:
        """The texts of the streets of these rows, all of which have one."""
        keys, texts = self._streets
        at = np.searchsorted(keys, self.people.home.street[rows])
        found: list[str] = texts.take(array(at)).to_pylist()
        return found

    def block(self, family: str) -> Ints:
        """The packed keys of one family (`keys.Keyed.packed`)."""
        if family not in self._blocks:
            with store.reading(self._path):
                self._blocks[family] = load_block(self._connection, family)
        return self._blocks[family]

    def texts(self, rows: Ints) -> pa.Table:
        """The register's own texts of these rows, in this order: the columns of the register."""
        if len(self) > _MOST_TEXTS:
            with store.reading(self._path):
                return load_texts(self._connection, rows)
        taken: pa.Table = self._texts.take(array(rows))
        return taken

    @cached_property
    def _texts(self) -> Table:
        # Read once and kept: a reader asks for a few rows many times over.
        with store.reading(self._path):
            return load_texts(self._connection, None)
