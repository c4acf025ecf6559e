"""Addresses compared: the same house, the same street, or at least the same district."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from matching.encode import Ints, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matching.encode_home import Addresses
    from matching.frequencies import Frequencies


class AddressLevel(IntEnum):
    """How an address on paper resembles that of the register."""

    SAME = 0
    NEAR = 1
    PARTNERS = 2
    STREET = 3
    DISTRICT = 4
    DIFFERENT = 5
    MISSING = 6


def compare_addresses(
    paper: Addresses,
    partner: Addresses,
    register: Addresses,
    streets: tuple[Sequence[str], Sequence[str]],
    rows: Ints,
    known: Frequencies,
) -> tuple[Ints, Ints]:
    """Level and log2 u of each pair; `streets` are both streets' texts for the pairs `rows`.

    `partner` is what the same paper gives as the partner's address, for many move there.
    `rows` names the pairs whose streets differ while their houses agree (`worth_reading`).
    """
    level = np.full(len(paper), AddressLevel.DIFFERENT, np.int8)
    log2_u = np.zeros(len(paper))
    district = (paper.district == register.district) & (paper.district > 0)
    level[district] = AddressLevel.DISTRICT
    log2_u[district] = np.log2(_share(known.districts(paper.district[district]), known))
    street = (paper.street == register.street) & (paper.street > 0)
    level[street] = AddressLevel.STREET
    log2_u[street] = np.log2(_share(known.streets(paper.street[street]), known))
    theirs = _same(partner, register)
    level[theirs], log2_u[theirs] = AddressLevel.PARTNERS, _home_u(partner, theirs, known)
    near = rows[_one_edit(*streets)]
    level[near] = AddressLevel.NEAR
    log2_u[near] = np.log2(2e-5)
    same = _same(paper, register)
    level[same], log2_u[same] = AddressLevel.SAME, _home_u(paper, same, known)
    missing = ((paper.street == 0) & ~theirs) | (register.street == 0)
    level[missing], log2_u[missing] = AddressLevel.MISSING, 0.0
    return level, log2_u


def _same(paper: Addresses, register: Addresses) -> Ints:
    home: Ints = (paper.street == register.street) & (paper.house == register.house)
    return home & (paper.street > 0) & (paper.house > 0)


def _home_u(paper: Addresses, rows: Ints, known: Frequencies) -> Ints:
    homes = known.homes(mix(paper.street[rows], paper.house[rows]))
    bits: Ints = np.log2(_share(homes, known))
    return bits


def worth_reading(paper: Addresses, register: Addresses) -> Ints:
    """The pairs whose streets differ while the houses agree: a misread street shows there."""
    return np.flatnonzero(
        (paper.house == register.house)
        & (paper.house > 0)
        & (paper.street != register.street)
        & (paper.street > 0)
        & (register.street > 0)
    )


def _share(counts: Ints, known: Frequencies) -> Ints:
    # The person compared is one of those counted.
    share: Ints = np.maximum(counts - 1, 0.5) / known.rows
    return share


def _one_edit(one: Sequence[str], other: Sequence[str]) -> Ints:
    if not len(one):
        return np.zeros(0, bool)
    edits = np.asarray(cpdist(one, other, scorer=Levenshtein.distance, score_cutoff=1))
    return (edits <= 1) & (np.array([len(text) for text in one]) > 1)
