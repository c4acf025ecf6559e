"""A ledger that gives each couple two lines: the man's above, the woman's below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawing import filling
from drawing.ink import INKS, press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import Couple, couple, following, short_id
from drawing.sheet import Sheet, Style
from drawing.wording import Written, certificate_number, plain

if TYPE_CHECKING:
    from random import Random

#: Heading, field (a party's when it begins with a dot), share of the width.
_COLUMNS = (
    ("序号", "sequence", 3.0),
    ("登记日期", "registration_date", 7.5),
    ("姓　名", ".name", 6.5),
    ("性别", ".sex", 3.2),
    ("出生年月日", ".birth_date", 8.0),
    ("民族", ".ethnicity", 4.5),
    ("身份证号码", ".id_number", 11.0),
    ("职　业", ".occupation", 6.0),
    ("结婚证字号", "certificate_number", 9.5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ruling:
    """Where the table lies, in millimetres."""

    edges: tuple[float, ...]
    top: float
    head: float
    line: float
    rows: int


def _ruling(rng: Random, rows: int) -> _Ruling:
    columns = list(_COLUMNS)
    total = sum(share for _, _, share in columns)
    edges = [14.0]
    for _, _, share in columns:
        edges.append(edges[-1] + share / total * 268)
    return _Ruling(edges=tuple(edges), top=36, head=10, line=rng.uniform(9.2, 9.9), rows=rows)


def _rule(sheet: Sheet, table: _Ruling, style: Style, colour: tuple[int, int, int]) -> None:
    left, right = table.edges[0], table.edges[-1]
    bottom = table.top + table.head + table.rows * 2 * table.line
    for x in table.edges:
        sheet.rule((x, table.top), (x, bottom), colour, 0.25)
    sheet.rule((left, table.top), (right, table.top), colour, 0.5)
    for n in range(table.rows * 2 + 1):
        y = table.top + table.head + n * table.line
        for (_, name, _), x, end in zip(_COLUMNS, table.edges, table.edges[1:], strict=False):
            if n % 2 == 0 or name.startswith("."):
                sheet.rule((x, y), (end, y), colour, 0.4 if n % 2 == 0 else 0.15)
    for (label, _, _), x, end in zip(_COLUMNS, table.edges, table.edges[1:], strict=False):
        size = min(3.8, (end - x - 1) / len(label))
        wide = sheet.measure(label, style.print_hand, size)
        spot = ((x + end - wide) / 2, table.top + table.head / 2 - size / 2)
        sheet.characters(label, spot, style.print_hand, size)


def _cell(
    sheet: Sheet, style: Style, name: str, written: Written, at: tuple[int, float, float, float]
) -> None:
    """Writes a field of a row between two edges about a height (mm)."""
    row, left, right, middle = at
    entry = sheet.new_field(name, written, row=row)
    size = style.pen_size
    wide = sheet.measure(written.text, style.pen, size)
    size = min(size, size * (right - left - 1.2) / wide)
    spot = (left + sheet.rng.uniform(0.6, 1.4), middle - size / 2)
    _, entry.box = sheet.characters(written.text, spot, style.pen, size)


def _row(sheet: Sheet, style: Style, table: _Ruling, row: int, values: dict[str, Written]) -> None:
    top = table.top + table.head + (row - 1) * 2 * table.line
    for (_, name, _), x, end in zip(_COLUMNS, table.edges, table.edges[1:], strict=False):
        if name.startswith("."):
            for n, role in enumerate(("male", "female")):
                middle = top + (n + 0.5) * table.line
                _cell(sheet, style, role + name, values[role + name], (row, x, end, middle))
        else:
            _cell(sheet, style, name, values[name], (row, x, end, top + table.line))


def _values(rng: Random, who: Couple, number: int) -> dict[str, Written]:
    values = filling.values(rng, who, older=False, dates="dotted", printed=False)
    for role, person in (("male", who.man), ("female", who.woman)):
        values[f"{role}.id_number"] = plain(short_id(person.id_number))
    values["certificate_number"] = certificate_number(
        f"{who.district.short}结字第{who.serial:04d}号"
    )
    values["sequence"] = plain(str(number))
    return values


def ledger(seed: str, dpi: int) -> Drawn:
    """A page of a ledger of 1986-98 with six to eight couples."""
    sheet = new_sheet(seed, (297, 210), dpi)
    rng = sheet.rng
    who = couple(rng, (1986, 1998))
    pen = somebody(rng, older=False, tidy=0.8)
    table = _ruling(rng, rng.randint(6, 8))
    style = Style(print_hand=press(rng.choice(("song", "hei"))), pen=pen, size=4.0, pen_size=4.8)
    place = f"北京市{who.district.name}"
    big = replace(style, print_hand=replace(style.print_hand, spacing=0.2), size=7.0)
    x = (sheet.width - sheet.measure(place + "结婚登记表册", big.print_hand, 7.0)) / 2
    office = {"office": Written(marked=f"«{place}»", value=place)}
    moved = sheet.flow("{office::bare}", (x, 16), big, office, optional=True)
    sheet.flow("结婚登记表册", (x + moved, 16), big, {})
    _rule(sheet, table, style, INKS[rng.choice(("black", "grey", "green"))])
    people: list[tuple[Couple, dict[str, int]]] = []
    for row in range(1, table.rows + 1):
        _row(sheet, style, table, row, _values(rng, who, row))
        people.append((who, {"row": row}))
        who = following(rng, who, rng.choice((0, 1, 1, 2)))
    return Drawn(
        sheet=sheet,
        kind="marriage_ledger",
        year=people[0][0].registered.year,
        papers="white cream grey",
        hand=pen.name,
        people=people,
    )
