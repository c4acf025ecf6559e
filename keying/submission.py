"""The content of a submission: a manifest and one line per entry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keying.entry import Entry, parse_entry
from keying.package import MANIFEST, bad_manifest
from records.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from keying.package import WorkPackage

FORMAT = "backfill-submission/1"
ENTRIES = "entries.jsonl"
_KEYS = frozenset(
    {"format", "package_id", "agreement_id", "vendor_id", "clerk_id", "round",
     "package_sha256", "entries", "unanswered"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What came back for a package.

    `package_sha256` is the digest of the content that was keyed from, the one that the
    officers' approvals name.
    """

    package_id: str
    agreement_id: str
    vendor_id: str
    clerk_id: str
    round: int
    package_sha256: str
    entries: tuple[Entry, ...]
    unanswered: int


def build_submission(
    package: WorkPackage, entries: Iterable[Entry], *, package_sha256: str
) -> dict[str, bytes]:
    """The content of the submission, entries in the order of the package's items.

    `package_sha256` is the digest of the package's content. Raises ValueError when there
    are two entries for an item or one for an unknown item.
    """
    answered = list(entries)
    by_item = {entry.item_id: entry for entry in answered}
    ordered = [by_item[item.item_id] for item in package.items if item.item_id in by_item]
    if len(ordered) != len(answered):
        raise ValueError("entries that don't belong to the package, or doubled ones")
    head = package.head
    manifest = {
        "format": FORMAT,
        "package_id": head.package_id,
        "agreement_id": head.agreement_id,
        "vendor_id": head.vendor_id,
        "clerk_id": head.clerk_id,
        "round": head.round,
        "package_sha256": package_sha256,
        "entries": len(ordered),
        "unanswered": len(package.items) - len(ordered),
    }
    lines = (json.dumps(entry.as_json(), ensure_ascii=False) + "\n" for entry in ordered)
    return {
        MANIFEST: json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1).encode(),
        ENTRIES: "".join(lines).encode(),
    }


def parse_submission(contents: Mapping[str, bytes]) -> Submission:
    """The submission with this content; raises InputError or IntegrityError."""
    if set(contents) != {MANIFEST, ENTRIES}:
        raise bad_manifest()
    raw = _read_manifest(contents[MANIFEST])
    where = f"submission for package {raw['package_id']}"
    entries = tuple(_entries(contents[ENTRIES], where))
    clerks = {entry.clerk_id for entry in entries}
    items = {entry.item_id for entry in entries}
    if len(entries) != raw["entries"] or len(items) != len(entries) or clerks - {raw["clerk_id"]}:
        raise _altered(where)
    fields = {key: raw[key] for key in _KEYS - {"format", "entries"}}
    return Submission(entries=entries, **fields)


def check_against_plan(
    submission: Submission, *, item_ids: Collection[str], clerk_id: str, package_sha256: str
) -> None:
    """Make sure that a submission answers this package, by this clerk, keyed from its content.

    Raises IntegrityError.
    """
    known = set(item_ids)
    whole = (
        submission.clerk_id == clerk_id
        and submission.package_sha256 == package_sha256
        and all(entry.item_id in known for entry in submission.entries)
        and len(submission.entries) + submission.unanswered == len(known)
    )
    if not whole:
        raise _altered(f"submission for package {submission.package_id}")


def _read_manifest(data: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raise bad_manifest() from None
    match raw:
        case {
            "format": "backfill-submission/1", "package_id": str(), "agreement_id": str(),
            "vendor_id": str(), "clerk_id": str(), "round": int(), "package_sha256": str(),
            "entries": int(), "unanswered": int(),
        } if set(raw) == _KEYS:  # fmt: skip
            return dict(raw)
    raise bad_manifest()


def _entries(data: bytes, where: str) -> Iterable[Entry]:
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        raise _altered(where) from None
    if lines.pop():
        raise _altered(where)
    for number, line in enumerate(lines, 1):
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError):
            raise _altered(f"{where}, line {number}") from None
        yield parse_entry(raw, f"{where}, line {number}")


def _altered(where: str) -> IntegrityError:
    return IntegrityError(
        "submission_content_altered",
        what="回传内容与其清单或工作包不符 · the entries differ from their manifest or package",
        where=where,
        remedy="请承录方重新回传 · ask the vendor to submit again",
    )
