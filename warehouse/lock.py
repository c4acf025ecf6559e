"""One process at a time: the lock beside the database file.

The lock is the kernel's (`flock`), so it ends with its process however that ends; the
line in the file only says whom to ask.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from records.errors import StoreInUseError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_LINE = 200


class HeldLock:
    """A lock that is held until `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next process in."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def lock_beside(path: Path, *, holder: str, now: datetime) -> HeldLock:
    """Lock `<path>.lock`, or raise StoreInUseError that names who holds it and since when.

    `holder` is what this process does, in a word: its command.
    """
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.read(descriptor, _LINE).decode("utf-8", "replace").strip()
        os.close(descriptor)
        raise in_use(path, said) from None
    os.ftruncate(descriptor, 0)
    since = now.strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    os.write(descriptor, f"process {os.getpid()}: {holder}, since {since}\n".encode()[:_LINE])
    return HeldLock(descriptor)


def in_use(path: Path, holder: str) -> StoreInUseError:
    """The refusal that every caller of a held warehouse meets."""
    return StoreInUseError(
        "warehouse_in_use",
        what=f"库正被占用 · the warehouse is in use by {holder or 'another program'}",
        where=path.name,
        remedy="等它结束，或用 --snapshot 读已发布的快照 · "
        "wait for it to end, or read the published snapshot with --snapshot",
    )
