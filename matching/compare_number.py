"""ID numbers compared, and what they tell together with the birth date.

A number contains a birth date, so the two are one piece of evidence: every pair gets a
joint level (date, number), and chance agreement counts the birth date once.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from matching.compare_date import DateLevel
from matching.encode import ID_DAMAGED, ID_MISSING, ID_WHOLE, Dates, Ints, Numbers, birth_in
from matching.frequencies import log2_day

if TYPE_CHECKING:
    from matching.frequencies import Frequencies

_AREA, _BIRTH, _SERIAL = slice(0, 6), slice(6, 14), slice(14, 17)
_FITS_WITHIN = 2


class NumberLevel(IntEnum):
    """How a number on paper resembles that of the register."""

    NONE = 0
    SAME = 1
    ONE_OFF = 2
    TWO_OFF = 3
    SERIAL_ONE_OFF = 4
    SIBLING = 5
    OTHER_AREA = 6
    FITS = 7
    SAME_BIRTH = 8
    DIFFERENT = 9
    BIRTH_AGREES = 10
    BIRTH_DIFFERS = 11
    DISTINCT = 12


DATE_LEVELS, NUMBER_LEVELS = len(DateLevel), len(NumberLevel)
_BORN_ALIKE = (
    NumberLevel.SERIAL_ONE_OFF, NumberLevel.SIBLING, NumberLevel.OTHER_AREA,
    NumberLevel.SAME_BIRTH, NumberLevel.BIRTH_AGREES,
)  # fmt: skip


def compare_numbers(paper: Numbers, register: Numbers, birth: Dates) -> Ints:
    """Level of each pair of numbers; `birth` is the register's birth date."""
    level = np.full(len(paper), NumberLevel.NONE, np.int8)
    told, asked = paper.form == ID_WHOLE, register.form == ID_WHOLE
    both = np.flatnonzero(told & asked)
    level[both] = _whole_numbers(paper.take(both), register.take(both))
    alone = told & (register.form == ID_MISSING) & (birth.value > 0)
    agrees = birth_in(paper) == birth.value
    level[alone] = np.where(agrees, NumberLevel.BIRTH_AGREES, NumberLevel.BIRTH_DIFFERS)[alone]
    torn = np.flatnonzero((paper.form == ID_DAMAGED) & asked)
    level[torn] = _damaged(paper.take(torn), register.take(torn))
    return level


def _whole_numbers(paper: Numbers, register: Numbers) -> Ints:
    off = paper.chars[:, :17] != register.chars[:, :17]
    total = off.sum(axis=1)
    birth, serial = off[:, _BIRTH].sum(axis=1), off[:, _SERIAL].sum(axis=1)
    area = off[:, _AREA].sum(axis=1)
    check = ~paper.short & ~register.short & (paper.chars[:, 17] != register.chars[:, 17])
    # Two numbers whose check digits both fit are two numbers, not one misread.
    distinct = paper.checked & register.checked
    level = np.where(distinct, NumberLevel.DISTINCT, NumberLevel.DIFFERENT).astype(np.int8)
    level[birth == 0] = NumberLevel.SAME_BIRTH
    level[(birth == 0) & (serial == 0) & (area > 0)] = NumberLevel.OTHER_AREA
    level[(birth == 0) & (area == 0)] = NumberLevel.SIBLING
    level[(total == 2) & ~distinct & ~((birth == 0) & (area == 0))] = NumberLevel.TWO_OFF
    only_serial = (serial == 1) & (total == 1) & ~distinct
    level[only_serial] = NumberLevel.SERIAL_ONE_OFF
    # A valid check digit of the register that the paper repeats speaks for a slip elsewhere.
    slip = only_serial & ~check & ~paper.short
    level[((total == 1) & ~distinct & (serial == 0)) | slip] = NumberLevel.ONE_OFF
    level[(total == 0) & check] = NumberLevel.ONE_OFF
    level[(total == 0) & ~check] = NumberLevel.SAME
    return level


def _damaged(paper: Numbers, register: Numbers) -> Ints:
    """Numbers of a wrong length fit when two edits lead to the register's short or long form."""
    if not len(paper):
        return np.zeros(0, np.int8)
    size = (paper.chars != ord(" ")).sum(axis=1)
    brief = size <= 15 + 1
    short = np.delete(register.chars[:, :17], (6, 7), axis=1)
    long_form = [bytes(row).strip() for row in register.chars]
    other = [bytes(s) if b else f for s, b, f in zip(short, brief, long_form, strict=True)]
    one = [bytes(row).strip() for row in paper.chars]
    edits = cpdist(one, other, scorer=Levenshtein.distance, score_cutoff=_FITS_WITHIN)
    fits = np.asarray(edits) <= _FITS_WITHIN
    return np.where(fits, NumberLevel.FITS, NumberLevel.DIFFERENT).astype(np.int8)


def joint_level(form: Ints, dates: Ints, numbers: Ints) -> Ints:
    """One level for the form of the paper's date, the date and the number together."""
    return (form.astype(np.int16) * DATE_LEVELS + dates) * NUMBER_LEVELS + numbers


def joint_log2_u(
    dates: Ints, numbers: Ints, date_u: Ints, birth: Dates, paper: Numbers, known: Frequencies
) -> Ints:
    """Log2 of the chance that a random person resembles the paper in date and number so.

    Where the number's own birth date is that of the register's person, the chance is that of
    the birth date once, times that of the rest of the number.
    """
    day = np.where(birth.value > 0, birth.value, birth_in(paper)).astype(np.int64)
    born = np.where(dates == DateLevel.SAME, date_u, log2_day(day, known))
    bits = np.where(np.isin(numbers, _BORN_ALIKE), born + _rest_bits(known)[numbers], date_u)
    unique = {
        NumberLevel.SAME: (known.doubled_numbers + 0.01) / known.rows,
        NumberLevel.ONE_OFF: 1e-7,
        NumberLevel.TWO_OFF: 1e-6,
        NumberLevel.FITS: 1e-6,
    }
    for level, chance in unique.items():
        # Somebody else with this number may have any birth date; half of them have the same.
        bits = np.where(numbers == level, np.log2(chance) - 1, bits)
    return bits


def _rest_bits(known: Frequencies) -> Ints:
    """Log2 of the chance of area and serial, given the birth date, for each number level."""
    area = max(known.same_area, 1e-4)
    chance = np.ones(NUMBER_LEVELS)
    chance[NumberLevel.SERIAL_ONE_OFF] = area * 0.03
    chance[NumberLevel.SIBLING] = area
    chance[NumberLevel.OTHER_AREA] = 1 / 500
    chance[NumberLevel.SAME_BIRTH] = 1 - min(area, 0.9)
    return np.log2(chance)
