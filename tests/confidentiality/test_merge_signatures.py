"""Sides that sign apart: their files make one agreement, or are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confidentiality.agreement import (
    SignedAgreement,
    merge_signatures,
    require_in_force,
    sign_agreement,
    signed_by,
)
from confidentiality.revocation import revoke_agreement
from records.errors import NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def apart(held):
    """A file of each side with its own signature alone."""
    return [
        SignedAgreement(agreement=held.agreement, signatures={who: mark})
        for who, mark in held.signatures.items()
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_order_and_repetition_do_not_matter(apart, held, data):
    extra = data.draw(st.lists(st.sampled_from([*apart, held])))
    parts = data.draw(st.permutations([*apart, *extra]))
    merged = merge_signatures(iter(parts))
    assert merged == held
    assert merged.to_bytes() == held.to_bytes()


def test_what_was_merged_binds_and_a_part_alone_does_not(apart, parties):
    assert len(apart) > 1
    require_in_force(merge_signatures(apart), trusted=parties.trusted(), now=NOW)
    for part in apart:
        with pytest.raises(NotPermittedError, match="agreement_unsigned"):
            require_in_force(merge_signatures([part]), trusted=parties.trusted(), now=NOW)


def test_different_agreements_are_refused(apart, parties):
    wider = replace(apart[0].agreement, max_records=apart[0].agreement.max_records + 1)
    mark = sign_agreement(wider, by=parties.archive)
    other = SignedAgreement(agreement=wider, signatures={parties.archive.fingerprint: mark})
    with pytest.raises(UsageError, match="agreements_differ"):
        merge_signatures([*apart, other])
    with pytest.raises(UsageError, match="agreements_differ"):
        merge_signatures([other, *apart])


def test_two_signatures_of_one_side_are_refused_in_either_order(apart):
    (who, mark), *_ = apart[0].signatures.items()
    spoiled = replace(apart[0], signatures={who: bytes([mark[0] ^ 1]) + mark[1:]})
    for parts in ([spoiled, *apart], [*apart, spoiled]):
        with pytest.raises(UsageError, match="signatures_differ"):
            merge_signatures(parts)


def test_nothing_is_refused():
    with pytest.raises(UsageError, match="no_agreement"):
        merge_signatures([])


def test_a_revocation_is_not_lost(apart, parties):
    agreement = apart[0].agreement
    ended = revoke_agreement(agreement, by=parties.archive, now=NOW, reason="breach")
    merged = merge_signatures([*apart[:-1], replace(apart[-1], revocation=ended)])
    assert merged.revocation == ended


def test_signed_by_is_of_this_very_agreement(held, parties):
    assert signed_by(held, parties.archive.public)
    assert not signed_by(held, parties.stranger.public)
    wider = replace(held.agreement, max_records=held.agreement.max_records + 1)
    assert not signed_by(replace(held, agreement=wider), parties.archive.public)
