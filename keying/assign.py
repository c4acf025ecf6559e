"""Who keys what: packages from which no two identifying fields of a person can be joined.

The rule: no clerk, and so no package, ever sees two identifying fields of one subject,
over all rounds and all earlier lots that are given as `seen`. A subject is a person. The
number, date, holder and remarks of a couple's registration lead to both persons, so they
count for each of them and for the couple.

Each keying of a field goes to another clerk under another random id, and items stand in
the order of their ids, so that the place and the neighbours of an item say nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keying.workitem import new_token
from records.errors import NotPermittedError
from records.reading import ROLES, field_tail

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

#: Fields that, two together, tell who a person is.
IDENTIFYING_TAILS = frozenset(
    {"name", "birth_date", "age", "id_number", "native_place", "address",
     "certificate_number", "registration_date", "holder", "remark"}
)  # fmt: skip
#: The two independent keyings of every field; the arbiter's is round 3.
FIRST_ROUNDS = (1, 2)
ARBITRATION = (3,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldToKey:
    """A field that needs keying; `subject` and `also` are opaque tags of whom it is about."""

    reading_id: str
    tail: str
    subject: str
    also: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everyone the field may identify; none where it identifies nobody."""
        return (self.subject, *self.also) if self.tail in IDENTIFYING_TAILS else ()

    @property
    def certificate(self) -> str:
        """The tag of the certificate on which the field stands."""
        return self.subject if self.also else self.subject.rpartition("/")[0]


def field_to_key(*, reading_id: str, name: str, couple: str) -> FieldToKey:
    """The field `name` (`male.birth_date`, `holder` …) of the couple with the tag `couple`."""
    tail = field_tail(name)
    if tail != name:
        role = name.removesuffix(f".{tail}")
        return FieldToKey(reading_id=reading_id, tail=tail, subject=f"{couple}/{role}")
    persons = tuple(f"{couple}/{role}" for role in ROLES)
    return FieldToKey(reading_id=reading_id, tail=tail, subject=couple, also=persons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """A person who keys, at one vendor."""

    clerk_id: str
    vendor_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A field that a clerk was given in an earlier round or lot."""

    clerk_id: str
    field: FieldToKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """A field under the random id that the clerk will know it by.

    `purpose` is empty for work, else says why the archive put it there (`planting`).
    """

    item_id: str
    field: FieldToKey
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """One clerk's package of one keying round; the archive keeps it, the vendor never sees it."""

    number: int
    vendor_id: str
    clerk_id: str
    round: int
    items: tuple[PlannedItem, ...]

    def seen(self) -> tuple[Seen, ...]:
        """What this package shows to its clerk, for later assignments."""
        return tuple(Seen(clerk_id=self.clerk_id, field=item.field) for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Packages, and the keyings `(field, round)` for which no clerk was left."""

    packages: tuple[PackagePlan, ...]
    deferred: tuple[tuple[FieldToKey, int], ...]


def clerks_needed(fields: Iterable[FieldToKey], rounds: Sequence[int] = FIRST_ROUNDS) -> int:
    """The least number of clerks who must not have seen any of these people before."""
    counts = Counter(subject for field in fields for subject in field.subjects)
    return max(counts.values(), default=1) * len(rounds)


def assign(
    fields: Iterable[FieldToKey],
    clerks: Iterable[Clerk],
    rng: random.Random,
    *,
    rounds: Sequence[int] = FIRST_ROUNDS,
    seen: Iterable[Seen] = (),
    package_size: int = 500,
    defer: bool = False,
) -> Assignment:
    """Split the fields of a lot into packages; deterministic for a given order and state of `rng`.

    A keying for which every clerk is barred raises NotPermittedError, or with `defer` is
    returned as deferred, for other clerks or for the archive's own staff.
    """
    wanted = tuple(fields)
    crew = tuple(clerks)
    desk = _Desk(crew, rng)
    for old in seen:
        desk.note(old.clerk_id, old.field)
    deferred = _hand_out(wanted, rounds, desk, rng)
    if deferred and not defer:
        raise _too_few(wanted, rounds, len(crew))
    packages = _packages(desk.given, crew, rng, package_size)
    return Assignment(packages=packages, deferred=tuple(deferred))


class _Desk:
    """Who has seen whom, and how much each clerk has been given."""

    def __init__(self, crew: Sequence[Clerk], rng: random.Random) -> None:
        self.rng = rng
        self.order = [clerk.clerk_id for clerk in crew]
        self.barred: defaultdict[str, set[str]] = defaultdict(set)
        self.given: dict[tuple[str, int], list[FieldToKey]] = {}
        self.load: Counter[str] = Counter()
        self.met: Counter[tuple[str, str]] = Counter()

    def note(self, clerk_id: str, field: FieldToKey) -> None:
        """The clerk sees the field: barred from it and from what would identify its people."""
        for mark in (f"reading:{field.reading_id}", *(f"subject:{s}" for s in field.subjects)):
            self.barred[mark].add(clerk_id)
        self.met[clerk_id, field.certificate] += 1

    def choose(self, field: FieldToKey) -> str | None:
        """One of the clerks who may see the field: who saw least of its certificate, then of all.

        Drawn by lot, so that no two clerks always key the same fields: they could not be
        told apart by their errors, and could agree on them.
        """
        barred = set(self.barred[f"reading:{field.reading_id}"])
        for subject in field.subjects:
            barred |= self.barred[f"subject:{subject}"]
        free = [clerk_id for clerk_id in self.order if clerk_id not in barred]
        if not free:
            return None
        burden = {
            clerk_id: (self.met[clerk_id, field.certificate], self.load[clerk_id])
            for clerk_id in free
        }
        least = min(burden.values())
        return self.rng.choice([clerk_id for clerk_id in free if burden[clerk_id] == least])

    def give(self, clerk_id: str, keying_round: int, field: FieldToKey) -> None:
        self.note(clerk_id, field)
        self.load[clerk_id] += 1
        self.given.setdefault((clerk_id, keying_round), []).append(field)


def _hand_out(
    fields: Sequence[FieldToKey], rounds: Sequence[int], desk: _Desk, rng: random.Random
) -> list[tuple[FieldToKey, int]]:
    # Fields that bar a clerk from most people come first: they are the hardest to place.
    shuffled = rng.sample(fields, len(fields))
    shuffled.sort(key=lambda field: len(field.subjects), reverse=True)
    deferred = []
    for field in shuffled:
        for keying_round in rounds:
            clerk_id = desk.choose(field)
            if clerk_id is None:
                deferred.append((field, keying_round))
            else:
                desk.give(clerk_id, keying_round, field)
    return deferred


def _packages(
    given: dict[tuple[str, int], list[FieldToKey]],
    crew: Sequence[Clerk],
    rng: random.Random,
    package_size: int,
) -> tuple[PackagePlan, ...]:
    vendor_of = {clerk.clerk_id: clerk.vendor_id for clerk in crew}
    plans: list[PackagePlan] = []
    for (clerk_id, keying_round), fields in sorted(given.items(), key=lambda entry: entry[0]):
        # The order of random ids is a shuffle that anybody can see to be one.
        items = [PlannedItem(item_id=new_token(rng), field=field) for field in fields]
        items.sort(key=lambda item: item.item_id)
        for start in range(0, len(items), package_size):
            plan = PackagePlan(
                number=len(plans) + 1,
                vendor_id=vendor_of[clerk_id],
                clerk_id=clerk_id,
                round=keying_round,
                items=tuple(items[start : start + package_size]),
            )
            plans.append(plan)
    return tuple(plans)


def _too_few(
    fields: Sequence[FieldToKey], rounds: Sequence[int], present: int
) -> NotPermittedError:
    needed = clerks_needed(fields, rounds)
    return NotPermittedError(
        "too_few_clerks",
        what=(
            "录入员不足：同一人的两个身份字段不得交给同一人 · too few clerks: nobody may see "
            "two identifying fields of one person"
        ),
        where=f"{len(fields)} fields, {len(rounds)} rounds, {present} clerks",
        remedy=(
            f"至少需要 {needed} 名未接触过这些人的录入员，或把其余字段推迟 · at least {needed} "
            "clerks who have seen none of these people are needed, or defer the other fields"
        ),
    )
