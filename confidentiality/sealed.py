"""Sealed files: seal for named recipients, open only what is whole, meant and in time.

Sealing streams items into a file that appears when it is complete. Opening proves the
sender's signature first, then applies the rules, then proves every item; only then is
anything of the content given out. The layout is `format`'s, replay is `replay`'s.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

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
from confidentiality.output import Output
from confidentiality.rules import check_opening, check_sealing, refuse
from confidentiality.segments import encrypt_segment
from confidentiality.suites import suite_named
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.suites import Suite

__all__ = ["Opened", "SealHeader", "SealReceipt", "SealedKind", "open_sealed", "rewrap", "seal"]


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
    head = _head(header, secrets.token_hex(layout.DIGEST), suite, sender, recipients)
    pairs = contents.items() if isinstance(contents, Mapping) else contents
    with writing_aside(out, replace=False) as stream, Output(stream) as output:
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

    Nothing is written to disk. Every item has been held against its signed digest before
    this returns. Raises `IntegrityError` for damaged, cut or altered files, `NotPermittedError`
    for an unknown sender, another recipient, kind or agreement, or a time outside the
    file's. Whether it was received before is for `ReplayRegister` to say.
    """
    where = path.name
    with ExitStack() as stack:
        stream = stack.enter_context(open_regular(path))
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
        contents = SealedContents(stream, envelope, read_index(stream, envelope, key), key)
        contents.verify()
        # The content keeps the file open, and closes it.
        stack.pop_all()
    return Opened(
        header=envelope.head.header, sender=sender, digest=envelope.digest, contents=contents
    )


def rewrap(
    out: Path, opened: Opened, *, sender: Identity, recipients: Sequence[PublicIdentity]
) -> SealReceipt:
    """Seal an opened file for other recipients, signed by `sender`, without touching its body.

    The header stays but for sender and recipients; the body's bytes are copied. Raises what
    `seal` raises.
    """
    contents = opened.contents
    check_sealing(opened.header.kind, sender.role, [card.role for card in recipients])
    suite = _common_suite(sender, recipients)
    head = _head(opened.header, contents.envelope.head.body, suite, sender, recipients)
    with writing_aside(out, replace=False) as stream, Output(stream) as output:
        head_digest = _write_head(output, head, contents.key, recipients)
        for block in contents.body():
            output.write(block)
        trailer = contents.envelope.trailer
        return _end(output, head, head_digest, trailer, sender=sender, items=len(contents))


def _write(
    out: Output,
    items: Iterable[tuple[str, bytes | BinaryIO]],
    head: Head,
    sender: Identity,
    recipients: Sequence[PublicIdentity],
) -> SealReceipt:
    suite = suite_named(head.suite, where="seal")
    key = suite.file_key()
    head_digest = _write_head(out, head, key, recipients)
    body = out.size
    entries = tuple(_write_items(out, items, suite=suite, key=key, body=head.body))
    size, digest = _write_index(out, entries, suite=suite, key=key, body=head.body)
    trailer = Trailer(
        index_offset=out.size - size - body, index_size=size, index_digest=digest, signature=b""
    )
    return _end(out, head, head_digest, trailer, sender=sender, items=len(entries))


def _head(
    header: SealHeader,
    body: str,
    suite: Suite,
    sender: Identity,
    recipients: Sequence[PublicIdentity],
) -> Head:
    return Head(
        header=header,
        body=body,
        suite=suite.name,
        sender=sender.fingerprint,
        recipients=tuple(card.fingerprint for card in recipients),
    )


def _write_head(out: Output, head: Head, key: bytes, recipients: Sequence[PublicIdentity]) -> bytes:
    """Write magic to stanzas; returns their digest."""
    suite, header_bytes = suite_named(head.suite, where="seal"), head.to_bytes()
    digest = _digest(suite, header_bytes)
    stanzas = layout.stanza_bytes(
        suite.wrap(key, card.kem_public, layout.wrap_info(digest, card.fingerprint))
        for card in recipients
    )
    out.write(header_bytes + stanzas)
    return _digest(suite, header_bytes + stanzas)


def _write_items(
    out: Output,
    items: Iterable[tuple[str, bytes | BinaryIO]],
    *,
    suite: Suite,
    key: bytes,
    body: str,
) -> Iterator[ItemEntry]:
    seen: set[str] = set()
    begins = out.size
    for number, (name, content) in enumerate(items):
        if not layout.is_item_name(name) or name in seen or number >= layout.MAX_ITEMS:
            raise _unfit_item(number)
        seen.add(name)
        start = out.size
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        context = layout.segment_context(body, number, last=False)
        size, digest = encrypt_segment(source, out, suite=suite, key=key, context=context)
        if size > layout.MAX_ITEM:
            raise _unfit_item(number)
        yield ItemEntry(
            name=name,
            offset=start - begins,
            sealed_size=out.size - start,
            size=size,
            digest=digest,
        )


def _write_index(
    out: Output, entries: tuple[ItemEntry, ...], *, suite: Suite, key: bytes, body: str
) -> tuple[int, bytes]:
    """Write the index; returns the size and digest of its segment."""
    start, context = out.size, layout.segment_context(body, 0, last=True)
    plain = io.BytesIO(layout.index_bytes(entries))
    _, digest = encrypt_segment(plain, out, suite=suite, key=key, context=context)
    if out.size - start > layout.MAX_INDEX:
        raise _unfit_item(len(entries))
    return out.size - start, digest


def _end(
    out: Output,
    head: Head,
    head_digest: bytes,
    trailer: Trailer,
    *,
    sender: Identity,
    items: int,
) -> SealReceipt:
    """Sign head and trailer, and write the trailer."""
    signature = sender.sign(SIGNATURE_DOMAIN, head_digest + trailer.claims())
    end = replace(trailer, signature=signature).to_bytes()
    out.write(end)
    return SealReceipt(
        package_id=head.header.package_id,
        digest=_digest(suite_named(head.suite, where="seal"), head_digest + end).hex(),
        sha256=out.sha256(),
        size=out.size,
        items=items,
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
