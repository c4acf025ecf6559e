"""Pictures of fields for people outside: cut from the scans and drawn plainly."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.originals import as_path, require_unchanged
from flows.progress import progress
from ocr.plain import plain
from ocr.snippets import page_pixels, png
from records.reading import Box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.installation import Installation

Row = dict[str, Any]


def cut_snippets(here: Installation, packages: Iterable[list[Row]], title: str) -> dict[str, bytes]:
    """Reading id → PNG of each field, every page opened once.

    Raises InputError (`scan_changed`) for an original that is not what intake entered.
    """
    by_page: defaultdict[tuple[str, int, int, str], list[Row]] = defaultdict(list)
    sources: dict[str, str] = {}
    for row in chain.from_iterable(packages):
        by_page[row["source"], row["page"], row["rotation"], row["page_id"]].append(row)
        sources[row["source"]] = row["scan_id"]
    for source, scan_id in sources.items():
        require_unchanged(scan_id, as_path(source))
    beside = _boxes(here, {page_id for *_, page_id in by_page})
    pictures: dict[str, bytes] = {}
    with progress(title, len(by_page)) as bar:
        for (source, page, rotation, page_id), fields in by_page.items():
            upright = page_pixels(as_path(source), page, rotation)
            pictures |= {
                row["reading_id"]: png(plain(upright, _box(row), beside[page_id])) for row in fields
            }
            bar.update(1)
    return pictures


def _boxes(here: Installation, page_ids: set[str]) -> dict[str, list[Box]]:
    """Page → where its fields stand, those too that nobody is to key."""
    asked = pa.table({"page_id": pa.array(sorted(page_ids), pa.string())})
    found: dict[str, list[Box]] = {page_id: [] for page_id in page_ids}
    for row in here.warehouse.query_about("boxes_of_pages", asked).to_pylist():
        found[row["page_id"]].append(_box(row))
    return found


def _box(row: Row) -> Box:
    return Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"])
