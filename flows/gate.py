"""The one door through which a file leaves: requested, decided, sealed, entered in the audit log.

A refusal is an entry as well, with the rule that it failed on.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality.agreement import require_in_force
from confidentiality.dispatch import seal_released
from confidentiality.release import Facts, ReleaseRequest, contents_digest, decide
from records.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    from confidentiality.agreement import Agreement, SignedAgreement
    from confidentiality.disclosure import Placement
    from confidentiality.format import SealedKind
    from confidentiality.rejoining import MeasuredRisk
    from confidentiality.release import ReleaseDecision
    from confidentiality.sealed import SealReceipt
    from flows.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is to leave under an agreement that is in force.

    `fields` are the fields it holds or tells of, `records` how many records of the agreed
    volume it uses; `contents` file name → bytes; `life` how long it may be opened.
    """

    package_id: str
    terms: Agreement
    kind: SealedKind
    recipients: tuple[str, ...]
    fields: frozenset[str]
    records: int
    contents: Mapping[str, bytes]
    life: timedelta


@contextmanager
def refusals_noted(here: Installation, **subject: str) -> Iterator[None]:
    """Enter a refusal that leaves the block, with its rule, and let it go on."""
    try:
        yield
    except NotPermittedError as refusal:
        here.note("release.refused", **subject, rule=refusal.reason)
        raise


def terms_in_force(here: Installation, agreement_id: str) -> Agreement:
    """The terms of an agreement that is in force now; raises NotPermittedError."""
    with refusals_noted(here, agreement=agreement_id):
        return require_in_force(
            here.agreements.get(agreement_id), trusted=here.trusted, now=here.clock()
        )


def file_request(here: Installation, parcel: Parcel) -> None:
    """File the request that officers approve, for exactly this content."""
    terms, now = parcel.terms, here.clock().replace(microsecond=0)
    here.releases.add(
        ReleaseRequest(
            package_id=parcel.package_id,
            kind=parcel.kind,
            agreement_id=terms.agreement_id,
            agreement_digest=terms.digest,
            purpose=terms.purpose,
            legal_basis=terms.legal_basis,
            impact_assessment=terms.impact_assessment,
            recipients=parcel.recipients,
            fields=parcel.fields,
            records=parcel.records,
            contents=contents_digest(parcel.contents),
            requested_by=here.require_archive().fingerprint,
            created=now,
            expires=min(now + parcel.life, terms.ends),
        )
    )
    here.note("release.requested", package=parcel.package_id, items=parcel.records)


def decide_release(
    here: Installation,
    request: ReleaseRequest,
    agreement: SignedAgreement,
    *,
    released_before: int,
    placements: Sequence[Placement] = (),
    shown: Sequence[Placement] = (),
    joining: Sequence[MeasuredRisk] | None = None,
) -> ReleaseDecision:
    """Permit a release by the agreement and the approvals that are kept, or raise the rule."""
    with refusals_noted(here, package=request.package_id):
        facts = Facts(
            agreement=agreement,
            approvals=here.releases.approvals(request.package_id),
            trusted=here.trusted,
            released_before=released_before,
            placements=placements,
            shown=shown,
            joining=joining,
            enrolments=here.enrolments.all(),
        )
        decision = decide(request, facts, now=here.clock())
    here.note(
        "release.permitted",
        package=request.package_id,
        request=request.digest,
        officers=len(decision.officers),
    )
    return decision


def seal_permitted(
    here: Installation, out: Path, contents: Mapping[str, bytes], decision: ReleaseDecision
) -> SealReceipt:
    """Seal what was permitted, in place of a file that a start which did not finish left."""
    out.unlink(missing_ok=True)
    with refusals_noted(here, package=decision.request.package_id):
        return seal_released(out, contents, decision=decision, sender=here.require_archive())
