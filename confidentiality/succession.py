"""Succession (更替): an archive's old key says which new card takes its place.

Both keys sign, so that nobody is made the heir of another unasked. Whoever trusts the old
card may then trust the new one without comparing fingerprints again. A stolen old key could
name a thief's card: a key that was lost is revoked, and its successor is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from confidentiality.canonical import canonical, from_text, instant_text, parse_instant, to_text
from confidentiality.identity import PublicIdentity, Role
from confidentiality.rules import refuse
from confidentiality.statements import load_statement
from records.errors import IntegrityError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity

_DOMAIN = "succession"
_FORMAT = "backfill-succession"


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """From `at` on the card takes the place of the one whose fingerprint is `old`.

    `signature` is the old key's, `consent` the new one's.
    """

    old: str
    card: PublicIdentity
    at: datetime
    signature: bytes = b""
    consent: bytes = b""

    def claims(self) -> dict[str, Any]:
        """What both signatures cover."""
        return {
            "at": instant_text(self.at),
            "card": self.card.to_json(),
            "format": _FORMAT,
            "old": self.old,
            "version": 1,
        }

    def to_bytes(self) -> bytes:
        """The statement as canonical JSON."""
        signed = {"consent": to_text(self.consent), "signature": to_text(self.signature)}
        return canonical({**self.claims(), **signed})

    @classmethod
    def load(cls, path: Path) -> Self:
        """The statement in a file; raises `IntegrityError`. Its signatures aren't proven here."""
        return load_statement(path, lambda record: cls._from_record(record, path.name), _damaged)

    @classmethod
    def _from_record(cls, record: dict[str, Any], where: str) -> Self:
        return cls(
            old=record["old"],
            card=PublicIdentity.from_json(record["card"]),
            at=parse_instant(record["at"], where=where),
            signature=from_text(record["signature"], where=where),
            consent=from_text(record["consent"], where=where),
        )


def succeed(old: Identity, new: Identity, *, now: datetime) -> Succession:
    """The statement that the new archive's identity takes the place of the old one's."""
    bare = Succession(old=old.fingerprint, card=new.public, at=now.replace(microsecond=0))
    payload = canonical(bare.claims())
    return replace(bare, signature=old.sign(_DOMAIN, payload), consent=new.sign(_DOMAIN, payload))


def require_successor(statement: Succession, old: PublicIdentity) -> PublicIdentity:
    """The card that takes the old one's place.

    Raises `IntegrityError` when either signature is wrong, `NotPermittedError` when the
    statement is about another card, or not about archives: others get a new agreement.
    """
    where = statement.old[:16]
    if old.fingerprint != statement.old or {old.role, statement.card.role} != {Role.ARCHIVE}:
        raise refuse(
            "not_a_successor",
            "更替声明与所信名片不符 · the statement is not about this archive's card",
            where=where,
            remedy="核对名片 · check which card is trusted, and compare fingerprints by voice",
        )
    payload = canonical(statement.claims())
    signed = old.verify(statement.signature, _DOMAIN, payload)
    if not signed or not statement.card.verify(statement.consent, _DOMAIN, payload):
        raise _damaged(where)
    return statement.card


def _damaged(where: str) -> IntegrityError:
    return IntegrityError(
        "bad_succession",
        what="身份更替声明损坏、被改动或伪造 · the succession is damaged, changed or forged",
        where=where,
        remedy="向档案馆索取并电话核对 · ask the archive for it again, and compare by voice",
    )
