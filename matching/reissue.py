"""Certificates of one couple in one batch: a marriage and its reissue, or two readings.

Two papers that mean the same two register people are two accounts of the same facts. What
both say counts once, what only one says counts for both: of every field the account that
tells more is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matching.compare import Comparison
from matching.compare_date import DateLevel
from matching.compare_name import NameLevel
from matching.compare_number import DATE_LEVELS, NUMBER_LEVELS, NumberLevel
from matching.marriages import two_marriages

if TYPE_CHECKING:
    from matching.certificates import Certificates
    from matching.compare import Chances
    from matching.couple import Hypotheses
    from matching.encode import Ints
    from matching.model import Parameters

REISSUE, TWO_MARRIAGES = "reissue", "two_marriages"
#: How often a couple's certificate is in the batch a second time.
_AGAIN = 0.03
#: Hypotheses less likely than this join no papers, and papers are joined when this sure.
_LEAST, _SURE = 0.02, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Records (k,) and the records of another certificate that mean the same people."""

    record: Ints
    same_as: Ints

    def __len__(self) -> int:
        return len(self.record)


def same_couples(found: Hypotheses, chance: Ints, pairs: Comparison, prior: Ints) -> Joined:
    """Which certificates mean the same couple, each with the surest one about that couple.

    `chance` is the posterior of each hypothesis, `prior` is `log2_prior`. Two papers about one
    couple are likelier than two couples' papers agreeing by the share of reissues over the
    chance that any other paper is about these two.
    """
    both = np.flatnonzero((found.one >= 0) & (found.other >= 0) & (chance >= _LEAST))
    row_one, row_other = pairs.row[found.one[both]], pairs.row[found.other[both]]
    couple = np.minimum(row_one, row_other) << 32 | np.maximum(row_one, row_other)
    order = np.lexsort((found.couple[both], -chance[both], couple))
    both, couple = both[order], couple[order]
    begin = np.flatnonzero(np.r_[True, couple[1:] != couple[:-1]]) if len(couple) else couple
    lead = both[begin][np.cumsum(np.isin(np.arange(len(couple)), begin)) - 1]
    alike = chance[both] * chance[lead]
    papers = max(int(found.couple[-1]) + 1, 1)
    oftener = np.maximum(_AGAIN / papers * np.exp2(-prior[found.state[both]]), 1.0)
    odds = alike * oftener / np.maximum(1 - alike, 1e-12)
    kept = (found.couple[both] != found.couple[lead]) & (odds >= _SURE / (1 - _SURE))
    both, lead, alike = both[kept], lead[kept], alike[kept]
    # A paper joins one other: the one it agrees with best.
    order = np.lexsort((-alike, found.couple[both]))
    _, first = np.unique(found.couple[both][order], return_index=True)
    return _records(found, pairs, both[order[first]], lead[order[first]])


def _records(found: Hypotheses, pairs: Comparison, one: Ints, other: Ints) -> Joined:
    """The people of the joined papers, the same register person beside the same."""
    straight = pairs.row[found.one[one]] == pairs.row[found.one[other]]
    man, woman = found.record_one[other], found.record_other[other]
    first = np.where(straight, man, woman)
    second = np.where(straight, woman, man)
    return Joined(
        record=np.concatenate([found.record_one[one], found.record_other[one]]),
        same_as=np.concatenate([first, second]),
    )


def pooled(pairs: Comparison, joined: Joined, model: Parameters, chances: Chances) -> Comparison:
    """The pairs with what the joined papers say of the same register person, field by field."""
    here = np.concatenate([joined.record, joined.same_as])
    there = np.concatenate([joined.same_as, joined.record])
    first = np.searchsorted(pairs.record, there)
    size = np.searchsorted(pairs.record, there, "right") - first
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    lent = replace(pairs.take(np.repeat(first, size) + within), record=np.repeat(here, size))
    whole = Comparison.joined([pairs, lent])
    key = whole.record << 32 | whole.row
    group = np.cumsum(np.r_[True, key[1:] != key[:-1]]) - 1
    number, date = whole.joint % NUMBER_LEVELS, whole.joint // NUMBER_LEVELS % DATE_LEVELS
    told = 2 * (number != NumberLevel.NONE) + (date != DateLevel.MISSING)
    born = model.joint[whole.joint] - whole.joint_u + whole.born_p
    name = model.name[whole.name] - whole.name_u + whole.name_p
    of_name = _best(group, whole.name != NameLevel.MISSING, name)
    of_birth = _best(group, told, born)
    of_home = _best(group, np.zeros(len(whole)), model.address[whole.address] - whole.address_u)
    of_sex = _best(group, np.zeros(len(whole)), model.sex[whole.sex] - chances.sexes[whole.sex])
    return replace(
        whole.take(of_name),
        date_u=whole.date_u[of_birth],
        joint=whole.joint[of_birth],
        joint_u=whole.joint_u[of_birth],
        born_p=whole.born_p[of_birth],
        sex=whole.sex[of_sex],
        address=whole.address[of_home],
        address_u=whole.address_u[of_home],
    )


def _best(group: Ints, told: Ints, weight: Ints) -> Ints:
    """The place in each group of what tells anything, then of what weighs most."""
    order = np.lexsort((weight, told, group))
    last = np.r_[group[order][1:] != group[order][:-1], True]
    return order[last]


def flags(people: Certificates, joined: Joined, row: Ints) -> list[list[str]]:
    """What should be known of each record's answer; `row` (records,) is it, -1 for none."""
    again = np.zeros(len(people), bool)
    again[joined.record], again[joined.same_as] = True, True
    twice = two_marriages(people, row)
    return [
        [flag for flag, is_so in ((REISSUE, one), (TWO_MARRIAGES, two)) if is_so]
        for one, two in zip(again.tolist(), twice.tolist(), strict=True)
    ]
