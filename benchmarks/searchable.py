"""Searchable PDFs: how much of what stands on a page is found, and where it stands.

    python benchmarks/searchable.py FOLDER [--documents N] [--ocrmypdf PROGRAM]

FOLDER holds pages with a `truth.jsonl` as `data_samples/make_samples.py` writes them. Each
document is made searchable by us and by OCRmyPDF (Tesseract, simplified and traditional Chinese,
pages set upright), one after the other with one process each; pdfplumber reads the texts back.
A field counts as found where its text stands anywhere on its page, white space apart, and as in
its place where exactly its text stands inside its box. CPU seconds include starts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pdfplumber

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Pixels by which a character's middle may lie outside its field's box.
_MARGIN = 2
_ROOT = Path(__file__).parents[1]


@dataclass(slots=True, kw_only=True)
class Score:
    """What was found of a maker's documents."""

    fields: int = 0
    found: int = 0
    placed: int = 0
    seconds: float = 0.0
    size: int = 0
    failed: int = 0


def ours(scans: Sequence[Path], folder: Path) -> list[Path]:
    """Make scans searchable by `backfill searchable`."""
    command = [sys.executable, "-m", "flows.cli", "searchable", *map(str, scans), "--pdf"]
    _run([*command, "--to", str(folder), "--workers", "1"])
    return [folder / f"{scan.name}.pdf" for scan in scans]


def theirs(program: str) -> Callable[[Sequence[Path], Path], list[Path]]:
    """Make scans searchable by OCRmyPDF."""

    def make(scans: Sequence[Path], folder: Path) -> list[Path]:
        made = [folder / f"{scan.name}.theirs.pdf" for scan in scans]
        options = ["--language", "chi_sim+chi_tra", "--rotate-pages", "--output-type", "pdfa"]
        options += ["--jobs", "1", "--image-dpi", "300", "--force-ocr", "--quiet"]
        for scan, copy in zip(scans, made, strict=True):
            _run([program, *options, str(scan), str(copy)])
        return made

    return make


def _run(command: Sequence[str]) -> None:
    surroundings = {**os.environ, "OMP_THREAD_LIMIT": "1", "PYTHONPATH": str(_ROOT)}
    subprocess.run(command, check=False, capture_output=True, env=surroundings)


def judge(made: Path, pages: Sequence[dict[str, Any]], score: Score) -> None:
    """Add what is found in a document to a score."""
    if not made.exists():
        score.failed += 1
    else:
        score.size += made.stat().st_size
    for page in pages:
        characters, width, height = _characters(made, page["page"])
        whole = _bare("".join(text for text, _, _ in characters))
        for field in page["fields"]:
            if not (field["box"] and field["text"]):
                continue
            left, top, right, bottom = field["box"]
            scale = (page["tags"]["width"] / width, page["tags"]["height"] / height)
            inside = "".join(
                text
                for text, x, y in characters
                if left - _MARGIN <= x * scale[0] <= right + _MARGIN
                and top - _MARGIN <= y * scale[1] <= bottom + _MARGIN
            )
            score.fields += 1
            score.found += _bare(field["text"]) in whole
            score.placed += _bare(field["text"]) == _bare(inside)


def _characters(made: Path, number: int) -> tuple[list[tuple[str, float, float]], float, float]:
    """The characters of a page with their middles, and the page's size."""
    if not made.exists():
        return [], 1.0, 1.0
    with pdfplumber.open(made) as document:
        sheet = document.pages[number - 1]
        found = [
            (c["text"], (c["x0"] + c["x1"]) / 2, (c["top"] + c["bottom"]) / 2) for c in sheet.chars
        ]
        return found, float(sheet.width), float(sheet.height)


def _bare(text: str) -> str:
    return "".join(text.split())


def main() -> None:
    """Print one row for each maker."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=10)
    parser.add_argument("--ocrmypdf", default="ocrmypdf")
    arguments = parser.parse_args()
    documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (arguments.folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        if page["tags"].get("width"):
            # Pages that were born digital have no boxes in pixels.
            documents[page["source"]].append(page)
    names = sorted(documents)[:: max(1, len(documents) // arguments.documents)]
    print("maker        found %  in place %  CPU s a page  MB  failed")
    for maker, make in (("ours", ours), ("OCRmyPDF", theirs(arguments.ocrmypdf))):
        score = Score()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as folder:
            made = make([arguments.folder / name for name in names], Path(folder))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            for name, copy in zip(names, made, strict=True):
                judge(copy, documents[name], score)
        score.seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        pages = sum(len(documents[name]) for name in names)
        print(
            f"{maker:<10}{100 * score.found / score.fields:9.1f}"
            f"{100 * score.placed / score.fields:12.1f}{score.seconds / pages:14.1f}"
            f"{score.size / 1e6:6.1f}{score.failed:6}",
            flush=True,
        )
    print(f"{score.fields} fields, {len(names)} documents, {pages} pages")


if __name__ == "__main__":
    main()
