"""The journal of a station: which packages it holds, and every acknowledged entry.

SQLite with a write-ahead log that is flushed at every commit: what `record` has returned
from survives kill -9 and a power cut. Entries are only ever added; the last one of an item
counts. Their text is encrypted, because what is keyed is as personal as what was shown.
A package's row stays after its destruction, so that it can't be opened twice.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from confidentiality.segments import decrypt_segment, encrypt_segment
from confidentiality.suites import DEFAULT_SUITE, suite_named
from keying.entry import Entry, parse_entry
from records.errors import (
    IntegrityError,
    NotPermittedError,
    StoreError,
    StoreInUseError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from records.errors import BackfillError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS package (
    package_id TEXT PRIMARY KEY, agreement_id TEXT NOT NULL, clerk_id TEXT NOT NULL,
    round INTEGER NOT NULL, items INTEGER NOT NULL, due TEXT NOT NULL, expires TEXT NOT NULL,
    sender TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, opened_at TEXT NOT NULL,
    state TEXT NOT NULL, submissions INTEGER NOT NULL, destroyed_at TEXT,
    destroyed_entries INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, package_id TEXT NOT NULL REFERENCES package,
    item_id TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_of_item ON entry (package_id, item_id);
CREATE TABLE IF NOT EXISTS clock (only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    latest TEXT NOT NULL) STRICT;
"""
_VERSION = 1
_PATIENCE_S = 10.0
_SKEW = timedelta(days=1)
_PACKAGES = """
SELECT package_id, agreement_id, clerk_id, round, items, due, expires, sender, digest,
       opened_at, state, submissions, destroyed_at, destroyed_entries,
       (SELECT count(DISTINCT item_id) FROM entry WHERE entry.package_id = package.package_id)
FROM package WHERE ?1 IS NULL OR package_id = ?1 ORDER BY opened_at, package_id
"""
_LATEST = """
SELECT item_id, sealed FROM entry WHERE sequence IN
    (SELECT max(sequence) FROM entry WHERE package_id = ? GROUP BY item_id)
"""
_LAST = """
SELECT sealed FROM entry WHERE package_id = ? AND item_id = ? ORDER BY sequence DESC LIMIT 1
"""


class State(StrEnum):
    """How far a package is."""

    OPEN = "open"
    SUBMITTED = "submitted"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPackage:
    """A package in the station's books; moments are UTC in ISO 8601."""

    package_id: str
    agreement_id: str
    clerk_id: str
    round: int
    items: int
    due: str
    expires: str
    sender: str
    digest: str
    opened_at: str
    state: State = State.OPEN
    submissions: int = 0
    destroyed_at: str | None = None
    destroyed_entries: int = 0
    answered: int = 0


class Journal:
    """The open journal; `key` (32 bytes) is needed for entries, not for progress."""

    def __init__(self, database: sqlite3.Connection, key: bytes | None) -> None:
        self._database = database
        self._key = key
        self._suite = suite_named(DEFAULT_SUITE, where="journal")

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path, key: bytes | None = None) -> Iterator[Self]:
        """The journal at `path`, made when it is missing.

        Raises StoreInUseError while another process holds it, IntegrityError when the file
        is damaged or from a newer version.
        """
        with _faults(path.name):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            database = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
            with contextlib.closing(database):
                _prepare(database, path.name)
                yield cls(database, key)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def packages(self) -> tuple[HeldPackage, ...]:
        """All packages this station ever opened, oldest first."""
        return tuple(_held(row) for row in self._database.execute(_PACKAGES, (None,)))

    def package(self, package_id: str) -> HeldPackage:
        """One package; raises UsageError when there is none of that id."""
        row = self._database.execute(_PACKAGES, (package_id,)).fetchone()
        if row is None:
            raise UsageError(
                "unknown_package",
                what="没有这个工作包 · no such package was opened here",
                where=package_id,
                remedy="用 station list 查看 · `station list` shows the packages",
            )
        return _held(row)

    def require_new(self, held: HeldPackage) -> None:
        """Raise NotPermittedError when it, or one of its id, was opened here before."""
        known = self._database.execute(
            "SELECT 1 FROM package WHERE package_id = ? OR digest = ?",
            (held.package_id, held.digest),
        ).fetchone()
        if known:
            raise NotPermittedError(
                "replayed",
                what="该工作包已在本机打开过 · this package was opened here before",
                where=held.package_id,
                remedy=(
                    "继续录入；已销毁的请另索新包 · "
                    "go on with `station key`; after destruction ask for a new package"
                ),
            )

    def add(self, held: HeldPackage) -> None:
        """Take a package into the books; raises as `require_new` does."""
        with self._transaction():
            self.require_new(held)
            self._database.execute(
                "INSERT INTO package VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, 0)",
                (held.package_id, held.agreement_id, held.clerk_id, held.round, held.items,
                 held.due, held.expires, held.sender, held.digest, held.opened_at,
                 str(State.OPEN)),
            )  # fmt: skip

    def record(self, package_id: str, entries: Iterable[Entry]) -> int:
        """Keep entries for good; all are on the disk when this returns.

        An entry that says the same as the item's last one is not kept twice. Returns how
        many were new. Raises NotPermittedError when the package is closed.
        """
        with self._transaction():
            self._require_open(package_id)
            fresh = 0
            for entry in entries:
                last = self._last(package_id, entry.item_id)
                if last is None or (last.text, last.mark) != (entry.text, entry.mark):
                    self._append(package_id, entry)
                    fresh += 1
        return fresh

    def entries(self, package_id: str) -> tuple[Entry, ...]:
        """The last entry of every answered item."""
        rows = self._database.execute(_LATEST, (package_id,)).fetchall()
        return tuple(self._opened(package_id, item_id, sealed) for item_id, sealed in rows)

    def _last(self, package_id: str, item_id: str) -> Entry | None:
        row = self._database.execute(_LAST, (package_id, item_id)).fetchone()
        return self._opened(package_id, item_id, row[0]) if row else None

    def answered(self, package_id: str) -> frozenset[str]:
        """The ids of answered items; needs no key."""
        rows = self._database.execute(
            "SELECT DISTINCT item_id FROM entry WHERE package_id = ?", (package_id,)
        )
        return frozenset(item_id for (item_id,) in rows)

    def next_submission(self, package_id: str) -> int:
        """The number of the submission that is about to be made, never given twice.

        A file whose making was cut short may have travelled all the same; another one must
        not come under its id.
        """
        with self._transaction():
            (number,) = self._database.execute(
                "UPDATE package SET submissions = submissions + 1 WHERE package_id = ? "
                "RETURNING submissions",
                (package_id,),
            ).fetchone()
        return int(number)

    def close(self, package_id: str) -> None:
        """Note that everything was returned: no more entries are taken."""
        with self._transaction():
            self._database.execute(
                "UPDATE package SET state = ? WHERE package_id = ? AND state = ?",
                (str(State.SUBMITTED), package_id, str(State.OPEN)),
            )

    def destroy(self, package_id: str, *, now: datetime) -> None:
        """Forget all entries of a package and close it; doing so again changes nothing."""
        with self._transaction():
            held = self.package(package_id)
            if held.state is not State.DESTROYED:
                self._database.execute(
                    "UPDATE package SET state = ?, destroyed_at = ?, destroyed_entries = ? "
                    "WHERE package_id = ?",
                    (str(State.DESTROYED), _utc(now), held.answered, package_id),
                )
                self._database.execute("DELETE FROM entry WHERE package_id = ?", (package_id,))
        # The log still holds the old pages until it is emptied.
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def note_time(self, now: datetime) -> None:
        """Remember the latest moment seen.

        Raises NotPermittedError when the clock was set back by more than a day: packages
        would not expire.
        """
        with self._transaction():
            row = self._database.execute("SELECT latest FROM clock").fetchone()
            latest = datetime.fromisoformat(row[0]) if row else now
            if now + _SKEW < latest:
                raise NotPermittedError(
                    "clock_behind",
                    what="本机时钟被调回 · this machine's clock was set back",
                    remedy="校准时钟 · set the clock right",
                )
            self._database.execute(
                "INSERT OR REPLACE INTO clock VALUES (1, ?)", (_utc(max(now, latest)),)
            )

    def _require_open(self, package_id: str) -> None:
        held = self.package(package_id)
        if held.state is not State.OPEN:
            raise NotPermittedError(
                "package_closed",
                what="工作包已提交或销毁，不能再录 · the package was submitted or destroyed",
                where=package_id,
                remedy=(
                    "需更正时向档案馆索取新包 · "
                    "ask the archive for a new package if something must be corrected"
                ),
            )

    def _append(self, package_id: str, entry: Entry) -> None:
        plain = io.BytesIO(json.dumps(entry.as_json(), ensure_ascii=False).encode())
        sealed = io.BytesIO()
        context = _context(package_id, entry.item_id)
        encrypt_segment(plain, sealed, suite=self._suite, key=self._secret(), context=context)
        self._database.execute(
            "INSERT INTO entry (package_id, item_id, sealed) VALUES (?, ?, ?)",
            (package_id, entry.item_id, sealed.getvalue()),
        )

    def _opened(self, package_id: str, item_id: str, sealed: bytes) -> Entry:
        blocks = decrypt_segment(
            [sealed],
            suite=self._suite,
            key=self._secret(),
            context=_context(package_id, item_id),
            where="journal.db",
        )
        plain = b"".join(map(bytes, blocks))
        return parse_entry(json.loads(plain), "journal.db")

    def _secret(self) -> bytes:
        if self._key is None:
            raise ValueError("the journal was opened without its key")
        return self._key


def _prepare(database: sqlite3.Connection, where: str) -> None:
    database.execute("PRAGMA journal_mode = WAL").fetchall()
    for pragma in ("synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version not in {0, _VERSION}:
        raise IntegrityError(
            "newer_journal",
            what="工作站目录来自更新的版本 · the journal was written by another version",
            where=where,
            remedy="安装写入它的版本 · install the version that wrote it",
        )
    if version == 0:
        database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")


@contextlib.contextmanager
def _faults(where: str) -> Iterator[None]:
    """SQLite's faults in the words of the house."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        # The primary code is the low byte; extended codes only tell the circumstances.
        raise _fault(fault.sqlite_errorcode & 0xFF, where) from fault


def _fault(code: int, where: str) -> BackfillError:
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreInUseError(
            "journal_in_use",
            what="另一进程正在使用工作站 · another process is using this station",
            where=where,
            remedy="等它结束 · wait until it has finished",
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return IntegrityError(
            "journal_damaged",
            what="工作站记录已损坏 · the journal is damaged",
            where=where,
            remedy="从备份恢复 · restore the home from a backup",
        )
    return StoreError(
        "journal_unwritable",
        what="工作站记录无法写入 · the journal can't be written",
        where=where,
        remedy=(
            "检查磁盘空间和目录权限 · "
            "check the disk's free space and your rights to the home folder"
        ),
    )


def _held(row: tuple[object, ...]) -> HeldPackage:
    names = HeldPackage.__dataclass_fields__
    fields = dict(zip(names, row, strict=True))
    fields["state"] = State(str(fields["state"]))
    return HeldPackage(**fields)  # type: ignore[arg-type]  # a row has the columns' types


def _context(package_id: str, item_id: str) -> bytes:
    # An entry moved to another item or package does not decrypt.
    return f"backfill/station-entry/1\0{package_id}\0{item_id}".encode()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
