"""A population register around the people on the pages: most of them, and their doubles."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from drawing import names, people, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawing.people import Couple, Person

COLUMNS = (
    "person_id", "name", "sex", "birth_date", "id_number", "former_name", "address", "spouse_id",
)  # fmt: skip
#: Short forms of 1977 that many changed back after 1986.
_SHORT_FORMS = {"肖": "萧", "付": "傅", "闫": "阎", "代": "戴", "兰": "蓝", "占": "詹"}


@dataclass(slots=True, kw_only=True)
class Entry:
    """One row of the register, all text; None is an empty cell."""

    person_id: str
    name: str
    sex: str | None
    birth_date: str | None
    id_number: str | None
    former_name: str | None = None
    address: str | None = None
    spouse_id: str | None = None


class Register:
    """Rows under way; ids are handed out in an order that says nothing about the rows."""

    def __init__(self, seed: str, size: int) -> None:
        self.rng = random.Random(f"{seed}/register")
        self.rows: list[Entry] = []
        self.size = size
        numbers = self.rng.sample(range(2000000, 2000000 + size * 5), size)
        self._ids = iter([f"P{number}" for number in numbers])

    def add(self, person: Person) -> Entry:
        """Enters a person as the register knows them."""
        rng = self.rng
        entry = Entry(
            person_id=next(self._ids),
            name=person.name,
            sex=person.sex,
            birth_date=person.born.isoformat(),
            id_number=person.id_number,
            address=person.address,
        )
        # Who was old when numbers were first given out often has none.
        if rng.random() < (0.25 if person.born.year < 1925 else 0.04):
            entry.id_number = None
        self.rows.append(entry)
        return entry

    def couple(self, who: Couple) -> tuple[Entry, Entry]:
        """Enters both of a couple, each as the other's spouse."""
        his, hers = self.add(who.man), self.add(who.woman)
        if who.event == "marriage" and self.rng.random() < 0.85:
            his.spouse_id, hers.spouse_id = hers.person_id, his.person_id
            hers.address = his.address
        return his, hers


def _other_char(rng: random.Random, person: Person) -> str:
    given = names.given_name(rng, person.sex, person.born.year)[-1]
    return person.name[:-1] + given


def _doubles(register: Register, person: Person) -> None:
    """People who could be taken for this one: namesakes, a sibling, a look-alike."""
    rng = register.rng
    for _ in range(rng.choice((1, 1, 2))):
        year = person.born.year if rng.random() < 0.2 else person.born.year + rng.randint(-15, 15)
        register.add(_born(rng, person, people.a_day(rng, year)))
    if rng.random() < 0.4:
        older = people.a_day(rng, person.born.year + rng.choice((-5, -3, -2, 2, 3, 4, 6)))
        sibling = _born(rng, person, older)
        register.add(replace(sibling, name=_other_char(rng, person)))
    if rng.random() < 0.25:
        alike = _born(rng, person, person.born)
        register.add(replace(alike, name=_other_char(rng, person)))


def _born(rng: random.Random, person: Person, born: date) -> Person:
    home = places.district_at(rng, 2005, coded=True)
    return replace(
        person,
        born=born,
        id_number=people.id_number(rng, places.area_code(rng, born), born, person.sex),
        address=places.address(rng, home),
    )


def _as_registers_have_it(register: Register, entry: Entry, person: Person) -> None:
    """The ways in which a register differs from the paper."""
    rng = register.rng
    entry.address = places.address(rng, places.district_at(rng, 2005, coded=True))
    if person.name[0] in _SHORT_FORMS and rng.random() < 0.5:
        entry.former_name = person.name if rng.random() < 0.5 else None
        entry.name = _SHORT_FORMS[person.name[0]] + person.name[1:]
    elif rng.random() < 0.04:
        entry.former_name = person.name if rng.random() < 0.8 else None
        entry.name = person.name[0] + names.given_name(rng, person.sex, person.born.year)
    chance = rng.random()
    if entry.id_number is None or chance < 0.06:
        _shift_birthday(rng, entry, person.born)


def _shift_birthday(rng: random.Random, entry: Entry, born: date) -> None:
    """Year off by one, day and month changed over, or first of January."""
    how = rng.choices(("year", "swap", "first", "keep"), (3, 1.5, 1.5, 4))[0]
    if how == "year":
        entry.birth_date = (born + timedelta(days=rng.choice((-365, 365)))).isoformat()
    elif how == "swap" and born.day <= 12:
        entry.birth_date = f"{born.year}-{born.day:02d}-{born.month:02d}"
    elif how == "first":
        entry.birth_date = f"{born.year}-01-01"
    if how != "keep" and rng.random() < 0.5:
        entry.id_number = None


def _faults(register: Register) -> None:
    """Faults that real registers have and that must not stop anything."""
    rng = register.rng
    for entry in rng.sample(register.rows, len(register.rows) // 250):
        fault = rng.choice(("placeholder", "year", "check", "no sex", "spouse", "space"))
        match fault:
            case "placeholder":
                entry.id_number = "000000" + (entry.birth_date or "").replace("-", "") + "0000"
            case "year":
                entry.birth_date = (entry.birth_date or "")[:4] or None
            case "check" if entry.id_number:
                wrong = "0" if entry.id_number[-1] != "0" else "5"
                entry.id_number = entry.id_number[:-1] + wrong
            case "no sex":
                entry.sex = None
            case "spouse":
                entry.spouse_id = "P1999999"
            case _:
                entry.name = entry.name[0] + "\u3000" + entry.name[1:]


def build(seed: str, couples: Sequence[Couple], size: int) -> tuple[pa.Table, dict[int, str]]:
    """The register, and the person_id of each person on a page who is in it.

    The second is keyed by `id()` of the person. 85 % of the people are in.
    """
    register = Register(seed, size)
    rng = register.rng
    known: dict[int, str] = {}
    for who in couples:
        entries = []
        for person in (who.man, who.woman):
            if rng.random() < 0.85:
                entry = register.add(person)
                _as_registers_have_it(register, entry, person)
                known[id(person)] = entry.person_id
                entries.append(entry)
        if len(entries) == 2 and who.event == "marriage" and rng.random() < 0.8:
            his, hers = entries
            his.spouse_id, hers.spouse_id = hers.person_id, his.person_id
    for who in couples:
        _doubles(register, who.man)
        _doubles(register, who.woman)
    while len(register.rows) < size - 1:
        register.couple(people.couple(rng, (1950, 2018)))
    if len(register.rows) < size:
        register.add(people.couple(rng, (1950, 2018)).man)
    safe = set(known.values())
    plain = Register(seed, 0)
    plain.rng, plain.rows = rng, [row for row in register.rows if row.person_id not in safe]
    _faults(plain)
    rows = sorted(register.rows, key=lambda row: row.person_id)
    columns = {
        name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in COLUMNS
    }
    return pa.table(columns), known


#: Rows that a register must not take in, with the reason each is set aside for.
_FAULTY = (
    (("P3000001", "孙建国", "男", "1951-06-02", "", "", "", ""), ""),
    (("P3000002", "", "女", "1953-11-20", "", "", "", ""), "empty_name"),
    (("P3000001", "李秀英", "女", "1949-02-11", "", "", "", ""), "doubled_person_id"),
    (("", "赵志强", "男", "1960-01-30", "", "", "", ""), "empty_person_id"),
    (("P3000004", "周敏", "女", "1962-09-09", "", "", "", ""), ""),
    (("P3000005", '吴"小梅', "女", "1970-04-18", "", "", "", ""), ""),
)


def faulty_csv() -> tuple[bytes, list[dict[str, object]]]:
    """A small GB18030 register with faulty rows, and line and reason of each fault."""
    lines = [",".join(COLUMNS)]
    faults: list[dict[str, object]] = []
    for number, (cells, reason) in enumerate(_FAULTY, 2):
        lines.append(
            ",".join('"' + cell.replace('"', '""') + '"' if '"' in cell else cell for cell in cells)
        )
        if reason:
            faults.append({"file": "register_with_faults.csv", "line": number, "reason": reason})
    body = ("\r\n".join(lines) + "\r\n").encode("gb18030")
    faults.append(
        {"file": "register_with_faults.csv", "line": len(lines) + 1, "reason": "undecodable_bytes"}
    )
    return body + b"P3000006,\xff\xfe\xff,\xc4\xd0,1955-05-05,,,,\r\n", faults
