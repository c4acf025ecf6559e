"""Where the columns of a ledger lie: between ruled lines, or where nothing is written.

Neither tells all: folds look like rules, writing runs over them, and faint ones aren't seen
everywhere. What a column holds is decided in `ledger_columns`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.ledger_rows import level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.grid import Rule
    from ocr.layout import Area
    from ocr.ledger_headings import Heading

#: Columns are parted where no more than this share of the rows has writing.
_BARE = 0.06
#: In heights of the writing: gaps within a text, between columns, beside a heading.
_WITHIN, _BETWEEN, _BESIDE = 0.6, 0.3, 1.0
#: What it costs (in heights) to leave a column without a heading, or a heading without one;
#: little for one that can't be read.
_UNNAMED, _UNREAD = 2.0, 0.3
#: Rules are the borders where they part this share of the headings, or cross no more than
#: this share of the writing.
_PARTED, _CROSSED, _FEWEST_RULES = 0.7, 0.08, 4
#: A rule that strikes through characters of this share of the lines it meets is none; these
#: reach so far (in heights) on both of its sides.
_STRUCK, _ON_BOTH = 0.4, 0.4
#: Two columns touch where this share of the lines has the end of a number or date within,
#: and what follows begins at one place;
#: ends that differ by less than so many heights are of one border.
_CLOSED, _ONE_BORDER = 0.3, 4.0
#: A part of a place is a column where it has this share of the place's fullest part.
_FULL = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A column's borders, and its heading if it has one."""

    left: Rule
    right: Rule
    heading: Heading | None


def find_places(
    stretches: Sequence[Sequence[tuple[float, float]]],
    closings: Sequence[Sequence[tuple[float, float]]],
    headings: Sequence[Heading],
    rules: Sequence[Rule],
    *,
    middle: float,
    height: float,
) -> list[Place]:
    """The columns from left to right.

    `stretches` are the places of the characters of each line of the body, `closings` where in
    it a number or date ends and something else begins, `rules` the rules across, `middle` the
    height of the headings (of the body's top without any).
    """
    runs = [_joined(line, _WITHIN * height) for line in stretches]
    ruled = _ruled(stretches, headings, rules, middle, height)
    if ruled:
        places = _between_rules(ruled, headings, middle)
        return [
            part for place in places for part in _parts(place, headings, stretches, rules, height)
        ]
    regions = _regions([run for line in runs for run in line], height)
    regions = [part for region in regions for part in _closed(region, runs, closings, height)]
    regions = _split(regions, headings, [run for line in runs for run in line], height)
    pairs = _aligned(regions, headings, height)
    spots = [_spot(region, own) for region, own in pairs]
    edges = [spots[0][0] - 2 * height] if spots else []
    edges += [(a[1] + b[0]) / 2 for a, b in itertools.pairwise(spots)]
    edges += [spots[-1][1] + 2 * height] if spots else []
    return [
        Place(left=level(a), right=level(b), heading=own)
        for (a, b), (_, own) in zip(itertools.pairwise(edges), pairs, strict=True)
    ]


def _joined(line: Sequence[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Characters of a line without a gap between them, as one stretch."""
    runs: list[tuple[float, float]] = []
    for first, last in line:
        if runs and first - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    return runs


def _single(rules: Sequence[Rule], middle: float, height: float) -> list[Rule]:
    """The rules from left to right, a doubled one once."""
    kept: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at(middle)):
        if not kept or rule.at(middle) - kept[-1].at(middle) > _BETWEEN * height:
            kept.append(rule)
    return kept


def _uncrossed(
    rules: Sequence[Rule], headings: Sequence[Heading],
    stretches: Sequence[Sequence[tuple[float, float]]], middle: float, height: float,
) -> list[Rule]:  # fmt: skip
    """The rules without those that go right through headings or writing, such as folds do.

    Writing runs over rules too, and a heading may be seen too wide: one that alone parts two
    headings is kept.
    """
    areas = [found.area for found in headings]
    apart = [
        rule for rule in rules
        if not any(a.u0 + 0.2 * a.height < rule.at(middle) < a.u1 - 0.2 * a.height for a in areas)
    ]  # fmt: skip
    free = [rule for rule in apart if not _strikes(rule.at(middle), stretches, height)]
    for a, b in itertools.pairwise(areas):
        between = [rule for rule in apart if a.u0 < rule.at(middle) < b.u1] or [
            rule for rule in rules
            if a.u0 + a.u1 < 2 * rule.at(middle) < b.u0 + b.u1
            and not _strikes(rule.at(middle), stretches, height)
        ]  # fmt: skip
        if between and not any(rule in free for rule in between):
            free += between[:1]
    return sorted(free, key=lambda rule: rule.at(middle))


def _strikes(
    place: float, stretches: Sequence[Sequence[tuple[float, float]]], height: float
) -> bool:
    """Whether a rule goes through characters of many of the lines that stand on both sides."""
    over = [
        line for line in stretches
        if line and line[0][0] + _ON_BOTH * height < place < line[-1][1] - _ON_BOTH * height
    ]  # fmt: skip
    struck = sum(
        any(0.7 * a + 0.3 * b < place < 0.3 * a + 0.7 * b for a, b in line) for line in over
    )
    return len(over) >= _FEWEST_RULES and struck >= _STRUCK * len(over)


def _ruled(
    stretches: Sequence[Sequence[tuple[float, float]]], headings: Sequence[Heading],
    rules: Sequence[Rule], middle: float, height: float,
) -> list[Rule]:  # fmt: skip
    """The rules across if they are the columns' borders, with borders at both ends."""
    runs = [_joined(line, _WITHIN * height) for line in stretches]
    ordered = _uncrossed(_single(rules, middle, height), headings, stretches, middle, height)
    places = [rule.at(middle) for rule in ordered]
    if len(places) < _FEWEST_RULES:
        return []
    flat = [run for line in runs for run in line]
    inner = 0.35 * height
    crossed = sum(any(a + inner < p < b - inner for p in places) for a, b in flat)
    areas = [found.area for found in headings]
    parted = [
        any(a.u1 - 0.3 * a.height < place < b.u0 + 0.3 * b.height for place in places)
        for a, b in itertools.pairwise(areas)
    ]
    if parted and np.mean(parted) < _PARTED:
        return []
    if not parted and crossed > _CROSSED * len(flat):
        return []
    left, right = min(a for a, _ in flat), max(b for _, b in flat)
    before = [level(left - height)] if left < places[0] - height else []
    after = [level(right + height)] if right > places[-1] + height else []
    return [*before, *ordered, *after]


def _between_rules(
    rules: Sequence[Rule], headings: Sequence[Heading], middle: float
) -> list[Place]:
    result = []
    for left, right in itertools.pairwise(rules):
        a, b = left.at(middle), right.at(middle)
        inside = [h for h in headings if a <= (h.area.u0 + h.area.u1) / 2 <= b]
        own = next((h for h in inside if h.field), inside[0] if inside else None)
        result.append(Place(left=left, right=right, heading=own))
    return result


def _parts(
    place: Place, headings: Sequence[Heading], stretches: Sequence[Sequence[tuple[float, float]]],
    rules: Sequence[Rule], height: float,
) -> list[Place]:  # fmt: skip
    """A place between two rules, in parts where the rule between two columns wasn't believed."""
    v = place.heading.area.v1 if place.heading else 0.0
    left, right = place.left.at(v), place.right.at(v)
    inner = [[(a, b) for a, b in line if left <= (a + b) / 2 < right] for line in stretches]
    runs = [_joined(line, _WITHIN * height) for line in inner if line]
    regions = _regions([run for line in runs for run in line], height)
    filled = [sum(any(a < y and x < b for a, b in line) for line in runs) for x, y in regions]
    most = max(filled, default=0)
    full = [r for r, count in zip(regions, filled, strict=True) if count > _FULL * most]
    inside = [h for h in headings if h.field and left <= (h.area.u0 + h.area.u1) / 2 <= right]
    named = len(inside) > 1 and len(full) == len(inside)
    apart = all(
        (not headings and b[0] - a[1] > height)
        or any(a[1] - height / 3 < rule.at(v) < b[0] + height / 3 for rule in rules)
        for a, b in itertools.pairwise(full)
    )
    if len(full) < 2 or most < _FEWEST_RULES or not (named or apart):
        return [place]
    cuts = [level((a[1] + b[0]) / 2) for a, b in itertools.pairwise(full)]
    borders = list(itertools.pairwise([place.left, *cuts, place.right]))
    own = {region: heading for region, heading in _aligned(full, inside, height) if region}
    return [
        Place(left=a, right=b, heading=own.get(region))
        for (a, b), region in zip(borders, full, strict=True)
    ]


def _regions(runs: Sequence[tuple[float, float]], height: float) -> list[tuple[float, float]]:
    """Where something is written in more rows than by chance."""
    if not runs:
        return []
    step = max(1.0, 0.06 * height)
    low = min(a for a, _ in runs) - height
    count = np.zeros(int((max(b for _, b in runs) - low + height) / step) + 2, dtype=np.int64)
    for a, b in runs:
        count[int((a - low) / step) : int((b - low) / step) + 1] += 1
    written = count > _BARE * count.max()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], written.view(np.int8), [0]])))
    regions: list[tuple[float, float]] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        a, b = low + first * step, low + stop * step
        if regions and a - regions[-1][1] < _BETWEEN * height:
            regions[-1] = (regions[-1][0], b)
        else:
            regions.append((a, b))
    return regions


def _closed(
    region: tuple[float, float], runs: Sequence[Sequence[tuple[float, float]]],
    closings: Sequence[Sequence[tuple[float, float]]], height: float,
) -> list[tuple[float, float]]:  # fmt: skip
    """A region in two where most of its lines begin something new after a number or date.

    Columns that touch are read as one line, but what comes second begins at one place.
    """
    first, last = region
    rows = sum(any(a < last and first < b for a, b in line) for line in runs)
    begins = [
        begin for line in closings for _, begin in line if first + height < begin < last - height
    ]
    if len(begins) < max(_FEWEST_RULES, _CLOSED * rows):
        return [region]
    # The next closing of the same lines is another border, found in its turn.
    near = [b for b in begins if b < min(begins) + _ONE_BORDER * height]
    place = float(np.median(near))
    if np.median(np.abs(np.array(near) - place)) > height / 2:
        return [region]
    cut = place - _BETWEEN * height
    rest = _closed((cut, last), runs, closings, height)
    return [(first, cut), *rest]


def _split(
    regions: Sequence[tuple[float, float]], headings: Sequence[Heading],
    runs: Sequence[tuple[float, float]], height: float,
) -> list[tuple[float, float]]:  # fmt: skip
    """Regions over which several headings stand, parted where the least is written."""
    result: list[tuple[float, float]] = []
    for first, last in regions:
        # What can't be read as a heading may be a seal's character.
        middles = [(h.area.u0 + h.area.u1) / 2 for h in headings if h.field]
        inside = [m for m in middles if first - 0.3 * height < m < last + 0.3 * height]
        at = first
        for a, b in itertools.pairwise(inside):
            places = np.linspace(a, b, 41)
            crossed = [
                sum(x < place < y for x, y in runs) + 0.02 * abs(place - (a + b) / 2) / (b - a)
                for place in places
            ]
            cut = float(places[int(np.argmin(crossed))])
            result.append((at, cut))
            at = cut
        result.append((at, last))
    return result


def _aligned(
    regions: Sequence[tuple[float, float]], headings: Sequence[Heading], height: float
) -> list[tuple[tuple[float, float] | None, Heading | None]]:
    """Regions with their headings, in order, at the least cost."""
    n, m = len(regions), len(headings)
    cost = np.full((n + 1, m + 1), np.inf)
    spare = [_UNNAMED if heading.field else _UNREAD for heading in headings]
    cost[0, :] = np.cumsum([0.0, *spare])
    cost[:, 0] = _UNNAMED * np.arange(n + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            off = _distance(regions[i - 1], headings[j - 1].area, height)
            cost[i, j] = min(
                cost[i - 1, j - 1] + off, cost[i - 1, j] + _UNNAMED, cost[i, j - 1] + spare[j - 1]
            )
    pairs: list[tuple[tuple[float, float] | None, Heading | None]] = []
    i, j = n, m
    while i or j:
        off = _distance(regions[i - 1], headings[j - 1].area, height) if i and j else np.inf
        if i and j and cost[i, j] == cost[i - 1, j - 1] + off:
            pairs.append((regions[i - 1], headings[j - 1]))
            i, j = i - 1, j - 1
        elif i and cost[i, j] == cost[i - 1, j] + _UNNAMED:
            pairs.append((regions[i - 1], None))
            i -= 1
        else:
            # Nothing is lost with an empty column whose heading can't be read.
            pairs += [(None, headings[j - 1])] if headings[j - 1].field else []
            j -= 1
    return sorted(pairs, key=lambda pair: _spot(*pair))


def _distance(region: tuple[float, float], heading: Area, height: float) -> float:
    """How far a heading stands from a column, in heights; a little for not being in its middle."""
    gap = max(0.0, heading.u0 - region[1], region[0] - heading.u1)
    off = abs(heading.u0 + heading.u1 - region[0] - region[1]) / 2
    return (_BESIDE * gap + 0.1 * off) / height


def _spot(region: tuple[float, float] | None, heading: Heading | None) -> tuple[float, float]:
    """Where a column surely is: its writing, or its heading where nothing is written."""
    if region is not None:
        return region
    assert heading is not None  # noqa: S101 - one of the two is there
    return heading.area.u0, heading.area.u1
