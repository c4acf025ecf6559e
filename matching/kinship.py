"""Relatives of absent people, in the home on paper or in the partner's.

A brother has the family's surname, often the generation character, and if he is a twin the
birthday: where a husband is not in the register, his brother is found in their parents'
home, or in his wife's. A home that agrees speaks for such a relative, too, so it must not
speak for the person alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.compare_date import DateLevel
from matching.compare_name import NameLevel
from matching.compare_number import DATE_LEVELS, NUMBER_LEVELS
from matching.lookalike import TWIN, joint_bits
from matching.model import CoupleState

if TYPE_CHECKING:
    from matching.compare import Chances, Comparison
    from matching.couple import Hypotheses
    from matching.encode import Ints
    from matching.frequencies import Frequencies
    from matching.model import Parameters

_NAMES = {
    NameLevel.OTHER_GIVEN: 0.5, NameLevel.SURNAME_ONLY: 0.4, NameLevel.LOST_OR_EXTRA: 0.03,
    NameLevel.LOOKS_ALIKE: 0.03, NameLevel.SOUNDS_ALIKE: 0.03,
}  # fmt: skip
_RARE = 1e-5
#: How many of such relatives were born, or entered, on the same day; how far the others are.
_BORN_ALIKE = 0.3
_BORN = {
    DateLevel.AGE_SAME: 0.04, DateLevel.AGE_ONE_OFF: 0.025, DateLevel.AGE_FULL: 0.025,
    DateLevel.AGE_NOMINAL: 0.05, DateLevel.AGE_TWO_OFF: 0.15,
    DateLevel.NEAR_YEAR: 0.3, DateLevel.SAME_YEAR: 0.02,
}  # fmt: skip


def kin_weights(pairs: Comparison, model: Parameters, chances: Chances) -> Ints:
    """Weights in bits of each pair being a relative, the home left out, against a random person."""
    shares = np.full(len(NameLevel), _RARE)
    for level, share in _NAMES.items():
        shares[level] = share
    name = np.log2(shares)[pairs.name] - pairs.name_u
    sex = model.sex[pairs.sex] - chances.sexes[pairs.sex] + pairs.reader
    twin = joint_bits(model, TWIN)[pairs.joint] - pairs.joint_u
    # Other brothers and sisters are a few years apart, with numbers like anybody's.
    apart = np.full(DATE_LEVELS, np.nan)
    apart[list(_BORN)] = np.log2(list(_BORN.values()))
    apart = apart[pairs.joint // NUMBER_LEVELS % DATE_LEVELS]
    other = np.where(np.isnan(apart), 1 - sum(_BORN.values()), np.exp2(apart - pairs.date_u))
    born = np.log2(_BORN_ALIKE * np.exp2(np.minimum(twin, 900.0)) + (1 - _BORN_ALIKE) * other)
    weight: Ints = name + sex + born
    return weight


def kin_odds(found: Hypotheses, weight: Ints, share: float, known: Frequencies) -> Ints:
    """What relatives at home add to the odds of each hypothesis in which one is nobody.

    `weight` is `kin_weights`; `share` is how often an absent person leaves a relative there.
    """
    home = np.flatnonzero(found.state == CoupleState.HOUSEHOLD)
    couple = found.couple[home]
    begin, width = found.begin[couple], found.width[couple]
    size = np.diff(np.append(found.begin, len(found.couple)))[couple]
    row, column = (home - begin) // width, (home - begin) % width
    odds = np.zeros(len(found.couple))
    # Nobody stands last among the candidates of either side.
    for nobody, relative in (
        (begin + size - width + column, found.one[home]),
        (begin + row * width + width - 1, found.other[home]),
    ):
        parts = share / max(known.beside, 1e-6) * np.exp2(np.minimum(weight[relative], 900.0))
        odds += np.bincount(nobody, weights=parts, minlength=len(odds))
    return odds
