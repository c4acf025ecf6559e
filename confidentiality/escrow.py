"""Escrow (托管): the home's data key, wrapped to a card that is kept apart.

Without it, a lost passphrase loses the warehouse. The statement is signed by the archive and
opens with the escrow holder's identity alone; who that is, and how many people it takes to
reach the identity, is a matter of the archive's rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from cryptography.exceptions import InvalidTag

from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    parse_instant,
    to_text,
)
from confidentiality.homekey import HomeKey
from confidentiality.identity import Role
from confidentiality.rules import refuse
from confidentiality.statements import load_statement
from confidentiality.suites import suite_named
from records.errors import IntegrityError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity, PublicIdentity

_DOMAIN = "escrow"
_FORMAT = "backfill-escrow"
#: The roles whose holders may keep a key in escrow: never those who work with the data.
HOLDERS = frozenset({Role.OFFICER, Role.DEPARTMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Escrow:
    """A home key wrapped to a holder; `archive` and `holder` are fingerprints."""

    archive: str
    holder: str
    made: datetime
    suite: str
    wrapped: bytes
    signature: bytes = b""

    def claims(self) -> dict[str, str | int]:
        """What the signature covers."""
        return {
            "archive": self.archive,
            "format": _FORMAT,
            "holder": self.holder,
            "made": instant_text(self.made),
            "suite": self.suite,
            "version": 1,
            "wrapped": to_text(self.wrapped),
        }

    def to_bytes(self) -> bytes:
        """The statement as canonical JSON."""
        return canonical({**self.claims(), "signature": to_text(self.signature)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """The statement in a file; raises `IntegrityError`. Its signature isn't proven here."""
        return load_statement(path, lambda record: cls._from_record(record, path.name), _damaged)

    @classmethod
    def _from_record(cls, record: dict[str, Any], where: str) -> Self:
        return cls(
            archive=record["archive"],
            holder=record["holder"],
            made=parse_instant(record["made"], where=where),
            suite=record["suite"],
            wrapped=from_text(record["wrapped"], where=where),
            signature=from_text(record["signature"], where=where),
        )


def put_in_escrow(key: HomeKey, holder: PublicIdentity, *, by: Identity, now: datetime) -> Escrow:
    """The home's key, wrapped to the holder's card and signed by the archive.

    Raises `NotPermittedError` for a holder whose role works with the data.
    """
    if holder.role not in HOLDERS:
        raise refuse(
            "role_not_permitted",
            "此角色不得托管密钥 · a key is held by an officer or another department",
            where=holder.fingerprint[:16],
            remedy="backfill identity FILE --role officer|department",
        )
    suite = suite_named(holder.suite, where=holder.fingerprint[:16])
    wrapped = suite.wrap(key.key, holder.kem_public, _info(by.fingerprint, holder.fingerprint))
    bare = Escrow(
        archive=by.fingerprint,
        holder=holder.fingerprint,
        made=now,
        suite=suite.name,
        wrapped=wrapped,
    )
    return replace(bare, signature=by.sign(_DOMAIN, canonical(bare.claims())))


def take_from_escrow(
    escrow: Escrow, *, archive: PublicIdentity, holder: Identity, where: str
) -> HomeKey:
    """The home's key.

    Raises `NotPermittedError` when the statement is another holder's, `IntegrityError` when
    the archive did not sign it or it was changed.
    """
    signed = archive.verify(escrow.signature, _DOMAIN, canonical(escrow.claims()))
    if not signed or archive.fingerprint != escrow.archive:
        raise _damaged(where)
    if holder.fingerprint != escrow.holder:
        raise refuse(
            "not_for_you",
            "密钥不是托管给此身份的 · the key is held by somebody else",
            where=where,
            remedy="use the identity of the escrow's holder",
        )
    suite = suite_named(escrow.suite, where=where)
    try:
        secret = suite.unwrap(escrow.wrapped, holder.kem_seed, _info(escrow.archive, escrow.holder))
    except InvalidTag as error:
        raise _damaged(where) from error
    return HomeKey(key=secret)


def _info(archive: str, holder: str) -> bytes:
    return f"backfill/escrow/1\0{archive}\0{holder}".encode()


def _damaged(where: str) -> IntegrityError:
    return IntegrityError(
        "bad_escrow",
        what="托管文件损坏、被改动或非本馆所出 · the file is damaged, changed or another's",
        where=where,
        remedy="use another copy of it, and the card of the archive that made it",
    )
