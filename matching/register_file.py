"""Registers at the door: Parquet, CSV or a query, into batches of checked rows.

Rows that can't be used are set aside with file, line and reason; a source in which nothing
can be used is refused. No value of a row ever stands in a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from matching.columns import Column, array, nulls, pc, pq
from matching.columns import table as table_of
from matching.intake import INTEGER
from matching.letters import trimmed
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from matching.register_query import Query

REQUIRED = ("person_id", "name")
COLUMNS = (
    "person_id", "name", "sex", "birth_date", "id_number", "former_name", "address", "spouse_id",
)  # fmt: skip
#: A column of updates: rows that say yes here are taken out of the index.
DELETED = "deleted"
IDS = ("person_id", "spouse_id")
#: Rows that are looked at together: what is worked on stays in the cache.
BATCH = 1 << 16
_YES = ("1", "true", "yes", "y", "t", "是", "已删除", "已注销", "注销", "死亡注销")
_NO = ("0", "false", "no", "n", "f", "否")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """A row that was set aside: where it stands and why, never what it says."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRows:
    """Rows as a source gives them: text columns, ids as integers where all are; their lines."""

    columns: Mapping[str, Column]
    lines: np.ndarray
    faults: Sequence[RowFault] = ()


class RegisterReader:
    """Register sources as tables with the columns of `COLUMNS`, one batch after the other.

    Ids are integers in batches where all are. `deleted` and `quarantined` are what was found
    so far. Iterating raises InputError when a source is refused.
    """

    def __init__(self, sources: Sequence[Path | Query]) -> None:
        self._sources, self._faults, self._seen = sources, list[RowFault](), _Seen()
        self._deleted: list[Column] = []

    @property
    def quarantined(self) -> tuple[RowFault, ...]:
        """The rows that were set aside, by file and line."""
        return tuple(sorted(self._faults, key=lambda fault: (fault.file, fault.line)))

    @property
    def deleted(self) -> Column:
        """The ids, as text, of the rows that say that a person is to be taken out."""
        parts = [pc.cast(part, pa.string()) for part in self._deleted]
        return pa.chunked_array(parts, pa.string()).combine_chunks()

    def __iter__(self) -> Iterator[pa.Table]:
        if not self._sources:
            raise InputError("no_register_file", what="No register file was given.")
        for source in self._sources:
            used = 0
            for rows in _read(source):
                keep, gone, faults = _usable(rows, str(source), self._seen)
                self._faults += (*rows.faults, *faults)
                used += int(keep.sum()) + int(gone.sum())
                if gone.any():
                    self._deleted.append(rows.columns["person_id"].filter(array(gone)))
                if keep.any():
                    batch = table_of({name: rows.columns[name] for name in COLUMNS})
                    yield batch if keep.all() else batch.filter(array(keep))
            if not used:
                raise InputError(
                    "register_empty",
                    what="No row of the register file can be used.",
                    where=str(source),
                    remedy="Check its columns and its encoding (UTF-8 or GB18030).",
                )


class _Seen:
    """Which ids have come: sorted 64-bit numbers, in few pieces of growing size."""

    def __init__(self) -> None:
        self._pieces: list[np.ndarray] = []

    def has(self, ids: np.ndarray) -> np.ndarray:
        """Which of these, in order, have come."""
        found = np.zeros(len(ids), bool)
        for piece in self._pieces:
            at = np.minimum(np.searchsorted(piece, ids), len(piece) - 1)
            found |= piece[at] == ids
        return found

    def add(self, ids: np.ndarray) -> None:
        """Take note of these, in order; pieces of like size become one."""
        piece = ids
        while self._pieces and len(self._pieces[-1]) <= len(piece):
            piece = np.concatenate([self._pieces.pop(), piece])
            piece.sort()
        if len(piece):
            self._pieces.append(piece)


def _read(source: Path | Query) -> Iterator[SourceRows]:
    from matching.register_csv import read_csv  # noqa: PLC0415 - it is built on this module
    from matching.register_query import Query, read_query  # noqa: PLC0415 - the same

    if isinstance(source, Query):
        yield from read_query(source)
        return
    if not source.is_file():
        raise InputError(
            "register_missing",
            what="The register file does not exist.",
            where=str(source),
            remedy="Check the path.",
        )
    with source.open("rb") as handle:
        head = handle.read(4)
    yield from _read_parquet(source) if head == b"PAR1" else read_csv(source)


def refuse_columns(names: Iterable[str], source: str) -> None:
    """Raise InputError when a column that every register needs is not among the names."""
    missing = set(REQUIRED) - set(names)
    if missing:
        raise InputError(
            "register_columns",
            what=f"The register file lacks the columns: {', '.join(sorted(missing))}.",
            where=source,
            remedy=f"Expected columns: {', '.join(COLUMNS)}.",
        )


def _read_parquet(file: Path) -> Iterator[SourceRows]:
    try:
        # Buffering ahead would keep the whole file, compressed, in memory until the end.
        source = pq.ParquetFile(file, pre_buffer=False)
        names = source.schema_arrow.names
        refuse_columns(names, str(file))
        wanted = [name for name in (*COLUMNS, DELETED) if name in names]
        # Threads that decode columns beside each other cost half as much work again.
        batches = source.iter_batches(BATCH, columns=wanted, use_threads=False)
        yield from rows_of_batches(batches)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            "register_unreadable",
            what="The Parquet file is damaged.",
            where=str(file),
            remedy="Export it again.",
        ) from error


def rows_of_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[SourceRows]:
    """Rows of Arrow batches; lines are numbered from one."""
    line = 1
    for batch in batches:
        columns = {name: batch[name] for name in batch.schema.names}
        yield SourceRows(
            columns=checked(columns, batch.num_rows), lines=np.arange(line, line + batch.num_rows)
        )
        line += batch.num_rows


def checked(columns: Mapping[str, Column], rows: int) -> dict[str, Column]:
    """Every column of `COLUMNS`, and `deleted` where it is given, as `SourceRows` has them."""
    given = {
        name: columns[name] if name in columns else nulls(rows, pa.string()) for name in COLUMNS
    }
    if DELETED in columns:
        given[DELETED] = columns[DELETED]
    return {
        name: _as_id(column) if name in IDS else as_text(column) for name, column in given.items()
    }


def _as_id(column: Column) -> Column:
    if pa.types.is_integer(column.type):
        return pc.cast(column, pa.int64())
    text = as_text(column)
    if pc.all(pc.match_substring_regex(text, INTEGER)).as_py() is False:
        return text
    return pc.cast(text, pa.int64())


def as_text(column: Column) -> Column:
    """A column as trimmed text, null where nothing stands; 12.0 is the integer 12."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
        column = pc.cast(column, pa.int64(), safe=False)
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.date32())
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    text = trimmed(pc.cast(column, pa.string()))
    empty = pc.equal(text, "")
    return pc.if_else(empty, None, text) if pc.any(empty).as_py() else text


def _usable(
    rows: SourceRows, source: str, seen: _Seen
) -> tuple[np.ndarray, np.ndarray, list[RowFault]]:
    """Which rows say who lives, and which who is gone; faults of the others.

    A row needs an id of its own, and a name unless it says that somebody is gone; `seen`
    collects the ids.
    """
    gone, unclear = _gone(rows)
    given, named = (
        rows.columns[name].is_valid().to_numpy(zero_copy_only=False) for name in REQUIRED
    )
    able = np.flatnonzero(given & (named | gone) & ~unclear)
    ids = _numbers(rows.columns["person_id"].take(array(able)))
    doubled = np.zeros(len(given), bool)
    doubled[able] = _come_again(ids, seen)
    keep = np.zeros(len(given), bool)
    keep[able] = ~doubled[able]
    faults = []
    for at in np.flatnonzero(~keep).tolist():
        reason = _fault(given=given[at], unclear=unclear[at], doubled=doubled[at])
        faults.append(RowFault(file=source, line=int(rows.lines[at]), reason=reason))
    return keep & ~gone, keep & gone, faults


def _come_again(ids: np.ndarray, seen: _Seen) -> np.ndarray:
    """Which ids have come before, in this batch or an earlier one; `seen` takes note of all."""
    ordered = np.sort(ids)
    if (ordered[1:] != ordered[:-1]).all() and not seen.has(ordered).any():
        seen.add(ordered)
        return np.zeros(len(ids), bool)
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    first = np.append(True, ordered[1:] != ordered[:-1]) & ~seen.has(ordered)
    seen.add(ordered[first])
    again = np.ones(len(ids), bool)
    again[order[first]] = False
    return again


def _gone(rows: SourceRows) -> tuple[np.ndarray, np.ndarray]:
    """Which rows say that somebody is to be taken out, and which say neither yes nor no."""
    if DELETED not in rows.columns:
        return np.zeros(len(rows.lines), bool), np.zeros(len(rows.lines), bool)
    said = pc.utf8_lower(pc.fill_null(rows.columns[DELETED], "0"))
    yes, no = (
        pc.is_in(said, value_set=array(words)).to_numpy(zero_copy_only=False)
        for words in (_YES, _NO)
    )
    return yes, ~yes & ~no


def _numbers(ids: Column) -> np.ndarray:
    """Ids as 64-bit numbers: integers as they are, other texts by a hash."""
    if pa.types.is_integer(ids.type):
        values: np.ndarray = ids.to_numpy()
        return values
    numbers: np.ndarray = pd.util.hash_array(
        ids.to_numpy(zero_copy_only=False), categorize=False
    ).view(np.int64)
    whole = np.flatnonzero(pc.match_substring_regex(ids, INTEGER).to_numpy(zero_copy_only=False))
    numbers[whole] = pc.cast(ids.take(array(whole)), pa.int64()).to_numpy()
    return numbers


def _fault(*, given: bool, unclear: bool, doubled: bool) -> str:
    if not given:
        return "empty_person_id"
    if unclear:
        return "unclear_deletion"
    return "doubled_person_id" if doubled else "empty_name"
