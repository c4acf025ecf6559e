"""Files that must be whole or absent, and files that nobody else may read.

Writing goes aside, is flushed to the disk and renamed; a crash leaves the old file or the
new one. What the files mean is not handled here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from typing import TYPE_CHECKING, BinaryIO

from records.errors import IntegrityError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PRIVATE = 0o600
_READABLE_BY_OTHERS = 0o077


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing_aside(path: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """A private file that becomes `path` when the block ends well, and vanishes when not.

    Raises `UsageError` when `path` exists and may not be replaced, or its folder does not
    exist or can't be written to.
    """
    if not replace and path.exists():
        raise UsageError(
            "output_exists",
            what="目标文件已存在 · the output file exists already",
            where=path.name,
            remedy="choose another name; sealed files and keys are never overwritten",
        )
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    handle = _create(aside, where=path.name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        aside.rename(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _create(path: Path, *, where: str) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except OSError as error:
        raise UsageError(
            "output_not_writable",
            what="无法在目标文件夹中写文件 · no file can be made in the output folder",
            where=where,
            remedy="name a folder that exists and that you may write to",
        ) from error


def write_private(path: Path, data: bytes, *, replace: bool = False) -> None:
    """Write a small file of mode 0600, whole or not at all."""
    with writing_aside(path, replace=replace) as stream:
        stream.write(data)


def read_private(path: Path, *, limit: int = 1 << 20) -> bytes:
    """Read a small secret file that only its owner can read.

    Raises `NotPermittedError` (`key_file_exposed`) when others may read or change it,
    `IntegrityError` when it is missing or larger than `limit` bytes.
    """
    with open_regular(path) as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if mode & _READABLE_BY_OTHERS:
            raise NotPermittedError(
                "key_file_exposed",
                what="密钥文件可被他人读取 · others may read or change this key file",
                where=path.name,
                remedy="chmod 600 the file; replace the key if others used this machine",
            )
        return read_at_most(stream, limit, where=path.name)


def open_regular(path: Path) -> BinaryIO:
    """The file, open for reading; raises `IntegrityError` for what is not a plain file."""
    try:
        # Without O_NONBLOCK a named pipe in place of the file would hang the reader.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise IntegrityError(
            "unreadable_file",
            what="无法读取文件 · the file can't be opened",
            where=path.name,
            remedy="check the path and your rights to it",
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise IntegrityError(
            "not_a_file",
            what="不是普通文件 · this is not a plain file",
            where=path.name,
            remedy="name the file itself",
        )
    return os.fdopen(handle, "rb")


def read_at_most(stream: BinaryIO, limit: int, *, where: str) -> bytes:
    """All of a small stream; raises `IntegrityError` when it holds more than `limit` bytes."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise IntegrityError(
            "too_large",
            what="文件超出应有大小 · the file is larger than such a file can be",
            where=where,
            remedy="check that the right file was named",
        )
    return data


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file for the block; other processes wait."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Closing the last descriptor gives the lock up, also when the process dies.
        os.close(handle)
