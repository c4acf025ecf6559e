"""The couples of a ledger: every cell decoded, marks and carried dates resolved.

`text` stays what stands in the cell; a ditto mark or an empty date takes its value from the
row above.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from ocr.certificate import agreement, rate
from ocr.classify import title_kind
from ocr.confidence import DOUBTED, decide, referred
from ocr.consistency import contradicted, judged
from ocr.folding import fold_text
from ocr.layout import segment_of
from ocr.ledger import find_table
from ocr.ledger_cells import find_cells
from ocr.values import read_values
from ocr.zones import Slot
from records.reading import KEY_FIELD_TAILS, LEDGERS, FieldReading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.layout import Area
    from ocr.ledger_cells import Cell
    from ocr.page_lines import Models, SeenPage

#: What a ditto mark is read as, folded; the mark itself is written `〃`.
_DITTO = frozenset(
    [
        "〃", "″", '"', "”", "“", "''", "々", "々々", '""', "11", "1", "ii", "II", "Ⅱ", "∥", "//",
        "/", "I", "l", "ll", "n", "u", "ɪɪ", "《", "》", '"1', '1"', "″1", "1I", "I1", ",,", "、、",
        "、", ",", "，，", "八", "リ", "ソ", "り", "ハ", "N", "11.", "い", "v", "V", "1/", "/1",
        "川",
    ]
)  # fmt: skip
#: 同上, 仝上 and 同前, and what they are taken for, folded.
_WRITTEN_OUT = re.compile(r"[同仝全企个令今][上丄土止前L]|[同仝]")
DITTO_MARK = "〃"
#: Columns whose own values a ditto mark can't be taken for.
_NEVER_SHORT = frozenset(
    {
        "registration_date",
        "birth_date",
        "remark",
        "official",
        "office",
        "name",
        "native_place",
        "address",
        "certificate_number",
    }
)
#: Fields that are written once and hold for the rows below.
_CARRIED = frozenset({"registration_date"})
#: What is no date in so many characters at most is a mark or a speck; that a ledger has
#: marks or leaves cells empty, so many other rows must show.
_SHORT, _CUSTOM = 2, 2
#: A row holds at least so many cells.
_FEWEST = 2


def read_ledger(seen: SeenPage, models: Models) -> list[FieldReading]:
    """The fields of all couples of a ledger page, and the office of its heading."""
    table = find_table(seen, seen.lines)
    if table is None:
        return []
    cells = find_cells(seen, seen.lines, table)
    inked = [cell for cell in cells if cell.slot.ink]
    values = read_values(seen, [cell.slot for cell in inked], models, _areas(cells))
    hand = agreement(values)
    readings = [
        judged(reading, *_doubts(cell))
        for cell, value in zip(inked, values, strict=True)
        if (reading := rate(value, row=cell.row, hand=hand))
    ]
    if table.doubtful:
        readings = [contradicted(reading) for reading in readings]
    return [*_heading(seen, models), *resolved(readings, cells)]


def _doubts(cell: Cell) -> tuple[str, ...]:
    """What speaks against a cell's value being its couple's: whose it is, nobody may have said."""
    return ("loose",) * cell.guessed + ("contradicted",) * cell.custom


def _areas(cells: Sequence[Cell]) -> list[Area]:
    return [segment.area for cell in cells for segment in cell.slot.ink]


def _heading(seen: SeenPage, models: Models) -> list[FieldReading]:
    """The district that the title names."""
    for line in seen.lines:
        if title_kind(line.text) not in LEDGERS:
            continue
        folded, where = fold_text(line.text)
        at = min(
            (i for i in (folded.find("结婚"), folded.find("离婚"), folded.find("婚姻")) if i > 0),
            default=0,
        )
        if at:
            year = re.search(r"[0-9〇一二三四五六七八九]{2,4}年", folded[:at])
            stop = where[year.start()] if year and year.start() else where[at]
            segment = segment_of(line, seen.frame, 0, stop)
            slot = Slot(field="office", party=None, label=None, ink=(segment,))
            value = read_values(seen, [slot], models, [])[0]
            reading = rate(value, row=None, hand=1.0)
            return [reading] if reading else []
    return []


def resolved(readings: Sequence[FieldReading], cells: Sequence[Cell]) -> list[FieldReading]:
    """Ditto marks and carried dates with the values they stand for."""
    found = {(reading.row, reading.name): reading for reading in readings}
    customary = {
        field for field in _CARRIED if _referring(field, found, cells) >= _CUSTOM
    }  # fmt: skip
    result: list[FieldReading] = []
    last: dict[str, FieldReading] = {}
    for row in sorted({cell.row for cell in cells}):
        own = [cell for cell in cells if cell.row == row]
        # Specks don't make a row.
        inked = [cell for cell in own if (row, _name(cell)) in found]
        if len(inked) < _FEWEST or not any(cell.slot.field in KEY_FIELD_TAILS for cell in inked):
            continue
        for cell in own:
            name = _name(cell)
            own_reading = found.get((row, name))
            reading = _settled(own_reading, cell, last.get(name), row)
            if own_reading is not None and reading is own_reading and last.get(name) is not None:
                reading = _unread_mark(own_reading, cell, last[name], customary=name in customary)
            if reading is None:
                continue
            result.append(reading)
            if reading.value:
                last[name] = reading
    return result


def _name(cell: Cell) -> str:
    slot = cell.slot
    return f"{slot.party}.{slot.field}" if slot.party else slot.field


def _settled(
    reading: FieldReading | None, cell: Cell, above: FieldReading | None, row: int
) -> FieldReading | None:
    """A cell's reading, with the value of the row above where the cell refers to it."""
    if reading is None:
        if cell.slot.field in _CARRIED and above is not None:
            return _carried(above, row)
        return None
    mark = ditto_mark(reading, cell.slot.field)
    if mark and above is not None:
        return dataclasses.replace(
            above, row=row, text=mark, box=reading.box, lattice=reading.lattice,
            flags=above.flags - {"carried"} | {"ditto"}, confidence=referred(above.confidence),
            alternatives=(),
        )  # fmt: skip
    return reading


def _referring(
    field: str, found: Mapping[tuple[int | None, str], FieldReading], cells: Sequence[Cell]
) -> int:
    """How many rows have nothing or a ditto mark in a column."""
    own = [cell for cell in cells if cell.slot.field == field]
    readings = [found.get((cell.row, _name(cell))) for cell in own]
    return sum(reading is None or bool(ditto_mark(reading, field)) for reading in readings)


def _unread_mark(
    reading: FieldReading, cell: Cell, above: FieldReading, *, customary: bool
) -> FieldReading:
    """A mark that no reader knew, or a speck, where a date would be longer.

    It stands for the date above, surely only where other rows of the ledger refer like this.
    """
    text = fold_text(reading.text)[0]
    if cell.slot.field not in _CARRIED or reading.value or len(text) > _SHORT:
        return reading
    evidence = dict(above.evidence) | ({} if customary else {"hole": 1.0})
    confidence = min(referred(above.confidence), 1.0 if customary else DOUBTED)
    return dataclasses.replace(
        above, row=reading.row, text=DITTO_MARK, box=reading.box, lattice=reading.lattice,
        flags=above.flags - {"carried"} | {"ditto"}, confidence=confidence,
        decision=decide(confidence), alternatives=(), evidence=tuple(evidence.items()),
    )  # fmt: skip


def _carried(above: FieldReading, row: int) -> FieldReading:
    return dataclasses.replace(
        above, row=row, text="", box=None, lattice=b"", alternatives=(),
        flags=above.flags - {"ditto"} | {"carried"}, confidence=referred(above.confidence),
    )  # fmt: skip


def ditto_mark(reading: FieldReading, field: str) -> str | None:
    """The ditto mark that a cell holds, None for anything else."""
    text = fold_text(reading.text)[0]
    if _WRITTEN_OUT.fullmatch(text):
        return reading.text
    if field not in _NEVER_SHORT or field.startswith("stamp"):
        return None
    wide = reading.box is not None and _is_small(reading)
    return DITTO_MARK if text in _DITTO and wide else None


def _is_small(reading: FieldReading) -> bool:
    """Whether a box is no longer than a character or two are high."""
    if reading.box is None:
        return False
    left, top, right, bottom = reading.box
    sides = sorted((right - left, bottom - top))
    return sides[1] < 3 * max(1, sides[0])
