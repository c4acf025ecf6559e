"""A file that is written while the next part of it is made.

Another thread hashes and writes whole blocks while the next one is encrypted; both let go of
the interpreter. What the bytes mean is not handled here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, Self

from confidentiality.segments import BUFFER

#: The disk is asked to begin writing when so many bytes have come together.
_STRETCH = 8 << 20


class Output:
    """A stream to write to that knows how many bytes it took, and their SHA-256.

    At most two blocks are held.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._crew = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[None] | None = None
        # One is filled while the other is written; making new ones would cost more than hashing.
        self._block, self._other = bytearray(BUFFER), bytearray(BUFFER)
        self._filled = 0
        self._sha256 = hashlib.sha256()
        self._written = self._begun = 0
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        # Whoever removes a file that failed must not meet a thread that still writes it.
        self._crew.shutdown(wait=True)

    def write(self, data: bytes | memoryview, /) -> int:
        """Take bytes in; an earlier block's failure to be written is raised here."""
        taken, rest = len(data), memoryview(data)
        while len(rest) >= BUFFER - self._filled:
            part = BUFFER - self._filled
            self._block[self._filled :] = rest[:part]
            self._filled, rest = BUFFER, rest[part:]
            self._hand_over()
        self._block[self._filled : self._filled + len(rest)] = rest
        self._filled += len(rest)
        self.size += taken
        return taken

    def sha256(self) -> str:
        """The digest of everything, when all of it is written."""
        self._hand_over()
        self._wait()
        return self._sha256.hexdigest()

    def _hand_over(self) -> None:
        self._wait()
        self._pending = self._crew.submit(self._put, memoryview(self._block)[: self._filled])
        self._block, self._other = self._other, self._block
        self._filled = 0

    def _wait(self) -> None:
        if self._pending:
            self._pending.result()

    def _put(self, block: memoryview) -> None:
        self._sha256.update(block)
        self._stream.write(block)
        self._written += len(block)
        if self._written - self._begun >= _STRETCH:
            self._begin_writing()

    def _begin_writing(self) -> None:
        """Ask the disk to begin with what is not on it yet, so that little is left to wait for."""
        self._stream.flush()
        # Where a file system takes no advice, the flush at the end does all of it.
        with contextlib.suppress(OSError):
            stretch = self._written - self._begun
            os.posix_fadvise(self._stream.fileno(), self._begun, stretch, os.POSIX_FADV_DONTNEED)
        self._begun = self._written
