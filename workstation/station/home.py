"""The station's home folder: its identity, whom it trusts, and its work.

    identity.json   the private identity behind the passphrase
    card.json       the public card to give to the archive
    trust/          cards of archives whose packages are accepted
    enrolment.json  the archive's word that this station may open packages, and where
    work/           sealed files of opened packages; content is decrypted in memory only
    journal.db      progress and entries, entries encrypted

Everything is readable by its owner alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality.enrolment import Enrolment, require_this_machine
from confidentiality.files import write_private
from confidentiality.homekey import derive
from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.succession import Succession
from confidentiality.suites import DEFAULT_SUITE
from confidentiality.trust import TrustStore
from confidentiality.vault import DEFAULT_COST
from records.errors import NotPermittedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_JOURNAL_KEY = "station-journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The paths of one station."""

    folder: Path

    @property
    def identity(self) -> Path:
        """The private identity."""
        return self.folder / "identity.json"

    @property
    def card(self) -> Path:
        """The public card."""
        return self.folder / "card.json"

    @property
    def enrolment(self) -> Path:
        """The archive's enrolment of this station."""
        return self.folder / "enrolment.json"

    @property
    def work(self) -> Path:
        """Sealed files of opened packages."""
        return self.folder / "work"

    @property
    def journal(self) -> Path:
        """Progress and entries."""
        return self.folder / "journal.db"

    @property
    def trust(self) -> TrustStore:
        """Cards of archives."""
        return TrustStore(self.folder / "trust")

    def require(self) -> None:
        """Raise UsageError unless this is the home of a station."""
        if not self.card.exists():
            raise UsageError(
                "not_a_station",
                what="此目录还不是工作站 · this folder is not the home of a station",
                where=self.folder.name,
                remedy=(
                    "先运行 station init，或换 --home · "
                    "run `station init --name NAME` first, or name another --home"
                ),
            )


def create_home(
    home: Home,
    *,
    name: str,
    role: Role,
    passphrase: str,
    suite: str = DEFAULT_SUITE,
    cost: int = DEFAULT_COST,
    token: str = "",
) -> PublicIdentity:
    """Make the home of a new station and its identity; returns the card to hand out.

    `cost` is that of guessing the passphrase, which with `token` is that token's PIN. Raises
    UsageError when the folder already has an identity.
    """
    home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.folder.chmod(0o700)
    home.work.mkdir(mode=0o700, exist_ok=True)
    identity = Identity.create(role, name, suite=suite)
    identity.save(home.identity, passphrase, cost=cost, token=token)
    identity.public.save(home.card, replace=True)
    return identity.public


def trust_archive(home: Home, card: PublicIdentity) -> None:
    """Accept packages of this archive from now on; raises NotPermittedError for other roles."""
    home.require()
    if card.role is not Role.ARCHIVE:
        raise NotPermittedError(
            "not_an_archive",
            what="该名片不是档案馆的 · the card is not that of an archive",
            where=card.fingerprint[:16],
            remedy="向档案馆索取其名片 · ask the archive for its own card",
        )
    home.trust.add(card)


def succeed_archive(home: Home, statement: Path, *, now: datetime) -> PublicIdentity:
    """Accept packages under an archive's new card, on its old one's word.

    Raises NotPermittedError when the old card is not trusted, IntegrityError for a statement
    that it did not sign.
    """
    home.require()
    return home.trust.succeed(Succession.load(statement), now=now)


def take_enrolment(home: Home, statement: Path, *, machine_id: str, now: datetime) -> Enrolment:
    """Keep the archive's enrolment of this station; a later one takes the place.

    Raises NotPermittedError when it is another station's or machine's, out of time, or not
    signed by a trusted archive.
    """
    home.require()
    enrolment, trusted = Enrolment.load(statement), home.trust.trusted(now=now)
    own = PublicIdentity.load(home.card).fingerprint
    require_this_machine(
        enrolment if enrolment.station == own else None,
        machine_id=machine_id,
        sender=trusted.find(enrolment.archive).fingerprint,
        trusted=trusted,
        now=now,
    )
    write_private(home.enrolment, enrolment.to_bytes(), replace=True)
    return enrolment


def enrolment_of(home: Home) -> Enrolment | None:
    """The enrolment that the station holds, if any."""
    return Enrolment.load(home.enrolment) if home.enrolment.exists() else None


def archives(home: Home, *, now: datetime) -> Mapping[str, PublicIdentity]:
    """The trusted archives' cards by fingerprint."""
    return home.trust.trusted(now=now).cards


def unlock(home: Home, passphrase: str) -> Identity:
    """The station's identity; raises IntegrityError when the passphrase is wrong."""
    home.require()
    return Identity.load(home.identity, passphrase)


def journal_key(identity: Identity) -> bytes:
    """The key of the journal's entries, from the identity's secret."""
    return derive(identity.kem_seed, _JOURNAL_KEY)
