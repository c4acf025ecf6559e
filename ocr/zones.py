"""Which ink belongs to which label, and to which of the two people.

A value follows its label in reading direction: in the same line, in the next box of the
row, or in the row below. Which person a label speaks of is said by the label, by a heading
over a column or beside a block, or by the order of the blocks. Ledgers have a grid and are
handled in `ledger`.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.folding import fold_text
from ocr.labels import BARRIER, PARTY_MARK, PARTY_TAILS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.layout import Area, Segment

ROLES = ("male", "female")
#: In heights of the label: how far right of it its value may begin, how far below, and the
#: gap at which a further box of the row is another value.
_REACH_RIGHT, _REACH_BELOW, _NEXT_VALUE = 14.0, 2.5, 2.5
_SAME_ROW, _SAME_COLUMN = 0.45, 0.3
#: Below a heading, in its heights; over a value, of its width; beside it, in its heights.
_OVERLAP, _OVER, _TALLER = -0.4, 0.8, 2.5
#: How far below the heading of a column its values may stand, in heights of the heading.
_COLUMN = 9.0
#: A day, and a day or a certificate number; fields that hold neither.
_DOTTED = r"^[12]\d{3}[./-]\d{1,2}[./-]\d{1,2}$"
_DAY = re.compile(rf"^.{{2,6}}年.{{1,3}}月.{{1,3}}日$|{_DOTTED}")
_ANOTHERS = re.compile(rf"^.{{2,6}}年.{{1,3}}月.{{1,3}}日|字.{{0,2}}第.{{1,9}}号$|{_DOTTED}")
_SHORT_FIELDS = frozenset(
    {PARTY_MARK, "name", "sex", "age", "ethnicity", "nationality", "native_place", "official",
     "office", "occupation", "education"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slot:
    """A field's place on the page: its label (None when found by its pattern) and its ink.

    It is `explicit` where the page itself names the party, `rivalled` where other ink claims
    to be the same field.
    """

    field: str
    party: str | None
    label: Segment | None
    ink: tuple[Segment, ...]
    explicit: bool = False
    rivalled: bool = False

    @property
    def area(self) -> Area:
        """The area of the ink, or of the label where there is none."""
        areas = [segment.area for segment in self.ink] or [self.label.area] if self.label else []
        areas = [segment.area for segment in self.ink] or areas
        whole = areas[0]
        for area in areas[1:]:
            whole = whole.joined(area)
        return whole

    @property
    def text(self) -> str:
        """What was first read there."""
        return "".join(segment.text for segment in self.ink)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A page's slots, the headings that name a party, and ink that no label claims."""

    slots: tuple[Slot, ...]
    marks: tuple[Segment, ...]
    loose: tuple[Segment, ...]


def place(segments: Sequence[Segment]) -> Placed:
    """Give every stretch of ink to its label."""
    labels = [segment for segment in segments if segment.label]
    inks = sorted((s for s in segments if not s.label), key=lambda s: s.area.u0)
    claims: dict[int, list[list[Segment]]] = {}
    loose: list[Segment] = []
    headings = _headings(labels, inks)
    for ink in inks:
        owner = _left_label(ink, labels, claims)
        # After a person's word a row of a table goes on under the heads of its columns.
        free = owner is None or (_is_mark(owner) and owner.line is not ink.line)
        heading = _above(ink, headings) if free and _after_mark(ink, labels) else None
        if heading is not None:
            claims.setdefault(id(heading), []).append([ink])
        elif (
            owner is None
            or not _may_hold(owner, ink)
            or not _claim(claims.setdefault(id(owner), []), ink)
        ):
            loose.append(ink)
    loose = _claim_below(labels, loose, claims)
    slots = [_slot(label, group) for label in labels for group in claims.get(id(label)) or [[]]]
    marks = tuple(s.label for s in slots if s.field == PARTY_MARK and not s.ink and s.label)
    wanted = [s for s in slots if s.field != BARRIER and (s.field != PARTY_MARK or s.ink)]
    return Placed(slots=tuple(_names_of_marks(wanted)), marks=marks, loose=tuple(loose))


def _is_mark(segment: Segment) -> bool:
    return segment.label is not None and segment.label.field == PARTY_MARK


def _after_mark(ink: Segment, labels: Sequence[Segment]) -> bool:
    """Whether the row of some ink begins with a person's word."""
    return any(
        _is_mark(label) and _in_row(label, ink) and label.area.u1 <= ink.area.u0 for label in labels
    )


def _may_hold(owner: Segment, ink: Segment) -> bool:
    """Whether ink may be the value of a label: a day is nobody's name, and no number."""
    field = owner.label.field if owner.label else None
    text = fold_text(ink.text)[0]
    if field == "certificate_number":
        return not _DAY.search(text)
    return field not in _SHORT_FIELDS or not _ANOTHERS.search(text)


def _headings(labels: Sequence[Segment], inks: Sequence[Segment]) -> list[Segment]:
    """Labels in a row of nothing but labels: the heads of columns."""
    fields = [label for label in labels if not _is_mark(label)]
    return [
        label
        for label in fields
        if any(_in_row(label, other) for other in fields if other is not label)
        and not any(_in_row(label, ink) for ink in inks)
    ]


def _in_row(one: Segment, other: Segment) -> bool:
    return one.area.shared_v(other.area) >= _SAME_ROW


def _above(ink: Segment, headings: Sequence[Segment]) -> Segment | None:
    """The heading of the column in which ink stands."""
    over = [
        label
        for label in headings
        if label.area.shared_u(ink.area) >= _SAME_COLUMN
        and _OVERLAP <= (ink.area.v0 - label.area.v1) / label.area.height <= _COLUMN
        and label.label is not None
        and label.label.field != BARRIER
    ]
    return max(over, key=lambda label: _common_u(label.area, ink.area), default=None)


def _slot(label: Segment, group: list[Segment]) -> Slot:
    assert label.label is not None  # noqa: S101 - only segments with a label get here
    party = label.label.party
    return Slot(
        field=label.label.field, party=party, label=label, ink=tuple(group),
        explicit=party is not None,
    )  # fmt: skip


def _claim(groups: list[list[Segment]], ink: Segment) -> bool:
    """Add ink to a label: to the value before it, or, after a wide gap, as another value.

    What lies over that value, or is much taller, does not go on from it: a seal's rim, mostly.
    """
    if groups:
        last = groups[-1][-1]
        within = last.area.shared_u(ink.area) > _OVER and ink.area.u1 < last.area.u1
        if within or ink.area.height > _TALLER * last.area.height:
            return False
        gap = ink.area.u0 - last.area.u1
        if gap < _NEXT_VALUE * min(last.area.height, ink.area.height):
            groups[-1].append(ink)
            return True
    groups.append([ink])
    return True


def _left_label(
    ink: Segment, labels: Sequence[Segment], claims: Mapping[int, list[list[Segment]]]
) -> Segment | None:
    """The nearest label before the ink in its row, however far its last value reaches."""
    own = [s for s in labels if s.line is ink.line and s.stop <= ink.start]
    if own:
        return max(own, key=lambda s: s.stop)
    near = [
        label
        for label in labels
        if label.area.shared_v(ink.area) >= _SAME_ROW
        and label.line is not ink.line
        and label.area.u1 <= ink.area.u0 + 0.6 * ink.area.height
    ]
    if not near:
        return None
    best = max(near, key=lambda label: label.area.u1)
    reach = _REACH_RIGHT * best.area.height
    ends = [best.area.u1, *(last[-1].area.u1 for last in claims.get(id(best), ()))]
    return best if ink.area.u0 - max(ends) <= reach else None


def _claim_below(
    labels: Sequence[Segment], loose: Sequence[Segment], claims: dict[int, list[list[Segment]]]
) -> list[Segment]:
    """Ink under a label that has none beside it."""
    rest: list[Segment] = []
    empty = [label for label in labels if id(label) not in claims]
    for ink in sorted(loose, key=lambda s: s.area.v0):
        over = [
            label
            for label in empty
            if label.area.shared_u(ink.area) >= _SAME_COLUMN
            and _OVERLAP <= (ink.area.v0 - label.area.v1) / label.area.height <= _REACH_BELOW
            and label.label is not None
            and label.label.field != BARRIER
            and _may_hold(label, ink)
        ]
        if over:
            nearest = max(over, key=lambda label: (_common_u(label.area, ink.area), label.area.v1))
            groups = claims.setdefault(id(nearest), [])
            groups.append([ink])
        else:
            rest.append(ink)
    return rest


def _common_u(a: Area, b: Area) -> float:
    """What two areas share along the lines, of their joint extent, in tenths."""
    common = min(a.u1, b.u1) - max(a.u0, b.u0)
    return round(10 * common / max(1.0, max(a.u1, b.u1) - min(a.u0, b.u0)))


def _names_of_marks(slots: Sequence[Slot]) -> list[Slot]:
    """`男方：张三` without 姓名: the ink after a party's word is the name."""
    named = {slot.party for slot in slots if slot.field == "name" and slot.ink}
    kept: list[Slot] = []
    for slot in slots:
        if slot.field != PARTY_MARK:
            kept.append(slot)
        elif slot.party not in named and None not in named:
            kept.append(dataclasses.replace(slot, field="name"))
    return kept


def with_parties(placed: Placed, *, wife_first: bool = False) -> tuple[Slot, ...]:
    """The slots, each with the person it speaks of (couple fields keep None).

    `wife_first` says who comes first where nothing on the page names a person.
    """
    anchors = _anchors(placed)
    shared = [slot for slot in placed.slots if slot.field not in PARTY_TAILS]
    own = [slot for slot in placed.slots if slot.field in PARTY_TAILS]
    if {role for role, _, _ in anchors} == set(ROLES):
        owned = _one_each(own, [_by_anchor(slot, anchors, own) for slot in own], anchors)
    else:
        owned = _by_order(own)
        if wife_first:
            owned = [slot if slot.explicit else _of_the_other(slot) for slot in owned]
    return (*shared, *owned)


def _of_the_other(slot: Slot) -> Slot:
    other = {"male": "female", "female": "male"}
    return dataclasses.replace(slot, party=other.get(slot.party or ""))


def _anchors(placed: Placed) -> list[tuple[str, Area, bool]]:
    """Where a party is named: (role, area, whether it is a heading)."""
    explicit = [
        (slot.party, slot.label.area if slot.label else slot.area, False)
        for slot in placed.slots
        if slot.party and slot.field in PARTY_TAILS
    ]
    headings = [
        (mark.label.party, mark.area, True)
        for mark in placed.marks
        if mark.label and mark.label.party
    ]
    return [*explicit, *headings]


def _one_each(
    before: Sequence[Slot], owned: Sequence[Slot], anchors: Sequence[tuple[str, Area, bool]]
) -> list[Slot]:
    """Of two equal fields that both fell to one person, the second is the other's."""
    first = _named_first(anchors)
    other = next(role for role in ROLES if role != first)
    result = list(owned)
    for tail in {slot.field for slot in owned if slot.ink}:
        same = [slot for slot in owned if slot.field == tail and slot.ink]
        unsaid = all(not b.party for b, o in zip(before, owned, strict=True) if o in same)
        if len(same) == len(ROLES) and unsaid and len({slot.party for slot in same}) == 1:
            for slot, role in zip(in_reading_order(same), (first, other), strict=True):
                result[result.index(slot)] = dataclasses.replace(slot, party=role)
    return result


def _named_first(anchors: Sequence[tuple[str, Area, bool]]) -> str:
    """Who is named first: further up, or further left in a row that may slope a little."""
    top = min(anchors, key=lambda anchor: anchor[1].v0)[1]
    row = [anchor for anchor in anchors if anchor[1].shared_v(top) >= _SAME_ROW]
    return min(row, key=lambda anchor: anchor[1].u0)[0]


def _start(slot: Slot, others: Sequence[Slot]) -> float:
    """Where a field begins along its row: at its label, unless that is another's as well."""
    label = slot.label
    shared = label is None or any(o.label is label and o is not slot for o in others)
    return slot.area.u0 if label is None or shared else label.area.u0


def _by_anchor(
    slot: Slot, anchors: Sequence[tuple[str, Area, bool]], others: Sequence[Slot]
) -> Slot:
    if slot.party:
        return slot
    first = {role: next(area for r, area, _ in anchors if r == role) for role in ROLES}
    middle = _centre(slot.area)
    beside = all(heading for _, _, heading in anchors)
    if first["male"].shared_v(first["female"]) >= _SAME_ROW:
        start = _start(slot, others)
        role = min(
            ROLES,
            key=lambda r: abs(_centre(first[r])[0] - middle[0] if beside else first[r].u0 - start),
        )
        return dataclasses.replace(slot, party=role)
    if beside and not any(slot.area.shared_u(area) > 0 for _, area, _ in anchors):
        role = min(ROLES, key=lambda r: abs(_centre(first[r])[1] - middle[1]))
        return dataclasses.replace(slot, party=role)
    before = [(area.v0, role) for role, area, _ in anchors if area.v0 <= middle[1]]
    earliest = min((area.v0, role) for role, area, _ in anchors)[1]
    return dataclasses.replace(slot, party=max(before)[1] if before else earliest)


def _by_order(slots: Sequence[Slot]) -> list[Slot]:
    """The first of two equal fields is the man's, unless a sex on the page says otherwise."""
    ordered = in_reading_order(slots)
    unsaid = {
        tail: [slot for slot in ordered if slot.field == tail and not slot.party][: len(ROLES)]
        for tail in sorted({slot.field for slot in ordered})
    }
    pairs = [tuple(same) for same in unsaid.values() if len(same) == len(ROLES)]
    result = [slot for slot in ordered if slot.party]
    for same in unsaid.values():
        if len(same) == 1 and pairs:
            result.append(_of_a_block(same[0], pairs))
        else:
            result += [
                dataclasses.replace(slot, party=role)
                for slot, role in zip(same, ROLES, strict=False)
            ]
    return result


def _of_a_block(slot: Slot, pairs: Sequence[tuple[Slot, ...]]) -> Slot:
    """A field that was found once, of the person among whose other fields it stands.

    Between the last of the first person's and the first of the second's it may be either's.
    """
    areas = [tuple(each.area for each in pair) for pair in pairs]
    middle = _centre(slot.area)
    beside = [pair for pair in areas if pair[0].shared_v(pair[1]) >= _SAME_ROW]
    if beside:
        first = min(beside, key=lambda pair: abs(_centre(pair[0])[1] - middle[1]))
        role = min(ROLES, key=lambda r: abs(_centre(first[r == "female"])[0] - middle[0]))
        return dataclasses.replace(slot, party=role)
    rows = [
        role
        for pair in areas
        for role, area in zip(ROLES, pair, strict=True)
        if area.shared_v(slot.area) >= _SAME_ROW
    ]
    end, start = max(pair[0].v1 for pair in areas), min(pair[1].v0 for pair in areas)
    if rows or middle[1] < end or middle[1] > start:
        above = middle[1] < end and middle[1] < start
        role = rows[0] if rows else ROLES[0] if above else ROLES[1]
        return dataclasses.replace(slot, party=role)
    near = ROLES[0] if middle[1] - end < start - middle[1] else ROLES[1]
    return dataclasses.replace(slot, party=near, rivalled=True)


def in_reading_order(slots: Sequence[Slot]) -> list[Slot]:
    """Row by row, and in a row along it."""
    rows: list[list[Slot]] = []
    for slot in sorted(slots, key=lambda s: _centre(s.area)[1]):
        if rows and rows[-1][0].area.shared_v(slot.area) >= _SAME_ROW:
            rows[-1].append(slot)
        else:
            rows.append([slot])
    return [slot for row in rows for slot in sorted(row, key=lambda s: s.area.u0)]


def _centre(area: Area) -> tuple[float, float]:
    return (area.u0 + area.u1) / 2, (area.v0 + area.v1) / 2
