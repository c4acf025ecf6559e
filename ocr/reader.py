"""Reading a page: from pixels to labelled, decoded and rated fields.

The table of contents of the reading trade; every step is a verb of its own module.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ocr.blank import is_written
from ocr.certificate import read_certificate
from ocr.classify import classify
from ocr.consistency import consistent
from ocr.layout import segments_of
from ocr.ledger_content import ledger_kind
from ocr.ledger_reading import read_ledger
from ocr.orient import upright
from ocr.page_lines import see_page
from ocr.refusals import refused
from ocr.sheets import certificates_of, stub_of
from ocr.tesseract_reading import read_by_tesseract
from ocr.text_reading import read_text_layer
from ocr.written_lines import written_layer, written_lines
from records.certificate_number import parse_certificate_number
from records.reading import LEDGERS, Kind, PageReading, era_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.models import Models as Engines
    from ocr.page_lines import Models, SeenPage
    from ocr.pages import PageImage
    from records.reading import Era, FieldReading


def read_page(page: PageImage, models: Engines) -> PageReading:
    """Read one page: by its text layer where it has one, otherwise by its pixels.

    Raises InputError (`blank_page`) where nothing is written.
    """
    if models.engine == "tesseract":
        return read_by_tesseract(page)
    return _read(page, models, lines=False)


def read_page_and_lines(page: PageImage, models: Engines) -> PageReading:
    """Read one page with all that is written on it, not by Tesseract alone.

    Raises InputError (`blank_page`) where nothing is written.
    """
    return _read(page, models, lines=True)


def _read(page: PageImage, models: Engines, *, lines: bool) -> PageReading:
    layer = page.text_layer
    if layer is not None:
        reading = read_text_layer(page, layer)
        if reading.fields or models.engine == "text-layer":
            return dataclasses.replace(reading, lines=written_layer(layer)) if lines else reading
    found = upright(page.rgb, models)
    seen = see_page(found.image, found.clean, found.quads, models)
    reading = read_seen(seen, models, page=page, turned=found.rotation)
    if not lines:
        return reading
    return dataclasses.replace(reading, lines=written_lines(seen, reading.fields))


def read_seen(seen: SeenPage, models: Models, *, page: PageImage, turned: int) -> PageReading:
    """The reading of a page whose lines were read after it was `turned` upright."""
    if not is_written(seen.lines):
        raise refused("blank_page", page.source)
    labels = {
        segment.label.field
        for line in seen.lines
        for segment in segments_of(line, seen.frame)
        if segment.label
    }
    kind = classify(seen.lines, labels, [line.text for line in seen.lines])
    kind = ledger_kind(seen.lines, kind)
    fields = consistent(_fields(seen, kind, models))
    height, width = seen.image.shape[:2]
    return PageReading(
        source=page.source, page=page.page, kind=kind, era=_era(fields),
        rotation=(page.turned + turned) % 360, size=(width, height), dpi=page.dpi,
        fields=tuple(fields), engine="ppocr",
    )  # fmt: skip


def _fields(seen: SeenPage, kind: Kind, models: Models) -> list[FieldReading]:
    if kind is Kind.OTHER:
        return []
    if kind in LEDGERS:
        return read_ledger(seen, models)
    sheets = certificates_of(seen)
    if len(sheets) == 1:
        return read_certificate(seen, sheets[0], models, row=None, stub=stub_of(seen))
    return [
        reading
        for row, lines in enumerate(sheets, 1)
        for reading in read_certificate(seen, lines, models, row=row)
    ]


def _era(fields: Sequence[FieldReading]) -> Era | None:
    """The era of the registration date by its year, else that of the certificate's number."""
    years = [int(f.value[:4]) for f in fields if f.name == "registration_date" and f.value]
    numbers = [parse_certificate_number(f.value) for f in fields if f.name == "certificate_number"]
    years = years or [number.year for number in numbers if number and number.year]
    return era_of(sorted(years)[len(years) // 2]) if years else None
