"""Names compared: in which way a name on a certificate resembles one of the register.

Levels are ordered from alike to unlike. `log2_u` says how likely a random person of the
register is to resemble this name in this way, from the characters that agree.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from matching.encode import ILLEGIBLE, NAME_WIDTH, Ints, Names
from matching.frequencies import log2_characters, log2_name
from matching.glyphs import look_alike
from matching.sounds import sounds_of

if TYPE_CHECKING:
    from matching.frequencies import Frequencies

_SHI = ord("氏")
#: A family name that agrees says no more than this, whichever of the two it is.
_FAMILY_BITS = -6.0


class NameLevel(IntEnum):
    """How two names resemble each other."""

    SAME = 0
    LOOKS_ALIKE = 1
    SOUNDS_ALIKE = 2
    ILLEGIBLE = 3
    OTHER_GIVEN = 4
    OTHER_SURNAME = 5
    LOST_OR_EXTRA = 6
    SWAPPED = 7
    TWO_ALIKE = 8
    SHI = 9
    FORMER = 10
    FORMER_ALIKE = 11
    SURNAME_ONLY = 12
    DIFFERENT = 13
    MISSING = 14


_NEAR = (NameLevel.LOOKS_ALIKE, NameLevel.SOUNDS_ALIKE, NameLevel.ILLEGIBLE)


def compare_names(
    paper: Names, register: Names, bits: Ints, known: Frequencies
) -> tuple[Ints, Ints]:
    """Level and log2 u of each pair of names; `bits` is `log2_characters` of the paper's."""
    level = np.full(len(paper), NameLevel.DIFFERENT, np.int8)
    log2_u = np.zeros(len(paper))
    _surnames(paper, register, bits, level, log2_u)
    _shorter(paper, register, known, level, log2_u)
    _two_off(paper, register, bits, known, level, log2_u)
    _one_off(paper, register, bits, known, level, log2_u)
    same = (paper.key == register.key) & (paper.length > 0)
    level[same] = NameLevel.SAME
    log2_u[same] = log2_name(paper.take(same), bits[same], known)
    missing = (paper.length == 0) | (register.length == 0)
    level[missing], log2_u[missing] = NameLevel.MISSING, 0.0
    return level, log2_u


def resembles(paper: Names, register: Names) -> Ints:
    """Whether two names differ by a character lost, extra or swapped, or by one that is alike."""
    same_length = paper.length == register.length
    differs = paper.codes != register.codes
    count = differs.sum(axis=1)
    found: Ints = ~same_length | (count == 0)
    n = np.flatnonzero(same_length & (count == 1))
    at = differs[n].argmax(axis=1)
    found[n] = _alike(paper.codes[n, at], register.codes[n, at], at == 0) != NameLevel.DIFFERENT
    n = np.flatnonzero(same_length & (count == 2))
    found[n] = (np.sort(paper.codes[n]) == np.sort(register.codes[n])).all(axis=1)
    return found


def with_former(
    level: Ints, log2_u: Ints, former_level: Ints, former_u: Ints, share: float
) -> tuple[Ints, Ints]:
    """Take the former name where it fits better than the name does."""
    bits = np.log2(max(share, 1e-6))
    same = former_level == NameLevel.SAME
    alike = np.isin(former_level, _NEAR)
    better = (same | alike) & (log2_u > former_u) & (level > NameLevel.SOUNDS_ALIKE)
    level = np.where(better, np.where(same, NameLevel.FORMER, NameLevel.FORMER_ALIKE), level)
    return level.astype(np.int8), np.where(better, former_u + bits, log2_u)


def _surnames(paper: Names, register: Names, bits: Ints, level: Ints, log2_u: Ints) -> None:
    surname = paper.codes[:, 0] == register.codes[:, 0]
    level[surname] = NameLevel.SURNAME_ONLY
    log2_u[surname] = bits[surname, 0]
    # 王氏, 张王氏: a woman named by her father's and her husband's family alone.
    at = np.clip(paper.length, 1, NAME_WIDTH).astype(int) - 1
    family = (paper.codes[np.arange(len(paper)), at] == _SHI) & (paper.length > 1)
    named = (paper.codes[:, :2] == register.codes[:, :1]).any(axis=1) & family
    level[named] = NameLevel.SHI
    log2_u[named] = np.maximum(bits[named, 0], _FAMILY_BITS)


def _shorter(paper: Names, register: Names, known: Frequencies, level: Ints, log2_u: Ints) -> None:
    """One character lost or extra: the shorter name is the longer one minus one."""
    short_paper = paper.length == register.length - 1
    short_register = register.length == paper.length - 1
    able = (short_paper | short_register) & (paper.length <= NAME_WIDTH)
    able &= (register.length <= NAME_WIDTH) & (paper.length > 0) & (register.length > 0)
    rows = np.flatnonzero(able)
    swap = short_register[rows, None]
    one, other = paper.codes[rows], register.codes[rows]
    shorter, longer = np.where(swap, other, one), np.where(swap, one, other)
    size = np.minimum(paper.length[rows], register.length[rows])
    inside = np.arange(NAME_WIDTH) < size[:, None]
    head = ((shorter == longer) | ~inside).cumprod(axis=1).astype(bool) & inside
    moved = np.concatenate([longer[:, 1:], np.zeros((len(rows), 1), longer.dtype)], axis=1)
    agree = (shorter == moved) | ~inside
    tail = agree[:, ::-1].cumprod(axis=1)[:, ::-1].astype(bool) & inside
    fits = head.sum(axis=1) + tail.sum(axis=1) >= size
    rows, shorter, size = rows[fits], shorter[fits], size[fits]
    names = Names(codes=shorter, length=size, key=np.zeros(len(rows), np.uint64))
    level[rows] = NameLevel.LOST_OR_EXTRA
    length = np.maximum(known.length[register.length[rows]], 1e-3)
    log2_u[rows] = log2_characters(names, known).sum(axis=1) + np.log2(length)


def _one_off(
    paper: Names, register: Names, bits: Ints, known: Frequencies, level: Ints, log2_u: Ints
) -> None:
    rows, differs = _differing(paper, register, 1)
    rows, differs = rows[paper.length[rows] > 1], differs[paper.length[rows] > 1]
    at = differs.argmax(axis=1)
    relation, mass = _relation(paper, register, rows, at, known)
    other = relation == NameLevel.DIFFERENT
    relation[other & (at == 0)] = NameLevel.OTHER_SURNAME
    relation[other & (at > 0)] = NameLevel.OTHER_GIVEN
    level[rows] = relation
    agreeing = np.where(differs, 0.0, bits[rows]).sum(axis=1)
    length = np.maximum(known.length[paper.length[rows]], 1e-3)
    log2_u[rows] = agreeing + mass + np.log2(length)


def _two_off(
    paper: Names, register: Names, bits: Ints, known: Frequencies, level: Ints, log2_u: Ints
) -> None:
    rows, differs = _differing(paper, register, 2)
    first = differs.argmax(axis=1)
    second = NAME_WIDTH - 1 - differs[:, ::-1].argmax(axis=1)
    one, other = paper.codes[rows], register.codes[rows]
    n = np.arange(len(rows))
    swapped = (one[n, first] == other[n, second]) & (one[n, second] == other[n, first])
    relation_1, mass_1 = _relation(paper, register, rows, first, known)
    relation_2, mass_2 = _relation(paper, register, rows, second, known)
    both = np.isin(relation_1, _NEAR) & np.isin(relation_2, _NEAR)
    agreeing = np.where(differs, 0.0, bits[rows]).sum(axis=1)
    length = np.log2(np.maximum(known.length[paper.length[rows]], 1e-3))
    level[rows[both]] = NameLevel.TWO_ALIKE
    log2_u[rows[both]] = (agreeing + mass_1 + mass_2 + length)[both]
    level[rows[swapped]] = NameLevel.SWAPPED
    log2_u[rows[swapped]] = (bits[rows].sum(axis=1) + length)[swapped]


def _differing(paper: Names, register: Names, count: int) -> tuple[Ints, Ints]:
    """Pairs of names of one length that differ in so many characters, and where."""
    able = (paper.length == register.length) & (paper.length <= NAME_WIDTH)
    differs = paper.codes != register.codes
    rows = np.flatnonzero(able & (differs.sum(axis=1) == count))
    return rows, differs[rows]


def _relation(
    paper: Names, register: Names, rows: Ints, at: Ints, known: Frequencies
) -> tuple[Ints, Ints]:
    """How one character resembles its counterpart, and log2 of the chance that one does."""
    one, other = paper.codes[rows, at], register.codes[rows, at]
    relation = _alike(one, other, at == 0)
    mass = np.zeros(len(rows))
    for level, share in (
        (NameLevel.SOUNDS_ALIKE, known.sound), (NameLevel.LOOKS_ALIKE, known.look)
    ):  # fmt: skip
        hit = relation == level
        mass[hit] = _log2(share[one[hit]])
    return relation, mass


def _alike(one: Ints, other: Ints, surname: Ints) -> Ints:
    """How two characters resemble each other; `surname` marks those that begin a name."""
    relation = np.full(len(one), NameLevel.DIFFERENT, np.int8)
    heard = sounds_of(one, surname)
    relation[(heard != 0) & (heard == sounds_of(other, surname))] = NameLevel.SOUNDS_ALIKE
    relation[look_alike(one, other)] = NameLevel.LOOKS_ALIKE
    relation[(one == ILLEGIBLE) | (other == ILLEGIBLE)] = NameLevel.ILLEGIBLE
    return relation


def _log2(share: Ints) -> Ints:
    return np.log2(np.maximum(share, 1e-3))
