"""Rows of a ledger: marks and empty dates refer to the row above, specks make no row."""

from __future__ import annotations

import dataclasses

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


DATED = [cell(row, field) for row in range(1, 7) for field in ("registration_date", "sequence")]


def rows_with_dates(*dates: str | None) -> dict[int | None, FieldReading]:
    """The dates of rows in which these were read, no reading for None, no value for others."""
    own = [reading(row, "sequence", str(row)) for row in range(1, 7)]
    own += [reading(row, "male.name", "王力") for row in range(1, 7)]
    for row, text in enumerate(dates, 1):
        if text is not None:
            day = reading(row, "registration_date", text)
            value = text if text[-2:].isdigit() and text.count("-") == 2 else ""
            own.append(dataclasses.replace(day, text=text, value=value))
    people = [cell(row, "name", "male") for row in range(1, 7)]
    found = resolved(own, [*DATED, *people])
    return {f.row: f for f in found if f.name == "registration_date"}


def test_a_mark_that_no_reader_knew_stands_for_the_date_above_where_marks_are_the_custom():
    days = rows_with_dates("1988-12-25", "同上", "ァ", "1988-12-27", "同上", "q")
    assert [days[row].value for row in (2, 3, 6)] == ["1988-12-25", "1988-12-25", "1988-12-27"]
    assert days[3].flags == {"ditto"}
    assert days[3].decision == Decision.ACCEPT


def test_where_every_row_has_its_date_an_unread_one_goes_to_a_person():
    days = rows_with_dates(*["1988-12-25"] * 4, "ァ", "1988-12-27")
    assert days[5].decision == Decision.KEY
    assert days[5].confidence <= 0.8


def test_a_date_that_makes_no_sense_is_no_mark():
    days = rows_with_dates("1988-12-25", None, None, "1988-12-26", "1988-1x", None)
    assert (days[5].value, days[5].flags) == ("", frozenset())


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
