"""An open home as the flows see it, and everybody who has to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from read_pages import VALUES

from confidentiality.agreement import Agreement, AgreementKind, SignedAgreement, sign_agreement
from confidentiality.enrolment import enrol
from confidentiality.identity import Role
from confidentiality.release import approve, contents_digest
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from keying.entry import Entry, Mark
from keying.package import parse_package
from keying.submission import build_submission
from records.reading import FIELD_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from confidentiality.identity import Identity
    from flows.installation import Installation

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CLERKS = 12
PLACE = "本馆录入室"


@dataclass(slots=True, kw_only=True)
class Time:
    """A clock that is set by hand; a second passes whenever it is asked."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open home, the id that flows know it by, and its clock."""

    home_id: str
    here: Installation
    clock: Time = field(repr=False)

    def rows(self, table: str) -> list[dict]:
        """Everything in a table of the warehouse."""
        return self.here.warehouse._run(f"FROM {table}", table).to_pylist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everybody who has to do with a keying agreement; `archive` is the home's."""

    archive: Identity
    officers: tuple[Identity, ...]
    clerks: tuple[Identity, ...]
    stranger: Identity

    def conclude(self, here: Installation, agreement_id: str = "A-1", **changes: object) -> None:
        """Trust all cards but the stranger's, and conclude an agreement with all clerks."""
        for card in (self.archive, *self.officers, *self.clerks):
            here.trust.add(card.public)
        for clerk in (each for each in self.clerks if each.role is Role.CLERK):
            here.enrolments.add(
                enrol(
                    clerk.public,
                    place=PLACE,
                    starts=NOW - timedelta(days=1),
                    ends=NOW + timedelta(days=100),
                    by=self.archive,
                )
            )
        terms = Agreement(
            agreement_id=agreement_id,
            kind=AgreementKind.ENTRUSTED_KEYING,
            archive=self.archive.fingerprint,
            parties=tuple(clerk.fingerprint for clerk in self.clerks),
            purpose="婚姻登记档案补录",
            legal_basis="个人信息保护法第二十一条",
            impact_assessment="PIA-2026-003",
            fields=frozenset(FIELD_NAMES),
            max_records=1000,
            starts=NOW - timedelta(days=1),
            ends=NOW + timedelta(days=100),
            document_sha256="ab" * 32,
            place=PLACE,
        )
        terms = replace(terms, **changes)
        sides = (self.archive, *self.clerks)
        marks = {one.fingerprint: sign_agreement(terms, by=one) for one in sides}
        held = SignedAgreement(agreement=terms, signatures=marks)
        here.agreements.add(held, trusted=here.trusted)

    def approve(self, desk: Desk, package_id: str, *, by: tuple[Identity, ...] = ()) -> None:
        """Approvals of the officers, both unless told otherwise."""
        request = desk.here.releases.get(package_id)
        for officer in by or self.officers:
            desk.here.releases.approve(package_id, approve(request, by=officer, now=desk.clock()))

    def clerk(self, clerk_id: str) -> Identity:
        """The clerk whose machine is known by this id."""
        return next(each for each in self.clerks if each.fingerprint.startswith(clerk_id))

    def key(self, desk: Desk, row: dict, answer, **changes: object) -> Path:
        """Open a package as its clerk and seal a submission of `answer(item)` for each item.

        An answer of None leaves the item out. `sender`, `name`, `keyed_from` and fields of
        the header may be given to make a submission that should be refused.
        """
        sealed = desk.here.home.outgoing / f"{row['package_id']}.sealed"
        clerk = self.clerk(row["clerk"])
        opened = open_sealed(
            sealed,
            recipient=clerk,
            senders=[self.archive.public],
            now=desk.clock(),
            expect_kind=SealedKind.WORK_PACKAGE,
        )
        package = parse_package(opened.contents)
        entries = [
            Entry(
                item_id=item.item_id,
                text=text,
                mark=Mark.OK,
                clerk_id=package.head.clerk_id,
                keyed_at=desk.clock(),
                keystrokes=len(text),
            )
            for item in package.items
            if (text := answer(item)) is not None
        ]
        sender = changes.pop("sender", clerk)
        name = changes.pop("name", f"{package.head.package_id}-s1")
        header = SealHeader(
            kind=SealedKind.SUBMISSION,
            package_id=name,
            agreement=package.head.agreement_id,
            purpose="entries for a work package",
            created=desk.clock(),
            expires=desk.clock() + timedelta(days=30),
            answers=package.head.package_id,
        )
        out = desk.here.home.root / f"{name}-{desk.clock().timestamp():.0f}.sealed"
        keyed_from = changes.pop("keyed_from", contents_digest(package.contents))
        content = build_submission(package, entries, package_sha256=keyed_from)
        recipients = [self.archive.public]
        seal(out, content, header=replace(header, **changes), sender=sender, recipients=recipients)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A desk at which sealed packages wait to come back."""

    desk: Desk
    batch_id: str
    crew: Crew
    reading_of: dict[str, str]

    @property
    def packages(self) -> list[dict]:
        """The packages that were planned."""
        query = self.desk.here.warehouse.query
        return query("packages_planned", batch_id=self.batch_id).to_pylist()

    def truth(self, item) -> str:
        """What stands on the page, for an item."""
        return VALUES[self.reading_of[item.item_id].split("/")[2]]

    def submit(self, row: dict, answer=None, **changes: object) -> Path:
        """A submission for a package, right unless told otherwise."""
        return self.crew.key(self.desk, row, answer or self.truth, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A desk with a batch of verified records, and a department that may have them."""

    desk: Desk
    batch_id: str
    crew: Crew
    department: Identity
