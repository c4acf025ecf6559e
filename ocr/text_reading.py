"""Pages that were born digital: from the words and tables of a text layer to labelled fields.

Nothing is recognised here, so no doubt lies in the characters; what remains to decide is
which field each of them belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr.lines import TextLayer


def texts_of(layer: TextLayer) -> list[str]:
    """Every text of a layer, from its lines and from the cells of its tables."""
    cells = [cell for table in layer.tables for row in table.cells for cell in row if cell]
    return [*(line.text for line in layer.lines), *cells]
