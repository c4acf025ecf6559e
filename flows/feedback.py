"""Receipts and corrections: what departments send back about a share, and the answer.

A receipt says what arrived. A correction says that a value of a share may be wrong; staff
look at the paper, decide each item, and the answer leaves by the gate. The archive's text
follows the paper alone: a department's word is a reason to look, never a value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.identity import Role
from confidentiality.replay import ReplayRegister
from confidentiality.rules import refuse
from confidentiality.sealed import SealedKind
from flows.corrections_list import parse_corrections
from flows.dispatched import sealed_under
from flows.gate import refusals_noted, terms_in_force
from flows.giving import Gift, gift_line, give, recipient_name, sealed_before
from flows.installation import handed_over, installation
from flows.receipts import parse_receipt
from flows.settling import Settlement, SettlingReason, settle_field
from flows.taking import open_from_department
from records.errors import UsageError
from warehouse.answers import CORRECTION_FORMAT, table_package
from warehouse.share import enter_given

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from confidentiality.sealed import Opened, SealReceipt
    from flows.installation import Installation

Row = dict[str, Any]

_ANSWER_WORDS = {
    "item": ("来件序号", "number within your file"),
    "row_id": ("行号", "row of the share"),
    "field": ("字段", "field"),
    "outcome": (
        "confirmed 原件如此；corrected 已按原件更正；noted 原件如此，另作异常备注；unclear 难断",
        "confirmed, corrected, noted or unclear",
    ),
    "value": ("更正后的值", "the value as corrected"),
}


class Outcome(StrEnum):
    """What came of an item: the paper says so, it was misread, it differs, or can't be told."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    NOTED = "noted"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An officer's decision on an item; `text` is what stands on the paper, for `corrected`."""

    correction_id: str
    item: int
    outcome: Outcome
    by: str
    text: str = ""


def take_receipt(here: Installation, path: Path) -> tuple[str, bool]:
    """Take a receipt in; gives the share and whether it arrived as it was sent.

    Raises NotPermittedError or IntegrityError for a file that is no receipt of ours.
    """
    with refusals_noted(here, file_kind="receipt"):
        opened, _ = open_from_department(here, path, SealedKind.RECEIPT)
        stated = parse_receipt(opened.contents, where=path.name)
        share = _share_of(here, opened, stated.share_id)
        sent = {each["sha256"] for each in sealed_under(here, stated.share_id)}
        agrees = stated.records == share["records"] and stated.sha256 in sent
        line = {
            "receipt_id": opened.header.package_id,
            "share_id": stated.share_id,
            "department": opened.sender.fingerprint[:16],
            "records": stated.records,
            "sha256": stated.sha256,
            "agrees": agrees,
            "file": path.name,
            "received_at": here.clock(),
        }
        subject: dict[str, str | int] = {
            "receipt": opened.header.package_id,
            "share": stated.share_id,
            "agrees": int(agrees),
        }
        _enter_once(here, opened, "receipts", [line], "receipt.received", subject)
    return stated.share_id, agrees


def take_corrections(here: Installation, path: Path) -> str:
    """Take a list of doubted values in; gives its id.

    Raises NotPermittedError where it names rows or fields that were not given to its sender,
    IntegrityError for a file that is no list of corrections.
    """
    with refusals_noted(here, file_kind="correction"):
        opened, _ = open_from_department(here, path, SealedKind.CORRECTION)
        asked = parse_corrections(opened.contents, where=path.name)
        share = _share_of(here, opened, asked.share_id)
        wanted = pa.table({"row_id": [each.row_id for each in asked.items]})
        found = here.warehouse.query_about(
            "shared_rows", wanted, share_id=asked.share_id
        ).to_pylist()
        record_of = {row["row_id"]: row["record_id"] for row in found}
        fields = set(json.loads(share["fields"]))
        if any(each.row_id not in record_of or each.field not in fields for each in asked.items):
            raise refuse(
                "not_shared",
                "所指行或字段不在该次共享内 · a row or field was not in this share",
                where=asked.share_id,
                remedy="请对方核对共享编号与行号 · have the numbers of share and rows checked",
            )
        own = {
            "correction_id": opened.header.package_id,
            "share_id": asked.share_id,
            "department": opened.sender.fingerprint[:16],
            "received_at": here.clock(),
        }
        rows = [
            own
            | {
                "item": number,
                "row_id": each.row_id,
                "record_id": record_of[each.row_id],
                "field": each.field,
                "proposed": each.proposed,
                "ground": each.ground,
            }
            for number, each in enumerate(asked.items, 1)
        ]
        subject: dict[str, str | int] = {"correction": opened.header.package_id, "items": len(rows)}
        _enter_once(here, opened, "corrections", rows, "corrections.received", subject)
    return opened.header.package_id


def rule(home_id: str, ruling: Ruling) -> None:
    """Enter an officer's decision on an item; a misread value is settled from the paper.

    Raises UsageError for an unknown item, NotPermittedError for an officer not trusted, and
    as `settle_field` does.
    """
    here = installation(home_id)
    officer = here.trusted.find(ruling.by, role=Role.OFFICER).fingerprint[:16]
    item = _item(here, ruling.correction_id, ruling.item)
    if (ruling.outcome is Outcome.CORRECTED) != bool(ruling.text):
        raise UsageError(
            "text_for_correction",
            what="更正须照录原件文字，其他结论不须 · only `corrected` takes what stands there",
            where=ruling.correction_id,
            remedy="--outcome",
        )
    if ruling.outcome is Outcome.CORRECTED:
        settlement = Settlement(
            record_id=item["record_id"],
            field=item["field"],
            text=ruling.text,
            reason=SettlingReason.DOUBTED,
            by=ruling.by,
        )
        settle_field(home_id, handed_over.leave(settlement))
    line = {
        "correction_id": ruling.correction_id,
        "item": ruling.item,
        "outcome": str(ruling.outcome),
        "officer": officer,
        "decided_at": here.clock(),
    }
    with here.warehouse.transaction():
        _merge(here, "correction_decisions", [line])
        here.note(
            "correction.decided",
            correction=ruling.correction_id,
            item=ruling.item,
            outcome=str(ruling.outcome),
            officer=officer,
            decisions=1,
        )


def answer_corrections(here: Installation, correction_id: str) -> str | None:
    """File the request for the archive's answer, or seal it; its file's name once sealed.

    Raises UsageError while an item waits for its decision.
    """
    package_id = f"K-{correction_id}"
    sealed = sealed_before(here, package_id)
    if sealed:
        return sealed
    rows = here.warehouse.query("correction_answer", correction_id=correction_id).to_pylist()
    if not rows or any(row["outcome"] is None for row in rows):
        raise UsageError(
            "corrections_open",
            what="没有这份来件，或尚有未定之项 · no such file, or items wait for a decision",
            where=correction_id,
            remedy="backfill correction list",
        )
    terms = terms_in_force(here, rows[0]["agreement_id"])
    table = pa.table({name: [str(row[name]) for row in rows] for name in _ANSWER_WORDS})
    about = {
        "format": CORRECTION_FORMAT,
        "share_id": package_id,
        "answers": rows[0]["share_id"],
        "agreement_id": terms.agreement_id,
        "recipient": {"仅供 · only for": recipient_name(here, terms)},
        "purpose": terms.purpose,
        "records": len(rows),
    }
    decided = max(row["decided_at"] for row in rows)
    gift = Gift(
        package_id=package_id,
        terms=terms,
        fields=frozenset(row["field"] for row in rows),
        records=len({row["row_id"] for row in rows}),
        contents=table_package("answer", table, _ANSWER_WORDS, about, now=decided),
    )

    def enter(receipt: SealReceipt, now: datetime) -> None:
        enter_given(here.warehouse, gift_line(gift, "corrections", receipt), now=now)

    return give(here, gift, enter)


def _share_of(here: Installation, opened: Opened, share_id: str) -> Row:
    """The line of a share that was sealed for this sender under this agreement."""
    for row in here.warehouse.query("shares_sealed").to_pylist():
        if (row["share_id"], row["agreement_id"]) == (share_id, opened.header.agreement):
            released = here.releases.get(share_id)
            if opened.sender.fingerprint in released.recipients:
                return dict(row)
    raise refuse(
        "share_not_theirs",
        "没有向该部门发过这次共享 · no such share was sealed for this sender",
        where=share_id,
        remedy="请对方核对共享编号 · have the number of the share checked",
    )


def _item(here: Installation, correction_id: str, number: int) -> Row:
    listed = here.warehouse.query("corrections_listed").to_pylist()
    for row in listed:
        if (row["correction_id"], row["item"]) == (correction_id, number):
            return dict(row)
    raise UsageError(
        "unknown_correction",
        what="没有这一项 · there is no such item",
        where=f"{correction_id} {number}",
        remedy="backfill correction list",
    )


def _enter_once(
    here: Installation,
    opened: Opened,
    table: str,
    rows: list[Row],
    event: str,
    subject: dict[str, str | int],
) -> None:
    """Rows and their audit entry together, then the register of what was received."""
    register = ReplayRegister(here.home.received / table)
    register.require_new(opened.header.package_id, opened.digest)
    with here.warehouse.transaction():
        if _merge(here, table, rows):
            here.note(event, **subject)
    register.record(opened.header.package_id, opened.digest, now=here.clock())


def _merge(here: Installation, table: str, rows: list[Row]) -> int:
    return here.warehouse.merge(table, pa.Table.from_pylist(rows, here.warehouse.schema(table)))
