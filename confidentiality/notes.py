"""Signed notes: a text and the signatures under it (C2SP signed-note).

A signature line names its key by a name and four bytes of a hash. Signatures by keys that
nobody trusts are passed over; what the text says is not handled here.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from records.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confidentiality.identity import PublicIdentity

#: Longest note that is read, and most signatures in it.
MAX_NOTE = 65_536
MAX_SIGNATURES = 64

_KEY_ID = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line: the key's name and id, and the signature's bytes."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands under the text, without its line break."""
        return f"— {self.name} {b64encode(self.key_id + self.value).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A text ending in a line break, and the signatures under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """The note as a file."""
        lines = "".join(f"{signature.line()}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()

    def with_signatures(self, more: Sequence[NoteSignature]) -> SignedNote:
        """The note with further signatures; one that it bears already is left out."""
        fresh = tuple(each for each in more if each not in self.signatures)
        return SignedNote(text=self.text, signatures=self.signatures + fresh)

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> SignedNote:
        """A note from its bytes; raises `IntegrityError` when they are none."""
        if len(data) > MAX_NOTE:
            raise bad_note(where)
        try:
            text, _, lines = data.decode().rpartition("\n\n")
        except UnicodeDecodeError as error:
            raise bad_note(where) from error
        if not text or not lines or _CONTROL.search(text):
            raise bad_note(where)
        return cls(text=f"{text}\n", signatures=signature_lines(lines, where=where))


def signature_lines(lines: str, *, where: str) -> tuple[NoteSignature, ...]:
    """The signatures of lines that each end in a line break; raises `IntegrityError`."""
    *whole, rest = lines.split("\n")
    if rest or not 0 < len(whole) <= MAX_SIGNATURES:
        raise bad_note(where)
    return tuple(_signature(line, where=where) for line in whole)


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:_KEY_ID]


def note_key_id(name: str, card: PublicIdentity) -> bytes:
    """The key id of a party that signs whole notes under this name."""
    return key_id(name, card.note_kind, card.sign_public)


def bad_note(where: str) -> IntegrityError:
    """The error for bytes that are no signed note of the kind that is expected."""
    return IntegrityError(
        "bad_note",
        what="不是有效的签名文本 · this is not a signed note of the expected kind",
        where=where,
        remedy="ask its sender for the file again",
    )


def _signature(line: str, *, where: str) -> NoteSignature:
    found = _LINE.fullmatch(line)
    try:
        value = b64decode(found[2], validate=True) if found else b""
    except binascii.Error:
        value = b""
    if found is None or len(value) <= _KEY_ID or b64encode(value).decode() != found[2]:
        raise bad_note(where)
    return NoteSignature(name=found[1], key_id=value[:_KEY_ID], value=value[_KEY_ID:])
