"""A ledger that was born digital: a PDF with a ruled table and a text layer."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from drawing import fonts
from drawing.people import Couple, couple, era_of, following

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FACE = "wenkai"
_HEADINGS = (
    ("序号", 34, "sequence"),
    ("证号", 118, "certificate_number"),
    ("登记日期", 76, "registration_date"),
    ("男方姓名", 60, "male.name"),
    ("男方身份证号", 122, "male.id_number"),
    ("男方出生日期", 76, "male.birth_date"),
    ("女方姓名", 60, "female.name"),
    ("女方身份证号", 122, "female.id_number"),
    ("女方出生日期", 76, "female.birth_date"),
)
_LEFT, _TOP, _HIGH = 40.0, 500.0, 26.0


def _rows(who: Couple, number: int) -> dict[str, str]:
    ward = who.district.short
    shown = {
        "sequence": str(number),
        "certificate_number": f"({who.registered:%y})京{ward}结字第{who.serial:05d}号",
        "registration_date": who.registered.isoformat(),
    }
    for role, person in (("male", who.man), ("female", who.woman)):
        shown[f"{role}.name"] = person.name
        shown[f"{role}.id_number"] = person.id_number
        shown[f"{role}.birth_date"] = person.born.isoformat()
    return shown


def _page(canvas: Canvas, title: str, rows: list[dict[str, str]]) -> None:
    canvas.setFont("Samples", 16)
    canvas.drawCentredString(421, 545, title)
    edges = [_LEFT]
    for _, wide, _ in _HEADINGS:
        edges.append(edges[-1] + wide)
    bottom = _TOP - _HIGH * (len(rows) + 1)
    canvas.setLineWidth(0.6)
    for x in edges:
        canvas.line(x, _TOP, x, bottom)
    for n in range(len(rows) + 2):
        canvas.line(edges[0], _TOP - n * _HIGH, edges[-1], _TOP - n * _HIGH)
    canvas.setFont("Samples", 10)
    for (label, _, name), x in zip(_HEADINGS, edges, strict=False):
        canvas.drawString(x + 3, _TOP - _HIGH + 9, label)
        for n, row in enumerate(rows, 1):
            canvas.drawString(x + 3, _TOP - (n + 1) * _HIGH + 9, row[name])
    canvas.drawString(_LEFT, bottom - 24, "本表由程序生成，人员均属虚构。")
    canvas.showPage()


def _truth(
    path: Path, page: int, title: str, rows: list[dict[str, str]], year: int
) -> dict[str, Any]:
    office = title.split("结婚", maxsplit=1)[0]
    fields: list[dict[str, Any]] = [
        {
            "name": "office",
            "row": None,
            "text": office,
            "value": office,
            "box": None,
            "optional": True,
        }
    ]
    for n, row in enumerate(rows, 1):
        for name, text in row.items():
            value = text.replace("(", "").replace(")", "") if name == "certificate_number" else text
            fields.append({"name": name, "row": n, "text": text, "value": value, "box": None})
    return {
        "source": path.name,
        "page": page,
        "kind": "marriage_ledger",
        "era": era_of(year),
        "rotation": 0,
        "fields": fields,
        "tags": {"style": "born_digital", "hand": _FACE, "paper": "none", "container": "text_pdf"},
    }


def write(
    path: Path, seed: str, pages: int = 2, rows: int = 11
) -> Iterator[tuple[dict[str, Any], list[tuple[Couple, dict[str, int]]]]]:
    """Writes the PDF; yields each page's truth and the people on it."""
    rng = random.Random(seed)
    fonts.load(_FACE, 10)  # Says which package is missing, if it is.
    pdfmetrics.registerFont(TTFont("Samples", str(fonts.file_of(_FACE))))
    canvas = Canvas(str(path), pagesize=(842, 595), invariant=1)
    canvas.setTitle("Synthetic ledger")
    last = couple(rng, (2000, 2002))
    title = f"北京市{last.district.name}结婚登记名册（{last.registered.year}年）"
    number = 0
    for page in range(1, pages + 1):
        people = []
        shown = []
        for n in range(rows):
            number += 1
            last = following(rng, last, rng.choice((0, 0, 1)))
            people.append((last, {"row": n + 1}))
            shown.append(_rows(last, number))
        _page(canvas, title, shown)
        yield _truth(path, page, title, shown, last.registered.year), people
    canvas.save()
