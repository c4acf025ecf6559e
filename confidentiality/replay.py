"""Which sealed files were received: a package id counts once.

The register is an append-only file of lines, flushed to the disk before an answer is
given. Asking and recording are apart, so that a crash between them loses nothing: the
caller asks, loads, then records.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from confidentiality.canonical import (
    canonical,
    instant_text,
    is_fingerprint,
    is_identifier,
    parse_canonical,
)
from confidentiality.files import locked
from confidentiality.journal import append_line, read_lines
from confidentiality.rules import refuse
from records.errors import IntegrityError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from records.errors import NotPermittedError


class Admission(StrEnum):
    """What the register says about a file: never seen, or this very file came before."""

    NEW = "new"
    ALREADY_RECEIVED = "already_received"


class ReplayRegister:
    """The register of received package ids at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, package_id: str, digest: str) -> Admission:
        """Whether the file is new or was received before.

        Raises `NotPermittedError` (`package_id_reused`) when another file came under the
        id, `IntegrityError` when the register is damaged.
        """
        known = self._seen().get(package_id)
        if known is None:
            return Admission.NEW
        if known != digest:
            raise self._reused(package_id)
        return Admission.ALREADY_RECEIVED

    def require_new(self, package_id: str, digest: str) -> None:
        """Raises `NotPermittedError` (`replayed`) when the file was received before."""
        if self.check(package_id, digest) is not Admission.NEW:
            raise refuse(
                "replayed",
                "该文件已接收过 · this file was received before",
                where=package_id,
                remedy="nothing to do: its content is already in; ask for a new file if not",
            )

    def record(self, package_id: str, digest: str, *, now: datetime) -> Admission:
        """Enter a file as received; entering the same file again changes nothing.

        Raises `NotPermittedError` (`package_id_reused`) for another file under the id.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._path.with_name(self._path.name + ".lock")):
            found = self.check(package_id, digest)
            if found is Admission.NEW:
                row = {"at": instant_text(now), "digest": digest, "package_id": package_id}
                append_line(self._path, canonical(row))
        return found

    def _seen(self) -> dict[str, str]:
        seen: dict[str, str] = {}
        for line in read_lines(self._path):
            row = parse_canonical(line, where=self._path.name)
            package_id, digest = row.get("package_id"), row.get("digest")
            if not is_identifier(package_id) or not is_fingerprint(digest) or package_id in seen:
                raise IntegrityError(
                    "register_damaged",
                    what="接收登记簿已损坏 · the register of received files is damaged",
                    where=self._path.name,
                    remedy="restore it from a backup before receiving anything",
                )
            seen[str(package_id)] = str(digest)
        return seen

    def _reused(self, package_id: str) -> NotPermittedError:
        return refuse(
            "package_id_reused",
            "编号已被另一文件使用 · another file was received under this id",
            where=package_id,
            remedy="do not load it; ask the sender which of the two files is theirs",
        )
