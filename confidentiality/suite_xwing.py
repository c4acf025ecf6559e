"""The default suite: X-Wing key wrapping, Ed25519 signatures, chunked AES-256-GCM.

Key wrapping is HPKE (RFC 9180, base mode) over ML-KEM-768 + X25519, so that a file kept
today stays closed to a quantum computer tomorrow. Streams are Cobblestone-256, the C2SP
chunked encryption: it marks its last chunk and commits to its key.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InternalError, InvalidSignature
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_MLKEM_SEED, _X25519_KEY, _MLKEM_PUBLIC = 64, 32, 1184
_CHUNK, _STREAM_HEAD, _TAG = 16_384, 56, 16


class XWingSuite:
    """ML-KEM-768+X25519, HKDF-SHA256, AES-256-GCM, Ed25519, SHA-256."""

    name = "xwing-ed25519-aes256gcm-sha256"
    chunk = _CHUNK
    note_kind = b"\x01"
    cosignature_kind = b"\x04"

    def hash(self) -> hashlib._Hash:
        """A new SHA-256."""
        return hashlib.sha256()

    def kem_public(self, seed: bytes) -> bytes:
        """ML-KEM-768 public key (1,184 bytes) and X25519 public key (32 bytes)."""
        mlkem, x25519 = _kem_keys(seed)
        return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def accepts(self, kem_public: bytes) -> bool:
        """Tries: only a key of the right length and on the curve can be wrapped to."""
        try:
            self.wrap(b"", kem_public, b"")
        except (ValueError, InternalError):
            return False
        return True

    def wrap(self, secret: bytes, public: bytes, info: bytes) -> bytes:
        """HPKE single-shot encryption of the secret to the public key."""
        key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
        return _HPKE.encrypt(secret, key, info=info)

    def unwrap(self, wrapped: bytes, seed: bytes, info: bytes) -> bytes:
        """HPKE single-shot decryption."""
        return _HPKE.decrypt(wrapped, hpke.MLKEM768X25519PrivateKey(*_kem_keys(seed)), info=info)

    def sign_public(self, seed: bytes) -> bytes:
        """Ed25519 public key, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def sign(self, message: bytes, seed: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(seed).sign(message)

    def verify(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Ed25519 verification."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def file_key(self) -> bytes:
        """32 random bytes."""
        return Cobblestone256Encryptor.generate_key()

    def encryptor(self, key: bytes, context: bytes) -> Cobblestone256Encryptor:
        """Cobblestone-256; each instance draws its own salt, so one file key serves all."""
        return Cobblestone256Encryptor(key, context)

    def decryptor(self, key: bytes, context: bytes) -> Cobblestone256Decryptor:
        """Cobblestone-256."""
        return Cobblestone256Decryptor(key, context)

    def sealed_size(self, size: int) -> int:
        """Salt and commitment, the bytes, and a tag a chunk; the last chunk is never full."""
        return _STREAM_HEAD + size + _TAG * (size // _CHUNK + 1)


@lru_cache(maxsize=8)
def _kem_keys(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    # X-Wing (draft-connolly-cfrg-xwing-kem) keeps one seed and expands it with SHAKE-256.
    expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED + _X25519_KEY)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:]),
    )
