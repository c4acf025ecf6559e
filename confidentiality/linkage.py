"""Linkage tokens: two sides find common people without telling each other names.

A linkage unit hands one secret key to both. Each side turns an identifying text into an
HMAC-SHA256 under it; equal texts give equal tokens. Who has the key can try all names and
days, so tokens hide nothing from the two sides themselves: `SPEC.md` says what remains.
How a text is normalised is the caller's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from confidentiality.files import read_private, write_private
from records.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = b"backfill-linkage-1 "
_KEY = 32
_TOKEN = 32
_FILE = re.compile(_HEAD + rb"([0-9a-f]{64})\n?")
#: 128 bits: among ten million people no two tokens are alike by chance.
TOKEN_PATTERN = re.compile(rf"[0-9a-f]{{{_TOKEN}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageKey:
    """The linkage unit's key; it never appears in a representation."""

    key: bytes = field(repr=False)

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new key in a file of mode 0600; raises `UsageError` when there is one."""
        made = cls(key=secrets.token_bytes(_KEY))
        write_private(path, _HEAD + made.key.hex().encode() + b"\n")
        return made

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key in a file.

        Raises `NotPermittedError` when others may read it, `IntegrityError` when it is no key.
        """
        found = _FILE.fullmatch(read_private(path))
        if not found:
            raise IntegrityError(
                "not_a_linkage_key",
                what="不是关联密钥文件 · this is not the file of a linkage key",
                where=path.name,
                remedy="ask the linkage unit for its key",
            )
        return cls(key=bytes.fromhex(found.group(1).decode()))

    @property
    def name(self) -> str:
        """What the key is called in clear: it tells two keys apart and nothing else."""
        return hashlib.sha256(b"backfill/linkage-key/1\x00" + self.key).hexdigest()[:16]

    def token(self, kind: str, text: str) -> str:
        """The token of a normalised text; tokens of different kinds have nothing in common."""
        message = kind.encode() + b"\x00" + text.encode()
        return hmac.digest(self.key, message, "sha256").hex()[:_TOKEN]
