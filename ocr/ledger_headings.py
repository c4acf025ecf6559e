"""The headings of a ledger: where they stand, and what they call their columns.

A heading may take two lines, and stand under 男方 or 女方 over several columns. Which column
it belongs to is decided in `ledger_borders`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ocr.automata import is_han
from ocr.classify import title_kind
from ocr.folding import fold_text
from ocr.labels import PARTY_MARK, PARTY_TAILS, Label, find_labels, heading
from ocr.layout import Area, segment_of, segments_of, sub_quad
from ocr.quads import is_vertical
from records.reading import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.flat import Flat
    from ocr.layout import Line, Segment

_FEWEST_LABELS = 3
#: Two labels that share so much of their width are one, two pieces are of one heading.
_TWIN, _SAME_HEADING = 0.5, 0.4
#: In heights of a heading: how far above the row of labels a heading over several columns
#: stands, and by how much it must be higher than the others.
_ABOVE, _HIGHER = 1.9, 0.6
#: A heading isn't longer than this.
_LONGEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading on the flat table; without a field where it names none that is known.

    It is `bare` where nothing but 男方, 女方 or the like was found of it.
    """

    area: Area
    field: str | None
    party: str | None
    bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The headings from left to right, and where the table's body begins."""

    headings: tuple[Heading, ...]
    bottom: float


def find_head(lines: Sequence[Line], flat: Flat) -> Head:
    """The headings of a table; none where fewer than three are found in a row."""
    pieces = [_laid_flat(piece, flat) for line in lines for piece in _pieces(line, flat)]
    row = header_row([piece for piece in pieces if piece.label])
    if len(row) < _FEWEST_LABELS:
        titles = [flat.area(line.quad).v1 for line in lines if title_kind(line.text)]
        return Head(headings=(), bottom=max(titles, default=-np.inf))
    height = float(np.median([piece.area.height for piece in row]))
    level = float(np.median([_middle_v(piece.area) for piece in row]))
    # 男 in the first row below 性别 is no heading.
    row = [p for p in row if not _below(p, level + _HIGHER * height)]
    top, bottom = min(p.area.v0 for p in row), max(p.area.v1 for p in row)
    band = [
        piece
        for piece in pieces
        if top - _ABOVE * height < _middle_v(piece.area) < bottom
        and len(piece.text) <= _LONGEST
        and piece.area.height < 2 * height
        and not title_kind(piece.line.text)
        and any(is_han(character) for character in piece.text)
    ]
    overs = _overs(band, level - _HIGHER * height)
    # What else stands beside 男方 and 女方, such as one of them unread, heads no column.
    heads = [p for p in band if not overs or p.label or _middle_v(p.area) > level - height / 2]
    headings = [_heading(group) for group in _grouped([p for p in heads if p not in overs])]
    return Head(headings=tuple(_owned(headings, overs)), bottom=bottom)


def _laid_flat(piece: Segment, flat: Flat) -> Segment:
    line = piece.line
    first, last = line.cut(piece.start, piece.stop)
    quad = sub_quad(line.quad, first, last, down=is_vertical(line.quad))
    return replace(piece, area=flat.area(quad))


def _pieces(line: Line, flat: Flat) -> list[Segment]:
    """A line's labels and ink; the whole line where it is one of a ledger's short headings."""
    found = heading(line.text)
    # Under 性别 stand 男 and 女, which are headings elsewhere.
    if found:
        return [segment_of(line, flat.frame, 0, len(line.text), found)]
    return segments_of(line, flat.frame)


def _middle_v(area: Area) -> float:
    return (area.v0 + area.v1) / 2


def header_row(segments: Sequence[Segment]) -> list[Segment]:
    """The labels of the row that has most of them, along the row."""
    labels = [s for s in segments if s.label]
    best: list[Segment] = []
    most = 0
    for first in labels:
        reach = 1.2 * first.area.height
        middle = _middle_v(first.area)
        # Two printed lines of a narrow heading, and some skew, are one row.
        row = [s for s in labels if abs(_middle_v(s.area) - middle) < reach]
        kinds = {_names(s) for s in row}
        # A column of 男 and 女 beside each other is no heading.
        worth = len(kinds) if any(field != "name" for field, _ in kinds) else 0
        if worth > most:
            best, most = row, worth
    return _once(sorted(best, key=lambda s: s.area.u0))


def _once(labels: Sequence[Segment]) -> list[Segment]:
    """Labels seen twice, with red ink and without, counted once."""
    kept: list[Segment] = []
    for segment in labels:
        same = [o for o in kept if _names(o) == _names(segment)]
        if not any(o.area.shared_u(segment.area) > _TWIN for o in same):
            kept.append(segment)
    return kept


def _names(segment: Segment) -> tuple[str, str | None]:
    return (segment.label.field, segment.label.party) if segment.label else ("", None)


def _overs(band: Sequence[Segment], level: float) -> list[Segment]:
    """男方 and 女方, or one of them alone, that stand over the row of the other headings."""
    marks = [
        piece for piece in band
        if piece.label and _is_mark(piece.label) and _middle_v(piece.area) < level
    ]  # fmt: skip
    marks = _once(sorted(marks, key=lambda s: s.area.u0))
    parties = [piece.label.party for piece in marks if piece.label]
    return marks if len(set(parties)) == len(parties) else []


def _below(piece: Segment, level: float) -> bool:
    return bool(piece.label and _is_mark(piece.label) and _middle_v(piece.area) > level)


def _is_mark(label: Label) -> bool:
    """Whether a label is 男, 女 or the like alone."""
    bare = label.field in {PARTY_MARK, "name"}
    return bare and label.party is not None and label.stop - label.start <= len("男　方")


def _grouped(pieces: Sequence[Segment]) -> list[list[Segment]]:
    """Pieces that stand one above the other, from left to right."""
    groups: list[list[Segment]] = []
    for piece in sorted(pieces, key=lambda s: s.area.u0):
        over = [
            group for group in groups
            if any(other.area.shared_u(piece.area) > _SAME_HEADING for other in group)
        ]  # fmt: skip
        if over:
            over[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _heading(group: Sequence[Segment]) -> Heading:
    ordered = sorted(group, key=lambda s: _middle_v(s.area))
    area = ordered[0].area
    for piece in ordered[1:]:
        area = area.joined(piece.area)
    label = named("".join(piece.text for piece in ordered)) if len(ordered) > 1 else None
    label = label or next((piece.label for piece in ordered if piece.label), None)
    if label is None:
        return Heading(area=area, field=None, party=None)
    bare = _is_mark(label)
    field = "name" if label.field == PARTY_MARK else label.field
    party = label.party if field in PARTY_TAILS else None
    return Heading(area=area, field=field, party=party, bare=bare)


def named(text: str) -> Label | None:
    """The label that a heading is, ledgers' own short words first."""
    whole = heading(text)
    if whole:
        return whole
    labels = find_labels(text)
    fields = [label for label in labels if label.field != PARTY_MARK]
    found = fields[0] if fields else next(iter(labels), None)
    # 男方 before a field names its person even when something stands between them.
    if found and found.party is None and found.field in PARTY_TAILS:
        party = next((label.party for label in labels if label.field == PARTY_MARK), None)
        folded = fold_text(text)[0]
        party = party or {"男": "male", "女": "female"}.get(folded[:1])
        found = replace(found, party=party)
    return found


def _owned(headings: Sequence[Heading], overs: Sequence[Segment]) -> list[Heading]:
    """Headings without a person, first those of one and then those of the other, by 男方 or 女方.

    What stands over one of the two blocks says whose it is, and whose the other must be.
    """
    bare = [h for h in headings if h.field in PARTY_TAILS and h.party is None]
    blocks: tuple[list[Heading], list[Heading]] = ([], [])
    for found in bare:
        earlier = any(other.field == found.field for other in blocks[0])
        blocks[earlier].append(found)
    if not overs or not all(blocks):
        return list(headings)
    mark = overs[0]
    off = [abs(_middle_u(mark.area) - _middle_of(block)) for block in blocks]
    own = mark.label.party if mark.label else None
    other = next(role for role in ROLES if role != own)
    order = (own, other) if off[0] <= off[1] else (other, own)
    parties = {
        id(found): party for block, party in zip(blocks, order, strict=True) for found in block
    }
    return [replace(h, party=parties.get(id(h), h.party)) for h in headings]


def _middle_u(area: Area) -> float:
    return (area.u0 + area.u1) / 2


def _middle_of(block: Sequence[Heading]) -> float:
    return (block[0].area.u0 + block[-1].area.u1) / 2
