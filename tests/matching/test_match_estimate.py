"""What is estimated without labels: bounds in order, parts that add up, truth within."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.evaluate import estimate, slices
from matching.run import match_table

if TYPE_CHECKING:
    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity


@given(
    st.lists(st.tuples(st.sampled_from(["match", "review", "none"]), st.floats(0, 1)), max_size=40)
)
def test_bounds_stand_on_either_side(rows: list[tuple[str, float]]) -> None:
    answers = pa.table(
        {
            "decision": pa.array([decision for decision, _ in rows], pa.string()),
            "probability": pa.array([chance for _, chance in rows], pa.float64()),
        }
    )
    found = estimate(answers)
    assert found.match + found.review + found.none == found.records == len(rows)
    assert 0 <= found.lower <= found.false_match_rate <= found.upper <= 1
    assert 0 <= found.miss_lower <= found.miss_rate <= found.miss_upper <= 1
    assert found.in_register == pytest.approx(sum(chance for _, chance in rows))


def test_slices_add_up_and_the_truth_lies_within(city: SmallCity, index: RegisterIndex) -> None:
    answers = match_table(city.certificates, index)
    parts = slices(answers, city.certificates)
    whole = estimate(answers)
    for by in ("era", "id_number"):
        own = [part.estimate for part in parts if part.by == by]
        assert sum(each.records for each in own) == whole.records
        assert sum(each.found for each in own) == pytest.approx(whole.found)
        assert all(np.isfinite(astuple(each)).all() for each in own)
    truth = city.truth["person_id"].to_pylist()
    matched = [each == "match" for each in answers["decision"].to_pylist()]
    right = [
        taken and person == true
        for taken, person, true in zip(
            matched, answers["person_id"].to_pylist(), truth, strict=True
        )
    ]
    missed = 1 - sum(right) / sum(true is not None for true in truth)
    # The town is small, and people whose entry is no candidate are missed unseen.
    assert whole.miss_lower - 0.03 <= missed <= whole.miss_upper + 0.03


def test_papers_without_a_date_or_number_have_a_slice_too(
    city: SmallCity, index: RegisterIndex
) -> None:
    bare = city.certificates.slice(0, 6).drop_columns(["registration_date", "id_number"])
    shown = {(part.by, part.value) for part in slices(match_table(bare, index), bare)}
    assert shown == {("era", "unknown"), ("id_number", "without")}
