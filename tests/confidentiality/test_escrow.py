"""A home's key in escrow opens for its holder alone, and only as the archive put it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from confidentiality.escrow import Escrow, put_in_escrow, take_from_escrow
from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, Role
from confidentiality.suites import CALLED
from records.errors import IntegrityError, NotPermittedError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = HomeKey(key=bytes(range(32)))


@pytest.fixture
def made(parties):
    return put_in_escrow(KEY, parties.first_officer.public, by=parties.archive, now=NOW)


@pytest.fixture
def take(parties):
    def take(escrow, *, archive=parties.archive, holder=parties.first_officer):
        return take_from_escrow(escrow, archive=archive.public, holder=holder, where="x")

    return take


def test_the_holder_gets_the_key_back_from_its_file(made, take, tmp_path):
    path = tmp_path / "home.escrow"
    path.write_bytes(made.to_bytes())
    assert Escrow.load(path) == made
    assert take(Escrow.load(path)).key == KEY.key
    assert KEY.key.hex() not in path.read_text()


def test_holders_of_other_suites(parties, take):
    holder = Identity.create(Role.DEPARTMENT, "托管单位", suite=CALLED["hybrid"])
    made = put_in_escrow(KEY, holder.public, by=parties.archive, now=NOW)
    assert take(made, holder=holder).key == KEY.key


def test_nobody_else_opens_it(made, take, parties):
    with pytest.raises(NotPermittedError, match="not_for_you"):
        take(made, holder=parties.second_officer)
    renamed = replace(made, holder=parties.second_officer.fingerprint)
    with pytest.raises(IntegrityError, match="bad_escrow"):
        take(renamed, holder=parties.second_officer)
    with pytest.raises(IntegrityError, match="bad_escrow"):
        take(made, archive=parties.stranger)


def test_who_works_with_the_data_holds_no_key(parties):
    for role in (parties.vendor, parties.clerk, parties.archive):
        with pytest.raises(NotPermittedError, match="role_not_permitted"):
            put_in_escrow(KEY, role.public, by=parties.archive, now=NOW)


def test_every_value_is_covered_by_the_signature(made, take):
    for change in (
        {"made": NOW.replace(year=2027)},
        {"wrapped": made.wrapped[:-1] + bytes([made.wrapped[-1] ^ 1])},
        {"archive": made.holder},
        {"suite": CALLED["hybrid"]},
    ):
        with pytest.raises(IntegrityError, match="bad_escrow"):
            take(replace(made, **change))


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b.replace(b"holder", b"holdor"), lambda _: b"{}"]
)
def test_a_damaged_file_is_named(made, tmp_path, damage):
    path = tmp_path / "home.escrow"
    path.write_bytes(damage(made.to_bytes()))
    with pytest.raises(IntegrityError) as caught:
        Escrow.load(path)
    assert caught.value.where == path.name


def test_a_key_knows_its_own_file(tmp_path):
    locked, plain = tmp_path / "locked", tmp_path / "plain"
    KEY.save(locked, "correct horse", cost=1 << 10)
    KEY.save(plain, None)
    other = HomeKey(key=bytes(32))
    assert (KEY.opens(locked), KEY.opens(plain)) == (True, True)
    assert (other.opens(locked), other.opens(plain)) == (False, False)
