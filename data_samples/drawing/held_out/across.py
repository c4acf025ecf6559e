"""Held-out certificates of 1955-2003 in lines from left to right, filled in by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawing import filling, seals
from drawing.held_out.hands import in_hand, press, somebody
from drawing.held_out.numbers import number_1950s, number_1966, number_1980s
from drawing.ink import INKS
from drawing.pages import Drawn, new_sheet
from drawing.people import couple
from drawing.sheet import Style
from drawing.wording import Written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from drawing.ink import Hand
    from drawing.people import Couple
    from drawing.sheet import Sheet

_KIND = {"marriage": "marriage_certificate", "divorce": "divorce_certificate"}
_WORD = {"marriage": "结婚", "divorce": "离婚"}
_OLDER_WORD = {"marriage": "結婚", "divorce": "離婚"}
#: Lines about him and her; M. and F. stand for the two.
_AWARDS_1955 = (
    ("新郎{M.name:5}　時年{M.age:3}歲", "新娘{F.name:5}　時年{F.age:3}歲"),
    ("姓名（男）{M.name:5}　誕生日期{M.birth_date:9}",
     "姓名（女）{F.name:5}　誕生日期{F.birth_date:9}"),
    ("據男方{M.name:4.5}{M.age:3}歲{M.native_place:7}人",
     "及女方{F.name:4.5}{F.age:3}歲{F.native_place:7}人"),
    ("男方當事人{M.name:5}　祖籍{M.native_place:7}", "　　{M.birth_date:9}出生",
     "女方當事人{F.name:5}　祖籍{F.native_place:7}", "　　{F.birth_date:9}出生"),
)  # fmt: skip
_CLAUSES_1955 = (
    ("雙方申請{}完全出於自願，業經審核屬實，", "依照婚姻法之規定給予登記。"),
    ("以上二人自願{}，依法登記，給此證書為憑。",),
)
_AWARDS_1966 = (
    ("男方姓名{M.name:5}　时年{M.age:3}", "女方姓名{F.name:5}　时年{F.age:3}"),
    ("新郎：{M.name:5}　{M.birth_date:9}生", "新娘：{F.name:5}　{F.birth_date:9}生"),
    ("（男）{M.name:5}　现年{M.age:3}岁　住址{M.address:12}",
     "（女）{F.name:5}　现年{F.age:3}岁　住址{F.address:12}"),
)  # fmt: skip
_BODIES_1980S = (
    ("新郎{M.name:5.5}　民族{M.ethnicity:3}　生日{M.birth_date:9}",
     "新娘{F.name:5.5}　民族{F.ethnicity:3}　生日{F.birth_date:9}"),
    ("姓名（男）{M.name:6}　　姓名（女）{F.name:6}",
     "出生日期{M.birth_date:7}　　出生日期{F.birth_date:7}"),
    ("男方　姓名{M.name:5}　年龄{M.age:3}　籍贯{M.native_place:6}",
     "　　　出生年月日{M.birth_date:9.5}",
     "女方　姓名{F.name:5}　年龄{F.age:3}　籍贯{F.native_place:6}",
     "　　　出生年月日{F.birth_date:9.5}"),
    ("　　男方{M.name:5}，{M.birth_date:9.5}出生，", "女方{F.name:5}，{F.birth_date:9.5}出生，"),
    ("出生时间{M.birth_date:9}　男方姓名{M.name:5}",
     "出生时间{F.birth_date:9}　女方姓名{F.name:5}"),
)  # fmt: skip
_CLAUSES_1980S = (
    ("　　以上双方要求{}，经审查证件齐全，", "符合法律规定，给予登记，发给此证。"),
    ("自愿{}，依法予以登记。",),
)
_ID_LABEL = "[公民身份号码|居民身份证编号|身份证件号码]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strip:
    """A certificate in a part of a sheet (millimetres), and which one it is on it."""

    left: float
    top: float
    wide: float
    high: float
    part: int | None = None


def _both(lines: tuple[str, ...]) -> list[str]:
    return [line.replace("{M.", "{male.").replace("{F.", "{female.") for line in lines]


def _style(rng: Random, pen: Hand, size: float, faces: str) -> Style:
    ink = rng.choice(("black", "maroon", "red", "brown", "green"))
    return Style(
        print_hand=press(rng.choice(faces.split()), ink, spacing=rng.uniform(0, 0.15)), pen=pen,
        size=size, pen_size=size * rng.uniform(1.1, 1.35),
        underline=INKS[ink] if rng.random() < 0.6 else None,
    )  # fmt: skip


def _body(
    sheet: Sheet, style: Style, lines: list[str], values: Mapping[str, Written], strip: _Strip
) -> float:
    """Lines below one another from `strip.top`; returns where the next would begin."""
    y = strip.top
    step = min(style.size * sheet.rng.uniform(1.6, 2.4), strip.high / max(3, len(lines)))
    for line in lines:
        fitted = sheet.fitted(line, style, values, strip.wide)
        sheet.flow(line, (strip.left, y), fitted, values, part=strip.part)
        y += step
    return y


def _signed(
    sheet: Sheet,
    style: Style,
    values: Mapping[str, Written],
    at: tuple[float, float],
    strip: _Strip,
) -> None:
    """Office and day in either order, with or without words before them, under a seal."""
    rng = sheet.rng
    office = values["office"].text
    older = "號" in values["certificate_number"].text
    lines = ["[|发证机关：|登记处所　]{office::bare}", "[|填发日期　|]{registration_date::bare}"]
    if older:
        lines = ["{office::bare}", "[|公元|]{registration_date::bare}"]
    if rng.random() < 0.3:
        lines.reverse()
    y, room = at[1], strip.left + strip.wide - at[0]
    for n, line in enumerate(lines):
        fitted = sheet.fitted(line, style, values, room - n * style.size)
        sheet.flow(line, (at[0] + n * style.size, y), fitted, values, part=strip.part)
        y += style.size * 1.8
    if rng.random() < 0.35 and not older:
        sheet.flow("[经办人|承办人]{official:4}", (strip.left, y - style.size * 1.8), style, values,
                   part=strip.part)  # fmt: skip
    wide = sheet.measure(office, style.print_hand, style.size)
    middle = (
        at[0] + min(wide, room) * rng.uniform(0.2, 0.9),
        at[1] + style.size * rng.uniform(0, 3),
    )
    strength = rng.choice(((0.2, 0.4), (0.6, 0.95), (0.8, 1.0)))
    foot = rng.choice(("", "婚姻登记专用章"))
    seals.round_seal(
        sheet, middle, office, foot=foot, across=rng.uniform(32, 42), strength=strength
    )


def _titled(sheet: Sheet, title: str, strip: _Strip, face: str, size: float) -> None:
    hand = press(face, sheet.rng.choice(("red", "black", "red")), spacing=0.4)
    sheet.centred(title, strip.top, hand, size, middle=strip.left + strip.wide / 2)


def _certificate(
    sheet: Sheet,
    style: Style,
    values: Mapping[str, Written],
    strip: _Strip,
    texts: tuple[str, list[str]],
) -> None:
    """Title, number, body and signature in a strip; the number may close the page."""
    rng = sheet.rng
    title, lines = texts
    size = strip.high / rng.uniform(10, 13)
    _titled(sheet, title, strip, rng.choice(("tw-sung", "zenhei")), size)
    number = "[编号　|字号　||证号：]{certificate_number:9}"
    if "號" in values["certificate_number"].text:
        number = "[登記編號||字號]　{certificate_number:9}"
    y = strip.top + size * 1.7
    last = rng.random() < 0.2
    spot = (strip.left + rng.choice((0, strip.wide * 0.5)), y)
    if last:
        spot = (strip.left, strip.top + strip.high - style.size * 1.4)
    fitted = sheet.fitted(number, style, values, strip.left + strip.wide - spot[0])
    sheet.flow(number, spot, fitted, values, part=strip.part)
    y += 0 if last else style.size * 2
    inner = replace(strip, top=y, high=strip.high * 0.46)
    y = _body(sheet, style, lines, values, inner)
    y = min(max(y + 2, strip.top + strip.high * 0.68), strip.top + strip.high - 5.2 * style.size)
    _signed(sheet, style, values, (strip.left + strip.wide * rng.uniform(0.3, 0.5), y), strip)


def _filled(
    sheet: Sheet, who: Couple, pen: Hand, office: str, number: Written, dates: str
) -> dict[str, Written]:
    values = filling.values(sheet.rng, who, older="號" in number.text, dates=dates, ids=15,
                            printed=sheet.rng.random() < 0.7)  # fmt: skip
    values["certificate_number"] = number
    values["office"] = Written(marked=f"«{office}»", value=office)
    return in_hand(values, pen)


def _sheet(seed: str, dpi: int, size: tuple[float, float]) -> Sheet:
    sheet = new_sheet(seed, size, dpi)
    sheet.width, sheet.height = (side * sheet.rng.uniform(0.88, 1.12) for side in size)
    sheet.__post_init__()
    return sheet


def _drawn(sheet: Sheet, who: Couple, pen: Hand, papers: str) -> Drawn:
    return Drawn(sheet=sheet, kind=_KIND[who.event], year=who.registered.year, papers=papers,
                 hand=pen.name, people=[(who, {})])  # fmt: skip


def _whole(sheet: Sheet) -> _Strip:
    margin = sheet.rng.uniform(16, 32)
    return _Strip(left=margin, top=sheet.height * sheet.rng.uniform(0.08, 0.13),
                  wide=sheet.width - 2 * margin, high=sheet.height * 0.82)  # fmt: skip


def _event(rng: Random) -> str:
    return "divorce" if rng.random() < 0.18 else "marriage"


def award_1955(seed: str, dpi: int) -> Drawn:
    """A certificate of 1955-65 in traditional characters."""
    sheet = _sheet(seed, dpi, (260, 188))
    rng = sheet.rng
    who = couple(rng, (1955, 1965), event=_event(rng))
    pen = somebody(rng, older=True, tidy=rng.random())
    strip = _whole(sheet)
    office = filling.office_1950s(rng, who)
    dates = rng.choice(("numerals", "numerals", "digits"))
    values = _filled(sheet, who, pen, office, number_1950s(rng, who), dates)
    style = _style(rng, pen, strip.high / rng.uniform(24, 28), "big5-ming cwming tw-sung yuji-mai")
    word = _OLDER_WORD[who.event]
    lines = _both(rng.choice(_AWARDS_1955))
    lines += [line.format(word) for line in rng.choice(_CLAUSES_1955)]
    _certificate(sheet, style, values, strip, (word + rng.choice(("證書", "證明書")), lines))
    return _drawn(sheet, who, pen, "cream yellowed rose pale-green")


def award_1966(seed: str, dpi: int) -> Drawn:
    """A certificate of 1966-79 in simplified characters, with or without a motto."""
    sheet = _sheet(seed, dpi, (250, 180))
    rng = sheet.rng
    who = couple(rng, (1966, 1979), event=_event(rng))
    pen = somebody(rng, older=False, tidy=rng.random())
    strip = _whole(sheet)
    if who.registered.year < 1977 and rng.random() < 0.6:
        motto = rng.choice(("为人民服务", "团结起来，争取更大的胜利。", "全心全意为人民服务"))
        sheet.centred(motto, strip.top - 8, press("tw-sung", "red", spacing=0.3), 6)
        strip = replace(strip, top=strip.top + 4)
    values = _filled(sheet, who, pen, filling.office_1966(who), number_1966(rng, who),
                     rng.choice(("digits", "numerals", "dotted")))  # fmt: skip
    style = _style(
        rng, pen, strip.high / rng.uniform(24, 28), "gb-song zenhei tw-sung zcool-xiaowei"
    )
    word = _WORD[who.event]
    lines = _both(rng.choice(_AWARDS_1966))
    lines += [line.format(word) for line in rng.choice(_CLAUSES_1980S)]
    _certificate(sheet, style, values, strip, (word + rng.choice(("证书", "证明书", "证")), lines))
    return _drawn(sheet, who, pen, "white cream yellowed grey")


def _newer(sheet: Sheet, strip: _Strip, who: Couple, pen: Hand) -> None:
    """A certificate of 1980-2003 in a strip of a sheet."""
    rng = sheet.rng
    dates = rng.choice(("digits", "digits", "padded", "numerals", "dotted"))
    values = _filled(sheet, who, pen, filling.office_1980s(rng, who), number_1980s(rng, who), dates)
    style = _style(
        rng, pen, strip.high / rng.uniform(24, 30), "gb-song zenhei tw-sung zcool-xiaowei"
    )
    lines = _both(rng.choice(_BODIES_1980S))
    if who.registered.year >= 1986 and rng.random() < 0.55:
        half = len(lines) // 2
        lines.insert(half, f"{_ID_LABEL}{{male.id_number:10}}")
        lines.append(f"{_ID_LABEL}{{female.id_number:10}}")
        if lines[0].count("{") == 4:
            # Side by side, both numbers come last.
            lines = [*lines[:half], *lines[half + 1 : -1], lines[half], lines[-1]]
    word = _WORD[who.event]
    lines += [line.format(word) for line in rng.choice(_CLAUSES_1980S)]
    _certificate(sheet, style, values, strip, (word + rng.choice(("证", "证书")), lines))


def certificate_1980s(seed: str, dpi: int) -> Drawn:
    """A certificate of 1980-2003 on a sheet of its own."""
    sheet = _sheet(seed, dpi, (255, 180))
    rng = sheet.rng
    who = couple(rng, (1980, 2003), event=_event(rng))
    pen = somebody(rng, older=False, tidy=rng.random())
    _newer(sheet, _whole(sheet), who, pen)
    return _drawn(sheet, who, pen, "white cream pink pale-green rose")


def side_by_side(seed: str, dpi: int) -> Drawn:
    """Two certificates beside or below each other on one sheet, as they came to the scanner."""
    beside = new_sheet(f"{seed}/how", (9, 9), 50).rng.random() < 0.5
    size = (390.0, 140.0) if beside else (205.0, 290.0)
    sheet = _sheet(seed, dpi, size)
    rng = sheet.rng
    pen = somebody(rng, older=False, tidy=rng.uniform(0.4, 1))
    event, year = _event(rng), rng.randint(1981, 1998)
    people: list[tuple[Couple, dict[str, int]]] = []
    wide, high = (sheet.width / 2, sheet.height) if beside else (sheet.width, sheet.height / 2)
    for part in (1, 2):
        who = couple(rng, (year, year), event=event)
        left, top = ((part - 1) * wide, 0.0) if beside else (0.0, (part - 1) * high)
        sheet.frame((left + 4, top + 4, left + wide - 4, top + high - 4), INKS["maroon"], 0.8)
        _newer(sheet, _Strip(left=left + 16, top=top + 12, wide=wide - 30, high=high - 24,
                             part=part), who, pen)  # fmt: skip
        people.append((who, {"part": part}))
    drawn = _drawn(sheet, people[0][0], pen, "white cream pink")
    return replace(drawn, people=people)
