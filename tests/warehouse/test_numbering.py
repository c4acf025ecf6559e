"""Series of certificate numbers: every missing number is found, and no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warehouse.numbering import LONGEST_GAP, SeriesName, place_of, series_of


def test_offices_years_and_kinds_are_series_of_their_own():
    numbers = [
        ("J110101-2010-000001", 2010),
        ("J110101-2010-000004", 2010),
        ("J110101-2011-000002", 2011),
        ("L110101-2010-000002", 2010),
        ("J110102-2010-000002", 2010),
        ("东结字第12号", 1985),
        ("(85)东结字第14号", 1985),
        ("not a number", 1985),
    ]
    found = {each.name: each for each in series_of(numbers)}
    assert found[SeriesName("marriage", "110101", 2010)].gaps == ((2, 3),)
    assert found[SeriesName("marriage", "东", 1985)].gaps == ((13, 13),)
    assert len(found) == 5


def test_a_number_without_a_year_takes_that_of_registration():
    assert place_of("东结字第12号", 1985) == (SeriesName("marriage", "东", 1985), 12)
    assert place_of("东结字第12号", None) is None


def test_a_number_far_from_the_others_makes_no_gap():
    numbers = [(f"J110101-2010-{each:06}", None) for each in (1, 2, 4, 5 + LONGEST_GAP + 100)]
    (found,) = series_of(numbers)
    assert (found.gaps, found.far, found.missing) == (((3, 3),), (5 + LONGEST_GAP + 100,), 1)


@given(st.sets(st.integers(1, 900), min_size=1, max_size=60))
def test_gaps_are_what_the_numbers_lack(present):
    (found,) = series_of((f"J110101-2010-{each:06}", 2010) for each in present)
    lacking = {n for first, last in found.gaps for n in range(first, last + 1)}
    assert lacking == set(range(min(present), max(present) + 1)) - present
    assert found.missing == len(lacking)
    assert found.present == len(present)
