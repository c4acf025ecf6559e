"""The seam between formats and suites: another suite seals and opens without other changes."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.cobblestone import Cobblestone128Decryptor, Cobblestone128Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.suite_xwing import XWingSuite
from confidentiality.suites import SUITES, suite_named
from records.errors import IntegrityError, UsageError

CLASSIC = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)


class ClassicSuite(XWingSuite):
    """Another KEM, another hash and another stream cipher; signatures as in the default."""

    name = "x25519-ed25519-aes128gcm-sha512t"

    def hash(self):
        return hashlib.sha3_256()

    def kem_public(self, seed):
        return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def wrap(self, secret, public, info):
        return CLASSIC.encrypt(secret, X25519PublicKey.from_public_bytes(public), info=info)

    def unwrap(self, wrapped, seed, info):
        return CLASSIC.decrypt(wrapped, X25519PrivateKey.from_private_bytes(seed), info=info)

    def file_key(self):
        return Cobblestone128Encryptor.generate_key()

    def encryptor(self, key, context):
        return Cobblestone128Encryptor(key, context)

    def decryptor(self, key, context):
        return Cobblestone128Decryptor(key, context)


@pytest.fixture
def classic(monkeypatch):
    suite = ClassicSuite()
    monkeypatch.setattr("confidentiality.suites.SUITES", {**SUITES, suite.name: suite})
    return suite


def test_another_suite_seals_and_opens(desk, classic):
    archive = Identity.create(Role.ARCHIVE, "甲", suite=classic.name)
    vendor = Identity.create(Role.VENDOR, "乙", suite=classic.name)
    path = desk.seal({"a": b"x" * 40_000}, sender=archive, recipients=[vendor.public])
    opened = desk.open(path, recipient=vendor, senders=[archive.public])
    assert opened.contents["a"] == b"x" * 40_000
    assert classic.name.encode() in path.read_bytes()


def test_its_file_is_refused_where_the_suite_is_unknown(desk, classic, monkeypatch):
    archive = Identity.create(Role.ARCHIVE, "甲", suite=classic.name)
    vendor = Identity.create(Role.VENDOR, "乙", suite=classic.name)
    path = desk.seal({"a": b"x"}, sender=archive, recipients=[vendor.public])
    card = archive.public
    monkeypatch.setattr("confidentiality.suites.SUITES", SUITES)
    with pytest.raises(IntegrityError, match="unknown_suite"):
        desk.open(path, senders=[card])


def test_parties_of_different_suites_can_not_exchange(desk, classic, parties):
    vendor = Identity.create(Role.VENDOR, "乙", suite=classic.name)
    with pytest.raises(UsageError, match="suites_differ"):
        desk.seal({"a": b"x"}, recipients=[parties.vendor.public, vendor.public])


def test_a_card_can_not_change_its_suite(classic, parties):
    card = parties.vendor.public
    other = PublicIdentity(
        role=card.role, name=card.name, suite=classic.name, kem_public=card.kem_public,
        sign_public=card.sign_public, proof=card.proof,
    )  # fmt: skip
    assert other.fingerprint != card.fingerprint
    with pytest.raises(IntegrityError, match="bad_card"):
        PublicIdentity.from_json(other.to_json())


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES.keys())
def test_what_every_suite_must_do(suite):
    seed, other = bytes(range(32)), bytes(32)
    wrapped = suite.wrap(b"k" * 32, suite.kem_public(seed), b"info")
    assert suite.unwrap(wrapped, seed, b"info") == b"k" * 32
    for bad_seed, bad_info in ((other, b"info"), (seed, b"other")):
        with pytest.raises(InvalidTag):
            suite.unwrap(wrapped, bad_seed, bad_info)
    signature = suite.sign(b"m", seed)
    assert suite.verify(signature, b"m", suite.sign_public(seed))
    assert not suite.verify(signature, b"n", suite.sign_public(seed))
    assert not suite.verify(signature, b"m", suite.sign_public(other))
    assert not suite.verify(b"", b"m", b"")
    assert suite_named(suite.name, where="test") is suite
