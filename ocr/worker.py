"""One reading process: takes units of work from a pipe, sends page after page back.

Whatever a page does to this process — raise, hang, exhaust memory, crash a decoder —
concerns that page alone; the parent sees which one was open. Scheduling is not handled
here.
"""

from __future__ import annotations

import faulthandler
import importlib
import math
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from ocr.forms.in_force import forms_in_force, reading_by
from ocr.heap import give_back, one_heap
from ocr.models import Engine, Models
from ocr.pages import PageImage, TextLayerUse, load_pages, page_count, refusal, source_name
from ocr.refusals import refused
from ocr.traits import traits_of
from records.errors import BackfillError, InputError
from records.reading import PageReading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

    from ocr.forms.form import FormSet
    from ocr.limits import Limits
    from ocr.runtimes import Runtime
    from records.reading import PageRefusal

#: Files with more pages than this are read by several processes, this many pages each.
SPLIT = 4
#: A page may take this many times its limit before the process is ended from outside
#: Python, for code that signals can't interrupt.
_PATIENCE = 2
#: A page that waits, which takes no processor time, may take this many times its limit by the
#: clock: a machine busy with other work reads slowly, and that is no fault of the page.
_WAITING = 4
_USE: dict[Engine, TextLayerUse] = {
    "auto": "auto", "ppocr": "never", "tesseract": "never", "text-layer": "only",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every process needs to know: which engine, which reader, which bounds, which forms.

    `reader` names a function of (PageImage, Models) as `module:function`; without `forms`
    those that are installed are read by; `runtime` evaluates the networks.
    """

    engine: Engine
    reader: str
    limits: Limits
    forms: FormSet | None = None
    runtime: Runtime = "onnxruntime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Pages `first` to `last` (None: to the end) of the file numbered `order`."""

    order: int
    path: Path
    first: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The unit's file has this many pages; more than `SPLIT` are better shared out."""

    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The unit is done; the process's peak memory in bytes."""

    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An unexpected failure on a page: kind and place in the code, never content."""

    place: str


class PageReader(Protocol):
    """Reads one page with the models of this process."""

    def __call__(self, page: PageImage, models: Models, /) -> PageReading | PageRefusal:
        """The reading, or why there is none."""


class _TimeLimitError(Exception):
    """The page's time is over."""


def serve(connection: Connection, job: Job, scratch: str) -> None:
    """Read units until the pipe closes; the main function of a reading process."""
    _settle(job.limits, scratch)
    reader = _reader(job.reader)
    models = Models(job.engine, job.runtime)
    try:
        with reading_by(job.forms):
            while True:
                _read_unit(connection, connection.recv(), job, reader, models)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
                connection.send(Finished(memory=peak))
    except (EOFError, ConnectionError):
        _leave_nothing(Path(scratch))


def _leave_nothing(scratch: Path) -> None:
    """Remove the scratch folder when the parent was killed: nobody else will."""
    parent = multiprocessing.parent_process()
    if parent is None or not parent.is_alive():
        shutil.rmtree(scratch, ignore_errors=True)
        with suppress(OSError):
            # The last of the processes takes the folder of all.
            scratch.parent.rmdir()


def _settle(limits: Limits, scratch: str) -> None:
    """Make this process quiet, frugal and mortal."""
    silence = os.open(os.devnull, os.O_WRONLY)
    # Decoders written in C print fragments of files; results leave by the pipe alone.
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _time_is_over)
    signal.signal(signal.SIGALRM, _time_is_over)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.worker_bytes, limits.worker_bytes))
    tempfile.tempdir = scratch
    one_heap()
    import cv2  # noqa: PLC0415 - heavy, and of this process alone

    cv2.setNumThreads(1)


def _time_is_over(_signal: int, _frame: FrameType | None) -> None:
    raise _TimeLimitError


def _reader(name: str) -> PageReader:
    module, _, function = name.partition(":")
    reader: PageReader = getattr(importlib.import_module(module), function)
    return reader


def _read_unit(
    connection: Connection, unit: Unit, job: Job, reader: PageReader, models: Models
) -> None:
    if unit.first == 1 and unit.last is None:
        count = _count(unit.path, job.limits)
        connection.send(Opened(pages=count))
        if count > SPLIT:
            return
        unit = replace(unit, last=count)
    number = unit.first
    pages = _pages(unit, job, number)
    while True:
        try:
            outcome = _attempt(pages, reader, models, job.limits)
        except Exception as error:  # noqa: BLE001 - one page never stops a batch
            if not isinstance(error, _EXPECTED):
                connection.send(Fault(place=_place(error)))
            outcome = _as_refusal(error, unit.path, number)
            # An exception has ended the iterator; the pages behind are asked for anew.
            pages = _pages(unit, job, number + 1)
        if outcome is None:
            return
        connection.send(outcome)
        number += 1
        give_back()


def _pages(unit: Unit, job: Job, first: int) -> Iterator[PageImage | PageRefusal]:
    if unit.last is not None and first > unit.last:
        return iter(())
    return load_pages(
        unit.path, limits=job.limits, text_layer=_USE[job.engine], first=first, last=unit.last
    )


def _attempt(
    pages: Iterator[PageImage | PageRefusal], reader: PageReader, models: Models, limits: Limits
) -> PageReading | PageRefusal | None:
    """Load and read the next page within its time; None when there are no more."""
    # Raises at the limit where Python runs; where C code hangs, the process ends instead.
    _end_after(limits.seconds)
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    signal.setitimer(signal.ITIMER_REAL, _WAITING * limits.seconds)
    try:
        page = next(pages, None)
        if not isinstance(page, PageImage):
            return page
        outcome = reader(page, models)
        return _with_origin(outcome, page) if isinstance(outcome, PageReading) else outcome
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def _end_after(seconds: float) -> None:
    """Let this process be ended, by the system or the clock, well after a page's limit."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(own.ru_utime + own.ru_stime + _PATIENCE * seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    wait = _PATIENCE * _WAITING * seconds
    faulthandler.dump_traceback_later(wait, exit=True, file=_nowhere())


def _with_origin(reading: PageReading, page: PageImage) -> PageReading:
    """A reading with the forms it was read by, and with what its scan is like."""
    traits = traits_of(page, reading) if page.text_layer is None else None
    return replace(reading, form_set=forms_in_force().digest, traits=traits)


_EXPECTED = (BackfillError, _TimeLimitError, MemoryError)


def _as_refusal(error: Exception, path: Path, number: int) -> PageRefusal:
    if isinstance(error, BackfillError):
        return refusal(source_name(path), number, error)
    reason = "reader_failed"
    if isinstance(error, _TimeLimitError):
        reason = "time_limit"
    elif isinstance(error, MemoryError):
        reason = "out_of_memory"
    return refusal(source_name(path), number, refused(reason))


def _place(error: Exception) -> str:
    """Kind of an exception and where it was raised; never its message, which may quote a page."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = Path(trace.tb_frame.f_code.co_filename)
    return f"{type(error).__name__} at {file.parent.name}/{file.name}:{trace.tb_lineno}"


@cache
def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _count(path: Path, limits: Limits) -> int:
    try:
        # A file without pages is asked for its first, so that it is refused, not forgotten.
        return max(1, page_count(path, limits))
    except InputError:
        # The refusal is reported when the pages are asked for.
        return 1
