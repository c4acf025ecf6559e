"""A page that was seen, as the lines that searchable copies and exchange formats are made of.

Where a field was decoded, its text stands in the line instead of what the reader first
thought, because it obeys the rules of the field; everything else stands as it was read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from ocr.given_lines import as_line, even_spans
from ocr.labels import find_labels
from ocr.layout import Frame, likely_characters
from ocr.lines import TextLine
from ocr.quads import is_vertical, sides
from ocr.reading_order import in_reading_order
from records.written import WrittenLine, WrittenWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocr.layout import Line
    from ocr.lines import TextLayer
    from ocr.page_lines import SeenPage
    from records.reading import Box, FieldReading
    from records.written import Point

#: A line of red ink is dropped where others cover this part of it: it is the same writing.
_COVERED = 0.4
#: A field's text replaces characters if it is longer or shorter by no more than so many,
#: or by this share of them.
_STRAY, _STRAY_SHARE = 2, 0.5
_STRAIGHT = Frame(angle=0.0, vertical=False)


def written_lines(seen: SeenPage, fields: Iterable[FieldReading] = ()) -> tuple[WrittenLine, ...]:
    """All writing of a page in reading order, with the texts of its fields in their places."""
    lines = [_written(line) for line in in_reading_order(_without_doubles(seen.lines), seen.frame)]
    for field in fields:
        if field.box and field.text:
            lines = _with_field(lines, field, field.box)
    return tuple(lines)


def written_layer(layer: TextLayer) -> tuple[WrittenLine, ...]:
    """The writing of a text layer, its tables' cells among the lines, in reading order."""
    cells = [
        TextLine(quad=quad, text=text, confidence=1.0)
        for table in layer.tables
        for texts, quads in zip(table.cells, table.quads, strict=True)
        for text, quad in zip(texts, quads, strict=False)
        if quad is not None
    ]
    lines = [as_line(line, _STRAIGHT) for line in (*layer.lines, *cells) if line.text.strip()]
    return tuple(_written(line) for line in in_reading_order(lines, _STRAIGHT))


def _without_doubles(lines: Sequence[Line]) -> list[Line]:
    """The lines without those that were seen once more through red ink and read worse."""
    plain = [line for line in lines if not line.red]
    return [line for line in lines if not line.red or not any(_covers(p, line) for p in plain)]


def _covers(line: Line, red: Line) -> bool:
    width = min(line.area.u1, red.area.u1) - max(line.area.u0, red.area.u0)
    height = min(line.area.v1, red.area.v1) - max(line.area.v0, red.area.v0)
    whole = max(1.0, red.area.width * red.area.height)
    return width > 0 and height > 0 and width * height > _COVERED * whole


def _written(line: Line) -> WrittenLine:
    vertical = is_vertical(line.quad)
    spans = line.spans
    if not _rise(spans):
        # Pieces of one label that stood one above the other.
        width, height = sides(line.quad)
        vertical = height > width
        spans = even_spans(line.text, vertical=vertical)
    labels = find_labels(line.text, likely_characters(line))
    borders = {border for label in labels for border in (label.start, label.stop)}
    a, b, c, d = (_point(corner) for corner in line.quad.tolist())
    return WrittenLine(
        text=line.text, corners=(a, b, c, d), vertical=vertical, spans=spans,
        chances=line.chances, words=_words(line.text, borders),
    )  # fmt: skip


def _point(corner: Sequence[float]) -> Point:
    return round(corner[0], 2), round(corner[1], 2)


def _rise(spans: Sequence[tuple[float, float]]) -> bool:
    ends = [0.0, *(border for span in spans for border in span), 1.0]
    return all(a <= b for a, b in pairwise(ends)) and all(a < b for a, b in spans)


def _words(text: str, borders: Iterable[int]) -> tuple[WrittenWord, ...]:
    """The stretches between borders and white space."""
    spaces = [i for i, character in enumerate(text) if character.isspace()]
    cuts = sorted({0, len(text), *borders, *spaces, *(i + 1 for i in spaces)})
    return tuple(
        WrittenWord(start=start, stop=stop)
        for start, stop in pairwise(cuts)
        if not text[start].isspace()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Neighbouring characters of a line that lie inside a field's box."""

    line: int
    start: int
    stop: int


def _with_field(lines: Sequence[WrittenLine], field: FieldReading, box: Box) -> list[WrittenLine]:
    """The lines with a field's text where its box lies, unchanged where that is unclear."""
    changed = list(lines)
    places = [place for i, line in enumerate(lines) for place in _places(i, line, box)]
    if len(places) == 1:
        (place,) = places
        line = lines[place.line]
        taken = any(w.field and w.start < place.stop and place.start < w.stop for w in line.words)
        length = place.stop - place.start
        if not taken and abs(len(field.text) - length) <= max(_STRAY, _STRAY_SHARE * length):
            changed[place.line] = _replaced(line, place, field)
    return changed


def _places(number: int, line: WrittenLine, box: Box) -> list[_Place]:
    inside = [i for i in range(len(line.text)) if _lies_in(line.corners_of(i, i + 1), box)]
    while inside and line.text[inside[0]].isspace():
        inside.pop(0)
    if not inside:
        return []
    whole = inside[-1] - inside[0] + 1 == len(inside)
    place = _Place(line=number, start=inside[0], stop=inside[-1] + 1)
    # Characters apart from each other are two places, which says that the box fits badly.
    return [place] if whole else [place, place]


def _lies_in(corners: Sequence[Point], box: Box) -> bool:
    x = sum(point[0] for point in corners) / 4
    y = sum(point[1] for point in corners) / 4
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _replaced(line: WrittenLine, place: _Place, field: FieldReading) -> WrittenLine:
    start, stop = place.start, place.stop
    text, spans, chances = field.text, line.spans[start:stop], line.chances[start:stop]
    if text != line.text[start:stop]:
        first, last = spans[0][0], spans[-1][1]
        spans = tuple(
            (first + a * (last - first), first + b * (last - first))
            for a, b in even_spans(text, vertical=line.vertical)
        )
        chances = (field.confidence,) * len(text)
    shift = len(text) - (stop - start)
    own = tuple(
        replace(word, field=field.name, row=field.row, confidence=field.confidence)
        for word in _words(text, ())
    )
    return replace(
        line,
        text=line.text[:start] + text + line.text[stop:],
        spans=(*line.spans[:start], *spans, *line.spans[stop:]),
        chances=(*line.chances[:start], *chances, *line.chances[stop:]),
        words=(
            *(replace(w, stop=min(w.stop, start)) for w in line.words if w.start < start),
            *(_moved(word, start) for word in own),
            *(
                _moved(replace(w, start=max(w.start, stop)), shift)
                for w in line.words
                if w.stop > stop
            ),
        ),
    )


def _moved(word: WrittenWord, by: int) -> WrittenWord:
    return replace(word, start=word.start + by, stop=word.stop + by)
