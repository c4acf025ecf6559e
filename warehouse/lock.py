"""One process at a time: the lock beside the database file.

The lock is the kernel's (`flock`), so it ends with its process however that ends; the
number in the file only says whom to ask.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from records.errors import StoreInUseError

if TYPE_CHECKING:
    from pathlib import Path


class HeldLock:
    """A lock that is held until `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next process in."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def lock_beside(path: Path) -> HeldLock:
    """Lock `<path>.lock`, or raise StoreInUseError that names the holder's process id."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise in_use(path, holder) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return HeldLock(descriptor)


def in_use(path: Path, holder: str) -> StoreInUseError:
    """The refusal that every caller of a held warehouse meets."""
    who = f"process {holder}" if holder else "another program"
    return StoreInUseError(
        "warehouse_in_use",
        what=f"The warehouse is in use by {who}",
        where=path.name,
        remedy="Wait for it to end, or read the published snapshot meanwhile.",
    )
