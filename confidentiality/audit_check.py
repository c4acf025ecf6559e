"""Checking a whole audit log: every line, every stored node, every signed checkpoint.

The tree is computed anew from the lines. What the entries mean for the warehouse is not
handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from confidentiality import merkle
from confidentiality.audit import entry_of, log_origin, tampered
from confidentiality.checkpoint import Checkpoint, Cosignature, cosignatures, verified_checkpoint
from confidentiality.files import open_regular
from confidentiality.identity import Role
from confidentiality.journal import each_line, read_tail
from confidentiality.nodes import HASH, Frontier
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

    from confidentiality.audit import AuditEntry, AuditLog
    from confidentiality.notes import SignedNote
    from confidentiality.trust import Trusted

#: Who may sign as a witness: somebody outside the archive, or its own officers.
WITNESSES = frozenset({Role.DEPARTMENT, Role.OFFICER})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLog:
    """A log that was found in order.

    `signed` is the size of the largest checkpoint: what was entered after it could still be
    cut off. `witnessed` is the same of the largest one that a witness signed or gave.
    """

    size: int
    root: bytes
    checkpoints: int
    signed: int
    witnessed: int
    witnesses: tuple[Cosignature, ...]


def check_log(
    log: AuditLog,
    *,
    trusted: Trusted,
    given: Iterable[SignedNote] = (),
    see: Callable[[AuditEntry], None] = lambda _entry: None,
) -> CheckedLog:
    """Prove the log against its nodes, the checkpoints beside it, and those that are `given`.

    `given` were kept elsewhere: only they show that log, nodes and checkpoints were not
    rewritten together. `see` is shown every entry. Raises `IntegrityError` naming the line
    or the checkpoint that differs, `NotPermittedError` for one signed by nobody trusted.
    """
    where = log.path.name
    if read_tail(log.path).torn:
        raise tampered("audit_torn", where=where)
    kept = [_proven(note, trusted, where) for note in log.checkpoints()]
    shown = [_proven(note, trusted, where) for note in given]
    states = [state for state, _ in (*kept, *shown)]
    tree = _grown(log, {state.size for state in states}, see)
    for state in states:
        if state.size > tree.size:
            raise tampered("audit_truncated", where=f"{where}:{tree.size}")
        if state.origin != tree.origin or state.root != tree.roots[state.size]:
            raise tampered("audit_altered", where=f"{where}:1-{state.size}")
    seen = [(state, signed) for state, signed in kept if signed] + shown
    return CheckedLog(
        size=tree.size,
        root=tree.root,
        checkpoints=len(kept),
        signed=max((state.size for state in states), default=0),
        witnessed=max((state.size for state, _ in seen), default=0),
        witnesses=tuple(each for _, signed in seen for each in signed),
    )


def witnessed_size(log: AuditLog, *, trusted: Trusted) -> int:
    """How many entries the largest checkpoint has that a trusted witness signed."""
    proven = (_proven(note, trusted, log.path.name) for note in log.checkpoints())
    return max((state.size for state, signed in proven if signed), default=0)


def keep_cosigned(log: AuditLog, note: SignedNote, *, trusted: Trusted, where: str) -> int:
    """Keep what trusted witnesses signed with the checkpoint it is for; returns its size.

    Raises `UsageError` (`not_witnessed`) when no trusted witness signed it or it is not
    this log's, and what proving it raises.
    """
    state, signed = _proven(note, trusted, where)
    if not signed or not any(kept.text == note.text for kept in log.checkpoints()):
        raise UsageError(
            "not_witnessed",
            what="没有可信见证人的签名 · no trusted witness signed a checkpoint of this log",
            where=where,
            remedy="register the witness's card, and take in the file that it gave back",
        )
    log.add_cosignatures(note.signatures, size=state.size)
    return state.size


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    size: int
    root: bytes
    origin: str
    roots: dict[int, bytes]


def _grown(log: AuditLog, sizes: set[int], see: Callable[[AuditEntry], None]) -> _Tree:
    """The tree grown from the log's lines, with its root at each of the sizes."""
    frontier, roots, first = Frontier(), {0: merkle.EMPTY_ROOT}, b""
    with _opened(log) as stored:
        for number, line in enumerate(each_line(log.path), 1):
            where = f"{log.path.name}:{number}"
            leaf = merkle.leaf_hash(line)
            nodes = b"".join(frontier.add(leaf))
            # A crash may leave the last nodes unwritten: they are made again from the lines.
            if not nodes.startswith(stored.read(len(nodes))):
                raise tampered("audit_altered", where=where)
            see(entry_of(line, number, where=where))
            first = first or leaf
            if number in sizes:
                roots[number] = frontier.root()
        if stored.read(HASH):
            raise tampered("audit_truncated", where=f"{log.path.name}:{frontier.size}")
    origin = log_origin(first) if first else ""
    return _Tree(size=frontier.size, root=frontier.root(), origin=origin, roots=roots)


def _opened(log: AuditLog) -> BinaryIO:
    return open_regular(log.nodes) if log.nodes.exists() else BytesIO()


def _proven(
    note: SignedNote, trusted: Trusted, where: str
) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
    cards = trusted.cards.values()
    # A checkpoint outlives the card that signed it in its time.
    known = (*cards, *trusted.retired.values())
    keepers = [card for card in known if card.role is Role.ARCHIVE]
    state = verified_checkpoint(note, keepers=keepers, where=where)
    others = [card for card in cards if card.role in WITNESSES]
    return state, cosignatures(note, witnesses=others, where=where)
