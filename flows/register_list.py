"""The correction list (校核纠错): what the archive's papers say otherwise than the register.

For the department that keeps the register. The archive's text is never changed by it: each line
is an abnormality note (异常备注) of a verified record, beside what the register says. Staff
print or export it, and it leaves for the department by the gate, as everything does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.files import writing_aside
from flows.gate import terms_in_force
from flows.giving import Gift, gift_line, give, recipient_name, sealed_before
from flows.paper import environment
from flows.plots import FONTS
from flows.share import rows_agreed
from records.errors import UsageError
from warehouse.answers import table_package
from warehouse.differences import differences
from warehouse.share import ShareFilter, enter_given
from warehouse.spreadsheet import csv_bytes, workbook
from warehouse.words import chinese, field_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from confidentiality.agreement import Agreement
    from confidentiality.sealed import SealReceipt
    from flows.installation import Installation

Row = dict[str, Any]

FORMAT = "backfill-differences/1"
TABLE, BOOK, PAGE = "校核纠错.csv", "校核纠错.xlsx", "校核纠错.html"
#: What staff have in the list, and the department; both beside their Chinese and English words.
_STAFF = {
    "item": ("序号", "number"),
    "record_id": ("记录号", "record"),
    "kind": ("种类", "kind"),
    "certificate_number": ("字号", "certificate no."),
    "event_date": ("登记日期", "registered"),
    "field": ("字段", "field"),
    "archive_value": ("档案所写", "the paper says"),
    "register_value": ("人口登记所载", "the register says"),
    "person_id": ("库中人编号", "person in the register"),
    "scan": ("扫描件", "scan"),
    "page": ("页", "page"),
    "noted_at": ("记下", "noted"),
}
_DEPARTMENT = {
    "item": ("序号", "number"),
    "person_id": ("库中人编号", "person in your register"),
    "field": ("字段", "field"),
    "archive_value": ("婚姻登记档案所写", "what the archive's paper says"),
    "register_value": ("人口登记所载", "what your register says"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The lines that differ now, and when the last of them was noted."""

    rows: Sequence[Row]

    @property
    def as_of(self) -> datetime:
        """The moment of the newest line."""
        newest: datetime = max(row["noted_at"] for row in self.rows)
        return newest


def listed(here: Installation, chosen: ShareFilter) -> Listed:
    """What differs of the chosen records; raises UsageError where nothing does."""
    rows = differences(here.warehouse, chosen).to_pylist()
    if not rows:
        raise UsageError(
            "nothing_differs",
            what="没有与人口登记不一致之处 · nothing differs from the register",
            remedy="比对之后再列 · match people first: backfill process",
        )
    return Listed(rows=rows)


def write_list(here: Installation, found: Listed, folder: Path, *, by: str, reason: str) -> None:
    """Write the list as CSV, workbook and a page to print, readable for their user alone.

    Who took it, why and how many lines enters the audit log before anything is written.
    """
    for batch_id in sorted({row["batch_id"] for row in found.rows}):
        lines = sum(row["batch_id"] == batch_id for row in found.rows)
        here.note("differences.listed", batch=batch_id, lines=lines, by=by, reason=reason)
    now = here.clock()
    table = _table(found.rows, _STAFF)
    files = {
        TABLE: csv_bytes(table),
        BOOK: workbook(table, about=_about(found), made=now),
        PAGE: list_page(found, now=now).encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, data in files.items():
        with writing_aside(folder / name, replace=True) as stream:
            stream.write(data)


def list_page(found: Listed, *, now: datetime) -> str:
    """The list as a page to print: a sheet a batch, a column for what came of each line."""
    batches: dict[str, list[Row]] = {}
    for number, row in enumerate(found.rows, 1):
        shown = row | {"item": number, "words": field_words(row["field"])}
        batches.setdefault(row["batch_id"], []).append(shown)
    template = environment().get_template("differences.html.j2")
    return template.render(batches=batches, lines=len(found.rows), at=now, fonts=FONTS)


def send_list(here: Installation, agreement_id: str) -> str | None:
    """File the request for sending the list, or seal it once two officers approved.

    Holds the fields and rows of the agreement alone. Raises UsageError where none of them
    differs, NotPermittedError naming the rule that forbids it.
    """
    terms = terms_in_force(here, agreement_id)
    found = listed(here, rows_agreed(terms))
    rows = [row for row in found.rows if row["field"] in terms.fields]
    if not rows:
        raise UsageError(
            "nothing_differs",
            what="协议所列字段没有不一致之处 · nothing of the agreed fields differs",
            where=agreement_id,
            remedy="backfill differences list",
        )
    gift = _gift(here, terms, Listed(rows=rows))
    sealed = sealed_before(here, gift.package_id)
    if sealed:
        return sealed

    def enter(receipt: SealReceipt, now: datetime) -> None:
        enter_given(here.warehouse, gift_line(gift, "differences", receipt), now=now)

    return give(here, gift, enter)


def _gift(here: Installation, terms: Agreement, found: Listed) -> Gift:
    """What is sent: named after its content, so that approvals hold for exactly these lines."""
    lines = [[row["record_id"], *_cells(row, 0, _DEPARTMENT)] for row in found.rows]
    known = json.dumps([terms.digest, lines], ensure_ascii=False)
    package_id = f"D-{sha256(here.home_key.derive('lists') + known.encode()).hexdigest()[:12]}"
    recipient = {"仅供 · only for": recipient_name(here, terms)}
    about = {
        "format": FORMAT,
        "share_id": package_id,
        "agreement_id": terms.agreement_id,
        "recipient": recipient,
        "purpose": terms.purpose,
        "records": len(found.rows),
    }
    table = _table(found.rows, _DEPARTMENT)
    contents = table_package("differences", table, _DEPARTMENT, about, now=found.as_of)
    book = workbook(table, about=recipient | _about(found), made=found.as_of)
    return Gift(
        package_id=package_id,
        terms=terms,
        fields=frozenset(row["field"] for row in found.rows),
        records=len({row["record_id"].rpartition("/")[0] for row in found.rows}),
        contents=contents | {"differences.xlsx": book},
    )


def _about(found: Listed) -> dict[str, str]:
    return {
        "校核纠错 · correction list": "档案文字未作改动 · the archive's text is unchanged",
        "截至 · as of": f"{found.as_of:%Y-%m-%d %H:%M:%S %Z}",
        "行数 · lines": str(len(found.rows)),
    }


def _table(rows: Sequence[Row], columns: Mapping[str, tuple[str, str]]) -> pa.Table:
    cells = [list(_cells(row, number, columns)) for number, row in enumerate(rows, 1)]
    return pa.table(
        {name: pa.array([row[at] for row in cells], pa.string()) for at, name in enumerate(columns)}
    )


def _cells(row: Row, number: int, columns: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The row as texts; codes in Chinese words, which is what the list is read for."""
    for name in columns:
        if name == "item":
            yield str(number)
        elif name == "field":
            yield field_words(row["field"])[0]
        elif name == "kind":
            yield chinese("kind", row["kind"] or "")
        elif name == "noted_at":
            yield f"{row['noted_at']:%Y-%m-%d}"
        else:
            yield "" if row[name] is None else str(row[name])
