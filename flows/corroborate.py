"""Corroborate: the register as evidence for what was read, by whole couples.

For each couple the register's candidates are asked how well their names fit the ink. A name
is supported when a person of that name, birth date and sex exists and no other candidate
comes near; it is never exchanged for a neighbour's: what the readers can't see stays with
the people who key.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from matching.candidates import candidates
from ocr.confidence import decide
from ocr.evidence import name_fits, unpack
from records.names import match_key
from records.reading import ROLES, Decision, FieldReading, PageReading
from records.schemas import CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matching.index import RegisterIndex
    from ocr.evidence import NameFit
    from records.reading import PageRefusal

    Person = Mapping[str, Any]
    Key = tuple[int, int | None]

#: Nats below the best free reading: a name within the first bound is what stands there; one
#: within the second may be, when its whole couple is in the register.
_SAME_INK, _LIKE_INK = 0.7, 4.0
#: No other candidate may come within so many nats of an accepted one.
_CLEAR = 4.0
#: The share that a birth date must have among the readings to count as read.
_DATE_SHARE = 0.04
#: What remains of the doubt when the register knows exactly this person, or the couple.
_DOUBT_PERSON, _DOUBT_COUPLE = 0.15, 0.05
#: The least confidence of a reading that the register supports, by how much supports it.
_PERSON_KNOWN, _COUPLE_KNOWN = 0.990, 0.995
#: The most that a name can have whose couple the register knows under a like name.
_CONTRADICTED = 0.8
#: Hands had changed to simplified characters by this year.
_REFORM = "1966"
#: Nats by which the written form must be clearer than the other script's.
_CLEAR_SCRIPT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A candidate for one person of a couple: its name's fit, and what else agrees."""

    person: Person
    name: NameFit
    birth: float
    number: bool
    spouse: bool = False

    @property
    def identified(self) -> bool:
        """Whether something besides the name says that it is this person."""
        return self.number or self.birth >= _DATE_SHARE

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Sort key: identified with a spouse on the page, identified, best fitting name."""
        return (self.spouse and self.identified, self.identified, -self.name.below)


def corroborate(
    pages: Sequence[PageReading | PageRefusal], index: RegisterIndex
) -> list[PageReading | PageRefusal]:
    """The pages in their order, names and dates weighed against the register's people."""
    couples = {
        (number, row): _of_row(page, row)
        for number, page in enumerate(pages)
        if isinstance(page, PageReading)
        for row in {field.row for field in page.fields}
    }
    found = _candidates(couples, index)
    changed: dict[int, FieldReading] = {}
    for key, fields in couples.items():
        fits = _couple_fits(fields, {role: found.get((key, role), []) for role in ROLES})
        changed |= {id(old): new for old, new in _weighed(fields, fits)}
    return [_with_changes(page, changed) for page in pages]


def _with_changes(
    page: PageReading | PageRefusal, changed: Mapping[int, FieldReading]
) -> PageReading | PageRefusal:
    if not isinstance(page, PageReading):
        return page
    fields = tuple(changed.get(id(field), field) for field in page.fields)
    return dataclasses.replace(page, fields=fields)


def _of_row(page: PageReading, row: int | None) -> dict[str, FieldReading]:
    return {field.name: field for field in page.fields if field.row == row}


def _candidates(
    couples: Mapping[Key, Mapping[str, FieldReading]], index: RegisterIndex
) -> dict[tuple[Key, str], list[Person]]:
    """The register's candidates of each person read."""
    keys = {
        f"{number}/{row or 0}/{role}": ((number, row), role)
        for number, row in couples
        for role in ROLES
    }
    rows = [
        _query(record, couples[key], role)
        for record, (key, role) in keys.items()
        if f"{role}.name" in couples[key]
    ]
    if not rows:
        return {}
    table = candidates(index, pa.Table.from_pylist(rows, schema=CERTIFICATES))
    found: dict[tuple[Key, str], list[Person]] = {}
    for person in table.to_pylist():
        found.setdefault(keys[person["record_id"]], []).append(person)
    return found


def _query(record: str, fields: Mapping[str, FieldReading], role: str) -> dict[str, str | None]:
    def value(name: str) -> str | None:
        field = fields.get(name)
        return field.value or None if field else None

    alternatives = {
        tail: [list(pair) for pair in field.alternatives]
        for tail in ("name", "birth_date", "id_number")
        if (field := fields.get(f"{role}.{tail}")) and field.alternatives
    }
    registered = value("registration_date")
    birth = value(f"{role}.birth_date") or _implied_year(value(f"{role}.age"), registered)
    return {
        "record_id": record,
        "certificate_id": record.rsplit("/", 1)[0],
        "role": role,
        "name": value(f"{role}.name"),
        "sex": role,
        "birth_date": birth,
        "id_number": value(f"{role}.id_number"),
        "address": None,
        "registration_date": registered,
        "alternatives": json.dumps(alternatives, ensure_ascii=False) if alternatives else None,
    }


def _implied_year(age: str | None, registered: str | None) -> str | None:
    return str(int(registered[:4]) - int(age)) if age and registered else None


def _couple_fits(
    fields: Mapping[str, FieldReading], people: Mapping[str, Sequence[Person]]
) -> dict[str, list[Fit]]:
    """The fits of both people, best first, spouses marked."""
    fits = {role: _fits(fields, role, people[role]) for role in ROLES}
    marked: dict[str, list[Fit]] = {}
    for role, other in (ROLES, ROLES[::-1]):
        partners = {str(fit.person["person_id"]) for fit in fits[other] if fit.identified}
        marked[role] = sorted(
            (
                dataclasses.replace(fit, spouse=str(fit.person["spouse_id"]) in partners)
                for fit in fits[role]
            ),
            key=lambda fit: fit.rank,
            reverse=True,
        )
    return marked


def _fits(fields: Mapping[str, FieldReading], role: str, people: Sequence[Person]) -> list[Fit]:
    """How well each candidate of a person fits; its former name counts as well."""
    reading = fields.get(f"{role}.name")
    if reading is None or not reading.lattice or not people:
        return []
    named = [
        (person, name)
        for person in people
        for name in (person["name"], person["former_name"])
        if name and _sex_agrees(person, role)
    ]
    registered = fields.get("registration_date")
    modern = registered is not None and registered.value >= _REFORM
    names = name_fits(unpack(reading.lattice), [name for _, name in named], modern=modern)
    return [
        Fit(
            person=person,
            name=fit,
            birth=_date_share(fields, role, person["birth_date"]),
            number=_same_number(fields.get(f"{role}.id_number"), person["id_number"]),
        )
        for (person, _), fit in zip(named, names, strict=True)
    ]


def _sex_agrees(person: Person, role: str) -> bool:
    own = {"male": {"男", "1", "male"}, "female": {"女", "2", "female"}}[role]
    return not person["sex"] or person["sex"] in own


def _same_number(reading: FieldReading | None, number: str | None) -> bool:
    if reading is None or not number:
        return False
    short = number[:6] + number[8:17] if len(number) == 18 else number  # noqa: PLR2004 - GB 11643
    return reading.value in {number, short}


def _date_share(fields: Mapping[str, FieldReading], role: str, birth: str | None) -> float:
    """The share of a register's birth date among what may have been read."""
    reading = fields.get(f"{role}.birth_date")
    if reading is None or not birth:
        return 0.0
    shares = dict(reading.alternatives) or {reading.value: 1.0}
    return shares.get(birth, 0.0)


def _weighed(
    fields: Mapping[str, FieldReading], fits: Mapping[str, Sequence[Fit]]
) -> Iterator[tuple[FieldReading, FieldReading]]:
    """The readings that the register changes, each with what it becomes."""
    for role in ROLES:
        name = fields.get(f"{role}.name")
        if name is None or not fits[role] or not fits[role][0].identified:
            continue
        best = fits[role][0]
        clear = _lead(best, fits[role]) >= _CLEAR
        supported = _supported_name(name, best, clear=clear)
        if supported is not name:
            yield name, supported
        date = fields.get(f"{role}.birth_date")
        if date and "register_corroborated" in supported.flags and best.name.below <= _SAME_INK:
            weighed = _supported_date(date, best)
            if weighed is not date:
                yield date, weighed


def _lead(best: Fit, fits: Sequence[Fit]) -> float:
    """Nats between the best candidate and the next one of another name."""
    key = match_key(best.name.written)
    rivals = [
        fit.name.below
        for fit in fits
        if match_key(fit.name.written) != key and (fit.identified or not best.spouse)
    ]
    return min(rivals, default=_CLEAR + best.name.below) - best.name.below


def _supported_name(reading: FieldReading, best: Fit, *, clear: bool) -> FieldReading:
    """A name's reading once its best candidate is known."""
    same = best.name.below <= _SAME_INK
    couple = best.spouse or best.number
    clear = clear and best.name.other_script >= _CLEAR_SCRIPT
    if clear and (same or (couple and best.name.below <= _LIKE_INK)):
        least = _COUPLE_KNOWN if couple and same else _PERSON_KNOWN
        doubt = _DOUBT_COUPLE if couple else _DOUBT_PERSON
        kept = reading.confidence if reading.value == best.name.written else 0.0
        return _with(reading, best.name.written, max(least, 1 - (1 - kept) * doubt))
    if couple and not same and best.name.below <= 2 * _LIKE_INK:
        # The register knows this couple under a name that looks alike: a person must look.
        lower = min(reading.confidence, _CONTRADICTED)
        return dataclasses.replace(reading, confidence=lower, decision=Decision.KEY)
    return reading


def _supported_date(reading: FieldReading, best: Fit) -> FieldReading:
    """A birth date that the register has for a person whose name was read."""
    if best.birth < _DATE_SHARE or best.person["birth_date"] != reading.value:
        return reading
    doubt = (1 - reading.confidence) * _DOUBT_PERSON
    return _with(reading, reading.value, max(_PERSON_KNOWN, 1 - doubt))


def _with(reading: FieldReading, value: str, confidence: float) -> FieldReading:
    same = value == reading.value
    others = tuple(pair for pair in reading.alternatives if pair[0] != value)
    return dataclasses.replace(
        reading,
        text=reading.text if same else value,
        value=value,
        confidence=confidence,
        decision=decide(confidence),
        flags=reading.flags | {"register_corroborated"},
        alternatives=((value, confidence), *others) if others else (),
    )
