"""Error rates of readers: clerks and the machine, per kind of field.

Rates are posterior means under Beta priors. A cell (one clerk, one kind of field) is drawn
towards the product of the clerk's and the field's rates over the batch, as in an additive
log model of two factors; those in turn are drawn towards what double-entry studies report.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MACHINE = ""
#: Prior mean error of a sure entry, of an unsure one, and of the machine being off altogether.
SURE, UNSURE, OFF = 0.0055, 0.15, 0.1
#: How many readings a prior is worth: that of all readers, and that of one cell.
_WORTH_OF_ALL, _WORTH_OF_CELL = 100.0, 10.0
_LEAST, _MOST = 1e-4, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose error rate it is: a clerk's on a kind of field, sure or unsure, or the machine's."""

    who: str
    tail: str
    sure: bool = True

    @classmethod
    def machine(cls, tail: str) -> Self:
        """The machine on a kind of field; its rate is that of saying nothing at all."""
        return cls(who=_MACHINE, tail=tail)

    @property
    def usual(self) -> float:
        """The error rate before anything is known."""
        if self.who == _MACHINE:
            return OFF
        return SURE if self.sure else UNSURE

    @property
    def family(self) -> tuple[bool, bool]:
        """Readers that are comparable: the machine, sure entries, unsure entries."""
        return self.who == _MACHINE, self.sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Error rates learnt from a batch, and the number of readings behind each."""

    errors: Mapping[Reader, float] = field(default_factory=dict)
    readings: Mapping[Reader, float] = field(default_factory=dict)

    def error(self, reader: Reader) -> float:
        """The reader's error rate, the usual one where nothing was learnt."""
        return self.errors.get(reader, reader.usual)

    def distance(self, other: Rates) -> float:
        """The largest change of any rate between the two."""
        readers = self.errors.keys() | other.errors.keys()
        return max((abs(self.error(r) - other.error(r)) for r in readers), default=0.0)


class _Tally:
    """Expected errors and readings, by any key."""

    def __init__(self) -> None:
        self.wrong: defaultdict[object, float] = defaultdict(float)
        self.read: defaultdict[object, float] = defaultdict(float)

    def add(self, key: object, wrong: float) -> None:
        self.wrong[key] += wrong
        self.read[key] += 1

    def rate(self, key: object, usual: float, worth: float) -> float:
        """Posterior mean under Beta(usual * worth, (1 - usual) * worth)."""
        return (self.wrong[key] + usual * worth) / (self.read[key] + worth)


def estimate(readings: Iterable[tuple[Reader, float]]) -> Rates:
    """The M step: rates from each reading's reader and its probability of being wrong."""
    tally, cells = _Tally(), _Tally()
    for reader, wrong in readings:
        cells.add(reader, wrong)
        tally.add(reader.family, wrong)
        tally.add((reader.family, "who", reader.who), wrong)
        tally.add((reader.family, "tail", reader.tail), wrong)
    readers = [key for key in cells.read if isinstance(key, Reader)]
    errors = {reader: _cell(reader, cells, tally) for reader in readers}
    return Rates(errors=errors, readings={reader: cells.read[reader] for reader in readers})


def _cell(reader: Reader, cells: _Tally, tally: _Tally) -> float:
    overall = tally.rate(reader.family, reader.usual, _WORTH_OF_ALL)
    of_who = tally.rate((reader.family, "who", reader.who), overall, _WORTH_OF_CELL)
    of_tail = tally.rate((reader.family, "tail", reader.tail), overall, _WORTH_OF_CELL)
    centre = min(_MOST, max(_LEAST, of_who * of_tail / overall))
    return min(_MOST, max(_LEAST, cells.rate(reader, centre, _WORTH_OF_CELL)))
