"""Truncation: a file is cut, or bytes are put before, between or after.

Defends the promise: someone who cuts or lengthens a file is kept from being believed.
"""

from __future__ import annotations

import os

import pytest

from records.errors import IntegrityError


def test_cut_anywhere(case, small):
    data = small.read_bytes()
    for length in case.bytes_of(small):
        assert isinstance(case.refusal(data[:length]), IntegrityError)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_cut_at_every_boundary_of_a_large_file(case, large, shift):
    data, at = large.read_bytes(), case.parts(large)
    cuts = [*at.values(), *range(at["body"] + 56, at["index"], 16_400)]
    for cut in cuts:
        assert isinstance(case.refusal(data[: cut + shift]), IntegrityError)


def test_a_file_cut_between_two_reads(case, large):
    opened = case.open(large)
    os.truncate(large, case.parts(large)["body"] + 20_000)
    with pytest.raises(IntegrityError, match="truncated"):
        opened.contents["b"]


def test_bytes_appended(case, small):
    data = small.read_bytes()
    for more in (b"\0", b"x" * 200, data):
        assert isinstance(case.refusal(data + more), IntegrityError)


def test_bytes_put_in_front_or_between(case, small):
    data = small.read_bytes()
    for place in (0, *case.parts(small).values()):
        case.refusal(data[:place] + b"\0" + data[place:])
