"""Digitise: read the pages of a batch chunk by chunk, each chunk loaded in one transaction."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from flows.discretion import discreet_flow, discreet_task
from flows.installation import handed_over, installation
from flows.originals import as_path, require_unchanged
from flows.progress import progress
from flows.reading import Result, read_pages
from flows.tables import chunk_tables
from ocr.confidence import shipped_label
from ocr.forms.loading import forms_of
from ocr.pages import source_name
from records.errors import EngineError, InputError
from records.reading import PageRefusal
from warehouse.chunks import load_chunks, write_chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from flows.installation import Installation

#: Scans in a chunk: few enough to lose little, enough to keep Prefect's records small.
SCANS_PER_CHUNK = 50


@discreet_flow("digitise")
def digitise(home_id: str, batch_id: str) -> int:
    """Read what is not yet read of a batch; returns the number of scans that were read."""
    here = installation(home_id)
    for left in sorted(_chunks(here, batch_id).glob("[!.]*")):
        # Read by a start that ended before it was loaded.
        load_chunk(home_id, batch_id, left.name)
    waiting = here.warehouse.query("scans_to_read", batch_id=batch_id).to_pylist()
    scans = [(row["scan_id"], as_path(row["source"])) for row in waiting]
    chunks = [scans[at : at + SCANS_PER_CHUNK] for at in range(0, len(scans), SCANS_PER_CHUNK)]
    for number, chunk in enumerate(chunks, 1):
        token = handed_over.leave(chunk)
        name = read_chunk(home_id, batch_id, token, title=f"识读 · reading {number}/{len(chunks)}")
        load_chunk(home_id, batch_id, name)
    return len(scans)


@discreet_task("read-chunk")
def read_chunk(home_id: str, batch_id: str, token: str, *, title: str) -> str:
    """Read the scans behind `token` into an encrypted chunk; returns the chunk's name."""
    here = installation(home_id)
    chunk: list[tuple[str, Path]] = handed_over.collect(token, list)
    with here.timed(batch_id, "read") as count, progress(title, len(chunk)) as bar:

        def advance(done: int, _total: int) -> None:
            bar.update(done - bar.n)

        results = list(_chunk_results(here, chunk, advance))
        label = here.calibration.label if here.calibration else shipped_label()
        tables = chunk_tables(results, batch_id=batch_id, calibration=label)
        name = write_chunk(_chunks(here, batch_id), tables, key=here.home_key.key).name
        count.items, count.chunk = len(results), name
    return name


@discreet_task("load-chunk")
def load_chunk(home_id: str, batch_id: str, name: str) -> None:
    """Load a chunk; loading it again changes nothing. Its file goes when it is loaded."""
    here = installation(home_id)
    chunk = _chunks(here, batch_id) / name
    with here.warehouse.transaction():
        report = load_chunks(
            here.warehouse,
            [chunk],
            key=here.home_key.key,
            batch_id=batch_id,
            now=here.clock(),
        )
        readings = report.rows.get("readings", 0)
        here.note("chunk.loaded", batch=batch_id, chunk=name, readings=readings)
    shutil.rmtree(chunk)


def _chunks(here: Installation, batch_id: str) -> Path:
    return here.home.chunks / batch_id


def _chunk_results(
    here: Installation, chunk: Sequence[tuple[str, Path]], advance: Callable[[int, int], None]
) -> Iterator[tuple[str, Result]]:
    unchanged = []
    for scan_id, path in chunk:
        fault = _changed_since_intake(scan_id, path)
        if fault:
            yield scan_id, fault
        else:
            unchanged.append((scan_id, path))
    results = read_pages(
        [path for _, path in unchanged],
        engine="auto",
        workers=here.workers,
        index=here.register,
        on_progress=advance,
        calibration=here.calibration.change if here.calibration else None,
        forms=forms_of(here.home.forms),
    )
    yield from pair_with_scans(unchanged, results)


def pair_with_scans(
    scans: Sequence[tuple[str, Path]], results: Iterable[Result]
) -> Iterator[tuple[str, Result]]:
    """Each result with the scan it came from.

    Results come file by file in the order of the scans, and page by page within a file: a
    page number that does not grow is the first of the next file. Raises EngineError when
    they don't: a page that stands under another scan could never be traced.
    """
    remaining = iter(scans)
    scan_id, last_source, last_page = "", "", 0
    for result in results:
        if not scan_id or result.source != last_source or result.page <= last_page:
            scan_id, path = next(remaining, ("", None))
            if path is None or result.source != source_name(path):
                raise _out_of_step(result.page)
        last_source, last_page = result.source, result.page
        yield scan_id, result
    if next(remaining, None):
        raise _out_of_step(last_page)


def _out_of_step(page: int) -> EngineError:
    return EngineError(
        "results_out_of_step",
        what="识读结果与扫描件对不上 · the reader's results don't fit the scans",
        where=f"page {page}",
        remedy="重新运行；仍出现则报告维护者 · run it again; if it recurs, report it",
    )


def _changed_since_intake(scan_id: str, path: Path) -> PageRefusal | None:
    """The refusal for a scan that is no longer what intake entered.

    Of the scan as a whole, page 0: when the original is back, it is read after all.
    """
    try:
        require_unchanged(scan_id, path)
    except InputError as error:
        detail = f"{error.what} → {error.remedy}"
        return PageRefusal(source=path.name, page=0, reason=error.reason, detail=detail)
    return None
