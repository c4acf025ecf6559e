"""Gold items show who errs, and look like everybody else."""

from keying.assign import Clerk, assign, field_to_key
from keying.chance import SecretRandom
from keying.consensus import Evidence, Keying
from keying.gold import judge_crew, judge_gold, with_gold


def _fields(prefix, count):
    return [
        field_to_key(reading_id=f"{prefix}{n}", name="male.name", couple=f"{prefix}{n}")
        for n in range(count)
    ]


def test_a_clerk_fails_on_proof_only():
    assert judge_gold("k", [True] * 19 + [False], allowed=0.02).passed
    assert not judge_gold("k", [True] * 14 + [False] * 6, allowed=0.02).passed
    assert judge_gold("k", [], allowed=0.02).passed


def test_the_crew_is_judged_on_gold_items_alone():
    def field(truth, *keyings):
        made = tuple(Keying(clerk_id=clerk, value=value) for clerk, value in keyings)
        return Evidence(field_id="f", tail="name", machine=(), keyings=made, truth=truth)

    evidence = [field("甲", ("good", "甲"), ("bad", "乙"))] * 10
    evidence += [field(None, ("good", "乙"), ("bad", "甲"))] * 10
    evidence += [field("甲", ("good", None))]
    bad, good = judge_crew(evidence, allowed=0.02)
    assert (good.clerk_id, good.shown, good.wrong, good.passed) == ("good", 10, 0, True)
    assert (bad.clerk_id, bad.shown, bad.wrong, bad.passed) == ("bad", 10, 10, False)


def test_gold_items_are_added_and_keyed_by_the_same_rules():
    rng = SecretRandom(bytes(32), "gold")
    lot, bank = _fields("r", 200), [*_fields("g", 30), *_fields("r", 5)]
    mixed = with_gold(lot, bank, rng)
    added = [field.reading_id for field in mixed[200:]]
    assert len(added) == len(set(added)) == 4
    assert all(reading_id.startswith("g") for reading_id in added)
    crew = [Clerk(clerk_id=f"k{n}", vendor_id="v") for n in range(2)]
    packages = assign(mixed, crew, rng).packages
    assert sum(len(plan.items) for plan in packages) == 2 * 204
    assert len(with_gold(lot[:3], bank, rng)) == 4
    assert with_gold([], bank, rng) == ()
    assert with_gold(lot, [], rng) == tuple(lot)
