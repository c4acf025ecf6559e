"""Which levels exclude each other, given what the two sides hold at all.

That a paper bears no number, or an age instead of a date, says nothing about who is meant.
So the shares m of the levels sum to one within what is given: the form of the paper's date,
and whether paper and register have a number.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from matching.compare_address import AddressLevel
from matching.compare_date import DateLevel
from matching.compare_name import NameLevel
from matching.compare_number import DATE_LEVELS, NUMBER_LEVELS, NumberLevel
from matching.encode import (
    DATE_BROKEN,
    DATE_DAY,
    DATE_FORMS,
    DATE_MISSING,
    DATE_MONTH,
    DATE_SHORT,
    DATE_YEAR,
    Ints,
)

_AGES = (
    DateLevel.AGE_SAME, DateLevel.AGE_ONE_OFF, DateLevel.AGE_TWO_OFF, DateLevel.AGE_ONE_DIGIT,
    DateLevel.AGE_DIFFERENT, DateLevel.AGE_FULL, DateLevel.AGE_NOMINAL, DateLevel.REPUBLIC,
)  # fmt: skip
#: The levels that a paper's date of each form can reach.
DATES_OF_FORM = {
    DATE_DAY: (*map(DateLevel, range(DateLevel.DIFFERENT + 1)), DateLevel.REPUBLIC),
    DATE_YEAR: _AGES,
    DATE_MONTH: (*_AGES, DateLevel.MONTH_SAME),
    DATE_BROKEN: (
        DateLevel.BROKEN_ONE_DIGIT, DateLevel.BROKEN_TWO_DIGITS, DateLevel.BROKEN_DIFFERENT,
    ),
    DATE_SHORT: (DateLevel.SHORT_FITS, DateLevel.SHORT_DIFFERENT),
    DATE_MISSING: (),
}  # fmt: skip
_NUMBER_GROUP = np.ones(NUMBER_LEVELS, int)
_NUMBER_GROUP[NumberLevel.NONE] = 0
_NUMBER_GROUP[[NumberLevel.BIRTH_AGREES, NumberLevel.BIRTH_DIFFERS]] = 2


def _alone(size: int, level: int) -> Ints:
    group = np.zeros(size, int)
    group[level] = 1
    return group


NAME_GROUP = _alone(len(NameLevel), NameLevel.MISSING)
ADDRESS_GROUP = _alone(len(AddressLevel), AddressLevel.MISSING)
#: Levels 4 and 5 are those without a sex written.
SEX_GROUP = np.array([0, 0, 0, 0, 1, 1])


@cache
def joint_levels() -> tuple[Ints, Ints, Ints]:
    """Form, date level and number level of each joint level."""
    at = np.arange(DATE_FORMS * DATE_LEVELS * NUMBER_LEVELS)
    return (
        at // (DATE_LEVELS * NUMBER_LEVELS),
        at // NUMBER_LEVELS % DATE_LEVELS,
        at % NUMBER_LEVELS,
    )


def _joint_group() -> Ints:
    form, date, number = joint_levels()
    unknown = (date == DateLevel.MISSING) & (form != DATE_MISSING)
    group: Ints = (form * 2 + unknown) * 3 + _NUMBER_GROUP[number]
    return group


def _reachable() -> Ints:
    form, date, _ = joint_levels()
    reachable = (date == DateLevel.MISSING) | (date == DateLevel.ODD_AGE)
    for each, levels in DATES_OF_FORM.items():
        reachable |= (form == each) & np.isin(date, levels)
    flags: Ints = reachable
    return flags


JOINT_GROUP = _joint_group()
#: Which joint levels can occur at all.
REACHABLE = _reachable()


def normalised(shares: Ints, group: Ints) -> Ints:
    """Shares that sum to one within each group."""
    total = np.bincount(group, weights=shares)
    parts: Ints = shares / np.maximum(total[group], 1e-300)
    return parts
