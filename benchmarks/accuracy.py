"""How well unseen pages are read: held-out layouts, wordings and hands, in exact bounds.

    npm install --prefix FACES --ignore-scripts @fontsource/long-cang …   (it says which)
    python benchmarks/accuracy.py OUT --faces FACES                        10,000 key fields
    python benchmarks/accuracy.py OUT --faces FACES --pages 120 --seed 7   a smaller draw

Draws pages that share no layout, wording, hand or press with any page that something was
fitted on (`drawing/held_out`), reads each in its turn by two processes, and compares: without
a register and with one that holds 85 % of the people. A run that was stopped goes on where it
was; OUT keeps pages, readings, `report.md` and `worst.html` with pictures.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

for _name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"
_HERE = Path(__file__).resolve().parent
sys.path[0] = str(_HERE.parent)
sys.path[1:1] = [str(_HERE), str(_HERE.parent / "data_samples")]

from accuracy_losses import Loss, compared, curves, stages, table, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawing.people import Couple

    from records.reading import PageReading, PageRefusal

#: Enough for 10,000 key fields at the shares of `held_out/styles.py`.
_PAGES = 1150
_REGISTER = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page that was drawn and read: its truth, who is on it, and what the reader said."""

    number: int
    truth: dict[str, Any]
    couples: list[Couple]
    reading: PageReading | PageRefusal


def ready(faces: Path) -> None:
    """Make a process ready to draw and read."""
    import cv2
    from drawing.held_out import hands

    cv2.setNumThreads(1)
    missing = hands.install(faces)
    if missing:
        sys.exit(f"faces are missing; install these packages: {' '.join(missing)}")


def one_page(number: int, *, seed: str, out: Path) -> int:
    """Draw a page unless it is there, read it unless that was done; returns its number."""
    from drawing.files import save
    from drawing.held_out.styles import draw

    kept = out / "read" / f"{number:05d}.pickle"
    if kept.exists():
        return number
    scan = draw(f"{seed}/{number}")
    path = out / "pages" / f"{number:05d}{'.png' if scan.mode == '1' else '.jpg'}"
    save([scan.page], path, mode=scan.mode)
    seen = Seen(
        number=number, truth=scan.page.truth, reading=_read(path),
        couples=[who for who, _ in scan.page.people],
    )  # fmt: skip
    aside = kept.with_suffix(".part")
    aside.write_bytes(pickle.dumps(seen))
    aside.rename(kept)
    return number


_models: list[Any] = []


def _read(path: Path) -> PageReading | PageRefusal:
    from ocr.models import Models
    from ocr.pages import load_pages
    from ocr.reader import read_page_and_lines
    from records.errors import InputError
    from records.reading import PageRefusal

    if not _models:
        _models.append(Models())
    page = next(iter(load_pages(path)))
    if isinstance(page, PageRefusal):
        return page
    try:
        return read_page_and_lines(page, _models[0])
    except InputError as error:
        return PageRefusal(source=path.name, page=1, reason=error.reason, detail="")


def draw_and_read(options: argparse.Namespace) -> list[Seen]:
    """All pages, by several processes, telling how long it will take."""
    for name in ("pages", "read"):
        (options.out / name).mkdir(parents=True, exist_ok=True)
    there = {int(path.stem) for path in (options.out / "read").glob("*.pickle")}
    wanted = [n for n in range(options.pages) if n not in there]
    work = partial(one_page, seed=options.seed, out=options.out)
    since = time.monotonic()
    with ProcessPoolExecutor(
        options.workers, get_context("spawn"), initializer=ready, initargs=(options.faces,)
    ) as pool:
        for done, future in enumerate(as_completed([pool.submit(work, n) for n in wanted]), 1):
            future.result()
            left = (time.monotonic() - since) / done * (len(wanted) - done)
            print(f"\r{done}/{len(wanted)} pages, {left / 60:.0f} min left ", end="",
                  file=sys.stderr, flush=True)  # fmt: skip
    print(file=sys.stderr)
    files = [options.out / "read" / f"{number:05d}.pickle" for number in range(options.pages)]
    # Written by this very program into a folder of its own.
    return [pickle.loads(path.read_bytes()) for path in files]  # noqa: S301 - as said above


def with_register(seen: Sequence[Seen], seed: str) -> list[PageReading | PageRefusal]:
    """The readings with a register of most of the people, their namesakes and strangers."""
    from drawing import register
    from pyarrow import parquet

    from flows.corroborate import corroborate
    from matching.index import RegisterIndex, build_index

    couples = [who for page in seen for who in page.couples]
    people, _ = register.build(f"held-out/{seed}", couples, _REGISTER + 12 * len(couples))
    key = bytes(32)
    with TemporaryDirectory() as place:
        path = Path(place) / "register.parquet"
        parquet.write_table(people, path)
        build_index([path], Path(place) / "index", key=key)
        with RegisterIndex.open(Path(place) / "index", key=key) as index:
            return corroborate([page.reading for page in seen], index)


def report(seen: Sequence[Seen], options: argparse.Namespace) -> str:
    """Tables with and without the register, and where fields were lost."""
    parts = []
    losses: list[Loss] = []
    variants = {"without a register": [page.reading for page in seen]}
    if not options.no_register:
        variants["with a register"] = with_register(seen, options.seed)
    for title, readings in variants.items():
        fields = [
            field
            for page, reading in zip(seen, readings, strict=True)
            for field in compared(page.truth, reading)
        ]
        losses = losses or [field for field in fields if field.stage]
        parts += [f"## {title[0].upper()}{title[1:]}", table(fields), "", curves(fields), ""]
        parts += [stages(fields), ""]
    styles = Counter(page.truth["tags"]["style"] for page in seen)
    parts.append("pages: " + ", ".join(f"{name} {n}" for name, n in sorted(styles.items())))
    (options.out / "worst.html").write_text(worst(losses, options.out / "pages"), encoding="utf-8")
    return "\n".join(parts)


def main() -> None:
    """Draw, read, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for pages and readings")
    parser.add_argument("--faces", type=Path, required=True, help="where npm put the faces")
    parser.add_argument("--pages", type=int, default=_PAGES)
    parser.add_argument("--seed", default="accuracy")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-register", action="store_true")
    options = parser.parse_args()
    seen = draw_and_read(options)
    text = report(seen, options)
    (options.out / "report.md").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
