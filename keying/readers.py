"""Error rates of readers: clerks and the machine, per kind of field.

Rates are posterior means under Beta priors. A cell (one clerk, one kind of field) is drawn
towards the product of the clerk's and the field's rates over the batch, as in an additive
log model of two factors; those in turn are drawn towards what double-entry studies report.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

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

    @staticmethod
    def machine(tail: str) -> Reader:
        """The machine on a kind of field; its rate is that of saying nothing at all."""
        return reader(_MACHINE, tail, sure=True)

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


@lru_cache(maxsize=1 << 12)
def reader(who: str, tail: str, *, sure: bool) -> Reader:
    """The reader, made once: a batch asks for the same few all the time."""
    return Reader(who=who, tail=tail, sure=sure)


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

    def add(self, key: object, wrong: float, read: float = 1) -> None:
        self.wrong[key] += wrong
        self.read[key] += read

    def rate(self, key: object, usual: float, worth: float) -> float:
        """Posterior mean under Beta(usual * worth, (1 - usual) * worth)."""
        return (self.wrong[key] + usual * worth) / (self.read[key] + worth)


def estimate(readings: Iterable[tuple[Reader, float]]) -> Rates:
    """The M step: rates from each reading's reader and its probability of being wrong."""
    cells = _Tally()
    for who, wrong in readings:
        cells.add(who, wrong)
    readers = [key for key in cells.read if isinstance(key, Reader)]
    sums = _Tally()
    for each in readers:
        for key in (each.family, _of_who(each), _of_tail(each)):
            sums.add(key, cells.wrong[each], cells.read[each])
    errors = {each: _cell(each, cells, sums) for each in readers}
    return Rates(errors=errors, readings={each: cells.read[each] for each in readers})


def _cell(each: Reader, cells: _Tally, sums: _Tally) -> float:
    overall = sums.rate(each.family, each.usual, _WORTH_OF_ALL)
    who = sums.rate(_of_who(each), overall, _WORTH_OF_CELL)
    tail = sums.rate(_of_tail(each), overall, _WORTH_OF_CELL)
    centre = min(_MOST, max(_LEAST, who * tail / overall))
    return min(_MOST, max(_LEAST, cells.rate(each, centre, _WORTH_OF_CELL)))


def _of_who(each: Reader) -> object:
    return each.family, "who", each.who


def _of_tail(each: Reader) -> object:
    return each.family, "tail", each.tail
