"""Items of our own in a package: fields whose answer is known, and canaries.

A gold item is a field that people have settled before, keyed once more to watch over a clerk.
A canary shows a value that no other package holds, so that a copied list tells whose copy it
is. Both look like the rest, and the rule of who may see whom holds for them as well. Neither
counts as data.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from keying.assign import PlannedItem
from keying.workitem import new_token

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

    from keying.assign import FieldToKey, PackagePlan, Seen


class Purpose(StrEnum):
    """What an item of ours is for."""

    GOLD = "gold"
    CANARY = "canary"


def may_see(plan: PackagePlan, field: FieldToKey, seen: Iterable[Seen]) -> bool:
    """Whether a field may join a package: it leads to nobody of whom the clerk knows a field."""
    shown = [*plan.seen(), *(each for each in seen if each.clerk_id == plan.clerk_id)]
    people = {subject for each in shown for subject in each.field.subjects}
    return people.isdisjoint(field.subjects) and all(
        each.field.reading_id != field.reading_id for each in shown
    )


def plant(
    plan: PackagePlan, field: FieldToKey, purpose: Purpose, rng: random.Random
) -> tuple[PackagePlan, PlannedItem]:
    """The package with one more item, at a place that says nothing; and the item."""
    item = PlannedItem(item_id=new_token(rng), field=field, purpose=purpose)
    items = sorted((*plan.items, item), key=lambda each: each.item_id)
    return replace(plan, items=tuple(items)), item


def with_gold(
    plan: PackagePlan,
    bank: Sequence[FieldToKey],
    rng: random.Random,
    *,
    share: float,
    seen: Sequence[Seen] = (),
) -> PackagePlan:
    """The package and, drawn from `bank`, gold items for `share` of its number.

    At least one where the clerk may see any, unless `share` is 0.
    """
    wanted = max(1, round(share * len(plan.items))) if share and plan.items else 0
    for field in rng.sample(bank, len(bank)):
        if not wanted:
            break
        if may_see(plan, field, seen):
            plan, _ = plant(plan, field, Purpose.GOLD, rng)
            wanted -= 1
    return plan
