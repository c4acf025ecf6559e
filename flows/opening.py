"""Opening an installation for a command: keys, warehouse, register, policy."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from confidentiality.identity import Identity
from flows.home import Home
from flows.installation import Installation, no_register, opened
from flows.keys import passphrase, unlock_home
from flows.leftovers import clear_leftovers
from flows.policy import CAUTIOUS, POLICIES, audited
from flows.settings import now, settle_prefect
from warehouse.store import Warehouse

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from confidentiality.homekey import HomeKey
    from flows.calibration_store import Calibration
    from flows.settings import Settings
    from matching.index import RegisterIndex
    from warehouse.verification import AcceptancePolicy

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open installation and the id that flows know it by."""

    home_id: str
    installation: Installation


def unlock_archive(home: Home, arguments: argparse.Namespace) -> Identity:
    """The archive's identity."""
    return unlock_identities(home, arguments)[0]


def unlock_identities(
    home: Home, arguments: argparse.Namespace
) -> tuple[Identity, Callable[[], tuple[Identity, ...]]]:
    """The archive's identity, and how those are opened whose place it took."""
    home.require()
    secret = passphrase(arguments, "档案馆身份口令 · passphrase of the archive")
    present = Identity.load(home.archive_identity, secret)

    @cache
    def earlier() -> tuple[Identity, ...]:
        return tuple(Identity.load(each, secret) for each in home.earlier_identities())

    return present, earlier


def make_warehouse(home: Home, home_key: HomeKey) -> None:
    """Make the empty warehouse of a new home; one that exists stays."""
    if not home.warehouse.exists():
        Warehouse.open(home.warehouse, key=home_key.key, now=now(), create=True).close()


@contextmanager
def open_installation(
    arguments: argparse.Namespace,
    settings: Settings,
    *,
    policy: AcceptancePolicy | None = None,
    sealing: bool = False,
    register: bool = False,
) -> Iterator[Opened]:
    """Open the home that the command names, or with `--snapshot` its published snapshot.

    `sealing` unlocks the archive's identity, which signs the audit log when the block ends
    well; with `register` the flows may look people up in the register index, when there is
    one. Raises StoreInUseError when another process holds the warehouse.
    """
    home = Home(root=settings.require_home().absolute())
    home_key = unlock_home(home, arguments)
    settle_prefect(home.root)
    with ExitStack() as stack:
        reads_snapshot = getattr(arguments, "snapshot", False)
        warehouse = stack.enter_context(
            Warehouse.open(
                home.snapshot if reads_snapshot else home.warehouse,
                key=home_key.key,
                now=now(),
                read_only=reads_snapshot,
                holder=f"backfill {getattr(arguments, 'command', '')}".strip(),
            )
        )
        if not reads_snapshot:
            clear_leftovers(home)
        calibration = calibration_in_force(home, home_key)
        archive, earlier = unlock_identities(home, arguments) if sealing else (None, tuple)
        made = Installation(
            home=home,
            home_key=home_key,
            warehouse=warehouse,
            clock=now,
            workers=settings.workers,
            policy=policy or _policy(getattr(arguments, "policy", None), calibration),
            archive=archive,
            open_earlier=earlier,
            open_register=cache(partial(_register, home, home_key)) if register else no_register,
            calibration=calibration,
        )
        yield Opened(home_id=stack.enter_context(opened(made)), installation=made)
        made.checkpoint()


def calibration_in_force(home: Home, home_key: HomeKey) -> Calibration | None:
    """The home's newest calibration, None where there is none for the reader as it is now.

    Raises IntegrityError (`damaged_calibration`).
    """
    if not home.calibration.is_dir():
        return None
    # Only a home that has one pays for naming the reader.
    from flows.calibration_store import latest  # noqa: PLC0415 - as said above
    from ocr.model_files import reader_id  # noqa: PLC0415 - the same

    found = latest(home, home_key)
    if found is None or found.reader == reader_id():
        return found
    _log.warning("Calibration %s is of another reader and not used: calibrate anew", found.label)
    return None


def _policy(named: str | None, calibration: Calibration | None) -> AcceptancePolicy:
    """The policy that is named, else what the audit made of the cautious one."""
    if named is not None or calibration is None:
        return POLICIES[named or CAUTIOUS.name]
    return audited(
        calibration.label, opened=calibration.named("open"), closed=calibration.named("closed")
    )


def _register(home: Home, home_key: HomeKey) -> RegisterIndex | None:
    from matching.index import FILE_NAME, RegisterIndex  # noqa: PLC0415 - only where wanted

    if not (home.register / FILE_NAME).exists():
        return None
    return RegisterIndex.open(home.register, key=home_key.derive("index"))
