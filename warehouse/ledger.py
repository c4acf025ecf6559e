"""The ledger: which step of a batch is done for which chunk, and what came of it.

It is the record of truth for going on after a crash. A line is written in the same
transaction as the work it speaks of, and never changed; the last line of a chunk and step
gives its state.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.schema import table_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from warehouse.store import Warehouse


class State(StrEnum):
    """How far a step is with a chunk."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line: `content_hash` names the result, `items` and `seconds` say what it took."""

    batch_id: str
    chunk_id: str
    step: str
    state: State
    recorded_at: datetime
    content_hash: str = ""
    items: int | None = None
    seconds: float | None = None


def enter(warehouse: Warehouse, lines: Iterable[LedgerLine]) -> int:
    """Enter `lines`; those that stand in the ledger already are left out."""
    rows = [asdict(line) | {"state": str(line.state)} for line in lines]
    return warehouse.merge("steps", pa.Table.from_pylist(rows, table_schemas()["steps"]))


def done(warehouse: Warehouse, *, batch_id: str, step: str) -> dict[str, str]:
    """Chunks for which `step` is done: chunk id → hash of the result."""
    rows = warehouse.query("step_states", batch_id=batch_id, step=step).to_pylist()
    return {row["chunk_id"]: row["content_hash"] for row in rows if row["state"] == State.DONE}
