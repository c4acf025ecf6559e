"""From the lattices of one crop to a text under the grammar of its field.

Two recognisers look at the same ink. Their opinions are pooled as a mean of
log-probabilities (a logarithmic opinion pool), and what they would have read without the
grammar is kept as a rival: a grammar that bends the reading too far shows as a gap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.beam import ONE, SPECKS, beam_search, without_specks
from ocr.folding import fold_text
from ocr.lattice import forward

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ocr.automata import Grammar
    from ocr.lattice import Lattice

#: A text that one reader can't have seen at all counts no worse than this (nats).
_WORST = -30.0
#: How many texts a search keeps at once, under a grammar and without.
_BOUND, _FREE = 12, 8
#: How many texts are kept as what the readers held possible.
_BEST = 8
#: Characters, folded, of which a number is spelled.
_NUMERALS = frozenset("〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾廿卅")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A decoded text and what speaks for it.

    `candidates` are texts that mean different things, with pooled scores, best first. `gap`
    is by how many nats the readers prefer their own free readings. `agree` says that both
    read this very text freely; `sure` is the least chance any reader gave to a character of
    its reading.
    """

    text: str
    candidates: tuple[tuple[str, float], ...]
    gap: float
    agree: bool
    sure: float
    free: tuple[str, ...]

    @property
    def margin(self) -> float:
        """Nats between the best candidate and the next one that differs; 30 if alone."""
        if len(self.candidates) < 2:
            return -_WORST
        return self.candidates[0][1] - self.candidates[1][1]

    def shares(self) -> tuple[tuple[str, float], ...]:
        """The candidates with their shares of the probability."""
        top = self.candidates[0][1]
        weights = [(text, math.exp(score - top)) for text, score in self.candidates]
        whole = sum(weight for _, weight in weights)
        return tuple((text, weight / whole) for text, weight in weights)


def decode(
    lattices: Sequence[Lattice],
    grammar: Grammar | None,
    *,
    kept: str = "",
    prior: Callable[[str], float] = lambda _: 0.0,
    same: Callable[[str], str] = lambda text: text,
    numerals: bool = False,
    writings: int = 1,
) -> Decoded | None:
    """The likeliest text of the grammar given all lattices; None when none of it is possible.

    `kept` are signs that may be part of the text and so are not taken for specks; `prior` is
    what speaks for a text beforehand (nats); readings with equal `same` agree; `numerals` says
    that numbers may be spelled in characters. The lattices are of so many `writings` of the
    text: readers of one are no two witnesses, but writings are.
    """
    views = [
        without_specks(lattice, kept, numerals=numerals) for lattice in lattices if lattice.steps
    ]
    if not views:
        return None
    width = _BOUND if grammar else _FREE
    texts: set[str] = set()
    for view in views:
        texts |= {found.text for found in beam_search(view, grammar, width=width) if found.text}
    if not texts:
        return None
    ordered = sorted(texts)
    scores = [forward(view, ordered).clip(min=_WORST) for view in views]
    pooled = writings * np.mean(scores, axis=0)
    scored = {text: float(score) + prior(text) for text, score in zip(ordered, pooled, strict=True)}
    candidates = _distinct(scored, same)
    text = candidates[0][0]
    # A rule is taken for 一 beside figures, where numbers are spelled it is a numeral.
    spelled = numerals and not _NUMERALS.isdisjoint(fold_text(text)[0])
    free = tuple(_free(view, kept + ONE * spelled) for view in views)
    best = sum(
        float(forward(view, [other])[0]) for view, (other, _) in zip(views, free, strict=True)
    )
    return Decoded(
        text=text,
        candidates=candidates[:_BEST],
        gap=max(0.0, writings * best / len(views) - scored[text] + prior(text)),
        agree=all(same(other) == same(text) for other, _ in free),
        sure=min(chance for _, chance in free),
        free=tuple(other for other, _ in free),
    )


def _distinct(
    scored: Mapping[str, float], same: Callable[[str], str]
) -> tuple[tuple[str, float], ...]:
    """The likeliest text of each meaning, with what all texts of that meaning come to."""
    found: dict[str, tuple[str, float]] = {}
    for text, score in sorted(scored.items(), key=lambda pair: (-pair[1], pair[0])):
        meant = same(text) or text
        first, others = found.get(meant, (text, -math.inf))
        found[meant] = first, float(np.logaddexp(others, score))
    return tuple(sorted(found.values(), key=lambda pair: (-pair[1], pair[0])))


def _free(view: Lattice, kept: str) -> tuple[str, float]:
    """What a reader reads freely, without specks, and its least certain character's chance."""
    spelled = view.greedy()
    characters = [
        (character, chance)
        for character, chance in zip(spelled.text, spelled.probabilities, strict=True)
        if character not in SPECKS or character in kept
    ]
    text = "".join(character for character, _ in characters)
    return text, min((chance for _, chance in characters), default=0.0)
