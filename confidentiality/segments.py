"""Segments: one item encrypted or decrypted as a stream of bounded memory.

Whether the item is the one its sender signed is decided here by its size and digest; who
the sender is, is not handled here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag

from confidentiality.format import ItemEntry, damaged, segment_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from confidentiality.suites import Suite


class Sink(Protocol):
    """Whatever takes bytes."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Take the bytes."""


#: How much of an item is held at a time.
BUFFER = 1 << 20


def encrypt_segment(
    source: BinaryIO, out: Sink, *, suite: Suite, key: bytes, context: bytes
) -> tuple[int, bytes]:
    """Encrypt a stream to `out`; how many plain bytes there were, and their digest."""
    cipher, digest, size = suite.encryptor(key, context), suite.hash(), 0
    room = bytearray()
    while block := source.read(BUFFER):
        digest.update(block)
        size += len(block)
        room = _room(room, suite.sealed_size(len(block) + suite.chunk))
        written = cipher.update_into(block, room)
        out.write(memoryview(room)[:written])
    out.write(cipher.finalize())
    return size, digest.digest()


def decrypt_segment(
    source: BinaryIO, sealed_size: int, *, suite: Suite, key: bytes, context: bytes, where: str
) -> Iterator[memoryview]:
    """The plain bytes of a segment, block by block.

    A block is authentic, but the segment's end is proven only when the iterator ends well.
    A block is overwritten by the next one. Raises `IntegrityError` for altered, cut or
    displaced bytes.
    """
    cipher = suite.decryptor(key, context)
    room = bytearray(min(sealed_size, BUFFER) + 2 * suite.chunk)
    try:
        for block in _blocks(source, sealed_size, where=where):
            yield memoryview(room)[: cipher.update_into(block, room)]
        yield memoryview(cipher.finalize())
    except InvalidTag as error:
        raise damaged("segment_altered", where=where) from error


def decrypt_item(
    source: BinaryIO,
    entry: ItemEntry,
    number: int,
    *,
    suite: Suite,
    key: bytes,
    head_digest: bytes,
    where: str,
) -> Iterator[memoryview]:
    """An item's plain bytes; ends well only when size and digest are those of the index."""
    context = segment_context(head_digest, number, last=False)
    digest, size = suite.hash(), 0
    blocks = decrypt_segment(
        source, entry.sealed_size, suite=suite, key=key, context=context, where=where
    )
    for block in blocks:
        digest.update(block)
        size += len(block)
        yield block
    if (size, digest.digest()) != (entry.size, entry.digest):
        # Another recipient knows the file key and could write a segment; only the sender
        # could sign its digest.
        raise damaged("item_not_signed", where=where)


def _room(room: bytearray, need: int) -> bytearray:
    # Most items are small pictures: a full buffer for each would cost more than the cipher.
    return room if len(room) >= need else bytearray(need)


def _blocks(source: BinaryIO, size: int, *, where: str) -> Iterator[bytes]:
    while size:
        block = source.read(min(size, BUFFER))
        if not block:
            raise damaged("truncated", where=where)
        size -= len(block)
        yield block
