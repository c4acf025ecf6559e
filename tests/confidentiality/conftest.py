"""Parties, an agreement and sealed files, as the tests of this room need them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from confidentiality.agreement import Agreement, AgreementKind, SignedAgreement, sign_agreement
from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.sealed import Opened, SealedKind, SealHeader, open_sealed, seal
from confidentiality.trust import Trusted

if TYPE_CHECKING:
    from pathlib import Path

# A busy machine is no reason for a property to fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = "本馆录入室"


@cache
def party(role: Role, name: str) -> Identity:
    return Identity.create(role, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """One identity a role, and spare ones."""

    archive: Identity
    vendor: Identity
    clerk: Identity
    department: Identity
    requester: Identity
    first_officer: Identity
    second_officer: Identity
    stranger: Identity

    def trusted(self, *but: Identity) -> Trusted:
        known = {
            self.archive, self.vendor, self.clerk, self.department, self.requester,
            self.first_officer, self.second_officer,
        } - set(but)  # fmt: skip
        return Trusted(cards={one.fingerprint: one.public for one in known})


@pytest.fixture(scope="session")
def parties() -> Parties:
    return Parties(
        archive=party(Role.ARCHIVE, "区民政局婚姻登记档案室"),
        vendor=party(Role.VENDOR, "录入公司"),
        clerk=party(Role.CLERK, "录入员七号"),
        department=party(Role.DEPARTMENT, "大数据中心"),
        requester=party(Role.OFFICER, "经办"),
        first_officer=party(Role.OFFICER, "审批一"),
        second_officer=party(Role.OFFICER, "审批二"),
        stranger=party(Role.ARCHIVE, "冒名档案室"),
    )


def header(**changes: object) -> SealHeader:
    base = SealHeader(
        kind=SealedKind.WORK_PACKAGE,
        package_id="P-0001",
        agreement="A-2026-7",
        purpose="婚姻登记档案补录",
        created=NOW,
        expires=NOW + 14 * DAY,
    )
    return replace(base, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Seals for the vendor and opens as the vendor, unless told otherwise."""

    folder: Path
    parties: Parties

    def seal(
        self,
        contents: object,
        name: str = "p.sealed",
        *,
        sender: Identity | None = None,
        recipients: list[PublicIdentity] | None = None,
        **changes: object,
    ) -> Path:
        path = self.folder / name
        seal(
            path,
            contents,
            header=header(**changes),
            sender=sender or self.parties.archive,
            recipients=recipients or [self.parties.vendor.public],
        )
        return path

    def header(self, **changes: object) -> SealHeader:
        return header(**changes)

    def open(self, path: Path, **changes: object) -> Opened:
        asked = {
            "recipient": self.parties.vendor,
            "senders": [self.parties.archive.public],
            "now": NOW + DAY,
            "expect_kind": SealedKind.WORK_PACKAGE,
        } | changes
        return open_sealed(path, **asked)


@pytest.fixture
def desk(tmp_path: Path, parties: Parties) -> Desk:
    return Desk(folder=tmp_path, parties=parties)


@pytest.fixture(scope="session")
def agreement(parties: Parties) -> Agreement:
    return Agreement(
        agreement_id="A-2026-7",
        kind=AgreementKind.ENTRUSTED_KEYING,
        archive=parties.archive.fingerprint,
        parties=(parties.vendor.fingerprint,),
        purpose="婚姻登记档案补录",
        legal_basis="个人信息保护法第二十一条",
        impact_assessment="PIA-2026-003",
        fields=frozenset({"male.name", "female.name", "registration_date"}),
        max_records=1000,
        starts=NOW - 30 * DAY,
        ends=NOW + 300 * DAY,
        document_sha256="ab" * 32,
        place=PLACE,
    )


def signed(terms: Agreement, *by: Identity) -> SignedAgreement:
    return SignedAgreement(
        agreement=terms,
        signatures={one.fingerprint: sign_agreement(terms, by=one) for one in by},
    )


@pytest.fixture(scope="session")
def held(agreement: Agreement, parties: Parties) -> SignedAgreement:
    return signed(agreement, parties.archive, parties.vendor)


@pytest.fixture(scope="session")
def make_party():
    return party


@pytest.fixture(scope="session")
def sign_by():
    return signed
