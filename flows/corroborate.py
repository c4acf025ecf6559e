"""Corroborate: the register as evidence for what was read, by whole couples.

The reader says how likely each name is as the origin of the ink, matching who of the
register is then meant, nobody being one of the answers. A name that the register makes
certain and the ink allows is delivered in the form that stands there; it is never exchanged
for a neighbour's. Alternatives keep the probabilities that the ink gave them, so that the
register's word doesn't count again when records are matched.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matching.reading import Ink, ask, weigh
from ocr.confidence import decide
from ocr.evidence import unpack, written_form
from ocr.folding import traditional
from ocr.written_names import WORST, below_best, tempered
from records.names import match_key
from records.reading import ROLES, Era, FieldReading, PageReading
from records.schemas import CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from matching.index import RegisterIndex
    from matching.reading import Asked, Meant
    from records.reading import PageRefusal

    Result = PageReading | PageRefusal
    Fields = Mapping[str, FieldReading]

CORROBORATED, DIFFERS = "register_corroborated", "register_differs"
#: Names of the register that stand for a random person's.
_RANDOM_NAMES = 96
#: The posterior at which another name than the one read is delivered.
_DECISIVE = 0.985
#: Nats below the best free reading beyond which no name is delivered, however likely.
_FAR = 10.0
#: The posterior at which the register is said to speak for a reading, and against one.
_SPEAKS, _SPEAKS_AGAINST = 0.9, 0.5
#: No reading is surer than this: what no model holds is not in the posterior.
_SUREST = 0.997
#: Nats by which the written form must be clearer than the next one, and what is left if not.
_CLEAR_SCRIPT, _UNCLEAR = 2.0, 0.8
#: Who was born so late married after the reform of the script.
_BORN_MODERN = "1948"
#: Values that another row lends say nothing about this one.
_FROM_ABOVE = frozenset({"ditto", "carried"})
#: An alternative of this share makes a birth date doubtful that the register doesn't have.
_POSSIBLE_DATE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A person whose name was read, with the fields of the couple.

    `modern` says that the page was written after the reform of the script.
    """

    key: tuple[int, int | None]
    role: str
    fields: Fields
    modern: bool

    @property
    def name(self) -> FieldReading:
        """The reading of the person's name."""
        return self.fields[f"{self.role}.name"]

    def field(self, tail: str) -> FieldReading | None:
        """Another reading about this person, None when there is none."""
        return self.fields.get(f"{self.role}.{tail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A register person and its probability; `named` are its names with theirs."""

    texts: Mapping[str, Any]
    person: float
    named: tuple[tuple[str, float], ...]


def corroborate(pages: Sequence[Result], index: RegisterIndex) -> list[Result]:
    """The pages in their order, names, birth dates and numbers weighed against the register."""
    readers = list(_readers(pages))
    if not readers or not len(index):
        return list(pages)
    queries = pa.Table.from_pylist([_query(reader) for reader in readers], schema=CERTIFICATES)
    asked = ask(index, queries, random=_RANDOM_NAMES)
    meant = weigh(index, asked, _ink(readers, asked))
    changed: dict[int, FieldReading] = {}
    for reader, candidates in zip(readers, _candidates(asked, meant, len(readers)), strict=True):
        changed |= {id(old): new for old, new in _weighed(reader, candidates)}
    return [_with_changes(page, changed) for page in pages]


def _readers(pages: Sequence[Result]) -> Iterator[Reader]:
    """Everybody whose name was read from ink, couple by couple."""
    for number, page in enumerate(pages):
        if not isinstance(page, PageReading):
            continue
        modern = _modern(page)
        rows: dict[int | None, dict[str, FieldReading]] = {}
        for field in page.fields:
            rows.setdefault(field.row, {})[field.name] = field
        for row, fields in rows.items():
            names = [fields.get(f"{role}.name") for role in ROLES]
            if any(name is not None and name.lattice for name in names):
                yield from (
                    Reader(key=(number, row), role=role, fields=fields, modern=modern)
                    for role in ROLES
                    if f"{role}.name" in fields
                )


def _modern(page: PageReading) -> bool:
    """Whether a page is younger than the reform of the script, by its people when undated."""
    if page.era is not None:
        return page.era != Era.E1950S
    births = [field.value[:4] for field in page.fields if field.name.endswith("birth_date")]
    return max(births, default="") >= _BORN_MODERN


def _query(reader: Reader) -> dict[str, str | None]:
    """The person as matching asks for one."""

    def value(name: str) -> str | None:
        field = reader.fields.get(name)
        return field.value or None if field else None

    alternatives = {
        tail: [list(pair) for pair in field.alternatives]
        for tail in ("name", "birth_date", "id_number")
        if (field := reader.field(tail)) and field.alternatives
    }
    number, row = reader.key
    role, registered = reader.role, value("registration_date")
    return {
        "record_id": f"{number}/{row or 0}/{role}",
        "certificate_id": f"{number}/{row or 0}",
        "role": role,
        "name": value(f"{role}.name"),
        "sex": role,
        "birth_date": value(f"{role}.birth_date") or _year(value(f"{role}.age"), registered),
        "id_number": value(f"{role}.id_number"),
        "address": value(f"{role}.address"),
        "registration_date": registered,
        "alternatives": json.dumps(alternatives, ensure_ascii=False) if alternatives else None,
    }


def _year(age: str | None, registered: str | None) -> str | None:
    """The year of birth that an age implies."""
    return str(int(registered[:4]) - int(age)) if age and registered else None


def _ink(readers: Sequence[Reader], asked: Asked) -> Ink:
    """What each person's ink says of the candidates' names, and of random ones."""
    size = asked.texts.num_rows
    names = _texts(asked.texts["name"])
    formers = _texts(asked.texts["former_name"])
    name, former, chance = np.zeros(size), np.full(size, -np.inf), np.zeros(len(readers))
    borders = np.searchsorted(asked.record, np.arange(len(readers) + 1))
    for at, reader in enumerate(readers):
        own = slice(int(borders[at]), int(borders[at + 1]))
        count = own.stop - own.start
        said = _likelihoods(reader.name, [*names[own], *formers[own], *asked.random])
        name[own] = said[:count]
        some = np.array([bool(text) for text in formers[own]], bool)
        former[own] = np.where(some, said[count : 2 * count], -np.inf)
        chance[at] = np.log(np.exp(said[2 * count :]).mean())
    return Ink(name=name, former=former, chance=chance)


def _texts(column: pa.ChunkedArray[Any]) -> list[str]:
    return [str(text or "") for text in column.to_pylist()]


def _likelihoods(reading: FieldReading, names: Sequence[str]) -> np.ndarray[Any, Any]:
    key = match_key(reading.value)
    read = np.array([match_key(name) == key for name in names], bool)
    if reading.lattice:
        possible = [value for value, _ in reading.alternatives]
        below = below_best(unpack(reading.lattice), names, [reading.value, *possible])
    else:
        # Text that comes without a lattice is what it says.
        below = np.where(read, 0.0, -WORST)
    return tempered(below, reading.confidence, read)


def _candidates(asked: Asked, meant: Meant, records: int) -> Iterator[list[Candidate]]:
    """Each record's candidates that are at all likely."""
    people = asked.texts.to_pylist()
    found: list[list[Candidate]] = [[] for _ in range(records)]
    for pair in np.flatnonzero(meant.person > 1e-4).tolist():
        named = (
            (people[pair]["name"], float(meant.name[pair])),
            (people[pair]["former_name"] or "", float(meant.former[pair])),
        )
        person = float(meant.person[pair])
        found[asked.record[pair]].append(Candidate(texts=people[pair], person=person, named=named))
    return iter(found)


def _weighed(
    reader: Reader, candidates: Sequence[Candidate]
) -> Iterator[tuple[FieldReading, FieldReading]]:
    """The readings of one person that the register changes, each with what it becomes."""
    if not candidates:
        return
    named = _weighed_name(reader, candidates)
    pairs = [(reader.name, named)]
    date, number = reader.field("birth_date"), reader.field("id_number")
    if date is not None:
        pairs.append((date, _weighed_date(date, candidates)))
    if number is not None:
        pairs.append((number, _confirmed(number, _number_share(candidates, number.value))))
    holder = reader.fields.get("holder")
    if holder is not None and holder.value == named.value and CORROBORATED in named.flags:
        pairs.append((holder, _confirmed(holder, named.confidence)))
    yield from ((old, new) for old, new in pairs if new is not old)


def _weighed_name(reader: Reader, candidates: Sequence[Candidate]) -> FieldReading:
    """The name with what the register makes of it."""
    reading = reader.name
    if not reading.lattice or not reading.value:
        return reading
    chances: dict[str, float] = {}
    texts: dict[str, str] = {}
    for candidate in candidates:
        for text, chance in candidate.named:
            chances[match_key(text)] = chances.get(match_key(text), 0.0) + chance
            texts.setdefault(match_key(text), text)
    own = match_key(reading.value)
    unexplained = max(0.0, 1 - sum(chances.values()))
    chances[own] = chances.get(own, 0.0)
    certain = chances[own] + unexplained * reading.confidence
    best = max(chances, key=lambda key: chances[key])
    if chances[own] >= _SPEAKS:
        return _as_written(reading, reading.value, certain, modern=reader.modern)
    if best != own and chances[best] >= _DECISIVE:
        return _as_written(reading, texts[best], chances[best], modern=reader.modern)
    if best != own and chances[best] >= _SPEAKS_AGAINST:
        return _doubted(reading, certain)
    return reading


def _as_written(
    reading: FieldReading, name: str, probability: float, *, modern: bool
) -> FieldReading:
    """The name in the form that stands there; one that the ink hardly allows is not delivered."""
    lattices = unpack(reading.lattice)
    if below_best(lattices, [name], [reading.value])[0] > _FAR:
        return _doubted(reading, 1 - probability)
    form = written_form(lattices, name, modern=modern)
    same = form.text == reading.value
    # Cursive simplified characters look like traditional ones, which few then wrote.
    odd = modern and traditional(form.text) > 0
    most = _UNCLEAR if odd or form.lead < _CLEAR_SCRIPT else _SUREST
    confidence = min(probability, most)
    if same:
        confidence = max(confidence, reading.confidence)
    return dataclasses.replace(
        reading,
        text=reading.text if same else form.text,
        value=form.text,
        confidence=confidence,
        decision=decide(confidence),
        flags=reading.flags | {CORROBORATED},
        alternatives=reading.alternatives if same else _by_ink(reading, form.text, name),
    )


def _by_ink(reading: FieldReading, text: str, name: str) -> tuple[tuple[str, float], ...]:
    """The alternatives with the delivered text first, as likely as the ink alone makes it."""
    listed = dict(reading.alternatives)
    weight = float(np.exp(_likelihoods(reading, [name])[0]))
    own = listed.pop(text, weight / (1 + weight))
    return ((text, own), *listed.items())


def _doubted(reading: FieldReading, probability: float) -> FieldReading:
    """A reading against which the register speaks: it stands, with less confidence."""
    confidence = min(reading.confidence, max(probability, 0.001))
    return dataclasses.replace(
        reading,
        confidence=confidence,
        decision=decide(confidence),
        flags=reading.flags | {DIFFERS},
    )


def _share(candidates: Sequence[Candidate], column: str, value: str) -> float:
    """The probability that the person meant has this value in the register."""
    return sum(each.person for each in candidates if each.texts[column] == value)


def _number_share(candidates: Sequence[Candidate], value: str) -> float:
    """The same for ID numbers, of which a paper may bear the old form of 15 characters."""
    return sum(
        each.person
        for each in candidates
        if (number := each.texts["id_number"]) and value in {number, number[:6] + number[8:17]}
    )


def _weighed_date(reading: FieldReading, candidates: Sequence[Candidate]) -> FieldReading:
    """The birth date, surer when the register has it, doubted when it has another one read."""
    if not reading.value:
        return reading
    share = _share(candidates, "birth_date", reading.value)
    if share >= _SPEAKS:
        return _confirmed(reading, share)
    others = {value for value, chance in reading.alternatives if chance >= _POSSIBLE_DATE}
    against = sum(_share(candidates, "birth_date", value) for value in others - {reading.value})
    return _doubted(reading, 1 - against) if against >= _SPEAKS else reading


def _confirmed(reading: FieldReading, share: float) -> FieldReading:
    """A reading that the person meant bears out with this probability."""
    if share < _SPEAKS or reading.flags & _FROM_ABOVE:
        return reading
    certain = min(share + (1 - share) * reading.confidence, _SUREST)
    confidence = max(certain, reading.confidence)
    return dataclasses.replace(
        reading,
        confidence=confidence,
        decision=decide(confidence),
        flags=reading.flags | {CORROBORATED},
    )


def _with_changes(page: Result, changed: Mapping[int, FieldReading]) -> Result:
    if not isinstance(page, PageReading):
        return page
    fields = tuple(changed.get(id(field), field) for field in page.fields)
    return dataclasses.replace(page, fields=fields)
