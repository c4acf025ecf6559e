"""Register files at the door: Parquet or CSV, UTF-8 or GB18030, into one table of text.

Rows that can't be used are set aside with file, line and reason; a file in which nothing
can be used is refused. No value of a row ever stands in a message.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from matching.columns import Column, array, chunked, nulls, pc, pq, whole
from matching.columns import table as table_of
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

REQUIRED = ("person_id", "name")
COLUMNS = (
    "person_id", "name", "sex", "birth_date", "id_number", "former_name", "address", "spouse_id",
)  # fmt: skip
_LONGEST_RECORD = 5
_FOLD_AT = 50_000
_BATCH = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """A row that was set aside: where it stands and why, never what it says."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileRows:
    columns: dict[str, Column]
    lines: np.ndarray
    faults: list[RowFault]
    integer_ids: bool


class RegisterReader:
    """Register files as tables with the columns of `COLUMNS`, one batch after the other.

    `integer_ids` and `quarantined` are what was found so far. Iterating raises InputError
    when a file is refused.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.integer_ids = True
        self._files, self._faults, self._seen = files, list[RowFault](), _Seen()

    @property
    def quarantined(self) -> tuple[RowFault, ...]:
        """The rows that were set aside, by file and line."""
        return tuple(sorted(self._faults, key=lambda fault: (fault.file, fault.line)))

    def __iter__(self) -> Iterator[pa.Table]:
        if not self._files:
            raise InputError("no_register_file", what="No register file was given.")
        for file in self._files:
            used = 0
            for rows in _read_file(file):
                keep, faults = _usable(rows, file, self._seen)
                self._faults += rows.faults + faults
                self.integer_ids &= rows.integer_ids
                used += int(keep.sum())
                if keep.any():
                    yield table_of(rows.columns).filter(array(keep))
            if not used:
                raise InputError(
                    "register_empty",
                    what="No row of the register file can be used.",
                    where=str(file),
                    remedy="Check its columns and its encoding (UTF-8 or GB18030).",
                )


class _Seen:
    """Which ids have come, as sorted 64-bit hashes: twenty million in 160 MB."""

    def __init__(self) -> None:
        self._hashes = np.zeros(0, np.uint64)

    def has(self, hashes: np.ndarray) -> np.ndarray:
        """Which of these have come."""
        at = np.minimum(np.searchsorted(self._hashes, hashes), max(len(self._hashes) - 1, 0))
        return self._hashes[at] == hashes if len(self._hashes) else np.zeros(len(hashes), bool)

    def add(self, hashes: np.ndarray) -> None:
        """Take note of these."""
        self._hashes = np.sort(np.concatenate([self._hashes, hashes]))


def _read_file(file: Path) -> Iterator[_FileRows]:
    if not file.is_file():
        raise InputError(
            "register_missing",
            what="The register file does not exist.",
            where=str(file),
            remedy="Check the path.",
        )
    with file.open("rb") as handle:
        head = handle.read(4)
    if head == b"PAR1":
        yield from _read_parquet(file)
    else:
        yield _read_csv(file)


def _refuse_columns(file: Path, missing: Iterable[str]) -> InputError:
    return InputError(
        "register_columns",
        what=f"The register file lacks the columns: {', '.join(sorted(missing))}.",
        where=str(file),
        remedy=f"Expected columns: {', '.join(COLUMNS)}.",
    )


def _read_parquet(file: Path) -> Iterator[_FileRows]:
    line = 1
    try:
        source = pq.ParquetFile(file)
        names = source.schema_arrow.names
        missing = set(REQUIRED) - set(names)
        if missing:
            raise _refuse_columns(file, missing)
        integer_ids = pa.types.is_integer(source.schema_arrow.field("person_id").type)
        wanted = [name for name in COLUMNS if name in names]
        for batch in source.iter_batches(_BATCH, columns=wanted):
            columns = {
                name: as_text(batch[name]) if name in wanted else _nothing(batch.num_rows)
                for name in COLUMNS
            }
            lines = np.arange(line, line + batch.num_rows)
            line += batch.num_rows
            yield _FileRows(columns=columns, lines=lines, faults=[], integer_ids=integer_ids)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            "register_unreadable",
            what="The Parquet file is damaged.",
            where=str(file),
            remedy="Export it again.",
        ) from error


def _nothing(rows: int) -> Column:
    return nulls(rows, pa.string())


def as_text(column: Column) -> Column:
    """A column as trimmed text, null where nothing stands; 12.0 is the integer 12."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
        column = pc.cast(column, pa.int64(), safe=False)
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.date32())
    text = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    return pc.if_else(pc.equal(text, ""), None, text)


def _read_csv(file: Path) -> _FileRows:
    lines, bad = _decoded_lines(file.read_bytes())
    faults = [RowFault(file=str(file), line=n, reason="undecodable_bytes") for n in bad]
    records = _split_records(lines)
    header = [cell.strip() for cell in next((cells for _, cells in records if cells), [])]
    missing = set(REQUIRED) - set(header)
    if missing:
        raise _refuse_columns(file, missing)
    rows = _Rows(header=header)
    for number, cells in records:
        if cells is None:
            faults.append(RowFault(file=str(file), line=number, reason="open_quote"))
        elif len(cells) != len(header):
            faults.append(RowFault(file=str(file), line=number, reason="wrong_number_of_columns"))
        else:
            rows.add(number, cells)
    columns = rows.columns()
    return _FileRows(
        columns=columns,
        lines=np.array(rows.lines, np.int64),
        faults=faults,
        integer_ids=_all_integers(columns["person_id"]),
    )


class _Rows:
    """Rows of a CSV as they come, folded into columns before they fill the memory."""

    def __init__(self, header: Sequence[str]) -> None:
        self.lines: list[int] = []
        self._header = list(header)
        self._pending: list[list[str]] = []
        self._done: dict[str, list[Column]] = {name: [] for name in COLUMNS}

    def add(self, line: int, cells: list[str]) -> None:
        """Take one row."""
        self.lines.append(line)
        self._pending.append(cells)
        if len(self._pending) == _FOLD_AT:
            self._fold()

    def _fold(self) -> None:
        by_name = dict(zip(self._header, zip(*self._pending, strict=True), strict=False))
        for name, parts in self._done.items():
            cells = by_name.get(name)
            missing = nulls(len(self._pending), pa.string())
            parts.append(missing if cells is None else as_text(array(cells, pa.string())))
        self._pending.clear()

    def columns(self) -> dict[str, Column]:
        """All rows as text columns."""
        self._fold()
        return {name: whole(chunked(parts, pa.string())) for name, parts in self._done.items()}


def _all_integers(ids: Column) -> bool:
    return bool(pc.all(pc.match_substring_regex(ids, "^(0|-?[1-9][0-9]{0,17})$")).as_py() or False)


def _decoded_lines(data: bytes) -> tuple[list[str | None], list[int]]:
    """Lines as text, None where the bytes are no text; the numbers of those lines."""
    if data.startswith(b"\xef\xbb\xbf"):
        data, encodings = data[3:], ["utf-8"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return list(data.decode(encoding).split("\n")), []
        except UnicodeDecodeError:
            continue
    tries = [[_decode(line, encoding) for line in data.split(b"\n")] for encoding in encodings]
    best = min(tries, key=lambda lines: sum(line is None for line in lines))
    return best, [n for n, line in enumerate(best, 1) if line is None]


def _decode(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _split_records(lines: Sequence[str | None]) -> Iterator[tuple[int, list[str] | None]]:
    """Each record with its first line's number; None for a line with a quote left open.

    A record may run over a few lines when its quotes close; an open quote costs its own
    line only, not everything that follows.
    """
    width = 0
    at = 0
    while at < len(lines):
        text, taken = _record_at(lines, at, width)
        if text is None:
            if lines[at] is not None:
                yield at + 1, None
        elif text.strip():
            cells = _cells(text)
            width = width or len(cells or ())
            yield at + 1, cells
        at += taken


def _cells(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text]))
    except csv.Error:
        # A field of more than 128 KiB: a quote that closed in some other row.
        return None


def _record_at(lines: Sequence[str | None], at: int, width: int) -> tuple[str | None, int]:
    line = lines[at]
    if line is None:
        return None, 1
    line = line.rstrip("\r")
    if line.count('"') % 2 == 0:
        return line, 1
    joined = line
    for more, following in enumerate(lines[at + 1 : at + _LONGEST_RECORD], 2):
        if following is None:
            break
        joined += " " + following.rstrip("\r")
        if joined.count('"') % 2 == 0:
            fits = len(_cells(joined) or ()) == width
            return (joined, more) if fits else (None, 1)
    return None, 1


def _usable(rows: _FileRows, file: Path, seen: _Seen) -> tuple[np.ndarray, list[RowFault]]:
    """Which rows have a name and an id of their own; `seen` collects the ids of earlier rows."""
    given, named = (
        rows.columns[name].is_valid().to_numpy(zero_copy_only=False) for name in REQUIRED
    )
    ids = pc.fill_null(rows.columns["person_id"], "").to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(ids, categorize=False)
    before = seen.has(hashes)
    able = np.flatnonzero(given & named & ~before)
    _, first = np.unique(hashes[able], return_index=True)
    keep = np.zeros(len(ids), bool)
    keep[able[first]] = True
    seen.add(hashes[keep])
    others = np.flatnonzero(~keep)
    taken = (
        dict(zip(hashes[keep].tolist(), np.flatnonzero(keep).tolist(), strict=True))
        if len(others)
        else {}
    )
    faults = []
    for at in others.tolist():
        doubled = before[at] or taken.get(int(hashes[at]), at) < at
        reason = _fault(given=bool(given[at]), doubled=bool(doubled))
        faults.append(RowFault(file=str(file), line=int(rows.lines[at]), reason=reason))
    return keep, faults


def _fault(*, given: bool, doubled: bool) -> str:
    if not given:
        return "empty_person_id"
    return "doubled_person_id" if doubled else "empty_name"
