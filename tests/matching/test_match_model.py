"""The model recovers what was put in, and the posterior is what enumeration says."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.compare import Chances, Comparison
from matching.compare_date import DateLevel
from matching.compare_number import NumberLevel, compare_numbers, joint_level
from matching.couple import (
    NOBODY,
    Hypotheses,
    absence_bits,
    hypotheses,
    log2_prior,
    missed,
    posterior,
)
from matching.decide import ALWAYS_REVIEWED, MATCH, NONE, REVIEW, decide, tempered, worth
from matching.em import learn_couples
from matching.encode import DATE_DAY, Dates, encode_numbers
from matching.encode_home import Addresses
from matching.groups import ADDRESS_GROUP, NAME_GROUP, normalised
from matching.kinship import kin_odds
from matching.model import CoupleState, starting_parameters
from records.id_number import check_digit

ROWS = 50_000
#: The share of the absent who leave a relative; each home has two people.
KIN = 0.05


class Papers:
    """People on papers, of whom only the partners are asked."""

    def __init__(self, partner: np.ndarray) -> None:
        self.partner = partner

    def __len__(self) -> int:
        return len(self.partner)


def known(**changes: object) -> SimpleNamespace:
    return SimpleNamespace(**{"rows": ROWS, "married": 0.4, "beside": 1.0, **changes})


def homes(street: list[int]) -> Addresses:
    return Addresses(
        district=np.zeros(len(street), int),
        street=np.array(street, np.uint64),
        house=np.ones(len(street), int),
    )


def comparison(record: np.ndarray, row: np.ndarray, **fields: np.ndarray) -> Comparison:
    zeros = np.zeros(len(record))
    levels = np.zeros(len(record), int)
    values = {
        "name": levels, "name_u": zeros, "date_u": zeros, "joint": levels, "joint_u": zeros,
        "sex": levels, "address": levels, "address_u": zeros, "name_p": zeros,
        "born_p": zeros,
    }  # fmt: skip
    return Comparison(record=record, row=row, **{**values, **fields})


def test_em_recovers_the_shares_that_made_the_patterns() -> None:
    """Papers alone, one true pair or none among ten chance pairs: m and the absent are found."""
    rng = np.random.default_rng(3)
    records, others = 6000, 10
    name_m, name_u = (
        np.array([0.7, 0.15, 0.0, 0.1, 0.05]),
        np.array([4e-5, 1e-3, 0.0, 0.01, 0.98896]),
    )
    home_m, home_u = np.array([0.5, 0.0, 0.0, 0.3, 0.2]), np.array([1e-4, 0.0, 0.0, 0.1, 0.8999])
    present = rng.random(records) < 0.8
    record = np.repeat(np.arange(records), others + 1)
    true = np.tile(np.arange(others + 1) == 0, records) & np.repeat(present, others + 1)
    kept = true | ~np.tile(np.arange(others + 1) == 0, records)
    record, true = record[kept], true[kept]
    size = len(record)
    name = np.where(true, rng.choice(5, size, p=name_m), rng.choice(5, size, p=name_u))
    home = np.where(true, rng.choice(5, size, p=home_m), rng.choice(5, size, p=home_u))
    whole = joint_level(np.full(size, DATE_DAY), np.zeros(size, int), np.zeros(size, int))
    # Chance pairs were drawn by blocking: ten of fifty thousand, so their u is what it is.
    pairs = comparison(
        record, np.arange(size), name=name, name_u=np.log2(name_u + 1e-9)[name],
        address=home, address_u=np.log2(home_u + 1e-9)[home], joint=whole,
        joint_u=np.full(size, np.log2(others / ROWS)),
    )  # fmt: skip
    people = Papers(np.full(records, -1))
    register = SimpleNamespace(spouse=np.full(size, -1), home=homes([0] * size))
    start = starting_parameters()
    chances = Chances(dates=np.zeros((6, len(DateLevel))), sexes=np.zeros(6))
    found = hypotheses(people, register, pairs)
    model, after = learn_couples(found, pairs, chances, start, known())
    assert np.exp2(model.name)[:5] == pytest.approx(name_m, abs=0.02)
    assert np.exp2(model.address)[[0, 3, 4]] == pytest.approx(home_m[[0, 3, 4]], abs=0.03)
    assert model.state[CoupleState.ALONE] == pytest.approx(0.8, abs=0.02)
    assert after.pair[true].mean() > 0.95
    assert after.pair.sum() == pytest.approx(present.sum(), rel=0.02)


def by_hand(  # noqa: PLR0913, PLR0917 - everything the posterior is made of
    ones: list[float],
    others: list[float],
    spouse: dict[int, int],
    street: list[int],
    state_share: np.ndarray,
    address: np.ndarray,
    relative: np.ndarray,
    absent: np.ndarray,
) -> dict[tuple[int, int], float]:
    """The posterior over (man, woman) by going through all hypotheses one by one."""
    prior = log2_prior(state_share, known())
    weight = [*ones, *others]
    odds = {}
    for a, b in product([*range(len(ones)), NOBODY], [*range(len(ones), len(weight)), NOBODY]):
        present = [at for at in (a, b) if at >= 0]
        bits = sum(weight[at] for at in present)
        if len(present) == 2:
            home = street[a] == street[b] > 0
            if spouse.get(a) == b or spouse.get(b) == a:
                state = CoupleState.LINKED
            elif home:
                state = CoupleState.HOUSEHOLD
            elif a in spouse or b in spouse:
                state = CoupleState.ELSEWHERE
            else:
                state = CoupleState.APART
            if home:
                high, low = max(address[a], address[b]), min(address[a], address[b])
                bits -= low if high > 0 else high
        elif present:
            state = CoupleState.ONE_MARRIED if present[0] in spouse else CoupleState.ONE_UNMARRIED
        else:
            state = CoupleState.BOTH_ABSENT
        left = 2.0 ** ((absent[0] if a < 0 else 0) + (absent[1] if b < 0 else 0))
        if len(present) == 1:
            # Everybody at home with the one who is there may be the other one's relative.
            side = range(len(ones)) if a < 0 else range(len(ones), len(weight))
            left += sum(
                KIN * 2.0 ** relative[at]
                for at in side
                if street[at] == street[present[0]] > 0 and spouse.get(at) != present[0]
            )
        odds[a, b] = 2.0 ** (bits + prior[state]) * left
    total = sum(odds.values())
    return {pair: value / total for pair, value in odds.items()}


bits = st.floats(-10, 40)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_couple_posterior_equals_enumeration(data: st.DataObject) -> None:
    men, women = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    size = men + women
    weight = np.array(data.draw(st.lists(bits, min_size=size, max_size=size)))
    address = np.array(data.draw(st.lists(st.floats(-2, 14), min_size=size, max_size=size)))
    relative = np.array(data.draw(st.lists(st.floats(-5, 20), min_size=size, max_size=size)))
    absent = np.array(data.draw(st.lists(st.floats(0, 9), min_size=2, max_size=2)))
    street = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    spouse: dict[int, int] = {}
    if men and women and data.draw(st.booleans()):
        man, woman = data.draw(st.integers(0, men - 1)), men + data.draw(st.integers(0, women - 1))
        spouse = {man: woman, woman: man}
    record = np.repeat([0, 1], [men, women])
    pairs = comparison(record, np.arange(size))
    people = Papers(np.array([1, 0]))
    links = np.array([spouse.get(at, -1) for at in range(size)], int)
    register = SimpleNamespace(spouse=np.append(links, -1), home=homes([*street, 0]))
    found: Hypotheses = hypotheses(people, register, pairs)
    share = starting_parameters().state
    kin = kin_odds(found, relative, KIN, known())
    nobody = absence_bits(found, absent, kin)
    after = posterior(found, weight, address, nobody, log2_prior(share, known()))
    miss = missed(found, after)
    expected = by_hand(
        list(weight[:men]), list(weight[men:]), spouse, street, share, address, relative, absent
    )
    got = dict(
        zip(
            zip(found.one.tolist(), found.other.tolist(), strict=True),
            after.hypothesis,
            strict=True,
        )
    )
    assert got.keys() == expected.keys()
    for pair, value in expected.items():
        assert got[pair] == pytest.approx(value, rel=1e-6, abs=1e-12)
    for at in range(size):
        mine = sum(value for pair, value in expected.items() if at in pair)
        assert after.pair[at] == pytest.approx(mine, rel=1e-6, abs=1e-12)
        others = sum(value for pair, value in expected.items() if at not in pair)
        assert miss[at] == pytest.approx(others, rel=1e-5, abs=1e-12)
    assert after.absent[0] == pytest.approx(
        sum(value for (a, _), value in expected.items() if a == NOBODY), abs=1e-9
    )


def test_shares_sum_to_one_within_what_is_given() -> None:
    start = starting_parameters()
    for table, group in ((start.name, NAME_GROUP), (start.address, ADDRESS_GROUP)):
        assert np.bincount(group, weights=np.exp2(table)) == pytest.approx(1.0)
    assert normalised(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1])).tolist() == [0.25, 0.75, 1.0]


@given(st.lists(st.floats(1e-30, 1), min_size=2, max_size=50))
def test_tempering_keeps_the_order_and_never_reaches_certainty(miss: list[float]) -> None:
    shown = tempered(np.array(miss))
    order = np.argsort(miss, kind="stable")
    assert (np.diff(shown[order]) >= 0).all()
    assert (1 - shown < 1).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from([0.0001, 0.001, 0.01]))
def test_matches_stay_within_the_rate_that_was_asked(miss: list[float], rate: float) -> None:
    doubt = np.array(miss)
    decision = decide(doubt, np.ones(len(doubt), bool), rate)
    matched = doubt[decision == MATCH]
    assert not len(matched) or matched.mean() <= rate + 1e-12
    reviewed = doubt[decision == REVIEW]
    assert not len(matched) or not len(reviewed) or matched.max() <= reviewed.min()
    assert (matched <= 0.5).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=400), st.floats(0, 0.3))
def test_the_looks_that_are_worth_most_are_taken_and_no_more_than_there_is_time_for(
    miss: list[float], share: float
) -> None:
    doubt, answered = np.array(miss), np.ones(len(miss), bool)
    decision = decide(doubt, answered, 0.001, share)
    reviewed, left = decision == REVIEW, decision == NONE
    assert reviewed.sum() <= max(share * len(doubt), ALWAYS_REVIEWED)
    value = worth(doubt, answered)
    assert (value[reviewed] >= 0).all()
    waiting = value[left & (value >= 0)]
    assert not len(waiting) or waiting.max() <= value[reviewed].min()


def test_a_sibling_number_is_not_a_slip() -> None:
    """Both check digits fit, so the serials differ because the people do."""
    body, twin = "11010119500102002", "11010119500102004"
    one, other = body + check_digit(body), twin + check_digit(twin)
    slipped = one[:15] + ("9" if one[15] != "9" else "8") + one[16:]
    short = one[:6] + one[8:17]
    paper = encode_numbers(pa_texts([one, other, slipped, short, "000019500102000", None]))
    register = encode_numbers(pa_texts([one] * 6))
    birth = Dates(value=np.full(6, 19500102), form=np.full(6, DATE_DAY))
    assert compare_numbers(paper, register, birth).tolist() == [
        NumberLevel.SAME, NumberLevel.SIBLING, NumberLevel.ONE_OFF, NumberLevel.SAME,
        NumberLevel.NONE, NumberLevel.NONE,
    ]  # fmt: skip


def pa_texts(texts: list[str | None]) -> pa.Array:
    return pa.array(texts, pa.string())
