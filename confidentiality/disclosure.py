"""What one package may show: no two identifying fields that can be joined to one person.

Persons are known here by opaque tags alone. The rules look at one package, and at what its
clerk was shown before of the same people.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from statistics import correlation
from typing import TYPE_CHECKING

from records.reading import KEY_FIELD_TAILS, field_tail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Fields that, two together, single out a person.
IDENTIFYING = KEY_FIELD_TAILS | {"age", "native_place", "address", "remark"}

#: Fewer items can stand in the archive's order by chance (2 in 13! above it).
_ORDER_ITEMS = 13
#: Standard deviations of the correlation that no honest shuffle reaches (1 in 3 million).
_ORDER_LIMIT = 5.0

_RANDOM_ID = re.compile(r"[0-9a-f]{32}")


class DisclosureRule(StrEnum):
    """A rule that a package can break."""

    JOINED_PERSON = "joined_person"
    GUESSABLE_ID = "guessable_id"
    REPEATED_ID = "repeated_id"
    ORDER_TELLS = "order_tells"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One item of a package: its random id, whom it concerns, and which field it shows.

    `persons` are opaque tags; a field of the couple (a certificate number) bears both.
    `place` is the item's place in the archive's own order of fields.
    """

    item_id: str
    persons: tuple[str, ...]
    field: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that is broken, and the ids of the items that break it."""

    rule: DisclosureRule
    items: tuple[str, ...]


def violations(
    placements: Sequence[Placement],
    *,
    shown: Iterable[Placement] = (),
    identifying: frozenset[str] = IDENTIFYING,
) -> tuple[Violation, ...]:
    """The rules that a package breaks; `placements` in the package's order.

    `shown` are items of other packages that the same clerk was given at any time.

    Ids must be 32 random hex digits, each once, and the order must not follow the
    archive's: then neither says which items come from one page.
    """
    return (
        *_joined((*placements, *shown), identifying),
        *_id_faults(placements),
        *_order_faults(placements),
    )


def _joined(placements: Iterable[Placement], identifying: frozenset[str]) -> Iterator[Violation]:
    seen: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for placement in placements:
        tail = field_tail(placement.field)
        if tail not in identifying:
            continue
        for person in placement.persons:
            seen[person].setdefault(tail, placement.item_id)
    for items in seen.values():
        # The same field twice shows one fact; two different ones join into an identity.
        if len(items) > 1:
            yield Violation(rule=DisclosureRule.JOINED_PERSON, items=tuple(sorted(items.values())))


def _id_faults(placements: Sequence[Placement]) -> Iterator[Violation]:
    ids = [placement.item_id for placement in placements]
    guessable = tuple(item for item in ids if not _RANDOM_ID.fullmatch(item))
    if guessable:
        yield Violation(rule=DisclosureRule.GUESSABLE_ID, items=guessable)
    repeated = tuple(sorted(item for item, times in Counter(ids).items() if times > 1))
    if repeated:
        yield Violation(rule=DisclosureRule.REPEATED_ID, items=repeated)


def _order_faults(placements: Sequence[Placement]) -> Iterator[Violation]:
    places = [placement.place for placement in placements]
    if len(places) < _ORDER_ITEMS or len(set(places)) == 1:
        return
    # Under a fair shuffle the correlation of place and position has mean 0 and standard
    # deviation 1/sqrt(n-1), whatever the places are (Pitman's permutation test).
    deviation = math.sqrt(len(places) - 1)
    limit = min(_ORDER_LIMIT / deviation, 1 - 1e-9)
    if abs(correlation(range(len(places)), places)) > limit:
        yield Violation(
            rule=DisclosureRule.ORDER_TELLS,
            items=tuple(placement.item_id for placement in placements),
        )
