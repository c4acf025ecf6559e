"""The suite of the Chinese commercial standards: SM2, SM3 and SM4-GCM.

SM2 (GB/T 32918) comes from the optional library gmssl-pyx; SM3 (GB/T 32905) and SM4 (GB/T
32907) from `cryptography`. A segment is a salt, a commitment to its key, and chunks under
SM4-GCM whose nonces count them and mark the last one (the STREAM construction).
"""

from __future__ import annotations

import hmac
import importlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from confidentiality.sm2_curve import on_curve, private_key, public_key
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK, _TAG = 16_384, 16
_SALT, _COMMITMENT, _KEY, _PREFIX = 32, 32, 16, 7
_HEAD = _SALT + _COMMITMENT
_SECRET = 32
_DIGEST = 32
#: SM2 encryption takes 1 to 255 bytes: the secret behind the digest of what it is bound to.
_SM2_LIMIT = 255


class GmSuite:
    """SM2 encryption and signatures, SM4-GCM in chunks, SM3."""

    name = "gm-sm2-sm4gcm-sm3"
    chunk = _CHUNK
    note_kind = b"\xff" + name.encode()
    cosignature_kind = b"\xff" + name.encode() + b"/cosignature"

    def hash(self) -> RunningSm3:
        """A new SM3."""
        return RunningSm3()

    def kem_public(self, seed: bytes) -> bytes:
        """The SM2 public key, 64 bytes."""
        return _public(seed)

    def accepts(self, kem_public: bytes) -> bool:
        """Only a point of the curve can be encrypted to."""
        return on_curve(kem_public)

    def wrap(self, secret: bytes, public: bytes, info: bytes) -> bytes:
        """SM2 encryption of the digest of `info` and the secret; C3 makes it authentic."""
        message = _sm3(info) + secret
        if len(message) > _SM2_LIMIT:
            raise ValueError("the secret is too long for SM2")
        return bytes(_gmssl().sm2_encrypt(public, message))

    def unwrap(self, wrapped: bytes, seed: bytes, info: bytes) -> bytes:
        """The secret, if it was wrapped to this key and for this `info`."""
        library = _gmssl()
        try:
            message = bytes(library.sm2_decrypt(private_key(seed), wrapped))
        except library.GmsslInnerError as error:
            raise InvalidTag from error
        if not hmac.compare_digest(message[:_DIGEST], _sm3(info)):
            raise InvalidTag
        return message[_DIGEST:]

    def sign_public(self, seed: bytes) -> bytes:
        """The SM2 public key, 64 bytes."""
        return _public(seed)

    def sign(self, message: bytes, seed: bytes) -> bytes:
        """An SM2 signature (DER) with the standard's default signer id."""
        return bytes(_gmssl().sm2_sign(private_key(seed), _public(seed), message))

    def verify(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """SM2 verification."""
        library = _gmssl()
        try:
            return bool(on_curve(public) and library.sm2_verify(public, message, signature))
        except library.GmsslInnerError:
            return False

    def file_key(self) -> bytes:
        """32 random bytes, from which each segment's 16-byte key is derived."""
        return secrets.token_bytes(_SECRET)

    def encryptor(self, key: bytes, context: bytes) -> Encryptor:
        """An encryptor with a salt of its own."""
        return Encryptor(key, context)

    def decryptor(self, key: bytes, context: bytes) -> Decryptor:
        """A decryptor."""
        return Decryptor(key, context)

    def sealed_size(self, size: int) -> int:
        """Salt and commitment, the bytes, and a tag a chunk; the last chunk is never full."""
        return _HEAD + size + _TAG * (size // _CHUNK + 1)


class RunningSm3:
    """A running SM3 that can be asked more than once."""

    def __init__(self) -> None:
        self._state = Hash(SM3())

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in more bytes."""
        self._state.update(data)

    def digest(self) -> bytes:
        """The hash of what was taken in."""
        return self._state.copy().finalize()


class _Chunks:
    """What both directions share: the keys of a segment and the nonce of each chunk."""

    def __init__(self, key: bytes, context: bytes) -> None:
        self._key, self._context = key, context
        self._held = bytearray()
        self._number = 0
        self._cipher = self._nonce = self.commitment = b""

    def _derive(self, salt: bytes) -> None:
        size = _KEY + _PREFIX + _COMMITMENT
        made = HKDF(SM3(), size, salt, b"backfill-sealed/1 sm4\x00" + self._context)
        secret = made.derive(self._key)
        self._cipher, rest = secret[:_KEY], secret[_KEY:]
        self._nonce, self.commitment = rest[:_PREFIX], rest[_PREFIX:]

    def _mode(self, *, last: bool, tag: bytes | None = None) -> Cipher[GCM]:
        nonce = self._nonce + self._number.to_bytes(4, "big") + bytes([last])
        self._number += 1
        return Cipher(SM4(self._cipher), GCM(nonce, tag))

    def _whole(self, size: int) -> Iterator[bytes]:
        while len(self._held) >= size:
            yield bytes(self._held[:size])
            del self._held[:size]


class Encryptor(_Chunks):
    """Encrypts one segment."""

    def __init__(self, key: bytes, context: bytes) -> None:
        super().__init__(key, context)
        salt = secrets.token_bytes(_SALT)
        self._derive(salt)
        self._head = salt + self.commitment

    def update_into(self, data: bytes | memoryview, room: bytearray | memoryview, /) -> int:
        """Take in bytes and write what is ready into `room`."""
        self._held += data
        ready = self._begin() + b"".join(self._seal(c, last=False) for c in self._whole(_CHUNK))
        room[: len(ready)] = ready
        return len(ready)

    def finalize(self) -> bytes:
        """The last chunk, which is never full."""
        return self._begin() + self._seal(bytes(self._held), last=True)

    def _begin(self) -> bytes:
        head, self._head = self._head, b""
        return head

    def _seal(self, chunk: bytes, *, last: bool) -> bytes:
        one = self._mode(last=last).encryptor()
        return one.update(chunk) + one.finalize() + one.tag


class Decryptor(_Chunks):
    """Decrypts one segment; raises `InvalidTag` on anything that is not authentic."""

    def __init__(self, key: bytes, context: bytes) -> None:
        super().__init__(key, context)
        self._begun = False

    def update_into(self, data: bytes | memoryview, room: bytearray | memoryview, /) -> int:
        """Take in bytes and write what is proven into `room`."""
        self._held += data
        self._begin()
        if not self._begun:
            return 0
        plain = b"".join(self._open(chunk, last=False) for chunk in self._whole(_CHUNK + _TAG))
        room[: len(plain)] = plain
        return len(plain)

    def finalize(self) -> bytes:
        """The last chunk; only it may end the segment."""
        if not self._begun or len(self._held) < _TAG:
            raise InvalidTag
        return self._open(bytes(self._held), last=True)

    def _begin(self) -> None:
        if self._begun or len(self._held) < _HEAD:
            return
        self._derive(bytes(self._held[:_SALT]))
        if not hmac.compare_digest(self.commitment, bytes(self._held[_SALT:_HEAD])):
            raise InvalidTag
        del self._held[:_HEAD]
        self._begun = True

    def _open(self, chunk: bytes, *, last: bool) -> bytes:
        one = self._mode(last=last, tag=chunk[-_TAG:]).decryptor()
        return one.update(chunk[:-_TAG]) + one.finalize()


def _sm3(data: bytes) -> bytes:
    running = RunningSm3()
    running.update(data)
    return running.digest()


@lru_cache(maxsize=16)
def _public(seed: bytes) -> bytes:
    return public_key(private_key(seed))


def _gmssl() -> Any:  # noqa: ANN401 - the optional library has no types when it is absent
    try:
        return importlib.import_module("gmssl_pyx")
    except ImportError as error:
        raise UsageError(
            "suite_not_installed",
            what="未安装国密套件 · the library for this cipher suite is not installed",
            where=GmSuite.name,
            remedy="安装 gmssl-pyx · install gmssl-pyx, or use the default suite",
        ) from error
