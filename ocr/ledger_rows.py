"""The rows of a ledger: strips of the flat table that each hold one line of writing.

Rows are where the writing of the fullest columns heaps up; a ruled line between two of
them is their border. In a ledger with two lines for a couple, two strips belong together.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from ocr.grid import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Area

    Strip = tuple[Rule, Rule]

#: Columns with so large a part of the fullest one's writing say where the rows are.
_FULL = 0.7
#: In heights of the writing: how wide a row's heap is, and how close two rows may stand.
_WIDE, _APART = 0.25, 0.5
#: A row is a heap of this share of the median one; a table is ruled where so many of its
#: rows are parted by rules.
_LEAST, _RULED = 0.3, 0.7
#: Lines of one cell stand closer than this share of the distance between rows.
_OF_ONE_CELL = 0.75


def level(place: float) -> Rule:
    """A level border at a height of the flat table."""
    return Rule(offset=place, slope=0.0, start=0.0, stop=0.0)


def find_rows(columns: Sequence[Sequence[Area]], rules: Sequence[Rule], top: float) -> list[Strip]:
    """The strips below `top`, from the areas of the writing in each column."""
    most = max((len(areas) for areas in columns), default=0)
    full = [area for areas in columns if len(areas) >= _FULL * most for area in areas]
    if not full:
        return []
    height = float(np.median([area.height for area in full]))
    middle = float(np.median([(area.u0 + area.u1) / 2 for area in full]))
    centres = _heaps([(area.v0 + area.v1) / 2 for area in full], height)
    if not centres:
        return []
    steps = [b - a for a, b in itertools.pairwise(centres)]
    pitch = float(np.median(steps)) if steps else 2 * height
    borders = [_border(rules, a, b, middle, pitch) for a, b in itertools.pairwise(centres)]
    ruled = sum(rule is not None for rule in borders) >= _RULED * max(1, len(borders))
    first = _border(rules, max(top, centres[0] - pitch), centres[0], middle, pitch)
    last = _border(rules, centres[-1], centres[-1] + pitch, middle, pitch)
    edges = [first or level(centres[0] - pitch / 2)]
    for border, (a, b) in zip(borders, itertools.pairwise(centres), strict=True):
        # Where all other rows are parted by rules, two close lines without one are one cell's.
        if border is not None or not ruled or b - a > _OF_ONE_CELL * pitch:
            far = b - a > 1.5 * pitch
            edges += [level(a + pitch / 2), level(b - pitch / 2)] if far else []
            edges += [] if far else [border or level((a + b) / 2)]
    edges.append(last or level(centres[-1] + pitch / 2))
    strips = list(itertools.pairwise(edges))
    return [
        (a, b) for a, b in strips if any(a.at(middle) < centre < b.at(middle) for centre in centres)
    ]


def _heaps(places: Sequence[float], height: float) -> list[float]:
    """The middles of the heaps that places on a line form."""
    found = np.array(places)
    step = max(0.5, 0.05 * height)
    grid = np.arange(found.min() - height, found.max() + height, step)
    wide = _WIDE * height
    density = np.exp(-(((grid[:, None] - found[None, :]) / wide) ** 2) / 2).sum(axis=1)
    inner = density[1:-1]
    peaks = np.flatnonzero((inner >= density[:-2]) & (inner > density[2:])) + 1
    if not peaks.size:
        return []
    least = _LEAST * float(np.median(density[peaks]))
    kept: list[int] = []
    for peak in peaks[density[peaks] >= least].tolist():
        if kept and (grid[peak] - grid[kept[-1]]) < _APART * height:
            kept[-1] = max(kept[-1], peak, key=lambda i: density[i])
        else:
            kept.append(peak)
    return [float(grid[i]) for i in kept]


def _border(
    rules: Sequence[Rule], above: float, below: float, place: float, pitch: float
) -> Rule | None:
    """The rule nearest to the middle between two rows."""
    middle = (above + below) / 2
    between = [rule for rule in rules if above < rule.at(place) < below]
    near = min(between, key=lambda rule: abs(rule.at(place) - middle), default=None)
    return near if near and abs(near.at(place) - middle) < 0.45 * pitch else None


def couples_of(
    count: int, *, paired: bool, sexes: Sequence[str] = ()
) -> tuple[tuple[int, ...], ...]:
    """The strips that belong to each couple: one, or two in a `paired` ledger.

    Where `sexes` (one for each strip) say that the first line is a woman's, her husband's
    wasn't found: he is strip -1.
    """
    if not paired:
        return tuple((i,) for i in range(count))
    first = sum((sex == "男") == (i % 2 == 0) for i, sex in enumerate(sexes) if sex)
    shifted = sum((sex == "男") == (i % 2 == 1) for i, sex in enumerate(sexes) if sex)
    start = -1 if shifted > first else 0
    return tuple((i, i + 1) if i + 1 < count else (i,) for i in range(start, count, 2))
