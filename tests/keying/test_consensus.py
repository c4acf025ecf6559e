"""The consensus recovers simulated truth and agrees with brute force."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keying import consensus as module
from keying.chance import SecretRandom
from keying.consensus import (
    LOOKALIKE,
    Evidence,
    Keying,
    Outcome,
    consensus,
    posterior,
    reader_of,
)
from keying.readers import Rates, Reader, estimate

WORLD = ("甲", "乙", "丙", "丁", "戊", "己")


def _rng(seed):
    return SecretRandom(bytes(32), str(seed))


def _brute_force(evidence, rates, world):
    """P(truth | ...) by writing out the generative model over a whole closed world."""
    off = rates.error(Reader.machine(evidence.tail))
    listed = dict(evidence.machine)
    rest = (1 - sum(listed.values())) / (len(world) - len(listed))
    prior = {v: (1 - off) * listed.get(v, rest) + off / len(world) for v in world}
    joint = {}
    for truth in world:
        joint[truth] = prior[truth]
        last = {keying.clerk_id: keying for keying in evidence.keyings}
        for keying in last.values():
            if keying.value is None:
                continue
            error = rates.error(reader_of(evidence.tail, keying))
            emitted = {}
            for value in world:
                if value == truth:
                    emitted[value] = 1 - error
                else:
                    look = prior[value] / sum(p for v, p in prior.items() if v != truth)
                    emitted[value] = error * (LOOKALIKE * look + (1 - LOOKALIKE) / (len(world) - 1))
            assert sum(emitted.values()) == pytest.approx(1)
            joint[truth] *= emitted[keying.value]
    total = sum(joint.values())
    return {value: weight / total for value, weight in joint.items()}


_keyed = st.lists(
    st.builds(
        Keying,
        clerk_id=st.sampled_from(["a", "b", "c"]),
        value=st.sampled_from([*WORLD[:4], None]),
        sure=st.booleans(),
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(
    keyings=_keyed,
    shares=st.lists(st.floats(0, 0.33), max_size=3),
    errors=st.lists(st.floats(0.001, 0.5), min_size=7, max_size=7),
)
def test_posterior_agrees_with_brute_force(keyings, shares, errors):
    machine = tuple(zip(WORLD, shares, strict=False))
    evidence = Evidence(field_id="f", tail="t", machine=machine, keyings=tuple(keyings))
    readers = [Reader(who=w, tail="t", sure=s) for w, s in product("abc", (True, False))]
    rates = Rates(errors=dict(zip([*readers, Reader.machine("t")], errors, strict=True)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "vocabulary", lambda _tail: len(WORLD))
        found = posterior(evidence, rates)
    slow = _brute_force(evidence, rates, WORLD)
    for value, probability in found.items():
        if value is not None:
            assert probability == pytest.approx(slow[value], rel=1e-9, abs=1e-12)
    others = sum(p for value, p in slow.items() if value not in found)
    assert found[None] == pytest.approx(others, rel=1e-9, abs=1e-12)


def _simulate(rng, count, errors, *, machine_right=0.75):
    """A batch in which each field has a truth, a machine's reading and three possible keyings."""
    crew = sorted(errors)
    for number in range(count):
        truth, wrong = f"值{number}", f"似{number}"
        machine = ((truth, 0.7), (wrong, 0.2))
        if rng.random() > machine_right:
            machine = ((wrong, 0.7), (f"非{number}", 0.2))
        keyings = []
        for clerk in rng.sample(crew, 2):
            value = truth
            if rng.random() < errors[clerk]:
                value = wrong if rng.random() < 0.3 else f"错{number}-{rng.randrange(50)}"
            keyings.append(Keying(clerk_id=clerk, value=value))
        evidence = Evidence(
            field_id=str(number), tail="name", machine=machine, keyings=tuple(keyings)
        )
        yield evidence, truth


def test_error_rates_of_simulated_clerks_are_recovered():
    errors = {"careful": 0.005, "usual": 0.03, "hasty": 0.12}
    batch = list(_simulate(_rng(11), 4000, errors))
    result = consensus([evidence for evidence, _ in batch])
    for clerk, rate in errors.items():
        learnt = result.rates.error(Reader(who=clerk, tail="name"))
        assert learnt == pytest.approx(rate, abs=0.012), clerk
    assert result.rates.error(Reader(who="careful", tail="name")) < result.rates.error(
        Reader(who="usual", tail="name")
    )


def test_accepted_values_are_right_and_probabilities_are_honest():
    errors = {"a": 0.02, "b": 0.05, "c": 0.03}
    batch = list(_simulate(_rng(12), 3000, errors))
    result = consensus([evidence for evidence, _ in batch])
    truth = {evidence.field_id: value for evidence, value in batch}
    agreed = [f for f in result.fields if f.outcome is Outcome.AGREED]
    wrong = sum(f.value != truth[f.field_id] for f in agreed)
    assert len(agreed) > 2500
    assert wrong / len(agreed) < 0.002
    claimed = sum(1 - f.probability for f in result.fields)
    actual = sum(f.posterior[0][0] != truth[f.field_id] for f in result.fields)
    assert actual <= 2 * claimed + 5


def test_gold_items_teach_even_when_clerks_agree_on_the_wrong_value():
    gold = [
        Evidence(
            field_id=f"g{n}",
            tail="name",
            machine=(),
            keyings=(Keying(clerk_id="x", value="错"), Keying(clerk_id="y", value="真")),
            truth="真",
        )
        for n in range(60)
    ]
    rates = consensus(gold).rates
    assert rates.error(Reader(who="x", tail="name")) > 0.3
    assert rates.error(Reader(who="y", tail="name")) < 0.03


def _one(*values, machine=(("张三", 0.6), ("张二", 0.3)), sure=True):
    keyings = tuple(Keying(clerk_id=f"k{n}", value=v, sure=sure) for n, v in enumerate(values))
    evidence = Evidence(field_id="f", tail="name", machine=machine, keyings=keyings)
    return consensus([evidence]).fields[0]


def test_two_equal_keyings_are_accepted_even_against_the_machine():
    assert _one("张三", "张三").outcome is Outcome.AGREED
    against = _one("李四", "李四", machine=(("张三", 0.9),))
    assert (against.outcome, against.value) == (Outcome.AGREED, "李四")


def test_a_clerk_who_repeats_a_value_does_not_confirm_it():
    keyings = (Keying(clerk_id="k", value="张三"),) * 3
    machine = (("张三", 0.99),)
    evidence = Evidence(field_id="f", tail="name", machine=machine, keyings=keyings)
    assert consensus([evidence]).fields[0].outcome is Outcome.THIRD_KEYING
    changed = (*keyings, Keying(clerk_id="k", value="李四"))
    later = Evidence(field_id="f", tail="name", machine=(), keyings=changed)
    assert [keying.value for keying in later.independent] == ["李四"]


def test_an_empty_field_is_a_value():
    assert _one("", "", machine=()).value == ""


def test_differing_or_illegible_keyings_go_to_a_third_clerk():
    for values in (("张三", "张二"), ("张三", None), (None, None), ("张三",), ()):
        verdict = _one(*values)
        assert (verdict.outcome, verdict.value) == (Outcome.THIRD_KEYING, None), values


def test_the_arbiter_settles_a_difference():
    verdict = _one("张三", "张二", "张三")
    assert (verdict.outcome, verdict.value) == (Outcome.ARBITRATED, "张三")


def test_three_different_keyings_stay_open():
    verdict = _one("张三", "李四", "王五", machine=())
    assert (verdict.outcome, verdict.value) == (Outcome.UNRESOLVED, None)
    assert _one(None, None, None).outcome is Outcome.UNRESOLVED


def test_the_machine_alone_never_decides():
    verdict = _one(None, None, None, machine=(("张三", 1.0),))
    assert verdict.outcome is Outcome.UNRESOLVED


def test_doubtful_keyings_weigh_less():
    sure = _one("李四", "李四")
    doubtful = _one("李四", "李四", sure=False)
    assert doubtful.probability < sure.probability


def test_a_machine_that_is_often_off_loses_its_weight():
    keyings = (Keying(clerk_id="a", value="真"), Keying(clerk_id="b", value="真"))
    batch = [
        Evidence(field_id=str(n), tail="name", machine=(("假", 0.95),), keyings=keyings)
        for n in range(200)
    ]
    assert consensus(batch).rates.error(Reader.machine("name")) > 0.5


def test_a_cell_without_readings_has_the_usual_rate():
    rates = estimate([])
    reader = Reader(who="new", tail="name")
    assert rates.error(reader) == reader.usual


@pytest.mark.slow
def test_two_keyings_and_an_arbiter_leave_few_errors():
    """The modelled plan: single keyings 0.55 % wrong, 1 to 2 in 10,000 fields in the end."""
    rng, errors, count = _rng("plan"), dict.fromkeys("abcdef", 0.0055), 40_000
    batch = list(_simulate(rng, count, errors))
    truth = {evidence.field_id: value for evidence, value in batch}
    first = consensus([evidence for evidence, _ in batch])
    by_id = {evidence.field_id: evidence for evidence, _ in batch}
    third = []
    for field in first.fields:
        if field.outcome is Outcome.THIRD_KEYING:
            value = truth[field.field_id] if rng.random() > 0.0055 else "错"
            keyings = (*by_id[field.field_id].keyings, Keying(clerk_id="arbiter", value=value))
            third.append(replace(by_id[field.field_id], keyings=keyings))
    settled = [f for f in first.fields if f.outcome is Outcome.AGREED]
    settled += [
        f for f in consensus(third, start=first.rates).fields if f.outcome is Outcome.ARBITRATED
    ]
    assert len(third) / count < 0.03
    assert len(settled) / count > 0.999
    wrong = sum(field.value != truth[field.field_id] for field in settled)
    assert wrong / count < 2e-4
