"""Signatures of the hybrid suite: both halves must hold, and a whole exchange works with it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from confidentiality.suite_hybrid import HybridSuite
from confidentiality.suites import CALLED
from records.errors import IntegrityError

SUITE = HybridSuite()
SEED = bytes(range(32))
PUBLIC = SUITE.sign_public(SEED)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_the_halves_are_what_the_specification_says():
    signature = SUITE.sign(b"message", SEED)
    assert (len(PUBLIC), len(signature)) == (32 + 1952, 64 + 3309)
    Ed25519PublicKey.from_public_bytes(PUBLIC[:32]).verify(signature[:64], b"message")
    other = MLDSA65PublicKey.from_public_bytes(PUBLIC[32:])
    other.verify(signature[64:], b"message", b"backfill hybrid/1")
    with pytest.raises(InvalidSignature):
        other.verify(signature[64:], b"message")
    expanded = hashlib.shake_256(b"backfill hybrid signature/1\x00" + SEED).digest(64)
    ed25519 = Ed25519PrivateKey.from_private_bytes(expanded[:32])
    mldsa = MLDSA65PrivateKey.from_seed_bytes(expanded[32:])
    halves = (ed25519.public_key(), mldsa.public_key())
    assert b"".join(half.public_bytes_raw() for half in halves) == PUBLIC


@given(place=st.integers(0, 64 + 3309 - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_in_either_half_is_seen(place, bit):
    signature = bytearray(SUITE.sign(b"message", SEED))
    assert SUITE.verify(bytes(signature), b"message", PUBLIC)
    signature[place] ^= 1 << bit
    assert not SUITE.verify(bytes(signature), b"message", PUBLIC)


def test_one_half_alone_is_no_signature():
    whole, other = SUITE.sign(b"message", SEED), SUITE.sign(b"other", SEED)
    for forged in (whole[:64], whole[64:], whole[:64] + other[64:], other[:64] + whole[64:], b""):
        assert not SUITE.verify(forged, b"message", PUBLIC)
    for key in (PUBLIC[:32], PUBLIC[:-1], PUBLIC[32:], b""):
        assert not SUITE.verify(whole, b"message", key)


def test_a_package_of_the_hybrid_suite_goes_round(tmp_path):
    archive, vendor = (
        Identity.create(role, "混合", suite=CALLED["hybrid"])
        for role in (Role.ARCHIVE, Role.VENDOR)
    )
    card = PublicIdentity.from_json(archive.public.to_json())
    path = tmp_path / "P.sealed"
    header = SealHeader(
        kind=SealedKind.WORK_PACKAGE,
        package_id="P-1",
        agreement="A-1",
        purpose="补录",
        created=NOW,
        expires=NOW + timedelta(days=1),
    )
    seal(path, {"a": b"ink" * 9000}, header=header, sender=archive, recipients=[vendor.public])

    def opened(sender):
        return open_sealed(
            path, recipient=vendor, senders=[sender], now=NOW, expect_kind=SealedKind.WORK_PACKAGE
        )

    assert dict(opened(card).contents) == {"a": b"ink" * 9000}
    # The last byte of the signature, before its length and the end mark.
    data = bytearray(path.read_bytes())
    data[-11] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="signature_wrong"):
        opened(card)


def test_a_card_of_one_suite_is_none_of_the_other():
    made = Identity.create(Role.ARCHIVE, "混合", suite=CALLED["hybrid"])
    text = made.public.to_json().replace(CALLED["hybrid"], CALLED["xwing"])
    with pytest.raises(IntegrityError, match="bad_card"):
        PublicIdentity.from_json(text)


def test_a_note_signed_by_it_is_verified():
    made = Identity.create(Role.ARCHIVE, "混合", suite=CALLED["hybrid"])
    signature = made.sign_text("origin\n1\nroot\n")
    assert made.public.verify_text(signature, "origin\n1\nroot\n")
    assert not made.public.verify_text(signature, "origin\n2\nroot\n")
