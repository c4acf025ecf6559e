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
_NAME_RUN = re.compile(rf"^(?P<name>.{{2,6}}?)(?P<sex>[男女])性?(?P<age>{_AGE})?(?P<unit>周?岁)?")
_NAME = re.compile(r"^[㐀-鿿𠀀-𳑿]{2,4}$")
_BESIDE_NAMES = frozenset({"sex", "age", "birth_date", "native_place", "ethnicity", "id_number"})
_ROLE = {"男": "male", "女": "female"}


def split_runs(slots: Sequence[Slot]) -> list[Slot]:
    """Slots of names that go on with sex and age, taken apart; endings that are printed, dropped."""
    result: list[Slot] = []
    for slot in slots:
        if slot.field == "name" and slot.ink:
            result += _split(slot)
        elif slot.field == "native_place" and len(slot.text) > 3 and slot.text.endswith("人"):  # noqa: PLR2004
            result.append(dataclasses.replace(slot, ink=_cut(slot.ink, 0, len(_joined(slot)) - 1)))
        else:
            result.append(slot)
    return result


def _joined(slot: Slot) -> str:
    return "".join(s.line.text[s.start : s.stop] for s in slot.ink)


def _split(slot: Slot) -> list[Slot]:
    text = _joined(slot)
    folded, where = fold_text(text)
    found = _NAME_RUN.match(folded)
    if found is None:
        return [slot]
    at = found.start("sex")
    # 李亚男 is a name: only a figure after the sex, or a box of its own, makes it one.
    if not found["age"] and not _begins_box(slot, where[at]):
        return [slot]
    party = slot.party or _ROLE[found["sex"]]
    parts = [_part(slot, "name", party, 0, where[at])]
    parts.append(_part(slot, "sex", party, where[at], where[at] + 1))
    if found["age"]:
        start, stop = found.span("age")
        parts.append(_part(slot, "age", party, where[start], where[stop - 1] + 1))
    return [dataclasses.replace(part, explicit=True) for part in parts if part.ink]


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
    labels = [s.label for s in placed.slots if s.field in _BESIDE_NAMES and s.label]
    found = [
        ink
        for ink in placed.loose
        if _NAME.match(fold_text(ink.text)[0])
        and any(
            label.area.shared_v(ink.area) > 0.5
            and 0 < label.area.u0 - ink.area.u1 < 8 * ink.area.height  # noqa: PLR2004
            for label in labels
        )
    ]
    slots = [Slot(field="name", party=None, label=None, ink=(ink,)) for ink in found]
    return in_reading_order(slots), [ink for ink in placed.loose if ink not in found]
