"""One writer at a time for a register index.

The lock is an empty file beside the index; the operating system lets go of it when the
process ends, however it ends.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from records.errors import StoreInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = "register.lock"


def in_use(where: Path) -> StoreInUseError:
    """The error that says another process holds the index."""
    return StoreInUseError(
        "index_in_use",
        what="Another process is using this register index.",
        where=str(where),
        remedy="Wait for it to end, then try again.",
    )


@contextmanager
def writing(index_dir: Path) -> Iterator[None]:
    """Hold the index for writing; raises StoreInUseError when another process does."""
    with (index_dir / LOCK_NAME).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise in_use(index_dir) from error
        yield


def held_elsewhere(path: Path) -> bool:
    """Whether another process holds a lock on the file that forbids reading it."""
    with path.open("rb") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        fcntl.lockf(handle, fcntl.LOCK_UN)
    return False
