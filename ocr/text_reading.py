"""Pages that were born digital: from the words and tables of a text layer to labelled fields.

Nothing is recognised here, so no doubt lies in the characters; what remains to decide is
which field each of them belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.certificate import find_slots
from ocr.classify import classify, title_kind
from ocr.confidence import decide
from ocr.folding import fold_text
from ocr.given_fields import (
    Given,
    district,
    filled_down,
    has_shape,
    reading_of,
    settled_parties,
)
from ocr.given_lines import as_line, era_of_fields, words_of
from ocr.layout import Frame, segments_of
from ocr.ledger import find_table
from ocr.ledger_cells import find_cells
from ocr.lines import TextLine
from ocr.page_lines import SeenPage, join_fragments
from ocr.sheets import certificates_of
from ocr.text_tables import as_register, givens_of, side_by_side
from records.reading import LEDGERS, Decision, Kind, PageReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Line
    from ocr.lines import TextLayer, TextTable
    from ocr.pages import PageImage
    from ocr.zones import Slot
    from records.reading import FieldReading

ENGINE = "text-layer"
#: How sure a value is that stands under its heading or beside its label, that was found by
#: its shape or position alone, and that doesn't look like its field.
_LABELLED, _LOOSE, _ODD = 0.999, 0.99, 0.9
#: What another machine read from a scan is never taken unseen.
_GUESSED = 0.6

_FRAME = Frame(angle=0.0, vertical=False)


def read_text_layer(page: PageImage, layer: TextLayer) -> PageReading:
    """Read a page from its text layer; boxes are null, since no pixels were looked at."""
    kind, givens = _understood(page, layer)
    fields = tuple(_rated(given, born_digital=layer.born_digital) for given in givens)
    height, width = page.rgb.shape[:2]
    return PageReading(
        source=page.source, page=page.page, kind=kind, era=era_of_fields(fields),
        rotation=page.turned, size=(width, height), dpi=page.dpi, fields=fields, engine=ENGINE,
    )  # fmt: skip


def _understood(page: PageImage, layer: TextLayer) -> tuple[Kind, list[Given]]:
    """The kind of the page, and its texts with the fields they belong to."""
    couples = _registered(layer)
    if couples:
        free = [as_line(line, _FRAME) for line in layer.lines if line.text]
        return _ledger_kind(free, couples), [*_district(free), *filled_down(couples)]
    seen = _seen(page, layer.lines, layer.tables)
    kind = _kind(seen)
    if kind in LEDGERS:
        return kind, [*_district(seen.lines), *filled_down(_loose_table(seen))]
    if kind == Kind.OTHER:
        return kind, []
    forms = [side_by_side(table, sure=_LABELLED) for table in layer.tables]
    beside = [given for givens, _ in forms for given in givens]
    rest = _seen(page, layer.lines, [table for _, table in forms])
    have = {given.name for given in beside}
    return kind, [*beside, *(given for given in _certificates(rest) if given.name not in have)]


def _seen(page: PageImage, given: Sequence[TextLine], tables: Sequence[TextTable]) -> SeenPage:
    """The page in the layout's terms; the texts of cells count as lines."""
    texts = [*given, *(line for table in tables for line in _cell_lines(table))]
    lines = join_fragments([as_line(line, _FRAME) for line in texts if line.text], _FRAME)
    return SeenPage(image=page.rgb, clean=page.rgb, frame=_FRAME, lines=tuple(lines))


def _cell_lines(table: TextTable) -> list[TextLine]:
    return [
        TextLine(quad=quad, text=text, confidence=1.0)
        for texts, quads in zip(table.cells, table.quads, strict=True)
        for text, quad in zip(texts, quads, strict=False)
        if text and quad is not None
    ]


def _registered(layer: TextLayer) -> list[Given]:
    """The couples of all ruled tables that are ledgers, counted through."""
    found: list[Given] = []
    for table in layer.tables:
        register = as_register(table)
        if register:
            first = 1 + max((given.row or 0 for given in found), default=0)
            found += givens_of(register, sure=_LABELLED, first=first)
    return found


def _kind(seen: SeenPage) -> Kind:
    labels = {
        segment.label.field
        for line in seen.lines
        for segment in segments_of(line, seen.frame)
        if segment.label
    }
    return classify(seen.lines, labels, [line.text for line in seen.lines])


def _ledger_kind(free: Sequence[Line], couples: Sequence[Given]) -> Kind:
    """What a table of couples registers: its title says so, or its certificate numbers."""
    titled = [kind for line in free if (kind := title_kind(line.text)) in LEDGERS]
    if titled:
        return titled[0]
    numbers = [g.value for g in couples if g.field == "certificate_number" and g.value]
    parted = sum("离" in fold_text(n)[0] or n.startswith(("L", "BL")) for n in numbers)
    heads = "".join(fold_text(line.text)[0] for line in free)
    if parted > len(numbers) / 2 or (not numbers and "离婚" in heads and "结婚" not in heads):
        return Kind.DIVORCE_LEDGER
    return Kind.MARRIAGE_LEDGER


def _district(lines: Sequence[Line]) -> list[Given]:
    """The district in the title, as the office."""
    titles = (line.text for line in lines if title_kind(line.text) in LEDGERS)
    named = next((found for title in titles if (found := district(title))), "")
    return [_given("office", None, None, named, sure=_LOOSE)] if named else []


def _given(field: str, party: str | None, row: int | None, text: str, *, sure: float) -> Given:
    return Given(field=field, party=party, row=row, text=text, sure=sure)


def _loose_table(seen: SeenPage) -> list[Given]:
    """The couples of a table without rules: words under the headings that they stand below."""
    words = [word for line in seen.lines for word in words_of(line, seen.frame)]
    table = find_table(seen, words)
    if table is None:
        return []
    return [
        _given(slot.field, slot.party, cell.row, _written(slot), sure=_LOOSE)
        for cell in find_cells(seen, words, table)
        for slot in [cell.slot]
    ]


def _written(slot: Slot) -> str:
    """The text of a slot; ink that is no text of the layer says nothing."""
    return "".join(segment.text for segment in slot.ink if segment.line.sure)


def _certificates(seen: SeenPage) -> list[Given]:
    """The fields of the certificate or form, or of each of several on one sheet."""
    sheets = certificates_of(seen)
    givens = [
        _given(
            slot.field, slot.party, row if len(sheets) > 1 else None, text,
            sure=_LABELLED if slot.label else _LOOSE,
        )
        for row, lines in enumerate(sheets, 1)
        for slot in find_slots(seen, lines)
        if (text := _written(slot))
    ]  # fmt: skip
    return settled_parties(givens)


def _rated(given: Given, *, born_digital: bool) -> FieldReading:
    confidence = given.sure if has_shape(given) else _ODD
    if not born_digital:
        confidence = min(confidence, _GUESSED)
    accept = decide(confidence) == Decision.ACCEPT
    return reading_of(given, confidence, accept=accept)
