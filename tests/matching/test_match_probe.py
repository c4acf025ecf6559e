"""Blocks read in pieces, and pairs compared in stretches, give what they give in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching import search
from matching.blocking import pack, probe, unpack
from matching.encode import mix
from matching.keys import Keyed
from matching.run import match_table
from matching.search import stretches

if TYPE_CHECKING:
    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity

_KEYS = st.lists(st.integers(0, 12), min_size=1, max_size=60)


def keyed(values: list[int]) -> Keyed:
    return Keyed(keys=mix(np.array(values)), rows=np.arange(len(values)))


@given(_KEYS, _KEYS, st.integers(1, 6), st.lists(st.integers(0, 60), max_size=4))
def test_a_block_in_pieces_proposes_the_pairs_of_the_slow_definition(
    register: list[int], papers: list[int], limit: int, cuts: list[int]
) -> None:
    block, asked = keyed(register).packed(), keyed(papers)
    pieces = np.split(block, sorted(min(cut, len(block)) for cut in cuts))
    pairs, sizes = probe(pieces, asked, limit)
    counts = [register.count(value) for value in papers]
    expected = {
        (record, row)
        for record, value in enumerate(papers)
        for row, other in enumerate(register)
        if value == other and counts[record] <= limit
    }
    assert set(zip(*(part.tolist() for part in unpack(pairs)), strict=True)) == expected
    assert len(pairs) == len(expected)
    assert sorted(sizes.tolist()) == sorted(counts)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=50), st.integers(1, 20))
def test_stretches_hold_every_pair_once_and_no_record_twice(
    pairs: list[tuple[int, int]], size: int
) -> None:
    record, row = (np.array(part, np.int64) for part in zip(*sorted({*pairs, (0, 0)}), strict=True))
    packed = pack(record, row)
    with mock.patch.object(search, "_TOGETHER", size):
        found = list(stretches(packed))
    assert np.concatenate(found).tolist() == packed.tolist()
    of = [set(unpack(part)[0].tolist()) for part in found]
    assert all(not one & other for at, one in enumerate(of) for other in of[at + 1 :])


def test_short_stretches_change_no_answer(city: SmallCity, index: RegisterIndex) -> None:
    whole = match_table(city.certificates, index)
    with mock.patch.object(search, "_TOGETHER", 300):
        assert match_table(city.certificates, index).equals(whole)
