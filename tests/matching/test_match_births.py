"""Birth dates of the register: calendar days, and those that only the ID number tells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matching.encode import DATE_DAY, DATE_MISSING, real_days
from matching.people import encode_rows
from records.id_number import check_digit


@given(st.integers(1850, 2099), st.integers(0, 14), st.integers(0, 33))
def test_days_of_the_calendar_are_those_that_python_knows(year: int, month: int, day: int) -> None:
    try:
        expected = date(year, month, day).year == year
    except ValueError:
        expected = False
    assert real_days(np.array([year * 10000 + month * 100 + day])).tolist() == [expected]


def test_a_missing_birth_date_is_read_from_the_number() -> None:
    body, odd = "11010119500102002", "11010119509902002"
    rows = pa.table(
        {
            "name": ["王一", "王二", "王三", "王四"],
            "birth_date": [None, "1951-02-03", None, None],
            "id_number": [body + check_digit(body)] * 2 + [odd + check_digit(odd), None],
            "sex": ["male"] * 4,
            "former_name": pa.nulls(4, pa.string()),
            "address": pa.nulls(4, pa.string()),
        }
    )
    columns, _, _ = encode_rows(rows)
    assert columns["birth_value"].tolist() == [19500102, 19510203, 0, 0]
    assert columns["birth_form"].tolist() == [DATE_DAY, DATE_DAY, DATE_MISSING, DATE_MISSING]
