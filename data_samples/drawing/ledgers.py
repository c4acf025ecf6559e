"""Ledgers of 1978-99: ruled, one couple a row, with ditto marks and dates carried down."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawing import filling
from drawing.ink import INKS, Hand, press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import Couple, couple, following, short_id
from drawing.sheet import Sheet, Style
from drawing.wording import Written, certificate_number, plain

if TYPE_CHECKING:
    from random import Random

_WORD = {"marriage": "结婚", "divorce": "离婚"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a ledger: its heading, the field in it, its share of the width."""

    label: str
    field: str
    share: float


_COLUMNS = {
    "sequence": Column(label="序号|编号|顺序号", field="sequence", share=3.2),
    "date": Column(label="登记日期|登记时间|年月日", field="registration_date", share=7.5),
    "his": Column(label="男方姓名|男姓名|男方", field="male.name", share=6),
    "hers": Column(label="女方姓名|女姓名|女方", field="female.name", share=6),
    "his_birth": Column(label="出生日期|出生年月|生日", field="male.birth_date", share=7.5),
    "her_birth": Column(label="出生日期|出生年月|生日", field="female.birth_date", share=7.5),
    "his_age": Column(label="年龄", field="male.age", share=3.4),
    "her_age": Column(label="年龄", field="female.age", share=3.4),
    "his_id": Column(label="身份证号", field="male.id_number", share=10.5),
    "her_id": Column(label="身份证号", field="female.id_number", share=10.5),
    "number": Column(label="证书字号|结婚证号|证号", field="certificate_number", share=11),
    "remark": Column(label="备注|备考", field="remark", share=4.6),
    "official": Column(label="经办人|登记员", field="official", share=5),
}
_LAYOUTS = (
    "sequence date his his_birth hers her_birth number remark",
    "sequence number date his his_birth hers her_birth remark",
    "number date his his_age hers her_age official remark",
    "sequence his his_birth hers her_birth date number",
    "date sequence his his_birth hers her_birth number official",
    "sequence date number his his_id hers her_id",
    "sequence his his_age hers her_age date number official remark",
)


def _row_values(rng: Random, who: Couple, form: str, what: dict[str, str]) -> dict[str, Written]:
    year = who.registered.year % 100
    ward = who.district.short
    kind = {"marriage": "结", "divorce": "离"}[who.event]
    number = form.format(year=year, full=who.registered.year, ward=ward, kind=kind, n=who.serial)
    dates = what["dates"]
    values = filling.values(rng, who, older=False, dates=dates, printed=False)
    values["male.id_number"] = plain(short_id(who.man.id_number))
    values["female.id_number"] = plain(short_id(who.woman.id_number))
    values["certificate_number"] = certificate_number(number)
    first = "初婚" if who.event == "marriage" else "双方自愿"
    again = "再婚" if who.event == "marriage" else "协议"
    values["remark"] = plain(rng.choice((first, first, first, again)))
    if dates == "short":
        values |= {name: _short_date(value) for name, value in values.items() if "date" in name}
    return values


def _short_date(written: Written) -> Written:
    year, month, day = written.value.split("-")
    return Written(marked=f"{year}/{int(month)}/{int(day)}", value=written.value)


@dataclass(slots=True)
class _Ledger:
    """A ledger page under way; lengths in millimetres."""

    sheet: Sheet
    style: Style
    columns: list[Column]
    left: float
    wide: float
    top: float
    high: float
    ditto: str
    carried: bool

    def edges(self) -> list[float]:
        """Where the columns begin, and the right edge."""
        total = sum(column.share for column in self.columns)
        edges = [self.left]
        for column in self.columns:
            edges.append(edges[-1] + column.share / total * self.wide)
        return edges


def _grid(ledger: _Ledger, rows: int, head: float, colour: tuple[int, int, int]) -> None:
    sheet, edges = ledger.sheet, ledger.edges()
    bottom = ledger.top + head + rows * ledger.high
    for x in edges:
        sheet.rule((x, ledger.top), (x, bottom), colour, 0.22)
    sheet.rule((edges[0], ledger.top), (edges[-1], ledger.top), colour, 0.5)
    for n in range(rows + 1):
        y = ledger.top + head + n * ledger.high
        sheet.rule((edges[0], y), (edges[-1], y), colour, 0.5 if n in (0, rows) else 0.2)
    for column, x, end in zip(ledger.columns, edges, edges[1:], strict=False):
        label = sheet.pick(column.label)
        if "birth" in column.field or "age" in column.field or "id_number" in column.field:
            label = ("男" if column.field.startswith("male") else "女") + label
        size = min(3.6, (end - x - 1) / len(label))
        width = sheet.measure(label, ledger.style.print_hand, size)
        spot = ((x + end - width) / 2, ledger.top + head / 2 - size / 2)
        sheet.characters(label, spot, ledger.style.print_hand, size)


def _cell(
    ledger: _Ledger, column: Column, written: Written, row: int, box: tuple[float, float, float]
) -> None:
    """Writes one cell: left edge, right edge and top in mm."""
    left, right, top = box
    sheet, style = ledger.sheet, ledger.style
    entry = sheet.new_field(column.field, written, row=row)
    if not written.text:
        # The date stands above; the empty cell is where a reader would look for it.
        entry.box = (sheet.px(left), sheet.px(top), sheet.px(right), sheet.px(top + ledger.high))
        return
    size = style.pen_size
    wide = sheet.measure(written.text, style.pen, size)
    room = right - left - 1.2
    size = min(size, size * room / wide) if wide > room else size
    if written.text in "〃々同上":
        x = (left + right) / 2 - size / 2
    else:
        x = left + sheet.rng.uniform(0.5, max(0.6, min(2.5, room - wide + 0.6)))
    y = top + (ledger.high - size) / 2 + sheet.rng.uniform(-0.1, 0.1) * ledger.high
    _, entry.box = sheet.characters(written.text, (x, y), style.pen, size)


_DITTO_FIELDS = ("registration_date", "remark", "official")


def _rows(ledger: _Ledger, people: list[tuple[Couple, dict[str, Written]]], head: float) -> None:
    above: dict[str, str] = {}
    edges = ledger.edges()
    for n, (_, values) in enumerate(people):
        top = ledger.top + head + n * ledger.high
        for place, column in enumerate(ledger.columns):
            written = values[column.field]
            same = above.get(column.field) == written.value and column.field in _DITTO_FIELDS
            above[column.field] = written.value
            if same and column.field == "registration_date" and ledger.carried:
                written = Written(marked="", value=written.value)
            elif same and ledger.ditto and ledger.sheet.rng.random() < 0.85:
                written = Written(marked=ledger.ditto, value=written.value)
            _cell(ledger, column, written, n + 1, (edges[place], edges[place + 1], top))


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPlan:
    """What a ledger is to be like; the pages of one book share it."""

    layout: str = ""
    rows: int = 0
    ditto: str = ""
    carried: bool = False
    event: str = ""
    start: int = 1
    after: Couple | None = None


def ledger_page(seed: str, dpi: int, plan: LedgerPlan) -> Drawn:
    """One page of a ledger after a plan; what the plan leaves open, the seed decides."""
    sheet = new_sheet(seed, (297, 210), dpi)
    rng = sheet.rng
    event = plan.event or ("divorce" if rng.random() < 0.2 else "marriage")
    layout = plan.layout or rng.choice(_LAYOUTS)
    rows = plan.rows or rng.randint(9, 15)
    people = _couples(random.Random(f"{seed}/{plan.start}"), event, rows, plan.after)
    if people[0].registered.year < 1986:
        # Nobody had an ID number yet.
        layout = layout.replace("_id", "_birth")
    pen = somebody(rng, older=False, tidy=rng.random())
    colour = INKS[rng.choice(("black", "grey", "green", "red", "brown"))]
    top, head = 34.0, rng.uniform(9, 12)
    ledger = _Ledger(
        sheet=sheet,
        style=_ledger_style(rng, pen),
        columns=[_COLUMNS[name] for name in layout.split()],
        left=rng.uniform(10, 17),
        wide=rng.uniform(258, 268),
        top=top,
        high=min(13.5, (200 - top - head) / rows),
        ditto=plan.ditto,
        carried=plan.carried,
    )
    _title(ledger, people[0], event, plan.start // rows)
    _grid(ledger, rows, head, colour)
    what = {"dates": rng.choice(("dotted", "dotted", "digits", "short"))}
    form = rng.choice(_NUMBER_FORMS)
    filled = []
    for n, who in enumerate(people):
        values = _row_values(rng, who, form, what)
        values["sequence"] = plain(str(plan.start + n))
        filled.append((who, values))
    _rows(ledger, filled, head)
    papers = random.Random(f"{seed}/paper").choice(("cream", "white", "yellowed", "grey"))
    # The pages of one book share everything but their wear.
    sheet.rng = random.Random(f"{seed}/{plan.start}/wear")
    return Drawn(
        sheet=sheet,
        kind=f"{event}_ledger",
        year=people[0].registered.year,
        papers=papers,
        hand=pen.name,
        people=[(who, {"row": n + 1}) for n, who in enumerate(people)],
    )


_NUMBER_FORMS = (
    "{year}{ward}{kind}字{n:04d}号",
    "京{ward}{kind}字第{year}{n:04d}号",
    "（{year}）{ward}{kind}字第{n}号",
    "{ward}{kind}字第{n:03d}号",
    "{ward}{kind}字（{year}）{n:03d}号",
)


def _ledger_style(rng: Random, pen: Hand) -> Style:
    return Style(
        print_hand=press(
            rng.choice(("song", "hei", "ukai", "song-bold")),
            rng.choice(("black", "black", "green")),
        ),
        pen=pen,
        size=4.2,
        pen_size=rng.uniform(4.3, 5.3),
    )


def _couples(rng: Random, event: str, rows: int, after: Couple | None) -> list[Couple]:
    first = following(rng, after, 1) if after else couple(rng, (1978, 1998), event=event)
    if first.registered.month == 12:
        first = replace(first, registered=first.registered.replace(month=5, day=8))
    people = [first]
    while len(people) < rows:
        people.append(following(rng, people[-1], rng.choice((0, 0, 0, 1, 1, 2))))
    return people


def _title(ledger: _Ledger, first: Couple, event: str, turned: int) -> None:
    sheet, rng = ledger.sheet, ledger.sheet.rng
    place = f"北京市{first.district.name}"
    big = replace(ledger.style, print_hand=replace(ledger.style.print_hand, spacing=0.15), size=7.0)
    word = _WORD[event]
    title = rng.choice((f"{word}登记簿", f"{word}登记册", f"{first.registered.year}年{word}登记簿"))
    full = place + title
    x = (sheet.width - sheet.measure(full, big.print_hand, big.size)) / 2
    office = {"office": Written(marked=f"«{place}»", value=place)}
    moved = sheet.flow("{office::bare}", (x, 15), big, office, optional=True)
    sheet.flow(title, (x + moved, 15), big, {})
    if rng.random() < 0.4:
        sheet.flow(
            f"第　{rng.randint(1, 80) + turned}　页", (sheet.width - 48, 26), ledger.style, {}
        )


def ledger(seed: str, dpi: int) -> Drawn:
    """Any ledger page: layout, ditto marks and carried dates by the seed."""
    rng = new_sheet(seed + "/plan", (10, 10), 50).rng
    return ledger_page(
        seed,
        dpi,
        LedgerPlan(
            ditto=rng.choice(("", "", "〃", "同上", "〃")),
            carried=rng.random() < 0.3,
            start=rng.choice((1, 1, rng.randint(2, 300))),
        ),
    )
