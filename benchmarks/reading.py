"""Our reader beside RapidOCR and OCRmyPDF on the same pages: what is found, and what it costs.

    python benchmarks/reading.py FOLDER [--pages N] [--workers 1] [--ocrmypdf PROGRAM]

FOLDER holds pictures with a `truth.jsonl`, as `data_samples/make_samples.py` writes them. The
sides run one after the other, each in processes of its own with one thread each: the project
with onnxruntime, and with OpenVINO where the extra is installed; RapidOCR as its own
documentation shows it; OCRmyPDF (Tesseract, simplified and traditional Chinese, pages set
upright) where the program is found.

A field is *found* when what stands on the page is in all that a side read of it, white space and
a number's brackets apart; *exact* when the value is delivered under the field's name and row,
which only the project does. RapidOCR stops at lines; ours goes on to labelled, decoded and rated
fields with a second recogniser. CPU seconds include starts; pages a minute don't, except for
OCRmyPDF, which starts for each page; *first* is the time from the start of the processes to the
first page, in seconds; memory is the largest of any process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Truth = dict[str, Any]
    Delivered = dict[tuple[str, int | None], str]

for _name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

_PICTURES = {".jpg", ".jpeg", ".png", ".tif"}
_BRACKETS = str.maketrans("", "", "()（）〔〕[]［］【】")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a side read of one page: all its text, and values by field and row."""

    text: str
    values: Delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a side made of all pages, the seconds that took, and those to the first page."""

    pages: dict[str, Read]
    seconds: float
    first: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares of the fields in %, pages a minute, seconds to the first, CPU seconds a page, MB."""

    fields: int
    found: float
    exact: float
    pages_a_minute: float
    first: float
    cpu_seconds: float
    megabytes: float


def ours(pages: list[Path], workers: int, runtime: str) -> Run:
    """Fields of all pages; the clock runs from when every process has read a page."""
    from ocr.pool import read_paths
    from ocr.runtimes import choose_runtime
    from records.reading import PageReading

    choose_runtime(runtime)
    read: dict[str, Read] = {}
    begun = started = time.perf_counter()
    first = 0.0
    for done, result in enumerate(read_paths([*pages[:workers], *pages], workers=workers), 1):
        if isinstance(result, PageReading):
            texts = [text for field in result.fields for text in (field.text, field.value)]
            values = {(field.name, field.row): field.value for field in result.fields}
            read[Path(result.source).name] = Read(text="\n".join(texts), values=values)
        if done == 1:
            first = time.perf_counter() - begun
        if done == workers:
            started = time.perf_counter()
    return Run(pages=read, seconds=time.perf_counter() - started, first=first)


def rapidocr(pages: list[Path], workers: int) -> Run:
    """Lines of all pages, after every process has read one."""
    context = get_context("spawn")
    begun = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_warm) as pool:
        warming = pool.map(_lines, pages[:workers])
        next(warming)
        first = time.perf_counter() - begun
        list(warming)
        started = time.perf_counter()
        texts = list(pool.map(_lines, pages))
        seconds = time.perf_counter() - started
    return Run(pages=_as_read(pages, texts), seconds=seconds, first=first)


def _warm() -> None:
    from rapidocr import RapidOCR

    settings = {"EngineConfig.onnxruntime.intra_op_num_threads": 1}
    globals()["_engine"] = RapidOCR(params=settings)


def _lines(page: Path) -> str:
    found = globals()["_engine"](str(page))
    return "".join(found.txts or ())


def ocrmypdf(pages: list[Path], workers: int, program: str) -> Run:
    """The text beside each page's searchable PDF."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers) as pool:
        reading = pool.map(partial(_sidecar, program=program, folder=Path(folder)), pages)
        texts = [next(reading)]
        first = time.perf_counter() - started
        texts += reading
    seconds = time.perf_counter() - started
    return Run(pages=_as_read(pages, texts), seconds=seconds, first=first)


def _sidecar(page: Path, *, program: str, folder: Path) -> str:
    text = folder / f"{page.name}.txt"
    options = ["--language", "chi_sim+chi_tra", "--rotate-pages", "--output-type", "pdf"]
    options += ["--jobs", "1", "--image-dpi", "300", "--force-ocr", "--quiet"]
    made = folder / f"{page.name}.pdf"
    command = [program, *options, "--sidecar", str(text), str(page), str(made)]
    subprocess.run(command, check=False, capture_output=True)
    return text.read_text(encoding="utf-8") if text.exists() else ""


def _as_read(pages: Sequence[Path], texts: Sequence[str]) -> dict[str, Read]:
    return {page.name: Read(text=text, values={}) for page, text in zip(pages, texts, strict=True)}


def sides(program: str | None) -> dict[str, Callable[[list[Path], int], Run]]:
    """Every side that can run here; the project with onnxruntime comes first."""
    found: dict[str, Callable[[list[Path], int], Run]] = {
        "ours": partial(ours, runtime="onnxruntime")
    }
    if find_spec("openvino"):
        found["ours, OpenVINO"] = partial(ours, runtime="openvino")
    found["RapidOCR"] = rapidocr
    if program:
        found["OCRmyPDF"] = partial(ocrmypdf, program=program)
    return found


def truth_of(folder: Path, most: int | None) -> dict[str, Truth]:
    """The pages of one picture each by file name, evenly chosen where fewer are wanted."""
    by_source: defaultdict[str, list[Truth]] = defaultdict(list)
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        by_source[page["source"]].append(page)
    names = sorted(
        name
        for name, told in by_source.items()
        if len(told) == 1 and Path(name).suffix in _PICTURES and told[0]["fields"]
    )
    return {name: by_source[name][0] for name in names[:: max(1, len(names) // (most or 10**9))]}


def judged(run: Run, truth: dict[str, Truth], took: tuple[float, float]) -> Figures:
    """A side's figures; `took` are CPU seconds and MB."""
    fields = found = exact = 0
    for name, page in truth.items():
        read = run.pages.get(name, Read(text="", values={}))
        for field in page["fields"]:
            if not field["text"]:
                continue
            bare = partial(_bare, field["name"])
            fields += 1
            found += bare(field["text"]) in bare(read.text)
            place = (field["name"], field.get("part") or field["row"])
            exact += bare(read.values.get(place, "")) == bare(field["value"])
    return Figures(
        fields=fields,
        found=100 * found / max(1, fields),
        exact=100 * exact / max(1, fields),
        pages_a_minute=60 * len(truth) / run.seconds,
        first=run.first,
        cpu_seconds=took[0] / len(truth),
        megabytes=took[1],
    )


def _bare(name: str, text: str) -> str:
    folded = "".join(unicodedata.normalize("NFC", text).split())
    return folded.translate(_BRACKETS) if name == "certificate_number" else folded


def in_own_process(name: str, arguments: Sequence[str]) -> Figures:
    """Measure one side in a process of its own, so that the others' use is not counted."""
    command = [sys.executable, __file__, *arguments, "--only", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str]) -> None:
    """Measure all sides, one after the other, and print the project's ratios to each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--pages", type=int, metavar="N", help="about so many pages of the folder")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--ocrmypdf", default="ocrmypdf", metavar="PROGRAM")
    parser.add_argument("--only", help="measure this side and print JSON")
    given = parser.parse_args(arguments)
    truth = truth_of(given.folder, given.pages)
    able = sides(shutil.which(given.ocrmypdf))
    if given.only:
        run = able[given.only]([given.folder / name for name in truth], given.workers)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = (used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        print(json.dumps(asdict(judged(run, truth, took))))
        return
    shares = f"{'found %':>9}{'exact %':>9}"
    print(f"{'':16}{shares}{'pages/min':>11}{'first s':>9}{'CPU s/page':>12}{'MB':>7}")
    figures = {}
    for name in able:
        own = figures[name] = in_own_process(name, arguments)
        row = f"{own.found:9.1f}{own.exact:9.1f}{own.pages_a_minute:11.1f}{own.first:9.2f}"
        print(f"{name:16}{row}{own.cpu_seconds:12.2f}{own.megabytes:7.0f}", flush=True)
    first = figures["ours"]
    for name, peer in figures.items():
        if name != "ours":
            shares = (first.found / max(0.1, peer.found), first.cpu_seconds / peer.cpu_seconds)
            print(
                f"ours : {name:16} found {shares[0]:.2f}, CPU {shares[1]:.2f}, "
                f"memory {first.megabytes / peer.megabytes:.2f}"
            )
    print(f"{first.fields} fields on {len(truth)} pages, {given.workers} processes")


if __name__ == "__main__":
    main(sys.argv[1:])
