"""What a station does with a package: open, key, submit, destroy.

Each verb is one function over values that are passed in; the command line and the web page
say the same verbs aloud. The sealed file stays sealed on the disk: content is decrypted in
memory, item by item, and its rules (sender, recipient, expiry) are asked at every use.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from confidentiality.enrolment import require_this_machine
from confidentiality.files import locked, open_regular, sync_folder, writing_aside
from confidentiality.release import contents_digest
from confidentiality.sealed import SealedKind, SealHeader, SealReceipt, open_sealed, seal
from keying.destruction import DOMAIN, Destruction, destruction_file
from keying.entry import Entry
from keying.package import WorkPackage, parse_package, read_package
from keying.submission import build_submission
from records.errors import IntegrityError, NotPermittedError, UsageError
from workstation.station.home import Home, archives, enrolment_of, journal_key
from workstation.station.journal import HeldPackage, Journal, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from confidentiality.identity import Identity
    from confidentiality.sealed import Opened
    from keying.entry import Mark

#: How long the archive may take to receive a submission.
SUBMISSION_LIFE = timedelta(days=30)
_PURPOSE = "entries for a work package"
_MAX_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a clerk answered for one item."""

    item_id: str
    text: str
    mark: Mark
    keystrokes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """An unlocked station at one moment: home, identity, journal, time and machine."""

    home: Home
    identity: Identity
    journal: Journal
    now: datetime
    machine_id: str = field(repr=False)

    @classmethod
    @contextlib.contextmanager
    def unlocked(
        cls, home: Home, identity: Identity, *, now: datetime, machine_id: str
    ) -> Iterator[Self]:
        """The station while its journal is open."""
        with Journal.open(home.journal, journal_key(identity)) as journal:
            journal.note_time(now)
            yield cls(home=home, identity=identity, journal=journal, now=now, machine_id=machine_id)

    def open_package(self, path: Path) -> HeldPackage:
        """Take in a sealed work package; its file is kept as it is, sealed.

        Raises IntegrityError or NotPermittedError and leaves nothing behind when it is
        damaged, expired, not for this station, was opened before, or when the sender has
        not enrolled this station.
        """
        opened = self._open(path)
        held = _taken(opened, _agreeing(opened, parse_package(opened.contents)), self.now)
        with locked(self.home.work / "lock"):
            self.journal.require_new(held)
            kept = self._keep(path, held)
            try:
                self._reopen(held)
                self.journal.add(held)
            except BaseException:
                kept.unlink(missing_ok=True)
                raise
        return held

    def package(self, package_id: str) -> WorkPackage:
        """The content of an opened package, decrypted in memory."""
        held = self.journal.package(package_id)
        if held.state is State.DESTROYED:
            raise NotPermittedError(
                "package_destroyed",
                what="工作包已销毁 · the package was destroyed",
                where=package_id,
                remedy="向档案馆索取新包 · ask the archive for a new package",
            )
        opened = self._reopen(held)
        return _agreeing(opened, read_package(opened.contents))

    def key(self, package: WorkPackage, answers: Iterable[Answer]) -> int:
        """Keep answers for good; they are on the disk when this returns.

        Returns how many said something new. Raises UsageError for an item that is not in
        the package; nothing of the answers is kept then.
        """
        known = {item.item_id for item in package.items}
        entries = [self._entry(package, answer) for answer in answers]
        if not all(entry.item_id in known for entry in entries):
            raise UsageError(
                "unknown_item",
                what="答案所指条目不在工作包中 · an answer is for an item that isn't there",
                where=package.head.package_id,
                remedy=(
                    "使用 station items 列出的编号 · use the item ids that `station items` lists"
                ),
            )
        return self.journal.record(package.head.package_id, entries)

    def submit(
        self, package: WorkPackage, out: Path, *, partial: bool = False
    ) -> tuple[Path, SealReceipt]:
        """Seal all entries for the archive into a new file in the folder `out`.

        Unanswered items are refused unless `partial`; a submission without any closes the
        package. Returns the file and its receipt.
        """
        held = self.journal.package(package.head.package_id)
        missing = held.items - held.answered
        if missing and not partial:
            raise UsageError(
                "unanswered_items",
                what=f"还有 {missing} 项未录 · {missing} of {held.items} items are unanswered",
                where=held.package_id,
                remedy=(
                    "录完，或用 --partial 先回传已录部分 · "
                    "key them, or use --partial to return what is done"
                ),
            )
        number = self.journal.next_submission(held.package_id)
        path, receipt = self._seal(held, package, out, number)
        if not missing:
            self.journal.close(held.package_id)
        return path, receipt

    def destroy(self, package_id: str, out: Path) -> tuple[Path, Destruction]:
        """Delete the content and the entries of a package, and sign a record of it in `out`.

        Doing so again only writes the record again.
        """
        self.journal.destroy(package_id, now=self.now)
        held = self.journal.package(package_id)
        self._kept(held).unlink(missing_ok=True)
        sync_folder(self.home.work)
        destruction = _destruction(held, self.identity.fingerprint)
        signed = destruction_file(destruction, self.identity.sign(DOMAIN, destruction.payload()))
        path = out / f"{package_id}.destroyed.json"
        with writing_aside(path, replace=True) as stream:
            stream.write(signed)
        return path, destruction

    def _open(self, path: Path) -> Opened:
        opened = open_sealed(
            path,
            recipient=self.identity,
            senders=archives(self.home, now=self.now).values(),
            now=self.now,
            expect_kind=SealedKind.WORK_PACKAGE,
        )
        require_this_machine(
            enrolment_of(self.home),
            machine_id=self.machine_id,
            sender=opened.sender.fingerprint,
            trusted=self.home.trust.trusted(now=self.now),
            now=self.now,
        )
        return opened

    def _reopen(self, held: HeldPackage) -> Opened:
        opened = self._open(self._kept(held))
        if opened.digest != held.digest:
            raise IntegrityError(
                "package_changed",
                what="工作包文件打开后被改动 · the file was changed since it was opened",
                where=held.package_id,
                remedy=(
                    "销毁后向档案馆索取新包 · destroy the package and ask the archive for a new one"
                ),
            )
        return opened

    def _kept(self, held: HeldPackage) -> Path:
        return self.home.work / f"{held.digest}.sealed"

    def _keep(self, path: Path, held: HeldPackage) -> Path:
        # Under the lock nobody else is copying: what lies aside was left by a crash.
        for left in self.home.work.glob(".*.part"):
            left.unlink()
        kept = self._kept(held)
        with open_regular(path) as source, writing_aside(kept, replace=True) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        return kept

    def _entry(self, package: WorkPackage, answer: Answer) -> Entry:
        return Entry(
            item_id=answer.item_id,
            text=answer.text,
            mark=answer.mark,
            clerk_id=package.head.clerk_id,
            keyed_at=self.now,
            keystrokes=answer.keystrokes,
        )

    def _seal(
        self, held: HeldPackage, package: WorkPackage, out: Path, number: int
    ) -> tuple[Path, SealReceipt]:
        submission_id = submission_name(held.package_id, number)
        header = SealHeader(
            kind=SealedKind.SUBMISSION,
            package_id=submission_id,
            agreement=held.agreement_id,
            purpose=_PURPOSE,
            created=self.now,
            expires=self.now + SUBMISSION_LIFE,
            answers=held.package_id,
        )
        path = out / f"{submission_id}.sealed"
        receipt = seal(
            path,
            build_submission(
                package,
                self.journal.entries(held.package_id),
                package_sha256=contents_digest(package.contents),
            ),
            header=header,
            sender=self.identity,
            recipients=[archives(self.home, now=self.now)[held.sender]],
        )
        return path, receipt


def submission_name(package_id: str, number: int) -> str:
    """The id of a package's submission; at most 64 characters, different for each."""
    ending = f"-s{number}"
    if len(package_id) + len(ending) <= _MAX_ID:
        return package_id + ending
    short = hashlib.sha256(package_id.encode()).hexdigest()[:16]
    return f"{package_id[: _MAX_ID - len(ending) - len(short) - 1]}-{short}{ending}"


def _agreeing(opened: Opened, package: WorkPackage) -> WorkPackage:
    head, header = package.head, opened.header
    if (head.package_id, head.agreement_id) != (header.package_id, header.agreement):
        raise IntegrityError(
            "header_differs",
            what="工作包内容与封面不符 · the package's content and its header differ",
            where=header.package_id,
            remedy="向档案馆索取新包 · ask the archive for a new package",
        )
    return package


def _taken(opened: Opened, package: WorkPackage, now: datetime) -> HeldPackage:
    return HeldPackage(
        package_id=package.head.package_id,
        agreement_id=package.head.agreement_id,
        clerk_id=package.head.clerk_id,
        round=package.head.round,
        items=len(package.items),
        due=package.head.due.isoformat(),
        expires=_utc(opened.header.expires),
        sender=opened.sender.fingerprint,
        digest=opened.digest,
        opened_at=_utc(now),
    )


def _destruction(held: HeldPackage, station: str) -> Destruction:
    return Destruction(
        package_id=held.package_id,
        agreement_id=held.agreement_id,
        sealed_digest=held.digest,
        items=held.items,
        entries=held.destroyed_entries,
        submissions=held.submissions,
        destroyed_at=str(held.destroyed_at),
        station=station,
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
