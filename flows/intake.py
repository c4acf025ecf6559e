"""Intake: hash every file, tell what it is from its bytes, enter it or set it aside."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.discretion import discreet_flow, discreet_task
from flows.installation import Installation, handed_over, installation
from flows.originals import as_text
from flows.progress import progress
from ocr.pool import expand
from ocr.refusals import advice
from ocr.sniff import sha256_of, sniff
from records.errors import InputError
from records.schemas import SCANS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TAKEN = "taken"
QUARANTINED = "quarantined"
DUPLICATE = "duplicate"
_ADVICE_ON_DUPLICATES = (
    "与已收扫描件内容相同；无须再交。The same bytes were taken in before; nothing needs to be done."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One file as intake met it; `scan_id` is empty when its bytes could not be read."""

    source: str
    scan_id: str
    size: int
    media_type: str | None
    reason: str | None


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, and those in the folders that are named, each once."""
    return list(dict.fromkeys(path.absolute() for path in expand(paths)))


@discreet_task("look-at-files")
def look_at_files(token: str) -> str:
    """Hash and sniff the files behind `token`; gives a token for the arrivals."""
    files: list[Path] = handed_over.collect(token, list)
    arrivals: list[Arrival] = []
    with progress("登记扫描件 · entering scans", len(files)) as bar:
        for path in files:
            arrivals.append(_look_at(path))
            bar.update(1)
    return handed_over.leave(arrivals)


def _look_at(path: Path) -> Arrival:
    reason, media_type, size, scan_id = None, None, 0, ""
    try:
        sniffed = sniff(path)
        media_type, size = sniffed.media_type, sniffed.size
    except InputError as error:
        reason = error.reason
    try:
        scan_id = sha256_of(path)
    except InputError as error:
        reason = error.reason
    return Arrival(
        source=as_text(path), scan_id=scan_id, size=size, media_type=media_type, reason=reason
    )


@discreet_flow("intake")
def intake(home_id: str, token: str, *, name_token: str, demonstration: bool = False) -> str:
    """Enter the files behind `token` as a batch, called by people what `name_token` says.

    Returns the batch's id, which comes from its content: doing it again changes nothing.
    """
    here = installation(home_id)
    name = handed_over.collect(name_token, str)
    arrivals: list[Arrival] = handed_over.collect(look_at_files(token), list)
    batch_id = batch_name(arrivals)
    with here.warehouse.transaction():
        elsewhere = here.warehouse.query("scans_taken_elsewhere", batch_id=batch_id)
        taken = {str(row["scan_id"]) for row in elsewhere.to_pylist()}
        rows = list(_rows(arrivals, batch_id, taken, here))
        here.warehouse.merge(
            "batches", _batch_row(here, batch_id, name=name, demonstration=demonstration)
        )
        here.warehouse.merge("scans", pa.Table.from_pylist(rows, SCANS))
        here.note("batch.entered", batch=batch_id, files=len(arrivals))
    return batch_id


def batch_name(arrivals: Iterable[Arrival]) -> str:
    """A name from the content of a batch: names and hashes of its files, in order."""
    digest = hashlib.sha256()
    for arrival in sorted(arrivals, key=lambda each: each.source):
        digest.update(f"{arrival.source}\0{arrival.scan_id}\0".encode())
    return digest.hexdigest()[:12]


def _rows(
    arrivals: Iterable[Arrival], batch_id: str, taken: set[str], here: Installation
) -> Iterable[dict[str, Any]]:
    for arrival in arrivals:
        reason = arrival.reason
        if reason is None and arrival.scan_id in taken:
            reason = DUPLICATE
        if reason is None:
            taken.add(arrival.scan_id)
        yield {
            "scan_id": arrival.scan_id,
            "batch_id": batch_id,
            "source": arrival.source,
            "bytes": arrival.size,
            "status": QUARANTINED if reason else TAKEN,
            "entered_at": here.clock(),
            "media_type": arrival.media_type,
            "reason": reason,
            "detail": _ADVICE_ON_DUPLICATES if reason == DUPLICATE else reason and advice(reason),
        }


def _batch_row(here: Installation, batch_id: str, *, name: str, demonstration: bool) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "batch_id": batch_id,
                "name": name,
                "policy": here.policy.name,
                "demonstration": demonstration,
                "created_at": here.clock(),
            }
        ],
        here.warehouse.schema("batches"),
    )
