"""Chance that can be repeated by whoever holds the secret, and by nobody else.

A batch step may run twice and must then make the same packages, so its chance needs a
seed. The generator of the standard library would give itself away: the item ids of one
package reveal its state, and with it the order of every other package. Here every draw
is a keyed hash of a counter, from which neither the key nor other draws can be learnt.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from typing import NoReturn

_BITS_OF_A_FLOAT = 53
_BITS_OF_A_BYTE = 8


class SecretRandom(random.Random):
    """A `random.Random` whose draws are HMAC-SHA-256 of a counter under `secret`.

    `purpose` separates the uses of one secret: another purpose gives unrelated draws.
    Raises ValueError for a secret shorter than 16 bytes.
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        if len(secret) < 16:
            raise ValueError("a secret of at least 16 bytes is needed")
        self._key = hmac.digest(secret, purpose.encode(), hashlib.sha256)
        self._count = 0
        self._rest = b""
        super().__init__(0)

    def getrandbits(self, k: int, /) -> int:
        """An integer of `k` random bits."""
        wanted = -(-k // _BITS_OF_A_BYTE)
        while len(self._rest) < wanted:
            block = hmac.digest(self._key, self._count.to_bytes(16, "big"), hashlib.sha256)
            self._rest += block
            self._count += 1
        taken, self._rest = self._rest[:wanted], self._rest[wanted:]
        return int.from_bytes(taken, "big") >> (wanted * _BITS_OF_A_BYTE - k)

    def random(self) -> float:
        """A float in [0, 1)."""
        return float(self.getrandbits(_BITS_OF_A_FLOAT)) / float(1 << _BITS_OF_A_FLOAT)

    def seed(self, *_: object, **__: object) -> None:
        """Do nothing: the secret is the seed."""

    def getstate(self) -> NoReturn:
        """Refuse with TypeError, as pickling does: the state would be the secret."""
        raise TypeError("the state of a secret generator is not given out")

    def setstate(self, state: object) -> NoReturn:  # noqa: ARG002 - as random.Random names it
        """Refuse, as `getstate` does."""
        raise TypeError("the state of a secret generator is not set")
