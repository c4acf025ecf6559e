"""Originals stay where they are; before one is opened again, its bytes are compared."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ocr.sniff import sha256_of
from records.errors import InputError

_ESCAPE = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))")


def as_text(path: Path) -> str:
    r"""A path as the warehouse keeps it: text from which `as_path` finds the file again.

    Names that aren't UTF-8, such as those of old Chinese systems, keep their bytes as `\xNN`.
    """
    return os.fsencode(path).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def as_path(text: str) -> Path:
    """The path that `as_text` wrote down."""
    return Path(os.fsdecode(_ESCAPE.sub(_byte, text.encode())))


def _byte(escape: re.Match[bytes]) -> bytes:
    digits = escape[1]
    return bytes.fromhex(digits.decode()) if digits else b"\\"


def require_unchanged(scan_id: str, path: Path) -> None:
    """Raise InputError unless the file still holds the bytes that intake entered.

    `scan_changed` for other bytes; what can't be opened has its own reason.
    """
    if sha256_of(path) != scan_id:
        raise InputError(
            "scan_changed",
            what="扫描件在登记后被改动 · the scan was changed after intake",
            where=path.name,
            remedy="恢复原件 · put the original back where it was",
        )
