"""The envelope of a sealed file: everything around the content, read and authenticated.

Reads the head from the front and the trailer from the back, in bounded memory, and proves
the sender's signature over both. Whether the file is permitted here is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag

from confidentiality import format as layout
from confidentiality.files import open_regular
from confidentiality.format import Head, ItemEntry, Trailer, damaged
from confidentiality.segments import decrypt_segment
from confidentiality.suites import suite_named

if TYPE_CHECKING:
    from pathlib import Path

    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.suites import Suite

#: The domain of the signature over head and trailer.
SIGNATURE_DOMAIN = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Head, stanzas and trailer of one file.

    `head_digest` covers magic to stanzas; `body` is the offset of the first segment;
    `where` is the file's name, for messages.
    """

    head: Head
    suite: Suite
    header_digest: bytes
    stanzas: tuple[bytes, ...]
    head_digest: bytes
    body: int
    trailer: Trailer
    where: str

    @property
    def digest(self) -> str:
        """The file's identity: it covers the head, the signature and, through the index, all."""
        running = self.suite.hash()
        running.update(self.head_digest)
        running.update(self.trailer.to_bytes())
        return running.digest().hex()


def read_envelope(stream: BinaryIO, *, where: str) -> Envelope:
    """The envelope of a seekable file; raises `IntegrityError` when its frame is damaged."""
    size = stream.seek(0, 2)
    stream.seek(0)
    prefix = stream.read(layout.PREFIX_SIZE)
    header = _exactly(stream, layout.parse_prefix(prefix, where=where), where=where)
    head = layout.parse_head(header, where=where)
    suite = suite_named(head.suite, where=where)
    stanzas = tuple(_read_stanza(stream, where=where) for _ in head.recipients)
    body = stream.tell()
    running = suite.hash()
    running.update(prefix + header)
    header_digest = running.digest()
    running.update(layout.stanza_bytes(stanzas))
    return Envelope(
        head=head,
        suite=suite,
        header_digest=header_digest,
        stanzas=stanzas,
        head_digest=running.digest(),
        body=body,
        trailer=_read_trailer(stream, size, body, where=where),
        where=where,
    )


def addressees(path: Path) -> tuple[str, ...]:
    """Whom a sealed file says that it is for, by fingerprint; nothing of it is proven."""
    with open_regular(path) as stream:
        return read_envelope(stream, where=path.name).head.recipients


def authenticate(envelope: Envelope, sender: PublicIdentity) -> None:
    """Raises `IntegrityError` unless the sender signed this head and this trailer."""
    payload = envelope.head_digest + envelope.trailer.claims()
    right_suite = sender.suite == envelope.head.suite
    if not right_suite or not sender.verify(envelope.trailer.signature, SIGNATURE_DOMAIN, payload):
        raise damaged("signature_wrong", where=envelope.where)


def unwrap_file_key(envelope: Envelope, recipient: Identity) -> bytes:
    """The file key from the recipient's stanza.

    The recipient must be among the head's; raises `IntegrityError` when the stanza is not
    authentic for this header.
    """
    fingerprint = recipient.fingerprint
    stanza = envelope.stanzas[envelope.head.recipients.index(fingerprint)]
    info = layout.wrap_info(envelope.header_digest, fingerprint)
    try:
        return envelope.suite.unwrap(stanza, recipient.kem_seed, info)
    except InvalidTag as error:
        raise damaged("stanza_altered", where=envelope.where) from error


def read_index(stream: BinaryIO, envelope: Envelope, key: bytes) -> tuple[ItemEntry, ...]:
    """The signed list of items; raises `IntegrityError` unless they fill the body exactly."""
    trailer, suite, where = envelope.trailer, envelope.suite, envelope.where
    stream.seek(envelope.body + trailer.index_offset)
    sealed = _exactly(stream, trailer.index_size, where=where)
    running = suite.hash()
    running.update(sealed)
    if running.digest() != trailer.index_digest:
        raise damaged("index_altered", where=where)
    plain = _open_index(sealed, envelope, key)
    entries = layout.parse_index(plain, sealed_size=suite.sealed_size, where=where)
    # No byte of the body may lie outside an item.
    if sum(entry.sealed_size for entry in entries) != trailer.index_offset:
        raise damaged("bad_index", where=where)
    return entries


def _open_index(sealed: bytes, envelope: Envelope, key: bytes) -> bytes:
    context = layout.segment_context(envelope.head.body, 0, last=True)
    blocks = decrypt_segment(
        [sealed], suite=envelope.suite, key=key, context=context, where=envelope.where
    )
    return b"".join(map(bytes, blocks))


def _read_stanza(stream: BinaryIO, *, where: str) -> bytes:
    length = layout.stanza_length(stream.read(layout.STANZA_HEAD_SIZE), where=where)
    return _exactly(stream, length, where=where)


def _read_trailer(stream: BinaryIO, size: int, body: int, *, where: str) -> Trailer:
    end = max(size - layout.TRAILER_END_SIZE, body)
    stream.seek(end)
    length = layout.trailer_size(
        layout.signature_length(stream.read(layout.TRAILER_END_SIZE), where=where)
    )
    start = max(size - length, body)
    stream.seek(start)
    trailer = layout.parse_trailer(stream.read(length), where=where)
    if trailer.index_size > layout.MAX_INDEX:
        raise damaged("bad_index", where=where)
    if body + trailer.index_offset + trailer.index_size != start:
        raise damaged("truncated", where=where)
    return trailer


def _exactly(stream: BinaryIO, length: int, *, where: str) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise damaged("truncated", where=where)
    return data
