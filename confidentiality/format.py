"""The layout of a sealed file, in bytes and values.

    magic · version · header · stanzas · segments · index segment · trailer

The header says in clear who may open the file, what for and until when; each recipient has
a stanza that wraps the file key; the trailer carries the sender's signature. `SPEC.md`
describes it in full. Reading files, keys and clocks are not handled here.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from confidentiality.canonical import (
    canonical,
    instant_text,
    is_fingerprint,
    is_identifier,
    parse_canonical,
    parse_instant,
)
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

MAGIC = b"backfill-sealed\n"
VERSION = 2
END_MAGIC = b"SEAL-END"
DIGEST = 32

MAX_HEADER = 65_536
MAX_STANZA = 4_096
MAX_RECIPIENTS = 64
MAX_INDEX = 64 << 20
MAX_ITEMS = 200_000
MAX_ITEM = 4 << 30
MAX_SIGNATURE = 4_096
MAX_PURPOSE = 200
_INDEX_COLUMNS = 3

_PREFIX = struct.Struct(">HI")
_COUNT = struct.Struct(">H")
_SEGMENT = struct.Struct(">Q")
_TRAILER_HEAD = struct.Struct(f">QQ{DIGEST}s")
_TRAILER_END = struct.Struct(f">H{len(END_MAGIC)}s")
PREFIX_SIZE = len(MAGIC) + _PREFIX.size
TRAILER_END_SIZE = _TRAILER_END.size
STANZA_HEAD_SIZE = _COUNT.size

_PART = r"(?!(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:[./]|$))[a-z0-9_-][a-z0-9._-]*(?<!\.)"
_NAME = re.compile(f"{_PART}(?:/{_PART})*")
_MAX_NAME = 200


class SealedKind(StrEnum):
    """What a sealed file carries."""

    WORK_PACKAGE = "work-package"
    SUBMISSION = "submission"
    SHARE = "share"
    COMPARISON = "comparison"
    RECEIPT = "receipt"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealHeader:
    """What the sender says about a sealed file; readable by anyone who holds it.

    `purpose` is a short text, `answers` the package that a submission replies to.
    Moments are kept in whole seconds.
    """

    kind: SealedKind
    package_id: str
    agreement: str
    purpose: str
    created: datetime
    expires: datetime
    answers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The header bound to a suite, a sender, recipients (fingerprints) and a body.

    `body` is the body's random id, 64 hex digits: it stays when the file is wrapped to others.
    """

    header: SealHeader
    body: str
    suite: str
    sender: str
    recipients: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Magic, version, length and the canonical header."""
        record = {
            "agreement": self.header.agreement,
            "answers": self.header.answers,
            "body": self.body,
            "created": instant_text(self.header.created),
            "expires": instant_text(self.header.expires),
            "kind": str(self.header.kind),
            "package_id": self.header.package_id,
            "purpose": self.header.purpose,
            "recipients": list(self.recipients),
            "sender": self.sender,
            "suite": self.suite,
        }
        body = canonical(record)
        return MAGIC + _PREFIX.pack(VERSION, len(body)) + body

    @classmethod
    def from_record(cls, record: dict[str, Any], *, where: str) -> Self:
        """The head that a header record describes; raises `IntegrityError` for any fault."""
        if not _well_formed(record):
            raise damaged("bad_header", where=where)
        header = SealHeader(
            kind=SealedKind(record["kind"]),
            package_id=record["package_id"],
            agreement=record["agreement"],
            purpose=record["purpose"],
            created=parse_instant(record["created"], where=where),
            expires=parse_instant(record["expires"], where=where),
            answers=record["answers"],
        )
        return cls(
            header=header,
            body=record["body"],
            suite=record["suite"],
            sender=record["sender"],
            recipients=tuple(record["recipients"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEntry:
    """Where an item lies in the body, and what its bytes must be.

    `offset` and `sealed_size` are bytes of the body, `size` those of the plain item; `digest`
    is over the sealed bytes.
    """

    name: str
    offset: int
    sealed_size: int
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailer:
    """Where the index segment lies, its digest, and the signature that covers all."""

    index_offset: int
    index_size: int
    index_digest: bytes
    signature: bytes

    def claims(self) -> bytes:
        """The part of the trailer that the signature covers."""
        return _TRAILER_HEAD.pack(self.index_offset, self.index_size, self.index_digest)

    def to_bytes(self) -> bytes:
        """The trailer; its last ten bytes tell the signature's length and end the file."""
        end = _TRAILER_END.pack(len(self.signature), END_MAGIC)
        return self.claims() + self.signature + end


def damaged(reason: str, *, where: str) -> IntegrityError:
    """The refusal of a file that is not what its sender wrote."""
    return IntegrityError(
        reason,
        what="密封文件损坏、被截断或被改动 · the sealed file is damaged, cut or altered",
        where=where,
        remedy="nothing was opened; fetch the file again from its sender",
    )


def check_header(header: SealHeader) -> None:
    """Raises `UsageError` when a header can't be sealed as it stands."""
    ids = [header.package_id, header.agreement, *([header.answers] if header.answers else [])]
    faults = [f"id {text[:20]!r}" for text in ids if not is_identifier(text)]
    if not _is_purpose(header.purpose):
        faults.append("purpose")
    if header.expires <= header.created:
        faults.append("expires")
    if faults:
        raise UsageError(
            "bad_seal_header",
            what=f"密封文件头不合规 · header values that can't be sealed: {', '.join(faults)}",
            remedy="ids: A-Z a-z 0-9 . _ - up to 64; purpose: printable, up to 200; expiry later",
        )


def parse_prefix(data: bytes, *, where: str) -> int:
    """The header's length from the file's first bytes; raises `IntegrityError`."""
    if len(data) != PREFIX_SIZE or not data.startswith(MAGIC):
        raise damaged("not_sealed", where=where)
    version, length = _PREFIX.unpack_from(data, len(MAGIC))
    if version != VERSION:
        raise IntegrityError(
            "unknown_version",
            what="不支持的密封格式版本 · the sealed file is of a version that is not read here",
            where=where,
            remedy="have it sealed anew, with the same version of the software on both sides",
        )
    if length > MAX_HEADER:
        raise damaged("bad_header", where=where)
    return int(length)


def parse_head(data: bytes, *, where: str) -> Head:
    """The head from the canonical header's bytes; raises `IntegrityError`."""
    return Head.from_record(parse_canonical(data, where=where), where=where)


def stanza_bytes(wrapped: Iterable[bytes]) -> bytes:
    """The wrapped file keys, in the order of the header's recipients."""
    return b"".join(_COUNT.pack(len(stanza)) + stanza for stanza in wrapped)


def stanza_length(data: bytes, *, where: str) -> int:
    """A stanza's length from its first two bytes; raises `IntegrityError`."""
    if len(data) != _COUNT.size:
        raise damaged("truncated", where=where)
    length = int(_COUNT.unpack(data)[0])
    if length > MAX_STANZA:
        raise damaged("bad_stanza", where=where)
    return length


def signature_length(end: bytes, *, where: str) -> int:
    """The signature's length from the file's last bytes; raises `IntegrityError`."""
    if len(end) != _TRAILER_END.size:
        raise damaged("truncated", where=where)
    length, magic = _TRAILER_END.unpack(end)
    if magic != END_MAGIC or length > MAX_SIGNATURE:
        raise damaged("end_missing", where=where)
    return int(length)


def trailer_size(signature: int) -> int:
    """Bytes of a trailer whose signature has that length."""
    return _TRAILER_HEAD.size + signature + _TRAILER_END.size


def parse_trailer(data: bytes, *, where: str) -> Trailer:
    """The trailer from its bytes; raises `IntegrityError`."""
    if len(data) < trailer_size(0):
        raise damaged("truncated", where=where)
    offset, size, digest = _TRAILER_HEAD.unpack_from(data)
    signature = data[_TRAILER_HEAD.size : -_TRAILER_END.size]
    return Trailer(index_offset=offset, index_size=size, index_digest=digest, signature=signature)


def segment_context(body: str, number: int, *, last: bool) -> bytes:
    """What a segment's ciphertext is bound to: this body, its place, and whether it ends it.

    The index is the one segment that is `last`; its number is 0. No item can stand in for
    another, for the index, or for an item of another body. The header is not in it, so that a
    file can be wrapped to others without touching its body.
    """
    label = b"index" if last else b"item"
    return b"backfill-sealed/2 " + label + b"\x00" + bytes.fromhex(body) + _SEGMENT.pack(number)


def wrap_info(header_digest: bytes, recipient: str) -> bytes:
    """What a wrapped file key is bound to: this very header and this recipient."""
    return b"backfill-sealed/2 file key\x00" + header_digest + recipient.encode("ascii")


def index_bytes(entries: Iterable[ItemEntry]) -> bytes:
    """The index segment's plain bytes; where items lie follows from their order and sizes."""
    rows = [[e.name, e.size, e.digest.hex()] for e in entries]
    return canonical({"items": rows, "version": VERSION})


def parse_index(
    data: bytes, *, sealed_size: Callable[[int], int], where: str
) -> tuple[ItemEntry, ...]:
    """The items an index lists; raises `IntegrityError` for doubled or unfit names.

    `sealed_size` is the suite's: how long the ciphertext of so many bytes is.
    """
    record = parse_canonical(data, where=where)
    rows = record.get("items")
    if record != {"items": rows, "version": VERSION} or not isinstance(rows, list):
        raise damaged("bad_index", where=where)
    entries = tuple(_laid_out(rows, sealed_size, where=where))
    if len({entry.name for entry in entries}) != len(entries) or len(entries) > MAX_ITEMS:
        raise damaged("bad_index", where=where)
    return entries


def is_item_name(name: object) -> bool:
    """Whether a name can be an item's: lower-case ASCII parts, safe on any file system."""
    return isinstance(name, str) and len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def _laid_out(
    rows: list[object], sealed_size: Callable[[int], int], *, where: str
) -> Iterator[ItemEntry]:
    offset = 0
    for row in rows:
        if not isinstance(row, list) or len(row) != _INDEX_COLUMNS:
            raise damaged("bad_index", where=where)
        name, size, digest = row
        whole = type(size) is int and 0 <= size <= MAX_ITEM
        if not whole or not is_item_name(name) or not is_fingerprint(digest):
            raise damaged("bad_index", where=where)
        entry = ItemEntry(
            name=name,
            offset=offset,
            sealed_size=sealed_size(size),
            size=size,
            digest=bytes.fromhex(digest),
        )
        offset += entry.sealed_size
        yield entry


def _well_formed(record: dict[str, Any]) -> bool:
    known = {
        "agreement", "answers", "body", "created", "expires", "kind", "package_id", "purpose",
        "recipients", "sender", "suite",
    }  # fmt: skip
    return (
        record.keys() == known
        and record["kind"] in {str(kind) for kind in SealedKind}
        and is_identifier(record["package_id"])
        and is_identifier(record["agreement"])
        and (record["answers"] is None or is_identifier(record["answers"]))
        and _is_purpose(record["purpose"])
        and is_fingerprint(record["body"])
        and isinstance(record["suite"], str)
        and is_fingerprint(record["sender"])
        and _are_recipients(record["recipients"])
    )


def _are_recipients(value: object) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_RECIPIENTS
        and all(is_fingerprint(fingerprint) for fingerprint in value)
        and len(set(value)) == len(value)
    )


def _is_purpose(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_PURPOSE and value.isprintable()
