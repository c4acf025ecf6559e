"""The record that a vendor signs when the content of a package has been destroyed.

It names the package, what was destroyed and when. Deleting and signing are not handled here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from records.errors import InputError

FORMAT = "backfill-destruction/1"
#: The domain under which the record is signed.
DOMAIN = "destruction"
_KEYS = frozenset({"record", "signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """What was destroyed: `sealed_digest` identifies the package's file, `station` the signer.

    `destroyed_at` is UTC in ISO 8601; `submissions` counts what had been returned before.
    """

    package_id: str
    agreement_id: str
    sealed_digest: str
    items: int
    entries: int
    submissions: int
    destroyed_at: str
    station: str
    method: str = "sealed copy unlinked; entries overwritten (SQLite secure_delete)"

    def payload(self) -> bytes:
        """The bytes that are signed: canonical JSON."""
        record = {"format": FORMAT, **asdict(self)}
        return json.dumps(
            record, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def destruction_file(destruction: Destruction, signature: bytes) -> bytes:
    """The record and its signature as a file."""
    signed = {"record": json.loads(destruction.payload()), "signature": signature.hex()}
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def parse_destruction(data: bytes) -> tuple[Destruction, bytes]:
    """The record in a file, and its signature, which is for the caller to verify.

    Raises InputError when the file is no such record.
    """
    try:
        signed = json.loads(data)
        if set(signed) != _KEYS or signed["record"].pop("format") != FORMAT:
            raise _bad()
        made = Destruction(**_typed(signed["record"]))
        signature = bytes.fromhex(signed["signature"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _bad() from None
    return made, signature


def _typed(record: dict[str, Any]) -> dict[str, Any]:
    numbers = {"items", "entries", "submissions"}
    for key, value in record.items():
        if type(value) is not (int if key in numbers else str):
            raise _bad()
    return record


def _bad() -> InputError:
    return InputError(
        "bad_destruction_record",
        what="销毁证明不合格式 · the record of destruction is malformed",
        where="destruction record",
        remedy="请承录方重新出具 · ask the vendor for it again: station destroy writes it anew",
    )
