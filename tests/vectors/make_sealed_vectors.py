"""Makes the sealed-file vectors anew: `python tests/vectors/make_sealed_vectors.py`.

A vector is a text header (`key: value` lines), an empty line, and the bytes of a sealed
file. The header says what a reader must do with it. The parties' seeds are public and
serve tests only. Wrapping and encryption draw fresh randomness that can't be injected, so
new vectors differ in bytes from the old. `version-1.vector` is kept as that version wrote it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from confidentiality import format as layout
from confidentiality.envelope import read_envelope
from confidentiality.identity import Identity, Role
from confidentiality.sealed import SealedKind, SealHeader, seal
from confidentiality.suites import DEFAULT_SUITE

FOLDER = Path(__file__).parent / "sealed"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CHUNK = 16_384


def party(role: Role, name: str) -> Identity:
    """A party whose seeds are hashes of its name."""
    return Identity(
        role=role,
        name=name,
        suite=DEFAULT_SUITE,
        kem_seed=hashlib.sha256(f"kem {name}".encode()).digest(),
        sign_seed=hashlib.sha256(f"sign {name}".encode()).digest(),
    )


PARTIES = {
    name: party(role, name)
    for name, role in {
        "archive": Role.ARCHIVE, "vendor": Role.VENDOR, "clerk": Role.CLERK,
        "department": Role.DEPARTMENT, "stranger": Role.ARCHIVE,
    }.items()
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """Bytes, and what a reader must say about them."""

    name: str
    data: bytes
    comment: str
    reason: str | None = None
    status: int = 0
    items: dict[str, bytes] | None = None
    recipient: str = "vendor"
    kind: SealedKind = SealedKind.WORK_PACKAGE
    agreement: str = "A-1"
    now: datetime = NOW + timedelta(days=1)

    def to_bytes(self) -> bytes:
        """The vector's file."""
        lines = {
            "comment": self.comment,
            "expect": "refused" if self.reason else "opened",
            "recipient": self.recipient,
            "kind": str(self.kind),
            "agreement": self.agreement,
            "now": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if self.reason:
            lines |= {"reason": self.reason, "status": str(self.status)}
        else:
            digests = {n: hashlib.sha256(d).hexdigest() for n, d in (self.items or {}).items()}
            lines |= {"items": json.dumps(digests)}
        head = "".join(f"{key}: {value}\n" for key, value in lines.items())
        return head.encode() + b"\n" + self.data


def sealed(
    items: dict[str, bytes],
    *,
    sender: str = "archive",
    recipients: tuple[str, ...] = ("vendor",),
    kind: SealedKind = SealedKind.WORK_PACKAGE,
    answers: str | None = None,
    package_id: str = "P-1",
) -> bytes:
    """The bytes of a sealed file between parties of the vectors."""
    header = SealHeader(
        kind=kind,
        package_id=package_id,
        agreement="A-1",
        purpose="婚姻登记档案补录",
        created=NOW,
        expires=NOW + timedelta(days=14),
        answers=answers,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.sealed"
        cards = [PARTIES[name].public for name in recipients]
        seal(path, items, header=header, sender=PARTIES[sender], recipients=cards)
        return path.read_bytes()


def length_vectors() -> list[Vector]:
    """Files of one item, of every length where chunks begin or end."""
    lengths = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK)
    contents = [{"a.bin": bytes(n % 251 for n in range(length))} for length in lengths]
    return [
        Vector(
            name=f"length-{len(items['a.bin'])}",
            data=sealed(items),
            items=items,
            comment=f"one item of {len(items['a.bin'])} bytes",
        )
        for items in contents
    ]


def exchange_vectors() -> list[Vector]:
    """Files of every kind between the parties that may exchange them."""
    items = {"manifest.json": b"{}", "snippets/0a.png": b"ink", "snippets/0b.png": b""}
    both = Vector(
        name="two-recipients-clerk", data=sealed(items, recipients=("clerk", "vendor")),
        items=items, recipient="clerk", comment="a file for two recipients, opened by the first",
    )  # fmt: skip
    submission = sealed(
        items, sender="vendor", recipients=("archive",), kind=SealedKind.SUBMISSION, answers="P-1"
    )
    share = sealed(items, recipients=("department", "archive"), kind=SealedKind.SHARE)
    return [
        both,
        replace(both, name="two-recipients-vendor", recipient="vendor",
                comment="the same file, opened by the second"),
        Vector(name="no-items", data=sealed({}), items={}, comment="no items at all"),
        Vector(
            name="submission", data=submission, items=items, recipient="archive",
            kind=SealedKind.SUBMISSION, comment="a vendor's answer to a package",
        ),
        Vector(
            name="share", data=share, items=items, recipient="department",
            kind=SealedKind.SHARE, comment="a share, opened by the department",
        ),
        Vector(
            name="last-second", data=sealed(items), items=items,
            now=NOW + timedelta(days=14, seconds=-1), comment="one second before expiry",
        ),
    ]  # fmt: skip


def places(data: bytes) -> dict[str, int]:
    """Where the parts of a good file begin."""
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        envelope = read_envelope(stream, where="vector")
    body, trailer = envelope.body, envelope.trailer
    return {
        "magic": 0,
        "version": len(layout.MAGIC),
        "header": layout.PREFIX_SIZE,
        "stanzas": body - len(layout.stanza_bytes(envelope.stanzas)),
        "body": body,
        "index": body + trailer.index_offset,
        "trailer": body + trailer.index_offset + trailer.index_size,
        "signature": len(data) - layout.TRAILER_END_SIZE - len(trailer.signature),
        "end": len(data) - layout.TRAILER_END_SIZE,
    }


def flipped(data: bytes, place: int) -> bytes:
    """The bytes with one bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def damaged_vectors() -> list[Vector]:
    """Files that were cut, changed, extended or mixed."""
    good = sealed({"a": b"x" * 100, "b": b"y" * 100})
    other = sealed({"a": b"x" * 100, "b": b"y" * 100}, package_id="P-2")
    at, there = places(good), places(other)
    middle = at["body"] + (at["index"] - at["body"]) // 2
    swapped = (
        good[: at["body"]] + good[middle : at["index"]] + good[at["body"] : middle]
        + good[at["index"] :]
    )  # fmt: skip
    cases = {
        "cut-magic": (good[:10], "not_sealed"),
        "cut-header": (good[: at["header"] + 50], "truncated"),
        "cut-stanza": (good[: at["stanzas"] + 50], "truncated"),
        "cut-body": (good[: at["body"] + 80], "end_missing"),
        "cut-index": (good[: at["index"] + 10], "end_missing"),
        "cut-before-trailer": (good[: at["trailer"]], "end_missing"),
        "cut-last-byte": (good[:-1], "end_missing"),
        "appended": (good + b"\0", "end_missing"),
        "twice": (good + good, "truncated"),
        "empty": (b"", "not_sealed"),
        "flip-magic": (flipped(good, 0), "not_sealed"),
        "flip-version": (flipped(good, at["version"] + 1), "unknown_version"),
        "flip-stanza": (flipped(good, at["stanzas"] + 100), "signature_wrong"),
        "flip-body": (flipped(good, at["body"] + 70), "segment_altered"),
        "flip-index": (flipped(good, at["index"] + 70), "index_altered"),
        "flip-trailer": (flipped(good, at["trailer"] + 20), "signature_wrong"),
        "flip-signature": (flipped(good, at["signature"]), "signature_wrong"),
        "items-swapped": (swapped, "segment_altered"),
        "foreign-body": (
            good[: at["body"]] + other[there["body"] : there["index"]] + good[at["index"] :],
            "segment_altered",
        ),
        "foreign-head": (other[: there["body"]] + good[at["body"] :], "signature_wrong"),
        "longer-life": (good.replace(b'"2026-03-16', b'"2036-03-16'), "signature_wrong"),
        "spaced-header": (good.replace(b'"answers":null,', b'"answers": nul,'), "not_canonical"),
        "unknown-suite": (good.replace(b"xwing-", b"ywing-"), "unknown_suite"),
    }
    return [
        Vector(name=name, data=data, reason=reason, status=4, comment=name.replace("-", " "))
        for name, (data, reason) in cases.items()
    ]


def lying_vectors() -> list[Vector]:
    """Files whose signed index is not true to the body."""
    honest = layout.index_bytes
    lies = {
        "index-longer": (lambda e: [*e, replace(e[0], name="c")], "bad_index"),
        "index-shorter": (lambda e: [e[0]], "bad_index"),
        "index-traversal": (lambda e: [replace(e[0], name="../a"), e[1]], "bad_index"),
        "index-doubled-name": (lambda e: [e[0], replace(e[1], name="a")], "bad_index"),
        "index-digest": (lambda e: [replace(e[0], digest=bytes(32)), e[1]], "segment_altered"),
    }
    made = []
    for name, (lie, reason) in lies.items():
        with mock.patch.object(layout, "index_bytes", lambda e, lie=lie: honest(lie(list(e)))):
            data = sealed({"a": b"1", "b": b"2"})
        made.append(Vector(name=name, data=data, reason=reason, status=4, comment=f"signed {name}"))
    return made


def forbidden_vectors() -> list[Vector]:
    """Whole files that a rule forbids to open."""
    good = sealed({"a": b"1"})
    plain = Vector(name="", data=good, comment="", status=7)
    return [
        replace(plain, name="expired", reason="expired", now=NOW + timedelta(days=14),
                comment="at the very second of expiry"),
        replace(plain, name="clock-behind", reason="clock_behind", now=NOW - timedelta(days=2),
                comment="opened before it was made"),
        replace(plain, name="wrong-recipient", reason="not_for_you", recipient="clerk",
                comment="meant for the vendor"),
        replace(plain, name="wrong-kind", reason="wrong_kind", kind=SealedKind.SHARE,
                comment="a work package where a share is expected"),
        replace(plain, name="wrong-agreement", reason="wrong_agreement", agreement="A-2",
                comment="released under another agreement"),
        replace(plain, name="unknown-sender", reason="unknown_sender",
                data=sealed({"a": b"1"}, sender="stranger"), comment="sealed by a stranger"),
    ]  # fmt: skip


def main() -> None:
    """Write all vectors."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.vector"):
        if old.name != "version-1.vector":
            old.unlink()
    made = [
        *length_vectors(),
        *exchange_vectors(),
        *damaged_vectors(),
        *lying_vectors(),
        *forbidden_vectors(),
    ]
    for vector in made:
        (FOLDER / f"{vector.name}.vector").write_bytes(vector.to_bytes())
    seeds = {
        name: {
            "role": str(one.role),
            "kem_seed": one.kem_seed.hex(),
            "sign_seed": one.sign_seed.hex(),
            "fingerprint": one.fingerprint,
            "trusted": name != "stranger",
        }
        for name, one in PARTIES.items()
    }
    (FOLDER / "parties.json").write_text(json.dumps(seeds, indent=1) + "\n")


if __name__ == "__main__":
    main()
