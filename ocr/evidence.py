"""Which form of a name stands on the page, and the lattices that tell.

A register keeps one form of a name; the page may bear it in traditional, simplified or
variant characters. How likely a name is at all is said in `written_names`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.beam import without_specks
from ocr.folding import traditional
from ocr.lattice import Lattice, forward
from records.errors import IntegrityError
from records.glyphs import SHORTENED, likeness, written_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAGIC = b"LTS1"
#: No reader speaks against a form by more nats than this.
_WORST = -30.0
#: More written forms of one name than this are not tried.
_MOST_FORMS = 24
#: What a traditional character costs on a page written after the reform (nats).
_REFORMED = 10.0
#: What a variant costs that is neither the traditional nor the simplified character (nats).
_VARIANT = 4.0
#: By how many nats a form leads where there is no other.
_ALONE = 99.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenForm:
    """The form in which a name stands there, and by how many nats it leads the next form."""

    text: str
    lead: float


def pack(lattices: Sequence[Lattice]) -> bytes:
    """Several lattices of the same ink as one byte string."""
    parts = [lattice.to_bytes() for lattice in lattices]
    return _MAGIC + b"".join(len(part).to_bytes(4, "little") + part for part in parts)


def unpack(data: bytes) -> tuple[Lattice, ...]:
    """The lattices that `pack` wrote; raises IntegrityError (`bad_lattice`) on other bytes."""
    if not data.startswith(_MAGIC):
        raise IntegrityError(
            "bad_lattice", what="Stored lattices can't be read", remedy="read the page again"
        )
    found: list[Lattice] = []
    at = len(_MAGIC)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        found.append(Lattice.from_bytes(data[at + 4 : at + 4 + size]))
        at += 4 + size
    return tuple(found)


def written_form(lattices: Sequence[Lattice], name: str, *, modern: bool) -> WrittenForm:
    """The form of a name that the ink bears out best.

    On `modern` pages (after the reform of the script) a traditional form must be much
    likelier than the simplified one: cursive hands look alike in both.
    """
    views = [without_specks(lattice, "·.") for lattice in lattices if lattice.steps]
    symbols = frozenset[str]().union(*(view.symbols for view in views))
    forms = _forms(name, symbols)
    cost = _REFORMED if modern else 0.0
    scores = {text: -cost * traditional(text) - _VARIANT * _variants(text, name) for text in forms}
    for view in views:
        for text, score in zip(forms, forward(view, forms).clip(min=_WORST), strict=True):
            scores[text] += float(score) / len(views)
    best, *others = sorted(forms, key=lambda text: (scores[text], text == name), reverse=True)
    lead = scores[best] - scores[others[0]] if others else _ALONE
    return WrittenForm(text=best, lead=lead)


def _variants(text: str, name: str) -> int:
    """How many characters of a form are variants of the name's."""
    return sum(likeness(one, other) < SHORTENED for one, other in zip(text, name, strict=True))


def _forms(name: str, symbols: frozenset[str]) -> tuple[str, ...]:
    """The written forms of a name whose characters the readers thought of, and itself."""
    choices = [
        [
            character,
            *sorted(
                form for form in written_forms(character) if form in symbols and form != character
            ),
        ]
        for character in name
    ]
    combined = itertools.islice(itertools.product(*choices), _MOST_FORMS)
    return tuple("".join(characters) for characters in combined)
