"""Reading a page: from pixels to labelled, decoded and rated fields.

The table of contents of the reading trade; every step is a verb of its own module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.certificate import read_certificate
from ocr.classify import classify
from ocr.layout import segments_of
from ocr.ledger_reading import read_ledger
from ocr.page_lines import see_page
from records.reading import LEDGERS, Kind, PageReading, era_of

if TYPE_CHECKING:
    from ocr.page_lines import Models, SeenPage
    from ocr.pages import PageImage
    from ocr.quads import Image
    from records.reading import Era, FieldReading


def read_page(page: PageImage, models: Models) -> PageReading:
    """Read one page."""
    return read_image(
        page.rgb, models, source=page.source, page=page.page, rotation=page.turned, dpi=page.dpi
    )


def read_image(
    image: Image, models: Models, *, source: str, page: int, rotation: int, dpi: int | None
) -> PageReading:
    """Read an upright page."""
    seen = see_page(image, models)
    labels = {
        segment.label.field
        for line in seen.lines
        for segment in segments_of(line, seen.frame)
        if segment.label
    }
    kind = classify(seen.lines, labels, [line.text for line in seen.lines])
    fields = _fields(seen, kind, models)
    return PageReading(
        source=source, page=page, kind=kind, era=_era(fields), rotation=rotation,
        size=(image.shape[1], image.shape[0]), dpi=dpi, fields=tuple(fields), engine="ppocr",
    )  # fmt: skip


def _fields(seen: SeenPage, kind: Kind, models: Models) -> list[FieldReading]:
    if kind in LEDGERS:
        return read_ledger(seen, models)
    return read_certificate(seen, seen.lines, models, row=None)


def _era(fields: list[FieldReading]) -> Era | None:
    """The era of the registration date, by its year."""
    years = [int(f.value[:4]) for f in fields if f.name == "registration_date" and f.value]
    return era_of(sorted(years)[len(years) // 2]) if years else None
