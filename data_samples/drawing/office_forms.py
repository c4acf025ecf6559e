"""Forms filled in at the office: the review form of 2004 on, an application of the eighties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drawing import filling, seals
from drawing.ink import INKS, press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import couple
from drawing.sheet import Sheet, Style
from drawing.wording import Written, plain

if TYPE_CHECKING:
    from drawing.people import Couple

_WORD = {"marriage": "结婚", "divorce": "离婚"}
_ASKED = (
    ("姓名", "name"),
    ("性别", "sex"),
    ("国籍", "nationality"),
    ("民族", "ethnicity"),
    ("出生日期", "birth_date"),
    ("身份证件号", "id_number"),
    ("职业", "occupation"),
    ("文化程度", "education"),
    ("婚姻状况", ""),
    ("常住户口所在地", "address"),
)


def _form(sheet: Sheet, style: Style, values: dict[str, Written], top: float, high: float) -> float:
    """The table of both parties; returns its lower edge (mm)."""
    rng = sheet.rng
    edges = (16.0, 48.0, 122.0, 196.0)
    asked = list(_ASKED)
    if rng.random() < 0.4:
        asked.insert(1, asked.pop(4))
    asked = [(label, tail) for label, tail in asked if not tail or f"male.{tail}" in values]
    head = 8.0
    bottom = top + head + high * len(asked)
    for x in edges:
        sheet.rule((x, top), (x, bottom), INKS["black"], 0.25)
    for text, x in (("男　方", 75), ("女　方", 149)):
        sheet.characters(text, (x, top + 2), style.print_hand, style.size)
    sheet.rule((edges[0], top), (edges[-1], top), INKS["black"], 0.3)
    for n, (label, tail) in enumerate(asked):
        y = top + head + n * high
        sheet.rule((edges[0], y), (edges[-1], y), INKS["black"], 0.25)
        size = min(style.size, 29 / len(label))
        sheet.characters(label, (18, y + (high - size) / 2), style.print_hand, size)
        for role, x in (("male", edges[1]), ("female", edges[2])):
            _asked(sheet, style, values, (tail, role), (x, y, high))
    sheet.rule((edges[0], bottom), (edges[-1], bottom), INKS["black"], 0.3)
    return bottom


def _asked(
    sheet: Sheet,
    style: Style,
    values: dict[str, Written],
    which: tuple[str, str],
    at: tuple[float, float, float],
) -> None:
    tail, role = which
    x, y, high = at
    if not tail:
        text = "已婚" if "离" in sheet.choices.get("event", "") else "未婚"
        text = sheet.rng.choice((text, text, text, "离婚" if text == "未婚" else "复婚"))
        sheet.characters(text, (x + 3, y + (high - style.pen_size) / 2), style.pen, style.pen_size)
        return
    written = values[f"{role}.{tail}"]
    size = style.pen_size
    wide = sheet.measure(written.text, style.pen, size)
    fitted = replace(style, pen_size=min(size, size * 70 / wide), size=size)
    sheet.flow(f"{{{role}.{tail}}}", (x + 2.5, y + (high - size) / 2), fitted, values)


def _archive_stamp(sheet: Sheet, who: Couple, at: tuple[float, float]) -> None:
    """The archive's stamp on a first page: fonds, year, volume numbers, pages."""
    rng = sheet.rng
    colour = INKS[rng.choice(("red", "blue"))]
    items = (
        ("全宗号", "stamp.fonds", str(rng.randint(1, 260))),
        ("年度", "stamp.year", str(who.registered.year)),
        ("室编卷号", "stamp.office_volume", str(rng.randint(1, 2400))),
        ("馆编卷号", "stamp.archive_volume", str(rng.randint(1, 2400))),
        ("页数", "stamp.pages", str(rng.randint(3, 12))),
    )
    hand = replace(press("song", "red"), ink=colour)
    pen = somebody(rng, older=False, tidy=0.9)
    cell = 15.0
    sheet.frame((at[0], at[1], at[0] + cell * len(items), at[1] + 15), colour, 0.4)
    sheet.rule((at[0], at[1] + 6), (at[0] + cell * len(items), at[1] + 6), colour, 0.25)
    for n, (label, name, text) in enumerate(items):
        x = at[0] + n * cell
        sheet.rule((x, at[1]), (x, at[1] + 15), colour, 0.25)
        sheet.characters(label, (x + 1, at[1] + 1.6), hand, min(3.2, 13 / len(label)))
        entry = sheet.new_field(name, plain(text))
        _, entry.box = sheet.characters(text, (x + 2, at[1] + 8), pen, 4.6)


def review_form(seed: str, dpi: int) -> Drawn:
    """The form on which an office of 2004-2016 examined an application (审查处理表)."""
    sheet = new_sheet(seed, (210, 297), dpi)
    rng = sheet.rng
    event = "divorce" if rng.random() < 0.25 else "marriage"
    who = couple(rng, (2004, 2016), event=event, coded=True)
    typed = rng.random() < 0.5
    pen = (
        press(rng.choice(("song", "hei", "ukai")), "toner")
        if typed
        else somebody(rng, older=False, tidy=0.9)
    )
    style = Style(print_hand=press(rng.choice(("song", "hei"))), pen=pen, size=4.4, pen_size=4.8)
    values = filling.values(rng, who, older=False, dates="digits", printed=False)
    values["certificate_number"] = filling.number_2004(who)
    sheet.choices["event"] = _WORD[event]
    if rng.random() < 0.75:
        _archive_stamp(sheet, who, (120, 10))
    title = f"{_WORD[event]}登记审查处理表"
    sheet.centred(title, 32, press("song-bold", spacing=0.1), 7.5)
    bottom = _form(sheet, style, values, 48, rng.uniform(11, 13.5))
    _opinion(sheet, style, who, values, bottom)
    return Drawn(
        sheet=sheet,
        kind="review_form",
        year=who.registered.year,
        papers="white white grey cream",
        hand=pen.name,
        people=[(who, {})],
    )


def _opinion(
    sheet: Sheet, style: Style, who: Couple, values: dict[str, Written], top: float
) -> None:
    rng = sheet.rng
    clerk = somebody(rng, older=False, tidy=0.4)
    word = _WORD[who.event]
    sheet.frame((16, top, 196, 284), INKS["black"], 0.3)
    sheet.flow("审查意见", (18, top + 6), style, {})
    opinion = f"经审查，双方符合{word}登记条件，准予登记。"
    sheet.characters(opinion, (50, top + 6), clerk, 5.2)
    office = filling.office_2004(who)
    values["office"] = Written(marked=f"«{office}»", value=office)
    lines = (
        f"{word}证字号　{{certificate_number:10}}",
        "登记日期　{registration_date:9}",
        "登记机关　{office:10}",
    )
    y = top + 20
    for line in lines:
        sheet.flow(line, (50, y), style, values)
        y += 10
    sheet.flow("[婚姻登记员|登记员签名]　{official:5}", (50, y), replace(style, pen=clerk), values)
    if rng.random() < 0.7:
        seals.round_seal(sheet, (112, y - 10), office, foot="婚姻登记专用章", across=38)


def application_1980s(seed: str, dpi: int) -> Drawn:
    """An application for marriage of 1981-93: a table filled in by hand."""
    sheet = new_sheet(seed, (190, 262), dpi)
    sheet.width = 210
    sheet.__post_init__()
    rng = sheet.rng
    who = couple(rng, (1981, 1993))
    pen = somebody(rng, older=False, tidy=0.6)
    style = Style(
        print_hand=press(rng.choice(("song", "ukai", "hei"))), pen=pen, size=4.4, pen_size=5.2
    )
    values = filling.values(rng, who, older=False, dates="digits", printed=False, ids=15)
    if who.registered.year < 1986:
        # Nobody had an ID number yet.
        values = {name: text for name, text in values.items() if "id_number" not in name}
    sheet.centred("结婚登记申请书", 22, press("song-bold", spacing=0.2), 8)
    bottom = _form(sheet, style, values, 42, rng.uniform(11.5, 13.5))
    sheet.flow("　　我们自愿结为夫妻，申请登记。", (22, bottom + 8), style, {})
    office = filling.office_1980s(rng, who)
    values["office"] = plain(office)
    sheet.flow("　　此致", (22, bottom + 18), style, {})
    sheet.flow("{office:12}", (22, bottom + 27), style, values)
    sheet.flow("[申请日期|　]{registration_date:10}", (104, bottom + 40), style, values)
    return Drawn(
        sheet=sheet,
        kind="application",
        year=who.registered.year,
        papers="white cream yellowed grey",
        hand=pen.name,
        people=[(who, {})],
    )
