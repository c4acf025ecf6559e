"""Reviews: staff say who is meant where the match leaves doubt, and the model learns from it.

What an officer confirms stands, whatever is computed afterwards; it is kept beside the
machine's answers under the officer's fingerprint. A model learnt from such answers weighs the
batches that come; what was answered before keeps the model it was answered by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.identity import Role
from flows.concluding import chain_batch, compare_with_register
from matching.columns import array
from matching.learnt import as_text, from_text, places, relearnt
from matching.model import VERSION, starting_parameters
from records.errors import UsageError

if TYPE_CHECKING:
    from flows.installation import Installation
    from matching.index import RegisterIndex
    from matching.model import Parameters

#: The model of an answer that a person gave.
STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Who an officer says is meant by a record; None for somebody not in the register.

    `by` is the fingerprint of the officer's identity.
    """

    record_id: str
    person_id: str | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A model that was learnt, and from how many confirmed answers."""

    version: str
    confirmed: int


def confirm(here: Installation, answer: Confirmed) -> str:
    """Keep an officer's answer; returns the batch's id.

    Raises UsageError for a record that was never matched or a person who is not in the
    register, NotPermittedError when the officer's card is not trusted.
    """
    officer = here.trusted.find(answer.by, role=Role.OFFICER).fingerprint[:16]
    before = here.warehouse.query("match_of_record", record_id=answer.record_id).to_pylist()
    if not before:
        raise UsageError(
            "unknown_record",
            what="没有该记录的比对结果 · no answer for this record",
            where=answer.record_id,
            remedy="backfill match queue",
        )
    if answer.person_id is not None:
        _require_person(_register(here), answer.person_id)
    batch_id = str(before[0]["batch_id"])
    row = _row(here, answer, batch_id, officer)
    with here.warehouse.transaction():
        fresh = here.warehouse.merge("matches", row, ("record_id", "model", "matched_at"))
        here.note(
            "match.confirmed",
            batch=batch_id,
            by=officer,
            matches=fresh,
            differences=compare_with_register(here, batch_id),
        )
        chain_batch(here, batch_id)
    return batch_id


def _row(here: Installation, answer: Confirmed, batch_id: str, officer: str) -> pa.Table:
    found = answer.person_id is not None
    row: dict[str, Any] = {
        "batch_id": batch_id,
        "record_id": answer.record_id,
        "person_id": answer.person_id,
        "probability": float(found),
        "decision": "match" if found else "none",
        "runner_up": None,
        "evidence": "{}",
        "model": STAFF,
        "matched_at": here.clock(),
        "worth": 0.0,
        "flags": "[]",
        "decided_by": officer,
    }
    return pa.Table.from_pylist([row], schema=here.warehouse.schema("matches"))


def _register(here: Installation) -> RegisterIndex:
    if here.register is None:
        raise UsageError(
            "no_register",
            what="馆库没有人口登记索引 · this home has no register index",
            remedy="backfill register build FILE --home DIR",
        )
    return here.register


def _require_person(register: RegisterIndex, person_id: str) -> None:
    if places(array([person_id]), register.person_ids)[0] < 0:
        raise UsageError(
            "unknown_person",
            what="人口登记中没有这个编号 · nobody in the register has this id",
            where=person_id,
            remedy="编号见 match explain · for the ids see match explain",
        )


def learn_model(here: Installation) -> NewModel:
    """Learn a model from all confirmed answers and the batches that they are of.

    Raises UsageError when nothing was confirmed yet.
    """
    register = _register(here)
    confirmed = here.warehouse.query("matches_confirmed")
    if not confirmed.num_rows:
        raise UsageError(
            "nothing_confirmed",
            what="还没有认定过 · no answer has been confirmed yet",
            remedy="backfill match confirm RECORD",
        )
    columns: Any = confirmed
    batches = sorted(set(columns["batch_id"].to_pylist()))
    people = pa.concat_tables(
        [here.warehouse.query("certificates", batch_id=batch_id) for batch_id in batches]
    )
    start = starting_parameters(register.known.married)
    learnt = relearnt(people, register, confirmed, start)
    row = {
        "version": learnt.model.version,
        "parameters": as_text(learnt.model),
        "confirmed": learnt.confirmed,
        "learnt_at": here.clock(),
    }
    with here.warehouse.transaction():
        rows = pa.Table.from_pylist([row], schema=here.warehouse.schema("match_models"))
        here.warehouse.merge("match_models", rows)
        here.note("model.learnt", model=learnt.model.version, confirmed=learnt.confirmed)
    return NewModel(version=learnt.model.version, confirmed=learnt.confirmed)


def present_model(here: Installation) -> Parameters | None:
    """The newest model learnt for this version of the program; None while there is none."""
    found = here.warehouse.query("match_model_newest", versions=f"{VERSION}-%").to_pylist()
    return from_text(found[0]["parameters"], "match_models") if found else None
