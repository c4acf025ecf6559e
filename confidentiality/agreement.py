"""Confidentiality agreements (保密协议) and whether one is in force.

An agreement is a canonical record that the archive and the party both sign; it names the
paper it stands for by its hash. It fixes what PIPL Art. 21 asks of entrusted processing:
purpose, period, manner, kinds of data, protection, return or destruction. Where
agreements are kept is `agreement_store`'s.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    is_fingerprint,
    is_identifier,
    parse_canonical,
    parse_instant,
    sha256_hex,
    to_text,
)
from confidentiality.identity import Role
from confidentiality.row_scope import RowScope
from confidentiality.rules import refuse
from records.errors import IntegrityError, UsageError
from records.reading import FIELD_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.revocation import Revocation
    from confidentiality.trust import Trusted

_DOMAIN = "agreement"
_MAX_TEXT = 400


class AgreementKind(StrEnum):
    """What an agreement allows: entrusted keying 委托录入, or data sharing 数据共享."""

    ENTRUSTED_KEYING = "entrusted-keying"
    DATA_SHARING = "data-sharing"


#: The roles that may be a party to each kind of agreement.
PARTY_ROLES = {
    AgreementKind.ENTRUSTED_KEYING: frozenset({Role.VENDOR, Role.CLERK}),
    AgreementKind.DATA_SHARING: frozenset({Role.DEPARTMENT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OffSite:
    """Why work may be done outside the archive: a legal basis of its own, and who approved it.

    `leader` is the fingerprint of an officer's card; the leader signs the agreement too.
    """

    legal_basis: str
    leader: str


class Ending(StrEnum):
    """What the party does with the data at the end: 返还 or 销毁."""

    RETURN = "return"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What both sides agreed.

    `archive` and `parties` are card fingerprints; `fields` names of fields (`male.name`);
    `rows` which records these may be; `max_records` how many may leave under it in all; in
    force from `starts` until before `ends`; `document_sha256` is the signed paper's scan;
    `place` is where keying is done, on the archive's premises unless `off_site` says why
    not; `retention_days` how long the party may keep data after a package's expiry.
    """

    agreement_id: str
    kind: AgreementKind
    archive: str
    parties: tuple[str, ...]
    purpose: str
    legal_basis: str
    impact_assessment: str
    fields: frozenset[str]
    max_records: int
    starts: datetime
    ends: datetime
    document_sha256: str
    place: str = ""
    off_site: OffSite | None = None
    subcontracting: bool = False
    ending: Ending = Ending.DESTROY
    retention_days: int = 0
    rows: RowScope = field(default_factory=RowScope)

    def to_record(self) -> dict[str, Any]:
        """The record that is signed."""
        # Agreements that bound no rows keep the bytes they were signed with.
        scope = {"rows": self.rows.to_record()} if self.rows.bounded else {}
        return scope | {
            "agreement_id": self.agreement_id,
            "archive": self.archive,
            "document_sha256": self.document_sha256,
            "ending": str(self.ending),
            "ends": instant_text(self.ends),
            "fields": sorted(self.fields),
            "format": "backfill-agreement",
            "impact_assessment": self.impact_assessment,
            "kind": str(self.kind),
            "legal_basis": self.legal_basis,
            "max_records": self.max_records,
            "off_site": self.off_site and asdict(self.off_site),
            "parties": list(self.parties),
            "place": self.place,
            "purpose": self.purpose,
            "retention_days": self.retention_days,
            "starts": instant_text(self.starts),
            "subcontracting": self.subcontracting,
            "version": 2,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical record, which signatures and releases refer to."""
        return sha256_hex(canonical(self.to_record()))

    @classmethod
    def from_record(cls, record: dict[str, Any], *, where: str) -> Self:
        """The agreement a record states; raises `IntegrityError` when it states none."""
        try:
            made = cls(
                agreement_id=record["agreement_id"],
                kind=AgreementKind(record["kind"]),
                archive=record["archive"],
                parties=tuple(record["parties"]),
                purpose=record["purpose"],
                legal_basis=record["legal_basis"],
                impact_assessment=record["impact_assessment"],
                fields=frozenset(record["fields"]),
                max_records=record["max_records"],
                starts=parse_instant(record["starts"], where=where),
                ends=parse_instant(record["ends"], where=where),
                document_sha256=record["document_sha256"],
                place=record["place"],
                off_site=record["off_site"] and OffSite(**record["off_site"]),
                subcontracting=record["subcontracting"],
                ending=Ending(record["ending"]),
                retention_days=record["retention_days"],
                rows=RowScope.from_record(record.get("rows")),
            )
            same = made.to_record() == record and not agreement_faults(made)
        except (KeyError, TypeError, ValueError, AttributeError):
            same = False
        if not same:
            raise bad_agreement(where)
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAgreement:
    """An agreement, its signatures by fingerprint, and its revocation if there is one."""

    agreement: Agreement
    signatures: dict[str, bytes]
    revocation: Revocation | None = None

    def to_bytes(self) -> bytes:
        """Agreement and signatures as canonical JSON; the revocation is kept apart."""
        signed = {who: to_text(signature) for who, signature in self.signatures.items()}
        return canonical({"agreement": self.agreement.to_record(), "signatures": signed})

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> Self:
        """From canonical JSON; raises `IntegrityError`. Signatures are proven by `require`."""
        record = parse_canonical(data, where=where)
        signed = record.get("signatures")
        if record.keys() != {"agreement", "signatures"} or not isinstance(signed, dict):
            raise bad_agreement(where)
        return cls(
            agreement=Agreement.from_record(record["agreement"], where=where),
            signatures={who: from_text(text, where=where) for who, text in signed.items()},
        )


def agreement_faults(agreement: Agreement) -> list[str]:
    """The values that no agreement may have, by name; empty when it can be signed."""
    texts = {
        "purpose": agreement.purpose,
        "legal_basis": agreement.legal_basis,
        "impact_assessment": agreement.impact_assessment,
    }
    if agreement.kind is AgreementKind.ENTRUSTED_KEYING:
        texts["place"] = agreement.place
    if agreement.off_site is not None:
        texts["off_site_basis"] = agreement.off_site.legal_basis
    checks = {
        "agreement_id": is_identifier(agreement.agreement_id),
        "archive": is_fingerprint(agreement.archive),
        "parties": bool(agreement.parties) and all(map(is_fingerprint, agreement.parties)),
        "fields": bool(agreement.fields) and agreement.fields <= set(FIELD_NAMES),
        "max_records": type(agreement.max_records) is int and agreement.max_records > 0,
        "retention_days": type(agreement.retention_days) is int and agreement.retention_days >= 0,
        "ends": agreement.ends > agreement.starts,
        "document_sha256": is_fingerprint(agreement.document_sha256),
        "rows": agreement.rows.sound,
        "off_site_leader": agreement.off_site is None or is_fingerprint(agreement.off_site.leader),
        "subcontracting": type(agreement.subcontracting) is bool,
    }
    empty = [
        name
        for name, text in texts.items()
        if not (isinstance(text, str) and text.strip() and len(text) <= _MAX_TEXT)
    ]
    return empty + [name for name, good in checks.items() if not good]


def require_signable(agreement: Agreement, *, signer: str | None = None) -> None:
    """Raises `UsageError` naming what keeps the agreement from being signed, by `signer`."""
    faults = agreement_faults(agreement)
    if signer is not None and signer not in _sides(agreement):
        faults.append("signer")
    if faults:
        raise UsageError(
            "bad_agreement",
            what="协议内容不合规或签署人不是当事方 · the agreement can't be signed as it stands: "
            + ", ".join(faults),
            where=agreement.agreement_id,
            remedy="correct the values named; only its sides may sign an agreement",
        )


def sign_agreement(agreement: Agreement, *, by: Identity, side: str = "") -> bytes:
    """One side's signature; raises `UsageError` when the agreement can't be signed.

    `side` is the fingerprint that the agreement names, where another card took its place.
    """
    require_signable(agreement, signer=side or by.fingerprint)
    return by.sign(_DOMAIN, canonical(agreement.to_record()))


def _sides(agreement: Agreement) -> dict[str, frozenset[Role]]:
    """Who must sign, with the roles that they may have."""
    sides = {agreement.archive: frozenset({Role.ARCHIVE})}
    sides |= dict.fromkeys(agreement.parties, PARTY_ROLES[agreement.kind])
    if agreement.off_site is not None:
        sides[agreement.off_site.leader] = frozenset({Role.OFFICER})
    return sides


def signed_by(held: SignedAgreement, card: PublicIdentity) -> bool:
    """Whether the party of this card signed this very agreement."""
    signature = held.signatures.get(card.fingerprint, b"")
    return card.verify(signature, _DOMAIN, canonical(held.agreement.to_record()))


def merge_signatures(parts: Iterable[SignedAgreement]) -> SignedAgreement:
    """One agreement with the signatures of all `parts`, which its sides signed apart.

    Raises `UsageError`: `no_agreement` without parts, `agreements_differ` when they hold
    different agreements, `signatures_differ` when a side signed in two ways. Signatures
    are proven by `require_in_force`.
    """
    given = list(parts)
    if not given:
        raise _unmergeable("no_agreement", "没有协议文件 · no agreement was given", "")
    agreement, signatures = given[0].agreement, dict(given[0].signatures)
    for part in given[1:]:
        if part.agreement.digest != agreement.digest:
            what = "所列文件不是同一份协议 · the files hold different agreements"
            raise _unmergeable("agreements_differ", what, part.agreement.agreement_id)
        # Taking the later of two would let a damaged file displace a good signature.
        if any(signatures.get(who, mark) != mark for who, mark in part.signatures.items()):
            what = "同一方的签名不一致 · one side's signatures differ"
            raise _unmergeable("signatures_differ", what, agreement.agreement_id)
        signatures |= part.signatures
    ended = (part.revocation for part in given if part.revocation is not None)
    return SignedAgreement(agreement=agreement, signatures=signatures, revocation=next(ended, None))


def _unmergeable(reason: str, what: str, where: str) -> UsageError:
    return UsageError(
        reason,
        what=what,
        where=where,
        remedy="只列一份协议及其各方签署件 · name one agreement and what its sides signed",
    )


def require_in_force(held: SignedAgreement, *, trusted: Trusted, now: datetime) -> Agreement:
    """The agreement, if it binds now.

    Raises `NotPermittedError`: `agreement_unsigned` unless the archive and every party
    signed this very record with trusted cards of fitting roles; `agreement_not_begun`,
    `agreement_expired`, `agreement_revoked`.
    """
    agreement = held.agreement
    _require_signatures(held, trusted)
    if now < agreement.starts:
        raise _refused(
            "agreement_not_begun", "协议尚未生效 · the agreement is not yet in force", held
        )
    if now >= agreement.ends:
        raise _refused("agreement_expired", "协议已到期 · the agreement has expired", held)
    revocation = held.revocation
    # An unproven revocation still stops work: doubt is resolved by people, not by release.
    if revocation is not None and now >= revocation.at:
        raise _refused("agreement_revoked", "协议已解除 · the agreement was revoked", held)
    return agreement


def _require_signatures(held: SignedAgreement, trusted: Trusted) -> None:
    agreement = held.agreement
    for fingerprint, roles in _sides(agreement).items():
        # An archive's later card may have signed what its earlier one concluded.
        cards = trusted.heirs(fingerprint)
        if not any(card.role in roles and signed_by(held, card) for card in cards):
            raise _refused(
                "agreement_unsigned",
                "协议缺少一方有效签名 · a side's valid signature is missing",
                held,
            )


def _refused(reason: str, what: str, held: SignedAgreement) -> Exception:
    return refuse(
        reason,
        what,
        where=held.agreement.agreement_id,
        remedy="conclude a new agreement, or use one that is in force",
    )


def bad_agreement(where: str) -> IntegrityError:
    """The error for a file that holds no agreement or revocation as its sides signed it."""
    return IntegrityError(
        "bad_agreement",
        what="协议文件损坏或被改动 · the agreement's file is damaged or was changed",
        where=where,
        remedy="restore it from a backup and compare it with the signed paper",
    )
