"""Answers to a department's files as the content of a sealed file: a table and its descriptor.

Values of people are guarded for spreadsheets as those of a share are.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.datapackage import DESCRIPTOR
from warehouse.spreadsheet import csv_bytes
from warehouse.words import field_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

COMPARISON_FORMAT = "backfill-comparison-answer/1"
CORRECTION_FORMAT = "backfill-correction-answer/1"
_COLUMNS: Mapping[str, tuple[str, str]] = {
    "ref": ("贵方编号", "your own number"),
    "answer": ("match 认定；possible 疑似；none 无", "match, possible or none"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTerms:
    """For whom an answer is, under which agreement, and which fields it tells."""

    share_id: str
    agreement_id: str
    recipient: str
    purpose: str
    fields: Sequence[str]
    people: int


def answer_contents(rows: pa.Table, terms: AnswerTerms, *, now: datetime) -> dict[str, bytes]:
    """The answer to a comparison, of rows of `comparison_rows`.

    Somebody found on several records has a row for each; fields are filled for `match` alone.
    """
    told = [json.loads(str(text)) for text in rows["told"].to_pylist()]
    columns: dict[str, Any] = {"ref": rows["ref"], "answer": rows["answer"]}
    for field in terms.fields:
        columns[field] = pa.array([each.get(field) for each in told], pa.string())
    words = {**_COLUMNS, **{field: field_words(field) for field in terms.fields}}
    about = {
        "format": COMPARISON_FORMAT,
        "share_id": terms.share_id,
        "agreement_id": terms.agreement_id,
        "recipient": {"仅供 · only for": terms.recipient, "用途 · purpose": terms.purpose},
        "purpose": terms.purpose,
        "records": terms.people,
    }
    return table_package("answer", pa.table(columns), words, about, now=now)


def table_package(
    name: str,
    table: pa.Table,
    words: Mapping[str, tuple[str, str]],
    about: Mapping[str, Any],
    *,
    now: datetime,
) -> dict[str, bytes]:
    """A table of text as CSV and Parquet, with the descriptor of both.

    `words` has the Chinese and English words of each column; `about` goes into the
    descriptor under `backfill`.
    """
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    files = {f"{name}.csv": csv_bytes(table), f"{name}.parquet": sink.getvalue()}
    fields = [
        {"name": column, "type": "string", "title": zh, "description": en}
        for column, (zh, en) in words.items()
    ]
    described = [
        {
            "name": f"{name}-{file.rpartition('.')[2]}",
            "path": file,
            "format": file.rpartition(".")[2],
            "bytes": len(data),
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        }
        for file, data in files.items()
    ]
    described[0] |= {
        "profile": "tabular-data-resource",
        "type": "table",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }
    described[1] |= {"profile": "data-resource", "type": "file"}
    package = {
        "profile": "data-package",
        "name": str(about["share_id"]).lower(),
        "created": now.isoformat(),
        "resources": described,
        "backfill": dict(about),
    }
    text = json.dumps(package, ensure_ascii=False, indent=1)
    return {**files, DESCRIPTOR: text.encode()}
