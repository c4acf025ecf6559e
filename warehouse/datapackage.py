"""The descriptor of a share: a Frictionless data package with dictionary and quality.

One file says what the others hold: columns in both languages, how many values are filled and
who settled them, digests, and for whom and what the share is. The standard is
https://specs.frictionlessdata.io/data-package/ (v1, which v2 readers take too).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from warehouse.words import chinese, english, field_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warehouse.share import ShareTerms

FORMAT = "backfill-share/2"
DESCRIPTOR = "datapackage.json"
#: What each file of a share is called within the package, and its media type.
_FILES: Mapping[str, tuple[str, str]] = {
    "records.csv": ("records", "text/csv"),
    "records.xlsx": (
        "records-xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "records.parquet": ("records-parquet", "application/vnd.apache.parquet"),
    "lineage.parquet": ("lineage", "application/vnd.apache.parquet"),
}
_OWN_COLUMNS = {
    "row_id": ("本次共享的行号，用于反馈差错", "row of this share, for reporting errors"),
    "kind": ("表格种类", "kind of form"),
}
_LINEAGE = {
    "row_id": ("行号", "row of this share"),
    "field": ("字段", "field"),
    "page_ref": ("页的代号，仅用于本次共享", "name of the page, in this share alone"),
    "box_left": ("页上位置：左", "place on the page: left"),
    "box_top": ("上", "top"),
    "box_right": ("右", "right"),
    "box_bottom": ("下", "bottom"),
    "engine": ("识读引擎", "reader"),
    "source": ("由谁定值", "who settled the value"),
    "keyings": ("录入次数", "keyings"),
    "decided_at": ("定值时间", "settled at"),
}
_CSV_NOTE = (
    "记录表 CSV 供电子表格查看：以数字开头的值前加制表符，以公式符号开头的值前加单引号；程序请读 "
    "Parquet。 The CSV is for spreadsheets: a tab stands before values that begin with a digit, an "
    "apostrophe before those that begin like a formula; programs should read the Parquet file."
)
_XLSX_NOTE = (
    "XLSX 全部为文本单元格；记录过多时不附。 "
    "All cells of the XLSX are text; very large shares come without it."
)


def recipient_line(terms: ShareTerms) -> dict[str, str]:
    """For whom a share is, as people read it in the file: the visible mark."""
    return {
        "仅供 · only for": terms.recipient,
        "用途 · purpose": terms.purpose,
        "协议 · agreement": terms.agreement_id,
        "共享号 · share": terms.share_id,
    }


def descriptor(
    terms: ShareTerms,
    files: Mapping[str, bytes],
    columns: Sequence[str],
    quality: Iterable[Mapping[str, Any]],
    *,
    records: int,
    made_at: str,
) -> bytes:
    """`datapackage.json` of a share.

    `quality` are rows of `share_quality`; `columns` the columns of the table of records.
    """
    good = _by_field(quality)
    schema = {
        "fields": [_field(name, good.get(name, []), records) for name in columns],
        "primaryKey": ["row_id"],
        "missingValues": [""],
    }
    package = {
        "profile": "data-package",
        "name": terms.share_id.lower(),
        "title": "核定的婚姻登记档案记录 · verified records of the marriage archive",
        "created": made_at,
        "resources": [_resource(name, data, schema) for name, data in files.items()],
        "backfill": {
            "format": FORMAT,
            "share_id": terms.share_id,
            "agreement_id": terms.agreement_id,
            "department": terms.department,
            "recipient": recipient_line(terms),
            "purpose": terms.purpose,
            "legal_basis": terms.legal_basis,
            "rows": dict(terms.rows),
            "records": records,
            "notes": [_CSV_NOTE, _XLSX_NOTE],
        },
    }
    return json.dumps(package, ensure_ascii=False, indent=1).encode()


def _resource(name: str, data: bytes, schema: Mapping[str, Any]) -> dict[str, Any]:
    title, media = _FILES[name]
    found: dict[str, Any] = {
        "name": title,
        "path": name,
        "format": name.rpartition(".")[2],
        "mediatype": media,
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    if name.endswith(".csv"):
        return found | {
            "profile": "tabular-data-resource",
            "type": "table",
            "encoding": "utf-8",
            "dialect": {"delimiter": ",", "quoteChar": '"', "lineTerminator": "\r\n"},
            "schema": schema,
        }
    found |= {"profile": "data-resource", "type": "file"}
    if title == "lineage":
        words = _LINEAGE.items()
        found["columns"] = [{"name": n, "title": zh, "description": en} for n, (zh, en) in words]
    return found


def _by_field(quality: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in quality:
        found.setdefault(row["field"], []).append(row)
    return found


def _field(name: str, rows: Sequence[Mapping[str, Any]], records: int) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "type": "string"}
    if name in _OWN_COLUMNS:
        zh, en = _OWN_COLUMNS[name]
        told |= {"title": zh, "description": en, "constraints": {"required": True}}
        if name == "row_id":
            told["constraints"]["pattern"] = "r[0-9a-f]{15}"
        if name == "kind":
            told["codes"] = _kinds()
        return told
    zh, en = field_words(name)
    return told | {"title": zh, "description": en, "quality": _quality(rows, records)}


def _kinds() -> dict[str, str]:
    from records.reading import Kind  # noqa: PLC0415 - only to list its values

    return {str(kind): f"{chinese('kind', kind)} {english('kind', kind)}" for kind in Kind}


def _quality(rows: Sequence[Mapping[str, Any]], records: int) -> dict[str, Any]:
    """Counts over the whole share; what stated confidence the machine's own values have."""
    filled, blank = (sum(row[what] for row in rows) for what in ("filled", "blank"))
    stated = next((row["confidence"] for row in rows if row["confidence"] is not None), None)
    return {
        "filled": filled,
        "blank_on_paper": blank,
        "not_settled_or_not_on_form": records - filled - blank,
        "decided_by": {row["source"]: row["filled"] + row["blank"] for row in rows},
        "keyed_by_people": sum(row["keyed"] for row in rows),
        "stated_confidence_of_machine": None if stated is None else round(stated, 4),
    }
