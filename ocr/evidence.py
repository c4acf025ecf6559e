"""How well a register's name fits the ink: log P(lattice | name), relative to the best reading.

A name may stand on the page in any of its written forms (traditional, simplified, variant);
the form that the lattice prefers counts. Who the candidates are, and what else speaks for
them, is not handled here.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.beam import beam_search, without_specks
from ocr.folding import traditional
from ocr.grammars import name_grammar
from ocr.lattice import Lattice, forward
from records.errors import IntegrityError
from records.glyphs import written_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAGIC = b"LTS1"
_WORST = -30.0
#: More written forms of one name than this are not tried.
_MOST_FORMS = 24
#: What a traditional character costs on a page written after the reform (nats).
_REFORMED = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NameFit:
    """How a name fits: the form that stands there, and its nats below the best free reading.

    `other_script` is by how many nats the next written form of the same name fits less.
    """

    name: str
    written: str
    below: float
    other_script: float


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


def name_fits(
    lattices: Sequence[Lattice], names: Sequence[str], *, modern: bool
) -> tuple[NameFit, ...]:
    """How well each name fits the ink that the lattices saw, in the order of the names.

    On `modern` pages (after the reform of the script) a traditional form must be much
    likelier than the simplified one: cursive hands look alike in both.
    """
    views = [without_specks(lattice, "·.") for lattice in lattices if lattice.steps]
    if not views or not names:
        return ()
    symbols = frozenset().union(*(view.symbols for view in views))
    forms = [_forms(name, symbols) for name in names]
    texts = sorted({text for group in forms for text in group})
    free = {s.text for view in views for s in beam_search(view, name_grammar()) if s.text}
    pooled = dict(zip(texts, _pooled(views, texts), strict=True))
    best = max([*pooled.values(), *_pooled(views, sorted(free))])
    return tuple(
        _fit(name, {text: pooled[text] for text in group}, best, modern=modern)
        for name, group in zip(names, forms, strict=True)
    )


def _fit(name: str, forms: dict[str, float], best: float, *, modern: bool) -> NameFit:
    cost = _REFORMED if modern else 0.0
    ranked = sorted(
        forms, key=lambda text: (forms[text] - cost * traditional(text), text == name), reverse=True
    )
    written = ranked[0]
    gap = forms[written] - cost * traditional(written)
    gap -= max((forms[t] - cost * traditional(t) for t in ranked[1:]), default=gap - 99.0)
    # The ink is what any of the forms would have left.
    return NameFit(name=name, written=written, below=best - max(forms.values()), other_script=gap)


def _pooled(views: Sequence[Lattice], texts: Sequence[str]) -> list[float]:
    """Mean log-probability over the readers, as in `decode`."""
    if not texts:
        return []
    scores = [forward(view, list(texts)).clip(min=_WORST) for view in views]
    return [float(sum(column) / len(views)) for column in zip(*scores, strict=True)]


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
