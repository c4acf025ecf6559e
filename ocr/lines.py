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
    recogniser's distribution, None for engines that give a text alone. `spans` are
    fractions of the length, one pair a character, from engines without lattices.
    """

    quad: Quad
    text: str
    confidence: float
    vertical: bool = False
    lattice: Lattice | None = None
    spans: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextTable:
    """A ruled table of a text layer: rows of cells, an empty text where nothing stands.

    `quads` hold the place of each cell's text, in pixels of the page as rendered.
    """

    cells: tuple[tuple[str, ...], ...]
    quads: tuple[tuple[Quad | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLayer:
    """The text of a page that was born digital.

    `lines` stand outside the tables, in reading order, their quads in pixels of the
    page as rendered; `tables` from the top down. `born_digital` is unset where the
    characters lie unseen over a picture: then another machine has guessed them.
    """

    lines: tuple[TextLine, ...]
    tables: tuple[TextTable, ...]
    born_digital: bool = True
