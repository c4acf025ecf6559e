"""Accept: a batch's verified records are inspected by sampling, and judged as one lot.

A verdict is history: a lot that failed and was reworked is inspected again under a new
number, and the latest verdict holds.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.files import write_private
from flows.discretion import discreet_flow
from flows.inspection import read_sheet, write_sheet
from flows.installation import handed_over, installation
from keying.acceptance import draw_sample, judge_lot, sample_size
from records.errors import NotPermittedError, UsageError

if TYPE_CHECKING:
    from flows.installation import Installation
    from keying.acceptance import LotVerdict

PASSED, FAILED = "passed", "failed"


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
    write_private(out, write_sheet(row for name, row in lot.items() if name in drawn))
    here.note("lot.sampled", batch=batch_id, records=len(lot), sampled=len(drawn))
    return len(drawn)


@discreet_flow("accept-lot")
def accept(home_id: str, batch_id: str, *, sheet_token: str) -> str:
    """Judge a batch by the sheet behind the token; returns a token for the LotVerdict."""
    here = installation(home_id)
    lot = _lot(here, batch_id)
    inspected = read_sheet(handed_over.collect(sheet_token, Path), lot)
    with here.warehouse.transaction():
        judged_before = here.warehouse.query("lots_judged", batch_id=batch_id).num_rows
        lot_id = f"L-{batch_id}-{judged_before + 1:03}"
        verdict = judge_lot(lot_id, inspected, lot_size=len(lot))
        here.warehouse.merge("lots", _row(here, batch_id, verdict))
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
    judged = here.warehouse.query("lots_judged", batch_id=batch_id).to_pylist()
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


def _row(here: Installation, batch_id: str, verdict: LotVerdict) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "lot_id": verdict.lot_id,
                "batch_id": batch_id,
                "outcome": _outcome(verdict),
                "sampled": verdict.sampled,
                "wrong": verdict.wrong,
                "judged_at": here.clock(),
            }
        ],
        here.warehouse.schema("lots"),
    )


def _outcome(verdict: LotVerdict) -> str:
    return PASSED if verdict.passed else FAILED
