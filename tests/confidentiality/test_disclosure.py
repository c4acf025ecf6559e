"""No package joins two identifying fields of one person, and nothing else tells them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.disclosure import IDENTIFYING, DisclosureRule, Placement, violations
from keying.assign import IDENTIFYING_TAILS, Clerk, assign, field_to_key
from records.reading import FIELD_NAMES, field_tail


def token(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}"


def placed(*rows: tuple[str, ...]) -> list[Placement]:
    """Rows of a field and its persons, in an order that tells nothing."""
    return [
        Placement(item_id=token(n + 1), persons=persons, field=field, place=0)
        for n, (field, *persons) in enumerate(rows)
        for persons in [tuple(persons)]
    ]


def rules(placements) -> set[DisclosureRule]:
    return {violation.rule for violation in violations(placements)}


def test_two_identifying_fields_of_one_person():
    found = violations(placed(("male.name", "p"), ("male.id_number", "p"), ("male.name", "q")))
    assert [violation.rule for violation in found] == [DisclosureRule.JOINED_PERSON]
    assert set(found[0].items) == {token(1), token(2)}


def test_the_same_fields_of_two_persons():
    assert not rules(placed(("male.name", "p"), ("female.name", "q"), ("male.name", "r")))


def test_one_field_twice_joins_nothing_new():
    assert not rules(placed(("male.name", "p"), ("male.name", "p")))


def test_a_field_of_the_couple_concerns_both():
    couple = ("certificate_number", "p", "q")
    assert rules(placed(couple, ("female.name", "q"))) == {DisclosureRule.JOINED_PERSON}


def test_fields_that_identify_nobody():
    assert not rules(placed(("male.name", "p"), ("male.sex", "p"), ("male.ethnicity", "p")))


@pytest.mark.parametrize("item_id", ["", "1", "P-1", "page-3-field-2", "G" * 32, "a" * 31])
def test_ids_that_could_be_guessed(item_id):
    spoilt = [replace(placed(("male.name", "p"))[0], item_id=item_id)]
    assert rules(spoilt) == {DisclosureRule.GUESSABLE_ID}


def test_doubled_ids():
    one = placed(("male.name", "p"))
    assert rules(one + one) == {DisclosureRule.REPEATED_ID}


@pytest.mark.parametrize("count", [13, 30, 400])
@pytest.mark.parametrize("step", [1, -1])
def test_the_archives_order_is_told(count, step):
    rows = placed(*(("male.name", f"p{n}") for n in range(count)))
    ordered = [replace(row, place=n) for n, row in enumerate(rows)][::step]
    assert rules(ordered) == {DisclosureRule.ORDER_TELLS}


@given(st.integers(1, 200), st.randoms(use_true_random=True))
def test_shuffled_order_is_not_told(count, rng):
    rows = placed(*(("male.name", f"p{n}") for n in range(count)))
    shuffled = [replace(row, place=n) for n, row in enumerate(rows)]
    rng.shuffle(shuffled)
    assert not rules(shuffled)


@given(
    st.lists(
        st.tuples(st.sampled_from(FIELD_NAMES), st.sampled_from("pqr"), st.sampled_from("pqr")),
        max_size=7,
    )
)
def test_agrees_with_comparing_every_pair(rows):
    """The slow definition: some two items share a person and show two identifying fields."""
    placements = placed(*rows)
    joined = any(
        set(a.persons) & set(b.persons)
        and field_tail(a.field) != field_tail(b.field)
        and {field_tail(a.field), field_tail(b.field)} <= IDENTIFYING
        for a, b in combinations(placements, 2)
    )
    assert (DisclosureRule.JOINED_PERSON in rules(placements)) is joined


def test_assignment_and_release_agree_on_what_identifies():
    assert IDENTIFYING == IDENTIFYING_TAILS


@given(rng=st.randoms(use_true_random=True), couples=st.integers(1, 30))
def test_what_keying_assigns_is_released(rng, couples):
    names = ("male.name", "female.name", "male.id_number", "registration_date", "male.sex")
    wanted = [
        (name, field_to_key(reading_id=f"{couple}/{name}", name=name, couple=f"c{couple}"))
        for couple in range(couples)
        for name in names
    ]
    name_of = {field.reading_id: (place, name) for place, (name, field) in enumerate(wanted)}
    crew = [Clerk(clerk_id=f"k{n}", vendor_id="v") for n in range(10)]
    plan = assign([field for _, field in wanted], crew, rng)
    for package in plan.packages:
        placements = [
            Placement(
                item_id=item.item_id,
                persons=(item.field.subject, *item.field.also),
                field=name_of[item.field.reading_id][1],
                place=name_of[item.field.reading_id][0],
            )
            for item in package.items
        ]
        assert not rules(placements)
