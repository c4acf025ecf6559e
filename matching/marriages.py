"""People answered on certificates of two marriages at a time.

Whoever is answered on two marriage certificates with two partners gets a flag, unless a
divorce certificate of the same batch ends the first marriage before the second begins. A
divorce that no paper of the batch tells of is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matching.certificates import Certificates
    from matching.encode import Ints

_LAST_MONTH, _LAST_DAY = 12, 31


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """One person's paper: the partner's register row (-1 for none) and name, its days.

    `first` and `last` (YYYYMMDD) are the days between which it was issued, 0 when unknown.
    """

    record: int
    spouse: int
    name: int
    first: int
    last: int
    divorce: bool

    def is_with(self, other: _Paper) -> bool:
        """Whether both papers name one partner: the same register person, or the same name."""
        return (self.spouse == other.spouse and self.spouse >= 0) or self.name == other.name


def two_marriages(people: Certificates, row: Ints) -> Ints:
    """Which records' answers are answered with another partner in a marriage that may last.

    `row` (records,) is each record's answer, -1 for none.
    """
    flagged = np.zeros(len(row), bool)
    some = np.flatnonzero((row >= 0) & (people.partner >= 0))
    some = some[np.argsort(row[some], kind="stable")]
    begin = np.flatnonzero(np.r_[True, row[some][1:] != row[some][:-1]]) if len(some) else some
    for papers in np.split(some, begin[1:]):
        # Nearly everybody has one paper.
        if len(papers) > 1:
            at_once = _at_once([_paper(people, row, int(record)) for record in papers])
            flagged[np.array(at_once, np.int64)] = True
    return flagged


def _paper(people: Certificates, row: Ints, record: int) -> _Paper:
    partner, day = int(people.partner[record]), int(people.registered.value[record])
    year, month = day // 10000, day // 100 % 100
    return _Paper(
        record=record,
        spouse=int(row[partner]),
        name=int(people.name.values.key[people.name.first[partner]]),
        first=day and year * 10000 + max(month, 1) * 100 + max(day % 100, 1),
        last=day and year * 10000 + (month or _LAST_MONTH) * 100 + (day % 100 or _LAST_DAY),
        divorce=bool(people.divorce[record]),
    )


def _at_once(papers: list[_Paper]) -> list[int]:
    """The records of one person's marriages that are not known to have followed one another."""
    marriages = [paper for paper in papers if not paper.divorce]
    ends = [paper for paper in papers if paper.divorce]
    return [
        paper.record
        for one, other in combinations(marriages, 2)
        if not (one.is_with(other) or _ended(one, other, ends) or _ended(other, one, ends))
        for paper in (one, other)
    ]


def _ended(marriage: _Paper, after: _Paper, ends: list[_Paper]) -> bool:
    """Whether a divorce ended a marriage before another began; known days alone tell."""
    return any(
        0 < marriage.last <= end.first and end.last <= after.first and end.is_with(marriage)
        for end in ends
    )
