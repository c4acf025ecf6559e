"""A page with everything drawn over it that the reader found of its form.

Labels are framed in blue, the places of values in red, each with its field's name; a line
leads from a label to its value. Nothing is decoded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.blank import is_written
from ocr.certificate import box_of, find_slots
from ocr.classify import classify, title_words
from ocr.folding import fold_text
from ocr.labels import BARRIER
from ocr.layout import segments_of
from ocr.ledger import find_table
from ocr.ledger_cells import find_cells
from ocr.orient import upright
from ocr.page_lines import see_page
from ocr.refusals import refused
from ocr.sheets import certificates_of
from ocr.snippets import png
from records.reading import LEDGERS, PageReading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocr.layout import Segment
    from ocr.models import Models
    from ocr.page_lines import SeenPage
    from ocr.pages import PageImage
    from ocr.quads import Image
    from ocr.zones import Slot
    from records.reading import Box, Kind

CHECKER = "ocr.form_check:check_page"
#: Pictures are made no larger than this; colours are red, green, blue.
_SIDE = 2000
#: A name stands above its frame where there is so much room.
_ROOM = 16
_LABEL, _PASSED, _ZONE = (20, 70, 220), (140, 140, 140), (210, 30, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A label, or the place of a value, by the name of its field; `row` as in readings."""

    name: str
    box: Box
    row: int | None = None
    label: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPage(PageReading):
    """A page looked at for its form: no values, but places, titles, all text, and a PNG.

    `text` is folded.
    """

    titles: tuple[str, ...]
    text: str
    labels: tuple[Place, ...]
    zones: tuple[Place, ...]
    picture: bytes


def check_page(page: PageImage, models: Models) -> CheckedPage:
    """Look at a page for its form; raises InputError (`blank_page`) where nothing is written."""
    found = upright(page.rgb, models)
    seen = see_page(found.image, found.clean, found.quads, models)
    if not is_written(seen.lines):
        raise refused("blank_page", page.source)
    segments = [part for line in seen.lines for part in segments_of(line, seen.frame)]
    named = {part.label.field for part in segments if part.label}
    texts = [line.text for line in seen.lines]
    kind = classify(seen.lines, named, texts)
    labels, zones = tuple(_labels(segments)), tuple(_zones(seen, kind))
    height, width = seen.image.shape[:2]
    return CheckedPage(
        source=page.source, page=page.page, kind=kind, era=None,
        rotation=(page.turned + found.rotation) % 360, size=(width, height), dpi=page.dpi,
        fields=(), engine="ppocr", titles=title_words(seen.lines),
        text="\n".join(fold_text(text)[0] for text in texts),
        labels=labels, zones=zones, picture=png(_drawn(seen.image, labels, zones)),
    )  # fmt: skip


def _labels(segments: Sequence[Segment]) -> Iterator[Place]:
    for part in segments:
        if part.label:
            yield Place(name=_name(part.label.party, part.label.field), box=_box(part))


def _zones(seen: SeenPage, kind: Kind) -> Iterator[Place]:
    """The places of values, as the reader of this kind of form finds them."""
    if kind in LEDGERS:
        table = find_table(seen, seen.lines)
        for cell in find_cells(seen, seen.lines, table) if table else ():
            yield from _place(seen, cell.slot, cell.row)
        return
    sheets = certificates_of(seen)
    for row, lines in enumerate(sheets, 1):
        for slot in find_slots(seen, lines):
            yield from _place(seen, slot, row if len(sheets) > 1 else None)


def _place(seen: SeenPage, slot: Slot, row: int | None) -> Iterator[Place]:
    if slot.ink:
        box = box_of(seen.frame.quad(slot.area))
        label = _box(slot.label) if slot.label else None
        yield Place(name=_name(slot.party, slot.field), box=box, row=row, label=label)


def _name(party: str | None, field: str) -> str:
    return f"{party}.{field}" if party else field


def _box(segment: Segment) -> Box:
    return box_of(segment.frame.quad(segment.area))


def _drawn(image: Image, labels: Sequence[Place], zones: Sequence[Place]) -> Image:
    scale = min(1.0, _SIDE / max(image.shape[:2]))
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    sheet: Image = np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    for label in labels:
        _frame(sheet, label, _PASSED if label.name == BARRIER else _LABEL, scale)
    for zone in zones:
        _frame(sheet, zone, _ZONE, scale)
        if zone.label:
            cv2.line(sheet, _middle(zone.label, scale), _middle(zone.box, scale), _ZONE, 1)
    return sheet


def _frame(sheet: Image, place: Place, colour: tuple[int, int, int], scale: float) -> None:
    left, top, right, bottom = (round(side * scale) for side in place.box)
    cv2.rectangle(sheet, (left, top), (right, bottom), colour, 2)
    shown = f"{place.name} {place.row}" if place.row else place.name
    at = (left, top - 4 if top > _ROOM else bottom + _ROOM)
    # A white edge keeps the name legible over ink.
    for width, ink in ((4, (255, 255, 255)), (1, colour)):
        cv2.putText(sheet, shown, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, width, cv2.LINE_AA)


def _middle(box: Box, scale: float) -> tuple[int, int]:
    return round((box.left + box.right) / 2 * scale), round((box.top + box.bottom) / 2 * scale)
