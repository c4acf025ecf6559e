"""Values for spreadsheets, which run formulas and turn long numbers into 1.1E+17.

In CSV one character before a cell keeps it text; in a workbook every cell is written as
text, and none as a formula, a number or a link.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import xlsxwriter
from pyarrow import compute
from pyarrow import csv as arrow_csv
from xlsxwriter.utility import xl_col_to_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

#: A cell that begins so may run as a formula, in full-width form too (＝ from an input method).
_FORMULA = frozenset("=+-@＝＋－＠")
#: What a spreadsheet may take away from the front of a cell.
_TAKEN = frozenset("\t\r\n'")
APOSTROPHE, TAB = "'", "\t"
_BOM = b"\xef\xbb\xbf"
_WIDTH = 18
#: A sheet ends there, its headings counted.
MOST_ROWS = 1_048_575
_SHEET = "xl/worksheets/sheet1.xml"
_ROWS_OF_PIECE = 20_000
#: No XML holds these; and `_x0041_` would be read as a letter.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
# The stubs of these lag behind what they describe.
pc: Any = compute
csv_of: Any = arrow_csv
arrow: Any = pa


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
    `table` has at most `MOST_ROWS` rows.
    """
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_empty_workbook(table.column_names, about, made))) as empty,
        zipfile.ZipFile(sink, "w") as book,
    ):
        for item in empty.infolist():
            part = empty.read(item)
            pieces = _sheet(part, table) if item.filename == _SHEET else [part]
            named: Any = zipfile.ZipInfo(item.filename, item.date_time)
            named.compress_type = zipfile.ZIP_DEFLATED
            # A third of the work for a quarter more bytes, where a sheet has a million rows.
            named._compresslevel = 1  # noqa: SLF001 - public by name from Python 3.13 on
            with book.open(named, "w", force_zip64=item.filename == _SHEET) as stream:
                stream.writelines(pieces)
    return sink.getvalue()


def _empty_workbook(names: Sequence[str], about: Mapping[str, str], made: datetime) -> bytes:
    """The workbook with its headings and no rows."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_urls": False}) as book:
        line = " · ".join(about.values())
        book.set_properties({"created": made.replace(tzinfo=None), "comments": line})
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet = book.add_worksheet("records")
        sheet.set_column(0, len(names) - 1, _WIDTH, text)
        sheet.set_footer(f"&L{line.replace('&', '&&')[:240]}")
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(names):
            sheet.write_string(0, at, name, bold)
        told = book.add_worksheet("about")
        told.set_column(0, 1, _WIDTH)
        for row, (name, value) in enumerate(about.items()):
            told.write_string(row, 0, name, bold)
            told.write_string(row, 1, value)
    return sink.getvalue()


def _sheet(empty: bytes, table: pa.Table) -> Iterator[bytes]:
    """The sheet's XML with the rows of the table, in pieces: whole columns at a time.

    A call for each cell takes more than four times as long.
    """
    before, end, after = empty.partition(b"</sheetData>")
    last = f"{xl_col_to_name(table.num_columns - 1)}{table.num_rows + 1}"
    yield re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}"'.encode(), before)
    # The format of text, as the columns have it.
    style = re.findall(rb'<col [^>]*style="([0-9]+)"', before)[0].decode()
    for start in range(0, table.num_rows, _ROWS_OF_PIECE):
        yield _rows(table.slice(start, _ROWS_OF_PIECE).combine_chunks(), start + 2, style)
    yield end + after


def _rows(table: pa.Table, first: int, style: str) -> bytes:
    """Rows of the table as XML; the first is row `first` of the sheet."""
    numbers = pc.cast(arrow.arange(first, first + table.num_rows), pa.string())
    cells = [
        _cells(table[name].combine_chunks(), f'<c r="{xl_col_to_name(at)}', numbers, style)
        for at, name in enumerate(table.column_names)
    ]
    rows = pc.binary_join_element_wise('<row r="', numbers, '">', *cells, "</row>", "")
    # The texts of a new column lie one behind the other in its last buffer.
    written = pc.sum(pc.binary_length(rows)).as_py()
    return bytes(rows.buffers()[-1].slice(0, written))


def _cells(texts: Any, opening: str, numbers: Any, style: str) -> Any:  # noqa: ANN401 - columns, which the stubs can't say
    """A column's cells as XML; one without a text is left out."""
    texts = pc.fill_null(texts, "")
    if pc.any(pc.match_substring_regex(texts, _UNFIT.pattern)).as_py():
        texts = pa.array([_UNFIT.sub(_fit, each) for each in texts.to_pylist()], pa.string())
    if pc.any(pc.match_substring_regex(texts, "[&<>]")).as_py():
        for mark, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            texts = pc.replace_substring(texts, mark, written)
    # Blanks at either end are lost where this isn't said.
    blanks = pc.any(pc.not_equal(texts, pc.utf8_trim_whitespace(texts))).as_py()
    kept = ' xml:space="preserve"' if blanks else ""
    middle = f'" s="{style}" t="inlineStr"><is><t{kept}>'
    cells = pc.binary_join_element_wise(opening, numbers, middle, texts, "</t></is></c>", "")
    return pc.if_else(pc.equal(texts, ""), "", cells)


def _fit(found: re.Match[str]) -> str:
    """What XML can't hold, and what would be taken for the like, as spreadsheets write it."""
    return f"_x{ord(found[0][0]):04X}_{found[0][1:]}"


def _set(characters: frozenset[str]) -> pa.Array[Any]:
    return pa.array(sorted(characters))
