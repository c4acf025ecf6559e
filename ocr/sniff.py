"""What a file is, told from its bytes, and whether it may be opened at all.

Names and extensions are not trusted. Decoding pictures is not handled here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.limits import Limits
from ocr.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 1024
_TAIL = 1 << 16
_CHUNK = 1 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
#: A PDF may carry a few bytes before its header (ISO 32000-1, annex H, note 13).
_PDF = b"%PDF-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """A file that may be opened: its media type and its size in bytes."""

    media_type: str
    size: int


def sniff(path: Path, limits: Limits | None = None) -> Sniffed:
    """Tell what a file is.

    Raises InputError: `not_found`, `unreadable`, `not_a_regular_file`, `empty_file`,
    `file_too_large`, `unsupported_type`, `truncated_image`, `truncated_pdf`.
    """
    limits = limits or Limits()
    descriptor = _open(path)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise refused("empty_file", path.name)
        if size > limits.file_bytes:
            raise refused("file_too_large", path.name)
        head = file.read(_HEAD)
        file.seek(max(0, size - _TAIL))
        tail = file.read(_TAIL)
    media_type = media_type_of(head)
    if media_type is None:
        raise refused("unsupported_type", path.name)
    _check_end(media_type, tail, path.name)
    return Sniffed(media_type=media_type, size=size)


def media_type_of(head: bytes) -> str | None:
    """The media type that the first bytes of a file announce; None for any other."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(_PNG):
        return "image/png"
    if head.startswith(_TIFF):
        return "image/tiff"
    if _PDF in head:
        return "application/pdf"
    return None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes in hexadecimal, read in pieces.

    Raises InputError as `sniff` does where the file can't be opened.
    """
    digest = hashlib.sha256()
    with os.fdopen(_open(path), "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _open(path: Path) -> int:
    """A descriptor of a regular file; never waits for a pipe's other end."""
    try:
        # The name is looked at before it is opened, because opening a device can act on it,
        # and again afterwards, because the name may have changed hands in between.
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            folder = stat.S_ISDIR(mode)
            raise refused("unreadable" if folder else "not_a_regular_file", path.name)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise refused(_REASONS.get(error.errno or 0, "unreadable"), path.name) from error
    except ValueError as error:
        raise refused("not_found", path.name) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refused("not_a_regular_file", path.name)
    return descriptor


_REASONS = {
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_found",
    errno.ELOOP: "not_found",
    errno.ENAMETOOLONG: "not_found",
}


def _check_end(media_type: str, tail: bytes, name: str) -> None:
    """Formats that mark their end must do so; scanners' trailing padding is allowed."""
    # Inside a scan FF D9 can't occur, but a thumbnail before it has an end of its own.
    if media_type == "image/jpeg" and tail.rfind(b"\xff\xd9") <= tail.rfind(b"\xff\xda"):
        raise refused("truncated_image", name)
    if media_type == "image/png" and b"IEND" not in tail:
        raise refused("truncated_image", name)
    if media_type == "application/pdf" and b"%%EOF" not in tail:
        raise refused("truncated_pdf", name)
