"""Settling: staff decide a field that neither machine nor clerks could, from the scan itself.

What they read there is kept as an entry under their own number, and the decision names
them and their reason. The value passes through no log, no screen and no name of a file.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.identity import Role
from flows.discretion import discreet_flow
from flows.installation import handed_over, installation
from flows.process import settle
from keying.entry import ILLEGIBLE_CHARACTER, Mark
from keying.values import DITTO_MARKS, field_value
from records.errors import InputError, UsageError
from records.reading import Decision, field_tail

if TYPE_CHECKING:
    from flows.installation import Installation

#: The engine of a reading that stands for a field which the reader did not find.
STAFF = "staff"
#: Staff key outside the rounds of clerks.
_OUTSIDE_ROUNDS = 0

Row = dict[str, Any]


class SettlingReason(StrEnum):
    """Why a field is left to staff; no free text, which might tell of a person."""

    NO_PICTURE = "no_picture"
    KEYINGS_DIFFER = "keyings_differ"
    NOT_FOUND = "not_found"
    NOT_AGREED = "not_agreed"
    ILLEGIBLE = "illegible"
    #: A department doubted what was verified, and the paper was looked at again.
    DOUBTED = "doubted"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What stands in a field of a record, who read it there, and why it was left to them.

    `text` is empty where nothing stands; `by` is the fingerprint of an officer's identity.
    """

    record_id: str
    field: str
    text: str
    reason: SettlingReason
    by: str


@discreet_flow("settle-field")
def settle_field(home_id: str, token: str) -> str:
    """Decide the field of the `Settlement` behind the token; returns the batch's id.

    Raises UsageError for a record or field that can't be settled, InputError for a text that
    has no value, NotPermittedError when the officer's card is not trusted.
    """
    here = installation(home_id)
    batch_id = _record(here, handed_over.collect(token, Settlement))
    settle(home_id, batch_id)
    return batch_id


def _record(here: Installation, settlement: Settlement) -> str:
    officer = here.trusted.find(settlement.by, role=Role.OFFICER).fingerprint[:16]
    value = _value(settlement)
    with here.warehouse.transaction():
        place = _place(here, settlement)
        reading_id = place["reading_id"] or _add_reading(here, place, settlement.field)
        here.note(
            "field.settled",
            batch=place["batch_id"],
            record=settlement.record_id,
            field=settlement.field,
            officer=officer,
            reason=str(settlement.reason),
            decisions=1,
            readings=int(place["reading_id"] is None),
        )
        _add(here, "entries", _entry(here, settlement, reading_id, value, officer))
        decision = {
            "reading_id": reading_id,
            "value": value,
            "source": "staff",
            "reason": f"{settlement.reason} by {officer}",
            "decided_at": here.clock(),
            "loaded_at": place["loaded_at"],
            "turn": _turn(here, reading_id),
        }
        _add(here, "decisions", decision)
    return str(place["batch_id"])


def _place(here: Installation, settlement: Settlement) -> Row:
    """Where the field stands; raises UsageError when there is nothing to settle there."""
    found = here.warehouse.query(
        "field_of_record", record_id=settlement.record_id, field=settlement.field
    ).to_pylist()
    where = f"{settlement.record_id} {settlement.field}"
    if not found:
        raise UsageError(
            "unknown_record",
            what="没有这件证件 · there is no such certificate",
            where=where,
            remedy="backfill undecided",
        )
    decided = found[0]["decided_source"] is not None
    if decided and settlement.reason is not SettlingReason.DOUBTED:
        raise UsageError(
            "field_decided",
            what=f"该字段已定值（{found[0]['decided_source']}）· this field is decided already",
            where=where,
            remedy="backfill trace-value",
        )
    return found[0]


def _turn(here: Installation, reading_id: str) -> int:
    """Which decision of staff on a reading this is: going back to an earlier value is a new one."""
    held = here.warehouse.query("staff_turns", reading_id=reading_id)
    return int(held["turns"][0].as_py()) + 1


def _value(settlement: Settlement) -> str:
    if not settlement.text:
        return ""
    value = field_value(field_tail(settlement.field), settlement.text)
    if not value or settlement.text in DITTO_MARKS or ILLEGIBLE_CHARACTER in settlement.text:
        raise InputError(
            "no_value",
            what="所录文字不成其为该字段的值 · the text has no value in this field",
            where=settlement.field,
            remedy=(
                "日期可录 1953-03-09、1953-03 或 1953；同上须录所指之值；空白用 --blank · "
                "dates also as 1953-03-09, 1953-03 or 1953; for a ditto mark, what it stands "
                "for; or --blank"
            ),
        )
    return value


def _add_reading(here: Installation, place: Row, field: str) -> str:
    """A field that the reader did not find is on the page all the same: without a box."""
    reading_id = f"{place['page_id']}/{place['row']}/{field}/{STAFF}"
    reading = {
        "reading_id": reading_id,
        "page_id": place["page_id"],
        "row": place["row"],
        "field": field,
        "text": "",
        "value": "",
        "confidence": 0.0,
        "decision": str(Decision.KEY),
        "engine": STAFF,
        "loaded_at": place["loaded_at"],
    }
    here.warehouse.merge(
        "readings", pa.Table.from_pylist([reading], here.warehouse.schema("readings"))
    )
    return reading_id


def _entry(
    here: Installation, settlement: Settlement, reading_id: str, value: str, officer: str
) -> Row:
    return {
        "submission_id": STAFF,
        "item_id": secrets.token_hex(8),
        "reading_id": reading_id,
        "keying": _OUTSIDE_ROUNDS,
        "clerk": officer,
        "text": settlement.text,
        "value": value,
        "mark": str(Mark.OK if settlement.text else Mark.EMPTY),
        "keystrokes": None,
        "keyed_at": here.clock(),
    }


def _add(here: Installation, table: str, row: Row) -> None:
    schema = here.warehouse.schema(table)
    here.warehouse.merge(table, pa.Table.from_pylist([row], schema))
