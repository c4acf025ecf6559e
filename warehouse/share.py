"""Verified records for another department: the agreed fields, and where they came from.

The result is the content of a sealed file, not the file: sealing it, and whether it may
leave, are decided elsewhere. Rows and pages bear names of this share alone, so that two
shares have no key in common; the warehouse keeps which record a row is.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from records.errors import UsageError
from records.reading import FIELD_NAMES
from warehouse.datapackage import DESCRIPTOR, descriptor, recipient_line
from warehouse.schema import table_schemas
from warehouse.spreadsheet import MOST_ROWS, csv_bytes, workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from warehouse.store import Param, Warehouse

RECORDS, TABLE, BOOK, LINEAGE = (
    "records.parquet",
    "records.csv",
    "records.xlsx",
    "lineage.parquet",
)
_RECORDS_OF_PIECE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFilter:
    """Which records are meant; empty means all.

    `registered_from` and `registered_to` are ISO dates of any precision, both included.
    """

    batch_ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    eras: tuple[str, ...] = ()
    registered_from: str = ""
    registered_to: str = ""

    def params(self) -> dict[str, Param]:
        """The filter as parameters of `share_chosen`."""
        return {
            "batch_ids": self.batch_ids,
            "kinds": self.kinds,
            "eras": self.eras,
            "registered_from": self.registered_from,
            "registered_to": self.registered_to,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTerms:
    """For whom, under which agreement, for what, and which fields and rows it names.

    `department` is the start of a fingerprint, `recipient` the name on the card; `rows` the
    agreement's row scope in words of the record that was signed. `key` makes the order and
    the numbers of the rows, by which a copy is traced to its share; it is a secret.
    """

    share_id: str
    agreement_id: str
    department: str
    recipient: str
    purpose: str
    legal_basis: str
    fields: frozenset[str]
    rows: tuple[tuple[str, str], ...] = ()
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The content of a share: file name → bytes; and row and record, in the share's order."""

    terms: ShareTerms
    contents: Mapping[str, bytes]
    rows: pa.Table

    @property
    def records(self) -> int:
        """How many records it holds."""
        return int(self.rows.num_rows)


def export_share(
    warehouse: Warehouse, terms: ShareTerms, chosen: ShareFilter, *, now: datetime
) -> Share:
    """The chosen verified records with the agreed fields only.

    Raises UsageError when the agreement names no field, or one that doesn't exist.
    """
    fields = _agreed(terms.fields)
    key = terms.key.hex()
    with (
        warehouse.holding("chosen", "share_chosen", key=key, **chosen.params()),
        warehouse.holding("given", "share_given", key=key, fields=fields),
    ):
        found = warehouse.select(_records_statement(fields))
        lineage = _lineage(warehouse, fields, found.num_rows)
        quality = warehouse.query("share_quality", fields=fields).to_pylist()
    records = found.drop_columns(["record_id"])
    files = {RECORDS: _parquet(records), TABLE: csv_bytes(records)}
    if records.num_rows <= MOST_ROWS:
        files[BOOK] = workbook(records, about=recipient_line(terms), made=now)
    files[LINEAGE] = lineage
    told = descriptor(
        terms,
        files,
        records.column_names,
        quality,
        records=records.num_rows,
        made_at=now.isoformat(),
    )
    return Share(
        terms=terms,
        contents={**files, DESCRIPTOR: told},
        rows=found.select(["row_id", "record_id"]),
    )


def record_share(
    warehouse: Warehouse, share: Share, *, file: str, sha256: str, size: int, now: datetime
) -> None:
    """Enter a sealed share and the record of each of its rows, in one transaction."""
    terms, schemas = share.terms, table_schemas()
    line = {
        "share_id": terms.share_id, "agreement_id": terms.agreement_id,
        "department": terms.department, "purpose": terms.purpose,
        "fields": json.dumps(sorted(terms.fields)), "records": share.records,
        "file": file, "sha256": sha256, "bytes": size, "content": "records",
    }  # fmt: skip
    named = pa.array([terms.share_id]).dictionary_encode()
    repeated = pa.DictionaryArray.from_arrays(
        pa.array([0] * share.records, pa.int32()), named.dictionary
    ).cast(pa.string())
    rows = share.rows.append_column("share_id", repeated)
    with warehouse.transaction():
        enter_given(warehouse, line, now=now)
        warehouse.merge("share_rows", rows.select(schemas["share_rows"].names))


def enter_given(warehouse: Warehouse, line: Mapping[str, object], *, now: datetime) -> None:
    """Enter what was sealed for a department: a line of `shares`."""
    rows = pa.Table.from_pylist([{**line, "shared_at": now}], table_schemas()["shares"])
    warehouse.merge("shares", rows)


def _agreed(fields: frozenset[str]) -> list[str]:
    unknown = fields - set(FIELD_NAMES)
    if unknown or not fields:
        raise UsageError(
            "unknown_field",
            what="协议未列字段，或列有不存在的字段 · "
            "the agreement names no field, or one that does not exist",
            where=", ".join(sorted(unknown)),
            remedy="改正协议的字段表 · correct the agreement's list of fields",
        )
    return [name for name in FIELD_NAMES if name in fields]


def _records_statement(fields: Sequence[str]) -> str:
    """The table of records, a column a field; the names are constants of `records`."""
    columns = ", ".join(
        f'any_value(value) FILTER (spot = {spot}) AS "{name}"'
        for spot, name in enumerate(fields, 1)
    )
    return (
        "SELECT c.record_id, c.row_id, c.kind, w.* EXCLUDE (turn) FROM chosen AS c "  # noqa: S608 - our own names
        f"LEFT JOIN (SELECT turn, {columns} FROM given GROUP BY turn) AS w USING (turn) "
        "ORDER BY turn"
    )


def _lineage(warehouse: Warehouse, fields: list[str], records: int) -> bytes:
    """Where each value comes from, as Parquet, made in pieces: it has a row for each value."""
    sink = io.BytesIO()
    shape = warehouse.query("share_values", fields=fields, first=1, last=0).schema
    with pq.ParquetWriter(sink, shape, compression="zstd") as writer:
        for first in range(1, records + 1, _RECORDS_OF_PIECE):
            last = first + _RECORDS_OF_PIECE - 1
            writer.write_table(
                warehouse.query("share_values", fields=fields, first=first, last=last)
            )
    return sink.getvalue()


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
