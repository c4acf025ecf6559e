"""Share: verified records for one department, only the fields its agreement names, sealed.

The first run files a request, two officers approve it, the next run seals. The name of a
share comes from its content, so that approvals hold for exactly what was asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
from prefect import flow, task

from confidentiality.agreement import require_in_force
from confidentiality.dispatch import seal_released
from confidentiality.format import SealedKind
from confidentiality.release import (
    APPROVALS_NEEDED,
    ReleaseRequest,
    contents_digest,
    decide,
)
from flows.installation import installation
from records.errors import UsageError
from warehouse.share import export_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confidentiality.agreement import Agreement
    from flows.installation import Installation
    from warehouse.share import Share

#: How long a department has to open a share.
SHARE_LIFE = timedelta(days=30)


@flow(name="share", persist_result=False, validate_parameters=False)
def share(home_id: str, batch_id: str, agreement_id: str) -> str | None:
    """Request or seal the share of a batch; returns the file's name once it is sealed."""
    return share_batch(home_id, batch_id, agreement_id)


@task(name="share-batch", persist_result=False)
def share_batch(home_id: str, batch_id: str, agreement_id: str) -> str | None:
    """As the flow; one task, because content is made and compared in one breath."""
    here = installation(home_id)
    held = here.agreements.get(agreement_id)
    terms = require_in_force(held, trusted=here.trusted, now=here.clock())
    exported = export_share(here.warehouse, fields=terms.fields, batch_id=batch_id)
    if not exported.records:
        raise UsageError(
            "nothing_to_share",
            what="还没有可共享的核实记录 · no record of this batch is verified yet",
            where=batch_id,
            remedy="backfill status",
        )
    share_id = f"S-{batch_id}-{contents_digest(exported.contents)[:8]}"
    out = here.home.outgoing / f"{share_id}.sealed"
    if share_id in here.warehouse.query("shares_sealed")["share_id"].to_pylist():
        return out.name
    if share_id not in here.releases.ids():
        here.releases.add(_request(here, share_id, terms, exported))
        here.note("release.requested", package=share_id, items=exported.records)
    if len(here.releases.approvals(share_id)) < APPROVALS_NEEDED:
        return None
    decision = decide(
        here.releases.get(share_id),
        held,
        here.releases.approvals(share_id),
        now=here.clock(),
        trusted=here.trusted,
    )
    # A file without a line in the warehouse is left from a start that did not finish.
    out.unlink(missing_ok=True)
    receipt = seal_released(
        out, exported.contents, decision=decision, sender=here.require_archive()
    )
    row = {
        "share_id": share_id,
        "agreement_id": agreement_id,
        "department": terms.parties[0][:16],
        "purpose": terms.purpose,
        "fields": ",".join(sorted(terms.fields)),
        "records": exported.records,
        "file": out.name,
        "sha256": receipt.sha256,
        "bytes": receipt.size,
        "shared_at": decision.decided,
    }
    _record(here, row, exported)
    here.note("share.released", share=share_id, records=exported.records, sha256=receipt.sha256)
    return out.name


def _request(
    here: Installation, share_id: str, terms: Agreement, exported: Share
) -> ReleaseRequest:
    now = here.clock().replace(microsecond=0)
    return ReleaseRequest(
        package_id=share_id,
        kind=SealedKind.SHARE,
        agreement_id=terms.agreement_id,
        agreement_digest=terms.digest,
        purpose=terms.purpose,
        legal_basis=terms.legal_basis,
        impact_assessment=terms.impact_assessment,
        recipients=terms.parties,
        fields=frozenset(exported.fields),
        records=exported.records,
        contents=contents_digest(exported.contents),
        requested_by=here.require_archive().fingerprint,
        created=now,
        expires=min(now + SHARE_LIFE, terms.ends),
    )


def _record(here: Installation, row: Mapping[str, object], exported: Share) -> None:
    store = here.warehouse
    share_id = str(row["share_id"])
    rows = [{"share_id": share_id, **each} for each in exported.rows]
    with store.transaction():
        store.merge("shares", pa.Table.from_pylist([dict(row)], store.schema("shares")))
        store.merge("share_rows", pa.Table.from_pylist(rows, store.schema("share_rows")))
