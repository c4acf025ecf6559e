"""Passphrases are changed, keys recovered from escrow and cards revoked by their commands."""

from __future__ import annotations

import json

import pytest

from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, PublicIdentity
from confidentiality.trust import TrustStore
from flows.cli import main
from flows.settings import now

OLD, NEW = "old horse\n", "new horse\n"


@pytest.fixture
def place(tmp_path):
    """A home behind the old passphrase, and how commands are run in it."""
    for name, text in (("old", OLD), ("new", NEW)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    home = tmp_path / "home"

    def run(*words, passphrase="old"):  # noqa: S107 - a file's name
        given = ["--home", home, "--passphrase-file", tmp_path / passphrase]
        return main([*map(str, words), *map(str, given)])

    assert run("init") == 0
    return tmp_path, home, run


def events(home):
    return [json.loads(line)["event"] for line in (home / "audit").read_text().splitlines()]


def keys(home, passphrase):
    """The data key and the archive's fingerprint, as this passphrase opens them."""
    secret = passphrase.strip()
    opened = HomeKey.open(home / "keys" / "home.key", secret)
    return opened.key, Identity.load(home / "keys" / "archive.identity", secret).fingerprint


def test_a_passphrase_is_changed_also_after_an_interruption(place, monkeypatch):
    folder, home, run = place
    before = keys(home, OLD)
    change = ("keys", "passphrase", "--new-passphrase-file", folder / "new")
    with monkeypatch.context() as patched:
        patched.setattr("confidentiality.identity.Identity.save", stop)
        assert run(*change) == 1
    # The data key has the new one, the identity still the old.
    assert HomeKey.open(home / "keys" / "home.key", NEW.strip()).key == before[0]
    assert run(*change) == 0
    assert keys(home, NEW) == before
    assert run(*change, passphrase="old") == 0
    assert events(home).count("passphrase.changed") == 2


def stop(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_wrong_old_passphrase_changes_nothing(place):
    folder, home, run = place
    before = {path: path.read_bytes() for path in (home / "keys").iterdir()}
    (folder / "wrong").write_text("wrong horse\n")
    (folder / "wrong").chmod(0o600)
    change = ("keys", "passphrase", "--new-passphrase-file", folder / "new")
    assert run(*change, passphrase="wrong") == 4
    assert {path: path.read_bytes() for path in (home / "keys").iterdir()} == before


def test_a_lost_passphrase_is_made_good_by_the_holder(place, capsys):
    folder, home, run = place
    data_key, _ = keys(home, OLD)
    holder = folder / "holder.identity"
    assert run("identity", holder, "--role", "department", "--name", "托管单位") == 0
    statement = folder / "home.escrow"
    assert run("keys", "escrow", folder / "holder.card.json", "--out", statement) == 0
    recover = ("keys", "recover", statement, "--identity", holder)
    assert run(*recover, "--new-passphrase-file", folder / "new") == 0
    assert HomeKey.open(home / "keys" / "home.key", NEW.strip()).key == data_key
    assert events(home)[-2:] == ["key.escrowed", "key.recovered"]
    assert data_key.hex() not in capsys.readouterr().out


def test_another_homes_escrow_is_refused(place):
    folder, home, run = place
    holder = folder / "holder.identity"
    assert run("identity", holder, "--role", "officer", "--name", "托管人") == 0
    statement = folder / "home.escrow"
    assert run("keys", "escrow", folder / "holder.card.json", "--out", statement) == 0
    HomeKey(key=bytes(32)).save(home / "keys" / "home.key", OLD.strip(), replace=True)
    recover = ("keys", "recover", statement, "--identity", holder)
    assert run(*recover, "--new-passphrase-file", folder / "new") == 7
    assert HomeKey.open(home / "keys" / "home.key", OLD.strip()).key == bytes(32)


def test_a_revoked_card_is_trusted_no_longer(place):
    folder, home, run = place
    assert run("identity", folder / "o.identity", "--role", "officer", "--name", "审批") == 0
    assert run("card", folder / "o.card.json") == 0
    card = PublicIdentity.load(folder / "o.card.json").fingerprint
    store = TrustStore(home / "cards")
    assert card in store.trusted(now=now()).cards
    assert run("keys", "revoke", card, "--reason", "key_lost") == 0
    assert card not in store.trusted(now=now()).cards
    assert events(home)[-1] == "card.revoked"
    assert run("card", folder / "o.card.json") == 7
    assert run("keys", "revoke", "ab" * 32, "--reason", "key_lost") == 2
