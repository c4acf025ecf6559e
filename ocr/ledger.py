"""Ledgers: a table in which every row is a couple.

The table is laid flat, its columns and rows are found in ruled lines and in the writing
itself, and its headings or its texts say what the columns hold. Which ink is whose is found
in `ledger_cells`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.automata import is_han
from ocr.classify import title_kind
from ocr.flat import Flat, flatten
from ocr.grid import Grid, Rule, find_grid
from ocr.ledger_borders import Place, find_places
from ocr.ledger_columns import Column, columns_of, is_paired
from ocr.ledger_headings import find_head, header_row
from ocr.ledger_rows import couples_of, find_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Area, Line
    from ocr.ledger_headings import Head
    from ocr.page_lines import SeenPage

__all__ = ["Column", "Table", "find_table", "header_row", "share_out"]

_FEWEST_COLUMNS = 3
#: A rule along is one of the table's where it covers this share of its width.
_ALONG = 0.5
_MEN_AND_WOMEN = frozenset("男女")
#: What ends numbers and dates.
_CLOSING = frozenset("号號日")
#: In heights: a gap in a line that ends no word. Where more than this share of the lines run
#: on over a border, it parts no columns.
_RUNNING, _MOSTLY = 0.5, 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A ledger on the flat table: strips (pairs of rules along) and columns.

    `couples` holds the numbers of the strips of each couple: one, or two with the man above,
    where columns without a person run through both.
    """

    flat: Flat
    strips: tuple[tuple[Rule, Rule], ...]
    couples: tuple[tuple[int, ...], ...]
    columns: tuple[Column, ...]

    @property
    def paired(self) -> bool:
        """Whether a couple has two lines."""
        return any(len(couple) > 1 for couple in self.couples)

    @property
    def doubtful(self) -> bool:
        """Whether a line of two can't be told to be a man's or a woman's.

        One line is missing, and no column of sexes says which.
        """
        told = any(column.field == "sex" for column in self.columns)
        return self.paired and not told and len(self.strips) % 2 == 1


def find_table(seen: SeenPage, lines: Sequence[Line]) -> Table | None:
    """The rows and columns of a ledger, None where the page holds no table of names."""
    flat = flatten([line for line in lines if not line.red], seen.frame)
    head = find_head(lines, flat)
    body = _body(lines, flat, head)
    if len(body) < _FEWEST_COLUMNS:
        return None
    areas = [flat.area(line.quad) for line in body]
    height = float(np.median([area.height for area in areas]))
    grid = _inner(find_grid(seen.clean, flat, _whole(seen, flat)), areas)
    middle = (
        float(np.mean([(h.area.v0 + h.area.v1) / 2 for h in head.headings]))
        if head.headings
        else min(area.v0 for area in areas)
    )
    stretches = [_stretches(line, area) for line, area in zip(body, areas, strict=True)]
    closings = [_closings(line, area) for line, area in zip(body, areas, strict=True)]
    places = find_places(
        stretches, closings, head.headings, grid.across, middle=middle, height=height
    )
    strips = find_rows(_by_column(places, stretches, areas), grid.along, head.bottom)
    if len(places) < _FEWEST_COLUMNS or not strips:
        return None
    places = _whole_words(places, _running_on(places, stretches, closings, areas, height))
    texts = _texts(body, flat, places, strips)
    columns = columns_of(places, texts)
    if not any(column.field == "name" for column in columns):
        return None
    return Table(
        flat=flat, strips=tuple(strips), columns=tuple(columns),
        couples=couples_of(
            len(strips), paired=is_paired(columns, texts), sexes=_sexes(columns, texts)
        ),
    )  # fmt: skip


def _sexes(columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> list[str]:
    """What the column of sexes says in each strip, if there is one."""
    own = next((texts[i] for i, c in enumerate(columns) if c.field == "sex"), ())
    return [text.strip() if text.strip() in _MEN_AND_WOMEN else "" for text in own]


def _body(lines: Sequence[Line], flat: Flat, head: Head) -> list[Line]:
    """What is written below the headings; below the title where there are none."""
    below = [line for line in lines if not line.red and _height_of(line, flat) > head.bottom]
    return below if head.headings else [line for line in below if not title_kind(line.text)]


def _height_of(line: Line, flat: Flat) -> float:
    area = flat.area(line.quad)
    return (area.v0 + area.v1) / 2


def _whole(seen: SeenPage, flat: Flat) -> Area:
    """The whole page on the flat table."""
    height, width = seen.image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    return flat.area(corners)


def _inner(grid: Grid, areas: Sequence[Area]) -> Grid:
    """The grid without folds and edges of the paper: rules that leave the table."""
    u0, u1 = min(area.u0 for area in areas), max(area.u1 for area in areas)
    v0, v1 = min(area.v0 for area in areas), max(area.v1 for area in areas)
    along = [r for r in grid.along if min(r.stop, u1) - max(r.start, u0) > _ALONG * (u1 - u0)]
    slack = 0.12 * (v1 - v0)
    room = 0.1 * (u1 - u0)
    across = [
        r
        for r in grid.across
        if r.start > v0 - 2 * slack - abs(r.slope)
        and r.stop < v1 + slack
        and u0 - room < r.at((v0 + v1) / 2) < u1 + room
    ]
    return Grid(along=tuple(along), across=tuple(across))


def _stretches(line: Line, area: Area) -> list[tuple[float, float]]:
    """Where each character of a line stands along the flat table."""
    return [
        (area.u0 + first * area.width, area.u0 + last * area.width)
        for (first, last), character in zip(line.spans, line.text, strict=True)
        if not character.isspace()
    ]


def _closings(line: Line, area: Area) -> list[tuple[float, float]]:
    """Where a number or date ends within a line: its end, and the begin of what follows."""
    pairs = itertools.pairwise(zip(line.text, line.spans, strict=True))
    return [
        (area.u0 + own[1] * area.width, area.u0 + after[0] * area.width)
        for (character, own), (following, after) in pairs
        if character in _CLOSING and is_han(following)
    ]


def _by_column(
    places: Sequence[Place], stretches: Sequence[Sequence[tuple[float, float]]],
    areas: Sequence[Area],
) -> list[list[Area]]:  # fmt: skip
    """The areas of the lines that have characters in each column."""
    result: list[list[Area]] = []
    for place in places:
        own = []
        for characters, area in zip(stretches, areas, strict=True):
            v = (area.v0 + area.v1) / 2
            left, right = place.left.at(v), place.right.at(v)
            if any(left <= (a + b) / 2 < right for a, b in characters):
                own.append(area)
        result.append(own)
    return result


def _running_on(
    places: Sequence[Place], stretches: Sequence[Sequence[tuple[float, float]]],
    closings: Sequence[Sequence[tuple[float, float]]], areas: Sequence[Area], height: float,
) -> list[float]:  # fmt: skip
    """For each border between two columns, the share of the lines about it that run on over it."""
    shares = []
    for a, b in itertools.pairwise(places):
        over = beside = 0
        for characters, closed, area in zip(stretches, closings, areas, strict=True):
            v = (area.v0 + area.v1) / 2
            border = a.right.at(v)
            before = [y for x, y in characters if a.left.at(v) <= (x + y) / 2 < border]
            after = [x for x, y in characters if border <= (x + y) / 2 < b.right.at(v)]
            beside += bool(before or after)
            ends = [end for end, _ in closed]
            if before and after and max(before) not in ends:
                over += min(after) - max(before) < _RUNNING * height
        shares.append(over / max(1, beside))
    return shares


def _whole_words(places: Sequence[Place], running: Sequence[float]) -> list[Place]:
    """The columns, one without a heading joined to that into which its writing runs on."""
    joined = list(places[:1])
    for place, share in zip(places[1:], running, strict=True):
        last = joined[-1]
        named = [p.heading for p in (last, place) if p.heading and p.heading.field]
        if share > _MOSTLY and len(named) == 1:
            joined[-1] = Place(left=last.left, right=place.right, heading=named[0])
        else:
            joined.append(place)
    return joined


def share_out(
    line: Line, area: Area, strips: Sequence[tuple[Rule, Rule]],
    columns: Sequence[Place | Column],
) -> tuple[int, list[int | None]] | None:  # fmt: skip
    """The strip in which a line stands, and the column of each of its characters."""
    u, v = (area.u0 + area.u1) / 2, (area.v0 + area.v1) / 2
    strip = next((i for i, (a, b) in enumerate(strips) if a.at(u) <= v < b.at(u)), None)
    if strip is None:
        return None
    middles = [area.u0 + (first + last) / 2 * area.width for first, last in line.spans]
    return strip, [_column_at(columns, middle, v) for middle in middles]


def _column_at(columns: Sequence[Place | Column], u: float, v: float) -> int | None:
    return next((i for i, c in enumerate(columns) if c.left.at(v) <= u < c.right.at(v)), None)


def _texts(
    body: Sequence[Line], flat: Flat, places: Sequence[Place], strips: Sequence[tuple[Rule, Rule]]
) -> list[list[str]]:
    """What stands in each column, strip by strip."""
    texts = [[""] * len(strips) for _ in places]
    for line in sorted(body, key=lambda line: line.area.u0):
        found = share_out(line, flat.area(line.quad), strips, places)
        if found is None:
            continue
        strip, columns = found
        for character, column in zip(line.text, columns, strict=True):
            if column is not None:
                texts[column][strip] += character
    return texts
