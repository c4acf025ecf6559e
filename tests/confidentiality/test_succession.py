"""A new card of an archive is believed on the old one's word, and on no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from confidentiality.agreement import require_in_force, sign_agreement
from confidentiality.identity import Identity, Role
from confidentiality.revocation import revoke_agreement, verify_revocation
from confidentiality.succession import Succession, require_successor, succeed
from confidentiality.trust import SUPERSEDED, TrustStore
from records.errors import IntegrityError, NotPermittedError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
NEW = Identity.create(Role.ARCHIVE, "区民政局婚姻登记档案室")


@pytest.fixture
def statement(parties):
    return succeed(parties.archive, NEW, now=NOW)


@pytest.fixture
def store(tmp_path, parties):
    made = TrustStore(tmp_path / "cards")
    for card in parties.trusted().cards.values():
        made.add(card)
    return made


def test_the_new_card_is_trusted_and_follows_the_old_one(store, statement, parties, tmp_path):
    path = tmp_path / "archive.succession"
    path.write_bytes(statement.to_bytes())
    assert store.succeed(Succession.load(path), now=NOW) == NEW.public
    trusted = store.trusted(now=NOW)
    assert trusted.cards[NEW.fingerprint] == NEW.public
    assert trusted.follows(NEW.fingerprint, parties.archive.fingerprint)
    assert not trusted.follows(parties.archive.fingerprint, NEW.fingerprint)
    assert not trusted.follows(parties.vendor.fingerprint, parties.archive.fingerprint)


def test_a_third_card_follows_the_first(store, statement, parties):
    third = Identity.create(Role.ARCHIVE, "三")
    store.succeed(statement, now=NOW)
    store.succeed(succeed(NEW, third, now=NOW), now=NOW)
    trusted = store.trusted(now=NOW)
    assert trusted.follows(third.fingerprint, parties.archive.fingerprint)
    assert {each.fingerprint for each in trusted.heirs(parties.archive.fingerprint)} == {
        parties.archive.fingerprint, NEW.fingerprint, third.fingerprint,
    }  # fmt: skip


@pytest.mark.parametrize("spoil", ["at", "card", "signature", "consent", "swapped"])
def test_a_bent_statement_is_refused(statement, parties, spoil):
    other = Identity.create(Role.ARCHIVE, "冒名")
    bent = {
        "at": replace(statement, at=NOW + DAY),
        "card": replace(statement, card=other.public),
        "signature": replace(statement, signature=other.sign("succession", b"x")),
        "consent": replace(statement, consent=other.sign("succession", b"x")),
        "swapped": replace(statement, signature=statement.consent, consent=statement.signature),
    }[spoil]
    with pytest.raises(IntegrityError, match="bad_succession"):
        require_successor(bent, parties.archive.public)


def test_strangers_and_other_roles_make_no_heirs(store, parties):
    theirs = succeed(parties.stranger, NEW, now=NOW)
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        store.succeed(theirs, now=NOW)
    with pytest.raises(NotPermittedError, match="not_a_successor"):
        require_successor(theirs, parties.archive.public)
    clerk = succeed(parties.clerk, Identity.create(Role.CLERK, "新"), now=NOW)
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        store.succeed(clerk, now=NOW)
    with pytest.raises(NotPermittedError, match="not_a_successor"):
        require_successor(clerk, parties.clerk.public)


def test_a_lost_key_names_no_heir(store, statement, parties):
    """Neither when it was lost before, nor, afterwards, by what it had said."""
    store.succeed(statement, now=NOW)
    store.revoke(parties.archive.fingerprint, now=NOW, reason="key_lost")
    trusted = store.trusted(now=NOW)
    assert not trusted.follows(NEW.fingerprint, parties.archive.fingerprint)
    assert parties.archive.fingerprint not in {**trusted.cards, **trusted.retired}
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        store.succeed(statement, now=NOW)


def test_an_agreement_goes_on_under_the_new_card(store, statement, parties, held):
    store.succeed(statement, now=NOW)
    signature = sign_agreement(held.agreement, by=NEW, side=held.agreement.archive)
    both = replace(held, signatures={**held.signatures, NEW.fingerprint: signature})
    store.revoke(parties.archive.fingerprint, now=NOW, reason=SUPERSEDED)
    trusted = store.trusted(now=NOW)
    assert parties.archive.fingerprint in trusted.retired
    assert require_in_force(both, trusted=trusted, now=NOW) == held.agreement
    # The old card is no longer in force: what only it signed binds nobody.
    with pytest.raises(NotPermittedError, match="agreement_unsigned"):
        require_in_force(held, trusted=trusted, now=NOW)


def test_the_new_card_revokes_what_the_old_one_concluded(store, statement, held):
    revocation = revoke_agreement(held.agreement, by=NEW, now=NOW, reason="breach")
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        verify_revocation(held.agreement, revocation, trusted=store.trusted(now=NOW))
    store.succeed(statement, now=NOW)
    verify_revocation(held.agreement, revocation, trusted=store.trusted(now=NOW))


def test_a_statement_survives_its_file_and_nothing_else(statement, tmp_path):
    path = tmp_path / "archive.succession"
    path.write_bytes(statement.to_bytes())
    assert Succession.load(path) == statement
    path.write_bytes(statement.to_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(IntegrityError):
        Succession.load(path)
