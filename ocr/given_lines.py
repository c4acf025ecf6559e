"""Lines that come as text alone, in the terms of the layout.

Text layers and Tesseract say what stands in a line, not what else might; the rules that
find labels and values work on them all the same.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING

from ocr.layout import Line
from records.certificate_number import parse_certificate_number
from records.reading import era_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Frame
    from ocr.lines import TextLine
    from records.reading import Era, FieldReading


#: What was read has at least this chance; none at all marks ink that nobody has read.
_LEAST = 0.01


def as_line(given: TextLine, frame: Frame) -> Line:
    """A line of text in the layout's terms."""
    spans = given.spans or even_spans(given.text, vertical=given.vertical)
    return Line(
        quad=given.quad, area=frame.area(given.quad), lattice=None, text=given.text, spans=spans,
        chances=(max(_LEAST, given.confidence),) * len(given.text),
    )  # fmt: skip


def even_spans(text: str, *, vertical: bool) -> tuple[tuple[float, float], ...]:
    """Where the characters of a line stand when nothing but their widths is known.

    Latin letters and figures take half the room of an ideograph in a horizontal line.
    """
    widths = [1.0 if vertical or unicodedata.east_asian_width(c) in "WF" else 0.5 for c in text]
    whole = sum(widths)
    ends = [end / whole for end in accumulate(widths)]
    return tuple(zip([0.0, *ends], ends, strict=False))


def words_of(line: Line, frame: Frame) -> list[Line]:
    """The words of a line, parted by white space, as lines of their own."""
    words: list[Line] = []
    start = 0
    for stop in [i for i, c in enumerate(line.text) if c.isspace()] + [len(line.text)]:
        if start < stop:
            words.append(_part(line, frame, start, stop))
        start = stop + 1
    return words


def _part(line: Line, frame: Frame, start: int, stop: int) -> Line:
    area = line.area
    left, right = line.spans[start][0], line.spans[stop - 1][1]
    whole = max(right - left, 1e-6)
    own = area._replace(u0=area.u0 + left * area.width, u1=area.u0 + right * area.width)
    return dataclasses.replace(
        line, quad=frame.quad(own), area=own, text=line.text[start:stop],
        spans=tuple(((a - left) / whole, (b - left) / whole) for a, b in line.spans[start:stop]),
        chances=line.chances[start:stop],
    )  # fmt: skip


def era_of_fields(fields: Sequence[FieldReading]) -> Era | None:
    """The era by the middle one of a page's years of registration, else of its numbers' years."""
    years = [int(f.value[:4]) for f in fields if f.name == "registration_date" and f.value]
    numbers = [parse_certificate_number(f.value) for f in fields if f.name == "certificate_number"]
    years = years or [number.year for number in numbers if number and number.year]
    return era_of(sorted(years)[len(years) // 2]) if years else None
