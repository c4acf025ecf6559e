"""Certificates of 2004 on, printed by laser, and their reissues (补领)."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from drawing import filling, places, seals
from drawing.forms_new import photo, waves
from drawing.ink import press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import Couple, a_day, couple
from drawing.sheet import Sheet, Style
from drawing.wording import Written, date_in_digits, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_WORD = {"marriage": "结婚", "divorce": "离婚"}


def printed_2004(seed: str, dpi: int) -> Drawn:
    """A certificate of 2004 on, printed by laser; some are reissues (补领)."""
    sheet = new_sheet(seed, (250, 176), dpi)
    rng = sheet.rng
    event = "divorce" if rng.random() < 0.35 else "marriage"
    reissued = rng.random() < 0.3
    years = (1985, 2003) if reissued else (2004, 2018)
    who = couple(rng, years, event=event, coded=True)
    again = a_day(rng, rng.randint(2004, 2018)) if reissued else None
    if again:
        who = _moved_office(who, again)
    values = _printed_values(sheet, who, again)
    face = rng.choice(("song", "hei", "ukai", "uming"))
    pen = press(face, "toner")
    label = rng.choice(("maroon", "red", "brown", "black"))
    size = rng.uniform(5.0, 5.8)
    style = Style(
        print_hand=press(rng.choice(("song", "hei", "ukai")), label),
        pen=pen,
        size=size,
        pen_size=size * rng.uniform(0.95, 1.1),
    )
    waves(sheet, rng.choice(((248, 220, 222), (250, 228, 226), (240, 224, 232), (248, 232, 220))))
    rng.choice((_printed_wide, _printed_spread))(sheet, style, values, bool(again))
    return Drawn(
        sheet=sheet,
        kind=_KIND[event],
        year=who.registered.year,
        papers="pink rose white cream",
        hand=face,
        people=[(who, {})],
    )


def _moved_office(who: Couple, again: date) -> Couple:
    """The same event, asked for again at an office of the year of reissue."""
    office = places.district_at(Random(str(again)), again.year, coded=True)
    return replace(who, district=office)


def _printed_values(sheet: Sheet, who: Couple, again: date | None) -> dict[str, Written]:
    rng = sheet.rng
    values = filling.values(rng, who, older=False, dates="padded", printed=False)
    values["certificate_number"] = filling.number_2004(who, reissue=again)
    values["office"] = plain(filling.office_2004(who))
    holder = rng.choice(("male", "female"))
    values["holder"] = values[f"{holder}.name"]
    if again:
        day = date_in_digits(again, padded=True).text
        note = rng.choice((f"补发{_WORD[who.event]}证", f"{day}补领", "遗失补领"))
        values["remark"] = plain(note)
    return values


_PERSON = (
    ("[姓　　名|姓名]　{name:7}", "[性　　别|性别]　{sex:3}"),
    ("[国　　籍|国籍]　{nationality:7}", "出生日期　{birth_date:8}"),
    ("[身份证件号|身份证号]　{id_number:11}", ""),
)


def _for(line: str, role: str) -> str:
    return line.replace("{", f"{{{role}.")


def _printed_wide(sheet: Sheet, style: Style, values: Mapping[str, Written], again: bool) -> None:  # noqa: FBT001 - a filler of the table
    """Everything on one page from the top, two columns for each person."""
    rng = sheet.rng
    left, second = rng.uniform(24, 32), rng.uniform(140, 152)
    step = style.size * rng.uniform(1.65, 1.95)
    head = [
        "持 证 人　{holder:6}",
        "登记日期　{registration_date:9}",
        "[结婚证字号|证书字号]　{certificate_number:11}",
    ]
    if values["certificate_number"].text.lstrip("B").startswith("L"):
        head[2] = "[离婚证字号|证书字号]　{certificate_number:11}"
    y = rng.uniform(16, 24)
    for line in head:
        sheet.flow(line, (left, y), style, values)
        y += step
    if again:
        sheet.flow("备　　注　{remark:9}", (left, y), style, values)
        y += step
    sheet.flow("登记机关　{office:10}", (second - 16, head_y := y - step * 2.4), style, values)
    seals.round_seal(
        sheet,
        (second + rng.uniform(20, 50), head_y + rng.uniform(0, 10)),
        values["office"].text,
        foot="婚姻登记专用章",
        across=38,
    )
    for role in ("male", "female"):
        y += step * 0.7
        for one, two in _PERSON:
            sheet.flow(_for(one, role), (left, y), style, values)
            if two:
                sheet.flow(_for(two, role), (second, y), style, values)
            y += step
    if rng.random() < 0.5:
        pen = somebody(rng, older=False, tidy=0.3)
        sheet.flow("婚姻登记员　{official:5}", (second - 16, y), replace(style, pen=pen), values)


def _printed_spread(sheet: Sheet, style: Style, values: Mapping[str, Written], again: bool) -> None:  # noqa: FBT001 - a filler of the table
    """A spread: photo and the event left, both people right."""
    rng = sheet.rng
    style = replace(style, size=style.size * 0.9, pen_size=style.pen_size * 0.9)
    sheet.rule((125, 5), (125, 171), (205, 190, 190), 0.3)
    photo(sheet, (40, 14, 86, 46))
    left, y, step = 12.0, 56.0, style.size * rng.uniform(1.9, 2.2)
    order = [
        "持证人　{holder:6}",
        "登记日期　{registration_date:9}",
        "[字号|证字号|编号]　{certificate_number:11}",
    ]
    if rng.random() < 0.4:
        order.insert(0, order.pop())
    if again:
        order.append("备注　{remark:9}")
    for line in order:
        sheet.flow(line, (left, y), style, values)
        y += step
    sheet.flow("登记机关　{office:10}", (left, y + 6), style, values)
    pen = somebody(rng, older=False, tidy=0.3)
    sheet.flow("登记员　{official:5}", (left, y + 6 + step), replace(style, pen=pen), values)
    seals.round_seal(
        sheet,
        (left + rng.uniform(45, 80), y + rng.uniform(4, 16)),
        values["office"].text,
        foot="婚姻登记专用章",
        across=38,
    )
    y = 16.0
    for role in ("male", "female"):
        for tail in (
            "姓名　{name:7}",
            "性别　{sex:3}",
            "国籍　{nationality:7}",
            "出生日期　{birth_date:8}",
            "[身份证件号|身份证号]　{id_number:11}",
        ):
            sheet.flow(_for(tail, role), (134, y), style, values)
            y += step * 0.82
        y += step * 0.6
