"""After the work: statements of destruction are demanded, taken in, and missed when overdue.

A statement counts when the very machine that the package was released to has signed it for
the very file. It is kept as it came, and the archive's own copy of the package is shredded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from confidentiality.files import open_regular, read_at_most, write_private
from confidentiality.identity import Role
from confidentiality.shredding import shred
from flows.dispatched import sealed_under
from keying.destruction import DOMAIN, Destruction, parse_destruction
from records.errors import InputError, IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from flows.installation import Installation
    from records.errors import BackfillError

#: How long a vendor has for the statement once a package is answered in full or has expired.
GRACE = timedelta(days=14)
#: How far a station's clock may be ahead of ours.
_SKEW = timedelta(days=1)
_LIMIT = 65_536
_SUFFIX = ".destroyed.json"

Row = dict[str, Any]


class Standing(StrEnum):
    """Where a package stands: with its clerk, demanded back, overdue, or stated destroyed."""

    OUT = "out"
    DEMANDED = "demanded"
    OVERDUE = "overdue"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A package and what is owed for it; `due` is the last day for its statement."""

    package_id: str
    agreement_id: str
    clerk: str
    items: int
    answered: int
    due: datetime
    standing: Standing


def owed(here: Installation) -> tuple[Owed, ...]:
    """Every released package with its standing now, the oldest first."""
    rows = here.warehouse.query("packages_out").to_pylist()
    return tuple(_owed(here, row, here.clock()) for row in rows)


def take_in(here: Installation, files: Iterable[Path]) -> tuple[list[str], list[BackfillError]]:
    """Take statements in; returns the packages they are for, and the refusals.

    One that is refused does not keep the others out, and is an entry of the audit log.
    """
    taken: list[str] = []
    refusals: list[BackfillError] = []
    for path in files:
        try:
            taken.append(_take_in(here, path))
        except (InputError, IntegrityError, NotPermittedError) as refusal:
            here.note("destruction.refused", rule=refusal.reason)
            refusals.append(refusal)
    return taken, refusals


def _take_in(here: Installation, path: Path) -> str:
    with open_regular(path) as stream:
        data = read_at_most(stream, _LIMIT, where=path.name)
    stated, signature = parse_destruction(data)
    row = _package(here, stated, path.name)
    _check_signature(here, stated, signature, path.name)
    _check_fits(here, stated, row, path.name)
    kept = here.home.destroyed / f"{stated.package_id}{_SUFFIX}"
    if not kept.exists():
        here.note("package.destroyed", package=stated.package_id, station=stated.station[:16])
        kept.parent.mkdir(exist_ok=True)
        write_private(kept, data)
    # Done again after a crash between the two; what is shredded stays so.
    shred(here.home.outgoing / row["file"])
    return stated.package_id


def _package(here: Installation, stated: Destruction, where: str) -> Row:
    for row in here.warehouse.query("packages_out").to_pylist():
        if row["package_id"] == stated.package_id:
            return dict(row)
    raise NotPermittedError(
        "destruction_not_expected",
        what="没有外发过该工作包 · no such package was released",
        where=where,
        remedy="向承录方核实 · ask the vendor which package it is for",
    )


def _check_signature(here: Installation, stated: Destruction, signature: bytes, where: str) -> None:
    released = here.releases.get(stated.package_id)
    if stated.station not in released.recipients:
        raise NotPermittedError(
            "destruction_not_expected",
            what="出具方不是该包的收件方 · the signer is not whom the package was released to",
            where=where,
            remedy="请收件的录入机重新出具 · ask the machine that received it for the statement",
        )
    card = here.trusted.find(stated.station)
    if card.role not in {Role.CLERK, Role.VENDOR} or not card.verify(
        signature, DOMAIN, stated.payload()
    ):
        raise IntegrityError(
            "destruction_forged",
            what="销毁证明的签名无效 · the statement's signature is wrong",
            where=where,
            remedy="请承录方重新出具，并核实其机器 · ask the vendor for it again, and why",
        )


def _check_fits(here: Installation, stated: Destruction, row: Row, where: str) -> None:
    """A signed statement must speak of the file that was sent, and of a day that can be."""
    try:
        moment = datetime.fromisoformat(stated.destroyed_at)
        possible = row["sealed_at"] - _SKEW <= moment <= here.clock() + _SKEW
    except (ValueError, TypeError):
        possible = False
    same = (stated.agreement_id, stated.items) == (row["agreement_id"], row["items"])
    digests = {each.get("digest") for each in sealed_under(here, stated.package_id)}
    if not possible or not same or stated.sealed_digest not in digests:
        raise IntegrityError(
            "destruction_differs",
            what="销毁证明与所发工作包不符 · the statement is not about the package as it was sent",
            where=where,
            remedy="请承录方核对后重新出具 · ask the vendor to check it and write it anew",
        )


def _owed(here: Installation, row: Row, now: datetime) -> Owed:
    complete = row["answered"] >= row["items"]
    due = row["expires_at"] + GRACE
    if (here.home.destroyed / f"{row['package_id']}{_SUFFIX}").exists():
        standing = Standing.DESTROYED
    elif now > due:
        standing = Standing.OVERDUE
    elif complete or now >= row["expires_at"]:
        standing = Standing.DEMANDED
    else:
        standing = Standing.OUT
    return Owed(
        package_id=row["package_id"],
        agreement_id=row["agreement_id"],
        clerk=row["vendor_id"],
        items=row["items"],
        answered=row["answered"],
        due=due,
        standing=standing,
    )
