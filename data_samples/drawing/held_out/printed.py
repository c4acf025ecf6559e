"""Held-out certificates of 2004 on: other arrangements and wordings, other faces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drawing import filling, seals
from drawing.forms_new import photo, waves
from drawing.held_out.hands import press, somebody
from drawing.ink import INKS
from drawing.pages import Drawn, new_sheet
from drawing.people import a_day, couple
from drawing.sheet import Style
from drawing.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawing.people import Couple
    from drawing.sheet import Sheet
    from drawing.wording import Written

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_WORD = {"marriage": "结婚", "divorce": "离婚"}
_HEAD = (
    "[证件字号|登记证号|{}证编号]　{{certificate_number:11}}",
    "[登记时间|登记日期]　{registration_date:9}",
    "[发证机关|婚姻登记机关]　{office:10}",
)
_ONE = (
    ("[姓名（男）|男方姓名]　{M.name:7}", "[姓名（女）|女方姓名]　{F.name:7}"),
    ("性别　{M.sex:3}　国籍　{M.nationality:4}", "性别　{F.sex:3}　国籍　{F.nationality:4}"),
    ("出生年月日　{M.birth_date:8}", "出生年月日　{F.birth_date:8}"),
    (
        "[公民身份号码|有效证件号码]　{M.id_number:11}",
        "[公民身份号码|有效证件号码]　{F.id_number:11}",
    ),
)
_ASKED = (("姓名", "name"), ("性别", "sex"), ("出生日期", "birth_date"), ("国籍", "nationality"),
          ("身份证件号码", "id_number"))  # fmt: skip


def _roles(line: str) -> str:
    return line.replace("{M.", "{male.").replace("{F.", "{female.")


def certificate(seed: str, dpi: int) -> Drawn:
    """A printed certificate of 2004 on; one in five is a reissue."""
    sheet = new_sheet(seed, (255, 180), dpi)
    rng = sheet.rng
    sheet.width, sheet.height = rng.uniform(235, 275), rng.uniform(168, 192)
    sheet.__post_init__()
    reissued = rng.random() < 0.2
    who = couple(rng, (1988, 2003) if reissued else (2004, 2022), coded=True,
                 event="divorce" if rng.random() < 0.3 else "marriage")  # fmt: skip
    again = a_day(rng, rng.randint(2005, 2022)) if reissued else None
    values = filling.values(rng, who, older=False, dates=rng.choice(("padded", "digits")),
                            printed=False)  # fmt: skip
    values["certificate_number"] = filling.number_2004(who, reissue=again)
    values["office"] = plain(filling.office_2004(who))
    if again:
        values["remark"] = plain(rng.choice(("遗失补领", f"补发{_WORD[who.event]}证")))
    face = rng.choice(("gb-song", "zenhei", "tw-sung", "zcool-xiaowei"))
    size = rng.uniform(4.6, 5.8)
    style = Style(
        print_hand=press(rng.choice(("gb-song", "zenhei", "tw-sung")),
                         rng.choice(("maroon", "black", "red"))),
        pen=press(face, "toner"), size=size, pen_size=size * rng.uniform(0.9, 1.15),
    )  # fmt: skip
    if rng.random() < 0.8:
        waves(sheet, rng.choice(((246, 222, 226), (238, 232, 246), (250, 234, 214))))
    rng.choice((_beside, _below, _ruled))(sheet, style, values, who)
    return Drawn(sheet=sheet, kind=_KIND[who.event], year=who.registered.year,
                 papers="pink white cream rose", hand=face, people=[(who, {})])  # fmt: skip


def _head(
    sheet: Sheet, style: Style, values: Mapping[str, Written], who: Couple, at: tuple[float, float]
) -> float:
    """The event's lines in any order, the seal over some of them; returns where it ended."""
    rng = sheet.rng
    lines = [line.replace("{{", "{").replace("}}", "}").replace("{}", _WORD[who.event])
             for line in _HEAD]  # fmt: skip
    rng.shuffle(lines)
    if "remark" in values:
        lines.append("附注　{remark:9}")
    y = at[1]
    for line in lines:
        sheet.flow(line, (at[0], y), sheet.fitted(line, style, values, sheet.width / 2 - 4), values)
        y += style.size * 1.7
    seals.round_seal(
        sheet, (at[0] + rng.uniform(40, 90), rng.uniform(at[1] + 4, y)), values["office"].text,
        foot="婚姻登记专用章", across=38, strength=rng.choice(((0.2, 0.4), (0.6, 1.0))),
    )  # fmt: skip
    return y


def _clerk(
    sheet: Sheet, style: Style, values: Mapping[str, Written], at: tuple[float, float]
) -> None:
    if sheet.rng.random() < 0.6:
        pen = somebody(sheet.rng, older=False, tidy=0.5)
        sheet.flow("[登记员|婚姻登记员签名]　{official:5}", at, replace(style, pen=pen), values)


def _beside(sheet: Sheet, style: Style, values: Mapping[str, Written], who: Couple) -> None:
    """He left, she right, the event above or below them."""
    above = sheet.rng.random() < 0.5
    left = sheet.rng.uniform(14, 20)
    y = _head(sheet, style, values, who, (left, 16 if above else sheet.height * 0.58))
    y = y + 6 if above else 20.0
    step = style.size * sheet.rng.uniform(1.8, 2.3)
    room = sheet.width / 2 - left - 4
    for his, hers in _ONE:
        for line, x in ((his, left), (hers, sheet.width / 2 + 6)):
            text = _roles(line)
            sheet.flow(text, (x, y), sheet.fitted(text, style, values, room), values)
        y += step
    _clerk(sheet, style, values, (sheet.width * 0.55, sheet.height - 18))


def _below(sheet: Sheet, style: Style, values: Mapping[str, Written], who: Couple) -> None:
    """A photograph and the event at one side, both of them below each other at the other."""
    rng = sheet.rng
    middle = sheet.width / 2
    near, far = (12.0, middle + 8) if rng.random() < 0.5 else (middle + 8, 12.0)
    photo(sheet, (near + 26, 100, near + 74, 138))
    y = _head(sheet, replace(style, size=style.size * 0.85, pen_size=style.pen_size * 0.85), values,
              who, (near, 30))  # fmt: skip
    _clerk(sheet, style, values, (near, y + 8))
    y = 18.0
    for place in (0, 1):
        for lines in _ONE:
            text = _roles(lines[place])
            sheet.flow(text, (far, y), sheet.fitted(text, style, values, middle - 18), values)
            y += style.size * 2.5
        y += 8


def _ruled(sheet: Sheet, style: Style, values: Mapping[str, Written], who: Couple) -> None:
    """A ruled table: what is asked at the left, his and her answers beside it."""
    rng = sheet.rng
    left, wide = rng.uniform(12, 20), sheet.width - 36
    y = _head(sheet, style, values, who, (left, 14)) + 4
    edges = (left, left + wide * 0.2, left + wide * 0.6, left + wide)
    asked = list(_ASKED)
    rng.shuffle(asked)
    asked.insert(0, asked.pop(next(n for n, (_, tail) in enumerate(asked) if tail == "name")))
    high = min(14.0, (sheet.height - y - 16) / (len(asked) + 1))
    rows = [("", ""), *asked]
    for n, (label, tail) in enumerate(rows):
        top = y + n * high
        sheet.rule((edges[0], top), (edges[-1], top), INKS["grey"], 0.2)
        spot = top + (high - style.size) / 2
        for word, x in (
            ((label, edges[0] + 2),) if tail else (("男方", edges[1] + 30), ("女方", edges[2] + 30))
        ):
            sheet.characters(
                word, (x, spot), style.print_hand, min(style.size, wide * 0.18 / max(1, len(word)))
            )
        for role, x in (("male", edges[1]), ("female", edges[2])) if tail else ():
            text = f"{{{role}.{tail}}}"
            sheet.flow(text, (x + 3, spot), sheet.fitted(text, style, values, wide * 0.36), values)
    bottom = y + len(rows) * high
    sheet.rule((edges[0], bottom), (edges[-1], bottom), INKS["grey"], 0.2)
    for x in edges:
        sheet.rule((x, y), (x, bottom), INKS["grey"], 0.2)
