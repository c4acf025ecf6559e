"""Certificates of 1980-2003: filled in by hand, and like passports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from drawing import filling, seals
from drawing.ink import INKS, Hand, press, somebody
from drawing.pages import Drawn, new_sheet
from drawing.people import Couple, couple
from drawing.sheet import Sheet, Style
from drawing.wording import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_WORD = {"marriage": "结婚", "divorce": "离婚"}
_BODIES_1980S = (
    (
        "姓名{M.name:5}　性别{M.sex:2.5}　[出生|出生年月日]{M.birth_date:9}",
        "姓名{F.name:5}　性别{F.sex:2.5}　[出生|出生年月日]{F.birth_date:9}",
    ),
    (
        "[男方|男方姓名]{M.name:5}　[出生日期|出生年月]{M.birth_date:9.5}　[年龄]{M.age:3}",
        "[女方|女方姓名]{F.name:5}　[出生日期|出生年月]{F.birth_date:9.5}　[年龄]{F.age:3}",
    ),
    (
        "姓　名{M.name:6}　　姓　名{F.name:6}",
        "性　别{M.sex:6}　　性　别{F.sex:6}",
        "出　生{M.birth_date:6.6}　 出　生{F.birth_date:6.6}",
    ),
    (
        "{M.name:5}（男）{M.birth_date:9.5}出生　民族{M.ethnicity:4}",
        "{F.name:5}（女）{F.birth_date:9.5}出生　民族{F.ethnicity:4}",
    ),
    (
        "姓名{M.name:5}　性别{M.sex:2.5}　民族{M.ethnicity:3.5}",
        "　　出生年月日{M.birth_date:10}",
        "姓名{F.name:5}　性别{F.sex:2.5}　民族{F.ethnicity:3.5}",
        "　　出生年月日{F.birth_date:10}",
    ),
)
_CLAUSES = {
    "marriage": (
        (
            "　　申请结婚，经审查符合《中华人民共和国婚姻法》",
            "关于结婚的规定，准予登记，发给此证。",
        ),
        ("双方自愿结婚，经审查合于婚姻法规定，特发此证。",),
        ("　　自愿结婚，经审查符合《中华人民共和国婚姻法》", "的规定，准予登记，发给结婚证。"),
    ),
    "divorce": (
        (
            "　　自愿离婚，对子女抚养、财产分割已达成协议，",
            "经审查符合婚姻法规定，准予登记，发给此证。",
        ),
        ("双方自愿离婚，符合婚姻法规定，准予离婚，特发此证。",),
    ),
}


def _roles(line: str) -> str:
    return line.replace("{M.", "{male.").replace("{F.", "{female.")


def _style(sheet: Sheet, pen: Hand, size: float) -> Style:
    rng = sheet.rng
    colour = rng.choice(("black", "black", "maroon", "red", "green"))
    return Style(
        print_hand=press(rng.choice(("song", "song-bold", "hei", "ukai", "uming")), colour),
        pen=pen,
        size=size,
        pen_size=size * rng.uniform(1.0, 1.22),
        underline=INKS[colour] if rng.random() < 0.8 else None,
    )


def _values(sheet: Sheet, who: Couple, ids: int, dates: str) -> dict[str, Written]:
    values = filling.values(
        sheet.rng, who, older=False, dates=dates, printed=dates == "digits", ids=ids
    )
    values["certificate_number"] = filling.number_1980s(sheet.rng, who)
    office = filling.office_1980s(sheet.rng, who)
    by_hand = sheet.rng.random() < 0.25
    values["office"] = Written(marked=office if by_hand else f"«{office}»", value=office)
    return values


def half_sheet(
    sheet: Sheet,
    who: Couple,
    pen: Hand,
    top: float,
    high: float,
    part: int | None = None,
) -> None:
    """One handwritten certificate of the eighties in a strip of the sheet."""
    rng = sheet.rng
    style = _style(sheet, pen, high / 28)
    with_id = who.registered.year >= 1986 and rng.random() < 0.6
    values = _values(sheet, who, 15, rng.choice(("digits", "digits", "numerals")))
    margin = rng.uniform(6, 10)
    frame = (margin, top + margin, sheet.width - margin, top + high - margin)
    sheet.frame(frame, INKS[rng.choice(("red", "maroon", "green"))], rng.uniform(0.4, 1.4))
    title = _WORD[who.event] + rng.choice(("证", "证", "证书"))
    big = press(rng.choice(("song-bold", "hei-bold", "ukai")), "red", spacing=0.5)
    sheet.centred(title, top + high * 0.1, big, high / 12)
    left = sheet.width * rng.uniform(0.09, 0.13)
    number_at = (rng.choice((left, sheet.width * 0.56)), top + high * 0.235)
    small = replace(style, underline=None) if rng.random() < 0.5 else style
    sheet.flow("[|编号|字号：]{certificate_number:9}", number_at, small, values, part=part)
    body = [_roles(line) for line in rng.choice(_BODIES_1980S)]
    if with_id:
        body.insert(len(body) // 2, "[身份证号|居民身份证编号|身份证号码]{male.id_number:10}")
        body.append("[身份证号|居民身份证编号|身份证号码]{female.id_number:10}")
    lines = body + list(rng.choice(_CLAUSES[who.event]))
    step = min(style.size * 2.2, high * 0.42 / max(4, len(lines) - 1))
    y = top + high * 0.32
    for line in lines:
        room = sheet.width - left - 14
        sheet.flow(line, (left, y), sheet.fitted(line, style, values, room), values, part=part)
        y += step
    _sign(
        sheet,
        style,
        values,
        (sheet.width * rng.uniform(0.46, 0.58), max(y + 1, top + high * 0.74)),
        part,
    )


def _sign(
    sheet: Sheet,
    style: Style,
    values: Mapping[str, Written],
    at: tuple[float, float],
    part: int | None,
) -> None:
    rng = sheet.rng
    office = values["office"].text
    wide = sheet.measure(office, style.print_hand, style.size)
    x = min(at[0], sheet.width - 18 - wide)
    lead = rng.choice(("", "", "[发证机关|登记机关]　"))
    if lead:
        x = max(12, x - 5.2 * style.size)
    sheet.flow(lead + "{office::bare}", (x, at[1]), style, values, part=part)
    date_at = (x + rng.uniform(2, 14), at[1] + style.size * 1.7)
    lead = rng.choice(("", "", "[登记日期|发证日期]　"))
    sheet.flow(lead + "{registration_date::bare}", date_at, style, values, part=part)
    middle = (x + wide * rng.uniform(0.4, 0.8), at[1] + style.size * rng.uniform(0.6, 2.0))
    foot = rng.choice(("", "", "婚姻登记专用章"))
    seals.round_seal(sheet, middle, office, foot=foot, across=rng.uniform(34, 41))


def certificate_1980s(seed: str, dpi: int) -> Drawn:
    """A certificate of 1980-95, one sheet, filled in by hand."""
    sheet = new_sheet(seed, (262, 184), dpi)
    rng = sheet.rng
    who = couple(rng, (1980, 1995), event="divorce" if rng.random() < 0.22 else "marriage")
    pen = somebody(rng, older=False, tidy=rng.random())
    half_sheet(sheet, who, pen, 0, sheet.height)
    return Drawn(
        sheet=sheet,
        kind=_KIND[who.event],
        year=who.registered.year,
        papers="white cream pink pale-green rose yellowed",
        hand=pen.name,
        people=[(who, {})],
    )


def two_certificates(seed: str, dpi: int) -> Drawn:
    """One sheet that holds two certificates, one below the other."""
    sheet = new_sheet(seed, (210, 297), dpi)
    rng = sheet.rng
    pen = somebody(rng, older=False, tidy=0.7)
    event = rng.choice(("marriage", "marriage", "divorce"))
    people: list[tuple[Couple, dict[str, int]]] = []
    year = rng.randint(1982, 1992)
    for part in (1, 2):
        who = couple(rng, (year, year), event=event)
        half_sheet(sheet, who, pen, (part - 1) * 148.5, 148.5, part)
        people.append((who, {"part": part}))
    return Drawn(
        sheet=sheet,
        kind=_KIND[event],
        year=year,
        papers="white cream pink",
        hand=pen.name,
        people=people,
    )


def photo(sheet: Sheet, box: tuple[float, float, float, float]) -> None:
    """Two grey heads and shoulders under an embossed ring: nobody's photograph."""
    left, top, right, bottom = (sheet.px(edge) for edge in box)
    tone = sheet.rng.randint(150, 205)
    cv2.rectangle(sheet.ink, (left, top), (right, bottom), (tone, tone, tone), -1)
    wide, high = right - left, bottom - top
    for share in (0.32, 0.68):
        x = left + round(wide * share)
        dark = sheet.rng.randint(60, 120)
        head = (round(wide * 0.13), round(high * 0.19))
        cv2.ellipse(
            sheet.ink, (x, top + round(high * 0.42)), head, 0, 0, 360, (dark,) * 3, -1, cv2.LINE_AA
        )
        body = (round(wide * 0.2), round(high * 0.3))
        cv2.ellipse(sheet.ink, (x, bottom), body, 0, 180, 360, (dark - 20,) * 3, -1, cv2.LINE_AA)
    ring = (right - wide // 8, bottom - high // 8)
    cv2.circle(sheet.ink, ring, round(wide * 0.28), (235, 235, 235), 2, cv2.LINE_AA)


def waves(sheet: Sheet, colour: tuple[int, int, int]) -> None:
    """The security print: fine waved lines."""
    rng = sheet.rng
    xs = np.arange(0, sheet.ink.shape[1], 6)
    period, height = rng.uniform(25, 60), sheet.px(rng.uniform(0.5, 1.4))
    turn = rng.uniform(0, 6)
    for n, y in enumerate(range(0, sheet.ink.shape[0], max(4, sheet.px(rng.uniform(1.2, 2.0))))):
        line = y + height * np.sin(xs / period + turn + n * 0.35)
        points = np.stack([xs, line], 1).round().astype(np.int32)
        cv2.polylines(sheet.ink, [points], False, colour, 1, cv2.LINE_AA)  # noqa: FBT003 - cv2 takes it by place


def passport_1990s(seed: str, dpi: int) -> Drawn:
    """The inside of a passport-like booklet of 1994-2003."""
    sheet = new_sheet(seed, (190, 130), dpi)
    rng = sheet.rng
    who = couple(rng, (1994, 2003), event="divorce" if rng.random() < 0.25 else "marriage")
    typed = rng.random() < 0.35
    pen = press("song", "toner") if typed else somebody(rng, older=False, tidy=0.8)
    if rng.random() < 0.8:
        waves(sheet, rng.choice(((248, 226, 222), (232, 240, 228), (246, 238, 220))))
    style = replace(_style(sheet, pen, 4.6), pen_size=4.6 if typed else rng.uniform(4.9, 5.6))
    ids = 15 if who.registered.year < 2000 else 18
    values = _values(sheet, who, ids, "digits")
    sheet.rule((95, 4), (95, 126), (190, 180, 175), 0.3)
    photo_left = rng.random() < 0.7
    photo(sheet, (28, 16, 68, 46) if photo_left else (122, 16, 162, 46))
    left, right = (10.0, 102.0) if photo_left else (102.0, 10.0)
    _booklet_text(sheet, style, who, values, (left, right))
    return Drawn(
        sheet=sheet,
        kind=_KIND[who.event],
        year=who.registered.year,
        papers="white cream pink rose",
        hand=pen.name,
        people=[(who, {})],
    )


def _booklet_text(
    sheet: Sheet,
    style: Style,
    who: Couple,
    values: Mapping[str, Written],
    sides: tuple[float, float],
) -> None:
    rng = sheet.rng
    left, right = sides
    word = _WORD[who.event]
    clause = (
        "经审查，符合《婚姻法》",
        f"关于{word}的规定，准予",
        f"登记，特发{word}证。",
    )
    sheet.flow("{certificate_number:9}", (left, 54), style, values)
    for n, line in enumerate(clause):
        sheet.flow("　　" + line if n == 0 else line, (left, 66 + n * 8), style, values)
    _sign(sheet, style, values, (left, 95), None)
    y = 15.0
    for role in ("male", "female"):
        for line in (
            f"姓　名{{{role}.name:6}}　性别{{{role}.sex:2}}",
            f"[出生日期|出生年月日]{{{role}.birth_date:9}}",
            f"[身份证号|身份证件号]{{{role}.id_number:10}}",
        ):
            sheet.flow(line, (right, y), style, values)
            y += rng.uniform(13, 14)
        y += rng.uniform(3, 9)
