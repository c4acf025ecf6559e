"""The likeliest texts of a lattice, free or under a grammar.

Prefix beam search over a CTC output (Graves 2012, Hannun et al. 2014): alignments of the
same text are summed, so texts are ranked by their probability and not by their best path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.folding import fold
from ocr.lattice import Lattice, forward

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocr.automata import Grammar, State

#: A step whose blank is likelier than this carries no character.
_SURE_BLANK = math.log(0.9995)
_LEAST = math.log(2e-5)
_NOTHING = -math.inf


@dataclass(frozen=True, slots=True)
class Scored:
    """A text and the logarithm of its probability."""

    text: str
    score: float


#: Specks and rules that recognisers take for signs; a field may have none of them.
SPECKS = " .,·、。'`’‘-—_一|:：;；*~^\"“”°•丶丨′＇"


#: One in characters, for which rules are taken as well: what it costs (nats) to take it for a
#: rule where it may be a numeral, and where not.
ONE = "一"
_NUMERAL, _SPECK = 8.0, 2.0


def without_specks(lattice: Lattice, kept: str, *, numerals: bool = False) -> Lattice:
    """The lattice in which specks (but those in `kept`) may count as nothing, at a cost in nats.

    `numerals` says that the field may hold numbers in characters, so that 一 is hardly a speck.
    """
    specks = [
        (i + 1, _NUMERAL if numerals and symbol == ONE else _SPECK)
        for i, symbol in enumerate(lattice.symbols)
        if symbol in SPECKS and symbol not in kept and fold(symbol) not in kept
    ]
    if not specks:
        return lattice
    columns, costs = zip(*specks, strict=True)
    table = lattice.log_probs.copy()
    dropped = np.logaddexp.reduce(table[:, columns] - np.array(costs, table.dtype), axis=1)
    table[:, 0] = np.logaddexp(table[:, 0], dropped)
    return Lattice(
        charset=lattice.charset,
        symbols=lattice.symbols,
        log_probs=table,
        floor=lattice.floor,
        extent=lattice.extent,
    )


@dataclass(slots=True)
class _Path:
    """A text in the making: log-probabilities of ending in a blank and in its last character."""

    blank: float
    label: float
    state: State | None
    total: float = 0.0


def beam_search(
    lattice: Lattice, grammar: Grammar | None = None, *, width: int = 16, best: int = 8
) -> list[Scored]:
    """Up to `best` texts of the grammar (any text without one), likeliest first.

    The scores are exact: each text found is scored again over all its alignments.
    """
    paths = {"": _Path(blank=0.0, label=_NOTHING, state=grammar.start if grammar else None)}
    follow = _follower(grammar)
    for blank, entries in _steps(lattice):
        paths = _advanced(paths, blank, entries, follow)
        if len(paths) > width:
            kept = sorted(paths, key=lambda text: -paths[text].total)[:width]
            paths = {text: paths[text] for text in kept}
    ended = [
        text
        for text, path in paths.items()
        if grammar is None or (path.state is not None and grammar.final(path.state))
    ]
    return rescored(lattice, ended)[:best]


def rescored(lattice: Lattice, texts: Iterable[str]) -> list[Scored]:
    """The texts with their exact log-probabilities, likeliest first."""
    wanted = list(texts)
    scores = forward(lattice, wanted)
    return sorted(
        (Scored(text, float(score)) for text, score in zip(wanted, scores, strict=True)),
        key=lambda scored: -scored.score,
    )


def _follower(grammar: Grammar | None) -> Callable[[State | None, str], tuple[bool, State | None]]:
    if grammar is None:
        return lambda state, _: (True, state)

    def follow(state: State | None, folded: str) -> tuple[bool, State | None]:
        found = grammar.step(state, folded) if state is not None else None
        return found is not None, found

    return follow


def _steps(lattice: Lattice) -> list[tuple[float, list[tuple[str, str, float]]]]:
    """Per step the blank's score and the characters worth trying; sure blanks are joined."""
    steps: list[tuple[float, list[tuple[str, str, float]]]] = []
    folded = [fold(symbol) for symbol in lattice.symbols]
    rested = False
    for row in lattice.log_probs:
        blank = float(row[0])
        if blank > _SURE_BLANK:
            if rested:
                steps[-1] = (steps[-1][0] + blank, [])
            else:
                steps.append((blank, []))
            rested = True
            continue
        rested = False
        likely = np.flatnonzero(row[1:] > _LEAST)
        steps.append((blank, [(lattice.symbols[i], folded[i], float(row[i + 1])) for i in likely]))
    return steps


def _advanced(
    paths: dict[str, _Path],
    blank: float,
    entries: list[tuple[str, str, float]],
    follow: Callable[[State | None, str], tuple[bool, State | None]],
) -> dict[str, _Path]:
    grown: dict[str, _Path] = {}
    scores = {symbol: score for symbol, _, score in entries}
    for text, path in paths.items():
        stay = grown.get(text)
        if stay is None:
            stay = grown[text] = _Path(blank=_NOTHING, label=_NOTHING, state=path.state)
        both = _add(path.blank, path.label)
        stay.blank = _add(stay.blank, both + blank)
        last = text[-1:]
        if last in scores and text:
            stay.label = _add(stay.label, path.label + scores[last])
        for symbol, folded, score in entries:
            allowed, state = follow(path.state, folded)
            if not allowed:
                continue
            longer = text + symbol
            target = grown.get(longer)
            if target is None:
                target = grown[longer] = _Path(blank=_NOTHING, label=_NOTHING, state=state)
            # After the same character only a blank lets a new one begin.
            target.label = _add(target.label, (path.blank if symbol == last else both) + score)
    for path in grown.values():
        path.total = _add(path.blank, path.label)
    return grown


def _add(a: float, b: float) -> float:
    """The logarithm of the sum of two probabilities given by their logarithms."""
    if a < b:
        a, b = b, a
    return a if b == _NOTHING else a + math.log1p(math.exp(b - a))
