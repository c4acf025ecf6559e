"""Sealed files: seal for named recipients, open only what is whole, meant and in time.

Sealing streams items into a file that appears when it is complete. Opening proves the
sender's signature first, then applies the rules, then proves every item; only then is
anything of the content given out. The layout is `format`'s, replay is `replay`'s.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Self

from confidentiality import format as layout
from confidentiality.contents import SealedContents
from confidentiality.envelope import (
    SIGNATURE_DOMAIN,
    authenticate,
    read_envelope,
    read_index,
    unwrap_file_key,
)
from confidentiality.files import open_regular, writing_aside
from confidentiality.format import Head, ItemEntry, SealedKind, SealHeader, Trailer
from confidentiality.rules import check_opening, check_sealing, refuse
from confidentiality.segments import BUFFER, encrypt_segment
from confidentiality.suites import suite_named
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.suites import Suite

__all__ = ["Opened", "SealHeader", "SealReceipt", "SealedKind", "open_sealed", "seal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealReceipt:
    """What was sealed, for the ledger and the transfer slip.

    `digest` identifies the sealed file (replay registers keep it), `sha256` is what
    `sha256sum` prints for it, `size` its bytes.
    """

    package_id: str
    digest: str
    sha256: str
    size: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that was proven whole and permitted."""

    header: SealHeader
    sender: PublicIdentity
    digest: str
    contents: SealedContents


def seal(
    out: Path,
    contents: Mapping[str, bytes] | Iterable[tuple[str, bytes | BinaryIO]],
    *,
    header: SealHeader,
    sender: Identity,
    recipients: Sequence[PublicIdentity],
) -> SealReceipt:
    """Seal named items for the recipients into a new file of mode 0600.

    Items are bytes or streams, read once and in bounded memory. Raises `UsageError` for
    unfit names, headers or an existing `out`, `NotPermittedError` for roles that may not
    exchange this kind.
    """
    layout.check_header(header)
    check_sealing(header.kind, sender.role, [card.role for card in recipients])
    suite = _common_suite(sender, recipients)
    head = Head(
        header=header,
        suite=suite.name,
        sender=sender.fingerprint,
        recipients=tuple(card.fingerprint for card in recipients),
    )
    pairs = contents.items() if isinstance(contents, Mapping) else contents
    with writing_aside(out, replace=False) as stream, _Output(stream) as output:
        return _write(output, pairs, head, sender, recipients)


def open_sealed(
    path: Path,
    *,
    recipient: Identity,
    senders: Iterable[PublicIdentity],
    now: datetime,
    expect_kind: SealedKind,
    expect_agreement: str | None = None,
) -> Opened:
    """Open a sealed file that is whole, from a trusted sender, for this recipient, in time.

    Nothing is written to disk. Every item has been decrypted once and proven before this
    returns. Raises `IntegrityError` for damaged, cut or altered files, `NotPermittedError`
    for an unknown sender, another recipient, kind or agreement, or a time outside the
    file's. Whether it was received before is for `ReplayRegister` to say.
    """
    where = path.name
    with open_regular(path) as stream:
        envelope = read_envelope(stream, where=where)
        sender = _known_sender(envelope.head, senders, where=where)
        authenticate(envelope, sender)
        check_opening(
            envelope.head,
            recipient=recipient.fingerprint,
            now=now,
            expect_kind=expect_kind,
            expect_agreement=expect_agreement,
            where=where,
        )
        check_sealing(envelope.head.header.kind, sender.role, [recipient.role])
        key = unwrap_file_key(envelope, recipient)
        contents = SealedContents(path, envelope, read_index(stream, envelope, key), key)
    contents.verify()
    return Opened(
        header=envelope.head.header, sender=sender, digest=envelope.digest, contents=contents
    )


class _Output:
    """A stream to write to that knows how many bytes it took, and their SHA-256.

    Another thread hashes and writes whole blocks while the next one is encrypted; both
    let go of the interpreter. At most two blocks are held.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._crew = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[None] | None = None
        self._block = bytearray()
        self._sha256 = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        # Whoever removes a file that failed must not meet a thread that still writes it.
        self._crew.shutdown(wait=True)

    def write(self, data: bytes | memoryview, /) -> int:
        self._block += data
        self.size += len(data)
        if len(self._block) >= BUFFER:
            self._hand_over()
        return len(data)

    def sha256(self) -> str:
        """The digest of everything, when all of it is written."""
        self._hand_over()
        self._wait()
        return self._sha256.hexdigest()

    def _hand_over(self) -> None:
        self._wait()
        self._pending = self._crew.submit(self._put, self._block)
        self._block = bytearray()

    def _wait(self) -> None:
        if self._pending:
            self._pending.result()

    def _put(self, block: bytearray) -> None:
        self._sha256.update(block)
        self._stream.write(block)


def _write(
    out: _Output,
    items: Iterable[tuple[str, bytes | BinaryIO]],
    head: Head,
    sender: Identity,
    recipients: Sequence[PublicIdentity],
) -> SealReceipt:
    suite = suite_named(head.suite, where="seal")
    key = suite.file_key()
    header_bytes = head.to_bytes()
    stanzas = layout.stanza_bytes(_wrapped(header_bytes, key, suite, recipients))
    head_digest = _digest(suite, header_bytes + stanzas)
    out.write(header_bytes + stanzas)
    body = out.size
    entries = tuple(_write_items(out, items, suite=suite, key=key, head_digest=head_digest))
    trailer = _write_index(out, entries, body, suite=suite, key=key, head_digest=head_digest)
    signature = sender.sign(SIGNATURE_DOMAIN, head_digest + trailer.claims())
    end = replace(trailer, signature=signature).to_bytes()
    out.write(end)
    return SealReceipt(
        package_id=head.header.package_id,
        digest=_digest(suite, head_digest + end).hex(),
        sha256=out.sha256(),
        size=out.size,
        items=len(entries),
    )


def _wrapped(
    header_bytes: bytes, key: bytes, suite: Suite, recipients: Sequence[PublicIdentity]
) -> Iterator[bytes]:
    digest = _digest(suite, header_bytes)
    for card in recipients:
        yield suite.wrap(key, card.kem_public, layout.wrap_info(digest, card.fingerprint))


def _write_items(
    out: _Output,
    items: Iterable[tuple[str, bytes | BinaryIO]],
    *,
    suite: Suite,
    key: bytes,
    head_digest: bytes,
) -> Iterator[ItemEntry]:
    seen: set[str] = set()
    body = out.size
    for number, (name, content) in enumerate(items):
        if not layout.is_item_name(name) or name in seen or number >= layout.MAX_ITEMS:
            raise _unfit_item(number)
        seen.add(name)
        start = out.size
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        context = layout.segment_context(head_digest, number, last=False)
        size, digest = encrypt_segment(source, out, suite=suite, key=key, context=context)
        if size > layout.MAX_ITEM:
            raise _unfit_item(number)
        yield ItemEntry(
            name=name,
            offset=start - body,
            sealed_size=out.size - start,
            size=size,
            digest=digest,
        )


def _write_index(
    out: _Output,
    entries: tuple[ItemEntry, ...],
    body: int,
    *,
    suite: Suite,
    key: bytes,
    head_digest: bytes,
) -> Trailer:
    sealed, start = io.BytesIO(), out.size
    context = layout.segment_context(head_digest, 0, last=True)
    plain = io.BytesIO(layout.index_bytes(entries))
    encrypt_segment(plain, sealed, suite=suite, key=key, context=context)
    if len(sealed.getbuffer()) > layout.MAX_INDEX:
        raise _unfit_item(len(entries))
    out.write(sealed.getvalue())
    return Trailer(
        index_offset=start - body,
        index_size=out.size - start,
        index_digest=_digest(suite, sealed.getvalue()),
        signature=b"",
    )


def _digest(suite: Suite, data: bytes) -> bytes:
    running = suite.hash()
    running.update(data)
    return running.digest()


def _common_suite(sender: Identity, recipients: Sequence[PublicIdentity]) -> Suite:
    prints = {card.fingerprint for card in recipients}
    if not 0 < len(recipients) <= layout.MAX_RECIPIENTS or len(prints) != len(recipients):
        raise UsageError(
            "bad_recipients",
            what="收件方缺失、过多或重复 · no recipients, too many, or one named twice",
            remedy=f"name 1 to {layout.MAX_RECIPIENTS} different recipients",
        )
    if any(card.suite != sender.suite for card in recipients):
        raise UsageError(
            "suites_differ",
            what="收发双方密码套件不同 · sender and recipients use different cipher suites",
            remedy="exchange cards made with one suite",
        )
    return suite_named(sender.suite, where="seal")


def _known_sender(head: Head, senders: Iterable[PublicIdentity], *, where: str) -> PublicIdentity:
    for card in senders:
        if card.fingerprint == head.sender:
            return card
    raise refuse(
        "unknown_sender",
        "发件方不在信任名单 · the sender's card is not in the trust store",
        where=where,
        remedy="get the sender's card, compare its fingerprint by voice, then add it",
    )


def _unfit_item(number: int) -> UsageError:
    return UsageError(
        "bad_item",
        what="条目名称重复、不合规或超限 · an item's name is doubled or unfit, or it is too large",
        where=f"item {number + 1}",
        remedy="names: a-z 0-9 . _ - in parts joined by /, each once; at most 4 GiB an item",
    )
