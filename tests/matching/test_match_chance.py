"""What chance explains: things not given say nothing, and rare days are shrunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.certificates import certificates_of
from matching.compare import sample_chances
from matching.compare_date import DateLevel
from matching.encode import DATE_DAY
from matching.frequencies import log2_day

if TYPE_CHECKING:
    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity


def test_what_is_not_given_says_nothing(city: SmallCity, index: RegisterIndex) -> None:
    chances = sample_chances(certificates_of(city.certificates), index)
    assert (chances.dates[:, DateLevel.MISSING] == 0).all()


def test_shares_lie_between_what_is_counted_and_what_is_expected(index: RegisterIndex) -> None:
    known, birth = index.known, index.people.birth
    days = np.unique(birth.value[birth.form == DATE_DAY]).astype(np.int64)
    counted = (known.days(days) - 1) / known.rows
    expected = known.years[days // 10000] / 365.25
    shown = np.exp2(log2_day(days, known))
    assert (shown >= np.minimum(counted, expected) * 0.999).all()
    assert (shown <= np.maximum(counted, expected) * 1.001).all()
