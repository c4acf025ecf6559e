"""Process: from entered scans to decided fields and the records that follow from them."""

from __future__ import annotations

from flows.digitise import digitise
from flows.discretion import discreet_flow, discreet_task
from flows.installation import installation
from flows.link import link
from flows.page_notes import note_pages
from warehouse.verification import (
    accept_by_policy,
    assemble_records,
    decide_by_inheritance,
)


@discreet_flow("process-batch")
def process(home_id: str, batch_id: str) -> None:
    """Read a batch, accept what the policy allows, match its people.

    Goes on where it stopped.
    """
    digitise(home_id, batch_id)
    settle(home_id, batch_id)
    note_pages(home_id, batch_id)


@discreet_flow("settle-batch")
def settle(home_id: str, batch_id: str) -> None:
    """Decide what can be decided now, then match people by what is decided."""
    decide(home_id, batch_id)
    link(home_id, batch_id)


@discreet_task("decide-fields")
def decide(home_id: str, batch_id: str) -> int:
    """Accept by policy and assemble what is now complete; returns the new records."""
    here = installation(home_id)
    with here.warehouse.transaction():
        accepted = accept_by_policy(
            here.warehouse, here.policy, batch_id=batch_id, now=here.clock()
        )
        inherited = decide_by_inheritance(here.warehouse, batch_id=batch_id, now=here.clock())
        made = assemble_records(here.warehouse, batch_id=batch_id, now=here.clock())
        here.note(
            "fields.decided",
            batch=batch_id,
            decisions=accepted + inherited,
            records=made.records,
            values=made.values,
        )
    return made.records
