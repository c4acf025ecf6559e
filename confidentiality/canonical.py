"""One way to write a record as bytes, so that a signature over it means one thing.

Canonical JSON here is UTF-8, keys sorted, no blanks, no floating-point numbers and no
doubled keys. A record that was written in any other way is refused when it is read, so
nobody can show two faces of one signed record. Which records exist is not handled here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from records.errors import IntegrityError, UsageError

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def _no_float(text: str) -> None:
    # Programs disagree on how to write a fraction, so records count in whole numbers.
    raise ValueError(text)


# Made once: `json.dumps` and `json.loads` would make new ones for each record.
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)


def canonical(record: dict[str, Any]) -> bytes:
    """The one spelling of a record in bytes."""
    return _ENCODER.encode(record).encode()


def parse_canonical(data: bytes, *, where: str) -> dict[str, Any]:
    """A record from its canonical bytes.

    Raises `IntegrityError` when the bytes are not the canonical spelling of an object.
    """
    try:
        record = _DECODER.decode(data.decode())
        # Writing it again refuses doubled keys, blanks and other spellings at once.
        good = isinstance(record, dict) and canonical(record) == data
    except (ValueError, RecursionError):
        good = False
    if not good:
        raise IntegrityError(
            "not_canonical",
            what="记录不是规范写法,可能被改动 · a record is not in its canonical spelling",
            where=where,
            remedy="ask the sender for the original file again",
        )
    checked: dict[str, Any] = record
    return checked


def sha256_hex(data: bytes) -> str:
    """SHA-256 of the bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def to_text(data: bytes) -> str:
    """Bytes as base64 text, for records."""
    return base64.b64encode(data).decode()


def from_text(text: object, *, where: str, length: int | None = None) -> bytes:
    """Bytes from their base64 text; raises `IntegrityError` for other text or another length."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or (length is not None and len(data) != length):
        raise IntegrityError(
            "bad_encoding",
            what="记录中的编码数据已损坏 · encoded data in a record is damaged",
            where=where,
            remedy="restore the file from a backup or ask for it again",
        )
    return data


def instant_text(moment: datetime) -> str:
    """A moment as UTC text, whole seconds; raises `UsageError` for a time without zone."""
    if moment.tzinfo is None:
        raise UsageError(
            "naive_time",
            what="时间缺少时区 · a moment was given without its time zone",
            remedy="pass an aware datetime",
        )
    return moment.astimezone(UTC).strftime(_INSTANT)


def parse_instant(text: object, *, where: str) -> datetime:
    """The moment a record names; raises `IntegrityError` for any other spelling."""
    moment = _moment(text) if isinstance(text, str) else None
    if moment is None:
        raise IntegrityError(
            "bad_instant",
            what="记录中的时间写法不对 · a moment in a record is not written as expected",
            where=where,
            remedy="ask the sender for the original file again",
        )
    return moment


# Many records of one file were made in the same second.
@lru_cache(maxsize=64)
def _moment(text: str) -> datetime | None:
    try:
        # Many times quicker than strptime; other spellings fail the comparison below.
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if instant_text(moment) == text else None


def is_identifier(text: object) -> bool:
    """Whether the text can serve as an id: ASCII letters, digits, `._-`, at most 64."""
    return isinstance(text, str) and _IDENTIFIER.fullmatch(text) is not None


def is_fingerprint(text: object) -> bool:
    """Whether the text is a fingerprint: 64 hex digits, lower case."""
    return isinstance(text, str) and _FINGERPRINT.fullmatch(text) is not None


def require_identifier(text: str, *, what: str) -> str:
    """The id itself; raises `UsageError` when it can't serve as one."""
    if not is_identifier(text):
        raise UsageError(
            "bad_identifier",
            what=f"编号不合规 · not usable as an id: {what}",
            remedy="use 1-64 of A-Z a-z 0-9 . _ - and begin with a letter or digit",
        )
    return text
