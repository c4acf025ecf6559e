"""Words and ruled tables of PDF pages that were born digital, by pdfplumber.

A text layer whose characters can't be trusted is no text layer: then pixels are read.
"""

from __future__ import annotations

import logging
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pdfplumber
from pdfplumber.utils.exceptions import PdfminerException

from ocr.lines import TextLayer, TextLine, TextTable
from ocr.quads import quad_of
from ocr.radicals import unified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ocr.quads import Quad

_POINTS = 72
#: More characters than this share that mean nothing, and the layer's fonts can't be trusted.
_MEANINGLESS = 0.02
#: Words further apart than this many character heights stand in different columns.
_COLUMN_GAP = 1.5
#: Fewer cells are a frame around the page, not a table.
_FEWEST_CELLS = 4


def read_layer(path: Path, number: int, *, dpi: int) -> TextLayer | None:
    """The text layer of a page, None where it has none that can be trusted.

    Quads are pixels of the page drawn at `dpi`.
    """
    # pdfminer reports every oddity of a file, sometimes with its content.
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        # Opened here, because pdfplumber leaves files open that it can't parse.
        with path.open("rb") as file, pdfplumber.open(file, pages=[number]) as document:
            return _layer(document.pages[0], dpi / _POINTS) if document.pages else None
    except (PdfminerException, ValueError, TypeError, KeyError, IndexError, AttributeError):
        # pdfminer fails in many ways on files that pdfium opens; their pixels are read instead.
        return None


def is_trusted(text: str) -> bool:
    """Whether characters mean what they show.

    Private-use code points, replacement characters and unassigned ones come from fonts
    without a usable mapping to Unicode.
    """
    seen = [character for character in text if not character.isspace()]
    odd = sum(_is_meaningless(character) for character in seen)
    return bool(seen) and odd <= _MEANINGLESS * len(seen) and "(cid:" not in text


def _is_meaningless(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in {"Co", "Cn", "Cc", "Cs"}


def _layer(page: Any, scale: float) -> TextLayer | None:  # noqa: ANN401 - pdfplumber is untyped
    if not is_trusted("".join(character["text"] for character in page.chars)):
        return None
    tables = [table for table in page.find_tables() if len(table.cells) >= _FEWEST_CELLS]
    words = page.extract_words(keep_blank_chars=False, use_text_flow=False, return_chars=True)
    free = [word for word in words if not any(_inside(word, table.bbox) for table in tables)]
    return TextLayer(
        lines=tuple(_line(run, scale) for run in _runs(free)),
        tables=tuple(
            _table(table, words, scale) for table in sorted(tables, key=lambda table: table.bbox[1])
        ),
    )


def _table(
    table: Any,  # noqa: ANN401 - as above
    words: Sequence[dict[str, Any]],
    scale: float,
) -> TextTable:
    inside = [word for word in words if _inside(word, table.bbox)]
    return TextTable(
        cells=tuple(tuple(_clean(cell) for cell in row) for row in table.extract()),
        quads=tuple(tuple(_place(cell, inside, scale) for cell in row.cells) for row in table.rows),
    )


def _place(
    cell: tuple[float, float, float, float] | None, words: Iterable[dict[str, Any]], scale: float
) -> Quad | None:
    """Where the words of a cell stand."""
    own = [word for word in words if cell and _inside(word, cell)]
    return _quad(own, scale) if own else None


def _clean(cell: str | None) -> str:
    return unified("".join((cell or "").split("\n")).strip())


def _inside(word: dict[str, Any], bbox: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(bbox[0] <= x <= bbox[2] and bbox[1] <= y <= bbox[3])


def _runs(words: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Words of one line without a column gap between them, in reading order."""
    runs: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: (round(word["bottom"]), word["x0"])):
        last = runs[-1][-1] if runs else None
        height = word["bottom"] - word["top"]
        if (
            last is not None
            and abs(last["bottom"] - word["bottom"]) < height / 2
            and 0 <= word["x0"] - last["x1"] + height / 2 < (_COLUMN_GAP + 0.5) * height
        ):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _line(run: Sequence[dict[str, Any]], scale: float) -> TextLine:
    return TextLine(
        quad=_quad(run, scale),
        text=unified(" ".join(word["text"] for word in run)),
        confidence=1.0,
        spans=_spans(run),
    )


def _quad(words: Sequence[dict[str, Any]], scale: float) -> Quad:
    box = (
        min(word["x0"] for word in words),
        min(word["top"] for word in words),
        max(word["x1"] for word in words),
        max(word["bottom"] for word in words),
    )
    return quad_of(tuple(np.array(box) * scale))


def _spans(run: Sequence[dict[str, Any]]) -> tuple[tuple[float, float], ...]:
    """Where each character of a run stands, a space being what lies between two words."""
    left, right = min(word["x0"] for word in run), max(word["x1"] for word in run)
    places: list[tuple[float, float]] = []
    for word in run:
        if places:
            places.append((places[-1][1], word["x0"]))
        # A glyph may stand for several characters, such as ligatures do.
        places += [(glyph["x0"], glyph["x1"]) for glyph in word["chars"] for _ in glyph["text"]]
    whole = max(right - left, 1e-6)
    return tuple(((first - left) / whole, (last - left) / whole) for first, last in places)
