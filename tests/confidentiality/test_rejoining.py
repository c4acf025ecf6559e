"""The figure that a release is judged by: right claims beyond guessing, and what is chance."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.rejoining import LIMIT, Claim, JoiningRisk, claims_of, joining_risk

CLAIMS = st.lists(st.builds(Claim, right=st.booleans(), chance=st.floats(0, 1)), max_size=7)


def slow_tail(claims):
    """By all outcomes one by one."""
    chances = [min(1.0, claim.chance + LIMIT) for claim in claims]
    right = sum(claim.right for claim in claims)
    total = 0.0
    for outcome in product((True, False), repeat=len(claims)):
        if sum(outcome) >= right:
            weight = 1.0
            for came, chance in zip(outcome, chances, strict=True):
                weight *= chance if came else 1 - chance
            total += weight
    return total


@given(CLAIMS)
def test_what_chance_explains_agrees_with_counting_all_outcomes(claims):
    assert joining_risk(claims).by_chance == pytest.approx(min(1.0, slow_tail(claims)))


def test_a_pair_that_both_ends_name_is_one_claim():
    named = [1, 0, 3, 0, None]
    claims = claims_of(named, lambda at: [n for n in range(5) if n != at], lambda a, b: a + b == 1)
    assert [claim.right for claim in claims] == [True, False, False]
    assert [claim.chance for claim in claims] == pytest.approx([0.25, 0.125, 0.0])


def guesser(skill, pairs, seed):
    """An attack on pairs that belong together, right in `skill` of cases, else a guess."""
    chance = random.Random(seed)  # noqa: S311 - played
    each = list(range(2 * pairs))
    named = [
        at ^ 1 if chance.random() < skill else chance.choice([n for n in each if n != at])
        for at in each
    ]
    return claims_of(named, lambda at: [n for n in each if n != at], lambda a, b: a ^ 1 == b)


def test_guessing_is_let_through_and_knowing_is_not():
    guesses = [joining_risk(guesser(0.0, 60, seed)) for seed in range(40)]
    assert not any(each.exceeds() for each in guesses)
    assert abs(sum(each.advantage for each in guesses)) / 40 < 0.005
    for seed in range(10):
        found = joining_risk(guesser(0.15, 60, seed))
        assert found.exceeds()
        assert found.advantage > 0.05


def test_little_is_proven_by_few_items():
    lucky = [Claim(right=True, chance=0.5), Claim(right=False, chance=0.5)]
    assert not joining_risk(lucky).exceeds()
    assert joining_risk([Claim(right=True, chance=0.1)] * 3).exceeds()
    assert not joining_risk([Claim(right=True, chance=0.1)] * 3).exceeds(tests=100)


def test_nobody_to_join_is_no_risk():
    assert joining_risk([]) == JoiningRisk(claims=0, right=0, expected=0, by_chance=1.0)
    nothing = joining_risk([Claim(right=False, chance=0.0)] * 30)
    assert (nothing.advantage, nothing.exceeds()) == (0.0, False)
