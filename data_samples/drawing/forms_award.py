"""Certificates like awards: 1955-66 in traditional characters, 1966-79 under a slogan."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from drawing import filling, seals
from drawing.ink import INKS, Hand, press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import couple
from drawing.sheet import Sheet, Style
from drawing.wording import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_OLDER_LINES = (
    (
        "　　{male.name:4.5}（男）[年|現年]{male.age:3}歲，[籍貫|原籍]{male.native_place:7}",
        "　　{female.name:4.5}（女）[年|現年]{female.age:3}歲，[籍貫|原籍]{female.native_place:7}",
        "自願結婚，經審查合於《中華人民共和國婚姻法》",
        "關於結婚的規定，發給此證。",
    ),
    (
        "男方姓名{male.name:5}　出生年月{male.birth_date:9}",
        "女方姓名{female.name:5}　出生年月{female.birth_date:9}",
        "雙方自願結婚，經查與婚姻法規定相符，",
        "准予登記，特發此證。",
    ),
    (
        "茲有{male.name:4.5}男　{male.birth_date:9}生",
        "　與{female.name:4.5}女　{female.birth_date:9}生",
        "申請登記結婚，經審查合格，准予結為夫婦，此證。",
    ),
)
_NEWER_LINES = (
    (
        "　　{male.name:4.5}　性别{male.sex:2}　年龄{male.age:3}岁",
        "　　{female.name:4.5}　性别{female.sex:2}　年龄{female.age:3}岁",
        "自愿结婚，经审查合于中华人民共和国婚姻法",
        "关于结婚的规定，发给此证。",
    ),
    (
        "姓名{male.name:4.5}男　{male.age:3}岁　家庭住址{male.address:13}",
        "姓名{female.name:4.5}女　{female.age:3}岁　家庭住址{female.address:13}",
        "申请结婚，经审查符合婚姻法的规定，准予登记。",
    ),
    (
        "男方{male.name:5}　出生{male.birth_date:9}",
        "女方{female.name:5}　出生{female.birth_date:9}",
        "双方自愿结婚，合于我国婚姻法规定，",
        "特发此证。",
    ),
)
_SLOGANS = (
    ("最高指示", "我们的同志在困难的时候，要看到成绩，要看到光明。"),
    ("最高指示", "要斗私，批修。"),
    ("毛主席语录", "领导我们事业的核心力量是中国共产党。"),
    ("毛主席语录", "妇女能顶半边天。"),
    ("最高指示", "抓革命，促生产，促工作，促战备。"),
)


def _star(sheet: Sheet, middle: tuple[float, float], radius: float, colour: tuple) -> None:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.radians(-90 + 36 * corner)
        x, y = middle[0] + reach * math.cos(angle), middle[1] + reach * math.sin(angle)
        points.append((sheet.px(x), sheet.px(y)))
    cv2.fillPoly(sheet.ink, [np.array(points, np.int32)], colour, cv2.LINE_AA)


def _ornament(sheet: Sheet, margin: float) -> None:
    """Flags, stars and a waved border, as the printers of the time liked."""
    rng = sheet.rng
    red, gold = (198, 54, 44), (214, 164, 60)
    box = (margin, margin, sheet.width - margin, sheet.height - margin)
    sheet.frame(box, rng.choice((red, gold, INKS["green"])), rng.uniform(1.0, 2.4))
    gap = rng.uniform(4.5, 7.0)
    step = rng.uniform(4.0, 6.0)
    for n in range(int((sheet.width - 2 * margin) / step)):
        x = margin + (n + 0.5) * step
        for y in (margin + gap / 2, sheet.height - margin - gap / 2):
            centre = (sheet.px(x), sheet.px(y))
            cv2.ellipse(
                sheet.ink,
                centre,
                (sheet.px(step / 3), sheet.px(1.0)),
                30,
                0,
                360,
                gold,
                1,
                cv2.LINE_AA,
            )
    sheet.frame(
        (margin + gap, margin + gap, sheet.width - margin - gap, sheet.height - margin - gap),
        red,
        0.4,
    )
    middle = sheet.width / 2
    for side in (-1, 1):
        for n in range(3):
            x = middle + side * (9 + 7 * n)
            flag = [(x, 15.0), (x + side * 11, 18.5 + n), (x + side * 2, 25.0)]
            points = np.array([(sheet.px(a), sheet.px(b)) for a, b in flag], np.int32)
            cv2.fillPoly(sheet.ink, [points], (226, 96, 84), cv2.LINE_AA)
    _star(sheet, (middle, 20), 5.5, red)


def _style(sheet: Sheet, pen: Hand, size: float, faces: str) -> Style:
    rng = sheet.rng
    colour = rng.choice(("black", "black", "red", "maroon"))
    return Style(
        print_hand=press(rng.choice(faces.split()), colour, spacing=rng.uniform(0, 0.12)),
        pen=pen,
        size=size,
        pen_size=size * rng.uniform(1.0, 1.2),
        underline=INKS[colour] if rng.random() < 0.75 else None,
    )


def _lines(
    sheet: Sheet,
    style: Style,
    lines: tuple[str, ...],
    values: Mapping[str, Written],
    at: tuple[float, float],
) -> float:
    """Lines below one another; returns where the next would begin (mm)."""
    y = at[1]
    step = style.size * sheet.rng.uniform(1.75, 2.15)
    for line in lines:
        room = sheet.width - at[0] - 16
        sheet.flow(line, (at[0], y), sheet.fitted(line, style, values, room), values)
        y += step
    return y


def _foot(
    sheet: Sheet,
    style: Style,
    values: Mapping[str, Written],
    place: tuple[float, float],
    seal: tuple[str, str],
) -> None:
    """Office and date at the right, with a seal over them."""
    rng = sheet.rng
    office, foot = seal
    filled = {**values, "office": Written(marked=f"«{office}»", value=office)}
    wide = sheet.measure(office, style.print_hand, style.size)
    x = min(place[0], sheet.width - 22 - wide)
    sheet.flow("{office::bare}", (x, place[1]), style, filled)
    sheet.flow("{registration_date::bare}", (x + 4, place[1] + style.size * 1.9), style, filled)
    middle = (x + wide * rng.uniform(0.3, 0.7), place[1] + style.size * rng.uniform(0.9, 2.2))
    seals.round_seal(sheet, middle, office, foot=foot, across=rng.uniform(36, 43))


def award_1955(seed: str, dpi: int) -> Drawn:
    """A certificate of 1955-65 like an award, horizontal, in traditional characters."""
    sheet = new_sheet(seed, (268, 192), dpi)
    rng = sheet.rng
    event = "divorce" if rng.random() < 0.12 else "marriage"
    who = couple(rng, (1955, 1965), event=event)
    pen = somebody(rng, older=True, tidy=rng.random())
    style = _style(sheet, pen, rng.uniform(6.2, 7.2), "ming ming-bold uming fangsong cwkai hei-tc")
    _ornament(sheet, rng.uniform(6, 9))
    numerals = rng.random() < 0.65
    values = filling.values(
        rng, who, older=True, dates="numerals" if numerals else "digits", printed=True
    )
    values["certificate_number"] = filling.number_1950s(rng, who)
    title = "離婚證" if event == "divorce" else rng.choice(("結婚證", "結婚證書"))
    if who.registered.year < 1957 and rng.random() < 0.5:
        title = title[::-1]
    sheet.centred(title, 30, press("ming-bold", "red", spacing=0.35), rng.uniform(14, 18))
    left = rng.uniform(30, 42)
    number_x = rng.choice((left, sheet.width * 0.52))
    sheet.flow(
        "[字號|編號|]{certificate_number:9}",
        (number_x, 56),
        replace(style, size=5.4, pen_size=6.2),
        values,
    )
    lines = rng.choice(_OLDER_LINES)
    if event == "divorce":
        lines = tuple(
            line.replace("結婚", "離婚").replace("准予結為夫婦", "准予離婚") for line in lines
        )
    y = _lines(sheet, style, lines, values, (left, 72))
    office = filling.office_1950s(rng, who)
    _foot(
        sheet, style, values, (sheet.width * rng.uniform(0.5, 0.62), min(y + 5, 154)), (office, "")
    )
    if rng.random() < 0.5:
        _side_slogans(sheet)
    return Drawn(
        sheet=sheet,
        kind=_KIND[event],
        year=who.registered.year,
        papers="cream yellowed white rose",
        hand=pen.name,
        people=[(who, {})],
    )


def _side_slogans(sheet: Sheet) -> None:
    hand = press("ming-bold", "red", spacing=0.2)
    for text, x in (("自主自願", sheet.width - 26), ("互敬互愛", 19)):
        sheet.characters(text, (x, sheet.height * 0.36), hand, 6.5, vertical=True)


def award_1966(seed: str, dpi: int) -> Drawn:
    """A certificate of 1966-79: a slogan above, the seal of a revolutionary committee."""
    sheet = new_sheet(seed, (255, 185), dpi)
    rng = sheet.rng
    who = couple(rng, (1967, 1979), event="divorce" if rng.random() < 0.1 else "marriage")
    pen = somebody(rng, older=False, tidy=rng.random())
    style = _style(sheet, pen, rng.uniform(5.8, 6.8), "song song-bold hei ukai")
    sheet.frame((8, 8, sheet.width - 8, sheet.height - 8), INKS["red"], rng.uniform(0.6, 1.8))
    values = filling.values(
        rng, who, older=False, dates=rng.choice(("digits", "digits", "numerals")), printed=True
    )
    values["certificate_number"] = filling.number_1966(rng, who)
    head, slogan = rng.choice(_SLOGANS)
    red = press("song-bold", "red", spacing=0.15)
    if who.registered.year < 1977:
        sheet.centred(head, 15, red, 6.5)
        sheet.centred(slogan, 25, replace(red, faces=("hei", "song")), 5.2)
    title = "离婚证" if who.event == "divorce" else "结婚证"
    sheet.centred(title, 38, press(rng.choice(("song-bold", "hei-bold")), "red", spacing=0.5), 15)
    left = rng.uniform(24, 36)
    number_x = rng.choice((left, sheet.width * 0.55))
    sheet.flow(
        "[|编号：|证号]{certificate_number:9}",
        (number_x, 61),
        replace(style, size=5.2, pen_size=6),
        values,
    )
    lines = rng.choice(_NEWER_LINES)
    if who.event == "divorce":
        lines = tuple(line.replace("结婚", "离婚") for line in lines)
    y = _lines(
        sheet,
        replace(style, size=style.size * 0.9 if "住址" in lines[0] else style.size),
        lines,
        values,
        (left, 76),
    )
    _foot(
        sheet,
        style,
        values,
        (sheet.width * rng.uniform(0.42, 0.5), min(y + 6, 148)),
        (filling.office_1966(who), ""),
    )
    return Drawn(
        sheet=sheet,
        kind=_KIND[who.event],
        year=who.registered.year,
        papers="white cream yellowed grey",
        hand=pen.name,
        people=[(who, {})],
    )
