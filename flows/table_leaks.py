"""Which share a table comes from that turned up somewhere: by its row numbers, or its order.

A row number names its share. Where the numbers are gone, rows are known again by their
values, and the order they stand in is compared with the order of every share that held them;
an order that agrees by chance is a matter of one in millions (Pitman's permutation test).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from statistics import NormalDist, correlation
from typing import TYPE_CHECKING

import pyarrow as pa

from confidentiality.files import open_regular, read_at_most
from flows.share import share_key
from records.errors import InputError
from records.reading import FIELD_NAMES
from warehouse.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flows.installation import Installation

_ROW = re.compile(r"r[0-9a-f]{15}")
_LARGEST = 1 << 30
_ENCODINGS = ("utf-8-sig", "gb18030")
#: Standard deviations from which an order counts as a share's own.
_FOUND = 5.0
_FEWEST = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTrace:
    """A share that a table was found to come from.

    `mark` is `row_id` or `order`; `rows` how many rows speak for it; `false_alarm` the
    probability that a table of another origin would be taken for one of all the shares.
    """

    share_id: str
    department: str
    mark: str
    rows: int
    false_alarm: float


def trace_table(here: Installation, path: Path) -> tuple[TableTrace, ...]:
    """The shares that a CSV comes from, the likeliest first; none when nothing is found.

    Raises InputError for a file that is no table.
    """
    rows = _read(path)
    cells = [[unguarded(cell) for cell in row] for row in rows]
    by_number = _by_number(here, cells)
    found = by_number or _by_order(here, cells)
    here.note("table.traced", rows=len(rows), found=len(found))
    return found


def _read(path: Path) -> list[list[str]]:
    with open_regular(path) as stream:
        data = read_at_most(stream, _LARGEST, where=path.name)
    for encoding in _ENCODINGS:
        try:
            return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))
        except (UnicodeDecodeError, csv.Error):
            continue
    raise InputError(
        "not_a_table",
        what="不是可读的 CSV · this is no CSV that can be read",
        where=path.name,
        remedy="另存为 CSV（UTF-8） · save it as CSV in UTF-8",
    )


def _by_number(here: Installation, cells: Sequence[Sequence[str]]) -> tuple[TableTrace, ...]:
    numbers = sorted({cell for row in cells for cell in row if _ROW.fullmatch(cell)})
    asked = pa.table({"row_id": pa.array(numbers, pa.string())})
    rows = here.warehouse.query_about("shares_of_rows", asked).to_pylist()
    return tuple(
        TableTrace(
            share_id=row["share_id"],
            department=row["department"],
            mark="row_id",
            rows=row["rows"],
            # A number of 60 bits that nobody was given.
            false_alarm=min(1.0, len(numbers) * row["given"] / 2**60),
        )
        for row in rows
    )


def _by_order(here: Installation, cells: Sequence[Sequence[str]]) -> tuple[TableTrace, ...]:
    records = _known_again(here, cells)
    shares = here.warehouse.query("share_members").to_pylist()
    found = [each for each in _orders(here, records, shares) if each.rows]
    return tuple(sorted(found, key=lambda each: each.false_alarm))


def _orders(
    here: Installation, records: Sequence[str], shares: Sequence[dict[str, str]]
) -> Iterator[TableTrace]:
    asked = pa.table({"record_id": pa.array(records, pa.string())})
    for share in shares:
        held = here.warehouse.query_about("rows_in_share", asked, share_id=share["share_id"])
        members = set(held["record_id"].to_pylist())
        here_in = [record for record in records if record in members]
        if len(here_in) < _FEWEST:
            continue
        key = share_key(here, share["share_id"]).hex()
        places = [_place(key, record) for record in here_in]
        deviations = correlation(range(len(places)), places) * math.sqrt(len(places) - 1)
        if deviations >= _FOUND:
            yield TableTrace(
                share_id=share["share_id"],
                department=share["department"],
                mark="order",
                rows=len(here_in),
                false_alarm=min(1.0, len(shares) * NormalDist().cdf(-deviations)),
            )


def _place(key: str, record_id: str) -> float:
    """Where a record stands in a share, as `share_chosen` orders it."""
    return float(int(sha256(f"{key} order {record_id}".encode()).hexdigest()[:15], 16))


def _known_again(here: Installation, cells: Sequence[Sequence[str]]) -> list[str]:
    """The records of the table's rows in its order, of those that only one record can be."""
    if not cells:
        return []
    fields = [name for name in cells[0] if name in FIELD_NAMES]
    at = [cells[0].index(name) for name in fields]
    columns = ", ".join(
        f"coalesce(any_value(value) FILTER (field = '{name}'), '')" for name in fields
    )
    if not fields:
        return []
    known = here.warehouse.select(
        f"SELECT record_id, [{columns}] AS told FROM verified_values "  # noqa: S608 - our own names
        "SEMI JOIN share_rows USING (record_id) "
        "WHERE list_contains($fields, field) GROUP BY record_id",
        fields=fields,
    )
    told = [tuple(values or ()) for values in known["told"].to_pylist()]
    times = Counter(told)
    record_of = dict(zip(told, map(str, known["record_id"].to_pylist()), strict=True))
    read = [tuple(row[place] for place in at) for row in cells[1:] if len(row) == len(cells[0])]
    rows = [record_of[each] for each in read if times[each] == 1]
    return list(dict.fromkeys(rows))
