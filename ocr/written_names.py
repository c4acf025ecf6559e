"""How likely a name is as the origin of the ink, in whatever form it was written.

A name of a register may stand on the page in traditional, simplified or variant forms. All
of them are summed in one forward pass over the lattice, so that hundreds of names cost
little more than one. Which form stands there is said in `evidence`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.beam import SPECKS, without_specks
from records.glyphs import written_forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ocr.lattice import Lattice

#: A name that one reader can't have seen at all counts no worse than this (nats).
WORST = -30.0
#: What a nat of the readers is worth. They are too sure of themselves: in cursive hands the
#: right name lies nine nats on the average below what they read.
_WORTH = 0.5
#: Nobody is surer, or less sure, of a reading than this.
_LEAST = 1e-4
_KEPT = "·."


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenNames:
    """The written forms of names as one array, for a lattice.

    `labels` (N, L, F) are columns of the lattice's scores with `floor` and `nothing` behind
    them, `clash` (N, L, F, F) marks forms that equal a form of the character before.
    """

    labels: NDArray[np.intp]
    clash: NDArray[np.bool_]
    length: NDArray[np.intp]


def below_best(
    lattices: Sequence[Lattice], names: Sequence[str], read: Sequence[str]
) -> NDArray[np.float64]:
    """By how many nats each name, shape (len(names),), falls short of the best reading.

    `read` are the texts that were decoded; with what each reader reads freely they are what
    a name is measured by. Nats are means over the readers, each no worse than `WORST`. No
    lattice, no evidence: zeros.
    """
    views = [without_specks(lattice, _KEPT) for lattice in lattices if lattice.steps]
    if not views or not names:
        return np.zeros(len(names))
    free = sorted({*read, *(free_text(view) for view in views)} - {""})
    pooled = np.zeros(len(names) + len(free))
    for view in views:
        pooled += forward_forms(view, [*names, *free]).clip(min=WORST) / len(views)
    below: NDArray[np.float64] = pooled.max() - pooled[: len(names)]
    return below


def free_text(view: Lattice) -> str:
    """What a reader reads freely, without specks."""
    return "".join(c for c in view.greedy().text if c not in SPECKS or c in _KEPT)


def tempered(
    below: NDArray[np.float64], confidence: float, read: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Calibrated log-likelihoods, shape and order of `below`, 0 for the best reading.

    `read` marks the names that are the delivered one; the others are no likelier than the
    `confidence` in the delivered one leaves room for.
    """
    sure = min(max(confidence, _LEAST), 1 - _LEAST)
    doubt = math.log((1 - sure) / sure)
    nats = -_WORTH * below
    calibrated: NDArray[np.float64] = np.where(read, nats, np.minimum(nats, min(doubt, 0.0)))
    return calibrated


def forward_forms(lattice: Lattice, names: Sequence[str]) -> NDArray[np.float64]:
    """Log of the summed probabilities of all written forms of each name, shape (len(names),).

    The forward algorithm of CTC (Graves et al. 2006) over a graph in which every character
    of a name is a choice of its forms; texts are summed once each, as between the same
    characters a blank is required.
    """
    if not names or not lattice.steps:
        return np.full(len(names), WORST)
    written = _written(lattice, names)
    scores = _scores(lattice)
    count, width, forms = written.labels.shape
    resting = np.full((count, width + 1), -np.inf)
    within = np.full((count, width, forms), -np.inf)
    resting[:, 0] = scores[0, 0]
    within[:, 0] = scores[0][written.labels[:, 0]]
    for step in scores[1:]:
        ended = np.logaddexp.reduce(within, axis=2)
        entered = resting[:, :-1, None] + np.zeros(forms)
        entered[:, 1:] = np.logaddexp(entered[:, 1:], _follows(within, ended, written.clash))
        resting[:, 1:] = np.logaddexp(resting[:, 1:], ended)
        resting += step[0]
        within = np.logaddexp(within, entered) + step[written.labels]
    rows = np.arange(count)
    ended = np.logaddexp.reduce(within, axis=2)
    last = np.where(written.length > 0, ended[rows, written.length - 1], -np.inf)
    total: NDArray[np.float64] = np.logaddexp(resting[rows, written.length], last)
    return total


def _follows(
    within: NDArray[np.float64], ended: NDArray[np.float64], clash: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What flows from the forms of each character straight into those of the next."""
    if not clash.any():
        return ended[:, :-1, None]
    allowed = np.where(clash[:, 1:], -np.inf, within[:, :-1, None, :])
    flow: NDArray[np.float64] = np.logaddexp.reduce(allowed, axis=3)
    return flow


def _scores(lattice: Lattice) -> NDArray[np.float64]:
    """The lattice's log-probabilities, then the floor, then the impossible."""
    nothing = np.full((lattice.steps, 1), -np.inf)
    columns = (lattice.log_probs, lattice.floor[:, None], nothing)
    return np.concatenate(columns, axis=1).astype(np.float64)


def _written(lattice: Lattice, names: Sequence[str]) -> WrittenNames:
    where = {symbol: i + 1 for i, symbol in enumerate(lattice.symbols)}
    choices = {character: _forms(character, where) for character in set("".join(names))}
    count, width = len(names), max(1, *(len(name) for name in names))
    forms = max((len(found) for found in choices.values()), default=1)
    labels = np.full((count, width, forms), len(where) + 2, np.intp)
    codes = np.full((count, width, forms), -1, np.int64)
    for row, name in enumerate(names):
        for at, character in enumerate(name):
            for form, written in enumerate(choices[character]):
                labels[row, at, form] = where.get(written, len(where) + 1)
                codes[row, at, form] = ord(written)
    clash = np.zeros((count, width, forms, forms), bool)
    clash[:, 1:] = (codes[:, 1:, :, None] == codes[:, :-1, None, :]) & (codes[:, 1:, :, None] >= 0)
    length = np.array([len(name) for name in names], np.intp)
    return WrittenNames(labels=labels, clash=clash, length=length)


def _forms(character: str, where: Mapping[str, int]) -> tuple[str, ...]:
    """The forms of a character that the reader thought of; the character itself when none."""
    return tuple(sorted(written_forms(character) & where.keys())) or (character,)
