"""The audit log: who released, received, read and opened what, when and why.

Entries are the leaves of a Merkle tree (RFC 6962). Signed checkpoints fix the tree at a
time, so that no entry before them can be changed, dropped or moved unseen; a witness's
copy shows that log and checkpoints were not rewritten together. Entries hold ids and
counts, never a person's values.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality import merkle
from confidentiality.canonical import instant_text, parse_canonical, parse_instant
from confidentiality.checkpoint import Checkpoint, sign_checkpoint
from confidentiality.files import locked, open_regular, read_at_most, write_private
from confidentiality.journal import append_lines, each_line, read_tail
from confidentiality.nodes import NodeReader, append_leaves, nodes_of, stored_nodes
from confidentiality.notes import MAX_NOTE, SignedNote, bad_note
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity
    from confidentiality.notes import NoteSignature

Subject = Mapping[str, str | int]

_KEYS = frozenset({"at", "event", "seq", "subject"})
#: Logs begun before the tree chained their lines; such a line is a leaf like any other.
_CHAINED = _KEYS | {"prev"}
_EVENT = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)*")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
_VALUE = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{15}(\d{2}[0-9Xx])?(?![0-9A-Za-z])")
#: No smaller number has the digits of an ID number.
_SHORTEST_ID = 10**14
_ORIGIN_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry of the log; `seq` counts from 1."""

    seq: int
    at: datetime
    event: str
    subject: Subject


class AuditLog:
    """The log at `path`; beside it its nodes (`.nodes`) and signed checkpoints.

    Several processes may append at once; each append holds a lock and is on the disk when
    the call returns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.nodes = path.with_name(f"{path.name}.nodes")
        self._folder = path.with_name(f"{path.name}.checkpoints")
        self._lock = path.with_name(f"{path.name}.lock")

    def append(self, event: str, subject: Subject, *, now: datetime) -> None:
        """Enter an event such as `package.released` with ids and counts.

        Raises `UsageError` for an event or value that is not an id or a count, and
        `IntegrityError` when log and tree don't fit together.
        """
        self.append_all([(event, subject)], now=now)

    def append_all(self, events: Iterable[tuple[str, Subject]], *, now: datetime) -> int:
        """Enter several events at once, as `append` does; returns how many entries there are."""
        listed = list(events)
        for event, subject in listed:
            _check_event(event, subject)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._lock):
            size, torn = self._at_end()
            if torn:
                # The cut itself is entered, so that no byte leaves the log unseen.
                listed.insert(0, ("audit.repaired", {"bytes": torn}))
            at = instant_text(now)
            lines = [
                _line(size + n, event, subject, at) for n, (event, subject) in enumerate(listed, 1)
            ]
            append_lines(self.path, lines)
            append_leaves(self.nodes, size, map(merkle.leaf_hash, lines))
        return size + len(lines)

    def state(self) -> Checkpoint:
        """How large the log is and its root, from the stored nodes.

        Raises `UsageError` when it is empty, `IntegrityError` when log and tree don't fit.
        """
        with locked(self._lock):
            size, _ = self._at_end()
        if not size:
            raise UsageError(
                "audit_empty",
                what="审计日志为空 · the audit log holds no entry",
                where=self.path.name,
                remedy="record an event first",
            )
        with open_regular(self.nodes) as stream:
            node = NodeReader(stream)
            return Checkpoint(
                origin=log_origin(node(0, 0)), size=size, root=merkle.root(node, size)
            )

    def checkpoint(self, *, by: Identity) -> SignedNote:
        """Sign the present state and keep the note beside the log."""
        state = self.state()
        kept = self._note_path(state.size)
        if kept.exists():
            note = _read_note(kept)
            if note.text == state.text():
                return note
            raise tampered("audit_altered", where=self.path.name)
        note = sign_checkpoint(state, by=by)
        self._keep(note, state.size)
        return note

    def checkpoints(self) -> tuple[SignedNote, ...]:
        """The signed checkpoints that are kept, the smallest first; they are not yet proven."""
        files = self._folder.glob("*.checkpoint") if self._folder.exists() else ()
        return tuple(map(_read_note, sorted(files)))

    def add_cosignatures(self, signatures: Sequence[NoteSignature], *, size: int) -> None:
        """Keep witnesses' signatures with the checkpoint of that size.

        Raises `UsageError` when none of that size is kept.
        """
        path = self._note_path(size)
        if not path.exists():
            raise UsageError(
                "no_such_checkpoint",
                what="没有该大小的检查点 · no checkpoint of this size is kept",
                where=str(size),
                remedy="backfill audit checkpoint",
            )
        self._keep(_read_note(path).with_signatures(signatures), size)

    def proof_of_growth(self, old: int, size: int) -> tuple[bytes, ...]:
        """That the log of `size` entries grew out of that of `old` (RFC 6962, 2.1.2)."""
        with open_regular(self.nodes) as stream:
            return merkle.consistency_proof(NodeReader(stream), old, size)

    def line_of(self, seq: int) -> bytes:
        """The line of an entry, found by halving: lines bear their numbers in order.

        Raises `UsageError` when there is none of that number.
        """
        with open_regular(self.path) as stream:
            low, high = 0, stream.seek(0, os.SEEK_END)
            while low < high:
                middle = (low + high) // 2
                stream.seek(max(low, middle - 1))
                if middle > low:
                    stream.readline()
                at = stream.tell()
                line = stream.readline()
                number = _seq(line[:-1], where=self.path.name) if at < high else seq + 1
                if number == seq:
                    return line[:-1]
                low, high = (at + len(line), high) if number < seq else (low, middle)
        raise UsageError(
            "no_such_entry",
            what="审计日志没有该条 · the audit log has no such entry",
            where=str(seq),
            remedy="backfill audit verify",
        )

    def path_of(self, seq: int, size: int) -> tuple[bytes, ...]:
        """The audit path of an entry in the tree of `size` entries, from the stored nodes."""
        with open_regular(self.nodes) as stream:
            return merkle.inclusion_proof(NodeReader(stream), seq - 1, size)

    def entries(self) -> Iterator[AuditEntry]:
        """The entries in order, unproven; raises `IntegrityError` for a line that is none."""
        for number, line in enumerate(each_line(self.path), 1):
            yield entry_of(line, number, where=f"{self.path.name}:{number}")

    def _at_end(self) -> tuple[int, int]:
        """How many entries there are, and the torn bytes after them; the nodes are completed."""
        last = read_tail(self.path)
        size = 0 if last.line is None else _seq(last.line, where=self.path.name)
        stored = stored_nodes(self.nodes)
        if stored > nodes_of(size):
            # Lines are on the disk before their nodes: only a cut log is shorter than its tree.
            raise tampered("audit_truncated", where=self.path.name)
        if stored < nodes_of(size):
            self._complete(size)
        return size, last.torn

    def _complete(self, size: int) -> None:
        """Make the nodes again: of a log from before the tree, or after a crash between the two."""
        leaves = [merkle.leaf_hash(line) for line in each_line(self.path)]
        if len(leaves) != size:
            raise tampered("audit_altered", where=self.path.name)
        append_leaves(self.nodes, 0, leaves)

    def _note_path(self, size: int) -> Path:
        return self._folder / f"{size:012d}.checkpoint"

    def _keep(self, note: SignedNote, size: int) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_private(self._note_path(size), note.to_bytes(), replace=True)


def log_origin(first_leaf: bytes) -> str:
    """The name of the log that begins with this leaf; it stays when the archive's key changes."""
    return f"backfill-audit/{first_leaf.hex()[:_ORIGIN_DIGITS]}"


def entry_of(line: bytes, number: int, *, where: str) -> AuditEntry:
    """The entry in a line; raises `IntegrityError` unless it is entry `number` of a log."""
    record = parse_canonical(line, where=where)
    if record.keys() not in (_KEYS, _CHAINED) or record["seq"] != number:
        raise tampered("audit_altered", where=where)
    return AuditEntry(
        seq=number,
        at=parse_instant(record["at"], where=where),
        event=record["event"],
        subject=record["subject"],
    )


def tampered(reason: str, *, where: str) -> IntegrityError:
    """The error for a log that is not what was entered."""
    return IntegrityError(
        reason,
        what="审计日志被改动或截断 · the audit log was altered or cut",
        where=where,
        remedy="stop work, keep the files as they are, and tell the security officer",
    )


def _read_note(path: Path) -> SignedNote:
    with open_regular(path) as stream:
        note = SignedNote.from_bytes(
            read_at_most(stream, MAX_NOTE, where=path.name), where=path.name
        )
    if Checkpoint.from_text(note.text, where=path.name).size != int(path.stem):
        raise bad_note(path.name)
    return note


def _seq(line: bytes, *, where: str) -> int:
    number = parse_canonical(line, where=where).get("seq")
    if type(number) is not int or number < 1:
        raise tampered("audit_altered", where=where)
    return number


def _line(seq: int, event: str, subject: Subject, at: str) -> bytes:
    # What was let in needs no escapes: spelt out here, the canonical record takes a third of
    # the time.
    said = ",".join(
        f'"{key}":{value}' if isinstance(value, int) else f'"{key}":"{value}"'
        for key, value in sorted(subject.items())
    )
    return f'{{"at":"{at}","event":"{event}","seq":{seq},"subject":{{{said}}}}}'.encode()


def _check_event(event: str, subject: Subject) -> None:
    unfit = [key for key, value in subject.items() if not (_KEY.fullmatch(key) and _fits(value))]
    if not _EVENT.fullmatch(event) or unfit:
        raise UsageError(
            "not_for_audit",
            # Neither event nor value is repeated: it may be the very thing to keep out.
            what="审计日志只记编号与数量 · the audit log takes ids and counts only",
            where=f"{len(unfit)} values",
            remedy="give ids of A-Z a-z 0-9 . _ : / - or whole numbers, no personal values",
        )


def _fits(value: object) -> bool:
    if type(value) is int and 0 <= value < _SHORTEST_ID:
        return True
    text = str(value)
    return (
        isinstance(value, str | int)
        and not isinstance(value, bool)
        and _VALUE.fullmatch(text) is not None
        and _ID_NUMBER.search(text) is None
    )
