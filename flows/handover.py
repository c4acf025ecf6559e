"""Handing a batch's volumes over to the archive: folders by archive code, catalogue, notes.

Each volume is finished by itself and kept by a later run, so a stop costs the volume that was
being made. What was written is checked as its receiver will, and only then recorded.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files as shipped
from itertools import groupby
from typing import TYPE_CHECKING

import pyarrow as pa

from flows.handover_check import check_handover
from flows.handover_papers import Papers
from flows.originals import as_path, require_unchanged
from flows.searchable import READER, maker
from flows.volume_files import MADE, Binder
from flows.volumes import LeftOut, shelve
from ocr.forms.loading import forms_of
from ocr.pool import read_paths
from records.archive_code import parse_archive_codes
from records.errors import InputError, StoreError, UsageError
from records.reading import PageReading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from flows.handover_check import Checked
    from flows.home import Home
    from flows.installation import Installation
    from flows.volume_files import VolumeFile
    from flows.volumes import Shelf, Volume
    from records.archive_code import ArchiveCodes
    from records.reading import PageRefusal

_TEMPLATE = "archive-codes.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What was handed over, what an earlier run had finished of it, and what stays behind."""

    volumes: int
    kept: int
    pages: int
    left_out: tuple[LeftOut, ...]
    checked: Checked


def write_grammar(home: Home) -> Path:
    """Put the example of a grammar of archive codes into a home; one that is there stays."""
    if not home.archive_codes.exists():
        text = shipped("flows").joinpath("schemas", _TEMPLATE).read_bytes()
        home.archive_codes.write_bytes(text)
    return home.archive_codes


def grammar_of(home: Home) -> ArchiveCodes:
    """The home's grammar of archive codes; raises UsageError when it has none."""
    if not home.archive_codes.exists():
        raise UsageError(
            "no_archive_code_grammar",
            what="还没有档号规则 · there is no grammar of archive codes",
            where=home.archive_codes.name,
            remedy="backfill handover grammar --home DIR，再照本馆规则改 · then adapt it",
        )
    text = home.archive_codes.read_text(encoding="utf-8")
    return parse_archive_codes(text, where=home.archive_codes.name)


def hand_over(
    here: Installation,
    batch_id: str,
    folder: Path,
    *,
    scratch: Path,
    encoding: str = "utf-8",
    with_mets: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> HandedOver:
    """Write a batch's volumes into a folder, with catalogue, notes and acceptance record.

    Doing it again goes on where it stopped. Raises StoreError (`cannot_write`) where the folder
    can't be written to, UsageError (`folder_taken`) where it holds another batch's volumes.
    """
    codes = grammar_of(here.home)
    shelf = _shelved(here, codes, batch_id)
    binder = Binder(
        folder=folder, batch_id=batch_id, codes=codes, with_mets=with_mets, scratch=scratch
    )
    binder.require_own()
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        bound = _bound(here, shelf, binder, on_progress)
        volumes = [volume for volume in shelf.volumes if volume.archive_code in bound.files]
        if not volumes:
            raise _nothing(batch_id)
        _clear(folder, {binder.place(volume) for volume in volumes})
        papers = Papers(
            folder=folder, codes=codes, encoding=encoding, at=here.clock(), software=maker(),
            inspection=_inspection(here, batch_id),
        )  # fmt: skip
        digest = papers.write(
            [(volume, binder.place(volume), bound.files[volume.archive_code]) for volume in volumes]
        )
        checked = check_handover(folder)
        papers.write_acceptance(checked)
    _record(here, batch_id, volumes, bound.files, digest)
    return HandedOver(
        volumes=len(volumes),
        kept=bound.kept,
        pages=sum(len(volume.pages) for volume in volumes),
        left_out=bound.left_out,
        checked=checked,
    )


def _shelved(here: Installation, codes: ArchiveCodes, batch_id: str) -> Shelf:
    """The batch's volumes, with their new rows and the entry that speaks of them."""
    with here.warehouse.transaction():
        shelf, fresh = shelve(here.warehouse, codes, batch_id=batch_id, now=here.clock())
        if any(fresh.values()):
            here.note("volumes.shelved", batch=batch_id, **fresh)
    return shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    files: dict[str, tuple[VolumeFile, ...]]
    kept: int
    left_out: tuple[LeftOut, ...]


def _bound(
    here: Installation,
    shelf: Shelf,
    binder: Binder,
    on_progress: Callable[[int, int], None] | None,
) -> _Bound:
    """The files of each volume by its code: those of earlier runs, and the rest made now."""
    rows = here.warehouse.query("volumes").to_pylist()
    given = {row["archive_code"]: row["given_at"] for row in rows}
    files = {
        volume.archive_code: whole
        for volume in shelf.volumes
        if (whole := binder.kept(volume)) is not None
    }
    waiting = [volume for volume in shelf.volumes if volume.archive_code not in files]
    kept, left_out = len(files), list(shelf.left_out)
    for done, (volume, found) in enumerate(_read(waiting, here), 1):
        code = volume.archive_code
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            files[code] = binder.bind(volume, found, given_at=given[code])
        if on_progress:
            on_progress(done, len(waiting))
    return _Bound(files=files, kept=kept, left_out=tuple(left_out))


def _read(
    volumes: Sequence[Volume], here: Installation
) -> Iterator[tuple[Volume, dict[str, PageReading] | LeftOut]]:
    """Volumes with their pages by page id, or why one stays behind; each scan is read once."""
    spoilt = _spoilt(volumes)
    order: dict[str, Path] = {}
    last: dict[str, int] = {}
    for number, volume in enumerate(volumes):
        for page in volume.pages:
            if page.scan_id not in spoilt:
                order.setdefault(page.scan_id, as_path(page.scan))
                last[page.scan_id] = number
    results = read_paths(
        list(order.values()), workers=here.workers, reader=READER, forms=forms_of(here.home.forms)
    )
    by_source = groupby(results, key=lambda result: result.source)
    coming = iter(order)
    held: dict[str, dict[int, PageReading | PageRefusal]] = {}
    for number, volume in enumerate(volumes):
        for scan_id in dict.fromkeys(page.scan_id for page in volume.pages):
            while scan_id not in held and scan_id not in spoilt:
                held[next(coming)] = {result.page: result for result in next(by_source)[1]}
        yield volume, _pages(volume, held, spoilt)
        for scan_id in [one for one in held if last[one] == number]:
            held[scan_id] = {}


def _spoilt(volumes: Sequence[Volume]) -> dict[str, str]:
    """Scans that aren't what was entered, with the reason's code."""
    found = {}
    for scan_id, scan in {page.scan_id: page.scan for one in volumes for page in one.pages}.items():
        try:
            require_unchanged(scan_id, as_path(scan))
        except InputError as error:
            found[scan_id] = error.reason
    return found


def _pages(
    volume: Volume,
    held: dict[str, dict[int, PageReading | PageRefusal]],
    spoilt: dict[str, str],
) -> dict[str, PageReading] | LeftOut:
    found = {}
    for page in volume.pages:
        result = held.get(page.scan_id, {}).get(page.page)
        if not isinstance(result, PageReading):
            told = result.reason if result else spoilt.get(page.scan_id, "page_missing")
            return LeftOut(what=volume.archive_code, reason=told)
        found[page.page_id] = result
    return found


def _clear(folder: Path, places: set[Path]) -> None:
    """Remove what killed runs left, and folders of volumes that are no longer handed over."""
    for part in folder.rglob(".*.part"):
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    for made in folder.rglob(MADE):
        if made.parent not in places:
            shutil.rmtree(made.parent)


def _inspection(here: Installation, batch_id: str) -> str:
    rows = here.warehouse.query("batch_inspection", batch_id=batch_id).to_pylist()
    return str(rows[0]["outcome"]) if rows else ""


def _record(
    here: Installation,
    batch_id: str,
    volumes: Sequence[Volume],
    files: dict[str, tuple[VolumeFile, ...]],
    digest: str,
) -> None:
    """Enter the hand-over into the warehouse and the audit log, once for each list of files."""
    now = here.clock()
    rows = [
        {
            "manifest_sha256": digest, "archive_code": volume.archive_code,
            "pages": len(volume.pages), "files": len(files[volume.archive_code]),
            "handed_over_at": now,
        }
        for volume in volumes
    ]  # fmt: skip
    with here.warehouse.transaction():
        schema = here.warehouse.schema("handovers")
        if here.warehouse.merge("handovers", pa.Table.from_pylist(rows, schema)):
            here.note("volumes.handed_over", batch=batch_id, volumes=len(rows), sha256=digest)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            "cannot_write",
            what=f"无法写入移交件 · can't be written: {os.strerror(error.errno or 0)}",
            where=folder.name,
            remedy="检查磁盘空间与权限后再次运行 · check space and permissions, then run it again",
        ) from error


def _nothing(batch_id: str) -> UsageError:
    return UsageError(
        "nothing_to_hand_over",
        what="没有可移交的案卷 · there is no volume to hand over",
        where=batch_id,
        remedy="先核定记录；退回的原因见结果 · verify records first",
    )
