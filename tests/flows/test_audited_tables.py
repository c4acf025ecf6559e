"""Every table of the warehouse is held against the audit log, or it is said why not."""

from __future__ import annotations

import re
from pathlib import Path

from flows.auditing import _SPEAKS_OF
from warehouse.tables import TABLE_KEYS

ROOT = Path(__file__).parents[2]
QUERY = (ROOT / "warehouse" / "queries" / "audited_rows.sql").read_text()
#: Tables without entries of their own, and why a row put there past the software is none to fear.
APART = {
    "pages": "a page counts for nothing without readings, which are counted",
    "events": "concluded from records again at each run",
    "event_links": "concluded from events again at each run",
    "quarantine": "what was set aside takes part in nothing",
    "canaries": "planted items are items of packages, which are counted",
    "comparison_probes": "keyed digests of questions; a row more refuses, a row fewer does not hide"
    " the comparison",
    "audit_anchors": "heads of the log of an earlier version; nothing reads them",
}


def test_each_table_is_counted_or_apart_for_a_reason():
    counted = set(re.findall(r"(?:FROM|JOIN) ([a-z_]+)", QUERY))
    assert counted | set(APART) == set(TABLE_KEYS)
    assert not counted & (set(APART) - {"pages"})


def test_each_kind_of_row_is_spoken_of_by_an_event():
    asked = set(re.findall(r"SELECT\s+(?:DISTINCT\s+)?'([a-z-]+)'", QUERY))
    spoken = {kind for kinds in _SPEAKS_OF.values() for kind, *_ in kinds}
    assert asked
    assert asked == spoken
