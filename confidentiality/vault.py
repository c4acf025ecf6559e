"""A secret behind a passphrase or a token: a key is made, committing encryption closes the box.

Behind a passphrase scrypt makes the key, behind a token the device does, after its PIN.

The box is canonical JSON whose clear part (what it is, whose, how costly) is bound to the
ciphertext. What the secret is for is not handled here.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from typing import Any

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from confidentiality.canonical import canonical, from_text, parse_canonical, to_text
from confidentiality.token import make_key, token_secret
from records.errors import IntegrityError, UsageError

_VERSION, _TOKEN_VERSION = 1, 2
_FORMS: dict[int, set[str]] = {
    _VERSION: {"clear", "cost", "format", "salt", "version"},
    _TOKEN_VERSION: {"clear", "format", "key", "salt", "token", "version"},
}
_SALT, _KEY, _BLOCK = 16, 32, 8
_KNOWN_COSTS = tuple(1 << power for power in range(10, 21))

#: scrypt's N for new boxes: 128 MiB and about a third of a second.
DEFAULT_COST = 1 << 17


def lock(
    secret: bytes,
    passphrase: str,
    *,
    purpose: str,
    clear: dict[str, Any],
    cost: int = DEFAULT_COST,
    token: str = "",
) -> bytes:
    """The secret in a box that the passphrase opens, or the token called so, by its PIN.

    `clear` stays readable but can't be changed; `cost` is scrypt's N, a power of two from
    2**10 to 2**20. Raises `UsageError` for an empty passphrase, another cost, or a token that
    can't be used.
    """
    if not passphrase or cost not in _KNOWN_COSTS:
        raise UsageError(
            "bad_passphrase",
            what="口令为空或强度参数不合规 · the passphrase is empty or its cost out of range",
            remedy="give a passphrase; leave the cost at its default",
        )
    salt = secrets.token_bytes(_SALT)
    head: dict[str, Any] = {"clear": clear, "format": purpose, "salt": to_text(salt)}
    if token:
        head |= {"key": f"{purpose}-{salt.hex()}", "token": token, "version": _TOKEN_VERSION}
        make_key(token, head["key"], passphrase)
    else:
        head |= {"cost": cost, "version": _VERSION}
    cipher = Cobblestone256Encryptor(_stretch(passphrase, head, where=purpose), canonical(head))
    ciphertext = cipher.update(secret) + cipher.finalize()
    return canonical({**head, "ciphertext": to_text(ciphertext)})


def unlock(box: bytes, passphrase: str, *, purpose: str) -> tuple[bytes, dict[str, Any]]:
    """The secret and the clear part.

    Raises `IntegrityError` for a box of another kind, and (`undecipherable`) when the
    passphrase is not the box's or the box was changed: nobody can tell which.
    """
    head, ciphertext = _head(box, purpose=purpose)
    key = _stretch(passphrase, head, where=purpose)
    cipher = Cobblestone256Decryptor(key, canonical(head))
    try:
        secret = cipher.update(ciphertext) + cipher.finalize()
    except InvalidTag as error:
        raise IntegrityError(
            "undecipherable",
            what="口令不符或文件被改动 · wrong passphrase, or the file was changed",
            where=purpose,
            remedy="try the passphrase again; otherwise restore the file from a backup",
        ) from error
    return secret, head["clear"]


def clear_part(box: bytes, *, purpose: str) -> dict[str, Any]:
    """What stands in clear on a box; not proven until the box is unlocked."""
    head, _ = _head(box, purpose=purpose)
    return dict(head["clear"])


def _head(box: bytes, *, purpose: str) -> tuple[dict[str, Any], bytes]:
    head = parse_canonical(box, where=purpose)
    ciphertext = from_text(head.pop("ciphertext", None), where=purpose)
    version = head.get("version")
    known = isinstance(version, int) and _FORMS.get(version) == head.keys()
    texts = all(isinstance(head.get(name, ""), str) for name in ("key", "token"))
    if not known or not texts or head["format"] != purpose:
        raise IntegrityError(
            "wrong_box",
            what="不是所需的密钥文件或版本不符 · not this kind of key file, or another version",
            where=purpose,
            remedy="name the right file, or install the version that wrote it",
        )
    return head, ciphertext


def _stretch(passphrase: str, head: dict[str, Any], *, where: str) -> bytes:
    if head["version"] == _TOKEN_VERSION:
        return token_secret(head["token"], head["key"], passphrase, canonical(head))
    if head["cost"] not in _KNOWN_COSTS:
        # A forged cost could otherwise eat all memory before anything is proven.
        raise IntegrityError(
            "bad_cost",
            what="密钥文件的强度参数越界 · the key file's cost is out of range",
            where=where,
            remedy="restore the file from a backup",
        )
    cost: int = head["cost"]
    return hashlib.scrypt(
        unicodedata.normalize("NFC", passphrase).encode(),
        salt=from_text(head["salt"], where=where, length=_SALT),
        n=cost,
        r=_BLOCK,
        p=1,
        maxmem=2 * 128 * _BLOCK * cost,
        dklen=_KEY,
    )
