"""Lineage: the chain from a verified value back to ink on a page.

Scan, page, box, everything that was read there, everything that was keyed, how it was
weighed and who decided, and beside it what the register is believed to say of the person.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from records.errors import UsageError
from records.reading import ROLES, Box

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warehouse.store import Param, Warehouse

_Row = TypeVar("_Row")
_CORNERS = ("box_left", "box_top", "box_right", "box_bottom")


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedReading:
    """What one engine read in the field."""

    reading_id: str
    engine: str
    text: str
    value: str
    confidence: float
    decision: str
    flags: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEntry:
    """What one clerk (a pseudonym) keyed, and the sealed files it travelled in."""

    keying: int
    clerk: str
    text: str
    value: str | None
    mark: str
    keyed_at: datetime | None
    item_id: str
    submission_id: str
    package_id: str | None
    agreement_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedConsensus:
    """One weighing of the keyings and the machine's reading."""

    keyings: int
    value: str | None
    probability: float
    outcome: str
    machine_agrees: bool | None
    settled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedDecision:
    """One decision: by what (`source`) and on what ground (`reason`)."""

    reading_id: str
    value: str
    source: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedMatch:
    """One matching of the person; `evidence` and `flags` are the matching's own JSON."""

    person_id: str | None
    probability: float
    decision: str
    runner_up: str | None
    evidence: str
    flags: str | None
    model: str
    matched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedDifference:
    """What the register says differently of this field; the archive's text stands."""

    field: str
    archive_value: str | None
    register_value: str | None
    person_id: str
    note: str | None
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A verified value and everything it rests on.

    `scan_id` is the SHA-256 of the scanned file; `box` lies on the page after turning it by
    `rotation` degrees clockwise back; the current decision is `source`, `reason` and
    `decided_at`, all that were ever taken stand in `decisions`.
    """

    record_id: str
    field: str
    value: str
    source: str
    reason: str
    decided_at: datetime
    reading_id: str
    scan_id: str | None
    scan_file: str | None
    batch_id: str | None
    entered_at: datetime | None
    page_id: str
    page: int
    kind: str | None
    rotation: int | None
    row: int
    box: Box | None
    readings: tuple[TracedReading, ...]
    entries: tuple[TracedEntry, ...]
    consensus: tuple[TracedConsensus, ...]
    decisions: tuple[TracedDecision, ...]
    matches: tuple[TracedMatch, ...]
    differences: tuple[TracedDifference, ...]

    def as_json(self) -> dict[str, Any]:
        """The chain as a JSON object; moments in ISO 8601."""
        whole: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_plain))
        return whole


def trace(warehouse: Warehouse, record_id: str, field: str) -> Trace:
    """The chain behind one field of a verified record.

    Raises UsageError when the record doesn't exist or has no such field.
    """
    page_id = record_id.rpartition("/")[0]
    loaded = warehouse.query("page_loaded", page_id=page_id)["loaded_at"].to_pylist()
    moment = loaded[0] if loaded else None
    place = {"page_id": page_id, "loaded_at": moment}
    found = warehouse.query(
        "trace_value",
        record_id=record_id,
        field=field,
        scan_id=page_id.rpartition(":")[0],
        **place,
    ).to_pylist()
    if not found:
        raise UsageError(
            "unknown_value",
            what="没有这条已核定的值 · there is no such verified value",
            where=f"{record_id} {field}",
            remedy="核对记录号与字段名 · check the record's id and the field's name",
        )
    read = warehouse.query("trace_readings", field=field, **place).to_pylist()
    reading_id: str = found[0]["reading_id"]
    (own,) = [row for row in read if row["reading_id"] == reading_id]
    corners = [own[side] for side in _CORNERS]
    beside = [row for row in read if row["row"] == own["row"]]
    person = _person(record_id, field)

    def rows(kind: Callable[..., _Row], name: str, **params: Param) -> tuple[_Row, ...]:
        found = warehouse.query(name, loaded_at=moment, **params).to_pylist()
        return tuple(kind(**row) for row in found)

    return Trace(
        **found[0],
        row=own["row"],
        box=None if None in corners else Box(*corners),
        readings=tuple(_reading(row) for row in beside),
        entries=rows(TracedEntry, "trace_entries", reading_id=reading_id),
        consensus=rows(TracedConsensus, "trace_consensus", reading_id=reading_id),
        decisions=rows(
            TracedDecision, "trace_decisions", reading_ids=[row["reading_id"] for row in beside]
        ),
        matches=rows(TracedMatch, "trace_matches", record_id=person),
        differences=rows(TracedDifference, "trace_differences", record_id=person, field=field),
    )


def _reading(row: Mapping[str, Any]) -> TracedReading:
    return TracedReading(**{k: v for k, v in row.items() if k != "row" and k not in _CORNERS})


def _person(record_id: str, field: str) -> str:
    """The id under which the matching knows the party of a field; the record's for others."""
    role = field.partition(".")[0]
    return f"{record_id}/{role}" if role in ROLES else record_id


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
