"""Gold items show who errs, and look like everybody else."""

from dataclasses import replace

from keying.assign import Clerk, Seen, assign, field_to_key
from keying.chance import SecretRandom
from keying.consensus import Evidence, Keying
from keying.gold import judge_crew, judge_gold
from keying.planting import Purpose, with_gold


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


def test_gold_items_are_added_and_kept_from_those_who_must_not_see_them():
    rng = SecretRandom(bytes(32), "gold")
    lot, gold_bank = _fields("r", 200), _fields("g", 30)
    crew = [Clerk(clerk_id=f"k{n}", vendor_id="v") for n in range(2)]
    plans = assign(lot, crew, rng).packages
    for plan in plans:
        bank = [*gold_bank, *(item.field for item in plan.items[:5])]
        mixed = with_gold(plan, bank, rng, share=0.02)
        gold = [item for item in mixed.items if item.purpose == Purpose.GOLD]
        assert len(gold) == round(0.02 * len(plan.items)) >= 1
        assert all(item.field.reading_id.startswith("g") for item in gold)
        # Ids, by which items stand, are all that tells one from another.
        assert list(mixed.items) == sorted(mixed.items, key=lambda item: item.item_id)
        assert set(mixed.items) >= set(plan.items)
        seen = [Seen(clerk_id=plan.clerk_id, field=field) for field in gold_bank[:29]]
        (only,) = [
            item for item in with_gold(plan, bank, rng, share=0.02, seen=seen).items if item.purpose
        ]
        assert only.field == gold_bank[29]
        assert with_gold(plan, [], rng, share=0.02) == with_gold(plan, bank, rng, share=0) == plan
    one = replace(plans[0], items=plans[0].items[:1])
    assert len(with_gold(one, gold_bank, rng, share=0.02).items) == 2
