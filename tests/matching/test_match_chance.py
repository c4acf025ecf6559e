"""What chance explains: things not given say nothing, and rare days are shrunk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from matching.certificates import certificates_of
from matching.compare import compare, sample_chances
from matching.compare_date import DateLevel
from matching.compare_name import NameLevel
from matching.encode import DATE_DAY
from matching.frequencies import log2_day
from matching.model import starting_parameters

if TYPE_CHECKING:
    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity


def test_what_is_not_given_says_nothing(city: SmallCity, index: RegisterIndex) -> None:
    chances = sample_chances(certificates_of(city.certificates), index)
    assert (chances.dates[:, DateLevel.MISSING] == 0).all()


def test_what_the_reader_saw_is_summed_over_its_texts(
    city: SmallCity, index: RegisterIndex
) -> None:
    """P(seen | truth) is the sum of every text's probability times what it would be worth."""
    person = next(at for at, row in enumerate(city.register.to_pylist()) if len(row["name"]) == 3)
    name = city.register["name"][person].as_py()
    possible = [[name[:2] + "龘", 0.5], [name, 0.3], [name[:2], 0.1], ["爨" + name[1:], 0.05]]
    table = pa.table(
        {
            "record_id": [1, 2, 3, 4, 5],
            "name": [text for text, _ in possible] + [possible[0][0]],
            "alternatives": [None] * 4 + [json.dumps({"name": possible})],
        }
    )
    people, start = certificates_of(table), starting_parameters()
    chances = sample_chances(people, index)
    row = int(np.flatnonzero(index.people.name.key == people.name.values.key[1])[0])
    pairs = compare(
        people, index, np.arange(5), np.full(5, row),
        known=index.known, chances=chances, start=start,
    )  # fmt: skip
    worth = np.exp2(start.name[pairs.name] - pairs.name_u + pairs.name_p)
    summed = sum(p * each for (_, p), each in zip(possible, worth[:4], strict=True))
    assert worth[4] == pytest.approx(summed)
    assert pairs.name[4] == NameLevel.SAME


def test_shares_lie_between_what_is_counted_and_what_is_expected(index: RegisterIndex) -> None:
    known, birth = index.known, index.people.birth
    days = np.unique(birth.value[birth.form == DATE_DAY]).astype(np.int64)
    counted = (known.days(days) - 1) / known.rows
    expected = known.years[days // 10000] / 365.25
    shown = np.exp2(log2_day(days, known))
    assert (shown >= np.minimum(counted, expected) * 0.999).all()
    assert (shown <= np.maximum(counted, expected) * 1.001).all()
