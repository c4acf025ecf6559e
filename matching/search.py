"""The search for candidates: tight keys for everybody, wide ones for the undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching import keys
from matching.blocking import (
    TIGHT,
    WIDE,
    BlockReport,
    candidate_pairs,
    pack,
    spouse_pairs,
    unpack,
)
from matching.compare import Chances, Comparison, compare
from matching.model import Parameters, weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.certificates import Certificates
    from matching.encode import Ints
    from matching.index import RegisterIndex
    from matching.partition import Partitions

#: Bits over the odds of a random person at which a tight candidate ends the search.
_DECIDED = 13.0
#: Candidates so many bits behind a person's best, or beyond so many, are let go.
_BEHIND, _MOST = 26.0, 12
#: So many pairs are compared before the hopeless ones are let go.
_TOGETHER = 500_000
#: A partner's candidate must be worth this much for its spouse to be looked at.
_WORTH_SPOUSE = -8.0


def search(
    people: Certificates,
    index: RegisterIndex,
    chances: Chances,
    start: Parameters,
    say: Callable[[str], None],
    partitions: Partitions | None = None,
) -> Comparison:
    """Candidate pairs, compared here or in partitions; the hopeless ones are left out again."""
    blocks = BlockReport()
    looked = _Looking(people, index, chances, start, partitions)
    say("searching by tight keys")
    tight = candidate_pairs(index, people, TIGHT, np.arange(len(people)), blocks)
    looked.at(tight)
    say("searching further for the undecided")
    undecided = np.flatnonzero(looked.best < _odds(index) + _DECIDED)
    wide = candidate_pairs(index, people, WIDE, undecided, blocks)
    wide = np.setdiff1d(wide, tight, assume_unique=True)
    looked.at(wide)
    spouses = keys.distinct(np.concatenate(looked.spouses))
    for before in (tight, wide):
        spouses = np.setdiff1d(spouses, before, assume_unique=True)
    looked.at(spouses)
    say(blocks.summary())
    found = Comparison.joined(looked.kept)
    return pruned(found, weights(found, start, chances))


class _Looking:
    """Pairs compared a stretch of records at a time, the hopeless ones let go at once.

    `kept` are the comparisons, `best` is each record's best weight so far, `spouses` are the
    packed pairs that likely candidates propose for the partner.
    """

    def __init__(
        self,
        people: Certificates,
        index: RegisterIndex,
        chances: Chances,
        start: Parameters,
        partitions: Partitions | None,
    ) -> None:
        self._people, self._index, self._partitions = people, index, partitions
        self._chances, self._start = chances, start
        self.kept: list[Comparison] = []
        self.spouses: list[Ints] = []
        self.best = np.full(len(people), -np.inf)

    def at(self, pairs: Ints) -> None:
        """Compare these packed pairs, which are in order."""
        # Where each partition has to be opened for it, everything is compared in one go.
        for some in [pairs] if self._partitions else stretches(pairs):
            found = self._compared(*unpack(some))
            weight = weights(found, self._start, self._chances)
            np.maximum.at(self.best, found.record, weight)
            likely = weight > _odds(self._index) + _WORTH_SPOUSE
            near = pack(found.record[likely], found.row[likely])
            self.spouses.append(spouse_pairs(self._index, self._people, near))
            self.kept.append(pruned(found, weight))

    def _compared(self, record: Ints, row: Ints) -> Comparison:
        if self._partitions:
            return self._partitions.compared(record, row, self._chances, self._start)
        return compare(
            self._people, self._index, record, row,
            known=self._index.known, chances=self._chances, start=self._start,
        )  # fmt: skip


def stretches(pairs: Ints) -> Iterator[Ints]:
    """Packed pairs in stretches of about so many as are compared together, whole records each."""
    first = 0
    while first < max(len(pairs), 1):
        last = first + _TOGETHER
        if last < len(pairs):
            last = int(np.searchsorted(pairs, ((pairs[last] >> 32) + 1) << 32))
        yield pairs[first:last]
        first = last


def _odds(index: RegisterIndex) -> float:
    return float(np.log2(len(index)))


def pruned(found: Comparison, weight: Ints) -> Comparison:
    """Without candidates far behind their record's best, or beyond the dozen best.

    The pairs are in order of record, and stay so.
    """
    if not len(found):
        return found
    begins = np.r_[True, found.record[1:] != found.record[:-1]]
    top = np.maximum.reduceat(weight, np.flatnonzero(begins))[np.cumsum(begins) - 1]
    close = np.flatnonzero(weight >= top - _BEHIND)
    order = close[np.lexsort((found.row[close], -weight[close], found.record[close]))]
    record = found.record[order]
    begin = np.flatnonzero(np.r_[True, record[1:] != record[:-1]])
    rank = np.arange(len(order)) - np.repeat(begin, np.diff(begin, append=len(order)))
    return found.take(np.sort(order[rank < _MOST]))
