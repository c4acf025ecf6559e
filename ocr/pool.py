"""Many pages by several processes: none lost, none twice, one bad page never in the way.

Each process is told one file at a time and sends back page after page, so that when it
dies the page that was open is known: it is tried once more in a fresh process, then set
aside. Results come in the order of the inputs.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.limits import Limits
from ocr.pages import refusal, source_name
from ocr.refusals import refused
from ocr.runtimes import chosen_runtime
from ocr.worker import SPLIT, Fault, Finished, Job, Opened, Unit, serve
from records.reading import PageReading, PageRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from ocr.forms.form import FormSet
    from ocr.models import Engine

    Outcome = PageReading | PageRefusal
    Progress = Callable[[int, int], None]

_log = logging.getLogger(__name__)

READER = "ocr.reader:read_page"
#: A process whose memory once went above this is replaced by a fresh one.
_MEMORY = 850 << 20
#: How many files may be read ahead of the one whose results are awaited.
_AHEAD = 64
#: How often a page is tried whose process died.
_ATTEMPTS = 2
#: Files that systems leave in folders by themselves.
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})


def read_paths(
    paths: Iterable[Path],
    *,
    engine: Engine = "auto",
    workers: int = 2,
    limits: Limits | None = None,
    on_progress: Progress | None = None,
    reader: str = READER,
    forms: FormSet | None = None,
) -> Iterator[PageReading | PageRefusal]:
    """Read files and folders of files; every page gives one reading or one refusal.

    `on_progress(done, total)` is told the files finished. `reader` names the function
    that reads one page, `forms` are what it knows, those installed if none are given.
    Closing the iterator ends the processes.
    """
    files = expand(paths)
    job = Job(
        engine=engine, reader=reader, limits=limits or Limits(), forms=forms,
        runtime=chosen_runtime(),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="pages-") as scratch:
        pool = _Pool(files=files, job=job, scratch=Path(scratch))
        try:
            yield from pool.results(max(1, min(workers, len(files))), on_progress)
        finally:
            pool.close()


def expand(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, folders as the files in them and below, sorted.

    Hidden files are left out; everything else is listed, to be read or refused.
    """
    found: list[Path] = []
    for path in paths:
        found.extend(_below(path) if path.is_dir() else [path])
    return found


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    # A folder that can't be listed is kept itself, so that it is refused and not forgotten.
    walk = os.walk(folder, onerror=lambda error: found.append(Path(str(error.filename))))
    for here, folders, files in walk:
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        found.extend(Path(here) / name for name in (*files, *links) if _counts(name))
        folders[:] = [name for name in folders if _counts(name)]
    return sorted(found, key=os.fsencode)


def _counts(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _CLUTTER


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    """A reading process, the pipe to it, and what it is at work on."""

    process: BaseProcess
    connection: Connection
    scratch: Path
    unit: Unit | None = None
    page: int = 0
    memory: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class _Slot:
    """What is known of one input file: its pages so far and the units still out."""

    pages: dict[int, Outcome] = field(default_factory=dict)
    units: int = 1


class _Pool:
    """Units waiting, processes reading, slots filling."""

    def __init__(self, *, files: list[Path], job: Job, scratch: Path) -> None:
        self._job = job
        self._scratch = scratch
        self._slots = [_Slot() for _ in files]
        self._waiting = deque(Unit(order=i, path=path) for i, path in enumerate(files))
        self._workers: list[_Worker] = []
        self._deaths: dict[tuple[int, int], int] = {}
        self._started = 0

    def results(self, workers: int, on_progress: Progress | None) -> Iterator[Outcome]:
        """The outcomes file by file, each file's pages in order."""
        for done, slot in enumerate(self._slots):
            while slot.units:
                self._hand_out(workers, done)
                self._listen()
            yield from (slot.pages[number] for number in sorted(slot.pages))
            slot.pages.clear()
            if on_progress:
                on_progress(done + 1, len(self._slots))

    def close(self) -> None:
        """End all processes."""
        for worker in list(self._workers):
            self._end(worker)

    def _hand_out(self, workers: int, head: int) -> None:
        """Give every idle process a unit, as long as there are any near the head."""
        for worker in [w for w in self._workers if w.unit is None and w.memory > _MEMORY]:
            self._end(worker)
        while self._waiting and self._waiting[0].order < head + _AHEAD:
            idle = next((w for w in self._workers if w.unit is None), None)
            if idle is None and len(self._workers) >= workers:
                return
            worker = idle or self._start()
            unit = self._waiting.popleft()
            worker.unit, worker.page = unit, unit.first
            try:
                worker.connection.send(unit)
            except OSError:
                # It died while idle; its end is noticed when listening.
                continue

    def _start(self) -> _Worker:
        # Spawned, not forked: threads of this process must not be copied half-way.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._started += 1
        scratch = self._scratch / str(self._started)
        scratch.mkdir()
        process = context.Process(target=serve, args=(theirs, self._job, str(scratch)), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process=process, connection=ours, scratch=scratch)
        self._workers.append(worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        worker.connection.close()
        worker.process.kill()
        worker.process.join()
        worker.process.close()
        shutil.rmtree(worker.scratch, ignore_errors=True)
        self._workers.remove(worker)

    def _listen(self) -> None:
        """Take in what the processes say; a closed pipe is a death."""
        busy = [worker for worker in self._workers if worker.unit]
        ready = wait([worker.connection for worker in busy])
        for worker in [worker for worker in busy if worker.connection in ready]:
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker)
            else:
                self._take(worker, message)

    def _take(self, worker: _Worker, message: object) -> None:
        unit = worker.unit
        if unit is None:
            return
        slot = self._slots[unit.order]
        if isinstance(message, Fault):
            _log.error("The reader failed on page %d: %s", worker.page, message.place)
        elif isinstance(message, Opened):
            self._learn(worker, unit, message.pages)
        elif isinstance(message, Finished):
            worker.unit, worker.memory = None, message.memory
            slot.units -= 1
        elif isinstance(message, PageReading | PageRefusal):
            slot.pages[message.page] = message
            worker.page = message.page + 1

    def _learn(self, worker: _Worker, unit: Unit, pages: int) -> None:
        """A file's number of pages is known: a long one is shared out."""
        if pages <= SPLIT:
            worker.unit = replace(unit, last=pages)
            return
        starts = range(1, pages + 1, SPLIT)
        parts = [replace(unit, first=n, last=min(n + SPLIT - 1, pages)) for n in starts]
        self._slots[unit.order].units += len(parts)
        self._waiting.extendleft(reversed(parts))

    def _bury(self, worker: _Worker) -> None:
        """A process died: try its open page once more, then set that page aside."""
        unit, page = worker.unit, worker.page
        self._end(worker)
        if unit is None:
            return
        key = (unit.order, page)
        self._deaths[key] = self._deaths.get(key, 0) + 1
        if self._deaths[key] < _ATTEMPTS:
            self._waiting.appendleft(replace(unit, first=page))
            return
        slot = self._slots[unit.order]
        slot.pages[page] = refusal(source_name(unit.path), page, refused("worker_died"))
        # Without a last page the file killed the process that only counted its pages.
        if unit.last is None or page >= unit.last:
            slot.units -= 1
        else:
            self._waiting.appendleft(replace(unit, first=page + 1))
