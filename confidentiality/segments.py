"""Segments: one item encrypted or decrypted as a stream of bounded memory.

An item is the one its sender meant when its sealed bytes have the digest that the sender
signed; who the sender is, is not handled here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag

from confidentiality.format import damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    """Encrypt a stream to `out`; how many plain bytes there were, and the sealed ones' digest."""
    cipher, digest, size = suite.encryptor(key, context), suite.hash(), 0
    room = bytearray()
    while block := source.read(BUFFER):
        size += len(block)
        room = _room(room, suite.sealed_size(len(block) + suite.chunk))
        piece = memoryview(room)[: cipher.update_into(block, room)]
        digest.update(piece)
        out.write(piece)
    end = cipher.finalize()
    digest.update(end)
    out.write(end)
    return size, digest.digest()


def decrypt_segment(
    sealed: Iterable[bytes | memoryview], *, suite: Suite, key: bytes, context: bytes, where: str
) -> Iterator[memoryview]:
    """The plain bytes of a segment that is given in blocks, block by block.

    A block is authentic, but the segment's end is proven only when the iterator ends well.
    A block is overwritten by the next one. Raises `IntegrityError` for altered, cut or
    displaced bytes.
    """
    cipher = suite.decryptor(key, context)
    room = bytearray()
    try:
        for block in sealed:
            room = _room(room, len(block) + suite.chunk)
            yield memoryview(room)[: cipher.update_into(block, room)]
        yield memoryview(cipher.finalize())
    except InvalidTag as error:
        raise damaged("segment_altered", where=where) from error


def _room(room: bytearray, need: int) -> bytearray:
    # Most items are small pictures: a full buffer for each would cost more than the cipher.
    return room if len(room) >= need else bytearray(need)
