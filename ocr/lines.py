"""Lines of text as every engine delivers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.lattice import Lattice
    from ocr.quads import Quad


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextLine:
    """One line on a page, horizontal or downwards.

    `quad` is (4, 2) in pixels of the page as delivered, clockwise from its top left;
    `confidence` the least probability among its characters; `lattice` the
    recogniser's distribution, None for engines that give a text alone.
    """

    quad: Quad
    text: str
    confidence: float
    vertical: bool = False
    lattice: Lattice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A ruled table of a text layer: rows of cells, an empty text where nothing stands."""

    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLayer:
    """The text of a page that was born digital.

    `lines` stand outside the tables, in reading order, their quads in pixels of the
    page as rendered; `tables` from the top down.
    """

    lines: tuple[TextLine, ...]
    tables: tuple[TextTable, ...]
