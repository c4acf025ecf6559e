"""The content of an opened file: named items, decrypted when asked for.

Every item is proven again whenever it is read, because the file may be changed after it
was opened. Finding out whether the file may be opened is not handled here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from confidentiality.files import open_regular, sync_folder
from confidentiality.segments import decrypt_item
from records.errors import UsageError

if TYPE_CHECKING:
    from confidentiality.envelope import Envelope
    from confidentiality.format import ItemEntry
    from confidentiality.segments import Sink


class SealedContents(Mapping[str, bytes]):
    """Items by name, in the order they were sealed in.

    `contents[name]` gives an item's bytes; `stream` and `extract` need bounded memory
    only. All raise `IntegrityError` when the file was changed meanwhile.
    """

    __slots__ = ("_entries", "_envelope", "_key", "_path")

    def __init__(
        self, path: Path, envelope: Envelope, entries: tuple[ItemEntry, ...], key: bytes
    ) -> None:
        self._path = path
        self._envelope = envelope
        self._entries = {entry.name: (number, entry) for number, entry in enumerate(entries)}
        self._key = key

    def __getitem__(self, name: str) -> bytes:
        with open_regular(self._path) as source:
            return b"".join(bytes(block) for block in self._blocks(source, name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"SealedContents({len(self)} items)"

    def size(self, name: str) -> int:
        """Plain bytes of an item."""
        return self._entries[name][1].size

    def digest(self, name: str) -> str:
        """The digest its sender signed for an item, in hex (SHA-256 in the default suite)."""
        return self._entries[name][1].digest.hex()

    def stream(self, name: str, out: Sink) -> int:
        """Write an item to a stream; how many bytes it had.

        On an error what was written must be thrown away.
        """
        with open_regular(self._path) as source:
            # Each block is overwritten by the next, so none may be kept back.
            return sum(out.write(block) for block in self._blocks(source, name))

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
        """Decrypt everything to nowhere; raises `IntegrityError` at the first fault."""
        with open_regular(self._path) as source:
            for name in self:
                for _ in self._blocks(source, name):
                    pass

    def _extract_item(self, name: str, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            self.stream(name, out)

    def _blocks(self, source: BinaryIO, name: str) -> Iterator[memoryview]:
        number, entry = self._entries[name]
        source.seek(self._envelope.body + entry.offset)
        return decrypt_item(
            source,
            entry,
            number,
            suite=self._envelope.suite,
            key=self._key,
            head_digest=self._envelope.head_digest,
            where=self._envelope.where,
        )
