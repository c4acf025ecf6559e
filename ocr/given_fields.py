"""Fields whose text is given rather than decoded: their values, marks and carried dates.

Serves text layers and Tesseract. How sure a text is, its source says; here it is decided
what the text means and whether it has the shape of its field.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.fields import kind_of
from ocr.folding import fold_text
from records.reading import ROLES, Decision, FieldReading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from records.reading import Box

DITTO = frozenset(
    {"〃", "″", '"', "''", "′′", "”", "“", "„", "々", "々々", "同上", "仝上", "同前", "同", "仝"}
)
#: Fields that are written once and hold for the rows below.
CARRIED = frozenset({"registration_date"})
#: A ditto mark or a carried date is never surer than this: it depends on two cells.
_CAUTION = 0.995

_HAN = r"㐀-鿿豈-﫿𠀀-𳑿〇"
_SHAPES = {
    "name": re.compile(rf"[{_HAN}]{{2,5}}|[{_HAN}]+(·[{_HAN}]+)+|[A-Za-z][A-Za-z .,'·-]+"),
    "certificate_number": re.compile(r".*\d.*|.*[〇一二三四五六七八九十].*"),
    "id_number": re.compile(r"\d{15}|\d{17}[\dX]"),
    "sequence": re.compile(r"\d{1,6}"),
}
_SHAPES["holder"] = _SHAPES["official"] = _SHAPES["name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A text that stands in a field.

    `sure` is the chance that it stands there just so. `meaning` is the text that it
    `refers` to as a `ditto` mark or a `carried` date.
    """

    field: str
    party: str | None
    row: int | None
    text: str
    sure: float
    box: Box | None = None
    meaning: str | None = None
    refers: str = ""

    @property
    def name(self) -> str:
        """The field's name in the interface."""
        return f"{self.party}.{self.field}" if self.party else self.field

    @property
    def value(self) -> str:
        """What the text means, empty where that can't be told."""
        return kind_of(self.field).value(self.text if self.meaning is None else self.meaning)


def has_shape(given: Given) -> bool:
    """Whether the value is of the kind that the field holds."""
    shape = _SHAPES.get(given.field)
    return bool(given.value) and (shape is None or bool(shape.fullmatch(given.value)))


def filled_down(givens: Iterable[Given]) -> list[Given]:
    """A ledger's texts, ditto marks and carried dates with the text they stand for.

    An empty text is given for a cell in which nothing stands. Empty cells that refer to
    nothing are left out, and so are rows without any text.
    """
    rows: dict[int, list[Given]] = {}
    for given in givens:
        rows.setdefault(given.row or 0, []).append(given)
    last: dict[str, Given] = {}
    result: list[Given] = []
    for row in sorted(rows):
        if not any(given.text for given in rows[row]):
            continue
        for given in rows[row]:
            meant = _meant(given, last.get(given.name))
            if meant.text or meant.refers:
                result.append(meant)
                last[given.name] = meant
    return result


def _meant(given: Given, above: Given | None) -> Given:
    if above is None:
        return given
    ditto = is_ditto(given.text)
    if not ditto and (given.text or given.field not in CARRIED):
        return given
    return dataclasses.replace(
        given,
        meaning=above.text if above.meaning is None else above.meaning,
        refers="ditto" if ditto else "carried",
        sure=min(_CAUTION, above.sure, given.sure),
    )


def is_ditto(text: str) -> bool:
    """Whether a text is a mark for the text above it."""
    return "".join(text.split()) in DITTO


def settled_parties(givens: Sequence[Given]) -> list[Given]:
    """Exchange man and woman where the sexes written on the page say so."""
    sexes = {(given.row, given.party): given.value for given in givens if given.field == "sex"}
    crossed = {
        row
        for row, _ in sexes
        if sexes.get((row, "male")) == "女" and sexes.get((row, "female")) == "男"
    }
    other = dict(zip(ROLES, reversed(ROLES), strict=True))
    return [
        dataclasses.replace(given, party=other[given.party])
        if given.party and given.row in crossed
        else given
        for given in givens
    ]


def reading_of(given: Given, confidence: float, *, accept: bool) -> FieldReading:
    """The reading of a field; one whose value can't be told goes to a person."""
    value = given.value
    return FieldReading(
        name=given.name, row=given.row, text=given.text, value=value,
        confidence=confidence if value else 0.0,
        decision=Decision.ACCEPT if accept and value else Decision.KEY,
        box=given.box, flags=frozenset({given.refers} if given.refers else ()),
    )  # fmt: skip


def district(title: str) -> str:
    """The district that a ledger's title names before 结婚登记, without its year; or nothing."""
    folded, where = fold_text(title)
    found = re.search(r"[结离]婚|婚姻", folded)
    if found is None or not found.start():
        return ""
    year = re.search(r"[(]?[0-9〇一二三四五六七八九]{2,4}年", folded[: found.start()])
    stop = year.start() if year else found.start()
    return title[: where[stop]].strip(" :：._-—·") if stop else ""
