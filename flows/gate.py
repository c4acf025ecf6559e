"""The one door through which a file leaves: decided, sealed, and entered in the audit log.

A refusal is an entry as well, with the rule that it failed on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from confidentiality.agreement import require_in_force
from confidentiality.dispatch import seal_released
from confidentiality.release import Facts, decide
from records.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from confidentiality.agreement import Agreement, SignedAgreement
    from confidentiality.disclosure import Placement
    from confidentiality.rejoining import MeasuredRisk
    from confidentiality.release import ReleaseDecision, ReleaseRequest
    from confidentiality.sealed import SealReceipt
    from flows.installation import Installation


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
