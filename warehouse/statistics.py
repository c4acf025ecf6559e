"""Counts of records that may be given out: no small cell, no total, nothing exact.

A cell of few records tells of people; a total and its other cells tell a cell; two editions
of an exact table tell, by their difference, who came between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from records.errors import UsageError
from warehouse.answers import table_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from warehouse.share import ShareFilter
    from warehouse.store import Warehouse

STATISTICS_FORMAT = "backfill-statistics/1"
#: A cell with fewer records is not given.
LEAST_CELL = 10
#: Given counts are rounded up to a multiple of this.
ROUNDED_TO = 5
MOST_DIMENSIONS = 3
#: What may be counted by, and the field that it tells of.
DIMENSIONS: Mapping[str, str] = {
    "kind": "registration_date",
    "era": "registration_date",
    "year": "registration_date",
    "decade": "registration_date",
    "office": "office",
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "kind": ("表格种类", "kind of form"),
    "era": ("年代", "era"),
    "year": ("登记年份", "year of registration"),
    "decade": ("登记年代", "decade of registration"),
    "office": ("登记机关", "office"),
    "records": ("件数，进位到 5 的倍数", "records, rounded up to a multiple of 5"),
}

Row = dict[str, Any]


def given_cells(cells: Iterable[Mapping[str, Any]]) -> tuple[list[Row], int]:
    """The cells that may be given, rounded, and how many were kept back."""
    given: list[Row] = []
    kept_back = 0
    for cell in cells:
        if cell["records"] < LEAST_CELL:
            kept_back += 1
        else:
            given.append({**cell, "records": -(-cell["records"] // ROUNDED_TO) * ROUNDED_TO})
    return given, kept_back


def statistics(
    warehouse: Warehouse,
    by: Sequence[str],
    chosen: ShareFilter,
    about: Mapping[str, Any],
    *,
    now: datetime,
) -> tuple[dict[str, bytes], int]:
    """The content of a table of counts for a department, and how many cells it gives.

    `about` goes into the descriptor. Raises UsageError for other dimensions than may be.
    """
    if not 0 < len(by) <= MOST_DIMENSIONS or len(set(by)) < len(by) or set(by) - set(DIMENSIONS):
        raise UsageError(
            "bad_dimensions",
            what=f"须为一至三个不同维度 · one to {MOST_DIMENSIONS} different dimensions",
            where=", ".join(by),
            remedy=", ".join(DIMENSIONS),
        )
    scope = chosen.params()
    bounds = {name: scope[name] for name in ("kinds", "registered_from", "registered_to")}
    cells = warehouse.query("statistics_cells", by=list(by), **bounds).to_pylist()
    given, kept_back = given_cells(cells)
    columns = [*by, "records"]
    table = pa.table(
        {name: pa.array([str(cell[name]) for cell in given], pa.string()) for name in columns}
    )
    told = {
        "format": STATISTICS_FORMAT,
        **about,
        "records": len(given),
        "cells_kept_back": kept_back,
        "least_cell": LEAST_CELL,
        "rounded_up_to": ROUNDED_TO,
    }
    words = {name: _WORDS[name] for name in columns}
    return table_package("statistics", table, words, told, now=now), len(given)
