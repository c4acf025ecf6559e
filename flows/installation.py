"""An open home: its warehouse, keys, agreements and audit log, for the flows of one process.

Flows are named by ids alone, because Prefect stores their parameters in plain text. What
they work on is looked up here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from confidentiality.agreement_store import AgreementStore
from confidentiality.audit import AuditLog
from confidentiality.enrolment import EnrolmentStore
from confidentiality.envelope import addressees
from confidentiality.release_store import ReleaseStore
from confidentiality.trust import Trusted, TrustStore
from records.errors import UsageError
from warehouse.ledger import LedgerLine, State, enter

if TYPE_CHECKING:
    from pathlib import Path

    from confidentiality.homekey import HomeKey
    from confidentiality.identity import Identity
    from flows.calibration_store import Calibration
    from flows.home import Home
    from matching.index import RegisterIndex
    from warehouse.store import Warehouse
    from warehouse.verification import AcceptancePolicy

_T = TypeVar("_T")
Clock = Callable[[], datetime]


def no_register() -> None:
    """Stands for the register index where there is none."""


@dataclass(slots=True, kw_only=True)
class Count:
    """What a timed step did: how many items, and the chunk that came of them."""

    items: int = 0
    chunk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What the flows need of an open home.

    `archive` is None for commands that neither seal nor open anything; `open_earlier` gives
    the identities whose place it took, which files may still be sealed for. `open_register`
    gives the register index, None where there is none; it is asked when people are looked
    up, so that an index which can't be used keeps nothing else from being done. `policy`
    says which readings need no person; `calibration` is the home's own, None where the one
    that came with the reader holds.
    """

    home: Home
    home_key: HomeKey
    warehouse: Warehouse
    clock: Clock
    workers: int
    policy: AcceptancePolicy
    archive: Identity | None = None
    open_register: Callable[[], RegisterIndex | None] = no_register
    open_earlier: Callable[[], tuple[Identity, ...]] = tuple
    calibration: Calibration | None = None

    @property
    def register(self) -> RegisterIndex | None:
        """The register index; raises InputError when it is of another version."""
        return self.open_register()

    @property
    def trust(self) -> TrustStore:
        """The cards this archive trusts."""
        return TrustStore(self.home.cards)

    @property
    def agreements(self) -> AgreementStore:
        """The agreements of this home."""
        return AgreementStore(self.home.agreements)

    @property
    def enrolments(self) -> EnrolmentStore:
        """The stations that this archive enrolled."""
        return EnrolmentStore(self.home.enrolments)

    @property
    def releases(self) -> ReleaseStore:
        """Release requests and their approvals."""
        return ReleaseStore(self.home.releases)

    def note(self, event: str, **subject: str | int) -> None:
        """Enter an event into the audit log: ids and counts only."""
        AuditLog(self.home.audit).append(event, subject, now=self.clock())

    def checkpoint(self) -> None:
        """Sign the audit log as it is now, where the archive's identity is unlocked."""
        if self.archive is not None and self.home.audit.exists():
            AuditLog(self.home.audit).checkpoint(by=self.archive)

    @contextmanager
    def timed(self, batch_id: str, step: str, chunk: str = "batch") -> Iterator[Count]:
        """Enter the block into the ledger as a step that was done, with what it took."""
        count = Count()
        started = monotonic()
        yield count
        line = LedgerLine(
            batch_id=batch_id,
            chunk_id=count.chunk or chunk,
            step=step,
            state=State.DONE,
            recorded_at=self.clock(),
            items=count.items,
            seconds=monotonic() - started,
        )
        enter(self.warehouse, [line])

    def require_archive(self) -> Identity:
        """The archive's identity, unlocked; raises UsageError when it is not."""
        if self.archive is None:
            raise UsageError(
                "identity_locked",
                what="档案馆身份未解锁 · the archive's identity is locked",
                remedy="--passphrase-file FILE",
            )
        return self.archive

    def addressee(self, path: Path) -> Identity:
        """The identity of this archive that a sealed file is for; the present one if for none."""
        present, named = self.require_archive(), addressees(path)
        if present.fingerprint in named:
            return present
        earlier = (each for each in self.open_earlier() if each.fingerprint in named)
        return next(earlier, present)

    @property
    def trusted(self) -> Trusted:
        """The cards in force now."""
        return self.trust.trusted(now=self.clock())


_OPEN: dict[str, Installation] = {}


def installation(home_id: str) -> Installation:
    """The installation that is open under this id in this process."""
    return _OPEN[home_id]


@contextmanager
def opened(made: Installation) -> Iterator[str]:
    """Open an installation to the flows for the block; gives the id they are called with."""
    home_id = f"home-{len(_OPEN) + 1}"
    _OPEN[home_id] = made
    try:
        yield home_id
    finally:
        del _OPEN[home_id]


class HandOver:
    """Values that flows of this process pass to each other under meaningless tokens.

    Prefect would store the values themselves, in plain text.
    """

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def leave(self, value: object) -> str:
        """Leave a value; returns the token to collect it with."""
        token = secrets.token_hex(8)
        self._values[token] = value
        return token

    def collect(self, token: str, kind: type[_T]) -> _T:
        """The value left under the token; it stays, because a task may run twice.

        Raises TypeError when it is not of this kind.
        """
        value = self._values[token]
        if not isinstance(value, kind):
            raise TypeError(kind.__name__)
        return value


handed_over = HandOver()
