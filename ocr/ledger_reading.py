"""The couples of a ledger: every cell decoded, marks and carried dates resolved.

`text` stays what stands in the cell; a ditto mark or an empty date takes its value from the
row above.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ocr.certificate import agreement, rate, read_values
from ocr.classify import title_kind
from ocr.folding import fold_text
from ocr.layout import Segment, part_of
from ocr.ledger import find_cells, find_table
from ocr.zones import Slot
from records.reading import LEDGERS, FieldReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Area
    from ocr.ledger import Cell
    from ocr.page_lines import Models, SeenPage

#: What stands for "as above".
DITTO = frozenset(
    {"〃", "″", '"', "”", "“", "''", "同上", "々", "仝上", "々々", '""', "ditto", "〃〃"}
)
#: Fields that are written once and hold for the rows below.
CARRIED = frozenset({"registration_date"})


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
        reading
        for cell, value in zip(inked, values, strict=True)
        if (reading := rate(value, row=cell.row, hand=hand))
    ]
    return [*_heading(seen, models), *resolved(readings, cells)]


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
            stop = where[at]
            segment = Segment(
                line=line, start=0, stop=stop, area=part_of(line, seen.frame, 0, stop)
            )
            slot = Slot(field="office", party=None, label=None, ink=(segment,))
            value = read_values(seen, [slot], models, [])[0]
            reading = rate(value, row=None, hand=1.0)
            return [reading] if reading else []
    return []


def resolved(readings: Sequence[FieldReading], cells: Sequence[Cell]) -> list[FieldReading]:
    """Ditto marks and carried dates with the values they stand for."""
    found = {(reading.row, reading.name): reading for reading in readings}
    result: list[FieldReading] = []
    last: dict[str, FieldReading] = {}
    for cell in sorted(cells, key=lambda c: c.row):
        slot = cell.slot
        name = f"{slot.party}.{slot.field}" if slot.party else slot.field
        reading = found.get((cell.row, name))
        above = last.get(name)
        if reading is None:
            continue
        if reading.text in DITTO and above:
            reading = _as_above(reading, above, "ditto")
        result.append(reading)
        if reading.value:
            last[name] = reading
    return result


def _as_above(reading: FieldReading, above: FieldReading, flag: str) -> FieldReading:
    return dataclasses.replace(
        reading, value=above.value, confidence=min(reading.confidence, above.confidence),
        decision=above.decision, flags=reading.flags | {flag}, alternatives=above.alternatives,
    )  # fmt: skip
