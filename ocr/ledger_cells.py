"""The cells of a ledger and the ink that belongs to each.

Ink belongs to the cell in which most of it lies, so that writing which runs over a rule
stays whole. Where rows and columns are, is found in `ledger`.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.crops import straight
from ocr.fields import kind_of
from ocr.folding import fold_text
from ocr.ink import ink_extent
from ocr.labels import BARRIER, PARTY_TAILS
from ocr.layout import Area, Line, Segment, segment_of
from ocr.ledger import share_out
from ocr.zones import ROLES, Slot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ocr.flat import Flat
    from ocr.grid import Rule
    from ocr.layout import Frame
    from ocr.ledger import Column, Table
    from ocr.page_lines import SeenPage

#: In heights: how much wider another gap must be than that at a border.
_WIDER = 0.3
_SEXES = frozenset({"男", "女"})
#: A count before a number that begins with a place; counts run on in so many rows at least,
#: and in such a share of them.
_COUNT = re.compile(r"[1-9]\d?(?=[㐀-鿿])(?![年字第号])")
_COUNTS, _MOST = 3, 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """A slot in a row, of a column that is `guessed` or whose person is `custom` alone."""

    row: int
    slot: Slot
    guessed: bool = False
    custom: bool = False


def find_cells(seen: SeenPage, lines: Sequence[Line], table: Table) -> list[Cell]:
    """The cells of the table with their ink."""
    held: dict[tuple[int, int], list[Segment]] = {}
    for line in lines:
        if line.red:
            continue
        for (strip, column), segment in _shares(line, table, seen.frame):
            if not _strays(segment, table.columns[column]):
                held.setdefault((strip, column), []).append(segment)
    cells = [
        Cell(
            row=number + 1,
            slot=_cell_slot(seen, column, place, strips, table, held),
            guessed=column.guessed,
            custom=column.custom,
        )
        for number in range(len(table.couples))
        for place, column in enumerate(table.columns)
        if column.field != BARRIER
        for column, strips in _strips(column, number, table)
    ]
    return _without_counts(cells)


def _without_counts(cells: list[Cell]) -> list[Cell]:
    """The cells without a running count before the certificates' numbers.

    A column of counts that was not told from the next one stands before its texts.
    """
    counted = {
        i: int(found[0])
        for i, cell in enumerate(cells)
        if cell.slot.field == "certificate_number" and (found := _COUNT.match(cell.slot.text))
    }  # fmt: skip
    steps = [b - a for a, b in itertools.pairwise(counted.values())]
    if steps.count(1) < max(_COUNTS, _MOST * len(steps)):
        return cells
    return [
        dataclasses.replace(cell, slot=_after(cell.slot, len(str(counted[i]))))
        if i in counted else cell
        for i, cell in enumerate(cells)
    ]  # fmt: skip


def _after(slot: Slot, characters: int) -> Slot:
    first, *rest = slot.ink
    if len(first.text) > characters:
        rest.insert(0, first.between(first.start + characters, first.stop))
    return dataclasses.replace(slot, ink=tuple(rest))


def _strays(segment: Segment, column: Column) -> bool:
    """Whether a sex stands by itself among names: the heading of its column wasn't found."""
    return column.field == "name" and segment.text.strip() in _SEXES


def _strips(column: Column, number: int, table: Table) -> list[tuple[Column, tuple[int, ...]]]:
    """The strips of a couple that make one cell of a column, for each person it speaks of."""
    strips = table.couples[number]
    if not table.paired or column.field not in PARTY_TAILS:
        return [(column, tuple(strip for strip in strips if strip >= 0))]
    return [
        (dataclasses.replace(column, party=role), (strip,))
        for role, strip in zip(ROLES, strips, strict=False)
        if strip >= 0
    ]


def _cell_slot(
    seen: SeenPage, column: Column, place: int, strips: Sequence[int], table: Table,
    held: Mapping[tuple[int, int], Sequence[Segment]],
) -> Slot:  # fmt: skip
    found = [segment for strip in strips for segment in held.get((strip, place), ())]
    ink = tuple(sorted(found, key=lambda s: s.area.u0))
    if not ink:
        inside = _inside((table.strips[strips[0]][0], table.strips[strips[-1]][1]), column)
        ink = _unseen_ink(seen, table.flat, inside, held.values())
    return Slot(field=column.field, party=column.party, label=None, ink=ink)


def _unseen_ink(
    seen: SeenPage, flat: Flat, inside: Area, held: Iterable[Sequence[Segment]]
) -> tuple[Segment, ...]:
    """Ink in a cell that the detector overlooked, as a line not read yet."""
    height = inside.height
    if height < 8 or inside.width < 8:
        return ()
    inner = Area(
        inside.u0 + 0.12 * height, inside.u1 - 0.12 * height,
        inside.v0 + 0.14 * height, inside.v1 - 0.14 * height,
    )  # fmt: skip
    # What reaches in from a neighbour's cell is not this cell's.
    over = [s.area for group in held for s in group if s.area.shared_v(inside) > 0.5]
    left = max([inner.u0, *(a.u1 for a in over if a.u0 < inner.u0 < a.u1)])
    right = min([inner.u1, *(a.u0 for a in over if a.u0 < inner.u1 < a.u1)])
    inner = inner._replace(u0=left, u1=right)
    if inner.width < 0.3 * height:
        return ()
    crop = straight(seen.clean, flat.quad(inner), down=seen.frame.vertical)
    extent = ink_extent(crop)
    if extent is None:
        return ()
    (first, last), (top, bottom) = extent
    pad = 0.12 * height
    area = Area(
        inner.u0 + first * inner.width - pad, inner.u0 + last * inner.width + pad,
        inner.v0 + top * inner.height - pad, inner.v0 + bottom * inner.height + pad,
    )  # fmt: skip
    quad = flat.quad(area)
    line = Line(
        quad=quad, area=seen.frame.area(quad), lattice=None, text="?", spans=((0.0, 1.0),),
        chances=(0.0,),
    )  # fmt: skip
    return (segment_of(line, seen.frame, 0, 1),)


def _inside(row: tuple[Rule, Rule], column: Column) -> Area:
    """The inner rectangle of a cell."""
    top, bottom = row
    u = (column.left.offset + column.right.offset) / 2
    v = (top.at(u) + bottom.at(u)) / 2
    u0, u1 = column.left.at(v), column.right.at(v)
    return Area(u0, u1, max(top.at(u0), top.at(u1)), min(bottom.at(u0), bottom.at(u1)))


def _shares(line: Line, table: Table, frame: Frame) -> list[tuple[tuple[int, int], Segment]]:
    """A line's characters by cell: each goes where its middle lies, then words are kept whole."""
    found = share_out(line, table.flat.area(line.quad), table.strips, table.columns)
    if found is None:
        return []
    strip, columns = found
    runs = _kept_whole(line.text, _at_gaps(line, _runs(columns)), table)
    return [
        ((strip, column), segment_of(line, frame, start, stop))
        for column, start, stop in runs
        if column is not None and line.text[start:stop].strip(" .·:|")
    ]


def _runs(columns: Sequence[int | None]) -> list[tuple[int | None, int, int]]:
    runs: list[tuple[int | None, int, int]] = []
    for i, column in enumerate(columns):
        if runs and runs[-1][0] == column:
            runs[-1] = (column, runs[-1][1], i + 1)
        else:
            runs.append((column, i, i + 1))
    return runs


def _at_gaps(
    line: Line, runs: list[tuple[int | None, int, int]]
) -> list[tuple[int | None, int, int]]:
    """Move a border by one character to a clearly wider gap: readers' characters are not exact."""
    result = list(runs)
    size = max(1.0, line.area.height) / max(1.0, line.area.width)
    for i in range(len(result) - 1):
        column, start, stop = result[i]
        after, _, end = result[i + 1]
        gaps = {
            at: line.spans[at][0] - line.spans[at - 1][1]
            for at in (stop - 1, stop, stop + 1)
            if start < at < end
        }
        widest = max(gaps, key=lambda at: gaps[at], default=stop)
        if stop in gaps and gaps[widest] > gaps[stop] + _WIDER * size:
            result[i], result[i + 1] = (column, start, widest), (after, widest, end)
    return result


def _kept_whole(
    text: str, runs: list[tuple[int | None, int, int]], table: Table
) -> list[tuple[int | None, int, int]]:
    """Move borders by up to two characters where the text before one then fits its column.

    A number runs over the rule, and 号 ends it.
    """
    result = list(runs)
    for i in range(len(result) - 1):
        column, start, stop = result[i]
        after, _, end = result[i + 1]
        if column is None:
            continue
        grammar = kind_of(table.columns[column].field).grammar
        if grammar is None:
            continue
        shifts = [shift for shift in (0, 1, 2, -1, -2) if start < stop + shift <= end]
        fits = [s for s in shifts if grammar.accepts(fold_text(text[start : stop + s])[0])]
        # A longer text that fits is the whole one: 2077 fits a number, and 2077号 does too.
        best = max(fits, key=lambda s: (s in {0, 1}, s), default=0)
        result[i] = (column, start, stop + best)
        result[i + 1] = (after, stop + best, end)
    return [(column, start, stop) for column, start, stop in result if start < stop]
