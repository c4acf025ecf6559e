"""Pages as the reader delivers them, with the pictures they were read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.snippets import png
from records.reading import Box, Decision, Era, FieldReading, Kind, PageReading

if TYPE_CHECKING:
    from pathlib import Path

VALUES = {
    "male.name": "李雷",
    "female.name": "韩梅梅",
    "male.birth_date": "1953-03-09",
    "registration_date": "1975-06-01",
    "office": "某某人民公社",
}
LEDGER_ROWS = 150
LEDGER_VALUES = {
    "certificate_number": "（2004）字第{row}号",
    "registration_date": "2004-05-06",
    "male.name": "李雷{row}",
    "female.name": "韩梅梅{row}",
}


def written_paper(fields: int) -> np.ndarray:
    """Tinted paper with grain, and something else written in each field."""
    chance = np.random.default_rng(fields)
    picture = (225 + chance.normal(0, 3, (300, 400, 3))).clip(0, 255).astype(np.uint8)
    for at in range(fields):
        text = "".join(chance.choice(list("ABDEFGHKMNRSTWXZ2345689"), 7))
        where, face = (16, 44 + 40 * at), cv2.FONT_HERSHEY_SCRIPT_COMPLEX
        cv2.putText(picture, text, where, face, 0.9, (70, 60, 90), 2, cv2.LINE_AA)
    return picture


def page_of(path: Path, values: dict[str, str], *, confidence: float = 0.5) -> PageReading:
    """One page with the fields of a certificate, and the picture it was read from."""
    path.write_bytes(png(written_paper(len(values))))
    fields = tuple(
        FieldReading(
            name=name,
            row=None,
            text=value,
            value=value,
            confidence=confidence,
            decision=Decision.KEY,
            box=Box(10, 20 + 40 * at, 200, 50 + 40 * at),
            alternatives=((value, confidence), (f"{value}？", 0.1)),
        )
        for at, (name, value) in enumerate(values.items())
    )
    return PageReading(
        source=str(path),
        page=1,
        kind=Kind.MARRIAGE_CERTIFICATE,
        era=Era.E1960S,
        rotation=0,
        size=(400, 300),
        dpi=300,
        fields=fields,
        engine="ppocr",
    )


def ledger_page(path: Path, rows: int) -> PageReading:
    """A page of a ledger whose rows were all read without doubt."""
    path.write_bytes(png(np.zeros((300, 400, 3), np.uint8)))
    fields = tuple(
        FieldReading(
            name=name,
            row=row,
            text=pattern.format(row=row),
            value=pattern.format(row=row),
            confidence=0.999,
            decision=Decision.ACCEPT,
            box=Box(10, row, 200, row + 1),
        )
        for row in range(1, rows + 1)
        for name, pattern in LEDGER_VALUES.items()
    )
    return PageReading(
        source=str(path),
        page=1,
        kind=Kind.MARRIAGE_LEDGER,
        era=Era.E2000S,
        rotation=0,
        size=(400, 300),
        dpi=300,
        fields=fields,
        engine="ppocr",
    )
