"""Who seals, opens and signs: private identities and their public cards.

An identity is two 32-byte seeds (one to unwrap, one to sign), a role and a name. Its card
carries the public keys; the card's fingerprint covers role, name and keys, so none can be
exchanged alone. Whom to trust is not handled here.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from confidentiality import vault
from confidentiality.canonical import canonical, from_text, parse_canonical, sha256_hex, to_text
from confidentiality.files import open_regular, read_at_most, read_private, write_private
from confidentiality.suites import DEFAULT_SUITE, suite_named
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_BOX = "backfill-identity"
_CARD = "backfill-card"
_VERSION = 1
_SEED = 32
_CARD_LIMIT = 16_384
_NAME_LIMIT = 80


class Role(StrEnum):
    """What a party may do: release, approve, key, or receive."""

    ARCHIVE = "archive"
    OFFICER = "officer"
    VENDOR = "vendor"
    CLERK = "clerk"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIdentity:
    """The public card of a party; `proof` shows that its maker holds the signing key."""

    role: Role
    name: str
    suite: str
    kem_public: bytes
    sign_public: bytes
    proof: bytes

    @property
    def fingerprint(self) -> str:
        """64 hex digits over role, name, suite and keys; people compare it by voice."""
        return sha256_hex(canonical(self.claims()))

    def verify(self, signature: bytes, domain: str, payload: bytes) -> bool:
        """Whether this party signed the payload for that domain."""
        suite = suite_named(self.suite, where=self.fingerprint[:16])
        return suite.verify(signature, _signed_message(domain, payload), self.sign_public)

    def verify_text(self, signature: bytes, text: str) -> bool:
        """Whether this party signed the text of a note, a checkpoint or a cosignature."""
        suite = suite_named(self.suite, where=self.fingerprint[:16])
        return suite.verify(signature, _note_message(text), self.sign_public)

    @property
    def note_kind(self) -> bytes:
        """What signed notes call this key where it signs a note."""
        return suite_named(self.suite, where=self.fingerprint[:16]).note_kind

    @property
    def cosignature_kind(self) -> bytes:
        """What signed notes call this key where it cosigns a checkpoint."""
        return suite_named(self.suite, where=self.fingerprint[:16]).cosignature_kind

    def to_json(self) -> str:
        """The card as canonical JSON text."""
        card = {**self.claims(), "fingerprint": self.fingerprint, "proof": to_text(self.proof)}
        return canonical(card).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """A card from its JSON.

        Raises `IntegrityError` when a value is missing, changed or not proven by the key.
        """
        card = _card_record(text)
        try:
            made = cls(
                role=Role(card["role"]),
                name=str(card["name"]),
                suite=str(card["suite"]),
                kem_public=from_text(card["kem_public"], where=_CARD),
                sign_public=from_text(card["sign_public"], where=_CARD),
                proof=from_text(card["proof"], where=_CARD),
            )
        except (KeyError, ValueError) as error:
            raise _bad_card() from error
        usable = suite_named(made.suite, where=_CARD).accepts(made.kem_public)
        proven = usable and made.verify(made.proof, "card", canonical(made.claims()))
        if card != json.loads(made.to_json()) or not proven:
            raise _bad_card()
        return made

    @classmethod
    def load(cls, path: Path) -> Self:
        """The card in a file."""
        with open_regular(path) as stream:
            return cls.from_json(read_at_most(stream, _CARD_LIMIT, where=path.name))

    def save(self, path: Path, *, replace: bool = False) -> None:
        """Write the card to a file; it holds nothing secret."""
        write_private(path, self.to_json().encode(), replace=replace)
        path.chmod(0o644)

    def claims(self) -> dict[str, Any]:
        """What the fingerprint and the proof cover."""
        return {
            "format": _CARD,
            "kem_public": to_text(self.kem_public),
            "name": self.name,
            "role": str(self.role),
            "sign_public": to_text(self.sign_public),
            "suite": self.suite,
            "version": _VERSION,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A party's private identity; its seeds never appear in a representation."""

    role: Role
    name: str
    suite: str
    kem_seed: bytes = field(repr=False)
    sign_seed: bytes = field(repr=False)

    @classmethod
    def create(cls, role: Role, name: str, *, suite: str = DEFAULT_SUITE) -> Self:
        """A new identity from the system's randomness.

        `name` is the party's public name (an office, a company, a post), 1-80 characters.
        Raises `UsageError` for another name.
        """
        if not 0 < len(name) <= _NAME_LIMIT or not name.isprintable():
            raise UsageError(
                "bad_party_name",
                what="名称为空、过长或含控制字符 · the name is empty, too long or unprintable",
                remedy="give 1-80 printable characters",
            )
        suite_named(suite, where=_BOX)
        return cls(
            role=role,
            name=name,
            suite=suite,
            kem_seed=secrets.token_bytes(_SEED),
            sign_seed=secrets.token_bytes(_SEED),
        )

    @property
    def public(self) -> PublicIdentity:
        """The card to hand out."""
        suite = suite_named(self.suite, where=_BOX)
        card = PublicIdentity(
            role=self.role,
            name=self.name,
            suite=self.suite,
            kem_public=suite.kem_public(self.kem_seed),
            sign_public=suite.sign_public(self.sign_seed),
            proof=b"",
        )
        return replace(card, proof=self.sign("card", canonical(card.claims())))

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the public card."""
        return self.public.fingerprint

    def sign(self, domain: str, payload: bytes) -> bytes:
        """A signature that holds for that domain alone."""
        suite = suite_named(self.suite, where=_BOX)
        return suite.sign(_signed_message(domain, payload), self.sign_seed)

    def sign_text(self, text: str) -> bytes:
        """A signature over the text of a note, as programs of others verify it.

        Raises `UsageError` for a text with NUL in it.
        """
        suite = suite_named(self.suite, where=_BOX)
        return suite.sign(_note_message(text), self.sign_seed)

    def save(
        self,
        path: Path,
        passphrase: str,
        *,
        cost: int = vault.DEFAULT_COST,
        token: str = "",
        replace: bool = False,
    ) -> None:
        """Write the identity behind a passphrase, or a token and its PIN, mode 0600.

        Overwrites with `replace` alone.
        """
        clear = {"name": self.name, "role": str(self.role), "suite": self.suite}
        secret = self.kem_seed + self.sign_seed
        box = vault.lock(secret, passphrase, purpose=_BOX, clear=clear, cost=cost, token=token)
        write_private(path, box, replace=replace)

    @classmethod
    def load(cls, path: Path, passphrase: str) -> Self:
        """The identity in a file.

        Raises `NotPermittedError` when others may read the file, `IntegrityError` when it
        is damaged or the passphrase is wrong.
        """
        secret, clear = vault.unlock(read_private(path), passphrase, purpose=_BOX)
        return cls(
            role=Role(clear["role"]),
            name=clear["name"],
            suite=clear["suite"],
            kem_seed=secret[:_SEED],
            sign_seed=secret[_SEED:],
        )


def _signed_message(domain: str, payload: bytes) -> bytes:
    # The domain is told apart from the payload by its NUL: no signature made for one
    # purpose can be shown for another.
    return b"backfill/" + domain.encode("ascii") + b"/1\x00" + payload


def _note_message(text: str) -> bytes:
    # Notes are signed bare, so that other programs can verify them. A message with a
    # domain always holds a NUL and a note never does, so neither passes for the other.
    if "\x00" in text:
        raise UsageError(
            "not_a_note",
            what="签名文本不得含 NUL · a signed note holds no NUL",
            remedy="sign other bytes under a domain of their own",
        )
    return text.encode()


def _card_record(text: str | bytes) -> dict[str, Any]:
    # Cards travel by mail and editors; a last line break is no damage.
    data = text.encode() if isinstance(text, str) else text
    return parse_canonical(data.rstrip(b"\r\n"), where=_CARD)


def _bad_card() -> IntegrityError:
    return IntegrityError(
        "bad_card",
        what="名片损坏或被改动 · the card is damaged or was changed",
        where=_CARD,
        remedy="ask the party for its card again and compare fingerprints by voice",
    )
