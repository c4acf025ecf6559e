"""Certificates as events: marriage, divorce, reissue, annulment, and how they hang together.

People are known across certificates by the register, or by a reissue of their paper. An annulment
has no certificate: it comes in as the note on the paper of the marriage (备注), read, keyed or
settled as any field. What contradicts itself is noted for staff and changes nothing: divorces by
a court and deaths aren't in this archive.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from records.annulments import read_annulment
from warehouse.contracts import EVENT_CHECKS, NOTE_CHECKS, state_doubts
from warehouse.schema import table_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from warehouse.store import Warehouse

#: What is held while the events that hang together are looked at, each made of those before it.
_STEPS = (
    ("reached", "events_reached"),
    ("touched", "events_touched"),
    ("reissued", "reissues"),
    ("known", "events_known"),
)
_OF_HISTORY = frozenset({"noted_at", "stands", "turn"})
_RENEWAL = re.compile("[复復]婚|恢[复復]结婚|恢[复復]結婚")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """How many rows were added of events, links and contradictions, withdrawals among them."""

    events: int
    links: int
    doubts: int


def chain_events(warehouse: Warehouse, *, batch_id: str, now: datetime) -> Chained:
    """Note the events of a batch, link them to those of earlier batches, say what contradicts.

    Looks at the events that hang together with the batch's, whatever batch they are of, and at
    no others: links and contradictions are then as if all had been looked at. Doing it again
    adds nothing.
    """
    with warehouse.transaction():
        due = warehouse.query("batches_without_events", batch_id=batch_id)
        batches = [str(each) for each in due["batch_id"].to_pylist()]
        noted = sum(_note_events(warehouse, each, now) for each in batches)
        links, doubts = link_events(warehouse, batches, now=now)
    return Chained(events=noted, links=links, doubts=doubts)


def link_events(
    warehouse: Warehouse, batch_ids: Sequence[str], *, now: datetime
) -> tuple[int, int]:
    """Let the links and contradictions stand that follow from the events now; the rows added.

    Those of events that hang together with the batches' events; all others stay as they are.
    """
    with ExitStack() as held:
        for table, name in _STEPS:
            params = {"batch_ids": list(batch_ids)} if table == "reached" else {}
            held.enter_context(warehouse.holding(table, name, **params))
        links = warehouse.conclude(
            "event_links",
            warehouse.query("event_links"),
            within="event_id IN (FROM reached)",
            now=now,
        )
        doubts = state_doubts(
            warehouse,
            warehouse.query("event_doubts"),
            EVENT_CHECKS,
            of="row_id IN (FROM reached)",
            now=now,
        )
    return links, doubts


def _note_events(warehouse: Warehouse, batch_id: str, now: datetime) -> int:
    """The events of a batch's verified records, and what its remarks leave unclear."""
    couples = warehouse.query("couples_of_batch", batch_id=batch_id).to_pylist()
    unsettled = warehouse.query("remarks_unsettled", batch_id=batch_id)["record_id"].to_pylist()
    unclear = [row["record_id"] for row in couples if _unclear(row)]
    found = [
        {"row_id": record_id, "broken": code, "batch_id": batch_id}
        for code, records in (("annulment_unclear", unclear), ("annulment_unsettled", unsettled))
        for record_id in records
    ]
    shape = pa.schema([(name, pa.string()) for name in ("row_id", "broken", "batch_id")])
    state_doubts(
        warehouse,
        pa.Table.from_pylist(found, shape),
        NOTE_CHECKS,
        of="batch_id = $batch_id",
        now=now,
        batch_id=batch_id,
    )
    schema = table_schemas()["events"]
    said = pa.schema([field for field in schema if field.name not in _OF_HISTORY])
    rows = pa.Table.from_pylist([event for row in couples for event in events_of(row)], said)
    return warehouse.conclude(
        "events", rows, within="batch_id = $batch_id", now=now, batch_id=batch_id
    )


def _unclear(couple: Mapping[str, Any]) -> bool:
    noted = read_annulment(couple["remark"] or "")
    return noted is not None and noted.manner is None


def events_of(couple: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that one verified record tells of: its own, and an annulment noted on it."""
    remark = couple["remark"] or ""
    shared = {
        name: couple[name]
        for name in (
            "record_id", "batch_id", "male_name", "female_name",
            "male_person_id", "female_person_id",
        )
    }  # fmt: skip
    yield shared | {
        "event_id": couple["record_id"],
        "event": couple["event"],
        "reissue": bool(couple["reissue"]),
        "event_date": couple["registration_date"],
        "certificate_number": couple["certificate_number"],
        "renewal": bool(_RENEWAL.search(remark)),
        "manner": None,
        "document": None,
    }
    noted = read_annulment(remark)
    if noted is not None and noted.manner is not None:
        yield shared | {
            "event_id": f"{couple['record_id']}/annulment",
            "event": "annulment",
            "reissue": False,
            "event_date": noted.day,
            "certificate_number": None,
            "renewal": False,
            "manner": str(noted.manner),
            "document": noted.document,
        }
