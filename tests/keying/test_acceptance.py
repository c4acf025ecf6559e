import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keying.acceptance import (
    binomial_cdf,
    clopper_pearson,
    draw_sample,
    hypergeometric_cdf,
    judge_lot,
    sample_size,
    upper_bound,
)
from keying.chance import SecretRandom
from records.errors import ExitStatus, LotFailedError


def _rng(seed):
    return SecretRandom(bytes(32), str(seed))


def test_bounds_agree_with_published_and_closed_forms():
    # With nothing wrong the bound is 1 - doubt^(1/n): the "rule of three".
    for shown in (10, 60, 299):
        assert clopper_pearson(0, shown)[1] == pytest.approx(1 - 0.05 ** (1 / shown), abs=1e-9)
    assert clopper_pearson(5, 5) == (pytest.approx(0.05 ** (1 / 5), abs=1e-9), 1.0)
    # 10 of 100, each side 97.5 %: the two-sided 95 % interval of the textbooks.
    lower, upper = clopper_pearson(10, 100, confidence=0.975)
    assert (round(lower, 4), round(upper, 4)) == (0.0490, 0.1762)
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 12), rate=st.floats(0.01, 0.99), k=st.integers(0, 12))
def test_the_binomial_law_agrees_with_its_definition(n, rate, k):
    slow = sum(math.comb(n, i) * rate**i * (1 - rate) ** (n - i) for i in range(min(k, n) + 1))
    assert binomial_cdf(k, n, rate) == pytest.approx(slow, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(lot=st.integers(1, 9), data=st.data())
def test_the_hypergeometric_law_agrees_with_counting(lot, data):
    wrong = data.draw(st.integers(0, lot))
    sampled = data.draw(st.integers(0, lot))
    k = data.draw(st.integers(0, lot))
    samples = list(combinations(range(lot), sampled))
    few = sum(sum(i < wrong for i in sample) <= k for sample in samples)
    slow = few / len(samples)
    assert hypergeometric_cdf(k, lot, wrong, sampled) == pytest.approx(slow, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(lot=st.integers(1, 200), data=st.data())
def test_a_lot_above_the_bound_would_rarely_look_so_good(lot, data):
    sampled = data.draw(st.integers(1, lot))
    wrong = data.draw(st.integers(0, sampled))
    bound = round(upper_bound(wrong, sampled, lot_size=lot) * lot)
    assert wrong <= bound <= lot - sampled + wrong
    if bound < lot - sampled + wrong:
        assert hypergeometric_cdf(wrong, lot, bound + 1, sampled) <= 0.05 + 1e-9
    if bound > wrong:
        assert hypergeometric_cdf(wrong, lot, bound, sampled) > 0.05 - 1e-9


def test_an_endless_lot_needs_the_binomial_sample():
    assert sample_size(10_000_000) == 299
    assert upper_bound(3, 400, lot_size=10_000_000) == pytest.approx(
        clopper_pearson(3, 400)[1], abs=1e-4
    )


@settings(max_examples=40, deadline=None)
@given(lot=st.integers(1, 3000), forgiven=st.integers(0, 2))
def test_the_sample_is_the_smallest_that_can_pass(lot, forgiven):
    size = sample_size(lot, max_wrong=0.02, forgiven=forgiven)
    assert size <= lot
    if size < lot:
        assert upper_bound(forgiven, size, lot_size=lot) <= 0.02
    if size > forgiven:
        assert upper_bound(forgiven, size - 1, lot_size=lot) > 0.02


def test_a_small_lot_is_inspected_whole_and_judged_exactly():
    records = {f"r{n}": n > 0 for n in range(100)}
    assert sample_size(40) > 35
    assert judge_lot("L1", records, lot_size=100).passed
    records["r1"] = False
    verdict = judge_lot("L1", records, lot_size=100)
    assert (verdict.upper, verdict.wrong, verdict.passed) == (0.02, 2, False)
    with pytest.raises(LotFailedError, match="L1") as failed:
        verdict.require()
    assert failed.value.status is ExitStatus.LOT_FAILED


def test_a_lot_that_passes_says_nothing():
    judge_lot("L2", {f"r{n}": True for n in range(299)}, lot_size=100_000).require()


def test_bad_lots_seldom_pass():
    rng = _rng(4)
    lot = {f"r{n:04}": n >= 45 for n in range(3000)}  # 1.5 % wrong, 1 % allowed
    size = sample_size(len(lot))
    passed = 0
    for _ in range(400):
        sample = draw_sample(lot, size, rng)
        passed += judge_lot("L", {r: lot[r] for r in sample}, lot_size=len(lot)).passed
    assert passed / 400 <= 0.05


def test_the_sample_has_no_doubles_and_no_more_than_the_lot():
    rng = _rng(1)
    assert sorted(draw_sample(["b", "a"], 9, rng)) == ["a", "b"]
    assert len(set(draw_sample(map(str, range(100)), 30, rng))) == 30
