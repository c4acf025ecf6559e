"""No clerk and no package sees two identifying fields of one person."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confidentiality.disclosure import Placement, violations
from keying.assign import (
    ARBITRATION,
    IDENTIFYING_TAILS,
    Clerk,
    FieldToKey,
    assign,
    clerks_needed,
    field_to_key,
)
from keying.chance import SecretRandom
from records.errors import ExitStatus, NotPermittedError
from records.reading import FIELD_NAMES

_fields = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(FIELD_NAMES)), max_size=40, unique=True
).map(
    lambda pairs: [
        field_to_key(reading_id=f"r{couple}/{name}", name=name, couple=f"c{couple}")
        for couple, name in pairs
    ]
)


def _rng(seed):
    return SecretRandom(bytes(32), str(seed))


def _crew(count):
    return [Clerk(clerk_id=f"k{n}", vendor_id=f"v{n % 2}") for n in range(count)]


def _violations(views):
    """Slow definition: every pair of fields that one viewer sees of one subject."""
    for fields in views.values():
        for a in fields:
            for b in fields:
                if a.reading_id != b.reading_id and set(a.subjects) & set(b.subjects):
                    yield a, b


def _by_clerk(*assignments):
    views = defaultdict(list)
    for assignment in assignments:
        for plan in assignment.packages:
            views[plan.clerk_id] += [item.field for item in plan.items]
    return views


@settings(max_examples=60, deadline=None)
@given(fields=_fields, clerks=st.integers(1, 14), seed=st.integers(0, 99))
def test_no_clerk_and_no_package_joins_two_identifying_fields(fields, clerks, seed):
    first = assign(fields, _crew(clerks), _rng(seed), defer=True)
    seen = [s for plan in first.packages for s in plan.seen()]
    third = assign(fields, _crew(clerks), _rng(seed + 1), rounds=ARBITRATION, seen=seen, defer=True)
    assert not list(_violations(_by_clerk(first, third)))
    packages = {("first", p.number): [i.field for i in p.items] for p in first.packages}
    assert not list(_violations(packages))


@settings(max_examples=60, deadline=None)
@given(fields=_fields, clerks=st.integers(1, 14), seed=st.integers(0, 99))
def test_every_field_is_keyed_by_different_clerks_or_deferred(fields, clerks, seed):
    result = assign(fields, _crew(clerks), _rng(seed), defer=True)
    keyings = [(i.field.reading_id, p.round) for p in result.packages for i in p.items]
    keyings += [(field.reading_id, keying_round) for field, keying_round in result.deferred]
    assert Counter(keyings) == Counter((f.reading_id, r) for f in fields for r in (1, 2))
    pairs = [(p.clerk_id, i.field.reading_id) for p in result.packages for i in p.items]
    assert len(pairs) == len(set(pairs))
    ids = [i.item_id for p in result.packages for i in p.items]
    assert len(ids) == len(set(ids))


@given(fields=_fields, seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_the_same_seed_gives_the_same_packages(fields, seed):
    crew = _crew(30)
    assert assign(fields, crew, _rng(seed)) == assign(fields, crew, _rng(seed))


def test_the_stated_number_of_clerks_suffices_and_one_fewer_does_not():
    fields = [
        field_to_key(reading_id=f"r{c}/{name}", name=name, couple=f"c{c}")
        for c in range(20)
        for name in ("male.name", "male.birth_date", "male.id_number", "female.name")
    ]
    needed = clerks_needed(fields)
    assert needed == 6
    assert not assign(fields, _crew(needed), _rng(1)).deferred
    with pytest.raises(NotPermittedError, match="6") as refused:
        assign(fields, _crew(needed - 1), _rng(1))
    assert refused.value.status is ExitStatus.NOT_PERMITTED


def test_a_third_keying_goes_to_someone_who_knows_nothing_of_the_person():
    fields = [
        field_to_key(reading_id=f"r/{tail}", name=f"male.{tail}", couple="c")
        for tail in ("name", "birth_date")
    ]
    first = assign(fields, _crew(4), _rng(2))
    seen = [s for plan in first.packages for s in plan.seen()]
    with pytest.raises(NotPermittedError):
        assign(fields[:1], _crew(4), _rng(3), rounds=ARBITRATION, seen=seen)
    third = assign(fields[:1], _crew(5), _rng(3), rounds=ARBITRATION, seen=seen)
    assert [p.clerk_id for p in third.packages] == ["k4"]


@pytest.mark.parametrize("name", ["holder", "remark", "certificate_number", "registration_date"])
def test_a_field_of_the_couple_counts_for_both_persons(name):
    of_couple = field_to_key(reading_id="r/couple", name=name, couple="c")
    births = [
        field_to_key(reading_id=f"r/{role}", name=f"{role}.birth_date", couple="c")
        for role in ("male", "female")
    ]
    assert all(set(of_couple.subjects) & set(birth.subjects) for birth in births)
    assert clerks_needed([of_couple, *births]) == 4


def test_fields_that_identify_nobody_bar_nobody():
    fields = [FieldToKey(reading_id=tail, tail=tail, subject="p") for tail in ("sex", "education")]
    assert not IDENTIFYING_TAILS & {f.tail for f in fields}
    result = assign(fields, _crew(2), _rng(0))
    assert [len(plan.items) for plan in result.packages] == [1, 1, 1, 1] or [
        len(plan.items) for plan in result.packages
    ] == [2, 2]


def test_packages_are_cut_to_size_and_burdens_are_even():
    fields = [FieldToKey(reading_id=f"r{n}", tail="name", subject=f"p{n}") for n in range(100)]
    result = assign(fields, _crew(4), _rng(0), package_size=20)
    assert max(len(plan.items) for plan in result.packages) == 20
    burden = Counter()
    for plan in result.packages:
        burden[plan.clerk_id] += len(plan.items)
    assert set(burden.values()) == {50}
    assert [plan.number for plan in result.packages] == list(range(1, len(result.packages) + 1))


def test_every_pair_of_clerks_shares_some_fields():
    fields = [FieldToKey(reading_id=f"r{n}", tail="name", subject=f"p{n}") for n in range(300)]
    who = defaultdict(set)
    for plan in assign(fields, _crew(6), _rng("pairs")).packages:
        for item in plan.items:
            who[item.field.reading_id].add(plan.clerk_id)
    pairs = Counter(frozenset(pair) for pair in who.values())
    assert len(pairs) == 15
    assert max(pairs.values()) < 3 * min(pairs.values())


def test_the_place_in_a_package_tells_nothing_of_the_partner():
    """Guessing that equal places belong together finds partners no more often than chance."""
    hits = trials = 0
    for seed in range(40):
        fields = [
            FieldToKey(reading_id=f"{tail}{n}", tail=tail, subject=f"p{n}")
            for n in range(25)
            for tail in ("name", "birth_date")
        ]
        crew = _crew(4)
        packages = assign(fields, crew, SecretRandom(b"s" * 32, str(seed))).packages
        for a in packages:
            for b in packages:
                if a.clerk_id >= b.clerk_id:
                    continue
                for x, y in zip(a.items, b.items, strict=False):
                    trials += x.field.tail != y.field.tail
                    hits += x.field.tail != y.field.tail and x.field.subject == y.field.subject
    assert trials > 1000
    assert hits / trials < 1 / 25 + 0.02


def test_packages_break_no_rule_of_disclosure():
    """The officers' check of a package, written apart from the assignment, finds nothing."""
    names = ("male.name", "male.birth_date", "female.name", "certificate_number", "holder")
    named = {f"r{c:03}/{name}": (f"c{c}", name) for c in range(60) for name in names}
    fields = [field_to_key(reading_id=r, name=name, couple=c) for r, (c, name) in named.items()]
    packages = assign(fields, _crew(12), _rng("disclosure")).packages
    assert len(packages) > 12
    for plan in packages:
        archive_order = sorted(item.field.reading_id for item in plan.items)
        placements = [
            Placement(
                item_id=item.item_id,
                persons=item.field.subjects,
                field=named[item.field.reading_id][1],
                place=archive_order.index(item.field.reading_id),
            )
            for item in plan.items
        ]
        assert violations(placements) == ()
