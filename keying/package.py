"""The content of a work package: a manifest and the pictures it names.

Content is a mapping from names to bytes, as the sealed format carries it. Sealing,
expiry of the agreement and files are not handled here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from keying.prompts import PROMPTS, RULES, Prompt
from keying.snippet import check_snippet
from keying.workitem import WorkItem, parse_item, work_item
from records.errors import InputError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keying.assign import PackagePlan

FORMAT = "backfill-work-package/1"
MANIFEST = "manifest.json"
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_HEAD = frozenset(
    {"format", "package_id", "agreement_id", "vendor_id", "clerk_id", "round", "due",
     "rules", "guidelines", "items"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageHead:
    """What a package is and for whom; `due` is the last day for its submission."""

    package_id: str
    agreement_id: str
    vendor_id: str
    clerk_id: str
    round: int
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPackage:
    """A package as its clerk sees it.

    `contents` is what it was parsed from; pictures are taken from there when they are
    asked for, so that a large package needs no memory.
    """

    head: PackageHead
    items: tuple[WorkItem, ...]
    guidelines: Mapping[str, Prompt]
    rules: Prompt
    contents: Mapping[str, bytes] = field(repr=False)

    def picture(self, item: WorkItem) -> bytes:
        """The PNG of one of the package's items."""
        return self.contents[item.snippet]


def build_package(
    head: PackageHead, plan: PackagePlan, pictures: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The content of the package that `plan` describes.

    `pictures` gives the PNG of each `reading_id`. Raises InputError for a picture that is
    missing, damaged or carries metadata.
    """
    snippets: dict[str, bytes] = {}
    items: list[WorkItem] = []
    for planned in plan.items:
        picture = pictures.get(planned.field.reading_id, b"")
        picture = check_snippet(picture, f"package {head.package_id}, item {len(items) + 1}")
        item = work_item(planned.item_id, planned.field.tail, picture)
        items.append(item)
        snippets[item.snippet] = picture
    return {MANIFEST: _manifest(head, items), **snippets}


def _manifest(head: PackageHead, items: Iterable[WorkItem]) -> bytes:
    listed = list(items)
    content = {
        "format": FORMAT,
        "package_id": head.package_id,
        "agreement_id": head.agreement_id,
        "vendor_id": head.vendor_id,
        "clerk_id": head.clerk_id,
        "round": head.round,
        "due": head.due.isoformat(),
        "rules": _as_json(RULES),
        "guidelines": {tail: _as_json(PROMPTS[tail]) for tail in sorted({i.tail for i in listed})},
        "items": [{"item_id": i.item_id, "tail": i.tail, "sha256": i.sha256} for i in listed],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _as_json(prompt: Prompt) -> dict[str, str]:
    return {"zh": prompt.zh, "en": prompt.en}


def parse_package(contents: Mapping[str, bytes]) -> WorkPackage:
    """The package with this content, with every picture checked.

    Raises InputError for a malformed manifest and IntegrityError when pictures are
    missing, altered or not in the manifest.
    """
    package = read_package(contents)
    _check_pictures(package)
    return package


def read_package(contents: Mapping[str, bytes]) -> WorkPackage:
    """The package with this content, which has been checked as a whole before."""
    raw = _read_manifest(contents.get(MANIFEST, b""))
    where = f"package {raw['package_id']}"
    items = tuple(parse_item(item, f"{where}, item {n}") for n, item in enumerate(raw["items"], 1))
    tails = {item.tail for item in items}
    return WorkPackage(
        head=_parse_head(raw),
        items=items,
        guidelines={tail: _parse_prompt(raw["guidelines"].get(tail)) for tail in tails},
        rules=_parse_prompt(raw["rules"]),
        contents=contents,
    )


def _read_manifest(data: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raise bad_manifest() from None
    match raw:
        case {"format": str(form), **_others} if form != FORMAT:
            raise bad_manifest("unknown_package_format")
        case {
            "package_id": str(package_id), "rules": dict(), "guidelines": dict(), "items": list()
        } if set(raw) == _HEAD and _IDENTIFIER.match(package_id):  # fmt: skip
            return dict(raw)
    raise bad_manifest()


def _parse_head(raw: Mapping[str, Any]) -> PackageHead:
    ids = [raw[key] for key in ("package_id", "agreement_id", "vendor_id", "clerk_id")]
    if not all(isinstance(i, str) and _IDENTIFIER.match(i) for i in ids):
        raise bad_manifest()
    keying_round, due = raw["round"], raw["due"]
    if not isinstance(keying_round, int) or keying_round < 1 or not isinstance(due, str):
        raise bad_manifest()
    try:
        last_day = date.fromisoformat(due)
    except ValueError:
        raise bad_manifest() from None
    package_id, agreement_id, vendor_id, clerk_id = ids
    return PackageHead(
        package_id=package_id,
        agreement_id=agreement_id,
        vendor_id=vendor_id,
        clerk_id=clerk_id,
        round=keying_round,
        due=last_day,
    )


def _parse_prompt(raw: object) -> Prompt:
    match raw:
        case {"zh": str(zh), "en": str(en)}:
            return Prompt(zh=zh, en=en)
    raise bad_manifest()


def _check_pictures(package: WorkPackage) -> None:
    where = f"package {package.head.package_id}"
    expected = {item.snippet for item in package.items} | {MANIFEST}
    if len(expected) != len(package.items) + 1 or set(package.contents) != expected:
        raise _altered(where)
    for number, item in enumerate(package.items, 1):
        picture = package.picture(item)
        if hashlib.sha256(picture).hexdigest() != item.sha256:
            raise _altered(f"{where}, item {number}")
        check_snippet(picture, f"{where}, item {number}")


def _altered(where: str) -> IntegrityError:
    return IntegrityError(
        "package_content_altered",
        what="工作包的图片与清单不符 · the pictures of the package differ from its manifest",
        where=where,
        remedy="向档案馆索取新工作包 · ask the archive for a new package",
    )


def bad_manifest(reason: str = "bad_manifest") -> InputError:
    """The error for a manifest that can't be understood."""
    return InputError(
        reason,
        what="清单不合格式或版本不符 · the manifest is malformed or of another version",
        where=MANIFEST,
        remedy="向发件方索取新文件，或升级本软件 · ask the sender for a new file, or update",
    )
