"""Whom this home trusts: a folder of public cards, and which of them were revoked.

Adding a card is the act of trust: an officer compared its fingerprint with the party by
voice. A revocation stays beside its card for good. Who may do what is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

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
from confidentiality.succession import Succession, require_successor
from records.errors import IntegrityError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_LIMIT = 16_384
#: The reason of a revocation that takes nothing back: another card took this one's place.
SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """The cards in force at a moment, by fingerprint; revoked ones are not among them.

    `before` says which card each archive's card took the place of; `retired` are those that
    were revoked only because another took their place: what they signed for good stays proven.
    """

    cards: Mapping[str, PublicIdentity]
    before: Mapping[str, str] = field(default_factory=dict)
    retired: Mapping[str, PublicIdentity] = field(default_factory=dict)

    def follows(self, fingerprint: str, earlier: str) -> bool:
        """Whether the card is the earlier one, or took its place, at once or step by step."""
        at: str | None = fingerprint
        while at is not None and at != earlier:
            at = self.before.get(at)
        return at == earlier

    def heirs(self, fingerprint: str) -> list[PublicIdentity]:
        """The card and those in force that took its place; raises as `find` when none is left."""
        found = [card for own, card in self.cards.items() if self.follows(own, fingerprint)]
        return found or [self.find(fingerprint)]

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
    """A folder of cards, `<fingerprint>.json`.

    Beside a card lie its end, `.revoked`, and the statement by which it took another's place,
    `.succession`.
    """

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

    def succeed(self, statement: Succession, *, now: datetime) -> PublicIdentity:
        """Trust the card that takes a trusted one's place, on that one's word; gives the card.

        Raises what `require_successor` raises, `NotPermittedError` when the old card is not
        in force.
        """
        old = self.trusted(now=now).find(statement.old, role=Role.ARCHIVE)
        card = require_successor(statement, old)
        self.add(card)
        path = self._folder / f"{card.fingerprint}.succession"
        write_private(path, statement.to_bytes(), replace=True)
        return card

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
        return parse_instant(self._record(path).get("revoked"), where=path.name)

    def trusted(self, *, now: datetime) -> Trusted:
        """The cards in force at `now`.

        Raises `IntegrityError` when a card in the folder is damaged or under another name.
        """
        cards: dict[str, PublicIdentity] = {}
        known: dict[str, PublicIdentity] = {}
        for path in sorted(self._folder.glob("*.json")):
            card = PublicIdentity.load(path)
            if card.fingerprint != path.stem:
                raise IntegrityError(
                    "card_misplaced",
                    what="名片与文件名不符 · a card lies under another card's name",
                    where=path.name,
                    remedy="remove the file and add the card again",
                )
            known[card.fingerprint] = card
            ended = self.revoked_at(card.fingerprint)
            if ended is None or now < ended:
                cards[card.fingerprint] = card
        before = self._before(known)
        gone = {old: known[old] for old in before.values() if self._superseded(old)}
        return Trusted(
            cards=MappingProxyType(cards),
            before=MappingProxyType(before),
            retired=MappingProxyType(gone),
        )

    def _before(self, known: Mapping[str, PublicIdentity]) -> dict[str, str]:
        """Whose place each card took, by statements that are proven again."""
        before = {}
        for path in sorted(self._folder.glob("*.succession")):
            statement = Succession.load(path)
            lost = self._revocation(statement.old).exists() and not self._superseded(statement.old)
            # A key that was lost could have named anybody.
            if statement.old in known and not lost:
                card = require_successor(statement, known[statement.old])
                before[card.fingerprint] = statement.old
        return before

    def _superseded(self, fingerprint: str) -> bool:
        path = self._revocation(fingerprint)
        return path.exists() and self._record(path).get("reason") == SUPERSEDED

    def _record(self, path: Path) -> dict[str, Any]:
        with open_regular(path) as stream:
            return parse_canonical(read_at_most(stream, _LIMIT, where=path.name), where=path.name)

    def _card(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.json"

    def _revocation(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.revoked"
