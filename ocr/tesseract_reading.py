"""Pages as Tesseract reads them: the same understanding of forms over lines without lattices.

Tesseract delivers one text a line and no distribution, so nothing can be decoded again
under a grammar: its values are checked, not improved, and mostly go to a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.layout import Line

if TYPE_CHECKING:
    from ocr.layout import Frame
    from ocr.lines import TextLine


def as_line(found: TextLine, frame: Frame) -> Line:
    """A line of Tesseract in the layout's terms; its characters share the length evenly."""
    count = len(found.text)
    return Line(
        quad=found.quad, area=frame.area(found.quad), lattice=None, text=found.text,
        spans=tuple((i / count, (i + 1) / count) for i in range(count)),
        chances=(found.confidence,) * count,
    )  # fmt: skip
