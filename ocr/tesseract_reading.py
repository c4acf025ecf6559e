"""Pages as Tesseract reads them: the same understanding of forms over lines without lattices.

Tesseract delivers one text a line and no distribution, so nothing can be decoded again
under a grammar: its values are checked, not improved, and mostly go to a person.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ocr.blank import is_written
from ocr.certificate import box_of, find_slots
from ocr.classify import classify, title_kind
from ocr.folding import fold_text
from ocr.given_fields import (
    Given,
    district,
    filled_down,
    has_shape,
    reading_of,
    settled_parties,
)
from ocr.given_lines import as_line, era_of_fields
from ocr.labels import find_labels
from ocr.layout import Frame, segments_of
from ocr.ledger import find_table, header_row
from ocr.ledger_cells import find_cells
from ocr.orient import turn_by_osd
from ocr.page_lines import SeenPage, join_fragments
from ocr.refusals import refused
from ocr.seals import remove_red
from ocr.tesseract import TesseractEngine
from records.id_number import parse_id
from records.reading import LEDGERS, Decision, Kind, PageReading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ocr.lines import TextLine
    from ocr.pages import PageImage
    from ocr.quads import Image
    from ocr.tesseract import Script
    from ocr.zones import Slot
    from records.id_number import IdNumber
    from records.reading import FieldReading

ENGINE = "tesseract"
#: Scripts in the order in which they are tried; the first that makes enough sense is kept.
_SCRIPTS: tuple[Script, ...] = ("simplified", "traditional-vertical", "traditional")
#: What a label found is worth beside the confidences of all characters, and what is enough.
_LABEL_WORTH, _ENOUGH = 10.0, 60.0
#: With fewer labels than this, they may have been printed in red and taken off with seals.
_FEW_LABELS = 3
#: Kinds that a ledger without a legible title is taken for, and the labels in one row by
#: which it shows: no certificate has so many beside each other.
_UNTITLED = frozenset({Kind.MARRIAGE_CERTIFICATE, Kind.DIVORCE_CERTIFICATE, Kind.OTHER})
_HEADINGS = 5
#: A page of no known kind, its title often just illegible, is taken for one with this many.
_FEWEST_FIELDS = 3
#: Confidence of values that agree with a number whose check digit is right; of others at
#: most, by Tesseract's own confidence; of those that don't look like their field.
_PROVEN, _PLAIN, _ODD = 0.99, (0.15, 0.55), 0.05


class Reader(Protocol):
    """Reads the lines of an upright page."""

    def read_lines(self, image: Image, *, keep_red: bool = False) -> list[TextLine]:
        """The lines, with or without what is written in red."""


def read_by_tesseract(
    page: PageImage,
    engine: Callable[[Script], Reader] = TesseractEngine,
    turn_of: Callable[[Image], int] = turn_by_osd,
) -> PageReading:
    """Read a page by Tesseract alone; `turn_of` says by how many degrees a page was turned.

    Raises InputError (`blank_page`) where nothing is written, EngineError where Tesseract
    can't be run.
    """
    turn = turn_of(page.rgb)
    image = np.ascontiguousarray(np.rot90(page.rgb, turn // 90))
    seen = _seen(image, engine)
    if not is_written(seen.lines):
        raise refused("blank_page", page.source)
    kind = _kind(seen)
    givens = _couples(seen) if kind in LEDGERS else _certificate(seen)
    kind = kind_by_numbers(givens) if kind == Kind.OTHER else kind
    known = kind != Kind.OTHER or len(givens) >= _FEWEST_FIELDS
    fields = tuple(_rated(givens)) if known else ()
    if kind == Kind.OTHER:
        # What no form vouches for is for people to look at.
        fields = tuple(replace(field, decision=Decision.KEY) for field in fields)
    return PageReading(
        source=page.source, page=page.page, kind=kind, era=era_of_fields(fields),
        rotation=(page.turned + turn) % 360, size=(image.shape[1], image.shape[0]),
        dpi=page.dpi, fields=fields, engine=ENGINE,
    )  # fmt: skip


def _seen(image: Image, engine: Callable[[Script], Reader]) -> SeenPage:
    """The page's lines in the script that makes most sense of it."""
    best: tuple[float, Script, list[TextLine]] = (-1.0, _SCRIPTS[0], [])
    for script in _SCRIPTS:
        lines = engine(script).read_lines(image)
        best = max(best, (_sense(lines), script, lines), key=lambda found: found[0])
        if best[0] >= _ENOUGH:
            break
    _, script, lines = best
    if lines and _labels(lines) < _FEW_LABELS:
        lines = _with_red(lines, engine(script).read_lines(image, keep_red=True))
    frame = Frame(angle=0.0, vertical=script.endswith("vertical"))
    joined = join_fragments([as_line(line, frame) for line in lines if line.text], frame)
    return SeenPage(image=image, clean=remove_red(image), frame=frame, lines=tuple(joined))


def _sense(lines: Sequence[TextLine]) -> float:
    read = sum(line.confidence * len(line.text) for line in lines)
    return read + _LABEL_WORTH * _labels(lines)


def _labels(lines: Iterable[TextLine]) -> int:
    return sum(len(find_labels(line.text)) for line in lines)


def _with_red(lines: Sequence[TextLine], coloured: Sequence[TextLine]) -> list[TextLine]:
    """The lines, and those with red in them that hold a label where no line was."""
    boxes = [box_of(line.quad) for line in lines]
    more = []
    for line in coloured:
        left, top, right, bottom = box_of(line.quad)
        free = not any(
            b.left < right and left < b.right and b.top < bottom and top < b.bottom for b in boxes
        )
        if free and find_labels(line.text):
            more.append(line)
    return [*lines, *more]


def _kind(seen: SeenPage) -> Kind:
    """The kind by title and labels; many headings in a row make a ledger without a title."""
    segments = [part for line in seen.lines for part in segments_of(line, seen.frame)]
    labels = {segment.label.field for segment in segments if segment.label}
    kind = classify(seen.lines, labels, [line.text for line in seen.lines])
    if kind in _UNTITLED and len(header_row(segments)) >= _HEADINGS:
        whole = "".join(fold_text(line.text)[0] for line in seen.lines)
        parted = whole.count("离婚") + whole.count("离字") > whole.count("结婚") + whole.count(
            "结字"
        )
        return Kind.DIVORCE_LEDGER if parted else Kind.MARRIAGE_LEDGER
    return kind


def kind_by_numbers(givens: Sequence[Given]) -> Kind:
    """What a certificate's number says about a page whose title can't be read."""
    for given in givens:
        text = fold_text(given.text)[0] if given.field == "certificate_number" else ""
        if re.search(r"离.?字|^B?L\d{6}-", text):
            return Kind.DIVORCE_CERTIFICATE
        if re.search(r"[结婚].?字|^B?J\d{6}-", text):
            return Kind.MARRIAGE_CERTIFICATE
    return Kind.OTHER


def _certificate(seen: SeenPage) -> list[Given]:
    slots = find_slots(seen, seen.lines)
    return settled_parties([given for slot in slots if (given := _given(slot, None)).text])


def _couples(seen: SeenPage) -> list[Given]:
    """The district in the title and the texts of all cells."""
    titles = (line.text for line in seen.lines if title_kind(line.text) in LEDGERS)
    named = next((found for title in titles if (found := district(title))), "")
    head = [Given(field="office", party=None, row=None, text=named, sure=0.5)] if named else []
    table = find_table(seen, seen.lines)
    cells = find_cells(seen, seen.lines, table) if table else []
    return [*head, *filled_down(_given(cell.slot, cell.row) for cell in cells)]


def _given(slot: Slot, row: int | None) -> Given:
    """What Tesseract read in a slot; ink that it overlooked stays unread."""
    read = [segment for segment in slot.ink if segment.line.sure]
    return Given(
        field=slot.field, party=slot.party, row=row,
        text="".join(segment.text for segment in read),
        sure=min((segment.line.sure for segment in read), default=0.0),
        box=box_of(slot.ink[0].frame.quad(slot.area)) if slot.ink else None,
    )  # fmt: skip


def _rated(givens: Sequence[Given]) -> list[FieldReading]:
    """Readings of which only what a checked identity number proves is accepted."""
    numbers = {(g.row, g.party): parse_id(g.value) for g in givens if g.field == "id_number"}
    return [_reading(given, numbers.get((given.row, given.party))) for given in givens]


def _reading(given: Given, number: IdNumber | None) -> FieldReading:
    own = number is not None and number.sex == given.party
    if number is not None and own and given.value and given.value == _told(given.field, number):
        return reading_of(given, _PROVEN, accept=True)
    least, most = _PLAIN
    fair = least + (most - least) * given.sure if has_shape(given) else _ODD
    return reading_of(given, fair, accept=False)


def _told(field: str, number: IdNumber) -> str | None:
    """What a person's number says about a field, when its check digit and all parts are right."""
    if number.kind != "18" or number.flags or number.birth is None:
        return None
    sex = {"male": "男", "female": "女"}.get(number.sex or "")
    told = {"id_number": number.number, "birth_date": number.birth.isoformat(), "sex": sex}
    return told.get(field)
