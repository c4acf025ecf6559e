"""People who resemble somebody who is not in the register.

A namesake born on the same day, or a twin with one character and the serial of the number
changed: where the person meant is absent, such a one is found instead. How often that
happens is learnt with everything else; "not in the register" is as likely as the look-alikes
found make it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.compare_name import NameLevel
from matching.compare_number import NumberLevel
from matching.groups import JOINT_GROUP, joint_levels, normalised

if TYPE_CHECKING:
    from matching.compare import Chances, Comparison
    from matching.encode import Ints
    from matching.model import Parameters

NAMESAKE, TWIN = range(2)
_NUMBERS = (
    {
        NumberLevel.SAME_BIRTH: 0.85, NumberLevel.SIBLING: 0.1, NumberLevel.DIFFERENT: 0.01,
        NumberLevel.DISTINCT: 0.01, NumberLevel.SERIAL_ONE_OFF: 0.01, NumberLevel.OTHER_AREA: 0.01,
        NumberLevel.NONE: 1.0, NumberLevel.BIRTH_AGREES: 1.0,
    },
    {
        NumberLevel.SIBLING: 0.55, NumberLevel.SERIAL_ONE_OFF: 0.35, NumberLevel.SAME_BIRTH: 0.07,
        NumberLevel.TWO_OFF: 0.01, NumberLevel.NONE: 1.0, NumberLevel.BIRTH_AGREES: 1.0,
    },
)  # fmt: skip
_TWIN_NAMES = {
    NameLevel.OTHER_GIVEN: 0.8, NameLevel.LOOKS_ALIKE: 0.06, NameLevel.SOUNDS_ALIKE: 0.04,
    NameLevel.SURNAME_ONLY: 0.08,
}  # fmt: skip
_RARE = 1e-5


def _twin_names() -> Ints:
    shares = np.full(len(NameLevel), _RARE)
    for level, share in _TWIN_NAMES.items():
        shares[level] = share
    bits: Ints = np.log2(shares)
    return bits


def joint_bits(model: Parameters, kind: int) -> Ints:
    """Log2 of the joint shares: the date as in true pairs, the number of somebody else."""
    share = np.full(len(NumberLevel), _RARE)
    for level, value in _NUMBERS[kind].items():
        share[level] = value
    _, _, number = joint_levels()
    # The dates of true pairs, whatever their numbers: summed over numbers, spread by these.
    dates = np.exp2(model.joint).reshape(-1, len(NumberLevel)).sum(axis=1).repeat(len(NumberLevel))
    bits: Ints = np.log2(normalised(dates * share[number], JOINT_GROUP) + 1e-30)
    return bits


def lookalike_weights(pairs: Comparison, model: Parameters, chances: Chances) -> Ints:
    """Weights in bits (kinds, pairs) of each pair being a look-alike, against a random person."""
    same_name = model.name[pairs.name] - pairs.name_u
    twin_name = _twin_names()[pairs.name] - pairs.name_u
    return with_names(pairs, model, chances, same_name, twin_name)


def with_names(
    pairs: Comparison, model: Parameters, chances: Chances, same_name: Ints, twin_name: Ints
) -> Ints:
    """`lookalike_weights` where the bits of a namesake's and of a twin's name are known."""
    sex = model.sex[pairs.sex] - chances.sexes[pairs.sex] + pairs.reader
    joint = [joint_bits(model, kind)[pairs.joint] - pairs.joint_u for kind in (NAMESAKE, TWIN)]
    address = model.address[pairs.address] - pairs.address_u
    return np.stack([sex + joint[NAMESAKE] + same_name, sex + joint[TWIN] + twin_name + address])


def absence(
    pairs: Comparison, bits: Ints, share: Ints, records: int, rows: int
) -> tuple[Ints, Ints]:
    """How much look-alikes add to the odds of absence, per record in bits, and their parts.

    `share` is how often each kind occurs among the absent, `rows` the size of the register.
    The parts (kinds, pairs) are probabilities of being the look-alike, given absence.
    """
    odds = share[:, None] * np.exp2(np.minimum(bits, 900.0)) / rows
    total = 1 + np.bincount(pairs.record, weights=odds.sum(axis=0), minlength=records)
    return np.log2(total), odds / total[pairs.record]
