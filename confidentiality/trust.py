"""Whom this home trusts: a folder of public cards, and which of them were revoked.

Adding a card is the act of trust: an officer compared its fingerprint with the party by
voice. A revocation stays beside its card for good. Who may do what is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from confidentiality.canonical import (
    canonical,
    instant_text,
    is_fingerprint,
    parse_canonical,
    parse_instant,
    require_identifier,
)
from confidentiality.files import open_regular, read_at_most, write_private
from confidentiality.identity import PublicIdentity, Role
from records.errors import IntegrityError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_LIMIT = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """The cards in force at a moment, by fingerprint; revoked ones are not among them."""

    cards: Mapping[str, PublicIdentity]

    def find(self, fingerprint: str, *, role: Role | None = None) -> PublicIdentity:
        """The card; raises `NotPermittedError` when it is unknown, revoked or of another role."""
        card = self.cards.get(fingerprint)
        if card is None or (role is not None and card.role != role):
            raise NotPermittedError(
                "card_not_trusted",
                what="名片未登记、已吊销或角色不符 · a card is unknown, revoked or of a wrong role",
                where=fingerprint[:16],
                remedy="check the trust store; add the card after comparing its fingerprint",
            )
        return card


class TrustStore:
    """A folder of cards, `<fingerprint>.json`, and revocations, `<fingerprint>.revoked`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, card: PublicIdentity) -> None:
        """Trust a card; adding it again changes nothing.

        Raises `NotPermittedError` when the card was revoked: trust is not given twice.
        """
        if self._revocation(card.fingerprint).exists():
            raise NotPermittedError(
                "card_revoked",
                what="该名片已吊销 · this card was revoked and stays so",
                where=card.fingerprint[:16],
                remedy="ask the party for a new identity",
            )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{card.fingerprint}.json"
        if not path.exists():
            card.save(path)

    def revoke(self, fingerprint: str, *, now: datetime, reason: str) -> None:
        """Trust a card no longer, from `now` on; `reason` is a code such as `key_lost`."""
        if not is_fingerprint(fingerprint) or not self._card(fingerprint).exists():
            raise UsageError(
                "unknown_card",
                what="名片未登记 · no such card in the trust store",
                where=fingerprint[:16],
                remedy="list the cards and name one by its full fingerprint",
            )
        path = self._revocation(fingerprint)
        if path.exists():
            return
        record = {
            "fingerprint": fingerprint,
            "reason": require_identifier(reason, what="reason of revocation"),
            "revoked": instant_text(now),
        }
        write_private(path, canonical(record))

    def revoked_at(self, fingerprint: str) -> datetime | None:
        """When the card was revoked; None when it was not."""
        path = self._revocation(fingerprint)
        if not path.exists():
            return None
        with open_regular(path) as stream:
            data = read_at_most(stream, _LIMIT, where=path.name)
        record = parse_canonical(data, where=path.name)
        return parse_instant(record.get("revoked"), where=path.name)

    def trusted(self, *, now: datetime) -> Trusted:
        """The cards in force at `now`.

        Raises `IntegrityError` when a card in the folder is damaged or under another name.
        """
        cards: dict[str, PublicIdentity] = {}
        for path in sorted(self._folder.glob("*.json")):
            card = PublicIdentity.load(path)
            if card.fingerprint != path.stem:
                raise IntegrityError(
                    "card_misplaced",
                    what="名片与文件名不符 · a card lies under another card's name",
                    where=path.name,
                    remedy="remove the file and add the card again",
                )
            ended = self.revoked_at(card.fingerprint)
            if ended is None or now < ended:
                cards[card.fingerprint] = card
        return Trusted(cards=MappingProxyType(cards))

    def _card(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.json"

    def _revocation(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.revoked"
