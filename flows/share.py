"""Share: verified records for one department, only the fields and rows of its agreement.

The name of a share comes from its content, so that approvals hold for exactly what was asked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from flows.accept import require_not_failed
from flows.discretion import discreet_flow, discreet_task
from flows.gate import refusals_noted, terms_in_force
from flows.giving import Gift, give, recipient_name, sealed_before
from flows.installation import installation
from records.errors import UsageError
from warehouse.share import ShareFilter, ShareTerms, export_share, record_share

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from confidentiality.agreement import Agreement
    from confidentiality.sealed import SealReceipt
    from flows.installation import Installation


@discreet_flow("share")
def share(home_id: str, batch_id: str, agreement_id: str) -> str | None:
    """Request or seal the share of a batch; returns the file's name once it is sealed."""
    return share_batch(home_id, batch_id, agreement_id)


@discreet_task("share-batch")
def share_batch(home_id: str, batch_id: str, agreement_id: str) -> str | None:
    """As the flow; one task, because content is made and compared in one breath."""
    here = installation(home_id)
    terms = terms_in_force(here, agreement_id)
    with refusals_noted(here, batch=batch_id, agreement=agreement_id):
        require_not_failed(here, batch_id)
    state = here.warehouse.query("share_state", batch_id=batch_id).to_pylist()[0]
    share_id = _share_id(batch_id, terms, state)
    sealed = sealed_before(here, share_id)
    if sealed:
        return sealed
    exported = export_share(
        here.warehouse,
        _share_terms(here, share_id, terms),
        rows_agreed(terms, batch_id),
        now=state["as_of"] or here.clock(),
    )
    if not exported.records:
        raise UsageError(
            "nothing_to_share",
            what="还没有可共享的核实记录 · no record of this batch is verified and agreed yet",
            where=batch_id,
            remedy="backfill status",
        )
    gift = Gift(
        package_id=share_id,
        terms=terms,
        fields=terms.fields,
        records=exported.records,
        contents=exported.contents,
    )

    def enter(receipt: SealReceipt, now: datetime) -> None:
        record_share(
            here.warehouse,
            exported,
            file=f"{share_id}.sealed",
            sha256=receipt.sha256,
            size=receipt.size,
            now=now,
        )

    return give(here, gift, enter)


def rows_agreed(terms: Agreement, *batch_ids: str) -> ShareFilter:
    """The rows that an agreement lets out, of these batches or of all."""
    return ShareFilter(
        batch_ids=batch_ids,
        kinds=tuple(sorted(terms.rows.kinds)),
        registered_from=terms.rows.registered_from,
        registered_to=terms.rows.registered_to,
    )


def _share_terms(here: Installation, share_id: str, terms: Agreement) -> ShareTerms:
    scope = {name: str(value) for name, value in terms.rows.to_record().items()}
    return ShareTerms(
        share_id=share_id,
        agreement_id=terms.agreement_id,
        department=terms.parties[0][:16],
        recipient=recipient_name(here, terms),
        purpose=terms.purpose,
        legal_basis=terms.legal_basis,
        fields=terms.fields,
        rows=tuple(scope.items()),
        key=share_key(here, share_id),
    )


def share_key(here: Installation, share_id: str) -> bytes:
    """The secret from which a share's order and numbers are made; each share has its own."""
    return sha256(here.home_key.derive("share-marks") + share_id.encode()).digest()


def _share_id(batch_id: str, terms: Agreement, state: Mapping[str, object]) -> str:
    """A name for what is verified now under this agreement; the same until more is."""
    known = f"{terms.digest} {state['records']} {state['entries']} {state['as_of']}"
    return f"S-{batch_id}-{sha256(known.encode()).hexdigest()[:8]}"
