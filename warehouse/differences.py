"""Where the register says something else than the archive: noted, never mended.

The archive's text stands in the record. What differs is kept for the record's remarks
(异常信息备注) and for the list that goes back to the department the register comes from
(校核纠错). Forms that mean the same are no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from records.id_number import parse_id
from records.names import match_key
from records.sex import parse_sex
from warehouse.schema import table_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from warehouse.share import ShareFilter
    from warehouse.store import Warehouse

_SAID = ("record_id", "field", "archive_value", "register_value", "person_id")
_OF_BATCH = (
    "regexp_replace(record_id, '/(male|female)$', '') IN "
    "(SELECT record_id FROM records WHERE batch_id = $batch_id)"
)


def note_differences(
    warehouse: Warehouse, register: pa.Table, *, batch_id: str, now: datetime
) -> int:
    """Let the differences of a batch's verified and matched people stand; the rows added.

    `register` holds rows of the register by `person_id`, with `name`, `former_name`, `sex`,
    `birth_date` and `id_number` where it has them; rows of people nobody was matched to
    are passed over. A difference that is no more, because the value was settled anew, the
    person is another or the register was mended, is withdrawn.
    """
    people = {str(row["person_id"]): row for row in register.to_pylist()}
    verified = warehouse.query("matched_values", batch_id=batch_id).to_pylist()
    noted = [
        {
            "record_id": row["record_id"],
            "field": row["field"],
            "archive_value": row["value"],
            "register_value": people[row["person_id"]][row["tail"]],
            "person_id": row["person_id"],
        }
        for row in verified
        if row["person_id"] in people
        and differs(row["tail"], row["value"], people[row["person_id"]])
    ]
    schema = table_schemas()["differences"]
    said = pa.schema([schema.field(name) for name in _SAID])
    return warehouse.conclude(
        "differences",
        pa.Table.from_pylist(noted, said),
        within=_OF_BATCH,
        now=now,
        batch_id=batch_id,
    )


def differences(warehouse: Warehouse, chosen: ShareFilter) -> pa.Table:
    """What differs at present of the chosen records, a row each: the list to send back."""
    return warehouse.query("differences", **chosen.params())


def differs(tail: str, archive: str, person: Mapping[str, Any]) -> bool:
    """Whether a register row contradicts what the archive says in a field of this kind.

    A name in the other script or a former name, a date known less exactly, a number of 15
    digits beside its form of 18, and anything that either side lacks do not contradict.
    """
    stated = str(person.get(tail) or "")
    if not stated or not archive:
        return False
    if tail == "name":
        return match_key(archive) not in set(_names(person))
    if tail == "birth_date":
        known = min(len(archive), len(stated))
        return archive[:known] != stated[:known]
    normal = parse_sex if tail == "sex" else _id_key
    ours, theirs = normal(archive), normal(stated)
    return None not in {ours, theirs} and ours != theirs


def _names(person: Mapping[str, Any]) -> Iterator[str]:
    return (match_key(person[each]) for each in ("name", "former_name") if person.get(each))


def _id_key(text: str) -> str | None:
    return parse_id(text).key
