"""Originals stay where they are; before one is opened again, its bytes are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.sniff import sha256_of
from records.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


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
