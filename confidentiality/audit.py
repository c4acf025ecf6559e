"""The audit log: who released, received and opened what, and when.

Each entry names the hash of the line before it, so that no entry can be changed, dropped
or moved unseen; signed heads fix how long the log was at a time, so that its end can't be
cut off unseen. Entries hold ids and counts, never a person's values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    parse_canonical,
    parse_instant,
    sha256_hex,
    to_text,
)
from confidentiality.files import locked
from confidentiality.journal import append_line, read_lines, read_tail
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity
    from confidentiality.trust import Trusted

_DOMAIN = "audit-head"
_GENESIS = "0" * 64
_EVENT = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)*")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
_VALUE = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{15}(\d{2}[0-9Xx])?(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log; `seq` counts from 1, `digest` is the hash of its line."""

    seq: int
    at: datetime
    event: str
    subject: Mapping[str, str | int]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """How long the log was at a time, and the hash of its last line, signed.

    `log` is the hash of the first line, which tells one log from another.
    """

    log: str
    count: int
    head: str
    at: datetime
    signer: str
    signature: bytes

    def claims(self) -> dict[str, Any]:
        """What the signature covers."""
        return {
            "at": instant_text(self.at),
            "count": self.count,
            "head": self.head,
            "log": self.log,
            "signer": self.signer,
        }

    def to_bytes(self) -> bytes:
        """The head as canonical JSON, to keep beside the log or to hand to a witness."""
        return canonical({**self.claims(), "signature": to_text(self.signature)})

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> SignedHead:
        """A head from its JSON; raises `IntegrityError`."""
        record = parse_canonical(data, where=where)
        signature = from_text(record.pop("signature", None), where=where)
        try:
            head = cls(
                log=record["log"],
                count=record["count"],
                head=record["head"],
                at=parse_instant(record["at"], where=where),
                signer=record["signer"],
                signature=signature,
            )
        except KeyError as error:
            raise _tampered("head_unreadable", where=where) from error
        if head.claims() != record or type(head.count) is not int:
            raise _tampered("head_unreadable", where=where)
        return head


class AuditLog:
    """The log at `path`; its signed heads lie beside it with the suffix `.heads`.

    Several processes may append at once; each append holds a lock and is on the disk when
    the call returns.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._heads = path.with_name(path.name + ".heads")
        self._lock = path.with_name(path.name + ".lock")

    def append(self, event: str, subject: Mapping[str, str | int], *, now: datetime) -> AuditEntry:
        """Enter an event such as `package.released` with ids and counts.

        Raises `UsageError` for an event or value that is not an id or a count.
        """
        _check_event(event, subject)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._lock):
            last = read_tail(self._path)
            if last.torn:
                # The cut itself is entered, so that no byte leaves the log unseen.
                self._write("audit.repaired", {"bytes": last.torn}, now)
            return self._write(event, subject, now)

    def sign_head(self, *, by: Identity, now: datetime) -> SignedHead:
        """Sign how long the log is now; raises `UsageError` when it is empty."""
        with locked(self._lock):
            lines = read_lines(self._path)
            if not lines:
                raise UsageError(
                    "audit_empty",
                    what="审计日志为空 · the audit log holds no entry to sign",
                    where=self._path.name,
                    remedy="record an event first",
                )
            entries = _chain(lines, where=self._path.name)
            unsigned = SignedHead(
                log=entries[0].digest,
                count=len(entries),
                head=entries[-1].digest,
                at=now.replace(microsecond=0),
                signer=by.fingerprint,
                signature=b"",
            )
            signed = _signed(unsigned, by)
            append_line(self._heads, signed.to_bytes())
        return signed

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries; raises `IntegrityError` where the chain breaks."""
        return _chain(read_lines(self._path), where=self._path.name)

    def verify(
        self, *, trusted: Trusted, witnesses: Sequence[SignedHead] = ()
    ) -> tuple[AuditEntry, ...]:
        """All entries, proven against the signed heads beside the log and those given.

        `witnesses` are heads that were kept elsewhere: only they show that log and heads
        were not cut back together. Raises `IntegrityError` for a broken chain, a torn end,
        a missing tail or another log, `NotPermittedError` for an untrusted signer.
        """
        where = self._path.name
        if read_tail(self._path).torn:
            raise _tampered("audit_torn", where=where)
        entries = self.entries()
        kept = [SignedHead.from_bytes(line, where=where) for line in read_lines(self._heads)]
        for head in (*kept, *witnesses):
            card = trusted.find(head.signer)
            if not card.verify(head.signature, _DOMAIN, canonical(head.claims())):
                raise _tampered("head_forged", where=where)
            if not 0 < head.count <= len(entries):
                raise _tampered("audit_truncated", where=where)
            if (head.log, head.head) != (entries[0].digest, entries[head.count - 1].digest):
                raise _tampered("audit_altered", where=where)
        return entries

    def _write(self, event: str, subject: Mapping[str, str | int], now: datetime) -> AuditEntry:
        last = read_tail(self._path).line
        seq = 1 if last is None else int(parse_canonical(last, where=self._path.name)["seq"]) + 1
        line = canonical(
            {
                "at": instant_text(now),
                "event": event,
                "prev": _GENESIS if last is None else sha256_hex(last),
                "seq": seq,
                "subject": dict(subject),
            }
        )
        append_line(self._path, line)
        return _entry(line, where=self._path.name)


def _chain(lines: Sequence[bytes], *, where: str) -> tuple[AuditEntry, ...]:
    entries: list[AuditEntry] = []
    previous = _GENESIS
    for number, line in enumerate(lines, start=1):
        entry = _entry(line, where=where)
        if entry.seq != number or parse_canonical(line, where=where)["prev"] != previous:
            raise _tampered("audit_altered", where=f"{where}:{number}")
        previous = entry.digest
        entries.append(entry)
    return tuple(entries)


def _entry(line: bytes, *, where: str) -> AuditEntry:
    record = parse_canonical(line, where=where)
    if record.keys() != {"at", "event", "prev", "seq", "subject"}:
        raise _tampered("audit_altered", where=where)
    return AuditEntry(
        seq=record["seq"],
        at=parse_instant(record["at"], where=where),
        event=record["event"],
        subject=record["subject"],
        digest=sha256_hex(line),
    )


def _signed(head: SignedHead, by: Identity) -> SignedHead:
    return replace(head, signature=by.sign(_DOMAIN, canonical(head.claims())))


def _check_event(event: str, subject: Mapping[str, str | int]) -> None:
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
    text = str(value)
    return (
        isinstance(value, str | int)
        and _VALUE.fullmatch(text) is not None
        and _ID_NUMBER.search(text) is None
    )


def _tampered(reason: str, *, where: str) -> IntegrityError:
    return IntegrityError(
        reason,
        what="审计日志被改动或截断 · the audit log was altered or cut",
        where=where,
        remedy="stop work, keep the files as they are, and tell the security officer",
    )
