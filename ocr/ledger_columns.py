"""What each column of a ledger holds, and of whom it speaks.

Its heading says so; where that is missing, or can't be true, the texts below it and the
columns beside it do. Where columns lie is found in `ledger_borders`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ocr.labels import BARRIER, PARTY_TAILS, order_of_names
from ocr.ledger_content import contradicts, goes_on, repeats, runs_on, shape_of, shapes, years
from records.reading import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.grid import Rule
    from ocr.ledger_borders import Place
    from ocr.ledger_headings import Heading

#: Years between the median days of registration and of birth.
_GROWN = 12
#: The days of a page lie within so many years of each other, or most of them do.
_OF_A_PAGE, _MOSTLY = 2, 0.6
#: A column holds no names where fewer than this share of its texts could be some.
_NO_NAMES = 0.15
#: Where a couple has two lines, at most this share of them has a number.
_EVERY_OTHER = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its field, whose it is, and its borders as rules across.

    It is `guessed` where no heading says what it holds, or none on the page whose it is; by
    `custom` alone in the latter case.
    """

    field: str
    party: str | None
    left: Rule
    right: Rule
    guessed: bool = False
    custom: bool = False


def columns_of(places: Sequence[Place], texts: Sequence[Sequence[str]]) -> list[Column]:
    """What each column holds, by its heading, its texts (one for each row) and the others."""
    seen = [shapes(column) for column in texts]
    found = [
        Column(
            field=_told(place.heading, shape), left=place.left, right=place.right,
            party=place.heading.party if place.heading and place.heading.field else None,
        )
        for place, shape in zip(places, seen, strict=True)
    ]  # fmt: skip
    found = _one_number(_without_marks(found, places, seen), texts)
    for i, shape in enumerate(seen):
        own = places[i].heading
        if found[i].field == BARRIER and not (own and (own.field == BARRIER or own.bare)):
            field, party = _guessed(i, found, shape_of(shape), texts)
            found[i] = replace(found[i], field=field, party=party, guessed=True)
    return _once(_with_parties(found), texts)


def _told(heading: Heading | None, shape: dict[str, float]) -> str:
    """The field that a heading names, unless the texts below it can't be that."""
    if heading is None or heading.field is None or contradicts(heading.field, shape):
        return BARRIER
    held = shape_of(shape)
    if heading.bare and held in PARTY_TAILS and shape.get("name", 0.0) < _NO_NAMES:
        # Of 女方年龄 only 女方 was found.
        return held
    return heading.field


def _without_marks(
    columns: Sequence[Column], places: Sequence[Place], seen: Sequence[dict[str, float]]
) -> list[Column]:
    """Of more than two columns of names those with names: 男方 may stand over another column."""
    crowded = sum(column.field == "name" for column in columns) > len(ROLES)
    return [
        replace(column, field=BARRIER)
        if crowded and place.heading and place.heading.bare and shape.get("name", 0.0) < _NO_NAMES
        else column
        for column, place, shape in zip(columns, places, seen, strict=True)
    ]


def _one_number(columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> list[Column]:
    """編號 over running numbers is a sequence; over certificate numbers it is none."""
    result = list(columns)
    for i, column in enumerate(columns):
        others = {c.field for k, c in enumerate(columns) if k != i}
        found = shapes(texts[i])
        if column.field == "certificate_number" and runs_on(texts[i]) and "sequence" not in others:
            result[i] = replace(column, field="sequence")
        elif (
            column.field == "sequence"
            and found.get("certificate_number", 0.0) > found.get("sequence", 0.0)
            and "certificate_number" not in others
        ):
            result[i] = replace(column, field="certificate_number")
    return result


def _guessed(
    place: int, columns: Sequence[Column], shape: str | None, texts: Sequence[Sequence[str]]
) -> tuple[str, str | None]:
    """The field of a column without a heading, and whose it is if that is already known."""
    have = [c.field for c in columns]
    if shape is None:
        return BARRIER, None
    if shape == "date":
        return _date_of(place, columns, texts), None
    if shape == "name":
        people = have.count("name")
        if "official" not in have and repeats(texts[place]):
            return "official", None
        return ("name", None) if people < len(ROLES) else (BARRIER, None)
    limit = len(ROLES) if shape in PARTY_TAILS else 1
    return (shape, None) if have.count(shape) < limit else (BARRIER, None)


def _date_of(place: int, columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> str:
    """Whether days are those of registration or of birth."""
    own = years(texts[place])
    others = [
        float(np.median(years(texts[i])))
        for i, column in enumerate(columns)
        if i != place and years(texts[i]) and column.field.endswith(("_date", BARRIER))
    ]
    middle = float(np.median(own)) if own else 0.0
    # A misread year is not another one.
    close = bool(own) and float(np.mean([abs(y - middle) <= _OF_A_PAGE for y in own])) > _MOSTLY
    later = not others or middle >= max(others)
    if "registration_date" not in {c.field for c in columns} and later and close:
        return "registration_date"
    grown = any(other - middle > _GROWN for other in others)
    births = sum(c.field == "birth_date" for c in columns)
    if births < len(ROLES) and (grown or not close or not goes_on(texts[place])):
        return "birth_date"
    return BARRIER


def _with_parties(columns: Sequence[Column]) -> list[Column]:
    """Columns whose heading names no person: two of a kind follow the order of the names."""
    names = [column.party for column in columns if column.field == "name"]
    order = order_of_names(names)
    # That the man comes first is custom, no more.
    custom = len(names) > 1 and not any(c.party for c in columns if c.field in PARTY_TAILS)
    told = tuple(dict.fromkeys(column.party for column in columns if column.party))
    if custom and len(told) == len(ROLES):
        # 女方 and 男方 were found over columns that they don't name.
        order = (told[0], told[1])
    result: list[Column] = []
    current: str | None = None
    for column in columns:
        if column.field not in PARTY_TAILS:
            result.append(column)
            continue
        party = column.party
        if party is None:
            twins = [c for c in columns if c.field == column.field]
            earlier = [c for c in result if c.field == column.field]
            owned = [c.party for c in twins if c.party]
            if owned and len(twins) == len(ROLES):
                party = next(role for role in ROLES if role != owned[0])
            else:
                party = current if len(twins) == 1 else order[bool(earlier)]
        guessed = column.guessed or custom
        result.append(replace(column, party=party or "male", guessed=guessed, custom=custom))
        current = result[-1].party
    return result


def _once(columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> list[Column]:
    """No field twice: the column with more writing keeps it."""
    best: dict[tuple[str, str | None], int] = {}
    for i, column in enumerate(columns):
        key = (column.field, column.party)
        if key not in best or _written(texts[i]) > _written(texts[best[key]]):
            best[key] = i
    return [
        column if best[column.field, column.party] == i else replace(column, field=BARRIER)
        for i, column in enumerate(columns)
    ]


def _written(texts: Sequence[str]) -> int:
    return sum(bool(text) for text in texts)


def is_paired(columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> bool:
    """Whether a couple has two lines: names in each, what speaks of both in every other."""
    names = [i for i, column in enumerate(columns) if column.field == "name"]
    if len(names) != 1 or len(texts[names[0]]) < 2:
        return False
    own = _written(texts[names[0]])
    shared = [
        _written(texts[i])
        for i, column in enumerate(columns)
        if column.field in {"certificate_number", "sequence", "registration_date"}
    ]
    # Dates may be written once a day: the fuller columns say how many couples there are.
    return bool(shared) and max(shared) <= _EVERY_OTHER * own
