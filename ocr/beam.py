"""The likeliest texts of a lattice, free or under a grammar.

Prefix beam search over a CTC output (Graves 2012, Hannun et al. 2014): alignments of the
same text are summed, so texts are ranked by their probability and not by their best path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

import numpy as np

from ocr.folding import fold
from ocr.lattice import Lattice, forward

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    """A text in the making: log-probabilities of ending in a blank and in its last character.

    `last` is that character, `state` where the grammar stands after it, `total` both together.
    """

    blank: float
    label: float
    last: str
    state: State | None
    total: float


def beam_search(
    lattice: Lattice, grammar: Grammar | None = None, *, width: int = 16, best: int = 8
) -> list[Scored]:
    """Up to `best` texts of the grammar (any text without one), likeliest first.

    The scores are exact: each text found is scored again over all its alignments.
    """
    start = grammar.start if grammar else None
    paths = {"": _Path(blank=0.0, label=_NOTHING, last="", state=start, total=0.0)}
    for blank, entries in _steps(lattice):
        paths = _advanced(paths, blank, entries, grammar, width)
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


def _steps(lattice: Lattice) -> list[tuple[float, list[tuple[str, str, float]]]]:
    """Per step the blank's score and the characters worth trying, likeliest first.

    Sure blanks are joined.
    """
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
        entries = [(lattice.symbols[i], folded[i], float(row[i + 1])) for i in likely]
        steps.append((blank, sorted(entries, key=lambda entry: -entry[2])))
    return steps


def _advanced(
    paths: dict[str, _Path],
    blank: float,
    entries: list[tuple[str, str, float]],
    grammar: Grammar | None,
    width: int,
) -> dict[str, _Path]:
    """The texts after one more step: those of before, and of the longer ones the likeliest."""
    grown = _stayed(paths, blank, {symbol: score for symbol, _, score in entries})
    # No text that is less likely than `width` others is worth making.
    leaders = sorted((path.total for path in grown.values()), reverse=True)[:width]
    leaders.reverse()
    for text, path in paths.items():
        for symbol, folded, score in entries:
            bound = leaders[0] if len(leaders) >= width else _NOTHING
            if path.total + score < bound:
                break
            # After the same character only a blank lets a new one begin.
            total = (path.blank if symbol == path.last else path.total) + score
            if total < bound or (longer := text + symbol) in paths:
                continue
            state = grammar.step(path.state, folded) if grammar and path.state else None
            if grammar and state is None:
                continue
            grown[longer] = _Path(
                total=total, blank=_NOTHING, label=total, last=symbol, state=state
            )
            (heappushpop if len(leaders) >= width else heappush)(leaders, total)
    return grown


def _stayed(paths: dict[str, _Path], blank: float, scores: Mapping[str, float]) -> dict[str, _Path]:
    """The same texts after one more step, those also counted that came to be them just now."""
    grown: dict[str, _Path] = {}
    for text, path in paths.items():
        label = path.label + scores.get(path.last, _NOTHING)
        before = paths.get(text[: -len(path.last)]) if path.last in scores else None
        if before is not None:
            whole = before.blank if before.last == path.last else before.total
            label = _add(label, whole + scores[path.last])
        rest = path.total + blank
        grown[text] = _Path(
            blank=rest, label=label, last=path.last, state=path.state, total=_add(rest, label)
        )
    return grown


def _add(a: float, b: float) -> float:
    """The logarithm of the sum of two probabilities given by their logarithms."""
    if a < b:
        a, b = b, a
    return a if b == _NOTHING else a + math.log1p(math.exp(b - a))
