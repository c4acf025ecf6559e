"""Accept: a batch's verified records are inspected by sampling, and judged as one lot.

A lot is named by what was verified and what was drawn, so that nothing but the drawn
records, as they stand, can be judged. Verdicts are history; the latest holds.
"""

from __future__ import annotations

import random
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.files import write_private
from flows.discretion import discreet_flow
from flows.inspection import read_sheet, write_sheet
from flows.installation import handed_over, installation
from keying.acceptance import draw_sample, judge_lot, sample_size
from records.errors import InputError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.installation import Installation
    from keying.acceptance import LotVerdict

DRAWN, PASSED, FAILED = "drawn", "passed", "failed"


@discreet_flow("sample-lot")
def sample(home_id: str, batch_id: str, *, out_token: str, chance_token: str) -> int:
    """Write the sheet of the records to inspect; returns how many there are.

    The tokens stand for the sheet's path and the source of chance.
    """
    here = installation(home_id)
    out = handed_over.collect(out_token, Path)
    chance = handed_over.collect(chance_token, random.Random)
    lot = _lot(here, batch_id)
    drawn = set(draw_sample(lot, sample_size(len(lot)), chance))
    lot_id = _lot_id(here, batch_id, drawn)
    with here.warehouse.transaction():
        here.warehouse.merge("lots", _line(here, batch_id, lot_id, DRAWN, sampled=len(drawn)))
        here.note("lot.sampled", batch=batch_id, lot=lot_id, records=len(lot), sampled=len(drawn))
    write_private(out, write_sheet(row for name, row in lot.items() if name in drawn))
    return len(drawn)


@discreet_flow("accept-lot")
def accept(home_id: str, batch_id: str, *, sheet_token: str) -> str:
    """Judge a batch by the sheet behind the token; returns a token for the LotVerdict."""
    here = installation(home_id)
    lot = _lot(here, batch_id)
    inspected = read_sheet(handed_over.collect(sheet_token, Path), lot)
    lot_id = _lot_id(here, batch_id, inspected)
    verdict = judge_lot(lot_id, inspected, lot_size=len(lot))
    with here.warehouse.transaction():
        _require_drawn(here, batch_id, lot_id)
        _record(here, batch_id, verdict)
        here.note(
            "lot.judged",
            batch=batch_id,
            lot=lot_id,
            outcome=_outcome(verdict),
            records=verdict.lot_size,
            sampled=verdict.sampled,
            wrong=verdict.wrong,
        )
    return handed_over.leave(verdict)


def require_not_failed(here: Installation, batch_id: str) -> None:
    """Raise NotPermittedError (`lot_failed`) when the latest verdict on the batch is a failure.

    A batch that was never inspected passes.
    """
    judged = _verdicts(here, batch_id)
    if judged and judged[0]["outcome"] == FAILED:
        raise NotPermittedError(
            "lot_failed",
            what="本批最近一次验收不合格，不得共享 · "
            "the batch failed its latest inspection and may not be shared",
            where=str(judged[0]["lot_id"]),
            remedy="返工后重新抽检 · rework it, then backfill sample and backfill accept",
        )


def _lot(here: Installation, batch_id: str) -> dict[str, dict[str, Any]]:
    """Record → its row on the sheet, in the order of the scans."""
    rows = here.warehouse.query("lot_records", batch_id=batch_id).to_pylist()
    if not rows:
        raise UsageError(
            "nothing_to_inspect",
            what="还没有可抽检的核实记录 · no record of this batch is verified yet",
            where=batch_id,
            remedy="backfill status",
        )
    return {
        str(row["record_id"]): {
            "record_id": row["record_id"],
            "file": Path(row["source"]).name,
            "page": row["page"],
            "row": row["row"],
        }
        for row in rows
    }


def _lot_id(here: Installation, batch_id: str, drawn: Iterable[str]) -> str:
    """A name for what is verified of the batch now, and the records drawn of it."""
    state = here.warehouse.query("share_state", batch_id=batch_id).to_pylist()[0]
    as_of = state["as_of"].astimezone(UTC).isoformat()
    known = "\n".join([f"{state['records']} {state['entries']} {as_of}", *sorted(drawn)])
    return f"L-{batch_id}-{sha256(known.encode()).hexdigest()[:12]}"


def _require_drawn(here: Installation, batch_id: str, lot_id: str) -> None:
    lots = here.warehouse.query("lots_of_batch", batch_id=batch_id).to_pylist()
    if not any(row["lot_id"] == lot_id and row["outcome"] == DRAWN for row in lots):
        raise InputError(
            "not_the_sample",
            what="表中不是抽出的那些件，或抽样后本批记录有变 · these are not the records that "
            "were drawn, or the batch has changed since",
            where=batch_id,
            remedy="填全原表；有变则重新抽样 · fill the whole sheet in, or backfill sample again",
        )


def _record(here: Installation, batch_id: str, verdict: LotVerdict) -> None:
    """Enter a verdict; the same one twice in a row is entered once."""
    latest = _verdicts(here, batch_id)[:1]
    this = (verdict.lot_id, _outcome(verdict), verdict.wrong)
    if this not in [(row["lot_id"], row["outcome"], row["wrong"]) for row in latest]:
        line = _line(
            here,
            batch_id,
            verdict.lot_id,
            _outcome(verdict),
            sampled=verdict.sampled,
            wrong=verdict.wrong,
        )
        here.warehouse.append("lots", line)


def _verdicts(here: Installation, batch_id: str) -> list[dict[str, Any]]:
    lots = here.warehouse.query("lots_of_batch", batch_id=batch_id).to_pylist()
    return [row for row in lots if row["outcome"] != DRAWN]


def _line(
    here: Installation, batch_id: str, lot_id: str, outcome: str, *, sampled: int, wrong: int = 0
) -> pa.Table:
    row = {
        "lot_id": lot_id,
        "batch_id": batch_id,
        "outcome": outcome,
        "sampled": sampled,
        "wrong": wrong,
        "judged_at": here.clock(),
    }
    return pa.Table.from_pylist([row], here.warehouse.schema("lots"))


def _outcome(verdict: LotVerdict) -> str:
    return PASSED if verdict.passed else FAILED
