"""A recogniser's output, kept as a distribution over texts.

A lattice holds, for every time step of a CTC output, the likeliest characters with their
log-probabilities, so that anything later can ask how likely *this* text is. Running a
recogniser and deciding on a text under constraints are not handled here.
"""

from __future__ import annotations

import itertools
import json
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from records.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Entries below this probability are left to the floor even when there is room for them.
_KEEP_ABOVE = 1e-5
#: No log-probability falls below this; a recogniser is never that sure of an absence.
FLOOR = -20.0
_MAGIC = b"LAT1"
#: Plain numbers hold sums down to some -700 nats; what they lose of a text likelier than this
#: is nothing.
_LOST = -200.0
#: Columns of impossible states before the first label, so that no step looks out of range.
_LEAD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Charset:
    """The characters of a recogniser in the order of its output; index 0 is the CTC blank."""

    name: str
    symbols: tuple[str, ...]


class Spelled(NamedTuple):
    """The greedy text of a lattice: per character its probability, first and last time step."""

    text: str
    probabilities: tuple[float, ...]
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """A sparse CTC output of T time steps over S characters that occur in it.

    `log_probs` is (T, S + 1) float32 of natural logarithms, column 0 being the blank and
    column i + 1 the character `symbols[i]`; entries that weren't kept hold the step's
    floor. `floor` is (T,): the log-probability of any one character not in `symbols`.
    `charset` names the recogniser. `extent` is the number of steps that spans the crop.
    """

    charset: str
    symbols: tuple[str, ...]
    log_probs: NDArray[np.float32]
    floor: NDArray[np.float32]
    extent: float

    @classmethod
    def from_dense(
        cls,
        probs: NDArray[np.float32],
        charset: Charset,
        top_k: int = 20,
        *,
        extent: float | None = None,
    ) -> Lattice:
        """Keep the blank and the `top_k` likeliest characters of each step.

        `probs` is (T, C) of probabilities, C = len(charset.symbols). `extent` is the number
        of steps that the width of the crop corresponds to (default T; less when padded).
        """
        steps, size = probs.shape
        # Beside a sure blank nothing else can be likely enough, and most steps are such.
        open_steps = np.flatnonzero(probs[:, 0] < 1 - _KEEP_ABOVE / 2)
        # Far quicker over the flat array than with two indices.
        at, columns = np.divmod(np.flatnonzero(probs[open_steps] > _KEEP_ABOVE), size)
        rows, columns = open_steps[at][columns > 0], columns[columns > 0]
        values = probs[rows, columns]
        order = np.lexsort((-values, rows))
        rows, columns, values = rows[order], columns[order], values[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = rank < top_k
        rows, columns, values = rows[kept], columns[kept], values[kept]
        mass = probs[:, 0] + np.bincount(rows, weights=values, minlength=steps)
        rest = np.clip(1.0 - mass, 0.0, 1.0) / max(1, size - top_k)
        floor = np.log(np.maximum(rest, math.exp(FLOOR))).astype(np.float32)
        used, local = np.unique(columns, return_inverse=True)
        table = np.repeat(floor[:, None], len(used) + 1, axis=1)
        table[:, 0] = np.log(np.maximum(probs[:, 0], math.exp(FLOOR)))
        table[rows, local + 1] = np.log(np.maximum(values, math.exp(FLOOR)))
        return cls(
            charset=charset.name,
            symbols=tuple(charset.symbols[i] for i in used),
            log_probs=np.ascontiguousarray(table, dtype=np.float32),
            floor=floor,
            extent=float(steps if extent is None else extent),
        )

    @property
    def steps(self) -> int:
        """The number of time steps."""
        return len(self.floor)

    def column(self, character: str) -> NDArray[np.float32]:
        """Log-probabilities (T,) of one character, the floor where it was not kept."""
        if character in self.symbols:
            return self.log_probs[:, self.symbols.index(character) + 1]
        return self.floor

    def greedy(self) -> Spelled:
        """The text of the best path: repeated labels merged, blanks dropped."""
        best = self.log_probs.argmax(axis=1)
        peak = self.log_probs[np.arange(self.steps), best] if self.steps else best
        characters: list[str] = []
        chances: list[float] = []
        spans: list[tuple[int, int]] = []
        previous = 0
        for step, label in enumerate(best.tolist()):
            if label and label == previous:
                chances[-1] = max(chances[-1], math.exp(peak[step]))
                spans[-1] = (spans[-1][0], step)
            elif label:
                characters.append(self.symbols[label - 1])
                chances.append(math.exp(peak[step]))
                spans.append((step, step))
            previous = label
        return Spelled("".join(characters), tuple(chances), tuple(spans))

    def spans(self) -> tuple[tuple[float, float], ...]:
        """Where each greedy character lies: fractions (start, end) of the crop's length.

        A CTC peak marks about the middle of a character, so borders are set half way
        between neighbouring peaks and half the usual advance beyond the outer ones.
        """
        centres = [(a + b + 1) / 2 / self.extent for a, b in self.greedy().steps]
        if not centres:
            return ()
        gaps = [b - a for a, b in itertools.pairwise(centres)]
        half = (float(np.median(gaps)) if gaps else 1.0) / 2
        borders = [
            max(0.0, centres[0] - half),
            *((a + b) / 2 for a, b in itertools.pairwise(centres)),
            min(1.0, centres[-1] + half),
        ]
        return tuple(itertools.pairwise(borders))

    def slice(self, start: int, stop: int) -> Lattice:
        """The lattice of the time steps start ≤ t < stop, `extent` being their number."""
        return Lattice(
            charset=self.charset,
            symbols=self.symbols,
            log_probs=self.log_probs[start:stop],
            floor=self.floor[start:stop],
            extent=float(max(1, stop - start)),
        )

    def log_prob(self, text: str) -> float:
        """Log P(text), summed over all CTC alignments (Graves et al. 2006, forward algorithm)."""
        return float(forward(self, [text])[0])

    def to_bytes(self) -> bytes:
        """A compact, versioned form; log-probabilities keep three decimals or better."""
        head = json.dumps(
            [self.charset, "".join(self.symbols), [len(s) for s in self.symbols], self.extent],
            ensure_ascii=False,
        ).encode()
        kept = self.log_probs[:, 1:] > self.floor[:, None]
        rows, columns = np.nonzero(kept)
        body = b"".join(
            (
                np.array([self.steps, len(rows)], "<u4").tobytes(),
                self.floor.astype("<f2").tobytes(),
                self.log_probs[:, 0].astype("<f2").tobytes(),
                rows.astype("<u2").tobytes(),
                columns.astype("<u2").tobytes(),
                self.log_probs[:, 1:][kept].astype("<f2").tobytes(),
            )
        )
        return _MAGIC + zlib.compress(len(head).to_bytes(4, "little") + head + body)

    @classmethod
    def from_bytes(cls, data: bytes) -> Lattice:
        """The lattice that `to_bytes` wrote.

        Raises IntegrityError (`bad_lattice`) on other or damaged bytes.
        """
        try:
            return cls._parse(data)
        except (ValueError, zlib.error, IndexError) as error:
            raise IntegrityError(
                "bad_lattice",
                what="A stored character lattice can't be read",
                remedy="read the page again",
            ) from error

    @classmethod
    def _parse(cls, data: bytes) -> Lattice:
        if not data.startswith(_MAGIC):
            raise ValueError("not a lattice")
        raw = zlib.decompress(data[len(_MAGIC) :])
        size = int.from_bytes(raw[:4], "little")
        charset, joined, lengths, extent = json.loads(raw[4 : 4 + size])
        ends = np.cumsum(lengths, dtype=int).tolist()
        symbols = tuple(joined[end - n : end] for end, n in zip(ends, lengths, strict=True))
        body = raw[4 + size :]
        steps, count = (int(n) for n in np.frombuffer(body, "<u4", 2))
        floor, blank = np.frombuffer(body, "<f2", 2 * steps, 8).reshape(2, steps)
        at = 8 + 4 * steps
        rows = np.frombuffer(body, "<u2", count, at)
        columns = np.frombuffer(body, "<u2", count, at + 2 * count)
        values = np.frombuffer(body, "<f2", count, at + 4 * count)
        table = np.repeat(floor.astype(np.float32)[:, None], len(symbols) + 1, axis=1)
        table[:, 0] = blank
        table[rows, columns.astype(int) + 1] = values
        return cls(
            charset=charset,
            symbols=symbols,
            log_probs=table,
            floor=floor.astype(np.float32),
            extent=extent,
        )


def forward(lattice: Lattice, texts: Sequence[str]) -> NDArray[np.float64]:
    """Log P(text | lattice) of many texts at once, shape (len(texts),).

    The forward algorithm of CTC over each text with blanks woven in; an empty text has
    the probability of blanks alone. Characters are code points.
    """
    if not texts:
        return np.zeros(0)
    width = 2 * max(len(text) for text in texts) + 1
    where = {symbol: i + 1 for i, symbol in enumerate(lattice.symbols)}
    unknown = len(where) + 1
    labels = np.zeros((len(texts), width), dtype=np.intp)
    skip = np.zeros((len(texts), width), dtype=bool)
    for row, text in enumerate(texts):
        for i, character in enumerate(text):
            labels[row, 2 * i + 1] = where.get(character, unknown)
            # A repeated character needs a blank between its two labels.
            skip[row, 2 * i + 1] = i > 0 and character != text[i - 1]
    scores = np.concatenate((lattice.log_probs, lattice.floor[:, None]), axis=1).astype(np.float64)
    ends = np.array([2 * len(text) for text in texts]) + _LEAD
    with np.errstate(divide="ignore"):
        result: NDArray[np.float64] = np.log(_summed(np.exp(scores), labels, skip, ends))
    lost = np.flatnonzero(result < _LOST)
    if lost.size:
        result[lost] = _summed_logs(scores, labels[lost], skip[lost], ends[lost])
    return result


def _summed(
    likely: NDArray[np.float64],
    labels: NDArray[np.intp],
    skip: NDArray[np.bool_],
    ends: NDArray[np.intp],
) -> NDArray[np.float64]:
    """P(text | lattice) in plain numbers, several times quicker than in logarithms."""
    alpha = np.zeros((len(labels), labels.shape[1] + _LEAD))
    alpha[:, _LEAD] = 1.0
    if len(likely):
        alpha[:, _LEAD] = likely[0, 0]
        alpha[:, _LEAD + 1 : _LEAD + 2] = np.where(
            labels[:, 1:2] > 0, likely[0][labels[:, 1:2]], 0.0
        )
    weights = skip.astype(np.float64)
    for step in likely[1:]:
        reached = weights * alpha[:, :-_LEAD]
        reached += alpha[:, 1:-1]
        reached += alpha[:, _LEAD:]
        np.multiply(reached, step[labels], out=alpha[:, _LEAD:])
    rows = np.arange(len(labels))
    found: NDArray[np.float64] = alpha[rows, ends] + np.where(
        ends > _LEAD, alpha[rows, ends - 1], 0.0
    )
    return found


def _summed_logs(
    scores: NDArray[np.float64],
    labels: NDArray[np.intp],
    skip: NDArray[np.bool_],
    ends: NDArray[np.intp],
) -> NDArray[np.float64]:
    """`forward` in logarithms, in which no text is too unlikely."""
    alpha = np.full((len(labels), labels.shape[1] + _LEAD), -np.inf)
    alpha[:, _LEAD] = 0.0
    if len(scores):
        alpha[:, _LEAD] = scores[0, 0]
        alpha[:, _LEAD + 1 : _LEAD + 2] = np.where(
            labels[:, 1:2] > 0, scores[0][labels[:, 1:2]], -np.inf
        )
    for step in scores[1:]:
        best = np.logaddexp(alpha[:, _LEAD:], alpha[:, 1:-1])
        best = np.where(skip, np.logaddexp(best, alpha[:, :-_LEAD]), best)
        alpha[:, _LEAD:] = best + step[labels]
    rows = np.arange(len(labels))
    last = np.where(ends > _LEAD, alpha[rows, ends - 1], -np.inf)
    result: NDArray[np.float64] = np.logaddexp(alpha[rows, ends], last)
    return result
