"""A sealed file of each kind, its parties, and what an attacker may do with it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from confidentiality import format as layout
from confidentiality.envelope import read_envelope, read_index, unwrap_file_key
from confidentiality.format import SealedKind, SealHeader
from confidentiality.identity import Identity, Role
from confidentiality.sealed import open_sealed, seal
from confidentiality.segments import encrypt_segment
from keying.entry import Entry, Mark
from records.errors import BackfillError, ExitStatus, IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from confidentiality.envelope import Envelope
    from confidentiality.format import ItemEntry
    from confidentiality.sealed import Opened

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
#: Stands for what nobody may see: every item holds it, no file left behind may.
CANARY = b"canary: 110101195001011234 "
SMALL = {"a": CANARY * 2, "b": CANARY, "c": b""}
LARGE = {"a": (CANARY * 2000)[:40_000], "b": (CANARY * 2000)[1:40_001], "c": bytes(16_384)}
REFUSED = {ExitStatus.INPUT_REFUSED, ExitStatus.NOT_PERMITTED}

#: Who seals and who opens a kind; the last may also be its recipient.
PARTIES = {
    SealedKind.WORK_PACKAGE: (Role.ARCHIVE, Role.CLERK, Role.VENDOR),
    SealedKind.SUBMISSION: (Role.CLERK, Role.ARCHIVE, Role.ARCHIVE),
    SealedKind.SHARE: (Role.ARCHIVE, Role.DEPARTMENT, Role.DEPARTMENT),
    SealedKind.COMPARISON: (Role.DEPARTMENT, Role.ARCHIVE, Role.ARCHIVE),
    SealedKind.RECEIPT: (Role.DEPARTMENT, Role.ARCHIVE, Role.ARCHIVE),
    SealedKind.CORRECTION: (Role.DEPARTMENT, Role.ARCHIVE, Role.ARCHIVE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of sealed file in a folder; `fellow` is a second recipient, `stranger` nobody."""

    kind: SealedKind
    folder: Path
    sender: Identity
    recipient: Identity
    fellow: Identity
    stranger: Identity
    now: datetime = NOW
    day: timedelta = DAY
    canary: bytes = CANARY

    def seal(self, contents: Mapping[str, bytes], name: str = "good.sealed", **given) -> Path:
        """Seal for the recipient; `sender`, `recipients` and fields of the header may be given."""
        sender = given.pop("sender", self.sender)
        recipients = given.pop("recipients", [self.recipient.public])
        header = SealHeader(
            kind=self.kind,
            package_id="P-0001",
            agreement="A-2026-7",
            purpose="婚姻登记档案补录",
            created=NOW,
            expires=NOW + 14 * DAY,
        )
        path = self.folder / name
        seal(path, contents, header=replace(header, **given), sender=sender, recipients=recipients)
        return path

    def open(self, path: Path, **given) -> Opened:
        """Open as the recipient who trusts the sender, a day later, unless told otherwise."""
        asked = {
            "recipient": self.recipient,
            "senders": [self.sender.public],
            "now": NOW + DAY,
            "expect_kind": self.kind,
        }
        return open_sealed(path, **(asked | given))

    def refusal(self, attacked: bytes | Path, **given) -> BackfillError:
        """How an attacked file is refused: with a status, and nothing of it left on the disk."""
        path = attacked
        if isinstance(attacked, bytes):
            path = self.folder / "attacked.sealed"
            path.write_bytes(attacked)
        before = sorted(self.folder.rglob("*"))
        with pytest.raises((IntegrityError, NotPermittedError)) as caught:
            self.open(path, **given)
        assert caught.value.status in REFUSED
        assert sorted(self.folder.rglob("*")) == before
        assert not any(CANARY in file.read_bytes() for file in before if file.is_file())
        return caught.value

    def parts(self, path: Path) -> dict[str, int]:
        """Where each part of a good file begins."""
        envelope = self.envelope(path)
        size, body, trailer = path.stat().st_size, envelope.body, envelope.trailer
        index = body + trailer.index_offset
        end = size - layout.TRAILER_END_SIZE
        return {
            "version": len(layout.MAGIC),
            "header": layout.PREFIX_SIZE,
            "stanzas": body - len(layout.stanza_bytes(envelope.stanzas)),
            "body": body,
            "index": index,
            "trailer": index + trailer.index_size,
            "signature": end - len(trailer.signature),
            "end": end,
        }

    def bytes_of(self, path: Path) -> list[int]:
        """Every byte of a small file, but of the long wrapped keys each forty-first."""
        at = self.parts(path)
        wrapped = range(at["stanzas"] + 2, at["body"])
        places = range(path.stat().st_size)
        return [each for each in places if each not in wrapped or each % 41 == 0]

    def envelope(self, path: Path) -> Envelope:
        with path.open("rb") as stream:
            return read_envelope(stream, where="test")

    def unlocked(self, path: Path, by: Identity) -> tuple[bytes, tuple[ItemEntry, ...]]:
        """File key and index, as a recipient who attacks another one has them."""
        with path.open("rb") as stream:
            envelope = read_envelope(stream, where="test")
            key = unwrap_file_key(envelope, by)
            return key, read_index(stream, envelope, key)

    def segment(self, path: Path, key: bytes, plain: bytes, number: int, *, last: bool) -> bytes:
        """A segment of the file, written by somebody who knows the file key."""
        envelope, out = self.envelope(path), io.BytesIO()
        context = layout.segment_context(envelope.head.body, number, last=last)
        encrypt_segment(io.BytesIO(plain), out, suite=envelope.suite, key=key, context=context)
        return out.getvalue()


@pytest.fixture(scope="session")
def identity():
    """An identity of a role, one a name."""
    made: dict[tuple[Role, str], Identity] = {}

    def get(role: Role, name: str = "甲") -> Identity:
        return made.setdefault((role, name), Identity.create(role, name))

    return get


@pytest.fixture(params=list(PARTIES), ids=str)
def case(request, tmp_path, identity) -> Case:
    sender, recipient, fellow = PARTIES[request.param]
    return Case(
        kind=request.param,
        folder=tmp_path,
        sender=identity(sender),
        recipient=identity(recipient),
        fellow=identity(fellow, "乙"),
        stranger=identity(sender, "冒名"),
    )


@pytest.fixture
def small(case: Case) -> Path:
    return case.seal(SMALL)


@pytest.fixture
def large(case: Case) -> Path:
    return case.seal(LARGE)


CLERK, SHA256 = "clerk-1", "ab" * 32
ITEMS = tuple(digit * 32 for digit in "012")


@pytest.fixture
def plan() -> dict[str, object]:
    """What was released to the clerk, as receiving knows it."""
    return {"item_ids": ITEMS, "clerk_id": CLERK, "package_sha256": SHA256}


@pytest.fixture
def submission():
    """Builds a submission's content; whatever is given is what an attacker made of it."""

    def build(
        *,
        items: tuple[str, ...] = ITEMS,
        clerk: str = CLERK,
        signed_by: str = CLERK,
        **manifest: object,
    ) -> dict[str, bytes]:
        entries = [
            Entry(
                item_id=item, text="李雷", mark=Mark.OK, clerk_id=clerk, keyed_at=NOW, keystrokes=2
            )
            for item in items
        ]
        head = {
            "format": "backfill-submission/1", "package_id": "P-0001", "agreement_id": "A-2026-7",
            "vendor_id": "V-1", "clerk_id": signed_by, "round": 1, "package_sha256": SHA256,
            "entries": len(entries), "unanswered": len(ITEMS) - len(entries),
        }  # fmt: skip
        lines = [json.dumps(each.as_json(), ensure_ascii=False) + "\n" for each in entries]
        content = json.dumps({**head, **manifest}, ensure_ascii=False)
        return {"manifest.json": content.encode(), "entries.jsonl": "".join(lines).encode()}

    return build
