"""What a ledger's column holds, by the texts in it.

Headings fade, lie under seals or are missing on the pages that go on; the writing below
them still says most of it: numbers, days, ages, names have their shapes, and days of
registration go on where birth dates don't.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np

from ocr.automata import is_han
from ocr.fields import kind_of
from ocr.folding import fold_text
from ocr.grammars import ethnicity_grammar, place_grammar
from records.names import has_common_surname
from records.reading import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ocr.layout import Line

_NUMBER = re.compile(r"[结离婚].{0,3}字|字.{0,8}\d{2,}|\d{2}.{1,3}[结离]|^B?[JL]\d{6}-|第.{1,9}号$")
_DAY = re.compile(
    r"^.{0,2}(1[89]|20)\d\d.{0,2}\d{1,2}.{0,2}\d{0,2}|[〇一二三四五六七八九]{3,4}年|\d{3,4}年\d"
)
_YEAR = re.compile(r"(1[89]|20)\d\d")
_AGE = re.compile(r"([1-9]\d|[二三四五六七]?十[一二三四五六七八九]?)岁?")
_EDUCATION = re.compile(
    r"文盲|识字|初小|高小|小学|初中|高中|中专|师范|大专|大学|本科|硕士|研究生|博士"
)
_REMARK = re.compile(r"[初再复]婚|双方自愿|协议|补领|补发|调解|丧偶|离异")
_DITTO = re.compile(r"[同仝]上?|[〃″\"”“々'、,/1IilnuNvV\\]{1,3}|\W+")
_SEXES = frozenset({"男", "女"})
_FIGURES = re.compile(r"\d{1,4}")
#: A certificate number with its 字 and its figures; a certificate has one, or one for each of
#: its parts, a ledger's column has more.
_NUMBERED = re.compile(r"[结离].{0,6}字.{0,6}[0-9〇一二三四五六七八九十百壹贰叁]")
_COLUMN = 4
_UNTITLED = frozenset({Kind.OTHER, Kind.MARRIAGE_CERTIFICATE, Kind.DIVORCE_CERTIFICATE})
#: So large a part of a column's texts must have a field's shape, and an own heading is only
#: doubted where fewer than this have its shape.
_SHAPED, _DOUBTFUL = 0.5, 0.15
#: An official's name comes back: of so many texts at most this share is different.
_DIFFERENT = 0.55
_SHORTEST_NAME, _LONGEST_NAME = 2, 4
#: Days of registration go on in so many of the steps.
_GOES_ON = 0.75


def texts_of(column: Sequence[str]) -> list[str]:
    """A column's own texts, folded: no marks for what stands above, nothing empty."""
    folded = [fold_text(text)[0].strip(".,:-|") for text in column]
    return [text for text in folded if text and not _DITTO.fullmatch(text)]


def shapes(column: Sequence[str]) -> dict[str, float]:
    """The share of a column's texts with the shape of each field.

    Dates are `date`, names `name`: whose they are, other columns must say.
    """
    texts = texts_of(column)
    if not texts:
        return {}
    return {
        "id_number": _share(texts, lambda t: sum(c.isdigit() for c in t) > 12),
        "certificate_number": _share(texts, lambda t: bool(_NUMBER.search(t))),
        "date": _share(texts, lambda t: bool(_DAY.search(t)) and not _NUMBER.search(t)),
        "sex": _share(texts, lambda t: t in _SEXES),
        "age": _share(texts, lambda t: bool(_AGE.fullmatch(t))) * (not runs_on(column)),
        "sequence": _share(texts, lambda t: bool(_FIGURES.fullmatch(t))) * runs_on(column),
        "ethnicity": _share(texts, lambda t: ethnicity_grammar().accepts(t)),
        "education": _share(texts, lambda t: bool(_EDUCATION.search(t))),
        "remark": _share(texts, lambda t: bool(_REMARK.search(t))),
        "native_place": _share(texts, lambda t: place_grammar().accepts(t)),
        "name": _share(texts, _is_name),
    }


def _share(texts: Sequence[str], holds: Callable[[str], bool]) -> float:
    return float(np.mean([holds(text) for text in texts]))


def _is_name(text: str) -> bool:
    han = sum(is_han(character) for character in text)
    plain = _SHORTEST_NAME <= len(text) <= _LONGEST_NAME and han == len(text)
    return plain and has_common_surname(text) and not _EDUCATION.search(text)


def runs_on(column: Sequence[str]) -> bool:
    """Whether figures count on from row to row."""
    numbers = [(i, int(t)) for i, text in enumerate(column) if _FIGURES.fullmatch(t := _bare(text))]
    if len(numbers) < 3:
        return False
    steps = [
        later - number in {1, row - before}
        for (before, number), (row, later) in itertools.pairwise(numbers)
    ]
    return float(np.mean(steps)) >= _SHAPED


def _bare(text: str) -> str:
    return fold_text(text)[0].strip(".,:-|")


def repeats(column: Sequence[str]) -> bool:
    """Whether a few texts come back again and again, as an official's name does."""
    texts = texts_of(column)
    marks = sum(bool(text) for text in column) - len(texts)
    return marks > len(texts) or len(set(texts)) <= max(1.0, _DIFFERENT * len(texts))


def years(column: Sequence[str]) -> list[int]:
    """The years that a column's dates name."""
    found = [kind_of("birth_date").value(text)[:4] for text in column if text]
    loose = [m.group() for text in column if (m := _YEAR.search(fold_text(text)[0]))]
    return [int(year) for year in (found if any(found) else loose) if year]


def goes_on(column: Sequence[str]) -> bool:
    """Whether a column's days never go back, or nearly never."""
    days = [day for text in column if (day := kind_of("birth_date").value(text))]
    steps = [a <= b for a, b in itertools.pairwise(days)]
    return not steps or float(np.mean(steps)) >= _GOES_ON


def contradicts(field: str, found: Mapping[str, float]) -> bool:
    """Whether a column's texts can't be what its heading says."""
    shape = "date" if field.endswith("_date") else field
    best = max(found, key=lambda name: found[name], default="")
    told = {"certificate_number", "id_number", "date", "sex"}
    own = found.get(shape, 0.0)
    return best in told and best != shape and found[best] > 1 - _DOUBTFUL and own < _DOUBTFUL


def shape_of(found: Mapping[str, float]) -> str | None:
    """The field whose shape most of a column's texts have, None where no field is named."""
    best = max(found, key=lambda name: found[name], default=None)
    return best if best and found[best] >= _SHAPED else None


def ledger_kind(lines: Sequence[Line], kind: Kind) -> Kind:
    """A ledger whose title can't be read, by certificate numbers that stand in a column."""
    if kind not in _UNTITLED:
        return kind
    numbers = _apart([line for line in lines if _NUMBERED.search(fold_text(line.text)[0])])
    column = max(
        ([o for o in numbers if o.area.shared_u(line.area) > _SHAPED] for line in numbers),
        key=len, default=[],
    )  # fmt: skip
    if len(column) < _COLUMN:
        return kind
    parted = sum("离" in fold_text(line.text)[0] for line in column)
    return Kind.DIVORCE_LEDGER if parted > len(column) / 2 else Kind.MARRIAGE_LEDGER


def _apart(lines: Sequence[Line]) -> list[Line]:
    """Lines without those that lie on another: red print is seen in colour and without it."""
    kept: list[Line] = []
    for line in lines:
        if all(
            min(line.area.shared_u(o.area), line.area.shared_v(o.area)) <= _SHAPED for o in kept
        ):
            kept.append(line)
    return kept
