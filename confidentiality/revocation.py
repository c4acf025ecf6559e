"""The end of an agreement before its time (解除), signed by one of its sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from confidentiality.agreement import bad_agreement
from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    parse_canonical,
    parse_instant,
    require_identifier,
    to_text,
)
from confidentiality.rules import refuse

if TYPE_CHECKING:
    from datetime import datetime

    from confidentiality.agreement import Agreement
    from confidentiality.identity import Identity
    from confidentiality.trust import Trusted

_REVOCATION = "agreement-revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """The end of an agreement before its time, signed by one of its sides."""

    agreement_digest: str
    at: datetime
    reason: str
    signer: str
    signature: bytes

    def payload(self) -> bytes:
        """What the signature covers."""
        return canonical(
            {
                "agreement": self.agreement_digest,
                "at": instant_text(self.at),
                "reason": self.reason,
                "signer": self.signer,
            }
        )

    def to_bytes(self) -> bytes:
        """The revocation as canonical JSON."""
        claims = parse_canonical(self.payload(), where="revocation")
        return canonical({**claims, "signature": to_text(self.signature)})

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> Self:
        """From canonical JSON; raises `IntegrityError`."""
        record = parse_canonical(data, where=where)
        try:
            return cls(
                agreement_digest=record["agreement"],
                at=parse_instant(record["at"], where=where),
                reason=record["reason"],
                signer=record["signer"],
                signature=from_text(record["signature"], where=where),
            )
        except KeyError as error:
            raise bad_agreement(where) from error


def revoke_agreement(
    agreement: Agreement, *, by: Identity, now: datetime, reason: str
) -> Revocation:
    """A revocation by one of the agreement's sides; `reason` is a code such as `breach`."""
    require_identifier(reason, what="reason of revocation")
    revocation = Revocation(
        agreement_digest=agreement.digest,
        at=now,
        reason=reason,
        signer=by.fingerprint,
        signature=b"",
    )
    return replace(revocation, signature=by.sign(_REVOCATION, revocation.payload()))


def verify_revocation(agreement: Agreement, revocation: Revocation, *, trusted: Trusted) -> None:
    """Raises `NotPermittedError` unless a side of this very agreement revoked it."""
    card = trusted.find(revocation.signer)
    sides = {agreement.archive, *agreement.parties}
    side = any(trusted.follows(revocation.signer, each) for each in sides)
    signed = card.verify(revocation.signature, _REVOCATION, revocation.payload())
    if not side or not signed or revocation.agreement_digest != agreement.digest:
        raise refuse(
            "revocation_not_valid",
            "解除声明无效 · the revocation is not signed by a side of this agreement",
            where=agreement.agreement_id,
            remedy="have a side of the agreement sign the revocation",
        )
