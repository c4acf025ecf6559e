"""Agreements in their store: signed by both sides, dated, revocable, never overwritten."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from confidentiality.agreement import (
    Agreement,
    AgreementKind,
    Ending,
    OffSite,
    SignedAgreement,
    agreement_faults,
    require_in_force,
    sign_agreement,
)
from confidentiality.agreement_store import AgreementStore
from confidentiality.identity import Role
from confidentiality.revocation import Revocation, revoke_agreement
from confidentiality.row_scope import RowScope
from records.errors import IntegrityError, NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path, held, parties):
    store = AgreementStore(tmp_path / "agreements")
    store.add(held, trusted=parties.trusted())
    return store


def test_an_agreement_comes_back(store, held, parties):
    assert store.get("A-2026-7") == held
    assert store.ids() == ("A-2026-7",)
    assert store.in_force("A-2026-7", trusted=parties.trusted(), now=NOW) == held.agreement


def test_it_is_never_overwritten(store, held, parties):
    with pytest.raises(UsageError, match="output_exists"):
        store.add(held, trusted=parties.trusted())


def test_unknown_and_unfit_ids(store):
    with pytest.raises(NotPermittedError, match="agreement_unknown"):
        store.get("A-none")
    with pytest.raises(UsageError, match="bad_identifier"):
        store.get("../A-2026-7")


def test_an_agreement_under_another_ones_name(store, tmp_path):
    folder = tmp_path / "agreements"
    (folder / "A-2026-7.json").rename(folder / "A-wide.json")
    with pytest.raises(IntegrityError, match="agreement_misplaced"):
        store.get("A-wide")


def test_unsigned_agreements_are_not_kept(tmp_path, agreement, parties, sign_by):
    store = AgreementStore(tmp_path / "a")
    for by in ((), (parties.archive,), (parties.vendor,)):
        with pytest.raises(NotPermittedError, match="agreement_unsigned"):
            store.add(sign_by(agreement, *by), trusted=parties.trusted())
    assert store.ids() == ()


def test_an_unknown_party_is_not_trusted(tmp_path, held, parties):
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        AgreementStore(tmp_path / "a").add(held, trusted=parties.trusted(parties.vendor))


def test_each_value_is_covered_by_the_signatures(held, parties):
    changes = {
        "agreement_id": "A-2026-8",
        "purpose": "别的用途",
        "legal_basis": "别的依据",
        "impact_assessment": "PIA-9",
        "fields": frozenset({"male.id_number"}),
        "max_records": 10**7,
        "starts": NOW - 60 * DAY,
        "ends": NOW + 999 * DAY,
        "document_sha256": "cd" * 32,
        "place": "别处",
        "off_site": OffSite(legal_basis="专项批复", leader="cd" * 32),
        "subcontracting": True,
        "ending": Ending.RETURN,
        "retention_days": 9,
        "rows": RowScope(registered_to="2003"),
    }
    covered = {field.name for field in fields(Agreement)} - {"kind", "archive", "parties"}
    assert changes.keys() == covered
    for name, value in changes.items():
        edited = replace(held, agreement=replace(held.agreement, **{name: value}))
        with pytest.raises(NotPermittedError, match="agreement_unsigned"):
            require_in_force(edited, trusted=parties.trusted(), now=NOW)


def test_changed_sides_and_kind_are_not_in_force(held, parties, make_party):
    other = make_party(Role.VENDOR, "第二家").fingerprint
    for change in (
        {"kind": AgreementKind.DATA_SHARING},
        {"parties": (other,)},
        {"parties": (parties.vendor.fingerprint, parties.clerk.fingerprint)},
        {"archive": parties.stranger.fingerprint},
        {"archive": parties.vendor.fingerprint},
    ):
        edited = replace(held, agreement=replace(held.agreement, **change))
        with pytest.raises(NotPermittedError):
            require_in_force(edited, trusted=parties.trusted(), now=NOW)


@pytest.mark.parametrize(
    ("kind", "archive", "party"),
    [
        (AgreementKind.ENTRUSTED_KEYING, "archive", "department"),
        (AgreementKind.DATA_SHARING, "archive", "vendor"),
        (AgreementKind.ENTRUSTED_KEYING, "vendor", "clerk"),
        (AgreementKind.ENTRUSTED_KEYING, "first_officer", "vendor"),
    ],
)
def test_sides_of_unfit_roles_bind_nobody(agreement, parties, sign_by, kind, archive, party):
    sides = (getattr(parties, archive), getattr(parties, party))
    terms = replace(
        agreement, kind=kind, archive=sides[0].fingerprint, parties=(sides[1].fingerprint,)
    )
    with pytest.raises(NotPermittedError, match="agreement_unsigned"):
        require_in_force(sign_by(terms, *sides), trusted=parties.trusted(), now=NOW)


def test_the_period_is_half_open(held, parties):
    trusted, terms = parties.trusted(), held.agreement
    second = timedelta(seconds=1)
    assert require_in_force(held, trusted=trusted, now=terms.starts) == terms
    assert require_in_force(held, trusted=trusted, now=terms.ends - second) == terms
    with pytest.raises(NotPermittedError, match="agreement_not_begun"):
        require_in_force(held, trusted=trusted, now=terms.starts - second)
    with pytest.raises(NotPermittedError, match="agreement_expired"):
        require_in_force(held, trusted=trusted, now=terms.ends)


@pytest.mark.parametrize("side", ["archive", "vendor"])
def test_either_side_may_revoke(store, held, parties, side):
    ended = revoke_agreement(held.agreement, by=getattr(parties, side), now=NOW, reason="breach")
    store.revoke("A-2026-7", ended, trusted=parties.trusted())
    store.revoke("A-2026-7", replace(ended), trusted=parties.trusted())
    assert store.get("A-2026-7").revocation == ended
    before = NOW - timedelta(seconds=1)
    assert store.in_force("A-2026-7", trusted=parties.trusted(), now=before)
    with pytest.raises(NotPermittedError, match="agreement_revoked"):
        store.in_force("A-2026-7", trusted=parties.trusted(), now=NOW)


def test_others_can_not_revoke(store, held, parties):
    stray = revoke_agreement(held.agreement, by=parties.clerk, now=NOW, reason="x")
    good = revoke_agreement(held.agreement, by=parties.vendor, now=NOW, reason="x")
    elsewhere = replace(held.agreement, agreement_id="A-2026-8")
    of_other = revoke_agreement(elsewhere, by=parties.vendor, now=NOW, reason="x")
    for revocation in (stray, replace(good, at=NOW - DAY), of_other):
        with pytest.raises(NotPermittedError, match="revocation_not_valid"):
            store.revoke("A-2026-7", revocation, trusted=parties.trusted())
    assert store.get("A-2026-7").revocation is None


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement_id": "协议"},
        {"parties": ()},
        {"parties": ("x",)},
        {"archive": ""},
        {"purpose": " "},
        {"purpose": "x" * 401},
        {"legal_basis": ""},
        {"impact_assessment": ""},
        {"fields": frozenset()},
        {"fields": frozenset({"male.shoe_size"})},
        {"max_records": 0},
        {"max_records": True},
        {"retention_days": -1},
        {"ends": NOW - 99 * DAY},
        {"document_sha256": "x"},
    ],
)
def test_agreements_that_can_not_be_signed(agreement, parties, changes):
    spoilt = replace(agreement, **changes)
    assert agreement_faults(spoilt)
    with pytest.raises(UsageError, match="bad_agreement"):
        sign_agreement(spoilt, by=parties.archive)


def test_only_its_sides_sign(agreement, parties):
    with pytest.raises(UsageError, match="signer"):
        sign_agreement(agreement, by=parties.clerk)


@pytest.mark.parametrize("spoil", [
    lambda d: d[:-1], lambda d: d.replace(b'"max_records":1000', b'"max_records":"9"'),
    lambda d: d.replace(b'"version":2', b'"version":3'), lambda _: b"{}",
    lambda d: d.replace(b'"retention_days":0,', b""),
    lambda d: d.replace(b'"fields":[', b'"fields":[["a"],'),
])  # fmt: skip
def test_damaged_agreements(held, spoil):
    with pytest.raises(IntegrityError):
        SignedAgreement.from_bytes(spoil(held.to_bytes()), where="test")


def test_revocations_come_back_and_damaged_ones_do_not(held, parties):
    ended = revoke_agreement(held.agreement, by=parties.archive, now=NOW, reason="breach")
    assert Revocation.from_bytes(ended.to_bytes(), where="test") == ended
    for spoilt in (b"{}", ended.to_bytes().replace(b'"signer"', b'"sigher"')):
        with pytest.raises(IntegrityError):
            Revocation.from_bytes(spoilt, where="test")


def test_rows_are_part_of_what_is_signed(agreement):
    where = "agreement"
    assert "rows" not in agreement.to_record()
    scope = RowScope(kinds=frozenset({"marriage_ledger"}), registered_from="1950")
    bounded = replace(agreement, rows=scope)
    assert bounded.digest != agreement.digest
    assert type(agreement).from_record(bounded.to_record(), where=where) == bounded


@pytest.mark.parametrize(
    "scope",
    [
        RowScope(registered_from="1950-13"),
        RowScope(registered_to="yesterday"),
        RowScope(kinds=frozenset({"passport"})),
        RowScope(kinds=frozenset({7})),
    ],
)
def test_a_scope_that_names_no_rows_is_refused(agreement, scope):
    assert agreement_faults(replace(agreement, rows=scope)) == ["rows"]


@pytest.mark.parametrize("record", [{}, [], {"kinds": 7}, {"kinds": [], "registered_from": ""}, 0])
def test_a_scope_of_another_shape_is_damage(agreement, record):
    with pytest.raises(IntegrityError, match="bad_agreement"):
        type(agreement).from_record({**agreement.to_record(), "rows": record}, where="a")


def test_off_site_work_binds_once_its_leader_signed(agreement, parties, sign_by):
    leader = parties.first_officer
    terms = replace(agreement, off_site=OffSite(legal_basis="专项批复", leader=leader.fingerprint))
    without = sign_by(terms, parties.archive, parties.vendor)
    with pytest.raises(NotPermittedError, match="agreement_unsigned"):
        require_in_force(without, trusted=parties.trusted(), now=NOW)
    whole = sign_by(terms, parties.archive, parties.vendor, leader)
    assert require_in_force(whole, trusted=parties.trusted(), now=NOW) == terms
    for faulty in (
        replace(terms, off_site=OffSite(legal_basis=" ", leader=leader.fingerprint)),
        replace(terms, off_site=OffSite(legal_basis="专项批复", leader="")),
        replace(terms, place=""),
    ):
        with pytest.raises(UsageError, match="bad_agreement"):
            sign_by(faulty, parties.archive)


def test_only_an_officer_may_approve_off_site_work(agreement, parties, sign_by):
    basis = OffSite(legal_basis="专项批复", leader=parties.vendor.fingerprint)
    held = sign_by(replace(agreement, off_site=basis), parties.archive, parties.vendor)
    with pytest.raises(NotPermittedError, match="agreement_unsigned"):
        require_in_force(held, trusted=parties.trusted(), now=NOW)
