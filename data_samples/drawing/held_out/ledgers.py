"""Held-out ledgers of 1978-2003: other columns and headings, ruled, faintly ruled or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawing import filling
from drawing.held_out.hands import in_hand, press, somebody
from drawing.ink import INKS
from drawing.pages import Drawn, new_sheet
from drawing.people import couple, following
from drawing.sheet import Style
from drawing.wording import Written, certificate_number, plain

if TYPE_CHECKING:
    from random import Random

    from drawing.people import Couple
    from drawing.sheet import Box, Sheet

_WORD = {"marriage": "结婚", "divorce": "离婚"}
#: Heading and share of the width by field; a field after a dot stands there for both.
_COLUMNS = {
    "sequence": ("顺号|序号", 3.0), "registration_date": ("发证日期|登记年月日|登记日期", 7.5),
    "certificate_number": ("证书编号|证件字号|字号", 11.5), "official": ("承办人|经办人", 5.0),
    "remark": ("附注|备注", 4.6), "male.name": ("新郎|男方姓名|姓名（男）", 6.2),
    "female.name": ("新娘|女方姓名|姓名（女）", 6.2),
    "male.birth_date": ("出生年月日|男方出生", 7.6),
    "female.birth_date": ("出生年月日|女方出生", 7.6), "male.age": ("男年龄|年龄", 3.4),
    "female.age": ("女年龄|年龄", 3.4), "male.id_number": ("男方证件号码", 10.8),
    "female.id_number": ("女方证件号码", 10.8), ".sex": ("性别", 3.0), ".name": ("姓名", 6.2),
    ".birth_date": ("出生年月日", 8.0), ".age": ("年龄", 3.6),
}  # fmt: skip
_LAYOUTS = (
    ("sequence male.name male.birth_date female.name female.birth_date certificate_number"
    " registration_date remark"),
    ("certificate_number registration_date male.name male.birth_date female.name"
    " female.birth_date official"),
    "registration_date certificate_number male.name male.age female.name female.age official",
    ("sequence registration_date male.name female.name male.birth_date female.birth_date"
    " certificate_number"),
    ("sequence certificate_number male.name male.id_number female.name female.id_number"
    " registration_date"),
    "sequence .sex .name .birth_date certificate_number registration_date official",
    "sequence registration_date certificate_number .name .sex .birth_date .age remark",
)  # fmt: skip
_NUMBERS = (
    "{full}{ward}{kind}字第{n:03d}号", "{ward}民{kind}字第{n:04d}号",
    "（{full}）京{ward}{kind}字{n:04d}号", "京{ward}{kind}{year}字第{n:03d}号",
)  # fmt: skip
_FIRST_NUMBERS = 1986


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """A page under way; millimetres."""

    sheet: Sheet
    style: Style
    fields: tuple[str, ...]
    edges: tuple[float, ...]
    top: float
    high: float
    rows: int
    ditto: str
    carried: bool


def _plan(sheet: Sheet, style: Style, year: int) -> _Book:
    rng = sheet.rng
    layout = rng.choice(_LAYOUTS)
    if year < _FIRST_NUMBERS:
        layout = layout.replace("id_number", "birth_date")
    fields = tuple(layout.split())
    double = any(field.startswith(".") for field in fields)
    rows = rng.randint(6, 8) if double else rng.randint(8, 14)
    left, wide = rng.uniform(8, 18), rng.uniform(255, 270)
    total = sum(_COLUMNS[field][1] for field in fields)
    edges = [left]
    for field in fields:
        edges.append(edges[-1] + _COLUMNS[field][1] / total * wide)
    top = rng.uniform(36, 46)
    return _Book(
        sheet=sheet, style=style, fields=fields, edges=tuple(edges), top=top,
        high=min(22.0 if double else 14.0, (sheet.height - top - 8) / rows), rows=rows,
        ditto=rng.choice(("", "〃", "同上", "々")), carried=rng.random() < 0.3,
    )  # fmt: skip


def _lines(book: _Book) -> None:
    """Headings and rules, some rules faint and some not there at all."""
    sheet, rng = book.sheet, book.sheet.rng
    ruling = rng.choice(("full", "full", "faint", "none"))
    thick = {"full": 0.25, "faint": 0.1, "none": 0.0}[ruling]
    ink = INKS[rng.choice(("black", "green", "brown"))] if ruling == "full" else (176, 176, 172)
    bottom = book.top + book.rows * book.high
    for n in range(book.rows + 1) if thick else ():
        y = book.top + n * book.high
        sheet.rule((book.edges[0], y), (book.edges[-1], y), ink, thick)
    if thick:
        sheet.rule((book.edges[0], book.top - 10), (book.edges[-1], book.top - 10), ink, thick)
        for x in book.edges:
            sheet.rule((x, book.top - 10), (x, bottom), ink, thick)
    for field, x, end in zip(book.fields, book.edges, book.edges[1:], strict=False):
        label = sheet.pick(_COLUMNS[field][0])
        size = min(3.7, (end - x - 1) / len(label))
        wide = sheet.measure(label, book.style.print_hand, size)
        spot = ((x + end - wide) / 2, book.top - 5 - size / 2)
        sheet.characters(label, spot, book.style.print_hand, size)


def _cell(book: _Book, name: str, written: Written, row: int, box: Box) -> None:
    left, top, right, bottom = box
    sheet, style = book.sheet, book.style
    entry = sheet.new_field(name, written, row=row)
    if not written.text:
        entry.box = (sheet.px(left), sheet.px(top), sheet.px(right), sheet.px(bottom))
        return
    wide = sheet.measure(written.text, style.pen, style.pen_size)
    room = right - left - 1.4
    size = style.pen_size * min(1.0, room / wide)
    x = left + 0.6 + sheet.rng.uniform(0, max(0.0, min(2.0, room - wide)))
    y = (top + bottom - size) / 2 + sheet.rng.uniform(-0.06, 0.06) * (bottom - top)
    _, entry.box = sheet.characters(written.text, (x, y), style.pen, size)


def _values(rng: Random, who: Couple, form: str, dates: str) -> dict[str, Written]:
    values = filling.values(rng, who, older=False, dates=dates, printed=False, ids=15)
    values["certificate_number"] = certificate_number(form.format(
        full=who.registered.year, year=who.registered.year % 100, ward=who.district.short,
        kind=_WORD[who.event][0], n=who.serial,
    ))  # fmt: skip
    values["remark"] = plain(
        rng.choice(("初婚", "初婚", "再婚") if who.event == "marriage" else ("自愿",))
    )
    return values


def _row(book: _Book, row: int, values: dict[str, Written], above: dict[str, str]) -> None:
    top = book.top + (row - 1) * book.high
    for field, left, right in zip(book.fields, book.edges, book.edges[1:], strict=False):
        if field.startswith("."):
            for n, role in enumerate(("male", "female")):
                half = top + n * book.high / 2
                _cell(book, role + field, values[role + field], row,
                      (left, half, right, half + book.high / 2))  # fmt: skip
            continue
        written = values[field]
        repeated = above.get(field) == written.value
        above[field] = written.value
        if repeated and field == "registration_date" and book.carried:
            written = replace(written, marked="")
        elif repeated and book.ditto and field in {"registration_date", "official", "remark"}:
            written = replace(written, marked=book.ditto)
        _cell(book, field, written, row, (left, top, right, top + book.high))


def ledger(seed: str, dpi: int) -> Drawn:
    """A page of a held-out ledger."""
    sheet = new_sheet(seed, (292, 206), dpi)
    rng = sheet.rng
    who = couple(rng, (1978, 2003), event="divorce" if rng.random() < 0.15 else "marriage")
    if who.registered.month == 12:
        who = replace(who, registered=who.registered.replace(month=3, day=6))
    pen = somebody(rng, older=False, tidy=rng.random())
    style = Style(
        print_hand=press(rng.choice(("gb-song", "zenhei", "tw-sung", "zcool-xiaowei"))),
        pen=pen, size=4.0, pen_size=rng.uniform(4.8, 6.0),
    )  # fmt: skip
    book = _plan(sheet, style, who.registered.year)
    _lines(book)
    place = f"北京市{who.district.name}"
    title = _WORD[who.event] + rng.choice(("登记册", "登记簿", "登记台账"))
    big = replace(style, size=rng.uniform(5.5, 7))
    x = (sheet.width - sheet.measure(place + title, big.print_hand, big.size)) / 2
    office = {"office": Written(marked=f"«{place}»", value=place)}
    moved = sheet.flow("{office::bare}", (x, 12), big, office, optional=True)
    sheet.flow(title, (x + moved, 12), big, {})
    form, dates = rng.choice(_NUMBERS), rng.choice(("dotted", "digits", "padded"))
    start = rng.choice((1, rng.randint(2, 200)))
    people: list[tuple[Couple, dict[str, int]]] = []
    above: dict[str, str] = {}
    for row in range(1, book.rows + 1):
        values = _values(rng, who, form, dates) | {"sequence": plain(str(start + row - 1))}
        _row(book, row, in_hand(values, pen), above)
        people.append((who, {"row": row}))
        who = following(rng, who, rng.choice((0, 0, 1, 2)))
    return Drawn(
        sheet=sheet, kind=f"{who.event}_ledger", year=people[0][0].registered.year,
        papers="white cream grey yellowed", hand=pen.name, people=people,
    )  # fmt: skip
