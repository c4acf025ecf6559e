"""The home's data key: one secret from which every store's key is derived.

It is kept either behind a passphrase, or plain in a file of mode 0600 for unattended
runs. What the derived keys open is not handled here.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from confidentiality import vault
from confidentiality.canonical import require_identifier, sha256_hex
from confidentiality.files import read_private, write_private
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_BOX = "backfill-home-key"
_PLAIN = b"backfill-key-1 "
_KEY = 32
_LIMIT = 65_536
_HEX = re.compile(rb"[0-9a-fA-F]{64}")


def derive(key: bytes, label: str) -> bytes:
    """A 32-byte key for one use (HKDF-SHA256, RFC 5869); labels keep uses apart."""
    require_identifier(label, what="label of a derived key")
    info = b"backfill/derived-key/1\x00" + label.encode("ascii")
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=info).derive(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeKey:
    """The home's 32-byte key; it never appears in a representation."""

    key: bytes = field(repr=False)

    @classmethod
    def create(
        cls,
        path: Path,
        passphrase: str | None = None,
        *,
        cost: int = vault.DEFAULT_COST,
        token: str = "",
    ) -> Self:
        """A new key, kept at `path` as `save` does.

        Raises `UsageError` when `path` exists: a lost key loses everything it opened.
        """
        made = cls(key=secrets.token_bytes(_KEY))
        made.save(path, passphrase, cost=cost, token=token)
        return made

    @classmethod
    def open(cls, path: Path, passphrase: str | None = None) -> Self:
        """The key at `path`.

        Raises `NotPermittedError` when others may read the file, `IntegrityError` when it
        is damaged or the passphrase wrong, `UsageError` when a passphrase is needed.
        """
        data = read_private(path, limit=_LIMIT)
        plain = _plain_key(data)
        if plain is not None:
            return cls(key=plain)
        if passphrase is None:
            raise UsageError(
                "passphrase_needed",
                what="需要口令 · this key is behind a passphrase",
                where=path.name,
                remedy="give the passphrase, or name a file with --passphrase-file",
            )
        secret, _ = vault.unlock(data, passphrase, purpose=_BOX)
        return cls(key=secret)

    def save(
        self,
        path: Path,
        passphrase: str | None,
        *,
        cost: int = vault.DEFAULT_COST,
        token: str = "",
        replace: bool = False,
    ) -> None:
        """Keep the key at a new path, mode 0600, or with `replace` in place of what is there.

        It lies behind the passphrase, behind the token and its PIN, or plain without either.
        """
        if passphrase is None:
            data = _PLAIN + self.key.hex().encode() + b"\n"
        else:
            clear = {"check": self._check}
            data = vault.lock(
                self.key, passphrase, purpose=_BOX, clear=clear, cost=cost, token=token
            )
        write_private(path, data, replace=replace)

    def opens(self, path: Path) -> bool:
        """Whether the key is the one at `path`, as far as can be told without its passphrase."""
        plain = _plain_key(data := read_private(path, limit=_LIMIT))
        if plain is not None:
            return plain == self.key
        return vault.clear_part(data, purpose=_BOX).get("check") == self._check

    @property
    def _check(self) -> str:
        return sha256_hex(derive(self.key, "check"))[:16]

    def derive(self, label: str) -> bytes:
        """The key for one use: `warehouse`, `index`, `chunks`."""
        return derive(self.key, label)


def read_key_file(path: Path) -> bytes:
    """The 32-byte key in a file, which is made with mode 0600 when it is missing.

    Takes this software's line, 64 hex digits, or 32 raw bytes. Raises `NotPermittedError`
    when others may read the file, `IntegrityError` when it holds no key.
    """
    if not path.exists():
        return HomeKey.create(path).key
    data = read_private(path, limit=_LIMIT)
    key = data if len(data) == _KEY else _plain_key(data)
    if key is None:
        raise IntegrityError(
            "not_a_key_file",
            what="不是密钥文件 · the file holds no key",
            where=path.name,
            remedy="name another key file, or a path that does not exist yet",
        )
    return key


def read_passphrase_file(path: Path) -> str:
    """The passphrase on the first line of a private file.

    Raises `NotPermittedError` when others may read it, `IntegrityError` when it is not
    text, `UsageError` when its first line is empty.
    """
    try:
        text = read_private(path, limit=_LIMIT).decode()
    except UnicodeDecodeError as error:
        raise IntegrityError(
            "not_text",
            what="口令文件不是 UTF-8 文本 · the passphrase file is not UTF-8 text",
            where=path.name,
            remedy="write the passphrase as one line of UTF-8",
        ) from error
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise UsageError(
            "bad_passphrase",
            what="口令文件为空 · the passphrase file's first line is empty",
            where=path.name,
            remedy="write the passphrase on the first line",
        )
    return line


def _plain_key(data: bytes) -> bytes | None:
    digits = data.removeprefix(_PLAIN).strip()
    return bytes.fromhex(digits.decode()) if _HEX.fullmatch(digits) else None
