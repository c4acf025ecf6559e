"""The search for candidates: tight keys for everybody, wide ones for the undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    from collections.abc import Callable

    from matching.certificates import Certificates
    from matching.encode import Ints
    from matching.index import RegisterIndex
    from matching.partition import Partitions

#: Bits over the odds of a random person at which a tight candidate ends the search.
_DECIDED = 13.0
#: Candidates so many bits behind a person's best, or beyond so many, are let go.
_BEHIND, _MOST = 26.0, 12
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
    everybody, blocks = np.arange(len(people)), BlockReport()

    def compared(pairs: Ints) -> Comparison:
        record, row = unpack(pairs)
        if partitions:
            return partitions.compared(record, row, chances, start)
        return compare(people, index, record, row, known=index.known, chances=chances, start=start)

    say("searching by tight keys")
    pairs = candidate_pairs(index, people, TIGHT, everybody, blocks)
    found = compared(pairs)
    say("searching further for the undecided")
    undecided = np.flatnonzero(_best(found, start, chances, len(people)) < _odds(index) + _DECIDED)
    wider = candidate_pairs(index, people, WIDE, undecided, blocks)
    found = Comparison.joined([found, compared(np.setdiff1d(wider, pairs, assume_unique=True))])
    pairs = pack(found.record, found.row)
    likely = weights(found, start, chances) > _odds(index) + _WORTH_SPOUSE
    spouses = spouse_pairs(index, people, pairs[likely])
    found = Comparison.joined([found, compared(np.setdiff1d(spouses, pairs, assume_unique=True))])
    say(blocks.summary())
    return pruned(found, weights(found, start, chances))


def _odds(index: RegisterIndex) -> float:
    return float(np.log2(len(index)))


def _best(found: Comparison, start: Parameters, chances: Chances, records: int) -> Ints:
    best = np.full(records, -np.inf)
    np.maximum.at(best, found.record, weights(found, start, chances))
    return best


def pruned(found: Comparison, weight: Ints) -> Comparison:
    """Without candidates far behind their record's best, or beyond the dozen best."""
    order = np.lexsort((found.row, -weight, found.record))
    record = found.record[order]
    begin = np.flatnonzero(np.r_[True, record[1:] != record[:-1]]) if len(record) else record
    group = np.cumsum(np.isin(np.arange(len(record)), begin)) - 1
    rank = np.arange(len(record)) - begin[group]
    close = weight[order] >= weight[order][begin][group] - _BEHIND
    kept = order[close & (rank < _MOST)]
    return found.take(np.sort(kept))
