"""Held-out sheets of 1950-57: columns from right to left, in four arrangements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawing import filling, seals, wording
from drawing.held_out.hands import in_hand, press, somebody
from drawing.held_out.numbers import number_1950s
from drawing.ink import INKS
from drawing.pages import Drawn, new_sheet
from drawing.people import couple
from drawing.sheet import Style
from drawing.wording import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawing.ink import Hand
    from drawing.people import Couple
    from drawing.sheet import Sheet

    Values = Mapping[str, Written]

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_WORD = {"marriage": "結婚", "divorce": "離婚"}
_HIM, _HER = "新郎|男方姓名|姓名（男）|夫", "新娘|女方姓名|姓名（女）|妻"
_NUMBER = "[登記字號|證書字號|登記編號]　{certificate_number:9}"
_AGE, _BIRTH, _ORIGIN = "[時年|年紀|歲數]", "[誕生日期|生年月日|出生時間]", "[祖籍|籍隸|原籍]"
_CLAUSES = (
    "右列雙方申請{}經審核手續完備|依法准予登記合行發給證書",
    "查該男女雙方{}完全出於本人意願|核與婚姻法第二章相符特給此證",
)
_EVENTS = ("marriage",) * 6 + ("divorce",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A vertical sheet under way: what it is drawn with and who is on it; millimetres."""

    sheet: Sheet
    style: Style
    who: Couple
    values: Values
    top: float
    left: float
    right: float

    @property
    def low(self) -> float:
        """Where columns end."""
        return self.sheet.height - 14

    def column(self, template: str, x: float, y: float, low: float = 0.0) -> None:
        """One column of text, made smaller where it would run over its end."""
        fitted = self.sheet.fitted(template, self.style, self.values, (low or self.low) - y)
        self.sheet.flow(template, (x, y), fitted, self.values)


def _tells(sheet: Sheet) -> list[str]:
    """What this form asks of both, in its order."""
    tails = sheet.rng.sample(("age", "birth", "origin"), sheet.rng.choice((1, 2, 3)))
    return tails if {"age", "birth"} & set(tails) else [*tails, "birth"]


def _of(tail: str, role: str) -> str:
    return {
        "age": f"{_AGE}{{{role}.age:3}}[歲|]",
        "birth": f"{_BIRTH}{{{role}.birth_date:9}}",
        "origin": f"{_ORIGIN}{{{role}.native_place:7}}",
    }[tail]


def _name(sheet: Sheet, role: str) -> str:
    """The label of a name, his and hers of one wording, and the place for it."""
    his = sheet.pick(_HIM)
    label = his if role == "male" else _HER.split("|")[_HIM.split("|").index(his)]
    return f"{label}　{{{role}.name:5}}"


def _storeys(page: _Page, step: float) -> float:
    """He above, she below, in the same columns."""
    half = page.top + (page.low - page.top) * 0.5
    x = page.right
    lines = [(_name(page.sheet, "male"), _name(page.sheet, "female"))]
    lines += [(_of(tail, "male"), _of(tail, "female")) for tail in _tells(page.sheet)]
    for his, hers in lines:
        page.column(his, x, page.top, half - 4)
        page.column(hers, x, half, page.low)
        x -= step
    return x


def _blocks(page: _Page, step: float) -> float:
    """His columns, then hers, the name standing higher than the rest."""
    x = page.right
    told = _tells(page.sheet)
    for role in ("male", "female"):
        page.column(_name(page.sheet, role), x, page.top)
        x -= step
        for tail in told:
            page.column(_of(tail, role), x, page.top + page.style.size * 2)
            x -= step
    return x


def _sentences(page: _Page, step: float) -> float:
    """A sentence with gaps about each of them."""
    native = page.sheet.rng.random() < 0.6
    x = page.right
    for lead, role, tail in (("據男方", "male", ""), ("與女方", "female", "")):
        text = f"{lead}{{{role}.name:4.5}}時年{{{role}.age:3}}歲"
        if native:
            text += f"原籍{{{role}.native_place:7}}{tail}"
        page.column(text, x, page.top + (0 if role == "male" else page.style.size))
        x -= step
        page.column(f"{{{role}.birth_date:9}}生", x, page.top + 3 * page.style.size)
        x -= step
    return x


def _table(page: _Page, step: float) -> float:
    """Labels in the rightmost column, his answers in the next, hers in the one after it."""
    sheet = page.sheet
    asked = [("姓名", "name", 4.4), *(
        {"age": ("年齡", "age", 2.8), "birth": ("出生年月日", "birth_date", 8.6),
         "origin": ("籍貫", "native_place", 5.6)}[tail] for tail in _tells(sheet)
    )]  # fmt: skip
    total = sum(share for *_, share in asked)
    wide = max(step, page.style.size * 1.9)
    right = page.right + page.style.size * 1.3
    edges = [right - n * wide for n in range(4)]
    head = page.top + page.style.size * 2.4
    bounds, y = [page.top, head], head
    for *_, share in asked:
        y += (page.low - head) * share / total
        bounds.append(y)
    for x in edges:
        sheet.rule((x, page.top), (x, page.low), page.style.print_hand.ink, 0.25)
    for y in bounds:
        sheet.rule((edges[0], y), (edges[-1], y), page.style.print_hand.ink, 0.25)
    middle = (wide - page.style.size) / 2
    for n, head_word in enumerate(("", "男方", "女方")):
        page.column(head_word, edges[n + 1] + middle, page.top + 1)
    for (label, tail, _), top, low in zip(asked, bounds[1:], bounds[2:], strict=False):
        page.column(label, edges[1] + middle, top + 1.5, low)
        for n, role in enumerate(("male", "female")):
            page.column(f"{{{role}.{tail}}}", edges[n + 2] + middle, top + 2.5, low - 1)
    return edges[-1] - step


_ARRANGEMENTS = (_storeys, _blocks, _sentences, _table)


def _signed(page: _Page, x: float, step: float) -> None:
    """Date and office in either order, sometimes who signs, and the seal."""
    sheet, rng = page.sheet, page.sheet.rng
    office = filling.office_1950s(rng, page.who)
    values = {**page.values, "office": Written(marked=f"«{office}»", value=office)}
    lines = ["{office::bare}", rng.choice(("", "公曆", "")) + "{registration_date:10}"]
    signs = rng.random() < 0.5
    if rng.random() < 0.45:
        lines.reverse()
    step = min(step, max(page.style.size * 1.3, (x - page.left) / (len(lines) - 1 + signs + 0.01)))
    signed = replace(page, values=values)
    for line in lines:
        signed.column(line, x, page.top + (page.style.size * 3 if "office" in line else 0))
        x -= step
    if signs:
        title = rng.choice(("科長", "區長" if "區" in office else "縣長"))
        signed.column(f"{title}　{{official:4}}", x, page.low - page.style.size * 8)
    middle = (x + step * rng.uniform(1.0, 2.2), sheet.height * rng.uniform(0.4, 0.66))
    stamp = office.removeprefix("北京市") + "印"
    faint = rng.choice(((0.2, 0.4), (0.6, 0.95)))
    if rng.random() < 0.5:
        seals.square_seal(sheet, middle, stamp, columns=3, across=36, strength=faint)
    else:
        seals.round_seal(sheet, middle, office, across=rng.uniform(34, 42), strength=faint)


def _style(sheet: Sheet, pen: Hand) -> Style:
    rng = sheet.rng
    size = rng.uniform(5.6, 7.4)
    face = rng.choice(("big5-ming", "cwming", "tw-sung", "yuji-mai"))
    ink = rng.choice(("black", "maroon", "green", "red"))
    return Style(
        print_hand=press(face, ink, spacing=rng.uniform(0.0, 0.3)), pen=pen, size=size,
        pen_size=size * rng.uniform(1.1, 1.35), vertical=True,
        underline=INKS[ink] if rng.random() < 0.35 else None,
    )  # fmt: skip


def _filled(sheet: Sheet, who: Couple, pen: Hand) -> dict[str, Written]:
    filled = filling.values(sheet.rng, who, older=True, dates="numerals",
                            printed=sheet.rng.random() < 0.6)  # fmt: skip
    filled["certificate_number"] = number_1950s(sheet.rng, who)
    if sheet.rng.random() < 0.2:
        for role, person in (("male", who.man), ("female", who.woman)):
            filled[f"{role}.birth_date"] = wording.date_of_the_republic(person.born)
    return in_hand(filled, pen)


def _page(seed: str, dpi: int, margins: tuple[float, float]) -> tuple[_Page, Hand]:
    """A sheet with `margins` left and right of what is written, and the hand on it."""
    sheet = new_sheet(seed, (250, 180), dpi)
    rng = sheet.rng
    sheet.width = rng.uniform(220, 285)
    sheet.height = rng.uniform(165, 205)
    sheet.__post_init__()
    who = couple(rng, (1950, 1957), event=rng.choice(_EVENTS))
    pen = somebody(rng, older=True, tidy=rng.random())
    page = _Page(
        sheet=sheet, style=_style(sheet, pen), who=who, values=_filled(sheet, who, pen),
        top=sheet.height * rng.uniform(0.08, 0.16), left=margins[0],
        right=sheet.width - margins[1],
    )  # fmt: skip
    return page, pen


def _certificate(page: _Page) -> None:
    """Title, number, both of them, the clause and who signs, from the right to `left`."""
    sheet, rng = page.sheet, page.sheet.rng
    title = _WORD[page.who.event] + rng.choice(("證明書", "證書", "登記證"))
    big = press("tw-sung", rng.choice(("red", "black")), spacing=rng.uniform(0.2, 0.8))
    sheet.characters(title, (page.right, page.top + 8), big, rng.uniform(11, 15), vertical=True)
    count = 12.5
    step = min(page.style.size * rng.uniform(1.6, 2.6), (page.right - page.left - 18) / count)
    x = page.right - rng.uniform(14, 20)
    number_first = rng.random() < 0.7
    if number_first:
        page.column(_NUMBER, x, page.top)
        x -= step
    x = rng.choice(_ARRANGEMENTS)(replace(page, right=x), step)
    for line in rng.choice(_CLAUSES).format(_WORD[page.who.event]).split("|"):
        page.column(line, x, page.top)
        x -= step
    if not number_first:
        page.column(_NUMBER, x, page.top)
        x -= step
    _signed(page, max(x, page.left + 3 * page.style.size), step)


def sheet(seed: str, dpi: int) -> Drawn:
    """One vertical certificate of 1950-57."""
    page, pen = _page(seed, dpi, (12, 26))
    if page.sheet.rng.random() < 0.6:
        inks = (INKS["maroon"], INKS["black"], INKS["green"])
        edge = page.sheet.rng.uniform(3, 6)
        page.sheet.frame(
            (edge, edge, page.sheet.width - edge, page.sheet.height - edge),
            page.sheet.rng.choice(inks), page.sheet.rng.uniform(0.4, 2.0),
        )  # fmt: skip
    _certificate(page)
    return _drawn(page, pen)


def with_stub(seed: str, dpi: int) -> Drawn:
    """A certificate with its stub (存根) at one side; the truth counts what both say once."""
    page, pen = _page(seed, dpi, (74, 26))
    stub_right = page.sheet.rng.random() < 0.4
    if stub_right:
        page = replace(page, left=12, right=page.sheet.width - 90)
    _certificate(page)
    edge = page.sheet.width - 70 if stub_right else 66
    for y in range(4, int(page.sheet.height), 5):
        page.sheet.rule((edge, y), (edge, y + 2), (90, 90, 90), 0.3)
    x = edge + 52 if stub_right else 50
    page.column("結婚證存根" if page.who.event == "marriage" else "離婚證存根", x, page.top + 10)
    for line in (
        "號數{certificate_number:9:again}", "新郎{male.name:4:again}　新娘{female.name:4:again}",
        "{registration_date:9:again}",
    ):  # fmt: skip
        x -= 12
        page.column(line, x, page.top)
    return _drawn(page, pen)


def _drawn(page: _Page, pen: Hand) -> Drawn:
    return Drawn(
        sheet=page.sheet, kind=_KIND[page.who.event], year=page.who.registered.year,
        papers="cream yellowed brown grey", hand=pen.name, people=[(page.who, {})],
    )  # fmt: skip
