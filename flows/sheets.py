"""Tables that offices send: CSV as spreadsheets save it, UTF-8 or GB18030, all cells text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

from confidentiality.files import open_regular, read_at_most
from records.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_ENCODINGS = ("utf-8-sig", "gb18030")
_LIMIT = 256 << 20


def read_rows(path: Path) -> pd.DataFrame:
    """The rows of a table that hold anything; the index is the line in the file, from 1.

    Cells are text without white space around them; headings are in lower case. Raises
    InputError for a broken or empty table, IntegrityError when there is no file to read.
    """
    with open_regular(path) as stream:
        data = read_at_most(stream, _LIMIT, where=path.name)
    try:
        # The heading is read as a row like others: a longer row is then refused by the parser.
        whole = pd.read_csv(
            io.StringIO(_decoded(data, path)),
            header=None,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        raise _refused(path, "sheet_unreadable", "CSV 表残缺 · the CSV is broken") from None
    cells = whole.set_axis(range(1, len(whole) + 1)).map(lambda cell: str(cell).strip())
    heading, body = list(cells.iloc[0].str.casefold()), cells.iloc[1:]
    body = body.set_axis(heading, axis=1)[(body != "").any(axis=1)]
    if body.empty:
        raise _refused(path, "sheet_empty", "表中没有记录 · the sheet has no record")
    return body


def _decoded(data: bytes, path: Path) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(path, "undecodable_bytes", "既非 UTF-8 也非 GB18030 · neither UTF-8 nor GB18030")


def _refused(path: Path, reason: str, what: str) -> InputError:
    return InputError(
        reason,
        what=what,
        where=path.name,
        remedy="改正后重新运行 · correct the table and run it again",
    )
