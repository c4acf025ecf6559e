"""Giving something to a department: request, two approvals, the gate, the seal, the books.

Shares, answers to comparisons, statistics and answers to corrections all leave this way.
The first run files a request for exactly this content, two officers approve it, the next
run seals it; running again changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from confidentiality.format import SealedKind
from confidentiality.release import APPROVALS_NEEDED
from flows.gate import Parcel, decide_release, file_request, seal_permitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from confidentiality.agreement import Agreement
    from confidentiality.sealed import SealReceipt
    from flows.installation import Installation

#: How long a department has to open what it was given.
OPENING_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What is to be given under an agreement that is in force.

    `fields` are the fields it holds or tells of, `records` how many records of the agreed
    volume it uses; `contents` file name → bytes.
    """

    package_id: str
    terms: Agreement
    fields: frozenset[str]
    records: int
    contents: Mapping[str, bytes]


def sealed_before(here: Installation, package_id: str) -> str | None:
    """The name of the file, when this was sealed before."""
    rows = here.warehouse.query("shares_sealed").to_pylist()
    return next((row["file"] for row in rows if row["share_id"] == package_id), None)


def recipient_name(here: Installation, terms: Agreement) -> str:
    """The name on the card of the department that an agreement is with."""
    return here.trusted.find(terms.parties[0]).name


def give(
    here: Installation, gift: Gift, enter: Callable[[SealReceipt, datetime], None]
) -> str | None:
    """Request, or seal what two officers approved; the file's name once it is sealed.

    `enter` writes the rows that say so, in the transaction that ends the work. Raises
    NotPermittedError naming the rule that forbids it.
    """
    package_id, terms = gift.package_id, gift.terms
    out = here.home.outgoing / f"{package_id}.sealed"
    if package_id not in here.releases.ids():
        file_request(here, _parcel(gift))
    if len(here.releases.approvals(package_id)) < APPROVALS_NEEDED:
        return None
    decision = decide_release(
        here,
        here.releases.get(package_id),
        here.agreements.get(terms.agreement_id),
        released_before=_given_before(here, terms.agreement_id),
    )
    receipt = seal_permitted(here, out, gift.contents, decision)
    with here.warehouse.transaction():
        enter(receipt, decision.decided)
        here.note("share.released", share=package_id, records=gift.records, sha256=receipt.sha256)
    return out.name


def gift_line(gift: Gift, content: str, receipt: SealReceipt) -> dict[str, Any]:
    """The line of `shares` for something that is no share of records."""
    return {
        "share_id": gift.package_id,
        "agreement_id": gift.terms.agreement_id,
        "department": gift.terms.parties[0][:16],
        "purpose": gift.terms.purpose,
        "fields": json.dumps(sorted(gift.fields)),
        "records": gift.records,
        "file": f"{gift.package_id}.sealed",
        "sha256": receipt.sha256,
        "bytes": receipt.size,
        "content": content,
    }


def _parcel(gift: Gift) -> Parcel:
    return Parcel(
        package_id=gift.package_id,
        terms=gift.terms,
        kind=SealedKind.SHARE,
        recipients=gift.terms.parties,
        fields=gift.fields,
        records=gift.records,
        contents=gift.contents,
        life=OPENING_LIFE,
    )


def _given_before(here: Installation, agreement_id: str) -> int:
    given = here.warehouse.query("records_shared", agreement_id=agreement_id)
    return int(given["records"][0].as_py())
