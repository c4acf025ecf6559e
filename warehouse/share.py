"""Verified records for another department: the agreed fields, and where they came from.

The result is the content of a sealed file, not the file: sealing it, and whether it may
leave, are decided elsewhere. Rows and pages bear names of this share alone, so that two
shares have no key in common; the warehouse keeps which record a row is.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from records.errors import UsageError
from records.reading import FIELD_NAMES
from warehouse.schema import table_schemas
from warehouse.spreadsheet import guarded
from warehouse.words import chinese, english, field_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from warehouse.store import Warehouse

FORMAT = "backfill-share/1"
RECORDS, TABLE, LINEAGE, DICTIONARY = (
    "records.parquet",
    "records.csv",
    "lineage.parquet",
    "dictionary.json",
)
_LAST_DAY = "9999-12-31"
_OWN_COLUMNS = {
    "row_id": ("本次共享的行号，用于反馈差错", "row number of this share, for reporting errors"),
    "kind": ("表格种类", "kind of form"),
}
_CSV_NOTE = (
    "记录表 CSV 供电子表格查看：以数字开头的值前加制表符，以公式符号开头的值前加单引号；程序请读 "
    "Parquet。 The CSV is for spreadsheets: a tab stands before values that begin with a digit, an "
    "apostrophe before those that begin like a formula; programs should read the Parquet file."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFilter:
    """Which records are meant; empty means all.

    `registered_from` and `registered_to` are ISO dates of any precision, both included.
    """

    batch_ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    eras: tuple[str, ...] = ()
    registered_from: str = ""
    registered_to: str = _LAST_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTerms:
    """For whom, under which agreement, for what, and which fields that agreement names."""

    share_id: str
    agreement_id: str
    department: str
    purpose: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The content of a share: file name → bytes; and the record of each row."""

    terms: ShareTerms
    contents: Mapping[str, bytes]
    record_ids: tuple[str, ...]


def export_share(
    warehouse: Warehouse, terms: ShareTerms, chosen: ShareFilter, *, now: datetime
) -> Share:
    """The chosen verified records with the agreed fields only.

    Raises UsageError when the agreement names no field, or one that doesn't exist.
    """
    fields = _agreed(terms.fields)
    values = warehouse.query(
        "share_values",
        fields=fields,
        batch_ids=chosen.batch_ids,
        kinds=chosen.kinds,
        eras=chosen.eras,
        registered_from=chosen.registered_from,
        registered_to=chosen.registered_to,
    ).to_pandas()
    record_ids = _shuffled(terms.share_id, values["record_id"].unique())
    values["row_id"] = values["record_id"].map(_row_names(record_ids))
    values["page_ref"] = values["page_id"].map(lambda page: _alias(terms.share_id, page)[:20])
    values = values.sort_values(["row_id", "field"])
    records = _records(values, fields)
    files = {
        RECORDS: _parquet(pa.Table.from_pandas(records, _schema(records), preserve_index=False)),
        TABLE: _csv(records),
        LINEAGE: _parquet(_lineage(values)),
    }
    dictionary = _dictionary(terms, records, values, files, now)
    return Share(
        terms=terms,
        contents={**files, DICTIONARY: _json(dictionary)},
        record_ids=record_ids,
    )


def record_share(
    warehouse: Warehouse, share: Share, *, file: str, sha256: str, size: int, now: datetime
) -> None:
    """Enter a sealed share and the record of each of its rows, in one transaction."""
    terms, schemas = share.terms, table_schemas()
    line = {
        "share_id": terms.share_id, "agreement_id": terms.agreement_id,
        "department": terms.department, "purpose": terms.purpose,
        "fields": json.dumps(sorted(terms.fields)), "records": len(share.record_ids),
        "file": file, "sha256": sha256, "bytes": size, "shared_at": now,
    }  # fmt: skip
    rows = [
        {"share_id": terms.share_id, "row_id": row_id, "record_id": record_id}
        for record_id, row_id in _row_names(share.record_ids).items()
    ]
    with warehouse.transaction():
        warehouse.merge("shares", pa.Table.from_pylist([line], schemas["shares"]))
        warehouse.merge("share_rows", pa.Table.from_pylist(rows, schemas["share_rows"]))


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


def _row_names(record_ids: Sequence[str]) -> dict[str, str]:
    return {record_id: f"{number:07}" for number, record_id in enumerate(record_ids, 1)}


def _alias(share_id: str, name: str) -> str:
    """A name that only this share uses; page ids are hashes, so nobody can try them all."""
    return hashlib.sha256(f"{share_id}\0{name}".encode()).hexdigest()


def _shuffled(share_id: str, record_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(record_ids, key=lambda record_id: _alias(share_id, record_id)))


def _records(values: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    wide = values.pivot_table(
        index=["row_id", "kind"], columns="field", values="value", aggfunc="first"
    )
    return wide.reindex(columns=list(fields)).reset_index().rename_axis(columns=None)


def _schema(records: pd.DataFrame) -> pa.Schema:
    return pa.schema([pa.field(str(name), pa.string()) for name in records.columns])


def _lineage(values: pd.DataFrame) -> pa.Table:
    boxes = ["box_left", "box_top", "box_right", "box_bottom"]
    columns = ["row_id", "field", "page_ref", *boxes, "engine", "source", "keyings"]
    kinds = {name: pa.int32() for name in ("keyings", *boxes)}
    schema = pa.schema(
        [pa.field(name, kinds.get(name, pa.string())) for name in columns]
        + [pa.field("decided_at", pa.timestamp("us", tz="UTC"))]
    )
    return pa.Table.from_pandas(
        values[[*columns, "decided_at"]], schema, preserve_index=False, safe=False
    )


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _csv(records: pd.DataFrame) -> bytes:
    # With the mark (BOM), spreadsheets know that it is UTF-8.
    shown = records.map(lambda value: guarded(value) if isinstance(value, str) else "")
    text: str = shown.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _dictionary(
    terms: ShareTerms,
    records: pd.DataFrame,
    values: pd.DataFrame,
    files: Mapping[str, bytes],
    now: datetime,
) -> dict[str, Any]:
    """What stands in the files: columns in both languages, and how good they are."""
    own: list[dict[str, Any]] = [
        {"name": name, "zh": zh, "en": en} for name, (zh, en) in _OWN_COLUMNS.items()
    ]
    own[1]["values"] = {
        code: f"{chinese('kind', code)} {english('kind', code)}"
        for code in sorted(records["kind"].dropna().unique())
    }
    return {
        "format": FORMAT,
        "share_id": terms.share_id,
        "agreement_id": terms.agreement_id,
        "department": terms.department,
        "purpose": terms.purpose,
        "made_at": now.isoformat(),
        "records": len(records),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "csv": _CSV_NOTE,
        "columns": own + [_column(name, values) for name in records.columns[len(own) :]],
    }


def _column(name: str, values: pd.DataFrame) -> dict[str, Any]:
    zh, en = field_words(name)
    mine = values[values["field"] == name]
    by_source = mine["source"].value_counts()
    return {
        "name": name,
        "zh": zh,
        "en": en,
        "filled": int((mine["value"] != "").sum()),
        "blank_on_paper": int((mine["value"] == "").sum()),
        "decided_by": {str(source): int(count) for source, count in sorted(by_source.items())},
    }
