"""Link: match both people of every certificate of a batch against the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from flows.concluding import chain_batch, compare_with_register
from flows.discretion import discreet_flow, discreet_task
from flows.installation import installation
from flows.reviews import present_model
from matching.run import match_table

if TYPE_CHECKING:
    from flows.installation import Installation


@discreet_flow("link")
def link(home_id: str, batch_id: str) -> int:
    """Match the people of a batch; returns how many were looked for, 0 without a register.

    Its events are linked to those of other batches in any case: a reissue repeats names and day.
    """
    looked_for = match_batch(home_id, batch_id) if installation(home_id).register else 0
    chain(home_id, batch_id)
    return looked_for


@discreet_task("match-batch")
def match_batch(home_id: str, batch_id: str) -> int:
    """Match and record; doing it again with the same model changes nothing."""
    here = installation(home_id)
    if here.register is None:
        return 0
    certificates = here.warehouse.query("certificates", batch_id=batch_id)
    if not certificates.num_rows:
        return 0
    with here.timed(batch_id, "match") as count:
        matches = match_table(certificates, here.register, model=present_model(here))
        with here.warehouse.transaction():
            fresh = here.warehouse.merge("matches", _as_rows(here, matches, batch_id))
            here.note(
                "batch.matched",
                batch=batch_id,
                people=matches.num_rows,
                matches=fresh,
                differences=compare_with_register(here, batch_id),
            )
        count.items = matches.num_rows
    return matches.num_rows


@discreet_task("chain-events")
def chain(home_id: str, batch_id: str) -> None:
    """Say how the events of a batch hang together, among themselves and with earlier ones."""
    chain_batch(installation(home_id), batch_id)


def _as_rows(here: Installation, matches: pa.Table, batch_id: str) -> pa.Table:
    count = matches.num_rows
    own = pa.table(
        {
            "batch_id": pa.array([batch_id] * count, pa.string()),
            "matched_at": pa.array([here.clock()] * count, pa.timestamp("us", tz="UTC")),
        }
    )
    for name in ("record_id", "person_id", "runner_up"):
        own = own.append_column(name, matches[name].cast(pa.string()))
    for name in ("probability", "decision", "evidence", "worth", "flags", "model"):
        own = own.append_column(name, matches[name])
    return own
