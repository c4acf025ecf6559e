"""A department's receipt: which share it got, how many records, and the file's hash.

Needs the base packages alone; the seal that carries it is the department's signature.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from confidentiality.canonical import is_fingerprint, is_identifier
from records.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "backfill-receipt/1"
_ITEM = "receipt.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What arrived: share, records, and the SHA-256 of the sealed file."""

    share_id: str
    records: int
    sha256: str

    def contents(self) -> dict[str, bytes]:
        """The item to seal."""
        return {_ITEM: json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True).encode()}


def parse_receipt(contents: Mapping[str, bytes], *, where: str) -> Receipt:
    """The receipt in a sealed file; raises IntegrityError when it is none."""
    try:
        told = json.loads(contents[_ITEM])
        made = Receipt(share_id=told["share_id"], records=told["records"], sha256=told["sha256"])
        good = (
            told.keys() == {"format", "share_id", "records", "sha256"}
            and told["format"] == FORMAT
            and is_identifier(made.share_id)
            and type(made.records) is int
            and made.records >= 0
            and is_fingerprint(made.sha256)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise IntegrityError(
            "bad_receipt",
            what="回执内容不合格式 · the content of the receipt is not as it should be",
            where=where,
            remedy="请对方用 backfill receipt make 重新制作 · have it made anew",
        )
    return made
