"""The trust store: cards added on purpose, revoked for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from confidentiality.identity import Role
from confidentiality.trust import TrustStore
from records.errors import IntegrityError, NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path, parties):
    store = TrustStore(tmp_path / "cards")
    store.add(parties.vendor.public)
    return store


def test_a_card_is_found_by_fingerprint_and_role(store, parties):
    trusted = store.trusted(now=NOW)
    card = parties.vendor.public
    assert trusted.find(card.fingerprint) == card
    assert trusted.find(card.fingerprint, role=Role.VENDOR) == card
    for fingerprint, role in ((card.fingerprint, Role.OFFICER), ("0" * 64, None)):
        with pytest.raises(NotPermittedError, match="card_not_trusted"):
            trusted.find(fingerprint, role=role)


def test_an_empty_store_trusts_nobody(tmp_path):
    assert TrustStore(tmp_path / "none").trusted(now=NOW).cards == {}


def test_adding_again_changes_nothing(store, parties):
    store.add(parties.vendor.public)
    assert len(store.trusted(now=NOW).cards) == 1


def test_revocation_is_for_good_and_dated(store, parties):
    fingerprint = parties.vendor.fingerprint
    store.revoke(fingerprint, now=NOW, reason="key_lost")
    store.revoke(fingerprint, now=NOW + SECOND, reason="again")
    assert store.revoked_at(fingerprint) == NOW
    assert fingerprint in store.trusted(now=NOW - SECOND).cards
    assert fingerprint not in store.trusted(now=NOW).cards
    with pytest.raises(NotPermittedError, match="card_revoked"):
        store.add(parties.vendor.public)


@pytest.mark.parametrize("fingerprint", ["0" * 64, "../x", "", "*"])
def test_only_known_cards_are_revoked(store, fingerprint):
    with pytest.raises(UsageError, match="unknown_card"):
        store.revoke(fingerprint, now=NOW, reason="x")


def test_a_card_under_another_name(store, tmp_path, parties):
    path = tmp_path / "cards" / f"{parties.vendor.fingerprint}.json"
    path.rename(path.with_name("0" * 64 + ".json"))
    with pytest.raises(IntegrityError, match="card_misplaced"):
        store.trusted(now=NOW)


def test_a_damaged_card_stops_work(store, tmp_path, parties):
    path = tmp_path / "cards" / f"{parties.vendor.fingerprint}.json"
    path.write_bytes(path.read_bytes().replace(b"vendor", b"archive"))
    with pytest.raises(IntegrityError, match="bad_card"):
        store.trusted(now=NOW)


def test_a_sealed_file_of_a_revoked_sender_is_refused(desk, tmp_path, parties):
    store = TrustStore(tmp_path / "cards")
    store.add(parties.archive.public)
    path = desk.seal({"a": b"1"})
    assert desk.open(path, senders=store.trusted(now=NOW).cards.values())
    store.revoke(parties.archive.fingerprint, now=NOW, reason="key_lost")
    with pytest.raises(NotPermittedError, match="unknown_sender"):
        desk.open(path, senders=store.trusted(now=NOW).cards.values())
