"""The home's key: whole or not at all, private, and another one for every use."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.homekey import HomeKey, derive, read_key_file, read_passphrase_file
from records.errors import IntegrityError, NotPermittedError, UsageError

CHEAP = 1 << 10


def test_behind_a_passphrase(tmp_path):
    made = HomeKey.create(tmp_path / "k", "口令", cost=CHEAP)
    assert HomeKey.open(tmp_path / "k", "口令") == made
    assert made.key.hex().encode() not in (tmp_path / "k").read_bytes()
    with pytest.raises(IntegrityError, match="undecipherable"):
        HomeKey.open(tmp_path / "k", "別")
    with pytest.raises(UsageError, match="passphrase_needed"):
        HomeKey.open(tmp_path / "k")


def test_in_a_plain_file(tmp_path):
    made = HomeKey.create(tmp_path / "k")
    assert HomeKey.open(tmp_path / "k") == made
    assert read_key_file(tmp_path / "k") == made.key
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path):
    made = HomeKey.create(tmp_path / "k")
    with pytest.raises(UsageError, match="output_exists"):
        HomeKey.create(tmp_path / "k")
    assert HomeKey.open(tmp_path / "k") == made


def test_the_passphrase_can_be_changed(tmp_path):
    made = HomeKey.create(tmp_path / "old", "one", cost=CHEAP)
    made.save(tmp_path / "new", "two", cost=CHEAP)
    assert HomeKey.open(tmp_path / "new", "two") == made


def test_the_key_does_not_show(tmp_path):
    assert "key=" not in repr(HomeKey.create(tmp_path / "k"))


def test_a_key_file_is_made_when_it_is_missing(tmp_path):
    path = tmp_path / "new.key"
    key = read_key_file(path)
    assert (len(key), read_key_file(path)) == (32, key)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("raw", [bytes(range(32)), b"\n" * 32, b"a" * 32])
def test_key_files_from_elsewhere(tmp_path, raw):
    forms = [raw, raw.hex().encode(), raw.hex().upper().encode() + b"\n"]
    for number, data in enumerate(forms):
        path = tmp_path / f"{number}.key"
        path.write_bytes(data)
        path.chmod(0o600)
        assert read_key_file(path) == raw


@pytest.mark.parametrize(
    "data", [b"", b"x" * 31, b"x" * 33, b"g" * 64, b"0" * 63, b"{}", b"1" * 70_000]
)
def test_files_that_hold_no_key(tmp_path, data):
    path = tmp_path / "k"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(IntegrityError):
        read_key_file(path)


def test_an_exposed_key_file(tmp_path):
    path = tmp_path / "k"
    HomeKey.create(path)
    path.chmod(0o644)
    for reader in (read_key_file, HomeKey.open):
        with pytest.raises(NotPermittedError, match="key_file_exposed"):
            reader(path)


def test_a_box_of_another_kind(tmp_path, parties):
    parties.vendor.save(tmp_path / "i", "x", cost=CHEAP)
    with pytest.raises(IntegrityError, match="wrong_box"):
        HomeKey.open(tmp_path / "i", "x")


def test_derivation_is_hkdf_sha256():
    """RFC 5869, written out: extract with a zero salt, expand one block."""
    key, label = bytes(range(32)), "warehouse"
    pseudo = hmac.digest(bytes(32), key, "sha256")
    info = b"backfill/derived-key/1\x00" + label.encode()
    assert derive(key, label) == HomeKey(key=key).derive(label)
    assert derive(key, label) == hmac.digest(pseudo, info + b"\x01", hashlib.sha256)


@given(labels=st.lists(st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True), unique=True))
def test_every_use_has_another_key(labels):
    derived = [derive(bytes(32), label) for label in labels]
    assert len(set(derived)) == len(labels)
    assert all(len(key) == 32 for key in derived)


def test_an_unfit_label():
    with pytest.raises(UsageError, match="bad_identifier"):
        derive(bytes(32), "a b")


@pytest.mark.parametrize(
    ("data", "passphrase"),
    [(b"secret\n", "secret"), (b"a b\r\nmore", "a b"), ("口令".encode(), "口令")],
)
def test_passphrase_files(tmp_path, data, passphrase):
    path = tmp_path / "p"
    path.write_bytes(data)
    path.chmod(0o600)
    assert read_passphrase_file(path) == passphrase
    path.chmod(0o644)
    with pytest.raises(NotPermittedError, match="key_file_exposed"):
        read_passphrase_file(path)


@pytest.mark.parametrize("data", [b"", b"\nsecond"])
def test_empty_passphrase_files(tmp_path, data):
    path = tmp_path / "p"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="bad_passphrase"):
        read_passphrase_file(path)


def test_a_passphrase_file_that_is_not_text(tmp_path):
    path = tmp_path / "p"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(IntegrityError, match="not_text"):
        read_passphrase_file(path)
