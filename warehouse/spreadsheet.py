"""Values for spreadsheets, which run formulas and turn long numbers into 1.1E+17.

In CSV one character before a cell keeps it text; in a workbook every cell is written as
text, and none as a formula, a number or a link.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import xlsxwriter
from pyarrow import compute
from pyarrow import csv as arrow_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: A cell that begins so may run as a formula, in full-width form too (＝ from an input method).
_FORMULA = frozenset("=+-@＝＋－＠")
#: What a spreadsheet may take away from the front of a cell.
_TAKEN = frozenset("\t\r\n'")
APOSTROPHE, TAB = "'", "\t"
_BOM = b"\xef\xbb\xbf"
_WIDTH = 18
# The stubs of these two lag behind what they describe.
pc: Any = compute
csv_of: Any = arrow_csv


def guarded(text: str) -> str:
    """`text` with one character before it where a spreadsheet would not take it for text.

    An apostrophe stands before what may run as a formula, a tab before what begins with a
    digit: an 18-digit number or a date known to the month would be changed in silence.
    White space before either hides nothing. Taking that one character away gives `text` again.
    """
    first = text.lstrip()[:1]
    if text[:1] in _TAKEN and text:
        return APOSTROPHE + text
    if first in _FORMULA and first:
        return APOSTROPHE + text
    return TAB + text if first.isdecimal() else text


def unguarded(cell: str) -> str:
    """The text that `guarded` made the cell of."""
    return cell[1:] if cell[:1] in {APOSTROPHE, TAB} else cell


def guarded_column(texts: Any) -> Any:  # noqa: ANN401 - a column of text, which the stubs can't say
    """`guarded` for a column of text, a million cells at a time; null becomes empty."""
    texts = pc.fill_null(texts, "")
    raw = pc.utf8_slice_codeunits(texts, 0, 1)
    first = pc.utf8_slice_codeunits(pc.utf8_ltrim_whitespace(texts), 0, 1)
    runs = pc.or_(pc.is_in(raw, _set(_TAKEN)), pc.is_in(first, _set(_FORMULA)))
    mark = pc.if_else(runs, APOSTROPHE, pc.if_else(pc.utf8_is_decimal(first), TAB, ""))
    return pc.binary_join_element_wise(mark, texts, "")


def csv_bytes(table: pa.Table) -> bytes:
    """A table of text as CSV for spreadsheets: UTF-8 with its mark (BOM), cells guarded."""
    names: list[str] = table.column_names
    shown = pa.table({name: guarded_column(table[name]) for name in names})
    sink = io.BytesIO(_BOM)
    sink.seek(0, io.SEEK_END)
    csv_of.write_csv(shown, sink, csv_of.WriteOptions(eol="\r\n"))
    return sink.getvalue()


def workbook(table: pa.Table, *, about: Mapping[str, str], made: datetime) -> bytes:
    """A table of text as XLSX: a sheet of cells that are all text, and a sheet about it.

    The same table gives the same bytes. Nothing is written aside: the values are personal.
    """
    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        line = " · ".join(about.values())
        book.set_properties({"created": made.replace(tzinfo=None), "comments": line})
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet = book.add_worksheet("records")
        sheet.set_column(0, max(table.num_columns - 1, 0), _WIDTH, text)
        sheet.set_footer(f"&L{line.replace('&', '&&')[:240]}")
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(table.column_names):
            sheet.write_string(0, at, name, bold)
            for row, value in enumerate(table[name].to_pylist(), 1):
                if value:
                    sheet.write_string(row, at, value)
        told = book.add_worksheet("about")
        told.set_column(0, 1, _WIDTH)
        for row, (name, value) in enumerate(about.items()):
            told.write_string(row, 0, name, bold)
            told.write_string(row, 1, value)
    return sink.getvalue()


def _set(characters: frozenset[str]) -> pa.Array[Any]:
    return pa.array(sorted(characters))
