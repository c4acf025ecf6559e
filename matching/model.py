"""The Fellegi-Sunter model: how likely the field levels are for a true pair (m).

The chances u come from the register (`frequencies`); the m and the shares of couples in
each state are learnt without labels by EM, starting from what is known of such papers
(Fellegi and Sunter 1969; Winkler 1988). Weights are in bits: log2 m - log2 u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.compare_address import AddressLevel
from matching.compare_date import DateLevel
from matching.compare_name import NameLevel
from matching.compare_number import DATE_LEVELS, NUMBER_LEVELS, NumberLevel
from matching.groups import (
    ADDRESS_GROUP,
    JOINT_GROUP,
    NAME_GROUP,
    REACHABLE,
    SEX_GROUP,
    joint_levels,
    normalised,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matching.compare import Chances, Comparison
    from matching.encode import Ints

#: Version of the starting values and of the levels they belong to.
VERSION = "2026.2"
_PRIOR_RECORDS = 60.0
_UNREACHABLE = 1e-12
#: How often an absent person is thought to have left a namesake, a twin, a relative in the home
#: on paper, or one in the partner's home, before learning.
_LOOKALIKE = (0.01, 0.01, 0.02, 0.02)


class CoupleState(IntEnum):
    """What the register says of a man and a woman together."""

    BOTH_ABSENT = 0
    ONE_MARRIED = 1
    ONE_UNMARRIED = 2
    LINKED = 3
    HOUSEHOLD = 4
    ELSEWHERE = 5
    APART = 6
    ALONE_ABSENT = 7
    ALONE = 8


_NAME = {
    NameLevel.SAME: 0.82, NameLevel.LOOKS_ALIKE: 0.05, NameLevel.SOUNDS_ALIKE: 0.02,
    NameLevel.ILLEGIBLE: 0.01, NameLevel.OTHER_GIVEN: 0.03, NameLevel.OTHER_SURNAME: 0.01,
    NameLevel.LOST_OR_EXTRA: 0.01, NameLevel.SWAPPED: 0.002, NameLevel.TWO_ALIKE: 0.004,
    NameLevel.SHI: 0.002, NameLevel.FORMER: 0.015, NameLevel.FORMER_ALIKE: 0.003,
    NameLevel.SURNAME_ONLY: 0.015, NameLevel.DIFFERENT: 0.005, NameLevel.MISSING: 0.01,
}  # fmt: skip
_DATE = {
    DateLevel.SAME: 0.62, DateLevel.LUNAR: 0.03, DateLevel.ONE_DIGIT: 0.06,
    DateLevel.SWAPPED: 0.004, DateLevel.YEAR_AS_DAY: 0.006, DateLevel.TWO_DIGITS: 0.02,
    DateLevel.MONTH_AWAY: 0.02, DateLevel.OTHER_YEAR_SAME_DAY: 0.008, DateLevel.SAME_YEAR: 0.01,
    DateLevel.NEAR_YEAR: 0.004, DateLevel.DIFFERENT: 0.004, DateLevel.AGE_SAME: 0.06,
    DateLevel.AGE_ONE_OFF: 0.005, DateLevel.AGE_TWO_OFF: 0.01, DateLevel.AGE_ONE_DIGIT: 0.005,
    DateLevel.AGE_DIFFERENT: 0.002, DateLevel.BROKEN_ONE_DIGIT: 0.01,
    DateLevel.BROKEN_TWO_DIGITS: 0.008, DateLevel.BROKEN_DIFFERENT: 0.004,
    DateLevel.SHORT_FITS: 0.008, DateLevel.SHORT_DIFFERENT: 0.002, DateLevel.MONTH_SAME: 0.01,
    DateLevel.MISSING: 0.03, DateLevel.ODD_AGE: 0.0005, DateLevel.AGE_FULL: 0.02,
    DateLevel.AGE_NOMINAL: 0.025, DateLevel.REPUBLIC: 0.002,
}  # fmt: skip
_NUMBER = {
    NumberLevel.NONE: 0.5, NumberLevel.SAME: 0.4, NumberLevel.ONE_OFF: 0.03,
    NumberLevel.TWO_OFF: 0.008, NumberLevel.SERIAL_ONE_OFF: 0.006, NumberLevel.SIBLING: 0.001,
    NumberLevel.OTHER_AREA: 0.003, NumberLevel.FITS: 0.008, NumberLevel.SAME_BIRTH: 0.003,
    NumberLevel.DIFFERENT: 0.003, NumberLevel.BIRTH_AGREES: 0.012,
    NumberLevel.BIRTH_DIFFERS: 0.001, NumberLevel.DISTINCT: 0.002,
}  # fmt: skip
_ADDRESS = {
    AddressLevel.SAME: 0.35, AddressLevel.NEAR: 0.06, AddressLevel.PARTNERS: 0.08,
    AddressLevel.STREET: 0.03, AddressLevel.DISTRICT: 0.1, AddressLevel.DIFFERENT: 0.36,
    AddressLevel.MISSING: 0.02,
}  # fmt: skip
_SEX = (0.94, 0.01, 0.01, 0.002, 0.03, 0.0005)
_STATE = {
    CoupleState.BOTH_ABSENT: 0.04, CoupleState.ONE_MARRIED: 0.02, CoupleState.ONE_UNMARRIED: 0.18,
    CoupleState.LINKED: 0.4, CoupleState.HOUSEHOLD: 0.2, CoupleState.ELSEWHERE: 0.02,
    CoupleState.APART: 0.14, CoupleState.ALONE_ABSENT: 0.15, CoupleState.ALONE: 0.85,
}  # fmt: skip
#: The share of people with a spouse in the register that these shares are for.
_MARRIED = 0.4
#: Rough bits that a number level is worth, to choose between the reader's alternatives.
_NUMBER_GAIN = {
    NumberLevel.SAME: 24.0, NumberLevel.ONE_OFF: 15.0, NumberLevel.TWO_OFF: 10.0,
    NumberLevel.SERIAL_ONE_OFF: 10.0, NumberLevel.SIBLING: 6.0, NumberLevel.OTHER_AREA: 10.0,
    NumberLevel.FITS: 12.0, NumberLevel.SAME_BIRTH: 4.0, NumberLevel.BIRTH_AGREES: 8.0,
}  # fmt: skip


def _table(values: Mapping[Any, float], size: int) -> Ints:
    table = np.full(size, 1e-6)
    for level, value in values.items():
        table[int(level)] = value
    shares: Ints = table / table.sum()
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Log2 m of each level of each field, and the shares of couples in each state.

    `records` is how many people the shares count for when they are learnt further.
    """

    name: Ints
    date: Ints
    joint: Ints
    sex: Ints
    address: Ints
    state: Ints
    lookalike: Ints
    number_gain: Ints
    records: float = _PRIOR_RECORDS
    version: str = VERSION


def starting_parameters(married: float = _MARRIED) -> Parameters:
    """What is assumed before the certificates have been seen.

    `married` is the share of the register's people whose spouse it names.
    """
    date, number = _table(_DATE, DATE_LEVELS), _table(_NUMBER, NUMBER_LEVELS)
    gain = np.full(NUMBER_LEVELS, -4.0)
    gain[NumberLevel.NONE] = 0.0
    for level, bits in _NUMBER_GAIN.items():
        gain[level] = bits
    _, at_date, at_number = joint_levels()
    joint = np.where(REACHABLE, date[at_date] * number[at_number], _UNREACHABLE)
    return Parameters(
        name=np.log2(normalised(_table(_NAME, len(NameLevel)), NAME_GROUP)),
        date=np.log2(date),
        joint=np.log2(normalised(joint, JOINT_GROUP)),
        sex=np.log2(normalised(np.array(_SEX), SEX_GROUP)),
        address=np.log2(normalised(_table(_ADDRESS, len(AddressLevel)), ADDRESS_GROUP)),
        state=_starting_states(married),
        lookalike=np.array(_LOOKALIKE),
        number_gain=gain,
    )


def _starting_states(married: float) -> Ints:
    """Shares of couples in each state, in a register that names so many people's spouses."""
    share, usual = _table(_STATE, len(CoupleState)), _MARRIED
    known = min(max(married, 0.01), 0.9)
    for state, spare, times in (
        (CoupleState.LINKED, CoupleState.APART, known / usual),
        (CoupleState.ELSEWHERE, CoupleState.APART, (1 - (1 - known) ** 2) / (1 - (1 - usual) ** 2)),
        (CoupleState.ONE_MARRIED, CoupleState.ONE_UNMARRIED, known / usual),
    ):
        kept = min(share[state] * times, share[state] + 0.9 * share[spare])
        share[spare] += share[state] - kept
        share[state] = kept
    return share


def field_weights(pairs: Comparison, model: Parameters, chances: Chances) -> dict[str, Ints]:
    """The weight in bits of each field of each pair."""
    joint = model.joint[pairs.joint] - pairs.joint_u
    # The three groups of numbers each sum to one.
    marginal = np.log2(np.exp2(model.joint).reshape(-1, NUMBER_LEVELS).sum(axis=1) / 3)
    birth = marginal[pairs.joint // NUMBER_LEVELS] - pairs.date_u
    birth = np.where(pairs.joint % NUMBER_LEVELS == NumberLevel.NONE, joint, birth)
    return {
        "name": model.name[pairs.name] - pairs.name_u,
        "birth_date": birth,
        "id_number": joint - birth,
        "sex": model.sex[pairs.sex] - chances.sexes[pairs.sex],
        "address": model.address[pairs.address] - pairs.address_u,
        "reader": pairs.name_p + pairs.born_p,
    }


def weights(pairs: Comparison, model: Parameters, chances: Chances) -> Ints:
    """The weight in bits of each pair: the sum over its fields."""
    total: Ints = sum(field_weights(pairs, model, chances).values(), np.zeros(len(pairs)))
    return total


def learn(
    pairs: Comparison, posterior: Ints, state: Ints, lookalike: Ints, start: Parameters
) -> Parameters:
    """The M step: shares of levels among pairs, weighted by their posterior.

    `state` (levels of CoupleState) holds the expected number of couples in each state,
    `lookalike` the expected number of look-alikes of each kind and, last, of the absent. The
    starting values count as much as `start.records` people, so small batches stay sensible.
    """

    def shares(level: Ints, before: Ints, group: Ints) -> Ints:
        counts = np.bincount(level, weights=posterior, minlength=len(before))
        bits: Ints = np.log2(normalised(counts + start.records * np.exp2(before), group))
        return bits

    return replace(
        start,
        name=shares(pairs.name, start.name, NAME_GROUP),
        joint=shares(pairs.joint, start.joint, JOINT_GROUP),
        sex=shares(pairs.sex, start.sex, SEX_GROUP),
        address=shares(pairs.address, start.address, ADDRESS_GROUP),
        state=_state_shares(state, start),
        lookalike=(lookalike[:-1] + start.records * start.lookalike)
        / (lookalike[-1] + start.records),
    )


def _state_shares(state: Ints, start: Parameters) -> Ints:
    alone = np.array([int(CoupleState.ALONE_ABSENT), int(CoupleState.ALONE)])
    shares = state + start.records / 2 * start.state
    for group in (alone, np.setdiff1d(np.arange(len(CoupleState)), alone)):
        shares[group] /= shares[group].sum()
    return shares
