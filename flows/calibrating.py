"""Calibrate: the reader's confidence fitted and audited on the archive's own pages.

A sample of the fields is keyed blind like any other work. One part of the answers fits the
confidence, the other shows how often a field that would be accepted is wrong; an era and
hand opens where the exact bound of that share is low enough. The sample stands in the
warehouse before anything is planned, so a second start goes on where the first stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.calibration_store import CLOSED, KEY, OPEN, Calibration, Stratum, latest, save
from flows.discretion import discreet_flow, discreet_task
from flows.installation import handed_over, installation
from flows.policy import CAUTIOUS
from flows.release import propose
from keying.chance import SecretRandom
from keying.stratified import AUDIT, FIT, Drawable, audit, draw
from ocr.confidence import model
from ocr.model_files import fingerprints, reader_id
from ocr.recalibration import Checked, Recalibration, refit
from records.reading import Decision, FieldReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.installation import Installation

#: The register's word is no part of what is fitted.
_BY_REGISTER = frozenset({"register_corroborated", "register_differs"})
#: The keyings can't say it; only staff can.
_UNRESOLVED = "unresolved"
#: Of three fields that are drawn, two are audited.
_AUDITED = 2 / 3

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch's sample is: drawn, packed for clerks, settled, left open by keyings."""

    batch_id: str
    drawn: int
    packed: int
    settled: int
    unresolved: int

    @property
    def complete(self) -> bool:
        """Whether every field is settled or can be settled by staff alone."""
        return self.settled + self.unresolved == self.drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where calibration stands: the newest version, and the samples it draws on."""

    calibration: Calibration | None
    new: bool
    samples: tuple[Progress, ...]


@discreet_task("draw-sample")
def draw_sample(home_id: str, batch_id: str, agreement_id: str, size: int) -> int:
    """Draw the fields of a batch that the agreement lets be keyed, once; returns how many."""
    here = installation(home_id)
    permitted = here.agreements.get(agreement_id).agreement.fields
    drawn = [row for row in _answers(here) if row["batch_id"] == batch_id]
    if drawn:
        return len(drawn)
    rows = here.warehouse.query("fields_to_draw", batch_id=batch_id).to_pylist()
    pool = [
        Drawable(
            field_id=row["reading_id"],
            page_id=row["page_id"],
            stratum=(row["era"], row["hand"]),
            tail=row["tail"],
        )
        for row in rows
        if row["field"] in permitted
    ]
    chance = SecretRandom(here.home_key.derive("calibration"), batch_id)
    reader, now = reader_id(), here.clock()
    sample = [
        {
            "batch_id": batch_id,
            "reading_id": each.field_id,
            "part": each.part,
            "era": each.stratum[0],
            "hand": each.stratum[1],
            "reader": reader,
            "drawn_at": now,
        }
        for each in draw(pool, size, chance)
    ]
    schema = here.warehouse.schema("calibration_samples")
    with here.warehouse.transaction():
        here.warehouse.merge("calibration_samples", pa.Table.from_pylist(sample, schema))
        here.note("calibration.drawn", batch=batch_id, fields=len(sample))
    return len(sample)


@discreet_flow("calibrate-batch")
def draw_and_propose(home_id: str, batch_id: str, agreement_id: str, size: int) -> int:
    """Draw a batch's sample and plan its keyings, the third ones too where two differ.

    Clerks get ordinary work items. Returns the number of fields drawn.
    """
    drawn = draw_sample(home_id, batch_id, agreement_id, size)
    if drawn:
        propose(home_id, batch_id, agreement_id, waiting="sample_to_key")
        propose(home_id, batch_id, agreement_id, arbitration=True, waiting="sample_to_arbitrate")
    return drawn


@discreet_flow("conclude-calibration")
def conclude(home_id: str, made_by: str, allowed: float) -> str:
    """Fit and audit what has come back; returns a token for the Outcome.

    Only samples of this reader count, and only whole ones. Where nothing was added since
    the newest version, that one stands: looking again is not auditing again.
    """
    here = installation(home_id)
    reader = reader_id()
    rows = [row for row in _answers(here) if row["reader"] == reader]
    samples = _progress(here, rows)
    whole = {each.batch_id for each in samples if each.complete}
    answered = [row for row in rows if row["batch_id"] in whole]
    before = latest(here.home, here.home_key)
    found = before
    if answered and (before is None or before.sample != _digest(answered, allowed)):
        found = _calibrated(here, answered, (reader, made_by, allowed), before)
        save(here.home, here.home_key, found)
        here.note(
            "calibration.made",
            calibration=found.label,
            fields=len(answered),
            opened=len(found.named(OPEN)),
        )
    return handed_over.leave(Outcome(calibration=found, new=found is not before, samples=samples))


def _answers(here: Installation) -> list[Row]:
    return here.warehouse.query("calibration_answers").to_pylist()


def _progress(here: Installation, rows: Sequence[Row]) -> tuple[Progress, ...]:
    by_batch: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_batch[row["batch_id"]].append(row)
    found = []
    for batch_id, drawn in by_batch.items():
        waiting = here.warehouse.query("sample_to_key", batch_id=batch_id).num_rows
        states = Counter(_state(row) for row in drawn)
        found.append(
            Progress(
                batch_id=batch_id,
                drawn=len(drawn),
                packed=len(drawn) - waiting,
                settled=states["settled"],
                unresolved=states[_UNRESOLVED],
            )
        )
    return tuple(found)


def _state(row: Row) -> str:
    if row["keyed"] is not None or row["outcome"] in {"agreed", "arbitrated"}:
        return "settled"
    return _UNRESOLVED if row["outcome"] == _UNRESOLVED else "waiting"


def _right(row: Row) -> bool:
    """Whether people bore the machine's value out; what they couldn't settle counts as wrong."""
    return row["keyed"] is not None and _bare(row["keyed"]) == _bare(row["value"])


def _bare(value: str) -> str:
    return "".join(value.split())


def _digest(rows: Sequence[Row], allowed: float) -> str:
    lines = [f"{row['reading_id']} {row['part']} {_right(row)}" for row in rows]
    return hashlib.sha256("\n".join([str(allowed), *sorted(lines)]).encode()).hexdigest()


def _calibrated(
    here: Installation,
    rows: Sequence[Row],
    told: tuple[str, str, float],
    before: Calibration | None,
) -> Calibration:
    reader, made_by, allowed = told
    version = before.version + 1 if before else 1
    to_fit = [row for row in rows if row["part"] == FIT and not _flags(row) & _BY_REGISTER]
    change = refit([_checked(row) for row in to_fit])
    line = max(model().accept_at, CAUTIOUS.floor)
    strata = sorted({(row["era"], row["hand"]) for row in rows})
    return Calibration(
        version=version,
        made_at=here.clock().isoformat(),
        made_by=made_by,
        reader=reader,
        models=fingerprints(),
        batches=tuple(sorted({row["batch_id"] for row in rows})),
        pages=tuple(sorted({f"{row['scan_id']}:{row['page']}" for row in rows})),
        sample=_digest(rows, allowed),
        unsettled=sum(_state(row) == _UNRESOLVED for row in rows),
        allowed=allowed,
        accept_at=line,
        change=change,
        strata=tuple(
            _stratum(
                [row for row in rows if (row["era"], row["hand"]) == stratum],
                change=change,
                line=line,
                allowed=allowed,
                look=version,
            )
            for stratum in strata
        ),
    )


def _stratum(
    rows: Sequence[Row], *, change: Recalibration, line: float, allowed: float, look: int
) -> Stratum:
    """The audit of one era and hand."""
    audited = [row for row in rows if row["part"] == AUDIT]
    accepted = [row for row in audited if _confidence(row, change) >= line]
    shown = audit(
        sum(not _right(row) for row in accepted), len(accepted), allowed=allowed, look=look
    )
    # So many fields must be drawn for one that is audited and accepted.
    each = max(1, len(audited)) / max(1, len(accepted)) / _AUDITED
    return Stratum(
        era=rows[0]["era"],
        hand=rows[0]["hand"],
        fit=len(rows) - len(audited),
        audited=len(audited),
        accepted=shown.accepted,
        wrong=shown.wrong,
        lower=shown.lower,
        upper=shown.upper,
        level=shown.level,
        outcome=OPEN if shown.opens else CLOSED if shown.fails else KEY,
        missing=ceil(shown.missing * each),
    )


def _confidence(row: Row, change: Recalibration) -> float:
    """The confidence under the change; what the register says is left as it is."""
    if _flags(row) & _BY_REGISTER:
        return float(row["confidence"])
    return change.of(_reading(row), row["era"], row["hand"])


def _checked(row: Row) -> Checked:
    return Checked(reading=_reading(row), era=row["era"], hand=row["hand"], right=_right(row))


def _reading(row: Row) -> FieldReading:
    return FieldReading(
        name=row["field"],
        row=row["row"] or None,
        text=row["text"],
        value=row["value"],
        confidence=row["confidence"],
        decision=Decision.KEY,
        box=None,
        flags=_flags(row),
        evidence=tuple(json.loads(row["evidence"]).items()),
    )


def _flags(row: Row) -> frozenset[str]:
    return frozenset(json.loads(row["flags"] or "[]"))
