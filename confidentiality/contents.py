"""The content of an opened file: named items, decrypted when asked for.

Every item is held against its signed digest whenever it is read, because the file may be
changed after it was opened. Finding out whether the file may be opened is not handled here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from confidentiality.files import sync_folder
from confidentiality.format import damaged, segment_context
from confidentiality.segments import BUFFER, decrypt_segment
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confidentiality.envelope import Envelope
    from confidentiality.format import ItemEntry
    from confidentiality.segments import Sink


class SealedContents(Mapping[str, bytes]):
    """Items by name, in the order they were sealed in.

    `contents[name]` gives an item's bytes; `stream` and `extract` need bounded memory
    only. All raise `IntegrityError` when the file was changed meanwhile. `envelope` and `key`,
    the file's own, are for wrapping it to others.
    """

    __slots__ = ("__weakref__", "_entries", "_source", "envelope", "key")

    def __init__(
        self, source: BinaryIO, envelope: Envelope, entries: tuple[ItemEntry, ...], key: bytes
    ) -> None:
        self._source = source
        self.envelope = envelope
        self._entries = {entry.name: (number, entry) for number, entry in enumerate(entries)}
        self.key = key
        # The file stays open, so that all items come from the one that was proven.
        weakref.finalize(self, source.close)

    def __getitem__(self, name: str) -> bytes:
        return b"".join(map(bytes, self._plain(name)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"SealedContents({len(self)} items)"

    def size(self, name: str) -> int:
        """Plain bytes of an item."""
        return self._entries[name][1].size

    def stream(self, name: str, out: Sink) -> int:
        """Write an item to a stream; how many bytes it had.

        On an error what was written must be thrown away.
        """
        # Each block is overwritten by the next, so none may be kept back.
        return sum(out.write(block) for block in self._plain(name))

    def extract(self, folder: Path) -> None:
        """Write all items below a new private folder, all of them or none.

        Raises `UsageError` when the folder exists.
        """
        if folder.exists():
            raise UsageError(
                "output_exists",
                what="目标文件夹已存在 · the output folder exists already",
                where=folder.name,
                remedy="name a folder that does not exist yet",
            )
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name in self:
                self._extract_item(name, aside / name)
            aside.rename(folder)
        except BaseException:
            shutil.rmtree(aside)
            raise
        sync_folder(folder.parent)

    def verify(self) -> None:
        """Hold every item against its signed digest; raises `IntegrityError` at a fault.

        Two threads share the work: hashing lets go of the interpreter.
        """
        entries = [entry for _, entry in self._entries.values()]
        middle = len(entries) // 2
        with ThreadPoolExecutor(max_workers=1) as other:
            rest = other.submit(self._hold, entries[middle:])
            self._hold(entries[:middle])
            rest.result()

    def body(self) -> Iterator[bytes]:
        """The sealed bytes of all items and of their list, as they lie in the file."""
        trailer = self.envelope.trailer
        for _, entry in self._entries.values():
            yield from self._sealed(entry.offset, entry.sealed_size, entry.digest)
        yield from self._sealed(trailer.index_offset, trailer.index_size, trailer.index_digest)

    def _hold(self, entries: Iterable[ItemEntry]) -> None:
        for entry in entries:
            for _ in self._sealed(entry.offset, entry.sealed_size, entry.digest):
                pass

    def _extract_item(self, name: str, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            self.stream(name, out)

    def _plain(self, name: str) -> Iterator[memoryview]:
        number, entry = self._entries[name]
        return decrypt_segment(
            self._sealed(entry.offset, entry.sealed_size, entry.digest),
            suite=self.envelope.suite,
            key=self.key,
            context=segment_context(self.envelope.head.body, number, last=False),
            where=self.envelope.where,
        )

    def _sealed(self, offset: int, size: int, signed: bytes) -> Iterator[bytes]:
        """A segment's bytes; the last of them only when all have the digest that was signed."""
        digest, at = self.envelope.suite.hash(), self.envelope.body + offset
        end = at + size
        while at < end:
            block = os.pread(self._source.fileno(), min(end - at, BUFFER), at)
            if not block:
                raise damaged("truncated", where=self.envelope.where)
            at += len(block)
            digest.update(block)
            if at == end and digest.digest() != signed:
                # Whoever knows the file key could write a segment; only the sender could
                # sign its digest.
                raise damaged("segment_altered", where=self.envelope.where)
            yield block
