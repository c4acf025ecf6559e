"""Checkpoints: how large a log is and its root, signed by the log and by witnesses.

The text is C2SP tlog-checkpoint, the witness's signature C2SP tlog-cosignature: a witness
signs a checkpoint only after it has seen that the log grew out of the one it signed before.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from confidentiality import merkle
from confidentiality.canonical import from_text
from confidentiality.notes import NoteSignature, SignedNote, bad_note, key_id, note_key_id
from records.errors import IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from confidentiality.identity import Identity, PublicIdentity

_HASH = 32
_TIME = 8
_SIZE = re.compile(r"0|[1-9]\d{0,17}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a log: `origin` names the log, `root` is the tree's over `size` entries."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def from_text(cls, text: str, *, where: str) -> Checkpoint:
        """A checkpoint from a note's text; raises `IntegrityError` when it is none."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise bad_note(where)
        root = from_text(lines[2], where=where, length=_HASH)
        return cls(origin=lines[0], size=int(lines[1]), root=root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A witness's word that it saw the checkpoint at a moment; `witness` is a fingerprint."""

    witness: str
    at: datetime


def sign_checkpoint(state: Checkpoint, *, by: Identity) -> SignedNote:
    """The checkpoint as a note that the log's keeper has signed; its key bears the log's name."""
    card = by.public
    signature = NoteSignature(
        name=state.origin,
        key_id=note_key_id(state.origin, card),
        value=by.sign_text(state.text()),
    )
    return SignedNote(text=state.text(), signatures=(signature,))


def verified_checkpoint(
    note: SignedNote, *, keepers: Iterable[PublicIdentity], where: str
) -> Checkpoint:
    """The checkpoint of a note that one of the keepers signed.

    Raises `IntegrityError` (`checkpoint_forged`) for a wrong signature and
    `NotPermittedError` (`unknown_keeper`) when none of them signed it.
    """
    state = Checkpoint.from_text(note.text, where=where)
    known = {note_key_id(state.origin, card): card for card in keepers}
    signed = False
    for signature in note.signatures:
        card = known.get(signature.key_id) if signature.name == state.origin else None
        if card is not None:
            _require(card.verify_text(signature.value, note.text), where)
            signed = True
    if not signed:
        raise NotPermittedError(
            "unknown_keeper",
            what="检查点不是由已登记的档案馆签署 · no trusted archive signed this checkpoint",
            where=where,
            remedy="add the archive's card after comparing its fingerprint by voice",
        )
    return state


def cosign(note: SignedNote, *, by: Identity, now: datetime) -> NoteSignature:
    """A witness's signature over a checkpoint that it has verified."""
    card, stamp = by.public, int(now.timestamp())
    signature = by.sign_text(_cosigned(note.text, stamp))
    name = _witness_name(card)
    return NoteSignature(
        name=name,
        key_id=key_id(name, card.cosignature_kind, card.sign_public),
        value=stamp.to_bytes(_TIME, "big") + signature,
    )


def cosignatures(
    note: SignedNote, *, witnesses: Iterable[PublicIdentity], where: str
) -> tuple[Cosignature, ...]:
    """Which of the witnesses signed the note; others are passed over.

    Raises `IntegrityError` (`checkpoint_forged`) for a wrong signature in a witness's name.
    """
    known = {(_witness_name(card), _cosigning_id(card)): card for card in witnesses}
    found = []
    for signature in note.signatures:
        card = known.get((signature.name, signature.key_id))
        if card is None:
            continue
        stamp = int.from_bytes(signature.value[:_TIME], "big")
        message = _cosigned(note.text, stamp)
        _require(card.verify_text(signature.value[_TIME:], message), where)
        at = datetime.fromtimestamp(stamp, tz=UTC)
        found.append(Cosignature(witness=card.fingerprint, at=at))
    return tuple(found)


def require_consistent(
    old: Checkpoint, new: Checkpoint, proof: Sequence[bytes], *, where: str
) -> None:
    """Raises `IntegrityError` (`log_rewritten`) unless the log of `old` grew into `new`."""
    same_log = old.origin == new.origin
    if not same_log or not merkle.proves_consistency(old.size, old.root, new.size, new.root, proof):
        raise IntegrityError(
            "log_rewritten",
            what="日志不是由先前所见增长而来 · the log did not grow out of the one seen before",
            where=where,
            remedy="sign nothing; keep both checkpoints and tell the security officers",
        )


def _cosigned(text: str, stamp: int) -> str:
    return f"cosignature/v1\ntime {stamp}\n{text}"


def _witness_name(card: PublicIdentity) -> str:
    return f"backfill-witness/{card.fingerprint[:16]}"


def _cosigning_id(card: PublicIdentity) -> bytes:
    return key_id(_witness_name(card), card.cosignature_kind, card.sign_public)


def _require(good: bool, where: str) -> None:  # noqa: FBT001 - the answer of a verification
    if not good:
        raise IntegrityError(
            "checkpoint_forged",
            what="检查点签名无效 · a signature under this checkpoint is wrong",
            where=where,
            remedy="don't rely on it; get the checkpoint from its signer again",
        )
