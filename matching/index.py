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
import pyarrow as pa

from matching import store
from matching.columns import Column, array, pc
from matching.columns import table as table_of
from matching.frequencies import Frequencies, frequencies
from matching.index_known import load_known, write_known
from matching.index_tables import (
    TEXTS,
    add_texts,
    block_pieces,
    keep_texts,
    load_register,
    load_texts,
    make_texts,
    write_register,
)
from matching.intake import Intake, Register, rows_of
from matching.keys import register_keys
from matching.lock import writing
from matching.register_file import COLUMNS, RegisterReader, RowFault
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import duckdb

    from matching.encode import Ints
    from matching.keys import BlockSizes
    from matching.people import People
    from matching.register_query import Query

FILE_NAME = "register.duckdb"
#: Changes whenever the encoding or the keys change; an index of another version is refused.
VERSION = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """How many people the index holds now, how many were taken out, the rows set aside.

    `blocks` are the sizes of each family of keys.
    """

    rows: int
    deleted: int
    quarantined: tuple[RowFault, ...]
    blocks: Mapping[str, BlockSizes]


def build_index(
    sources: Sequence[Path | Query],
    index_dir: Path,
    *,
    key: bytes,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> BuildReport:
    """Build the index of a register from Parquet or CSV files or queries, replacing an older one.

    `key` has 32 bytes; rows marked as deleted are not taken. Raises InputError when a source
    can't be used at all, StoreInUseError when another process is writing this index.
    """
    say = progress or _silent
    rows = RegisterReader(sources)
    index_dir = Path(index_dir)
    index_dir.mkdir(parents=True, exist_ok=True)
    with writing(index_dir), _writing(index_dir, key=key, threads=threads) as connection:
        say("reading and encoding the register")
        taken = Intake()
        _take_in(connection, rows, taken)
        if not taken.arrived:
            raise _nobody(sources)
        say("sorting, and making the keys")
        register = taken.settled()
        blocks = _write_down(connection, register)
    say("done")
    return BuildReport(
        rows=len(register.people), deleted=0, quarantined=rows.quarantined, blocks=blocks
    )


def build_index_of(
    people: Iterable[pa.Table], index_dir: Path, *, key: bytes, threads: int = 2
) -> int:
    """Build the index of people who are known already; returns how many they are.

    `people` are tables of text with the columns of a register file, each `person_id` once
    and each `name` filled: nothing is set aside here. Raises as `build_index`.
    """
    index_dir = Path(index_dir)
    index_dir.mkdir(parents=True, exist_ok=True)
    with writing(index_dir), _writing(index_dir, key=key, threads=threads) as connection:
        taken = Intake()
        _take_in(connection, people, taken)
        register = taken.settled()
        _write_down(connection, register)
        return len(register.people)


def update_index(
    sources: Sequence[Path | Query],
    index_dir: Path,
    *,
    key: bytes,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> BuildReport:
    """Merge changed and new rows, by `person_id`, into an index, and take out the deleted ones.

    Rows that did not change are neither read nor encoded again. Raises as `build_index`,
    and InputError when there is no index.
    """
    say = progress or _silent
    say("reading the changes")
    changes = RegisterReader(sources)
    index_dir = Path(index_dir)
    with writing(index_dir):
        path = _existing(index_dir)
        with _writing(index_dir, key=key, threads=threads) as connection:
            store.attach_old(connection, path, key)
            _checked(connection, path, "old")
            with store.reading(str(path)):
                old = load_register(connection, "old")
            # What comes anew arrives behind everything that the index holds.
            taken = Intake(old.arrived)
            _take_in(connection, changes, taken)
            say("merging")
            kept, deleted = _unchanged(old, taken, changes)
            taken.keep(old, np.flatnonzero(kept))
            with store.reading(str(path)):
                keep_texts(connection, old.places[~kept])
            del old
            register = taken.settled()
            blocks = _write_down(connection, register)
    say("done")
    return BuildReport(
        rows=len(register.people), deleted=deleted, quarantined=changes.quarantined, blocks=blocks
    )


def _take_in(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[pa.Table], taken: Intake
) -> None:
    """Encode rows as they come; their texts go to the file at once."""
    make_texts(connection)
    for batch in rows:
        add_texts(connection, batch, taken.add(batch))


def _unchanged(old: Register, taken: Intake, changes: RegisterReader) -> tuple[Ints, int]:
    """Which rows of the old register stay, and how many of the others are deleted."""
    kept = np.ones(len(old.people), bool)
    gone = rows_of(changes.deleted, old.person_ids)
    gone = gone[gone >= 0]
    anew = rows_of(taken.person_ids(), old.person_ids)
    kept[anew[anew >= 0]] = False
    kept[gone] = False
    return kept, len(gone)


def _write_down(connection: duckdb.DuckDBPyConnection, register: Register) -> dict[str, BlockSizes]:
    blocks = write_register(connection, register)
    write_known(connection, frequencies(register.people))
    connection.execute(
        "CREATE TABLE idx.about AS SELECT ?::INTEGER AS version, ?::INTEGER AS arrived",
        [VERSION, register.arrived],
    )
    return blocks


def _silent(_: str) -> None:
    """No progress is wanted."""


def _nobody(sources: Sequence[Path | Query]) -> InputError:
    return InputError(
        "register_empty",
        what="Every row of the register is marked as deleted.",
        where=str(sources[0]),
        remedy="Give the rows of those who are there; deletions belong to `register update`.",
    )


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


def _checked(connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """Refuse an index of another version."""
    with store.reading(str(path)):
        row = connection.execute(f"SELECT version FROM {alias}.about").fetchone()  # noqa: S608 - a constant
    if row is None or row[0] != VERSION:
        raise InputError(
            "index_version",
            what="The register index was built by another version of this software.",
            where=str(path),
            remedy="Build it again with `backfill register build`.",
        )


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


class RegisterIndex:
    """An opened register; its arrays are in memory, its texts in the file or in memory.

    Use it as a context, or close it: the file stays attached, read-only, until then.
    """

    def __init__(self, register: Register, source: _File | _Passing) -> None:
        self._source = source
        self._warm: dict[str, Ints] = {}
        self._places = register.places
        self._streets = register.streets
        self._spouse_ids = register.spouse_ids
        self.people: People = register.people
        self.person_ids: Column = register.person_ids

    @classmethod
    def open(
        cls,
        index_dir: Path,
        *,
        key: bytes,
        threads: int = 2,
        rows: tuple[int, int] | None = None,
    ) -> RegisterIndex:
        """Open an index for reading; of a partition, the people from one row to another alone.

        Raises InputError when there is none or it is of another version, IntegrityError when
        the key does not fit, StoreInUseError when another process holds the file.
        """
        path = _existing(Path(index_dir))
        connection = store.attach(path, key=key, read_only=True, threads=threads)
        try:
            _checked(connection, path, store.ALIAS)
            with store.reading(str(path)):
                register = load_register(connection, store.ALIAS, rows)
                return cls(register, _File(connection, str(path)))
        except BaseException:
            connection.close()
            raise

    @classmethod
    def passing(cls, sources: Sequence[Path | Query]) -> tuple[RegisterIndex, tuple[RowFault, ...]]:
        """A register for one run, which stands in memory alone; and the rows set aside.

        Raises InputError when a source can't be used at all.
        """
        rows, taken, texts = RegisterReader(sources), Intake(), list[pa.Table]()
        for batch in rows:
            taken.add(batch)
            texts.append(batch)
        if not taken.arrived:
            raise _nobody(sources)
        register = taken.settled()
        return cls(register, _Passing(register.people, texts)), rows.quarantined

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

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
        return self._source.known()

    def streets(self, rows: Ints) -> list[str]:
        """The texts of the streets of these rows, all of which have one."""
        return [self._streets[key] for key in self.people.home.street[rows].tolist()]

    def pieces(self, family: str, asked: Ints | None = None) -> Iterable[Ints]:
        """The packed keys of one family (`keys.Keyed.packed`) in order, piece after piece.

        Those that nobody asks for may lack.
        """
        if family in self._warm:
            return [self._warm[family]]
        return self._source.pieces(family, asked)

    def block(self, family: str) -> Ints:
        """The packed keys of one family in one piece."""
        return np.concatenate([np.zeros(0, np.uint64), *self.pieces(family)])

    def warm(self, families: Sequence[str]) -> None:
        """Read what questions will need, before the first of them, and keep it in memory."""
        _ = self.known
        self._warm = {family: self.block(family) for family in families}

    def texts(self, rows: Ints) -> pa.Table:
        """The register's own texts of these rows, in this order: the columns of the register."""
        found = self._source.texts(self._places[rows])
        own = {"person_id": self.person_ids, "spouse_id": self._spouse_ids}
        columns = {name: pc.cast(ids.take(array(rows)), pa.string()) for name, ids in own.items()}
        return table_of(
            {name: columns[name] if name in columns else found[name] for name in COLUMNS}
        )


class _File:
    """What is read of an index file when somebody asks for it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: str) -> None:
        self._connection, self._path = connection, path
        self.close = connection.close

    def known(self) -> Frequencies:
        with store.reading(self._path):
            return load_known(self._connection)

    def pieces(self, family: str, _: Ints | None) -> Iterator[Ints]:
        with store.reading(self._path):
            yield from block_pieces(self._connection, family)

    def texts(self, places: Ints) -> pa.Table:
        with store.reading(self._path):
            return load_texts(self._connection, places)


class _Passing:
    """What a register in memory computes when somebody asks for it."""

    def __init__(self, people: People, texts: list[pa.Table]) -> None:
        self._people, self._texts = people, texts

    def close(self) -> None:
        self._texts.clear()

    def known(self) -> Frequencies:
        return frequencies(self._people)

    def pieces(self, family: str, asked: Ints | None) -> list[Ints]:
        return [register_keys(family, self._people, asked)]

    def texts(self, places: Ints) -> pa.Table:
        table = pa.concat_tables([batch.select(TEXTS) for batch in self._texts])
        taken: pa.Table = table.take(array(places))
        return taken
