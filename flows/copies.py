"""What became of documents that were copied: a line each in `documents.jsonl`.

A line is written once the files are in place. One that a crash tore counts as absent, so its
document is copied again.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.originals import as_path
from records.reading import PageRefusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "documents.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a document.

    `status` is `written`, `kept` (an earlier run had finished it) or `quarantined`, when no
    page could be read; `files` maps kinds of copies to names relative to their folder, as
    `flows.originals` writes paths; `refused` are the pages that are missing from them.
    """

    source: str
    status: str
    pages: int
    files: dict[str, str]
    refused: tuple[PageRefusal, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The document as one line of `backfill searchable`."""
        shown: dict[str, Any] = {
            "source": self.source,
            "status": self.status,
            "pages": self.pages,
            "files": self.files,
        }
        if self.refused:
            shown["refused"] = [
                {"page": page.page, "reason": page.reason, "detail": page.detail}
                for page in self.refused
            ]
        return shown


class Record:
    """The record in a folder of copies that `maker` made: one software, one calibration."""

    def __init__(self, folder: Path, maker: str) -> None:
        self._folder = folder
        self._maker = maker
        self._path = folder / NAME
        self._lines = {line["name"]: line for line in _lines(self._path)}

    def kept(self, name: str, source: str, sha256: str, kinds: Iterable[str]) -> Made | None:
        """The document as an earlier run finished it, None where something is left to do.

        The scan, the maker and the lengths of the files must still be those of the record.
        """
        line = self._lines.get(name)
        if line is None or (line["sha256"], line["made_by"]) != (sha256, self._maker):
            return None
        files = {kind: file for kind, file in line["files"].items() if kind in set(kinds)}
        if set(files) != set(kinds) or not all(self._is_there(file) for file in files.values()):
            return None
        refused = (PageRefusal(source=source, **page) for page in line.get("refused", ()))
        return Made(
            source=source, status="kept", pages=line["pages"],
            files={kind: file["name"] for kind, file in files.items()}, refused=tuple(refused),
        )  # fmt: skip

    def add(self, name: str, sha256: str, made: Made) -> None:
        """Record a document whose files are in place."""
        shown = made.as_json()
        line = {
            "name": name,
            "sha256": sha256,
            "made_by": self._maker,
            "pages": made.pages,
            "files": {
                kind: {"name": file, "bytes": (self._folder / as_path(file)).stat().st_size}
                for kind, file in made.files.items()
            },
            "refused": shown.get("refused", []),
        }
        self._lines[name] = line
        with self._path.open("ab") as stream:
            # A line break first, because the last line may be torn.
            stream.write(b"\n" + json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _is_there(self, file: dict[str, Any]) -> bool:
        path = self._folder / as_path(file["name"])
        return path.is_file() and bool(path.stat().st_size == file["bytes"])


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().splitlines():
        try:
            read = json.loads(line)
        except ValueError:
            continue
        if isinstance(read, dict) and {"name", "sha256", "made_by", "pages", "files"} <= set(read):
            found.append(read)
    return found
