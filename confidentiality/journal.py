"""Append-only files of lines that survive crashes.

A line counts once its line break is on the disk. A tail without one was never
acknowledged: readers pass over it and the next writer cuts it off. What the lines mean is
not handled here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality.files import open_regular, sync_folder
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: Longest line, so that the last one is found without reading the whole file.
MAX_LINE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The last acknowledged line (None in an empty journal) and the torn bytes after it."""

    line: bytes | None
    torn: int


def read_lines(path: Path) -> list[bytes]:
    """The acknowledged lines, without their breaks; none when the file is missing."""
    if not path.exists():
        return []
    with open_regular(path) as stream:
        return stream.read().split(b"\n")[:-1]


def read_tail(path: Path) -> Tail:
    """The journal's end, read in bounded memory."""
    if not path.exists():
        return Tail(line=None, torn=0)
    with open_regular(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        # Room for a whole line, the break before it and a torn line after it.
        stream.seek(max(0, size - 2 * (MAX_LINE + 1)))
        whole, _, torn = stream.read().rpartition(b"\n")
    line = whole.rpartition(b"\n")[2]
    return Tail(line=line or None, torn=len(torn))


def each_line(path: Path) -> Iterator[bytes]:
    """The acknowledged lines one after another, in bounded memory; none when it is missing."""
    if not path.exists():
        return
    with open_regular(path) as stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield line[:-1]


def append_line(path: Path, line: bytes) -> int:
    """Write a line and flush it to the disk; how many torn bytes were cut off before it.

    The caller holds the journal's lock. Raises `UsageError` for a line that is no line.
    """
    return append_lines(path, [line])


def append_lines(path: Path, lines: Sequence[bytes]) -> int:
    """Write lines and flush them to the disk together, as `append_line` does with one."""
    if any(not line or b"\n" in line or len(line) > MAX_LINE for line in lines):
        raise UsageError(
            "bad_line",
            what="日志行为空、过长或含换行 · a journal line is empty, too long or broken",
            where=path.name,
            remedy="record fewer values in one entry",
        )
    fresh, torn = not path.exists(), read_tail(path).torn
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.truncate(stream.seek(0, os.SEEK_END) - torn)
        stream.seek(0, os.SEEK_END)
        stream.write(b"".join(line + b"\n" for line in lines))
        stream.flush()
        os.fsync(stream.fileno())
    if fresh:
        sync_folder(path.parent)
    return torn
