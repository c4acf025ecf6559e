"""The tables of the warehouse, and the columns by which a row is known again.

Tables only grow: a row is history and is never changed. The keys here serve merging
(a row whose key is present is left out); they aren't primary keys, because a key index
makes loading a million rows thirteen times slower.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "batches": ("batch_id",),
        "scans": ("batch_id", "scan_id", "source"),
        "pages": ("page_id",),
        "readings": ("reading_id",),
        "steps": ("batch_id", "chunk_id", "step", "state", "recorded_at"),
        "matches": ("record_id", "model", "decision", "probability"),
        "match_models": ("version",),
        "differences": ("record_id", "field", "person_id", "turn"),
        "packages": ("package_id",),
        "work_items": ("item_id",),
        "canaries": ("item_id",),
        "joining_risks": ("package_id", "extent", "target", "attack", "measured_at"),
        "submissions": ("submission_id",),
        "entries": ("submission_id", "item_id", "keying"),
        "consensus": ("reading_id", "keyings"),
        "decisions": ("reading_id", "source", "value", "turn"),
        "lots": ("lot_id", "outcome"),
        "records": ("record_id",),
        "record_values": ("record_id", "field", "reading_id", "source", "decided_at"),
        "shares": ("share_id",),
        "share_rows": ("share_id", "row_id"),
        "audit_anchors": ("head",),
        "events": ("event_id", "turn"),
        "event_links": ("event_id", "linked_to", "relation", "turn"),
        "calibration_samples": ("reading_id",),
        "comparisons": ("comparison_id",),
        "comparison_answers": ("comparison_id", "place", "record_id"),
        "comparison_probes": ("comparison_id", "probe"),
        "receipts": ("receipt_id",),
        "corrections": ("correction_id", "item"),
        "correction_decisions": ("correction_id", "item", "decided_at"),
        "quarantine": ("table_name", "row_id", "broken", "turn"),
        "page_notes": ("page_id", "code", "other"),
        "volumes": ("archive_code",),
        "volume_records": ("record_id",),
        "handovers": ("manifest_sha256", "archive_code"),
    }
)

#: Tables whose rows are about a page, and the column that begins with the page's id: merged rows
#: take over the moment at which their page was loaded (`loaded_at`).
ABOUT_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "work_items": "reading_id",
        "entries": "reading_id",
        "consensus": "reading_id",
        "matches": "record_id",
        "differences": "record_id",
    }
)

#: Tables of what is concluded from other rows, and the column that says when. A row stands until
#: the row of the next `turn` says otherwise.
CONCLUDED: Mapping[str, str] = MappingProxyType(
    {
        "events": "noted_at",
        "event_links": "linked_at",
        "quarantine": "noted_at",
        "differences": "noted_at",
    }
)

#: Which column names a row of which other table: table, column, the table it leads to.
REFERENCES = (
    ("scans", "batch_id", "batches"),
    ("pages", "scan_id", "scans"),
    ("readings", "page_id", "pages"),
    ("steps", "batch_id", "batches"),
    ("matches", "batch_id", "batches"),
    ("packages", "batch_id", "batches"),
    ("work_items", "reading_id", "readings"),
    ("work_items", "package_id", "packages"),
    ("canaries", "item_id", "work_items"),
    ("canaries", "reading_id", "readings"),
    ("submissions", "package_id", "packages"),
    ("entries", "submission_id", "submissions"),
    ("entries", "item_id", "work_items"),
    ("consensus", "reading_id", "readings"),
    ("decisions", "reading_id", "readings"),
    ("lots", "batch_id", "batches"),
    ("records", "page_id", "pages"),
    ("record_values", "record_id", "records"),
    ("record_values", "reading_id", "readings"),
    ("share_rows", "share_id", "shares"),
    ("share_rows", "record_id", "records"),
    ("events", "record_id", "records"),
    ("events", "batch_id", "batches"),
    ("event_links", "event_id", "events"),
    ("calibration_samples", "batch_id", "batches"),
    ("calibration_samples", "reading_id", "readings"),
    ("comparison_answers", "comparison_id", "comparisons"),
    ("comparison_probes", "comparison_id", "comparisons"),
    ("receipts", "share_id", "shares"),
    ("corrections", "share_id", "shares"),
    ("corrections", "record_id", "records"),
    ("quarantine", "batch_id", "batches"),
    ("page_notes", "batch_id", "batches"),
    ("page_notes", "page_id", "pages"),
    ("volumes", "batch_id", "batches"),
    ("volume_records", "record_id", "records"),
    ("volume_records", "archive_code", "volumes"),
    ("handovers", "archive_code", "volumes"),
)


def known_table(name: str) -> str:
    """`name`, when it is a table of the warehouse; else raises UsageError."""
    if name not in TABLE_KEYS:
        raise UsageError(
            "unknown_table",
            what=f"The warehouse has no table {name!r}",
            remedy=f"Tables are {', '.join(TABLE_KEYS)}.",
        )
    return name
