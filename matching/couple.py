"""The posterior over couples: which two register persons, or nobody, a certificate means.

Every certificate has hypotheses (man is a, woman is b), where a and b run over the
candidates and "not in the register". The register's own knowledge of couples - who is
linked to whom, who shares a home - makes some pairs of candidates far likelier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.model import CoupleState

if TYPE_CHECKING:
    from matching.certificates import Certificates
    from matching.compare import Comparison
    from matching.encode import Ints
    from matching.frequencies import Frequencies
    from matching.people import People

NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """All hypotheses, certificate by certificate.

    `couple` numbers the certificates in order, `one` and `other` are places of candidate pairs
    or NOBODY, `record_one` and `record_other` the people they stand for, `state` is a
    CoupleState, `shared` marks couples whose two addresses are one piece of evidence. `begin`
    is where each couple's hypotheses start, `width` how many of them have the same `one`.
    """

    couple: Ints
    one: Ints
    other: Ints
    state: Ints
    shared: Ints
    record_one: Ints
    record_other: Ints
    begin: Ints
    width: Ints

    @property
    def records(self) -> int:
        """One more than the last record that a hypothesis speaks of."""
        return int(max(self.record_one.max(), self.record_other.max())) + 1


def hypotheses(people: Certificates, register: People, pairs: Comparison) -> Hypotheses:
    """Enumerate the hypotheses; `pairs` are in order of record."""
    start = np.searchsorted(pairs.record, np.arange(len(people)))
    size = np.searchsorted(pairs.record, np.arange(len(people)), "right") - start
    first = np.flatnonzero((people.partner < 0) | (people.partner > np.arange(len(people))))
    partner = people.partner[first]
    paired = partner >= 0
    # One more than the candidates: nobody. Persons alone have no other side.
    ones, others = size[first] + 1, np.where(paired, size[partner] + 1, 1)
    count = ones * others
    couple = np.repeat(np.arange(len(first)), count)
    begin = np.cumsum(count) - count
    within = np.arange(len(couple)) - begin[couple]
    a, b = within // others[couple], within % others[couple]
    one = np.where(a < size[first][couple], start[first][couple] + a, NOBODY)
    beside = np.where(paired, size[partner], 0)
    other = np.where(b < beside[couple], start[partner][couple] + b, NOBODY)
    state, household = _states(register, pairs, one, other, paired[couple])
    return Hypotheses(
        couple=couple,
        one=one,
        other=other,
        state=state,
        shared=household,
        record_one=first[couple],
        record_other=np.where(paired, partner, NOBODY)[couple],
        begin=begin,
        width=others,
    )


def _same_home(street: Ints, house: Ints, one: Ints, other: Ints) -> Ints:
    same: Ints = (street[one] == street[other]) & (house[one] == house[other])
    return same & (street[one] > 0)


def _states(
    register: People, pairs: Comparison, one: Ints, other: Ints, paired: Ints
) -> tuple[Ints, Ints]:
    rows = np.append(pairs.row, 0)
    row_one, row_other = rows[one], rows[other]
    both, single = (one >= 0) & (other >= 0), (one >= 0) ^ (other >= 0)
    home = register.home
    linked = both & (register.spouse[row_one] == row_other)
    linked |= both & (register.spouse[row_other] == row_one)
    household = both & _same_home(home.street, home.house, row_one, row_other)
    married_one, married_other = register.spouse[row_one] >= 0, register.spouse[row_other] >= 0
    state = np.full(len(one), CoupleState.BOTH_ABSENT, np.int8)
    married = np.where(one >= 0, married_one, married_other)
    state[single] = CoupleState.ONE_UNMARRIED
    state[single & married] = CoupleState.ONE_MARRIED
    state[both] = CoupleState.APART
    state[both & (married_one | married_other)] = CoupleState.ELSEWHERE
    state[household] = CoupleState.HOUSEHOLD
    state[linked] = CoupleState.LINKED
    state[~paired] = np.where(one >= 0, CoupleState.ALONE, CoupleState.ALONE_ABSENT)[~paired]
    # The same person can't be both.
    state[both & (row_one == row_other)] = CoupleState.ELSEWHERE
    return state, household


def log2_prior(state_share: Ints, known: Frequencies) -> Ints:
    """Log2 of the prior of one hypothesis in each state: the state's share over its size."""
    n, married = float(known.rows), min(max(known.married, 1e-3), 0.999)
    size = np.ones(len(CoupleState))
    size[CoupleState.ONE_MARRIED] = 2 * n * married
    size[CoupleState.ONE_UNMARRIED] = 2 * n * (1 - married)
    size[CoupleState.LINKED] = n * married
    size[CoupleState.HOUSEHOLD] = max(n * known.beside, 1.0)
    size[CoupleState.ELSEWHERE] = n * n * (1 - (1 - married) ** 2)
    size[CoupleState.APART] = n * n * (1 - married) ** 2
    size[CoupleState.ALONE] = n
    return np.log2(state_share / size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Probabilities after all evidence.

    `pair` (pairs,) that a candidate pair is right; `absent` (records,) that nobody in the
    register is meant; `hypothesis` of each hypothesis.
    """

    pair: Ints
    absent: Ints
    hypothesis: Ints


def posterior(
    found: Hypotheses, weight: Ints, address: Ints, absence: Ints, prior: Ints
) -> Posterior:
    """Posterior of every hypothesis and every candidate pair.

    `weight` and `address` are the pairs' weights in bits, in all and of the address alone;
    `absence` is `absence_bits`, `prior` is `log2_prior`.
    """
    # Nobody, place -1, weighs nothing.
    weight, address = np.append(weight, 0.0), np.append(address, 0.0)
    bits = prior[found.state] + weight[found.one] + weight[found.other]
    bits += absence
    # Two people of one home are found there, or not found there, once.
    one, other = address[found.one], address[found.other]
    high, low = np.maximum(one, other), np.minimum(one, other)
    bits -= np.where(found.shared, np.where(high > 0, low, high), 0.0)
    top = np.maximum.reduceat(bits, found.begin)[found.couple]
    odds = np.exp2(bits - top)
    chance = odds / np.add.reduceat(odds, found.begin)[found.couple]
    return Posterior(
        pair=_summed(found, chance, len(weight) - 1),
        absent=_absent(found, chance),
        hypothesis=chance,
    )


def absence_bits(found: Hypotheses, absence: Ints, relatives: Ints) -> Ints:
    """What look-alikes and relatives add to each hypothesis in which somebody is nobody.

    `absence` is what look-alikes add to each record's odds of absence, in bits; `relatives` is
    `kin_odds`.
    """
    absence = np.append(absence, 0.0)
    bits = np.where(found.one < 0, absence[found.record_one], 0.0)
    bits += np.where(found.other < 0, absence[found.record_other], 0.0)
    total: Ints = bits + np.log2(1 + relatives * np.exp2(-bits))
    return total


def _absent(found: Hypotheses, chance: Ints) -> Ints:
    total = np.zeros(found.records)
    for side, record in ((found.one, found.record_one), (found.other, found.record_other)):
        nobody = np.flatnonzero((side < 0) & (record >= 0))
        total += np.bincount(record[nobody], weights=chance[nobody], minlength=len(total))
    return total


def _summed(found: Hypotheses, chance: Ints, pairs: int) -> Ints:
    # Nobody is counted, at the first place, and left out.
    both = [
        np.bincount(side + 1, weights=chance, minlength=pairs + 1)
        for side in (found.one, found.other)
    ]
    total: Ints = (both[0] + both[1])[1:]
    return total


def missed(found: Hypotheses, after: Posterior) -> Ints:
    """The probability (pairs,) that each candidate pair is wrong, exact where it is tiny.

    It is the sum over hypotheses without each certificate's likeliest pair on either side.
    """
    likely, chance = after.pair, after.hypothesis
    total = np.ones(len(likely))
    for side in (found.one, found.other):
        score = np.append(likely, -1.0)[side]
        top = np.maximum.reduceat(score, found.begin)
        without = np.where(score < top[found.couple], chance, 0.0)
        wrong = np.add.reduceat(without, found.begin)
        best = (score == top[found.couple]) & (side >= 0)
        total[side[best]] = wrong[found.couple[best]]
    rest = likely < 0.5
    return np.where(rest, 1 - likely, total)
