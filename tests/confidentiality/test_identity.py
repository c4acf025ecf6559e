"""Identities and cards: kept behind a passphrase, refused when exposed or changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.canonical import canonical
from confidentiality.identity import Identity, PublicIdentity, Role
from records.errors import ExitStatus, IntegrityError, NotPermittedError, UsageError

CHEAP = 1 << 10


@pytest.fixture
def saved(tmp_path, parties):
    path = tmp_path / "archive.identity"
    parties.archive.save(path, "口令 correct horse", cost=CHEAP)
    return path


def test_an_identity_comes_back(saved, parties):
    assert Identity.load(saved, "口令 correct horse") == parties.archive


def test_the_same_passphrase_in_another_unicode_form(tmp_path, parties):
    path = tmp_path / "i"
    parties.vendor.save(path, "é", cost=CHEAP)
    assert Identity.load(path, "é") == parties.vendor


@pytest.mark.parametrize("wrong", ["", "correct horse", "口令 correct horse "])
def test_a_wrong_passphrase(saved, wrong):
    with pytest.raises(IntegrityError, match="undecipherable") as caught:
        Identity.load(saved, wrong)
    assert caught.value.status == ExitStatus.INPUT_REFUSED


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_file_that_others_can_read(saved, mode):
    saved.chmod(mode)
    with pytest.raises(NotPermittedError, match="key_file_exposed") as caught:
        Identity.load(saved, "口令 correct horse")
    assert caught.value.status == ExitStatus.NOT_PERMITTED


def test_the_file_is_private_and_never_overwritten(saved, parties):
    assert saved.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="output_exists"):
        parties.vendor.save(saved, "x", cost=CHEAP)


def test_a_changed_role_does_not_open(saved):
    record = json.loads(saved.read_bytes())
    record["clear"]["role"] = "officer"
    saved.write_bytes(canonical(record))
    with pytest.raises(IntegrityError, match="undecipherable"):
        Identity.load(saved, "口令 correct horse")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("version", 2, "wrong_box"),
        ("format", "backfill-home-key", "wrong_box"),
        ("extra", 1, "wrong_box"),
        ("cost", 1 << 40, "bad_cost"),
        ("cost", True, "bad_cost"),
        ("cost", "x", "bad_cost"),
        ("cost", [], "bad_cost"),
        ("salt", "!!", "bad_encoding"),
        ("salt", "AA==", "bad_encoding"),
        ("ciphertext", 5, "bad_encoding"),
        ("ciphertext", "AAAA", "undecipherable"),
    ],
)
def test_a_damaged_box(saved, key, value, reason):
    record = json.loads(saved.read_bytes())
    record[key] = value
    saved.write_bytes(canonical(record))
    with pytest.raises(IntegrityError, match=reason):
        Identity.load(saved, "口令 correct horse")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"a": 1}', b"\xff", b'{"a":1,"a":1}'])
def test_other_files_are_no_identity(saved, data):
    saved.write_bytes(data)
    with pytest.raises(IntegrityError):
        Identity.load(saved, "x")


def test_an_empty_passphrase_and_an_unknown_cost_are_refused(tmp_path, parties):
    for passphrase, cost in (("", CHEAP), ("x", 1000)):
        with pytest.raises(UsageError, match="bad_passphrase"):
            parties.vendor.save(tmp_path / "i", passphrase, cost=cost)


@pytest.mark.parametrize("name", ["", "x" * 81, "a\nb", "a\x00"])
def test_unfit_names(name):
    with pytest.raises(UsageError, match="bad_party_name"):
        Identity.create(Role.VENDOR, name)


def test_secrets_do_not_show_in_a_representation(parties):
    text = repr(parties.archive)
    assert repr(parties.archive.kem_seed) not in text
    assert repr(parties.archive.sign_seed) not in text
    assert "seed" not in text


def test_a_card_comes_back_and_keeps_its_fingerprint(parties, tmp_path):
    card = parties.vendor.public
    card.save(tmp_path / "card.json")
    assert PublicIdentity.load(tmp_path / "card.json") == card
    assert PublicIdentity.from_json(card.to_json() + "\r\n").fingerprint == card.fingerprint


def test_fingerprints_differ_by_role_and_name_though_keys_are_the_same(parties):
    one = parties.vendor
    prints = {one.fingerprint, replace(one, role=Role.ARCHIVE).fingerprint}
    prints.add(replace(one, name="别名").fingerprint)
    assert len(prints) == 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("role", "archive"),
        ("role", "king"),
        ("name", "别的公司"),
        ("fingerprint", "0" * 64),
        ("version", 2),
        ("proof", "AAAA"),
        ("kem_public", "AAAA"),
        ("sign_public", "AAAA"),
        ("more", 1),
    ],
)
def test_a_changed_card(parties, key, value):
    record = json.loads(parties.vendor.public.to_json())
    record[key] = value
    with pytest.raises(IntegrityError):
        PublicIdentity.from_json(canonical(record))


def test_a_card_with_anothers_keys_is_not_proven(parties):
    claimed = replace(parties.archive.public, sign_public=parties.stranger.public.sign_public)
    with pytest.raises(IntegrityError, match="bad_card"):
        PublicIdentity.from_json(claimed.to_json())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key + b"\0",
        lambda key: key[:1184] + bytes(32),
        lambda key: b"\xff" * 1184 + key[1184:],
        lambda _: b"",
    ],
)
def test_a_card_whose_key_nothing_can_be_wrapped_to(parties, spoil):
    """Its maker proves it honestly, but sealing for it would fail: it is refused at the door."""
    card = replace(parties.vendor.public, kem_public=spoil(parties.vendor.public.kem_public))
    proof = parties.vendor.sign("card", canonical(card.claims()))
    proven = replace(card, proof=proof)
    assert proven.verify(proof, "card", canonical(proven.claims()))
    with pytest.raises(IntegrityError, match="bad_card"):
        PublicIdentity.from_json(proven.to_json())


@given(payload=st.binary(max_size=80), other=st.binary(max_size=80))
def test_a_signature_holds_for_one_domain_and_payload(parties, payload, other):
    card = parties.archive.public
    signature = parties.archive.sign("sealed", payload)
    assert card.verify(signature, "sealed", payload)
    assert not card.verify(signature, "card", payload)
    assert not parties.vendor.public.verify(signature, "sealed", payload)
    if other != payload:
        assert not card.verify(signature, "sealed", other)
