"""Ruled tables of text layers: which column is which field, which row which couple.

Headings may take several rows (男方 over 姓名 and 身份证号), and a couple two lines. What
the texts mean is handled in `given_fields`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ocr.folding import fold_text
from ocr.given_fields import Given
from ocr.labels import BARRIER, PARTY_MARK, PARTY_TAILS
from ocr.layout import Area
from ocr.ledger_borders import Place
from ocr.ledger_columns import columns_of
from ocr.ledger_headings import Heading as Told
from ocr.ledger_headings import named
from ocr.ledger_rows import level
from records.reading import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocr.labels import Label
    from ocr.lines import TextTable

    Row = tuple[str, ...]

#: A heading row names at least this many columns.
_FEWEST = 3
#: How sure a column is at best that no heading names.
_BY_TEXTS = 0.99
_NOWHERE = Area(0.0, 0.0, 0.0, 0.0)
_SUMS = re.compile(r"^(合计|小计|总计|共计|累计|本页|以上|以下空白)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a column holds: its field (or `barrier`) and whose it is.

    A barrier is `passed_over` when its heading is known; `guessed` is what only texts say.
    """

    field: str
    party: str | None
    passed_over: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A table in which rows are couples; `couples` holds one or two lines for each."""

    headings: tuple[Heading, ...]
    couples: tuple[tuple[Row, ...], ...]


def as_register(table: TextTable) -> Register | None:
    """The table as a ledger, None when it isn't one."""
    cells = table.cells
    first = next((i for i, row in enumerate(cells) if _named(row) >= _FEWEST), None)
    if first is None:
        return _going_on(cells)
    top = first - 1 if first and any(_party(text) for text in cells[first - 1]) else first
    last = first + 1 if _continues(cells, first) else first
    headings = _headings(cells[top : last + 1])
    rows = [row for row in cells[last + 1 :] if _is_data(row, cells[top : last + 1])]
    settled = _settled(headings, rows)
    if not rows or not any(found.field == "name" for found in settled):
        return None
    if _is_two_lined(headings, rows):
        couples = tuple(zip(rows[::2], rows[1::2], strict=False))
        return Register(headings=settled, couples=couples)
    return Register(headings=settled, couples=tuple((row,) for row in rows))


def _going_on(cells: Sequence[Row]) -> Register | None:
    """A table that goes on from the page before, without headings: its texts say what it holds."""
    rows = [row for row in cells if _is_data(row, ())]
    width = max((len(row) for row in rows), default=0)
    settled = _settled([Heading(field=BARRIER, party=None)] * width, rows)
    names = [found for found in settled if found.field == "name"]
    known = {found.field for found in settled} - {BARRIER}
    if len(rows) < _FEWEST or len(names) != len(ROLES) or len(known) < _FEWEST:
        return None
    return Register(headings=settled, couples=tuple((row,) for row in rows))


def givens_of(register: Register, *, sure: float, first: int = 1) -> list[Given]:
    """The texts of all couples, counted from `first`; empty ones for empty cells."""
    return [
        Given(
            field=found.field,
            party=party,
            row=row,
            text=text,
            sure=min(sure, _BY_TEXTS) if found.guessed else sure,
        )
        for row, couple in enumerate(register.couples, first)
        for found, party, text in _texts(register.headings, couple)
    ]


def side_by_side(table: TextTable, *, sure: float) -> tuple[list[Given], TextTable]:
    """The fields of a form with a column for each of the two people, and what is left of it.

    Its rows begin with their label: 姓名 | 张三 | 李四 under 男方 and 女方.
    """
    heads = [{_party(text): i for i, text in enumerate(row)} for row in table.cells]
    head = next((i for i, found in enumerate(heads) if set(ROLES) <= set(found)), None)
    if head is None:
        return [], table
    places = {role: heads[head][role] for role in ROLES}
    found: list[Given] = []
    left = list(table.cells)
    for i, row in enumerate(table.cells[head + 1 :], head + 1):
        label = named(next((text for text in row[: min(places.values())] if text), ""))
        if label and label.field not in {BARRIER, PARTY_MARK}:
            found += _beside(label, {role: row[place] for role, place in places.items()}, sure)
            left[i] = ()
    return found, replace(table, cells=tuple(left))


def _beside(label: Label, texts: dict[str, str], sure: float) -> list[Given]:
    if label.field not in PARTY_TAILS:
        texts = {"": next((text for text in texts.values() if text), "")}
    return [
        Given(field=label.field, party=role or None, row=None, text=text, sure=sure)
        for role, text in texts.items()
        if text
    ]


def _texts(
    headings: Sequence[Heading], couple: Sequence[Row]
) -> Iterator[tuple[Heading, str | None, str]]:
    for place, found in enumerate(headings):
        texts = [line[place] if place < len(line) else "" for line in couple]
        if found.field == BARRIER:
            continue
        if len(couple) == 1 or found.field not in PARTY_TAILS:
            yield found, found.party, next((text for text in texts if text), "")
            continue
        for role, text in zip(ROLES, texts, strict=False):
            yield found, role, text


def _named(row: Row) -> int:
    """How many columns a row names; a row of data names none."""
    return sum(bool((label := named(text)) and _fills(text, label)) for text in row)


def _fills(text: str, label: Label) -> bool:
    """Whether a cell is its label and little more: 身份证号(男), not 姓名：张三."""
    return len(fold_text(text)[0]) <= (label.stop - label.start) + 4


def _party(text: str) -> str | None:
    """The person whom a heading over several columns names."""
    label = named(text)
    bare = label and label.field in {PARTY_MARK, "name"} and _fills(text, label)
    return label.party if label and bare else None


def _continues(cells: Sequence[Row], first: int) -> bool:
    """Whether a second row of headings stands under the first: both name columns."""
    if first + 1 >= len(cells):
        return False
    under = cells[first + 1]
    return _named(under) >= 2 and any(_party(text) for text in cells[first])


def _headings(rows: Sequence[Row]) -> tuple[Heading, ...]:
    width = max(len(row) for row in rows)
    over: str | None = None
    found: list[Heading] = []
    for place in range(width):
        column = [row[place] if place < len(row) else "" for row in rows]
        if column[0]:
            over = _party(column[0])
        label = next((known for text in reversed(column) if (known := named(text))), None)
        if label is None:
            found.append(Heading(field=BARRIER, party=None))
            continue
        field = "name" if label.field == PARTY_MARK else label.field
        party = label.party or (over if len(rows) > 1 else None)
        own = party if field in PARTY_TAILS else None
        found.append(Heading(field=field, party=own, passed_over=field == BARRIER))
    return tuple(found)


def _is_data(row: Row, head: Sequence[Row]) -> bool:
    """Whether a row speaks of a couple: not empty, no sum, no heading printed again."""
    text = next((text for text in row if text), "")
    return bool(text) and row not in head and not _SUMS.match(text)


def _settled(headings: Sequence[Heading], rows: Sequence[Row]) -> tuple[Heading, ...]:
    """The headings with what their columns' texts say.

    编号 is a running number or a certificate's, and a column without a known heading is what
    it holds.
    """
    told = [
        Place(left=level(place), right=level(place + 1), heading=_as_told(found))
        for place, found in enumerate(headings)
    ]
    texts = [[row[i] if i < len(row) else "" for row in rows] for i in range(len(headings))]
    return tuple(
        Heading(field=column.field, party=column.party, guessed=column.guessed)
        for column in columns_of(told, texts)
    )


def _as_told(found: Heading) -> Told | None:
    """A heading in the terms of ledgers on paper; None for one that names nothing."""
    if found.field == BARRIER and not found.passed_over:
        return None
    return Told(area=_NOWHERE, field=found.field, party=found.party)


def _is_two_lined(headings: Sequence[Heading], rows: Sequence[Row]) -> bool:
    """Whether every couple has a line for the man and one for the woman."""
    names = [found for found in headings if found.field == "name"]
    return len(names) == 1 and names[0].party is None and len(rows) % 2 == 0
