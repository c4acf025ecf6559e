"""Pages a minute, CPU seconds a page and memory: our reader beside RapidOCR on the same pages.

    python benchmarks/reading.py PAGE… [--workers 2]

RapidOCR, as its own documentation shows it, finds and reads all lines of a page and stops
there; our reader goes on to labelled, decoded and rated fields with a second recogniser.
Both run in the same number of processes with one thread each, one after the other; the
time that processes take to start is not counted, memory is the largest of any process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

for _name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a run took: pages a minute, CPU seconds a page with starts, MB of a process."""

    pages_a_minute: float
    cpu_seconds: float
    megabytes: float


def measure(run: Callable[[list[Path], int], float], pages: list[Path], workers: int) -> Figures:
    """Run over all pages; the processes' CPU and memory are known when they have ended."""
    seconds = run(pages, workers)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Figures(
        pages_a_minute=60 * len(pages) / seconds,
        cpu_seconds=(used.ru_utime + used.ru_stime) / len(pages),
        megabytes=used.ru_maxrss / 1024,
    )


def ours(pages: list[Path], workers: int) -> float:
    """Seconds from the first result on, scaled to all pages."""
    from ocr.pool import read_paths

    started, done = 0.0, 0
    for result in read_paths([*pages[:workers], *pages], workers=workers):
        if result.page == 1:
            done += 1
        if done == workers and not started:
            started = time.perf_counter()
    return time.perf_counter() - started


def rapidocr(pages: list[Path], workers: int) -> float:
    """Seconds for all pages, after every process has read one."""
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_warm) as pool:
        list(pool.map(_lines, pages[:workers] * 2))
        started = time.perf_counter()
        list(pool.map(_lines, pages))
        return time.perf_counter() - started


def _warm() -> None:
    from rapidocr import RapidOCR

    settings = {"EngineConfig.onnxruntime.intra_op_num_threads": 1}
    globals()["_engine"] = RapidOCR(params=settings)


def _lines(page: Path) -> int:
    found = globals()["_engine"](str(page))
    return len(found.txts or ())


RUNS = {"RapidOCR, lines": rapidocr, "ours, fields": ours}


def in_own_process(name: str, arguments: Sequence[str]) -> Figures:
    """Measure one side in a process of its own, so that the other's use is not counted."""
    command = [sys.executable, __file__, *arguments, "--only", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str]) -> None:
    """Measure both, one after the other, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=RUNS, help="measure this side and print JSON")
    given = parser.parse_args(arguments)
    if given.only:
        print(json.dumps(asdict(measure(RUNS[given.only], given.pages, given.workers))))
        return
    print(f"{'':18}{'pages/min':>10}{'CPU s/page':>12}{'MB/process':>12}")
    found = {name: in_own_process(name, arguments) for name in RUNS}
    for name, took in found.items():
        row = f"{took.pages_a_minute:10.1f}{took.cpu_seconds:12.2f}{took.megabytes:12.0f}"
        print(f"{name:18}{row}")
    peer, own = found.values()
    print(f"{'ours : RapidOCR':18}{own.pages_a_minute / peer.pages_a_minute:10.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
