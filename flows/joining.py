"""The risk that a clerk joins what belongs together, measured on the packages as they would leave.

An attacker learns from pages of the archive how pictures of one certificate are alike, and is
let loose on the marked pictures of each queue: the package, and what its clerk was given
before of the same pages. Another goes by the order alone. What they achieve is kept with the
release, which is refused where it passes the limit.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from confidentiality.rejoining import (
    Attack,
    Claim,
    Extent,
    JoiningRisk,
    MeasuredRisk,
    Target,
    claims_of,
    joining_risk,
)
from flows.cutting import cut_snippets
from flows.marking import marked
from keying.assign import field_to_key
from ocr.rejoining import learn, traits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from flows.installation import Installation
    from keying.assign import FieldToKey
    from ocr.rejoining import Attacker, Traits

#: Pages of the archive that the attacker learns from, and fields of each.
_PAGES, _FIELDS = 24, 8
#: Items of all clerks together that are attacked; more would take long and show the same.
_TOGETHER = 600
#: The vendor's copy from which the attacker learns.
_LESSON = "lesson"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What one clerk holds: fields in the order of their items, and the traits of each picture."""

    package_id: str
    fields: tuple[FieldToKey, ...]
    seen: Traits


def measure(
    here: Installation,
    agreement_id: str,
    packages: Mapping[str, Sequence[Row]],
    pictures: Mapping[str, bytes],
) -> dict[str, tuple[MeasuredRisk, ...]]:
    """Package → what attacks on it achieved; `packages` are proposed together.

    `pictures` gives the unmarked picture of each reading.
    """
    attacker = _learnt(here, agreement_id)
    queues = [
        _queue(here, agreement_id, package_id, rows, pictures)
        for package_id, rows in packages.items()
    ]
    own = {queue.package_id: attacks(queue, attacker) for queue in queues}
    pooled = {
        key: list(chain.from_iterable(each[key] for each in own.values())) for key in _each_attack()
    }
    common = _measured(Extent.PROPOSAL, pooled, tests=len(pooled))
    together = _all_clerks(queues, attacker)
    tests = len(pooled) * len(queues)
    return {
        package_id: (*_measured(Extent.QUEUE, found, tests=tests), *common, *together)
        for package_id, found in own.items()
    }


def attacks(queue: Queue, attacker: Attacker) -> dict[tuple[Target, Attack], tuple[Claim, ...]]:
    """What each attack claims of a queue."""
    alike = {
        Attack.LOOKS: attacker.likeness(queue.seen),
        Attack.ORDER: _nearness(len(queue.fields)),
    }
    found = {}
    for target, attack in _each_attack():
        candidates = _candidates(queue.fields, target)
        named = [_likeliest(others, alike[attack][at]) for at, others in enumerate(candidates)]
        found[target, attack] = claims_of(
            named, candidates.__getitem__, _together_in(queue.fields, target)
        )
    return found


def kept(here: Installation, package_id: str) -> tuple[MeasuredRisk, ...] | None:
    """What was measured of a package; None where nobody has measured."""
    rows = here.warehouse.query("joining_risks", package_id=package_id).to_pylist()
    return tuple(_risk(row) for row in rows) or None


def keep(here: Installation, found: Mapping[str, Sequence[MeasuredRisk]]) -> None:
    """Write down what was measured, and enter it in the audit log."""
    now = here.clock()
    rows = [
        {
            "package_id": package_id,
            "extent": str(each.extent),
            "target": str(each.target),
            "attack": str(each.attack),
            "claims": each.risk.claims,
            "right_claims": each.risk.right,
            "expected": each.risk.expected,
            "by_chance": each.risk.by_chance,
            "tests": each.tests,
            "measured_at": now,
        }
        for package_id, measured in found.items()
        for each in measured
    ]
    schema = here.warehouse.schema("joining_risks")
    with here.warehouse.transaction():
        here.warehouse.merge("joining_risks", pa.Table.from_pylist(rows, schema))
        for package_id, measured in found.items():
            forbidden = sum(each.forbids for each in measured)
            here.note(
                "joining.measured",
                package=package_id,
                attacks=len(measured),
                forbidden=forbidden,
            )


def shown_before(here: Installation, rows: Sequence[Row]) -> list[Row]:
    """What the clerk of a package was given of the same pages in other packages, at any time."""
    pages = sorted({row["page_id"] for row in rows})
    asked = pa.table({"page_id": pa.array(pages, pa.string())})
    return [
        row
        for row in here.warehouse.query_about("items_shown", asked).to_pylist()
        if row["clerk"] == rows[0]["clerk"] and row["package_id"] != rows[0]["package_id"]
    ]


def field_of(row: Row) -> FieldToKey:
    """The field that a row of items stands for."""
    couple = f"{row['page_id']}/{row['row']}"
    return field_to_key(reading_id=row["reading_id"], name=row["field"], couple=couple)


def _learnt(here: Installation, agreement_id: str) -> Attacker:
    rows = here.warehouse.query("fields_to_learn_from", pages=_PAGES, fields=_FIELDS).to_pylist()
    rows = [{**row, "item_id": row["reading_id"]} for row in rows]
    pictures = cut_snippets(here, [rows], "攻击者学习 · the attacker learns")
    seen = _traits(here, agreement_id, _LESSON, rows, pictures)
    chance = random.Random(0)  # noqa: S311 - the same attacker for the same pages
    return learn(seen, [field_of(row).certificate for row in rows], chance)


def _queue(
    here: Installation,
    agreement_id: str,
    package_id: str,
    rows: Sequence[Row],
    pictures: Mapping[str, bytes],
) -> Queue:
    before: dict[str, list[Row]] = defaultdict(list)
    for row in shown_before(here, rows):
        before[row["package_id"]].append(row)
    seen = [_traits(here, agreement_id, package_id, rows, pictures)]
    held = list(rows)
    for earlier, items in before.items():
        wanted = {row["item_id"] for row in items}
        full = here.warehouse.query("package_items", package_id=earlier).to_pylist()
        shown = [row for row in full if row["item_id"] in wanted]
        drawn = cut_snippets(here, [shown], "截取切片 · cutting snippets")
        seen.append(_traits(here, agreement_id, earlier, shown, drawn))
        held += shown
    return Queue(
        package_id=package_id, fields=tuple(map(field_of, held)), seen=np.concatenate(seen)
    )


def _traits(
    here: Installation,
    agreement_id: str,
    package_id: str,
    rows: Sequence[Row],
    pictures: Mapping[str, bytes],
) -> Traits:
    """What an attacker sees of the pictures as they leave, marks and all."""
    shown = marked(here, package_id, agreement_id, rows, pictures)
    return np.array([traits(shown[row["reading_id"]]) for row in rows])


def _likeliest(others: Sequence[int], alike: Traits) -> int | None:
    return others[int(np.argmax(alike[others]))] if others else None


def _each_attack() -> list[tuple[Target, Attack]]:
    return [(target, attack) for target in Target for attack in Attack]


def _nearness(items: int) -> Traits:
    places = np.arange(items, dtype=float)
    apart = -np.abs(places[:, None] - places[None, :])
    np.fill_diagonal(apart, -np.inf)
    return apart


def _candidates(fields: Sequence[FieldToKey], target: Target) -> list[list[int]]:
    """For each item, the others that could belong to it by their kinds, which all can see."""
    every = range(len(fields))
    if target is Target.CERTIFICATE:
        return [[other for other in every if other != at] for at in every]
    telling = [at for at in every if fields[at].subjects]
    return [
        [other for other in telling if fields[at].tail != fields[other].tail]
        if fields[at].subjects
        else []
        for at in every
    ]


def _together_in(fields: Sequence[FieldToKey], target: Target) -> Callable[[int, int], bool]:
    def same_certificate(one: int, other: int) -> bool:
        return fields[one].certificate == fields[other].certificate

    def same_person(one: int, other: int) -> bool:
        return not set(fields[one].subjects).isdisjoint(fields[other].subjects)

    return same_certificate if target is Target.CERTIFICATE else same_person


def _all_clerks(queues: Sequence[Queue], attacker: Attacker) -> tuple[MeasuredRisk, ...]:
    """The attack of somebody who holds the packages of all clerks."""
    fields = tuple(chain.from_iterable(queue.fields for queue in queues))
    seen = np.concatenate([queue.seen for queue in queues])
    # A field that two clerks key is one picture twice: it joins nothing to itself.
    first = {field.reading_id: at for at, field in reversed(list(enumerate(fields)))}
    chosen = sorted(first.values())[:_TOGETHER]
    whole = Queue(package_id="", fields=tuple(fields[at] for at in chosen), seen=seen[chosen])
    found = attacks(whole, attacker)
    key = (Target.PERSON, Attack.LOOKS)
    return _measured(Extent.VENDOR, {key: found[key]}, tests=1)


def _measured(
    extent: Extent, found: Mapping[tuple[Target, Attack], Iterable[Claim]], *, tests: int
) -> tuple[MeasuredRisk, ...]:
    return tuple(
        MeasuredRisk(
            extent=extent, target=target, attack=attack, tests=tests, risk=joining_risk(claims)
        )
        for (target, attack), claims in found.items()
    )


def _risk(row: Row) -> MeasuredRisk:
    return MeasuredRisk(
        extent=Extent(row["extent"]),
        target=Target(row["target"]),
        attack=Attack(row["attack"]),
        tests=row["tests"],
        risk=JoiningRisk(
            claims=row["claims"],
            right=row["right_claims"],
            expected=row["expected"],
            by_chance=row["by_chance"],
        ),
    )
