"""Statistics for a department: counts within its agreement, given by the gate."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from flows.gate import terms_in_force
from flows.giving import Gift, gift_line, give, recipient_name, sealed_before
from flows.share import rows_agreed
from records.errors import UsageError
from warehouse.share import enter_given
from warehouse.statistics import DIMENSIONS, statistics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from confidentiality.sealed import SealReceipt
    from flows.installation import Installation


def give_statistics(here: Installation, agreement_id: str, by: Sequence[str]) -> str | None:
    """Request or seal a table of counts by up to three dimensions; its file once sealed.

    Raises UsageError when no cell is large enough, NotPermittedError naming the rule that
    forbids it.
    """
    terms = terms_in_force(here, agreement_id)
    state = here.warehouse.query("verified_state").to_pylist()[0]
    known = f"{terms.digest} {','.join(by)} {state['entries']} {state['as_of']}"
    share_id = f"T-{agreement_id}-{sha256(known.encode()).hexdigest()[:8]}"
    sealed = sealed_before(here, share_id)
    if sealed:
        return sealed
    about = {
        "share_id": share_id,
        "agreement_id": agreement_id,
        "recipient": {"仅供 · only for": recipient_name(here, terms)},
        "purpose": terms.purpose,
    }
    contents, cells = statistics(here.warehouse, by, rows_agreed(terms), about, now=terms.starts)
    if not cells:
        raise UsageError(
            "cells_too_small",
            what="没有足够大的单元格可提供 · no cell is large enough to be given",
            where=agreement_id,
            remedy="少分几个维度 · count by fewer dimensions",
        )
    gift = Gift(
        package_id=share_id,
        terms=terms,
        fields=frozenset(DIMENSIONS[name] for name in by),
        records=cells,
        contents=contents,
    )

    def enter(receipt: SealReceipt, now: datetime) -> None:
        enter_given(here.warehouse, gift_line(gift, "statistics", receipt), now=now)

    return give(here, gift, enter)
