"""Sealing and opening hold a bounded part of an item at a time, whatever its length."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from confidentiality import segments
from confidentiality.segments import BUFFER, decrypt_segment, encrypt_segment
from confidentiality.suites import DEFAULT_SUITE, suite_named

SUITE = suite_named(DEFAULT_SUITE, where="test")
ROOM = 5 * BUFFER


class Zeros(io.RawIOBase):
    """A long stream that is never in memory; counts how much is asked for at once."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.asked = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0, "the whole stream was asked for"
        self.asked = max(self.asked, size)
        block = bytes(min(size, self.left))
        self.left -= len(block)
        return block


class Drain:
    """Throws bytes away; counts the largest piece."""

    def __init__(self) -> None:
        self.size = self.largest = 0

    def write(self, data: bytes | memoryview, /) -> int:
        self.largest = max(self.largest, len(data))
        self.size += len(data)
        return len(data)


@pytest.mark.parametrize("length", [4 * BUFFER, 32 * BUFFER])
def test_encrypting_moves_bounded_pieces(length):
    source, out = Zeros(length), Drain()
    encrypt_segment(source, out, suite=SUITE, key=SUITE.file_key(), context=b"c")
    assert source.asked <= BUFFER
    assert out.largest <= SUITE.sealed_size(BUFFER + SUITE.chunk)
    assert out.size == SUITE.sealed_size(length)


@pytest.mark.parametrize("length", [4 * BUFFER, 32 * BUFFER])
def test_memory_at_its_peak_does_not_depend_on_the_length(desk, length):
    tracemalloc.start()
    try:
        path = desk.seal([("big.bin", Zeros(length))])
        opened = desk.open(path)
        drain = Drain()
        opened.contents.stream("big.bin", drain)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert drain.size == length
    assert drain.largest <= BUFFER + 2 * SUITE.chunk
    assert peak < ROOM + BUFFER


def test_any_size_of_buffer_gives_the_same_plain_bytes(monkeypatch):
    key, plain = SUITE.file_key(), bytes(range(256)) * 400
    for buffer in (1, 7, 16_384, 65_537):
        monkeypatch.setattr(segments, "BUFFER", buffer)
        plain_now = plain[:500] if buffer < 100 else plain
        out = io.BytesIO()
        encrypt_segment(io.BytesIO(plain_now), out, suite=SUITE, key=key, context=b"c")
        sealed = out.getvalue()
        pieces = [sealed[at : at + buffer] for at in range(0, len(sealed), buffer)]
        blocks = decrypt_segment(pieces, suite=SUITE, key=key, context=b"c", where="test")
        assert b"".join(bytes(block) for block in blocks) == plain_now
