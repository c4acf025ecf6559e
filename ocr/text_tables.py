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
from ocr.labels import BARRIER, PARTY_MARK, PARTY_TAILS, Label, find_labels, heading, order_of_names
from records.reading import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocr.lines import TextTable

    Row = tuple[str, ...]

#: A heading row names at least this many columns.
_FEWEST = 3
_SUMS = re.compile(r"^(合计|小计|总计|共计|累计|本页|以上|以下空白)")
_SHORT = re.compile(r"\d{1,4}")
_NUMBER = re.compile(r"字.*\d|^B?[JL]\d{6}-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a column holds: its field (or `barrier`) and whose it is."""

    field: str
    party: str | None


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
        return None
    top = first - 1 if first and any(_party(text) for text in cells[first - 1]) else first
    last = first + 1 if _continues(cells, first) else first
    headings = _headings(cells[top : last + 1])
    rows = [row for row in cells[last + 1 :] if _is_data(row, cells[top : last + 1])]
    if not rows or not any(found.field == "name" for found in headings):
        return None
    headings = _told_apart(headings, rows)
    if _is_two_lined(headings, rows):
        couples = tuple(zip(rows[::2], rows[1::2], strict=False))
        return Register(headings=headings, couples=couples)
    return Register(headings=_with_parties(headings), couples=tuple((row,) for row in rows))


def givens_of(register: Register, *, sure: float, first: int = 1) -> list[Given]:
    """The texts of all couples, counted from `first`; empty ones for empty cells."""
    return [
        Given(field=found.field, party=party, row=row, text=text, sure=sure)
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
        label = _label(next((text for text in row[: min(places.values())] if text), ""))
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


def _label(text: str) -> Label | None:
    """The label that a heading cell is, ledgers' own short words first."""
    whole = heading(text)
    if whole:
        return whole
    labels = find_labels(text)
    named = [label for label in labels if label.field != PARTY_MARK]
    found = named[0] if named else next(iter(labels), None)
    # 男方 before a field names its person even when something stands between them.
    if found and found.party is None and found.field in PARTY_TAILS:
        party = next((label.party for label in labels if label.field == PARTY_MARK), None)
        found = replace(found, party=party)
    return found


def _named(row: Row) -> int:
    """How many columns a row names; a row of data names none."""
    return sum(bool((label := _label(text)) and _fills(text, label)) for text in row)


def _fills(text: str, label: Label) -> bool:
    """Whether a cell is its label and little more: 身份证号(男), not 姓名：张三."""
    return len(fold_text(text)[0]) <= (label.stop - label.start) + 4


def _party(text: str) -> str | None:
    """The person whom a heading over several columns names."""
    label = _label(text)
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
        label = next((known for text in reversed(column) if (known := _label(text))), None)
        if label is None:
            found.append(Heading(field=BARRIER, party=None))
            continue
        field = "name" if label.field == PARTY_MARK else label.field
        party = label.party or (over if len(rows) > 1 else None)
        found.append(Heading(field=field, party=party if field in PARTY_TAILS else None))
    return tuple(found)


def _is_data(row: Row, head: Sequence[Row]) -> bool:
    """Whether a row speaks of a couple: not empty, no sum, no heading printed again."""
    text = next((text for text in row if text), "")
    return bool(text) and row not in head and not _SUMS.match(text)


def _told_apart(headings: Sequence[Heading], rows: Sequence[Row]) -> tuple[Heading, ...]:
    """编号 is a running number or a certificate's, by what stands under it."""
    result = list(headings)
    for place, found in enumerate(headings):
        texts = [row[place] for row in rows if place < len(row) and row[place]]
        others = {h.field for i, h in enumerate(result) if i != place}
        if found.field == "sequence" and "certificate_number" not in others:
            if sum(bool(_NUMBER.search(fold_text(t)[0])) for t in texts) > len(texts) / 2:
                result[place] = Heading(field="certificate_number", party=None)
        elif found.field == "certificate_number" and "certificate_number" in others:
            running = all(_SHORT.fullmatch(text) for text in texts)
            if running and "sequence" not in others:
                result[place] = Heading(field="sequence", party=None)
    return tuple(result)


def _is_two_lined(headings: Sequence[Heading], rows: Sequence[Row]) -> bool:
    """Whether every couple has a line for the man and one for the woman."""
    names = [found for found in headings if found.field == "name"]
    return len(names) == 1 and names[0].party is None and len(rows) % 2 == 0


def _with_parties(headings: Sequence[Heading]) -> tuple[Heading, ...]:
    """Columns without a person: two of a kind follow the order of the names, one its neighbour."""
    order = order_of_names([found.party for found in headings if found.field == "name"])
    result: list[Heading] = []
    current: str | None = None
    for found in headings:
        party = found.party
        if found.field in PARTY_TAILS and party is None:
            twins = [other for other in headings if other.field == found.field]
            earlier = [other for other in result if other.field == found.field]
            party = order[bool(earlier)] if len(twins) > 1 else current or order[0]
        result.append(replace(found, party=party))
        current = party or current
    return tuple(result)
