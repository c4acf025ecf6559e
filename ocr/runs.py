"""Ink that says more than its label: 刘平洪 男 24 岁 after 姓名, names without a label.

Older forms print sentences with gaps; what stands in the gaps is told apart by its shape.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from ocr.folding import fold_text
from ocr.zones import Slot, in_reading_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Segment
    from ocr.zones import Placed

_AGE = r"[0-9]{2}|[一二三四五六七八九十廿卅]{1,4}"
_DAY = (
    r"(?:[0-9〇一二三四五六七八九]{4}|民国[元一二三四五六七八九十廿卅]{1,3})"
    r"年[^年月]{1,3}月[^月日]{1,3}日"
)
_DOTTED = r"[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}"
_NAME_RUN = re.compile(
    r"^(?:兹有|兹据|今有|与|和|及)?(?P<name>[^()男女0-9]{2,6}?)(?P<open>\(?)(?P<sex>[男女])\)?"
    rf"性?[,:]?(?:(?P<day>{_DAY})|(?:现|时)?年?(?P<age>{_AGE})?岁?)"
)
#: The same without a sex: a day or an age in full follows the name, then perhaps a place.
_PLAIN_RUN = re.compile(
    rf"^[:.,]?(?P<name>[^()男女0-9:.,]{{2,4}}?)[:.,]?(?:(?P<day>{_DAY}|{_DOTTED})|"
    r"(?:(?:现|时)?年)?(?P<age>[0-9]{2}岁|[一二三四五六七八九十廿卅]{1,4}岁))"
    r"(?:系|原籍|籍隶)?(?P<place>[㐀-鿿]{2,10}(?=人$))?"
)
_BORN = re.compile(
    r"^(?:(?:生于|于)?(?P<day>.{2,6}年[^年月]{1,3}月[^月日]{1,3}日)(?:出生|生)"
    r"|生于(?P<since>.{2,6}年[^年月]{1,3}月[^月日]{1,3}日)$)"
)
_PROVINCE = re.compile(r"[㐀-鿿]{2,3}[省市]")
_BIRTH = re.compile(rf"{_DAY}|{_DOTTED}")
_NAME = re.compile(r"^[㐀-鿿𠀀-𳑿]{2,4}$")
_BESIDE_NAMES = frozenset({"sex", "age", "birth_date", "native_place", "ethnicity", "id_number"})
#: The share of a height that two boxes of one row have in common, and in heights of the ink
#: how far before its row's labels a name stands at most.
_SAME_ROW, _BEFORE = 0.5, 8.0
_ROLE = {"男": "male", "女": "female"}


def split_runs(slots: Sequence[Slot]) -> list[Slot]:
    """Names that go on with sex, age or birth date, and two days in one, taken apart.

    人 after a place is dropped.
    """
    result: list[Slot] = []
    for slot in slots:
        if slot.field == "name" and slot.ink:
            result += _split(slot)
        elif slot.field == "native_place" and len(slot.text) > 3 and slot.text.endswith("人"):
            result.append(dataclasses.replace(slot, ink=_cut(slot.ink, 0, len(_joined(slot)) - 1)))
        elif slot.field == "birth_date" and not slot.party:
            result += _days(slot)
        elif slot.field == "address" and not slot.party:
            result += _addresses(slot)
        else:
            result.append(slot)
    return result


def _days(slot: Slot) -> list[Slot]:
    """Both birth dates where the detector saw two columns as one line."""
    folded, where = fold_text(_joined(slot))
    spans = [found.span() for found in _BIRTH.finditer(folded)]
    if len(spans) != len(_ROLE):
        return [slot]
    return [
        dataclasses.replace(slot, ink=_cut(slot.ink, where[start], where[stop - 1] + 1))
        for start, stop in spans
    ]


def _addresses(slot: Slot) -> list[Slot]:
    """Both addresses where two stand so close that they were seen as one."""
    folded, where = fold_text(_joined(slot))
    found = _PROVINCE.match(folded)
    at = folded.find(found.group(), found.end()) if found else -1
    if at < 0:
        return [slot]
    ends = (where[0], where[at]), (where[at], where[-1] + 1)
    return [dataclasses.replace(slot, ink=_cut(slot.ink, *span)) for span in ends]


def _joined(slot: Slot) -> str:
    return "".join(s.line.text[s.start : s.stop] for s in slot.ink)


def _split(slot: Slot) -> list[Slot]:
    text = _joined(slot)
    folded, where = fold_text(text)
    found = _NAME_RUN.match(folded)
    if found is None:
        return _split_plain(slot, folded, where)
    at = found.start("sex")
    # 李亚男 is a name: only a figure after the sex, or a box of its own, makes it one.
    if not (found["age"] or found["day"] or found["open"]) and not _begins_box(slot, where[at]):
        return [slot]
    party = slot.party or _ROLE[found["sex"]]
    start, stop = found.span("name")
    parts = [_part(slot, "name", party, where[start], where[stop - 1] + 1)]
    for group, field in (("age", "age"), ("day", "birth_date")):
        if found[group]:
            start, stop = found.span(group)
            parts.append(_part(slot, field, party, where[start], where[stop - 1] + 1))
    return [dataclasses.replace(part, explicit=True) for part in parts if part.ink]


def _split_plain(slot: Slot, folded: str, where: Sequence[int]) -> list[Slot]:
    """A name that goes on with a day or an age and a place, of a person who is known."""
    found = _PLAIN_RUN.match(folded)
    if found is None or not slot.party:
        return [slot]
    fields = {"name": "name", "day": "birth_date", "age": "age", "place": "native_place"}
    spans = {field: found.span(group) for group, field in fields.items() if found[group]}
    parts = [
        _part(slot, field, slot.party, where[start], where[stop - 1] + 1)
        for field, (start, stop) in spans.items()
    ]
    return [dataclasses.replace(part, explicit=True) for part in parts if part.ink]


def loose_births(placed: Placed) -> tuple[list[Slot], list[Segment]]:
    """Days of birth without a label: 1957年3月27日出生, or a day after a person's name.

    Returns their slots, in reading order, and the ink that is left.
    """
    if sum(slot.field == "birth_date" and bool(slot.ink) for slot in placed.slots) > 1:
        return [], list(placed.loose)
    slots: list[Slot] = []
    rest: list[Segment] = []
    for ink in placed.loose:
        slot = _born(ink) or _after_name(ink, placed.slots)
        if slot is None:
            rest.append(ink)
        else:
            slots.append(slot)
    return in_reading_order(slots), rest


def _born(ink: Segment) -> Slot | None:
    """The day that ink itself calls one of birth."""
    folded, where = fold_text(ink.line.text[ink.start : ink.stop])
    found = _BORN.match(folded)
    if found is None:
        return None
    start, stop = found.span("day" if found["day"] else "since")
    day = ink.between(ink.start + where[start], ink.start + where[stop - 1] + 1)
    return Slot(field="birth_date", party=None, label=None, ink=(day,))


def _after_name(ink: Segment, slots: Sequence[Slot]) -> Slot | None:
    """A day that follows, in its row, the name of a person whom the page tells apart.

    No other day stands in a person's row of these papers; not a second one of this person.
    """
    if not _BIRTH.fullmatch(fold_text(ink.text)[0]):
        return None
    before = [s for s in slots if s.ink and s.area.shared_v(ink.area) > _SAME_ROW
              and s.area.u0 < ink.area.u0]  # fmt: skip
    last = max(before, key=lambda s: s.area.u0, default=None)
    if last is None or last.field != "name" or not last.explicit:
        return None
    if any(s.field == "birth_date" and s.party == last.party and s.ink for s in slots):
        return None
    return dataclasses.replace(last, field="birth_date", ink=(ink,))


def _begins_box(slot: Slot, at: int) -> bool:
    """Whether the character at a place of the joined text is the first of its box."""
    for segment in slot.ink:
        if at == 0:
            return True
        at -= segment.stop - segment.start
    return False


def _part(slot: Slot, field: str, party: str, start: int, stop: int) -> Slot:
    return dataclasses.replace(slot, field=field, party=party, ink=_cut(slot.ink, start, stop))


def _cut(ink: Sequence[Segment], start: int, stop: int) -> tuple[Segment, ...]:
    """The part of ink between two places of its joined text."""
    kept: list[Segment] = []
    at = 0
    for segment in ink:
        length = segment.stop - segment.start
        first, last = max(start - at, 0), min(stop - at, length)
        if first < last:
            kept.append(segment.between(segment.start + first, segment.start + last))
        at += length
    return tuple(kept)


def loose_names(placed: Placed) -> tuple[list[Slot], list[Segment]]:
    """Names that stand before the labels of their row without one of their own.

    Returns their slots, in reading order, and the ink that is left.
    """
    if any(slot.field == "name" and slot.ink for slot in placed.slots):
        return [], list(placed.loose)
    told = _sentences(placed.loose)
    if told:
        used = {id(segment.line) for slot in told for segment in slot.ink}
        return told, [ink for ink in placed.loose if id(ink.line) not in used]
    labels = [s.label for s in placed.slots if s.field in _BESIDE_NAMES and s.label]
    found = [
        ink
        for ink in placed.loose
        if _NAME.match(fold_text(ink.text)[0])
        and any(
            label.area.shared_v(ink.area) > _SAME_ROW
            and 0 < label.area.u0 - ink.area.u1 < _BEFORE * ink.area.height
            for label in labels
        )
    ]
    slots = [Slot(field="name", party=None, label=None, ink=(ink,)) for ink in found]
    return in_reading_order(slots), [ink for ink in placed.loose if ink not in found]


def _sentences(loose: Sequence[Segment]) -> list[Slot]:
    """Loose ink that tells name, sex and age in one row: 熊國炳（男）年二十歲."""
    found: list[Slot] = []
    for row in rows_of(loose):
        parts = _split(Slot(field="name", party=None, label=None, ink=tuple(row)))
        if any(part.field in {"age", "birth_date"} for part in parts):
            found += parts
    return found


def rows_of(inks: Sequence[Segment]) -> list[list[Segment]]:
    """Ink by rows, in reading order."""
    rows: list[list[Segment]] = []
    for ink in sorted(inks, key=lambda s: s.area.v0 + s.area.v1):
        if rows and rows[-1][0].area.shared_v(ink.area) > _SAME_ROW:
            rows[-1].append(ink)
        else:
            rows.append([ink])
    return [sorted(row, key=lambda s: s.area.u0) for row in rows]
