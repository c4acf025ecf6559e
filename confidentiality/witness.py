"""A witness in another department: sees that the audit log only grew, and signs that it did.

The request is the body of C2SP tlog-witness `add-checkpoint`, the answer its response, so
that a witness of another make serves as well. The witness remembers one checkpoint a log.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality.canonical import from_text
from confidentiality.checkpoint import Checkpoint, cosign, require_consistent, verified_checkpoint
from confidentiality.files import locked, open_regular, read_at_most, write_private
from confidentiality.merkle import EMPTY_ROOT, MAX_PROOF
from confidentiality.notes import MAX_NOTE, SignedNote, bad_note
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.notes import NoteSignature

_HASH = 32
_OLD = re.compile(r"old (0|[1-9]\d{0,17})")


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRequest:
    """What a log asks a witness to sign: a checkpoint, and that it grew out of `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: SignedNote

    def to_bytes(self) -> bytes:
        """The request as a file."""
        lines = [f"old {self.old}", *(b64encode(each).decode() for each in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> WitnessRequest:
        """The request in a file; raises `IntegrityError` when it is none."""
        head, _, note = data.partition(b"\n\n")
        first, *proof = head.decode("ascii", "replace").split("\n")
        found = _OLD.fullmatch(first)
        if found is None or len(proof) > MAX_PROOF or len(data) > 2 * MAX_NOTE:
            raise bad_note(where)
        return cls(
            old=int(found[1]),
            proof=tuple(from_text(line, where=where, length=_HASH) for line in proof),
            note=SignedNote.from_bytes(note, where=where),
        )


class Witness:
    """What a witness remembers, a file a log in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sign(
        self,
        request: WitnessRequest,
        *,
        keepers: Iterable[PublicIdentity],
        by: Identity,
        now: datetime,
        where: str,
    ) -> NoteSignature:
        """Sign a checkpoint of a log that grew out of the one signed before, and remember it.

        Raises `IntegrityError` (`log_rewritten`) when it did not grow, `UsageError`
        (`another_size`) when the proof begins elsewhere.
        """
        state = verified_checkpoint(request.note, keepers=list(keepers), where=where)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._folder / "lock"):
            last = self.last(state.origin)
            if last.size != request.old:
                raise UsageError(
                    "another_size",
                    what=f"上次见证的条数是 {last.size} · the entries witnessed last: {last.size}",
                    where=where,
                    remedy=f"backfill audit checkpoint --since {last.size}",
                )
            require_consistent(last, state, request.proof, where=where)
            signature = cosign(request.note, by=by, now=now)
            signed = request.note.with_signatures([signature])
            # Remembered before it is given out: a crash may cost a signature, never a look.
            write_private(self._path(state.origin), signed.to_bytes(), replace=True)
        return signature

    def last(self, origin: str) -> Checkpoint:
        """The checkpoint of the log that was signed last; the empty log's when none was."""
        path = self._path(origin)
        if not path.exists():
            return Checkpoint(origin=origin, size=0, root=EMPTY_ROOT)
        with open_regular(path) as stream:
            data = read_at_most(stream, MAX_NOTE, where=path.name)
        return Checkpoint.from_text(
            SignedNote.from_bytes(data, where=path.name).text, where=path.name
        )

    def _path(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.checkpoint"
