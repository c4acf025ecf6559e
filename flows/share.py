"""Share: verified records for one department, only the fields its agreement names, sealed.

The first run files a request, two officers approve it, the next run seals. The name of a
share comes from its content, so that approvals hold for exactly what was asked.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from confidentiality.format import SealedKind
from confidentiality.release import (
    APPROVALS_NEEDED,
    ReleaseRequest,
    contents_digest,
)
from flows.accept import require_not_failed
from flows.discretion import discreet_flow, discreet_task
from flows.gate import decide_release, refusals_noted, seal_permitted, terms_in_force
from flows.installation import installation
from records.errors import UsageError
from warehouse.share import ShareFilter, ShareTerms, export_share, record_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confidentiality.agreement import Agreement
    from flows.installation import Installation
    from warehouse.share import Share

#: How long a department has to open a share.
SHARE_LIFE = timedelta(days=30)


@discreet_flow("share")
def share(home_id: str, batch_id: str, agreement_id: str) -> str | None:
    """Request or seal the share of a batch; returns the file's name once it is sealed."""
    return share_batch(home_id, batch_id, agreement_id)


@discreet_task("share-batch")
def share_batch(home_id: str, batch_id: str, agreement_id: str) -> str | None:
    """As the flow; one task, because content is made and compared in one breath."""
    here = installation(home_id)
    held = here.agreements.get(agreement_id)
    terms = terms_in_force(here, agreement_id)
    with refusals_noted(here, batch=batch_id, agreement=agreement_id):
        require_not_failed(here, batch_id)
    state = here.warehouse.query("share_state", batch_id=batch_id).to_pylist()[0]
    if not state["records"]:
        raise UsageError(
            "nothing_to_share",
            what="还没有可共享的核实记录 · no record of this batch is verified yet",
            where=batch_id,
            remedy="backfill status",
        )
    share_id = _share_id(batch_id, terms, state)
    out = here.home.outgoing / f"{share_id}.sealed"
    if share_id in here.warehouse.query("shares_sealed")["share_id"].to_pylist():
        return out.name
    exported = export_share(
        here.warehouse,
        ShareTerms(
            share_id=share_id,
            agreement_id=agreement_id,
            department=terms.parties[0][:16],
            purpose=terms.purpose,
            fields=terms.fields,
        ),
        ShareFilter(batch_ids=(batch_id,)),
        now=state["as_of"],
    )
    if share_id not in here.releases.ids():
        here.releases.add(_request(here, terms, exported))
        here.note("release.requested", package=share_id, items=len(exported.record_ids))
    if len(here.releases.approvals(share_id)) < APPROVALS_NEEDED:
        return None
    decision = decide_release(
        here,
        here.releases.get(share_id),
        held,
        released_before=_shared_before(here, agreement_id),
    )
    receipt = seal_permitted(here, out, exported.contents, decision)
    records = len(exported.record_ids)
    with here.warehouse.transaction():
        record_share(
            here.warehouse,
            exported,
            file=out.name,
            sha256=receipt.sha256,
            size=receipt.size,
            now=decision.decided,
        )
        here.note("share.released", share=share_id, records=records, sha256=receipt.sha256)
    return out.name


def _request(here: Installation, terms: Agreement, exported: Share) -> ReleaseRequest:
    now = here.clock().replace(microsecond=0)
    return ReleaseRequest(
        package_id=exported.terms.share_id,
        kind=SealedKind.SHARE,
        agreement_id=terms.agreement_id,
        agreement_digest=terms.digest,
        purpose=terms.purpose,
        legal_basis=terms.legal_basis,
        impact_assessment=terms.impact_assessment,
        recipients=terms.parties,
        fields=terms.fields,
        records=len(exported.record_ids),
        contents=contents_digest(exported.contents),
        requested_by=here.require_archive().fingerprint,
        created=now,
        expires=min(now + SHARE_LIFE, terms.ends),
    )


def _share_id(batch_id: str, terms: Agreement, state: Mapping[str, object]) -> str:
    """A name for what is verified now under this agreement; the same until more is."""
    known = f"{terms.digest} {state['records']} {state['entries']} {state['as_of']}"
    return f"S-{batch_id}-{sha256(known.encode()).hexdigest()[:8]}"


def _shared_before(here: Installation, agreement_id: str) -> int:
    shared = here.warehouse.query("records_shared", agreement_id=agreement_id)
    return int(shared["records"][0].as_py())
