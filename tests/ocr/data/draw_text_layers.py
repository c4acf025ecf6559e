"""Draws the born-digital pages of these tests, with the truth of what stands on them.

    python draw_text_layers.py FONT

FONT is AR PL UKai (`ukai.ttc`). Needs reportlab, which nothing else here does; names,
numbers and dates are made up from a seed.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from pathlib import Path

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

HERE = Path(__file__).parent
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳秀英娜静敏丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建华玲玉"
CODES = ("110101", "110102", "110105", "110108", "110112")


class People:
    """Couples by chance, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - drawings, no secrets

    def name(self) -> str:
        """A name of two or three characters."""
        length = self.chance.choice((1, 2, 2))
        return self.chance.choice(SURNAMES) + "".join(self.chance.choices(GIVEN, k=length))

    def born(self) -> dt.date:
        """A day between 1960 and 1979."""
        return dt.date(1960, 1, 1) + dt.timedelta(days=self.chance.randrange(7300))

    def number(self, born: dt.date, *, woman: bool) -> str:
        """A resident's number with its check digit."""
        order = self.chance.randrange(100, 999) // 2 * 2 + (not woman)
        body = f"{self.chance.choice(CODES)}{born:%Y%m%d}{order:03}"
        total = sum(int(c) * 2 ** (17 - i) for i, c in enumerate(body))
        return body + "10X98765432"[total % 11]

    def person(self, *, woman: bool) -> dict[str, str]:
        """Name, birth date and number of one person."""
        born = self.born()
        number = self.number(born, woman=woman)
        return {"name": self.name(), "birth_date": born.isoformat(), "id_number": number}


def page(kind: str, era: str | None, fields: list[tuple[str, int | None, str, str]]) -> dict:
    """The truth of a page."""
    names = ("name", "row", "text", "value")
    return {"kind": kind, "era": era, "fields": [dict(zip(names, f, strict=True)) for f in fields]}


def ruled(canvas: Canvas, rows: list[list[str]], *, spans: list = (), top: float = 490) -> None:
    """A ruled table on the page."""
    style = [("FONT", (0, 0), (-1, -1), "Kai", 9), ("GRID", (0, 0), (-1, -1), 0.5, "black")]
    table = Table(rows, style=[*style, *(("SPAN", a, b) for a, b in spans)])
    _, height = table.wrap(770, 500)
    table.drawOn(canvas, 30, top - height)


def titled(path: str, title: str) -> Canvas:
    """A landscape page with its title."""
    canvas = Canvas(str(HERE / path), pagesize=landscape(A4), invariant=1)
    canvas.setFont("Kai", 16)
    canvas.drawCentredString(421, 530, title)
    canvas.setFont("Kai", 9)
    return canvas


def wife_first() -> dict:
    """Another order of columns, and other words for them."""
    people, rows, fields = People(1), [], [("office", None, "北京市崇文区", "北京市崇文区")]
    head = ["结婚日期", "新娘姓名", "新娘身份证号码", "新郎姓名", "新郎身份证号码"]
    head += ["结婚证编号", "编号"]
    for row in range(1, 15):
        wife, husband = people.person(woman=True), people.person(woman=False)
        number, day = f"京崇结字第{1200 + row}号", f"2003年{1 + row // 6}月{2 * row % 28 + 1}日"
        iso = f"2003-{1 + row // 6:02}-{2 * row % 28 + 1:02}"
        cells = [day, wife["name"], wife["id_number"], husband["name"], husband["id_number"]]
        rows.append([*cells, number, str(row)])
        fields += [
            ("registration_date", row, day, iso),
            ("female.name", row, wife["name"], wife["name"]),
            ("female.id_number", row, wife["id_number"], wife["id_number"]),
            ("male.name", row, husband["name"], husband["name"]),
            ("male.id_number", row, husband["id_number"], husband["id_number"]),
            ("certificate_number", row, number, number),
            ("sequence", row, str(row), str(row)),
        ]
    canvas = titled("layer_wife_first.pdf", "北京市崇文区结婚登记台账")
    ruled(canvas, [head, *rows])
    canvas.save()
    return page("marriage_ledger", "1990s", fields)


def two_headings() -> dict:
    """Headings in two rows, dates where they change, ditto marks, a sum."""
    people, rows, fields = People(2), [], []
    tails = ["姓名", "出生年月", "民族", "身份证号"]
    head = [["序号", "登记日期", "男方", "", "", "", "女方", "", "", "", "经办人"]]
    head.append(["", "", *tails, *tails, ""])
    day = ""
    for row in range(1, 11):
        text = f"1998.{row // 4 + 3}.{5 + row // 4}" if row % 4 in {0, 1} else ""
        day = f"1998-{row // 4 + 3:02}-{5 + row // 4:02}" if text else day
        couple = [people.person(woman=False), people.person(woman=True)]
        clerk = "何丽" if row == 1 else ("〃", "同上")[row % 2]
        fields += [("sequence", row, str(row), str(row)), ("registration_date", row, text, day)]
        cells = [str(row), text]
        for role, person in zip(("male", "female"), couple, strict=True):
            short = person["birth_date"][:7].replace("-", ".")
            folk = "汉族" if row % 3 else "回族"
            cells += [person["name"], short, folk, person["id_number"]]
            fields += [
                (f"{role}.name", row, person["name"], person["name"]),
                (f"{role}.birth_date", row, short, person["birth_date"][:7]),
                (f"{role}.ethnicity", row, folk, folk),
                (f"{role}.id_number", row, person["id_number"], person["id_number"]),
            ]
        fields.append(("official", row, clerk, "何丽"))
        rows.append([*cells, clerk])
    rows.append(["合计", "10对", *[""] * 9])
    canvas = titled("layer_two_headings.pdf", "一九九八年度结婚登记花名册")
    corners = [((c, 0), (c, 1)) for c in (0, 1, 10)]
    ruled(canvas, [*head, *rows], spans=[((2, 0), (5, 0)), ((6, 0), (9, 0)), *corners])
    canvas.save()
    return page("marriage_ledger", "1990s", fields)


def unruled() -> dict:
    """Columns by position alone."""
    people, fields = People(3), [("office", None, "北京市海淀区", "北京市海淀区")]
    columns = (40, 85, 235, 320, 385, 460, 570, 635, 710)
    tails = ["出生日期", "身份证号"]
    head = ["序号", "证书字号", "登记日期", "男方姓名", *tails, "女方姓名", *tails]
    canvas = titled("layer_unruled.pdf", "北京市海淀区离婚登记册（1999年）")
    for x, text in zip(columns, head, strict=True):
        canvas.drawString(x, 490, text)
    for row in range(1, 16):
        couple = [people.person(woman=False), people.person(woman=True)]
        number, day = f"（99海离）字第{30 + row}号", f"1999-{row // 3 + 1:02}-{row + 3:02}"
        cells = [str(row), number, day]
        fields += [
            ("sequence", row, str(row), str(row)),
            ("certificate_number", row, number, f"99海离字第{30 + row}号"),
            ("registration_date", row, day, day),
        ]
        for role, person in zip(("male", "female"), couple, strict=True):
            cells += person.values()
            fields += [(f"{role}.{tail}", row, text, text) for tail, text in person.items()]
        for x, text in zip(columns, cells, strict=True):
            canvas.drawString(x, 490 - 24 * row, text)
    canvas.save()
    return page("divorce_ledger", "1990s", fields)


def two_lines() -> dict:
    """A line for the man and a line for the woman; no title names the kind."""
    people, rows, fields, spans = People(4), [], [], []
    head = ["离婚证字号", "登记时间", "姓名", "性别", "出生日期", "身份证号", "住址"]
    for row in range(1, 8):
        number, day = f"L110105-2009-{row:06}", f"2009-07-{row:02}"
        fields += [
            ("certificate_number", row, number, number),
            ("registration_date", row, day, day),
        ]
        for role, sex in (("male", "男"), ("female", "女")):
            person = people.person(woman=sex == "女")
            home = f"朝阳区建国路{row}号"
            first = [number, day] if sex == "男" else ["", ""]
            rows.append([*first, person["name"], sex, *list(person.values())[1:], home])
            values = {**person, "sex": sex, "address": home}
            fields += [(f"{role}.{tail}", row, text, text) for tail, text in values.items()]
        spans += [((c, 2 * row - 1), (c, 2 * row)) for c in (0, 1)]
    canvas = titled("layer_two_lines.pdf", "朝阳区二〇〇九年七月数据")
    ruled(canvas, [head, *rows], spans=spans)
    canvas.save()
    return page("divorce_ledger", "2000s", fields)


def certificate() -> dict:
    """Free lines; 女 and 民 come from the font as radicals, as some producers write them."""
    people = People(5)
    man, woman = people.person(woman=False), people.person(woman=True)
    canvas = Canvas(str(HERE / "layer_certificate.pdf"), pagesize=A4, invariant=1)
    canvas.setFont("Kai", 26)
    canvas.drawCentredString(297, 760, "结　婚　证")
    canvas.setFont("Kai", 13)
    lines = [
        f"持证人：{woman['name']}",
        "登记日期：2011年05月20日",
        "结婚证字号：J110108-2011-003456",
        "登记机关：北京市海淀区⺠政局",
        "备注：无",
        f"姓名　{man['name']}　　　　性别　男",
        f"国籍　中国　　　　出生日期　{chinese(man['birth_date'])}",
        f"身份证件号　{man['id_number']}",
        f"姓名　{woman['name']}　　　　性别　⼥",
        f"国籍　中国　　　　出生日期　{chinese(woman['birth_date'])}",
        f"身份证件号　{woman['id_number']}",
        "婚姻登记员：周平",
    ]
    for i, line in enumerate(lines):
        canvas.drawString(90, 690 - 36 * i, line)
    canvas.save()
    fields = [
        ("holder", None, woman["name"], woman["name"]),
        ("registration_date", None, "2011年05月20日", "2011-05-20"),
        ("certificate_number", None, "J110108-2011-003456", "J110108-2011-003456"),
        ("office", None, "北京市海淀区民政局", "北京市海淀区民政局"),
        ("remark", None, "无", "无"),
        ("official", None, "周平", "周平"),
    ]
    for role, sex, person in (("male", "男", man), ("female", "女", woman)):
        day = chinese(person["birth_date"])
        fields += [
            (f"{role}.name", None, person["name"], person["name"]),
            (f"{role}.sex", None, sex, sex),
            (f"{role}.nationality", None, "中国", "中国"),
            (f"{role}.birth_date", None, day, person["birth_date"]),
            (f"{role}.id_number", None, person["id_number"], person["id_number"]),
        ]
    return page("marriage_certificate", "2000s", fields)


def chinese(iso: str) -> str:
    """1970-01-02 as 1970年01月02日."""
    year, month, day = iso.split("-")
    return f"{year}年{month}月{day}日"


def form() -> dict:
    """A form in a ruled table."""
    people = People(6)
    man, woman = people.person(woman=False), people.person(woman=True)
    fields, rows = [], [["", "男方", "女方"]]
    labels = {
        "姓名": "name", "出生日期": "birth_date", "身份证号": "id_number", "民族": "ethnicity",
        "职业": "occupation", "文化程度": "education", "住址": "address",
    }  # fmt: skip
    for role, person in (("male", man), ("female", woman)):
        rest = ("汉族", "职员", "大学本科", "海淀区中关村大街27号")
        person |= dict(zip(("ethnicity", "occupation", "education", "address"), rest, strict=True))
        if role == "female":
            person |= {"ethnicity": "满族", "occupation": "教师", "address": "西城区新街口大街3号"}
        fields += [(f"{role}.{tail}", None, text, text) for tail, text in person.items()]
    rows += [[label, man[tail], woman[tail]] for label, tail in labels.items()]
    rows += [["结婚证字号", "J110108-2015-000077", ""], ["登记日期", "2015年3月9日", ""]]
    fields += [
        ("certificate_number", None, "J110108-2015-000077", "J110108-2015-000077"),
        ("registration_date", None, "2015年3月9日", "2015-03-09"),
    ]
    canvas = titled("layer_form.pdf", "结婚登记审查处理表")
    last = len(rows) - 1
    ruled(canvas, rows, spans=[((1, i), (2, i)) for i in (last - 1, last)])
    canvas.save()
    return page("review_form", "2000s", fields)


def unseen() -> None:
    """Text that isn't drawn, as recognition lays it over a scan."""
    canvas = titled("layer_unseen.pdf", "结婚登记台账")
    text = canvas.beginText(60, 400)
    text.setTextRenderMode(3)
    text.textLine("序号 姓名 登记日期")
    canvas.drawText(text)
    canvas.save()


def main() -> None:
    """Draw everything."""
    registerFont(TTFont("Kai", sys.argv[1]))
    drawn = (wife_first, two_headings, unruled, two_lines, certificate, form)
    unseen()
    with (HERE / "layers.jsonl").open("w", encoding="utf-8") as file:
        for draw in drawn:
            truth = {"source": f"layer_{draw.__name__}.pdf", "page": 1, **draw()}
            file.write(json.dumps(truth, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
