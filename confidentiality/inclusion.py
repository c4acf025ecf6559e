"""That one entry stands in the audit log, to be shown without the rest of it.

The file is C2SP tlog-proof; its `extra` carries the entry itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality import merkle
from confidentiality.audit import entry_of, tampered
from confidentiality.canonical import from_text
from confidentiality.checkpoint import Checkpoint, verified_checkpoint
from confidentiality.notes import MAX_NOTE, SignedNote, bad_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confidentiality.audit import AuditEntry, AuditLog
    from confidentiality.identity import Identity, PublicIdentity

_FIRST = "c2sp.org/tlog-proof@v1"
_HASH = 32
_INDEX = re.compile(r"index (0|[1-9]\d{0,17})")


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """An entry's line, its index from 0, its audit path, and the signed checkpoint above it."""

    line: bytes
    index: int
    path: tuple[bytes, ...]
    note: SignedNote

    def to_bytes(self) -> bytes:
        """The proof as a file."""
        hashes = [b64encode(each).decode() for each in self.path]
        extra = f"extra {b64encode(self.line).decode()}"
        lines = [_FIRST, extra, f"index {self.index}", *hashes, "", ""]
        return "\n".join(lines).encode() + self.note.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> InclusionProof:
        """The proof in a file; raises `IntegrityError` when it is none."""
        head, _, note = data.partition(b"\n\n")
        first, extra, index, *hashes = [*head.decode("ascii", "replace").split("\n"), "", "", ""]
        hashes = [each for each in hashes if each]
        found = _INDEX.fullmatch(index)
        good = first == _FIRST and extra.startswith("extra ") and found and len(data) < 2 * MAX_NOTE
        if not good or found is None or len(hashes) > merkle.MAX_PROOF:
            raise bad_note(where)
        return cls(
            line=from_text(extra.removeprefix("extra "), where=where),
            index=int(found[1]),
            path=tuple(from_text(each, where=where, length=_HASH) for each in hashes),
            note=SignedNote.from_bytes(note, where=where),
        )

    def proven(
        self, *, keepers: Iterable[PublicIdentity], where: str
    ) -> tuple[AuditEntry, Checkpoint]:
        """The entry, and the checkpoint of the log that it stands in.

        Raises `IntegrityError` (`entry_not_in_log`) when the path does not lead there, and
        what `verified_checkpoint` raises.
        """
        state = verified_checkpoint(self.note, keepers=keepers, where=where)
        leaf = merkle.leaf_hash(self.line)
        if not merkle.proves_inclusion(leaf, self.index, state.size, self.path, state.root):
            raise tampered("entry_not_in_log", where=where)
        return entry_of(self.line, self.index + 1, where=where), state


def prove_entry(log: AuditLog, seq: int, *, by: Identity) -> InclusionProof:
    """The proof for entry number `seq` under a checkpoint of the log as it is now."""
    line = log.line_of(seq)
    note = log.checkpoint(by=by)
    size = Checkpoint.from_text(note.text, where=log.path.name).size
    return InclusionProof(line=line, index=seq - 1, path=log.path_of(seq, size), note=note)
