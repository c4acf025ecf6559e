"""Samples are drawn fairly, and audits open only what their bounds allow."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keying.acceptance import clopper_pearson
from keying.chance import SecretRandom
from keying.stratified import AUDIT, FIT, Drawable, audit, draw, fields_needed, level_of


def chance(seed: int) -> SecretRandom:
    return SecretRandom(b"a secret of tests", str(seed))


def pool(pages: int, each: int, stratum: tuple[str, str] = ("1980s", "neat")) -> list[Drawable]:
    tails = ("name", "birth_date", "office")
    return [
        Drawable(field_id=f"{stratum}{page}/{n}", page_id=f"{stratum}{page}", stratum=stratum,
                 tail=tails[n % 3])
        for page in range(pages)
        for n in range(each)
    ]  # fmt: skip


def test_no_page_serves_both_parts_and_kinds_are_there_by_their_share():
    fields = {field.field_id: field for field in pool(30, 9)}
    drawn = draw(fields.values(), 90, chance(1))
    part_of = {}
    for each in drawn:
        page = fields[each.field_id].page_id
        assert part_of.setdefault(page, each.part) == each.part
    parts = Counter(each.part for each in drawn)
    assert parts == {FIT: 30, AUDIT: 60}
    kinds = Counter(fields[each.field_id].tail for each in drawn if each.part == AUDIT)
    assert max(kinds.values()) - min(kinds.values()) <= 1


def test_every_field_of_a_part_is_equally_likely_to_be_drawn():
    seen: Counter[str] = Counter()
    fields = pool(3, 10)
    for seed in range(1500):
        seen.update(each.field_id for each in draw(fields, 6, chance(seed)))
    # A page is in the audit two times in three, then 4 of its 20; else 2 of its 10.
    assert all(count == pytest.approx(300, abs=70) for count in seen.values())
    assert len(seen) == len(fields)


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 12)), min_size=1, max_size=4),
    st.integers(1, 60),
    st.integers(0, 99),
)
def test_each_stratum_gets_no_more_than_asked_and_each_field_once(sizes, size, seed):
    fields = [
        field
        for n, (pages, each) in enumerate(sizes)
        for field in pool(pages, each, (f"{n}", "neat"))
    ]
    drawn = draw(fields, size, chance(seed))
    assert len({each.field_id for each in drawn}) == len(drawn)
    assert all(count <= size for count in Counter(each.stratum for each in drawn).values())
    # Even a stratum of one page can be audited, once the sample has room for it.
    audited = {each.stratum for each in drawn if each.part == AUDIT}
    assert audited == {field.stratum for field in fields}


def test_looking_again_and_again_spends_no_more_than_the_stated_doubt():
    assert sum(1 - level_of(look) for look in range(1, 5000)) < 0.05
    assert level_of(2) > level_of(1)


def test_an_audit_opens_exactly_where_its_bound_is_low_enough():
    first = audit(0, 736, allowed=0.005, look=1)
    assert first.opens
    assert first.missing == 0
    assert first.upper == pytest.approx(clopper_pearson(0, 736, confidence=0.975)[1])
    short = audit(0, 735, allowed=0.005, look=1)
    assert not short.opens
    # At the next look more is asked for.
    assert short.missing == fields_needed(0, 0.005, level=level_of(2)) - 735
    surely = audit(30, 300, allowed=0.005, look=1)
    assert surely.fails
    assert not surely.opens


@given(st.integers(0, 4), st.sampled_from([0.002, 0.01, 0.2]))
def test_the_fields_needed_are_the_fewest(wrong, allowed):
    needed = fields_needed(wrong, allowed, level=0.95)
    assert clopper_pearson(wrong, needed, confidence=0.95)[1] <= allowed
    assert clopper_pearson(wrong, needed - 1, confidence=0.95)[1] > allowed


def test_nothing_audited_opens_nothing():
    shown = audit(0, 0, allowed=0.5, look=1)
    assert (shown.opens, shown.fails, shown.upper) == (False, False, 1.0)
