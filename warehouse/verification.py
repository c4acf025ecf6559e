"""From readings and keyings to verified records.

A certificate is verified when each of its key fields is decided, by the batch's policy or
by people. Nothing from the register enters a record: where it differs, that is noted
beside the record and the archive's text stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from records.reading import KEY_FIELD_TAILS
from warehouse.contracts import doubt_records

if TYPE_CHECKING:
    from datetime import datetime

    from warehouse.store import Warehouse

#: Without these four, decided and not blank, there is no record.
REQUIRED_FIELDS = ("male.name", "female.name", "registration_date", "certificate_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptancePolicy:
    """Which of the reader's recommendations a batch takes as decisions.

    `floor` is the least confidence; fields of `eras_to_key` and of the kinds in
    `tails_to_key` (as `birth_date`) go to people whatever the reader says. An audit on the
    archive's own pages may have `opened` an era and hand (as `1980s/neat`) in spite of its
    era, or `closed` it.
    """

    name: str
    floor: float = 0.0
    eras_to_key: tuple[str, ...] = ()
    tails_to_key: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What an assembly added: records, and values of new and earlier records."""

    records: int
    values: int


def accept_by_policy(
    warehouse: Warehouse, policy: AcceptancePolicy, *, batch_id: str, now: datetime
) -> int:
    """Decide what the policy accepts in a batch; returns the number of new decisions."""
    return warehouse.merge_query(
        "decisions",
        "policy_decisions",
        batch_id=batch_id,
        policy=policy.name,
        floor=policy.floor,
        eras_to_key=policy.eras_to_key,
        tails_to_key=policy.tails_to_key,
        opened=policy.opened,
        closed=policy.closed,
        now=now,
    )


def decide_by_consensus(warehouse: Warehouse, *, batch_id: str, now: datetime) -> int:
    """Decide the fields on which the keyings agree; returns the number of new decisions."""
    return warehouse.merge_query("decisions", "consensus_decisions", batch_id=batch_id, now=now)


def decide_by_inheritance(warehouse: Warehouse, *, batch_id: str, now: datetime) -> int:
    """Decide what rows take from the row above; returns the number of new decisions.

    A chain of ditto marks is followed from its first row down.
    """
    decided = 0
    while added := warehouse.merge_query(
        "decisions", "inherited_decisions", batch_id=batch_id, now=now
    ):
        decided += added
    return decided


def assemble_records(warehouse: Warehouse, *, batch_id: str, now: datetime) -> Assembled:
    """Write the records of a batch that can be verified now, with the origin of each value.

    Doing it again adds only what was decided meanwhile. What is implausible of a record is
    entered in `quarantine`, and the record stays.
    """
    with warehouse.transaction():
        records = warehouse.merge_query(
            "records",
            "records_to_verify",
            batch_id=batch_id,
            key_tails=sorted(KEY_FIELD_TAILS),
            required=REQUIRED_FIELDS,
            now=now,
        )
        values = warehouse.merge_query(
            "record_values", "values_to_verify", batch_id=batch_id, now=now
        )
        doubt_records(warehouse, batch_id=batch_id, now=now)
    return Assembled(records=records, values=values)
