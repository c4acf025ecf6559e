"""The hybrid suite: as the default one, with ML-DSA-65 beside Ed25519 in every signature.

For agreements, logs and shares whose origin must still be provable when a quantum computer
can forge Ed25519. Both signatures must hold, so forging takes breaking both.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from confidentiality.suite_xwing import XWingSuite

_ED25519_PUBLIC, _ED25519_SIGNATURE, _SEED = 32, 64, 32
#: Binds ML-DSA's half to this suite (its context string, FIPS 204 section 5.2).
_CONTEXT = b"backfill hybrid/1"


class HybridSuite(XWingSuite):
    """X-Wing and AES-256-GCM as in the default suite; Ed25519 and ML-DSA-65 (FIPS 204)."""

    name = "xwing-ed25519mldsa65-aes256gcm-sha256"
    note_kind = b"\xff" + name.encode()
    cosignature_kind = note_kind + b"/cosignature"

    def sign_public(self, seed: bytes) -> bytes:
        """Ed25519 public key (32 bytes) and ML-DSA-65 public key (1,952 bytes)."""
        ed25519, mldsa = _sign_seeds(seed)
        other = MLDSA65PrivateKey.from_seed_bytes(mldsa).public_key()
        return super().sign_public(ed25519) + other.public_bytes_raw()

    def sign(self, message: bytes, seed: bytes) -> bytes:
        """Ed25519 signature (64 bytes) and ML-DSA-65 signature (3,309 bytes)."""
        ed25519, mldsa = _sign_seeds(seed)
        other = MLDSA65PrivateKey.from_seed_bytes(mldsa)
        return super().sign(message, ed25519) + other.sign(message, _CONTEXT)

    def verify(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Whether both signatures hold."""
        classic = super().verify(signature[:_ED25519_SIGNATURE], message, public[:_ED25519_PUBLIC])
        try:
            other = MLDSA65PublicKey.from_public_bytes(public[_ED25519_PUBLIC:])
            other.verify(signature[_ED25519_SIGNATURE:], message, _CONTEXT)
        except (InvalidSignature, ValueError):
            return False
        return classic


def _sign_seeds(seed: bytes) -> tuple[bytes, bytes]:
    # One seed is kept; neither half is the seed of a plain Ed25519 identity.
    expanded = hashlib.shake_256(b"backfill hybrid signature/1\x00" + seed).digest(2 * _SEED)
    return expanded[:_SEED], expanded[_SEED:]
