"""Rows of a ledger: marks and empty dates refer to the row above, specks make no row."""

from __future__ import annotations

from ocr.given_lines import as_line
from ocr.layout import Frame, segments_of
from ocr.ledger import header_row
from ocr.ledger_cells import Cell
from ocr.ledger_reading import resolved
from ocr.lines import TextLine
from ocr.quads import quad_of
from ocr.zones import Slot
from records.reading import Decision, FieldReading

FRAME = Frame(angle=0.0, vertical=False)


def cell(row: int, field: str, party: str | None = None) -> Cell:
    return Cell(row=row, slot=Slot(field=field, party=party, label=None, ink=()))


def reading(row: int, name: str, value: str, sure: float = 0.999) -> FieldReading:
    return FieldReading(
        name=name, row=row, text=value, value=value, confidence=sure, decision=Decision.ACCEPT,
        box=None, evidence=(("bias", 7.0),),
    )  # fmt: skip


CELLS = [
    cell(row, field, party)
    for row in (1, 2, 3)
    for field, party in (
        ("registration_date", None), ("name", "male"), ("occupation", "male"),
        ("occupation", "female"),
    )
]  # fmt: skip
FIRST = [
    reading(1, "registration_date", "1988-12-25"), reading(1, "male.name", "王力"),
    reading(1, "male.occupation", "工人"),
]  # fmt: skip


def test_a_row_without_a_date_takes_the_one_above_with_caution() -> None:
    second = [reading(2, "male.name", "李明"), reading(2, "male.occupation", "同上")]
    found = {(f.row, f.name): f for f in resolved([*FIRST, *second], CELLS)}
    day = found[2, "registration_date"]
    assert (day.text, day.value, day.flags) == ("", "1988-12-25", {"carried"})
    assert day.confidence == 0.995
    job = found[2, "male.occupation"]
    assert (job.text, job.value, job.flags) == ("同上", "工人", {"ditto"})


def test_specks_in_columns_that_name_nobody_make_no_row() -> None:
    specks = [reading(3, "male.occupation", "一"), reading(3, "female.occupation", "C")]
    assert {f.row for f in resolved([*FIRST, *specks], CELLS)} == {1}


def test_a_heading_seen_with_red_and_without_makes_one_column() -> None:
    places = [("男方姓名", 100), ("男方姓名", 104), ("登记日期", 300), ("备注", 500)]
    lines = [
        as_line(TextLine(quad=quad_of((x, 50, x + 90, 80)), text=text, confidence=1.0), FRAME)
        for text, x in places
    ]
    header = header_row([part for line in lines for part in segments_of(line, FRAME)])
    assert [segment.area.u0 for segment in header] == [100, 300, 500]
