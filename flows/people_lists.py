"""Lists of people that a department asks about: from its CSV into a sealed request and back.

A list goes out with names, or with linkage tokens in their place. The department's side
needs the base packages alone. What the people are compared with is not handled here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from confidentiality.files import open_regular, read_at_most
from confidentiality.linkage import TOKEN_PATTERN
from records.dates import date_value
from records.errors import InputError, IntegrityError
from records.id_number import id_value, upgrade
from records.names import match_key, name_value
from records.reading import FIELD_NAMES
from records.sex import parse_sex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from confidentiality.linkage import LinkageKey

FORMAT = "backfill-comparison/1"
REQUEST, PEOPLE = "request.json", "people.csv"
#: No list is longer; a longer one is several, each counted.
MOST_PEOPLE = 200_000
_LARGEST = 64 << 20
_ENCODINGS = ("utf-8-sig", "gb18030")
_REF = re.compile(r"[A-Za-z0-9._-]{1,32}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OLD_NUMBER, _LONGEST = 15, 100
#: So many faults are named; a list with more is of another kind.
_MOST_FAULTS = 20


class Mode(StrEnum):
    """What a list says of people: their names, or tokens that only a shared key can make."""

    NAMES = "names"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtPerson:
    """Somebody asked about; `ref` is the department's own number, what is unknown is empty."""

    ref: str
    name: str
    sex: str = ""
    birth_date: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtTokens:
    """Somebody asked about without a name; a token is empty where its text is unknown."""

    ref: str
    id_token: str
    name_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """A request: who is asked about, which fields are wanted, under which linkage key."""

    mode: Mode
    fields: tuple[str, ...]
    people: tuple[SoughtPerson | SoughtTokens, ...]
    linkage_key: str = ""

    def contents(self) -> dict[str, bytes]:
        """The items to seal."""
        head = {
            "format": FORMAT,
            "mode": str(self.mode),
            "people": len(self.people),
            "fields": list(self.fields),
            "linkage_key": self.linkage_key,
        }
        columns = _columns(self.mode)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([columns, *map(astuple, self.people)])
        return {
            REQUEST: json.dumps(head, ensure_ascii=False, sort_keys=True).encode(),
            PEOPLE: out.getvalue().encode(),
        }


def identity_tokens(
    key: LinkageKey, *, name: str, birth_date: str, id_number: str
) -> tuple[str, str]:
    """The tokens of a person: of the ID number, and of name and full day of birth.

    Both sides normalise alike: numbers to 18 characters, names to their match key.
    """
    old = len(id_number) == _OLD_NUMBER and id_number.isdecimal()
    number = upgrade(id_number) if old else id_number
    known = bool(name and _DAY.fullmatch(birth_date))
    return (
        key.token("id", number) if number else "",
        key.token("name-birth", f"{match_key(name)}\x00{birth_date}") if known else "",
    )


def tokenised(people: Iterable[SoughtPerson], key: LinkageKey) -> tuple[SoughtTokens, ...]:
    """The people as tokens; raises InputError for those of whom too little is known."""
    made = []
    for line, person in enumerate(people, 2):
        of_id, of_name = identity_tokens(
            key, name=person.name, birth_date=person.birth_date, id_number=person.id_number
        )
        if not of_id and not of_name:
            raise _bad_list("people.csv", [(line, "no_token")])
        made.append(SoughtTokens(ref=person.ref, id_token=of_id, name_token=of_name))
    return tuple(made)


def read_people(path: Path) -> tuple[SoughtPerson, ...]:
    """A department's CSV: `ref`, `name`, and any of `sex`, `birth_date`, `id_number`.

    Raises InputError naming the lines that can't be used; values never appear in it.
    """
    with open_regular(path) as stream:
        text = _decoded(read_at_most(stream, _LARGEST, where=path.name), path.name)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not {"ref", "name"} <= set(rows.fieldnames or ()):
        raise _bad_list(path.name, [(1, "columns")])
    people: list[SoughtPerson] = []
    faults: list[tuple[int, str]] = []
    seen: set[str] = set()
    for line, row in enumerate(_rows(rows, path.name), 2):
        person = _person(row)
        fault = _fault(row, person, seen)
        if fault:
            faults.append((line, fault))
        seen.add(person.ref)
        people.append(person)
    if faults or not people:
        raise _bad_list(path.name, faults or [(1, "empty")])
    return tuple(people)


def parse_list(contents: Mapping[str, bytes], *, where: str) -> PeopleList:
    """The request in a sealed file; raises IntegrityError when it is not what it should be."""
    try:
        head = json.loads(contents[REQUEST])
        mode = Mode(head["mode"])
        fields = tuple(head["fields"])
        rows = list(csv.reader(io.StringIO(contents[PEOPLE].decode(), newline="")))
        kind = SoughtPerson if mode is Mode.NAMES else SoughtTokens
        columns = _columns(mode)
        people = tuple(kind(**dict(zip(columns, row, strict=True))) for row in rows[1:])
        good = (
            head["format"] == FORMAT
            and rows[0] == columns
            and head["people"] == len(people) > 0
            and len({each.ref for each in people}) == len(people)
            and all(map(_sound, people))
            and len(set(fields)) == len(fields)
            and set(fields) <= set(FIELD_NAMES)
            and isinstance(head["linkage_key"], str)
        )
    except (KeyError, TypeError, ValueError, IndexError, csv.Error):
        good = False
    if not good:
        raise IntegrityError(
            "bad_comparison",
            what="比对请求的内容不合格式 · the content of the request is not as it should be",
            where=where,
            remedy="请对方用 backfill comparison request 重新制作 · have it made anew",
        )
    return PeopleList(mode=mode, fields=fields, people=people, linkage_key=head["linkage_key"])


def _columns(mode: Mode) -> list[str]:
    if mode is Mode.TOKENS:
        return ["ref", "id_token", "name_token"]
    return ["ref", "name", "sex", "birth_date", "id_number"]


def _rows(rows: csv.DictReader[str], where: str) -> Iterator[dict[str, Any]]:
    try:
        for number, row in enumerate(rows, 1):
            if number > MOST_PEOPLE:
                raise _bad_list(where, [(number + 1, "too_many")])
            yield row
    except csv.Error as error:
        raise _bad_list(where, [(rows.line_num, "broken")]) from error


def _person(row: Mapping[str, Any]) -> SoughtPerson:
    def text(name: str) -> str:
        value = row.get(name)
        return value.strip("\t' ") if isinstance(value, str) else ""

    return SoughtPerson(
        ref=text("ref"),
        name=name_value(text("name")),
        sex=parse_sex(text("sex")) or "",
        birth_date=date_value(text("birth_date")) or "",
        id_number=id_value(text("id_number")) or "",
    )


def _fault(row: Mapping[str, Any], person: SoughtPerson, seen: set[str]) -> str:
    """Why a row can't be asked, or nothing; a number that is none must not pass for unknown."""
    if None in row or not all(isinstance(value, str) for value in row.values()):
        return "number_of_columns"
    for name in ("birth_date", "id_number"):
        if (row.get(name) or "").strip("\t' ") and not getattr(person, name):
            return name
    if person.ref in seen:
        return "doubled_ref"
    return "" if _sound(person) else "ref_or_name"


def _sound(person: SoughtPerson | SoughtTokens) -> bool:
    # A reference that is itself an ID number would come back in every answer.
    named = _REF.fullmatch(person.ref) and not _looks_like_number(person.ref)
    if isinstance(person, SoughtTokens):
        tokens = [each for each in (person.id_token, person.name_token) if each]
        return bool(named and tokens) and all(TOKEN_PATTERN.fullmatch(each) for each in tokens)
    return (
        bool(named and person.name)
        and max(map(len, astuple(person))) <= _LONGEST
        and person.sex in {"", "male", "female"}
    )


def _looks_like_number(ref: str) -> bool:
    return len(ref) in {15, 18} and id_value(ref) is not None


def _decoded(data: bytes, where: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _bad_list(where, [(1, "undecodable_bytes")])


def _bad_list(where: str, faults: list[tuple[int, str]]) -> InputError:
    shown = ", ".join(f"{line}: {fault}" for line, fault in faults[:_MOST_FAULTS])
    return InputError(
        "people_not_usable",
        what=f"名单中 {len(faults)} 行不能用 · rows of the list can't be used: {shown}",
        where=where,
        remedy="列为 ref, name, sex, birth_date, id_number；ref 为贵方自编号，不得为身份证号 · "
        "columns as said; ref is a number of your own, never an ID number",
    )
