"""Forms of the fifties, written in columns from right to left, in traditional characters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drawing import filling, seals, wording
from drawing.ink import INKS, Hand, press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import Couple, couple
from drawing.sheet import Sheet, Style
from drawing.wording import Written, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_TITLE = {"marriage": "結婚證|結婚證書|結婚證", "divorce": "離婚證|離婚證書"}
_PAPERS = "cream yellowed yellowed brown"
_ITEMS = {
    "name": "[男方|男方姓名|男　方|結婚人男]{male.name:4.5}",
    "age": "[年齡|年歲|現年]{male.age:3}[歲|歲|　]",
    "birth": "[出生年月日|出生|生於|生年月日]{male.birth_date:9}",
    "origin": "[籍貫|原籍|籍　貫]{male.native_place:7}",
    "job": "[職業|成份|職　業]{male.occupation:4}",
}
_CLAUSES = {
    "marriage": (
        "自願結婚經審查合於中華人民共和國婚姻法關於|結婚之規定發給此證",
        "申請結婚查與婚姻法之規定相符准予登記|發給結婚證書以資證明",
        "雙方自願結為夫婦業經審查合格|准予登記此證",
    ),
    "divorce": (
        "雙方自願離婚並對子女和財產問題有適當處理|合於婚姻法規定發給此證",
        "經調解無效雙方自願離婚准予登記|特發此證以資證明",
    ),
}


def _style(sheet: Sheet, pen: Hand, size: float) -> Style:
    face = sheet.rng.choice(("ming", "ming-bold", "uming", "fangsong", "ukai", "cwkai"))
    ink = sheet.rng.choice(("black", "black", "maroon", "green"))
    return Style(
        print_hand=replace(press(face, ink, spacing=sheet.rng.uniform(0.02, 0.22)), turn=0.3),
        pen=pen,
        size=size,
        pen_size=size * sheet.rng.uniform(1.0, 1.25),
        vertical=True,
        underline=INKS[ink] if sheet.rng.random() < 0.3 else None,
    )


def _columns(sheet: Sheet) -> list[str]:
    """The columns about one party, in the wording and order of this sheet."""
    rng = sheet.rng
    if rng.random() < 0.35:
        return ["[男方|茲有男]{male.name:4.5}現年{male.age:3}歲係{male.native_place:7}人"]
    second = rng.choice(("age", "age", "job"))
    rest = rng.sample(("birth", "origin"), 2) if rng.random() < 0.75 else ["origin"]
    columns = [_ITEMS["name"] + "　" + _ITEMS[second]]
    return columns + [_ITEMS[item] for item in rest]


def _hers(template: str) -> str:
    return (
        template.replace("male.", "female.")
        .replace("男方|男方姓名|男　方|結婚人男", "女方|女方姓名|女　方|結婚人女")
        .replace("男方|茲有男", "女方|與女　")
    )


def _same_words(sheet: Sheet, his: str) -> None:
    """Her label follows his."""
    chosen = sheet.pick(his)
    options = his.split("|")
    hers = ("女方|女方姓名|女　方|結婚人女" if len(options) > 2 else "女方|與女　").split("|")
    sheet.choices["|".join(hers)] = hers[options.index(chosen)]


def _border(sheet: Sheet, margin: float) -> None:
    rng = sheet.rng
    colour = INKS[rng.choice(("red", "maroon", "green", "black", "brown"))]
    box = (margin, margin, sheet.width - margin, sheet.height - margin)
    sheet.frame(box, colour, rng.uniform(0.5, 1.6))
    if rng.random() < 0.7:
        inset = rng.uniform(1.5, 3.5)
        sheet.frame((box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset), colour, 0.3)


def _filled(sheet: Sheet, who: Couple) -> dict[str, Written]:
    filled = filling.values(sheet.rng, who, older=True, dates="numerals", printed=True)
    filled["certificate_number"] = filling.number_1950s(sheet.rng, who)
    if sheet.rng.random() < 0.15:
        # Born under the Republic, and remembered in its years.
        for role, person in (("male", who.man), ("female", who.woman)):
            filled[f"{role}.birth_date"] = wording.date_of_the_republic(person.born)
    return filled


def _event(sheet: Sheet) -> str:
    return "divorce" if sheet.rng.random() < 0.15 else "marriage"


def _body(
    sheet: Sheet,
    who: Couple,
    style: Style,
    values: Mapping[str, Written],
    span: tuple[float, float],
) -> float:
    """Number, both parties and the clause between right and left; returns where it ended (mm)."""
    rng = sheet.rng
    top = sheet.height * rng.uniform(0.1, 0.15)
    right, end = span
    _same_words(sheet, "男方|男方姓名|男　方|結婚人男")
    _same_words(sheet, "男方|茲有男")
    columns = _columns(sheet)
    lines = [("[字號|字　號|編號|證號]　{certificate_number:9}", 0.0)]
    lines += [(line, 0.0 if n == 0 else style.size * 1.2) for n, line in enumerate(columns)]
    lines += [(_hers(line), 0.0 if n == 0 else style.size * 1.2) for n, line in enumerate(columns)]
    lines += [(line, 0.0) for line in rng.choice(_CLAUSES[who.event]).split("|")]
    step = min(style.size * rng.uniform(1.75, 3.1), (right - end) / (len(lines) + 0.5))
    ruled = rng.random() < 0.3
    x = right
    for line, indent in lines:
        room = sheet.height - top - indent - 14
        sheet.flow(line, (x, top + indent), sheet.fitted(line, style, values, room), values)
        if ruled:
            edge = x - (step - style.size) / 2
            sheet.rule((edge, top - 4), (edge, sheet.height - 12), style.print_hand.ink, 0.15)
        x -= step
    return x


def _close(
    sheet: Sheet, who: Couple, style: Style, values: Mapping[str, Written], left: float
) -> None:
    """The office, its official, the date and the seal."""
    rng = sheet.rng
    office = filling.office_1950s(rng, who)
    values = {**values, "office": Written(marked=f"«{office}»", value=office)}
    step = style.size * 1.9
    top = sheet.height * rng.uniform(0.12, 0.22)
    title = "區長" if "區" in office[:6] or "區" in office else "縣長"
    low = sheet.height * 0.62
    sheet.flow("{office::bare}", (left, top), style, values)
    second = left - step
    if left > step * 2.2:
        sheet.flow(f"{title}　{{official:4}}", (left - step, low - 8), style, values)
        second = left - 2 * step
    lead = rng.choice(("公曆　", "公元　", "", ""))
    date_x = max(second, style.size * 1.6)
    sheet.flow(lead + "{registration_date:10}", (date_x, top), style, values)
    middle = (date_x + style.size * rng.uniform(0, 2.5), sheet.height * rng.uniform(0.42, 0.6))
    text = office.removeprefix("北京市")
    square = f"北京市{text}印" if len(text) < 10 else f"{text}印"
    if who.registered.year < 1956 or rng.random() < 0.5:
        seals.square_seal(
            sheet, middle, square, columns=rng.choice((3, 4)), across=rng.uniform(34, 46)
        )
    else:
        seals.round_seal(sheet, middle, office, across=rng.uniform(36, 42))


def vertical_sheet(seed: str, dpi: int) -> Drawn:
    """A certificate of 1950-57 on one vertical sheet."""
    sheet = new_sheet(seed, (260, 185), dpi)
    rng = sheet.rng
    sheet.width = rng.choice((230, 250, 270))
    sheet.__post_init__()
    who = couple(rng, (1950, 1957), event=_event(sheet))
    pen = somebody(rng, older=True, tidy=rng.random())
    style = _style(sheet, pen, rng.uniform(6.2, 7.6))
    _border(sheet, rng.uniform(6, 12))
    values = _filled(sheet, who)
    title = sheet.pick(_TITLE[who.event])
    big = press("ming-bold", rng.choice(("red", "black", "maroon")), spacing=0.5)
    sheet.characters(
        title, (sheet.width - 38, sheet.height * 0.2), big, rng.uniform(14, 18), vertical=True
    )
    left = _body(sheet, who, style, values, (sheet.width - 55, 44))
    _close(sheet, who, style, values, left)
    return _drawn(sheet, who, pen)


def _drawn(sheet: Sheet, who: Couple, pen: Hand, kind: str = "") -> Drawn:
    return Drawn(
        sheet=sheet,
        kind=kind or _KIND[who.event],
        year=who.registered.year,
        papers=_PAPERS,
        hand=pen.name,
        people=[(who, {})],
    )


def stub_sheet(seed: str, dpi: int) -> Drawn:
    """A sheet in parts: the certificate and, left of the perforation, its stub (存根)."""
    sheet = new_sheet(seed, (290, 180), dpi)
    rng = sheet.rng
    who = couple(rng, (1950, 1957), event="marriage")
    pen = somebody(rng, older=True, tidy=0.7)
    style = _style(sheet, pen, rng.uniform(5.6, 6.2))
    values = _filled(sheet, who)
    split = 74.0
    sheet.frame((split + 5, 8, 283, 172), style.print_hand.ink, 0.8)
    sheet.frame((7, 8, split - 5, 172), style.print_hand.ink, 0.5)
    for y in range(6, 178, 4):
        sheet.rule((split, y), (split, y + 2), (60, 60, 60), 0.3)
    big = press("ming-bold", "black", spacing=0.4)
    sheet.characters("結婚證", (258, 42), big, 14, vertical=True)
    left = _body(sheet, who, style, values, (243, split + 40))
    _close(sheet, who, style, values, left)
    _stub(sheet, style, values)
    return _drawn(sheet, who, pen)


def _stub(sheet: Sheet, style: Style, values: Mapping[str, Written]) -> None:
    """The stub repeats what the certificate says; the truth counts it once."""
    big = press("ming-bold", "black", spacing=0.6)
    sheet.characters("存根", (58, 40), big, 9, vertical=True)
    lines = ("{certificate_number:9:again}", "男方{male.name:4:again}", "女方{female.name:4:again}")
    for place, line in enumerate(lines):
        sheet.flow(line, (48 - place * 11, 22), style, values)
    sheet.flow("{registration_date:9:again}", (15, 22), style, values)


_QUESTIONS = (
    ("姓名", "name"),
    ("性別", "sex"),
    ("年齡", "age"),
    ("籍貫", "native_place"),
    ("職業", "occupation"),
    ("個人出身", ""),
    ("文化程度", "education"),
    ("曾否結過婚", ""),
    ("有無子女", ""),
    ("住址", "address"),
)


def old_application(seed: str, dpi: int) -> Drawn:
    """An application for marriage of the fifties: a table read from the right."""
    sheet = new_sheet(seed, (265, 190), dpi)
    rng = sheet.rng
    who = couple(rng, (1950, 1956), event="marriage")
    pen = somebody(rng, older=True, tidy=0.6)
    style = _style(sheet, pen, 4.6)
    style.underline = None
    values = _filled(sheet, who)
    big = press("ming-bold", "black", spacing=0.5)
    sheet.characters("結婚申請書", (236, 30), big, 12, vertical=True)
    _table(sheet, style, values)
    office = filling.office_1950s(rng, who)
    values["office"] = Written(marked=f"«{office}»", value=office)
    sheet.flow("此致", (33, 24), style, values)
    sheet.flow("{office::bare}", (25, 24), style, values)
    sheet.flow("{registration_date:10}", (14, 60), style, values)
    if rng.random() < 0.5:
        seals.square_seal(sheet, (22, 90), office.removeprefix("北京市") + "印", across=32)
    return _drawn(sheet, who, pen, "application")


def _table(sheet: Sheet, style: Style, values: Mapping[str, Written]) -> None:
    rng = sheet.rng
    questions = list(_QUESTIONS)
    if rng.random() < 0.5:
        questions.remove(("個人出身", ""))
    right, left, top, bottom = 228.0, 42.0, 16.0, 176.0
    wide = (right - left) / len(questions)
    head = 34.0
    middle = head + (bottom - head) / 2
    for place in range(len(questions) + 1):
        x = right - place * wide
        sheet.rule((x, top), (x, bottom), style.print_hand.ink, 0.3)
    for y in (top, head, middle, bottom):
        sheet.rule((left, y), (right, y), style.print_hand.ink, 0.3)
    for place, (label, tail) in enumerate(questions):
        x = right - (place + 0.5) * wide - style.size / 2
        small = min(style.size, (head - top - 1.5) / len(label))
        sheet.characters(
            label, (x, top + 1), replace(style.print_hand, spacing=0), small, vertical=True
        )
        for role, y in (("male", head), ("female", middle)):
            _answer(sheet, style, values, (label, tail, role), (x, y + rng.uniform(2, 6)))


def _answer(
    sheet: Sheet,
    style: Style,
    values: Mapping[str, Written],
    which: tuple[str, str, str],
    at: tuple[float, float],
) -> None:
    label, tail, role = which
    if tail == "address":
        # A long address takes two columns of smaller characters.
        text = values[f"{role}.address"].text
        entry = sheet.new_field(f"{role}.address", plain(text))
        half = (len(text) + 1) // 2
        for place, part in enumerate((text[:half], text[half:])):
            spot = (at[0] + 2.6 - place * 5.6, at[1])
            _, box = sheet.characters(part, spot, style.pen, 4.4, vertical=True)
            entry.grow(box)
    elif tail:
        sheet.flow(f"{{{role}.{tail}}}", at, style, values)
    else:
        answer = sheet.rng.choice(
            {"個人出身": ("學生", "工人", "貧農", "店員"), "曾否結過婚": ("否", "未", "未曾")}.get(
                label, ("無", "無")
            )
        )
        sheet.characters(answer, at, style.pen, style.pen_size, vertical=True)
