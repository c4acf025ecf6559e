"""Opening what a department sealed for the archive, and taking it in once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confidentiality.identity import Role
from confidentiality.rules import refuse
from confidentiality.sealed import Opened, SealedKind, open_sealed
from flows.gate import terms_in_force

if TYPE_CHECKING:
    from pathlib import Path

    from confidentiality.agreement import Agreement
    from flows.installation import Installation


def open_from_department(
    here: Installation, path: Path, kind: SealedKind
) -> tuple[Opened, Agreement]:
    """A file from a department, and the agreement in force that it is under.

    Raises IntegrityError for a damaged file, NotPermittedError for one that is not from a
    trusted department, or not from a party to its agreement.
    """
    cards = here.trusted.cards.values()
    opened = open_sealed(
        path,
        recipient=here.addressee(path),
        senders=[card for card in cards if card.role is Role.DEPARTMENT],
        now=here.clock(),
        expect_kind=kind,
    )
    terms = terms_in_force(here, opened.header.agreement)
    if opened.sender.fingerprint not in terms.parties:
        raise refuse(
            "sender_not_agreed",
            "发件方不是协议当事方 · the sender is not a party to the agreement",
            where=terms.agreement_id,
            remedy="请对方按协议重新提交 · have it sent by a party to the agreement",
        )
    return opened, terms
