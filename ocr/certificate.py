"""Certificates and forms: from lines to the fields of one couple.

Labels say where most values are; dates, numbers and offices that stand without a label
are known by their shape.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import wife_first
from ocr.confidence import decide, features, probability
from ocr.evidence import pack
from ocr.fields import kind_of
from ocr.folding import fold_text
from ocr.labels import is_sentence, vocabulary
from ocr.layout import segments_of
from ocr.quads import is_vertical
from ocr.runs import loose_births, loose_names, rows_of, split_runs
from ocr.stub import with_stub
from ocr.values import Value, read_values
from ocr.zones import Placed, Slot, place, with_parties
from records.names import has_common_surname
from records.reading import Box, FieldReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.decode import Decoded
    from ocr.layout import Area, Line, Segment
    from ocr.page_lines import Models, SeenPage
    from ocr.quads import Quad

_JANUARY, _NAMED = "01", "元月"
#: Fields whose lattices are kept for the register's evidence.
_KEPT = frozenset({"name", "holder"})
_PEOPLE = _KEPT | {"official"}
_YEAR_SHAPE = re.compile(
    r"^(?:公元|公历)?(?:1[89]\d\d|20\d\d|一[八九]|九[〇一二三四五六七八九]|二[〇0])"
)
_BROKEN_DATE = re.compile(r"^.{4,6}年.{0,8}[月日]?.{0,3}日?$")
#: Words of a seal's rim that are left when its red was not quite removed.
_SEAL = re.compile("用章|专用|登记专")
_NUMBER_SHAPE = re.compile(
    r"字.{0,3}第|第.{1,9}号|[婚结离]字|^B?[JL]\d{6}-|字第|^\(?\d{2}.{1,4}[结离]"
)
_DATE_SHAPE = re.compile(
    r"[0-9〇一二三四五六七八九]{2,4}年.{1,3}月|\d{4}[.\-/]\d{1,2}[.\-/]\d|年.{1,3}月.{1,3}日"
)
#: What values look like of which a person has one, and from which share of characters in
#: their places on two of them are the same.
_SHAPES = {
    "name": re.compile(r"^[㐀-鿿]{2,4}$"), "birth_date": _DATE_SHAPE,
    "id_number": re.compile(r"^[0-9]{14}"),
}  # fmt: skip
_ALIKE = {"name": 0.5, "birth_date": 0.8, "id_number": 0.8}


def read_certificate(
    seen: SeenPage,
    lines: Sequence[Line],
    models: Models,
    *,
    row: int | None,
    stub: Sequence[Line] = (),
) -> list[FieldReading]:
    """The fields of one certificate, with what its `stub` repeats of them.

    `row` is its number on a sheet that holds several.
    """  # fmt: skip
    values = _values(seen, lines, models)
    if stub:
        values = with_stub(values, _values(seen, stub, models), simplified=seen.simplified)
    hand = agreement(values)
    return [reading for value in values if (reading := rate(value, row=row, hand=hand))]


def _values(seen: SeenPage, lines: Sequence[Line], models: Models) -> list[Value]:
    slots = [slot for slot in find_slots(seen, lines) if slot.ink]
    return settle_parties(read_values(seen, slots, models, obstacles(seen)))


def obstacles(seen: SeenPage) -> list[Area]:
    """Where anything else stands that a value must not run into."""
    return [
        segment.area
        for line in seen.lines
        for segment in segments_of(line, seen.frame)
        if segment.label or not line.red
    ]


def find_slots(seen: SeenPage, lines: Sequence[Line]) -> tuple[Slot, ...]:
    """The fields that stand on the page, with their ink."""
    segments = [segment for line in lines for segment in segments_of(line, seen.frame)]
    placed = place(_without_doubles(segments))
    names, loose = loose_names(placed)
    slots = split_runs(placed.slots)
    placed = Placed(slots=(*slots, *names), marks=placed.marks, loose=tuple(loose))
    births, loose = loose_births(placed)
    placed = Placed(slots=(*placed.slots, *births), marks=placed.marks, loose=tuple(loose))
    owned = with_parties(placed, wife_first=wife_first(seen.lines))
    found = by_shape(placed, owned)
    return _first_of_each((*owned, *found))


def _without_doubles(segments: Sequence[Segment]) -> list[Segment]:
    """Drop ink of red lines, seals and mottoes at the side, and labels that were seen twice."""
    kept: list[Segment] = []
    ordered = sorted(segments, key=lambda s: (s.line.red, -s.line.sure))
    for segment in ordered:
        if segment.label is None:
            folded = fold_text(segment.text)[0]
            across = is_vertical(segment.line.quad) != segment.frame.vertical and len(folded) > 1
            # A seal's rim may run on from a day that it was pressed beside.
            rim = _SEAL.search(folded) and not _DATE_SHAPE.search(folded)
            if not (segment.line.red or across or rim or is_sentence(folded)):
                kept.append(segment)
            continue
        twin = any(
            other.label
            and other.area.shared_u(segment.area) > 0.5
            and other.area.shared_v(segment.area) > 0.5
            for other in kept
        )
        if not twin:
            kept.append(segment)
    return kept


def by_shape(placed: Placed, slots: Sequence[Slot]) -> list[Slot]:
    """Values without a label: a number at the top, the office, the official and the day."""
    have = {slot.field for slot in slots if slot.ink}
    found: list[Slot] = []
    rows = rows_of(placed.loose)
    day = _last_day(rows)
    if day and "registration_date" not in have:
        found.append(Slot(field="registration_date", party=None, label=None, ink=day))
    rest = [[segment for segment in row if segment not in day] for row in rows]
    for row in rest:
        for i, segment in enumerate(row):
            field = _shape_of(segment, have)
            if field == "office":
                found += _office_and_official(segment, have)
            elif field:
                found.append(_loose_slot(field, segment))
            elif _signs(segment) and i + 1 < len(row) and "official" not in have:
                found.append(_loose_slot("official", row[i + 1]))
            have |= {slot.field for slot in found}
    return found


def _last_day(rows: Sequence[Sequence[Segment]]) -> tuple[Segment, ...]:
    """The ink of the last row that is a date: the day of registration closes a certificate.

    A seal may break it into pieces, so the row is looked at as a whole.
    """
    for row in reversed(rows):
        for start in range(len(row)):
            if _YEAR_SHAPE.match(fold_text(row[start].text)[0]):
                text = "".join(fold_text(segment.text)[0] for segment in row[start:])
                if _DATE_SHAPE.search(text) or _BROKEN_DATE.match(text):
                    return tuple(row[start:])
    return ()


def _signs(segment: Segment) -> bool:
    """Whether a box holds nothing but the title of the official who signs after it."""
    return fold_text(segment.text)[0] in vocabulary().signing_offices


def _loose_slot(field: str, segment: Segment) -> Slot:
    return Slot(field=field, party=None, label=None, ink=(segment,))


def _shape_of(segment: Segment, have: set[str]) -> str | None:
    folded = fold_text(segment.text)[0]
    if "certificate_number" not in have and _NUMBER_SHAPE.search(folded):
        return "certificate_number"
    if "office" not in have and any(word in folded for word in vocabulary().office_endings):
        return "office"
    return None


def _office_and_official(segment: Segment, have: set[str]) -> list[Slot]:
    """The office's name, and after a title such as 區長 the official's."""
    text = segment.line.text[segment.start : segment.stop]
    folded, where = fold_text(text)
    for word in vocabulary().signing_offices:
        at = folded.find(word)
        end = at + len(word)
        # 丰台区长辛店街道办事处 has no 区长: an office goes on behind the word.
        if at > 0 and not any(ending in folded[end:] for ending in vocabulary().office_endings):
            office = segment.between(segment.start, segment.start + where[at])
            found = [_loose_slot("office", office)]
            if end < len(folded) and "official" not in have:
                rest = segment.between(segment.start + where[end], segment.stop)
                found.append(_loose_slot("official", rest))
            return found
    return [_loose_slot("office", segment)]


def _first_of_each(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """One slot a field and person: the first with ink, doubted where another says otherwise."""
    chosen: dict[tuple[str, str | None], Slot] = {}
    for slot in slots:
        key = (slot.field, slot.party)
        if key not in chosen or (slot.ink and not chosen[key].ink):
            chosen[key] = slot
        elif _differ(slot, chosen[key]):
            chosen[key] = dataclasses.replace(chosen[key], rivalled=True)
    return tuple(chosen.values())


def _differ(one: Slot, other: Slot) -> bool:
    """Whether two slots of a field hold values of its kind that are not the same, misread."""
    shape = _SHAPES.get(one.field)
    texts = [fold_text(slot.text)[0] for slot in (one, other)]
    if shape is None or not all(shape.search(text) for text in texts):
        return False
    alike = sum(a == b for a, b in zip(texts[0], texts[1], strict=False))
    return alike < _ALIKE[one.field] * max(len(texts[0]), len(texts[1]))


def settle_parties(values: Sequence[Value]) -> list[Value]:
    """Exchange man and woman where the sexes written on the page say so."""
    sexes = {
        value.slot.party: kind_of("sex").value(value.decoded.text)
        for value in values
        if value.slot.field == "sex" and value.decoded and not value.slot.explicit
    }
    if sexes.get("male") == "女" and sexes.get("female") == "男":
        other = {"male": "female", "female": "male", None: None}
        return [
            dataclasses.replace(
                value, slot=dataclasses.replace(value.slot, party=other[value.slot.party])
            )
            for value in values
        ]
    return list(values)


def agreement(values: Sequence[Value]) -> float:
    """The share of values on which both readers agree: how legible the hand is."""
    decoded = [value.decoded for value in values if value.decoded]
    return float(np.mean([found.agree for found in decoded])) if decoded else 0.0


def rate(value: Value, *, row: int | None, hand: float) -> FieldReading | None:
    """The reading of one value with its confidence and recommendation."""
    decoded = value.decoded
    slot = value.slot
    if decoded is None or (slot.field in _PEOPLE and _SEAL.search(decoded.text)):
        return None
    kind = kind_of(slot.field)
    final = kind.value(decoded.text)
    found = features(decoded, hand=hand, signs=_doubts(value, final, cell=row is not None))
    if slot.rivalled:
        found["contradicted"] = 1.0
    if value.repeated:
        found["repeated"] = 1.0
    confidence = probability(slot.field, found) if final else 0.0
    name = f"{slot.party}.{slot.field}" if slot.party else slot.field
    return FieldReading(
        name=name, row=row, text=decoded.text, value=final, confidence=confidence,
        decision=decide(confidence), box=box_of(value.quad),
        alternatives=_alternatives(decoded, slot.field),
        flags=frozenset({"sealed_over"} if value.sealed else ()), evidence=tuple(found.items()),
        lattice=pack(value.lattices) if slot.field in _KEPT else b"",
    )  # fmt: skip


def _doubts(value: Value, final: str, *, cell: bool) -> dict[str, bool]:
    slot = value.slot
    return {
        "outside": not value.in_grammar,
        "contested": value.contested,
        "hole": value.hole or _is_headless(slot.field, final),
        "loose": slot.label is None and not cell,
        "january": slot.field.endswith("_date")
        and final[5:7] == _JANUARY
        and _NAMED not in (value.decoded.text if value.decoded else ""),
        "odd": slot.field in _PEOPLE and not has_common_surname(final),
    }  # fmt: skip


def _is_headless(field: str, final: str) -> bool:
    """Whether a certificate number begins with its 字, before which something must stand."""
    return field == "certificate_number" and fold_text(final)[0].startswith(("字", "第"))


def _alternatives(decoded: Decoded, tail: str) -> tuple[tuple[str, float], ...]:
    """Other values with their shares, the delivered one first."""
    shares: dict[str, float] = {}
    for text, share in decoded.shares():
        value = kind_of(tail).value(text)
        if value:
            shares[value] = shares.get(value, 0.0) + share
    return tuple((value, share) for value, share in shares.items() if share > 0.001)[:5]


def box_of(quad: Quad) -> Box:
    """The upright box around a quad."""
    left, top = np.floor(quad.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(quad.max(axis=0)).astype(int).tolist()
    return Box(max(0, left), max(0, top), right, bottom)
