"""The cipher suites that sealed files and identities may use, by name.

A suite brings every primitive that the format needs. Formats and identities name their
suite and never touch a primitive, so a further suite is one more entry
here. When a file is in order is not handled here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from confidentiality.suite_gm import GmSuite
from confidentiality.suite_hybrid import HybridSuite
from confidentiality.suite_xwing import XWingSuite
from records.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hash(Protocol):
    """A running hash."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """The hash of what was taken in."""


class SegmentCipher(Protocol):
    """A streaming cipher for one message, used once."""

    def update_into(self, data: bytes | memoryview, room: bytearray | memoryview, /) -> int:
        """Take in bytes and write what is ready into `room`; how many bytes were written."""

    def finalize(self) -> bytes:
        """The last bytes; a decryptor raises `InvalidTag` unless the end was authentic."""


class Suite(Protocol):
    """Everything a sealed file needs from cryptography.

    `unwrap` and decryptors raise `cryptography.exceptions.InvalidTag` on anything that is
    not authentic; `verify` answers instead of raising. `note_kind` and `cosignature_kind`
    say in the key ids of signed notes what a key is for (C2SP signed-note).
    """

    name: str
    chunk: int
    note_kind: bytes
    cosignature_kind: bytes

    def hash(self) -> Hash:
        """A new running hash with a digest of 32 bytes."""

    def kem_public(self, seed: bytes) -> bytes:
        """The public key for wrapping that belongs to a 32-byte seed."""

    def accepts(self, kem_public: bytes) -> bool:
        """Whether the bytes are a public key that a secret can be wrapped to."""

    def wrap(self, secret: bytes, public: bytes, info: bytes) -> bytes:
        """Encrypt a short secret to a public key, bound to `info`."""

    def unwrap(self, wrapped: bytes, seed: bytes, info: bytes) -> bytes:
        """The secret that was wrapped to the seed's public key under the same `info`."""

    def sign_public(self, seed: bytes) -> bytes:
        """The public key for verifying that belongs to a 32-byte seed."""

    def sign(self, message: bytes, seed: bytes) -> bytes:
        """A signature over the message."""

    def verify(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Whether the signature over the message was made with the public key's seed."""

    def file_key(self) -> bytes:
        """A new random file key."""

    def encryptor(self, key: bytes, context: bytes) -> SegmentCipher:
        """An encryptor for one segment, bound to its context."""

    def decryptor(self, key: bytes, context: bytes) -> SegmentCipher:
        """A decryptor for one segment, bound to its context."""

    def sealed_size(self, size: int) -> int:
        """How long the ciphertext of `size` bytes is."""


DEFAULT_SUITE = XWingSuite.name
_KNOWN: tuple[Suite, ...] = (XWingSuite(), HybridSuite(), GmSuite())
SUITES: Mapping[str, Suite] = MappingProxyType({suite.name: suite for suite in _KNOWN})


#: What command lines call the suites.
CALLED: Mapping[str, str] = MappingProxyType(
    {"xwing": XWingSuite.name, "hybrid": HybridSuite.name, "gm": GmSuite.name}
)


def suite_named(name: object, *, where: str) -> Suite:
    """The suite of that name; raises `IntegrityError` when this version knows none."""
    suite = SUITES.get(name) if isinstance(name, str) else None
    if suite is None:
        raise IntegrityError(
            "unknown_suite",
            what="不支持的密码套件 · this version does not know the file's cipher suite",
            where=where,
            remedy="install the version that wrote the file, or ask for the default suite",
        )
    return suite
