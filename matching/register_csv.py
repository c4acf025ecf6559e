"""Register files in CSV, read as a stream: UTF-8 with or without its mark, or GB18030.

A block of lines without quotes or faults goes through Arrow's reader; any other is read
line by line, so that a fault costs its own line only.
"""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from matching.columns import Column, array
from matching.register_file import COLUMNS, DELETED, RowFault, SourceRows, checked, refuse_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LONGEST_RECORD = 5
#: Bytes that are looked at together; some 100,000 rows.
_BLOCK = 1 << 23
_MARK = codecs.BOM_UTF8
_CSV: Any = pyarrow.csv


def read_csv(file: Path) -> Iterator[SourceRows]:
    """The rows of a CSV file, block by block; raises InputError when columns are missing."""
    encoding = _encoding(file)
    header: list[str] = []
    waiting: list[str | None] = []
    line, ended = 1, False
    blocks = _blocks(file, encoding)
    while not ended:
        more = next(blocks, None)
        ended = more is None
        lines = waiting + (more or [])
        if not header:
            taken, header = _header(lines)
            line, lines = line + taken, lines[taken:]
            if not header and not ended:
                waiting = []
                continue
            refuse_columns(header, str(file))
        rows, taken = _rows(lines, header, line, str(file), ended=ended)
        waiting, line = lines[taken:], line + taken
        if len(rows.lines) or rows.faults:
            yield rows


def _encoding(file: Path) -> str:
    """The encoding in which the whole file is text; else that with the fewest bad lines."""
    with file.open("rb") as handle:
        marked = handle.read(len(_MARK)) == _MARK
    encodings = ("utf-8",) if marked else ("utf-8", "gb18030")
    for encoding in encodings:
        if _decodes(file, encoding):
            return encoding
    bad = {
        encoding: sum(text is None for block in _blocks(file, encoding) for text in block)
        for encoding in encodings
    }
    return min(encodings, key=bad.__getitem__)


def _decodes(file: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with file.open("rb") as handle:
            while data := handle.read(_BLOCK):
                decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(file: Path, encoding: str) -> Iterator[list[str | None]]:
    """Lines as text, None where the bytes are no text; a block of them at a time."""
    with file.open("rb") as handle:
        if handle.read(len(_MARK)) != _MARK:
            handle.seek(0)
        while data := handle.read(_BLOCK):
            data += handle.readline()
            data = data.removesuffix(b"\n")
            try:
                yield list[str | None](data.decode(encoding).split("\n"))
            except UnicodeDecodeError:
                yield [_decode(line, encoding) for line in data.split(b"\n")]


def _decode(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _header(lines: Sequence[str | None]) -> tuple[int, list[str]]:
    """How many lines come before the rows, and the names of the columns."""
    for at, text in enumerate(lines):
        cells = _cells(text.rstrip("\r")) if text and text.strip() else None
        if cells:
            return at + 1, [cell.strip() for cell in cells]
    return len(lines), []


def _rows(
    lines: Sequence[str | None], header: Sequence[str], first: int, source: str, *, ended: bool
) -> tuple[SourceRows, int]:
    """The rows of these lines, and how many lines were taken; the rest may be cut short."""
    plain = _plain(lines, len(header))
    if plain is not None:
        columns = _arrow(plain, header)
        numbers = np.arange(first, first + len(lines))
        return SourceRows(columns=_named(columns, header, len(lines)), lines=numbers), len(lines)
    kept, at, faults, cells_of = [], 0, list[RowFault](), list[list[str]]()
    while at < len(lines) - (0 if ended else _LONGEST_RECORD):
        text, taken = _record_at(lines, at, len(header))
        cells = _cells(text) if text and text.strip() else None
        reason = _reason(lines[at], text, cells, len(header))
        if reason:
            faults.append(RowFault(file=source, line=first + at, reason=reason))
        elif cells is not None:
            kept.append(first + at)
            cells_of.append(cells)
        at += taken
    columns = {
        name: array([cells[place] for cells in cells_of], pa.string())
        for place, name in enumerate(header)
    }
    rows = SourceRows(
        columns=_named(columns, header, len(kept)), lines=np.array(kept, np.int64), faults=faults
    )
    return rows, at


def _reason(line: str | None, text: str | None, cells: list[str] | None, width: int) -> str | None:
    """Why a record can't be used; None for one that can, and for an empty line."""
    if line is None:
        return "undecodable_bytes"
    if text is None:
        return "open_quote"
    if not text.strip():
        return None
    if cells is None:
        return "open_quote"
    return None if len(cells) == width else "wrong_number_of_columns"


def _named(columns: dict[str, Column], header: Sequence[str], rows: int) -> dict[str, Column]:
    wanted = {name: columns[name] for name in (*COLUMNS, DELETED) if name in header}
    return checked(wanted, rows)


def _plain(lines: Sequence[str | None], width: int) -> str | None:
    """The lines as one text when none has a quote, a fault, or another number of cells."""
    texts = [text.rstrip("\r") for text in lines if text]
    if len(texts) < max(len(lines), 1) or any(text.count(",") != width - 1 for text in texts):
        return None
    whole = "\n".join(texts)
    return None if '"' in whole or "\r" in whole or "\0" in whole else whole


def _arrow(text: str, header: Sequence[str]) -> dict[str, Column]:
    found = _CSV.read_csv(
        pa.BufferReader(text.encode("utf-8", "surrogatepass")),
        read_options=_CSV.ReadOptions(
            column_names=[str(at) for at in range(len(header))],
            use_threads=False,
            block_size=4 * _BLOCK,
        ),
        parse_options=_CSV.ParseOptions(quote_char=False, ignore_empty_lines=False),
        convert_options=_CSV.ConvertOptions(
            column_types={str(at): pa.string() for at in range(len(header))},
            strings_can_be_null=False,
        ),
    ).combine_chunks()
    return {name: found[str(at)].combine_chunks() for at, name in enumerate(header)}


def _cells(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text]))
    except csv.Error:
        # A field of more than 128 KiB: a quote that closed in some other row.
        return None


def _record_at(lines: Sequence[str | None], at: int, width: int) -> tuple[str | None, int]:
    """A record that begins at a line, and how many lines it has; None for an open quote.

    A record may run over a few lines when its quotes close; an open quote costs its own
    line only, not everything that follows.
    """
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
