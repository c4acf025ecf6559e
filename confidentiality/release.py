"""Whether a package or a share may leave: one pure decision, with the rule it failed on.

A release needs an agreement in force, fields and volume within it, its legal basis and
impact assessment, and two officers who signed this very request. Nothing is read or
written here; time, trust and counts are given.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from confidentiality.agreement import AgreementKind, SignedAgreement, require_in_force
from confidentiality.canonical import canonical, instant_text, sha256_hex
from confidentiality.disclosure import Placement, violations
from confidentiality.enrolment import STATIONS, require_enrolled
from confidentiality.format import SealedKind, SealHeader
from confidentiality.identity import Role
from confidentiality.rejoining import too_high
from confidentiality.rules import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from confidentiality.agreement import Agreement
    from confidentiality.enrolment import Enrolment
    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.rejoining import MeasuredRisk
    from confidentiality.trust import Trusted

_DOMAIN = "release-approval"

#: How many different officers must approve.
APPROVALS_NEEDED = 2

#: An approval older than this was given for a situation that has passed.
APPROVAL_LIFE = timedelta(days=30)

_KINDS = {
    SealedKind.WORK_PACKAGE: AgreementKind.ENTRUSTED_KEYING,
    SealedKind.SHARE: AgreementKind.DATA_SHARING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What somebody wants to send.

    `requested_by` and `recipients` are fingerprints; `records` counts the items of a work
    package or the rows of a share; `contents` is `contents_digest` of exactly what will be
    sealed, so that officers approve bytes, not intentions.
    """

    package_id: str
    kind: SealedKind
    agreement_id: str
    agreement_digest: str
    purpose: str
    legal_basis: str
    impact_assessment: str
    recipients: tuple[str, ...]
    fields: frozenset[str]
    records: int
    contents: str
    requested_by: str
    created: datetime
    expires: datetime

    def to_record(self) -> dict[str, Any]:
        """The record that officers approve."""
        return {
            "agreement": self.agreement_digest,
            "agreement_id": self.agreement_id,
            "contents": self.contents,
            "created": instant_text(self.created),
            "expires": instant_text(self.expires),
            "fields": sorted(self.fields),
            "format": "backfill-release-request",
            "impact_assessment": self.impact_assessment,
            "kind": str(self.kind),
            "legal_basis": self.legal_basis,
            "package_id": self.package_id,
            "purpose": self.purpose,
            "recipients": list(self.recipients),
            "records": self.records,
            "requested_by": self.requested_by,
            "version": 1,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical request."""
        return sha256_hex(canonical(self.to_record()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An officer's signature over one request; `officer` is a fingerprint."""

    request: str
    officer: str
    at: datetime
    signature: bytes

    def payload(self) -> bytes:
        """What the signature covers."""
        return _approval_payload(self.request, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """A permitted release: what may be sealed, for whom, on whose approval."""

    request: ReleaseRequest
    recipients: tuple[PublicIdentity, ...]
    officers: tuple[str, ...]
    decided: datetime

    @property
    def header(self) -> SealHeader:
        """The header to seal with."""
        return SealHeader(
            kind=self.request.kind,
            package_id=self.request.package_id,
            agreement=self.request.agreement_id,
            purpose=self.request.purpose,
            created=self.decided,
            expires=self.request.expires,
        )


def contents_digest(contents: Mapping[str, bytes]) -> str:
    """A digest over names and bytes of what a request will seal, in its order, in hex."""
    running = hashlib.sha256()
    for name, data in contents.items():
        row = canonical({"name": name, "sha256": sha256_hex(data)})
        running.update(hashlib.sha256(row).digest())
    return running.hexdigest()


def approve(request: ReleaseRequest, *, by: Identity, now: datetime) -> Approval:
    """An officer's approval of exactly this request.

    Raises `NotPermittedError` when the signer is not an officer or is the requester.
    """
    if by.role != Role.OFFICER or by.fingerprint == request.requested_by:
        raise _refused(
            "approval_not_permitted", "此人不得批准该申请 · may not approve this", request
        )
    payload = _approval_payload(request.digest, now)
    return Approval(
        request=request.digest,
        officer=by.fingerprint,
        at=now.replace(microsecond=0),
        signature=by.sign(_DOMAIN, payload),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a release is decided on, beside the request itself.

    `released_before` counts records that left under the agreement already; `placements`
    are the items of a work package in its order, and `shown` what its clerk was given before;
    `joining` says how far an attack joined them, None where nobody has measured; `enrolments`
    are the archive's, by station.
    """

    agreement: SignedAgreement
    approvals: Sequence[Approval]
    trusted: Trusted
    released_before: int = 0
    placements: Sequence[Placement] = ()
    shown: Sequence[Placement] = ()
    joining: Sequence[MeasuredRisk] | None = None
    enrolments: Mapping[str, Enrolment] = field(default_factory=dict)


def decide(request: ReleaseRequest, facts: Facts, *, now: datetime) -> ReleaseDecision:
    """Permit a release, or raise `NotPermittedError` whose reason names the rule."""
    trusted = facts.trusted
    terms = require_in_force(facts.agreement, trusted=trusted, now=now)
    _check_agreement(request, terms)
    _check_extent(request, terms, facts.released_before)
    _check_time(request, terms, now)
    recipients = _check_recipients(request, terms, trusted)
    for station in (card.fingerprint for card in recipients if card.role in STATIONS):
        require_enrolled(facts.enrolments, station, place=terms.place, trusted=trusted, now=now)
    if request.kind == SealedKind.WORK_PACKAGE:
        _check_disclosure(request, facts.placements, facts.shown)
        _check_joining(request, facts.joining)
    officers = _check_approvals(request, facts.approvals, trusted=trusted, now=now)
    return ReleaseDecision(request=request, recipients=recipients, officers=officers, decided=now)


def _check_agreement(request: ReleaseRequest, terms: Agreement) -> None:
    if (request.agreement_id, request.agreement_digest) != (terms.agreement_id, terms.digest):
        raise _refused(
            "wrong_agreement", "申请引用的不是该协议 · another agreement's request", request
        )
    if _KINDS.get(request.kind) != terms.kind:
        raise _refused("wrong_kind", "协议不涵盖此类文件 · not this kind of agreement", request)
    if request.purpose != terms.purpose:
        raise _refused("wrong_purpose", "用途与协议不符 · purpose is not the agreed one", request)
    if not request.legal_basis or request.legal_basis != terms.legal_basis:
        raise _refused("no_legal_basis", "缺少协议所列法律依据 · legal basis missing", request)
    if not request.impact_assessment or request.impact_assessment != terms.impact_assessment:
        raise _refused(
            "no_impact_assessment", "缺少影响评估编号 · impact assessment missing", request
        )


def _check_extent(request: ReleaseRequest, terms: Agreement, released_before: int) -> None:
    if not request.fields or not request.fields <= terms.fields:
        raise _refused("fields_not_agreed", "含协议外字段 · fields beyond the agreement", request)
    if request.records <= 0 or request.records + released_before > terms.max_records:
        raise _refused("volume_exceeded", "超出协议数量 · more records than agreed", request)


def _check_time(request: ReleaseRequest, terms: Agreement, now: datetime) -> None:
    if not request.created <= now < request.expires or request.expires > terms.ends:
        raise _refused("request_out_of_time", "申请时间不在有效期内 · request out of time", request)


def _check_recipients(
    request: ReleaseRequest, terms: Agreement, trusted: Trusted
) -> tuple[PublicIdentity, ...]:
    if not request.recipients or not set(request.recipients) <= set(terms.parties):
        raise _refused("recipient_not_agreed", "收件方不是协议当事方 · not a party to it", request)
    return tuple(trusted.find(fingerprint) for fingerprint in request.recipients)


def _check_disclosure(
    request: ReleaseRequest, placements: Sequence[Placement], shown: Sequence[Placement]
) -> None:
    fields = {placement.field for placement in placements}
    if len(placements) != request.records or not fields <= request.fields:
        raise _refused("contents_differ", "条目与申请不符 · items differ from the request", request)
    if violations(placements, shown=shown):
        raise _refused("discloses_person", "同包可拼合个人信息 · a person could be joined", request)


def _check_joining(request: ReleaseRequest, joining: Sequence[MeasuredRisk] | None) -> None:
    if joining is None:
        raise _refused("joining_not_measured", "未测拼合风险 · joining risk unknown", request)
    if too_high(joining):
        raise _refused(
            "joining_risk", "拼合风险超过 2 个百分点 · joined too far beyond guessing", request
        )


def _check_approvals(
    request: ReleaseRequest, approvals: Sequence[Approval], *, trusted: Trusted, now: datetime
) -> tuple[str, ...]:
    signed: defaultdict[str, list[Approval]] = defaultdict(list)
    for approval in approvals:
        card = trusted.find(approval.officer, role=Role.OFFICER)
        if not card.verify(approval.signature, _DOMAIN, approval.payload()):
            raise _refused(
                "approval_forged", "批准签名无效 · an approval's signature is wrong", request
            )
        fits = approval.request == request.digest and approval.officer != request.requested_by
        if fits and _is_current(approval, request, now):
            signed[approval.officer].append(approval)
    if len(signed) < APPROVALS_NEEDED:
        raise _refused(
            "approvals_missing", "缺少两名不同人员批准 · two officers must approve", request
        )
    return tuple(sorted(signed))


def _is_current(approval: Approval, request: ReleaseRequest, now: datetime) -> bool:
    # Approvals keep whole seconds, so one given at once may seem to precede the request.
    earliest = request.created.replace(microsecond=0)
    return earliest <= approval.at <= now <= approval.at + APPROVAL_LIFE


def _approval_payload(request: str, at: datetime) -> bytes:
    return canonical({"at": instant_text(at), "request": request})


def _refused(reason: str, what: str, request: ReleaseRequest) -> Exception:
    return refuse(
        reason,
        what,
        where=request.package_id,
        remedy="correct the request, have it approved anew, or amend the agreement",
    )
