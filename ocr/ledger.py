"""Ledgers: a table in which every row is a couple.

The grid comes from ruled lines, or from the boxes of ink where there are none; the header's
labels say what the columns are. Which ink is whose is found in `ledger_cells`.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.folding import fold_text
from ocr.grid import Grid, Rule, find_grid
from ocr.labels import BARRIER, PARTY_MARK, PARTY_TAILS, heading, order_of_names
from ocr.layout import Area, Line, Segment, segment_of, segments_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Frame
    from ocr.page_lines import SeenPage

_FEWEST_LABELS = 3
#: Two labels that share so much of their width are one.
_TWIN = 0.5
_DATE = re.compile(r"^.?(1[89]|20)\d\d")
_NUMBER = re.compile(r"[结离]?字.*\d{2,}|\d{2}.{1,3}[结离]|^B?[JL]\d{6}-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its field, whose it is, and its borders as rules across."""

    field: str
    party: str | None
    left: Rule
    right: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows (as pairs of rules along) and columns of a ledger.

    In a `paired` one a couple has two lines: the man above, the woman below, and columns
    without a person run through both.
    """

    rows: tuple[tuple[Rule, Rule], ...]
    columns: tuple[Column, ...]
    paired: bool = False


def find_table(seen: SeenPage, lines: Sequence[Line]) -> Table | None:
    """The rows and columns of a ledger, None when no header can be found."""
    segments = _with_headings(lines, seen.frame)
    header = header_row(segments)
    if len(header) < _FEWEST_LABELS:
        return None
    inks = [s for s in segments if not s.label and s.area.v0 > _mean_v(header)]
    whole = _whole(seen)
    paired = _is_paired(header)
    grid = _inner(find_grid(seen.clean, seen.frame, whole), header, paired=paired)
    bottom = max((label.area.v1 for label in header), default=0.0)
    rows = _ruled_rows(grid, header) or _loose_rows(inks, bottom)
    borders = _ruled_borders(grid, header) or _loose_borders(header, inks)
    columns = _columns(header, borders, inks)
    return Table(rows=tuple(rows), columns=tuple(columns), paired=paired and bool(grid.along))


def _is_paired(header: Sequence[Segment]) -> bool:
    """Whether the heading names one person's fields only, without saying whose."""
    labels = [s.label for s in header if s.label]
    own = [label for label in labels if label.field in PARTY_TAILS]
    fields = [label.field for label in own]
    single = fields.count("name") == 1 and len(set(fields)) == len(fields) > 1
    return single and not any(label.party for label in labels)


def _with_headings(lines: Sequence[Line], frame: Frame) -> list[Segment]:
    """Labels and ink of the lines; a line that is one of a ledger's short headings is a label."""
    plain = [segment for line in lines for segment in segments_of(line, frame)]
    sexes = any(s.label and s.label.field == "sex" for s in plain)
    result: list[Segment] = []
    for line in lines:
        found = heading(line.text)
        # Under 性别 stand 男 and 女, which would be headings elsewhere.
        if found and not (sexes and len(fold_text(line.text)[0]) == 1):
            result.append(segment_of(line, frame, 0, len(line.text), found))
        else:
            result += [s for s in plain if s.line is line]
    return result


def _whole(seen: SeenPage) -> Area:
    height, width = seen.image.shape[:2]
    page = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    return seen.frame.area(page)


def _mean_v(segments: Sequence[Segment]) -> float:
    return float(np.mean([(s.area.v0 + s.area.v1) / 2 for s in segments]))


def header_row(segments: Sequence[Segment]) -> list[Segment]:
    """The labels of the row that has most of them, along the row."""
    labels = [s for s in segments if s.label]
    best: list[Segment] = []
    for first in labels:
        reach = 1.2 * first.area.height
        middle = (first.area.v0 + first.area.v1) / 2
        # Two printed lines of a narrow heading, and some skew, are one row.
        row = [s for s in labels if abs((s.area.v0 + s.area.v1) / 2 - middle) < reach]
        if len({s.label.field + str(s.label.party) for s in row if s.label}) > len(
            {s.label.field + str(s.label.party) for s in best if s.label}
        ):
            best = row
    return _once(sorted(best, key=lambda s: s.area.u0))


def _once(labels: Sequence[Segment]) -> list[Segment]:
    """Labels seen twice, with red ink and without, counted once."""
    kept: list[Segment] = []
    for segment in labels:
        same = [o for o in kept if _names(o) == _names(segment)]
        if not any(o.area.shared_u(segment.area) > _TWIN for o in same):
            kept.append(segment)
    return kept


def _names(segment: Segment) -> tuple[str, str | None] | None:
    return (segment.label.field, segment.label.party) if segment.label else None


def _inner(grid: Grid, header: Sequence[Segment], *, paired: bool) -> Grid:
    """The grid without folds and edges of the paper: rules that leave the table."""
    u0, u1 = header[0].area.u0, header[-1].area.u1
    middle = (u0 + u1) / 2
    reach = u1 - u0
    # The thin rules between the two lines of a couple stop short of the outer columns.
    least = 0.93 if paired else 0.7
    along = [r for r in grid.along if min(r.stop, u1) - max(r.start, u0) > least * reach]
    if len(along) < 3:
        return Grid(along=(), across=grid.across)
    below = [r for r in along if r.at(middle) > header[0].area.v0 - 2 * header[0].area.height]
    if len(below) < 3:
        return Grid(along=(), across=grid.across)
    top, bottom = below[0].at(middle), below[-1].at(middle)
    slack = 0.06 * (bottom - top)
    across = [
        r for r in grid.across if r.start > top - slack - abs(r.slope) and r.stop < bottom + slack
    ]
    return Grid(along=tuple(below), across=tuple(across))


def _ruled_rows(grid: Grid, header: Sequence[Segment]) -> list[tuple[Rule, Rule]]:
    """The strips between rules below the header."""
    if len(grid.along) < 3:
        return []
    place = (header[0].area.u0 + header[-1].area.u1) / 2
    middle = _mean_v(header)
    rules = [rule for rule in grid.along if rule.at(place) > middle]
    pairs = list(itertools.pairwise(rules))
    heights = [b.at(place) - a.at(place) for a, b in pairs]
    typical = float(np.median(heights)) if heights else 0.0
    return [pair for pair, height in zip(pairs, heights, strict=True) if height > 0.5 * typical]


def _loose_rows(inks: Sequence[Segment], bottom: float) -> list[tuple[Rule, Rule]]:
    """Rows by the ink alone: chains of boxes whose heights overlap."""
    below = sorted((s for s in inks if s.area.v0 > bottom), key=lambda s: _mean_v([s]))
    rows: list[list[Segment]] = []
    for ink in below:
        if rows and abs(_mean_v(rows[-1]) - _mean_v([ink])) < 0.6 * ink.area.height:
            rows[-1].append(ink)
        else:
            rows.append([ink])
    full = [row for row in rows if len(row) >= _FEWEST_LABELS]
    centres = [_mean_v(row) for row in full]
    if not centres:
        return []
    steps = [b - a for a, b in itertools.pairwise(centres)]
    half = (float(np.median(steps)) if steps else 2 * full[0][0].area.height) / 2
    return [(_level(centre - half), _level(centre + half)) for centre in centres]


def _level(place: float) -> Rule:
    return Rule(offset=place, slope=0.0, start=0.0, stop=0.0)


def _ruled_borders(grid: Grid, header: Sequence[Segment]) -> list[Rule]:
    """The rules across, when they part the header's labels."""
    middle = _mean_v(header)
    places = sorted(rule.at(middle) for rule in grid.across)
    parted = sum(
        any(
            a.area.u1 - 0.3 * a.area.height < place < b.area.u0 + 0.3 * b.area.height
            for place in places
        )
        for a, b in itertools.pairwise(header)
    )
    enough = parted >= 0.7 * (len(header) - 1)
    return sorted(grid.across, key=lambda rule: rule.at(middle)) if enough else []


def _loose_borders(header: Sequence[Segment], inks: Sequence[Segment]) -> list[Rule]:
    """Borders where the fewest boxes are crossed between neighbouring headings."""
    edges = [_level(header[0].area.u0 - 2 * header[0].area.height)]
    for a, b in itertools.pairwise(header):
        first = (a.area.u0 + a.area.u1) / 2
        last = (b.area.u0 + b.area.u1) / 2
        places = np.linspace(first, last, 41)
        crossed = [
            sum(s.area.u0 < place < s.area.u1 for s in inks)
            + 0.02 * abs(place - (first + last) / 2) / (last - first)
            for place in places
        ]
        edges.append(_level(float(places[int(np.argmin(crossed))])))
    edges.append(_level(header[-1].area.u1 + 6 * header[-1].area.height))
    return edges


def _columns(
    header: Sequence[Segment], borders: Sequence[Rule], inks: Sequence[Segment]
) -> list[Column]:
    middle = _mean_v(header)
    found: list[Column] = []
    for left, right in itertools.pairwise(borders):
        a, b = left.at(middle), right.at(middle)
        inside = [s for s in header if a <= (s.area.u0 + s.area.u1) / 2 <= b]
        labels = [s.label for s in inside if s.label]
        label = next((x for x in labels if x.field != PARTY_MARK), labels[0] if labels else None)
        if label:
            field = "name" if label.field == PARTY_MARK else label.field
            found.append(Column(field=field, party=label.party, left=left, right=right))
        else:
            field = _guess(left, right, inks, {column.field for column in found})
            party = None
            found.append(Column(field=field, party=party, left=left, right=right))
    return _with_parties(_one_number(found, inks))


def _one_number(columns: Sequence[Column], inks: Sequence[Segment]) -> list[Column]:
    """編號 over running numbers is a sequence, beside the column of certificate numbers."""
    doubled = [c for c in columns if c.field == "certificate_number"]
    if len(doubled) < 2:
        return list(columns)

    def running(column: Column) -> bool:
        texts = _texts(column.left, column.right, inks)
        return bool(texts) and float(np.mean([len(t) < 4 for t in texts])) > 0.7

    return [
        dataclasses.replace(column, field="sequence")
        if column in doubled and running(column)
        else column
        for column in columns
    ]


def _texts(left: Rule, right: Rule, inks: Sequence[Segment]) -> list[str]:
    return [
        fold_text(s.text)[0]
        for s in inks
        if left.at(s.area.v0) <= (s.area.u0 + s.area.u1) / 2 <= right.at(s.area.v0)
    ]


def _guess(left: Rule, right: Rule, inks: Sequence[Segment], have: set[str]) -> str:
    """What a column without a readable heading holds, by its ink."""
    texts = _texts(left, right, inks)
    if not texts:
        return BARRIER
    shares = {
        "certificate_number": np.mean([bool(_NUMBER.search(text)) for text in texts]),
        "registration_date": np.mean([bool(_DATE.search(text)) for text in texts]),
        "sequence": np.mean([text.isdigit() and len(text) < 4 for text in texts]),
    }
    best = max(shares, key=lambda field: shares[field])
    return best if shares[best] > 0.4 and best not in have else BARRIER


def _with_parties(columns: Sequence[Column]) -> list[Column]:
    """Columns whose heading names no person: two of a kind follow the order of the names."""
    order = order_of_names([column.party for column in columns if column.field == "name"])
    result: list[Column] = []
    current: str | None = None
    for column in columns:
        if column.field not in PARTY_TAILS:
            result.append(column)
            continue
        if column.party is None:
            twins = [c for c in columns if c.field == column.field]
            earlier = [c for c in result if c.field == column.field]
            party = current if len(twins) == 1 else order[bool(earlier)]
            result.append(dataclasses.replace(column, party=party or "male"))
        else:
            result.append(column)
        current = result[-1].party
    return result
