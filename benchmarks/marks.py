"""Marks in released pictures: found again after damage, false alarms, and what they cost readers.

    backfill read PAGE… > read.jsonl
    OMP_NUM_THREADS=1 python benchmarks/marks.py read.jsonl [--fields 60]

Fields are where our reader found them, drawn as a release draws them. Each is marked, damaged,
and looked for beside its original with its own key and with keys of nobody; then read by the
primary recogniser as it stands on the scan, drawn plainly, and marked; with `--truth FILE` the
share that is read right is stated too.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.mark_search import FOUND, grey, place, strengths
from ocr.marks import mark
from ocr.plain import MARGIN, plain
from ocr.snippets import page_pixels, window_of
from records.reading import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocr.quads import Image

STRANGERS = 40


def jpeg(picture: Image) -> Image:
    """Compressed at quality 40."""
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 1)


def scaled(picture: Image) -> Image:
    """Four fifths of the size."""
    return cv2.resize(picture, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)


def blurred(picture: Image) -> Image:
    """A pixel out of focus."""
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


def noisy(picture: Image) -> Image:
    """Grain of eight grey levels."""
    grain = np.random.default_rng(7).normal(0, 8, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def turned(picture: Image) -> Image:
    """Two degrees askew."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 2.0, 1)
    return cv2.warpAffine(picture, turn, (width, height), borderValue=(240, 240, 240))


def cropped(picture: Image) -> Image:
    """A fifth of its area is gone."""
    height, width = picture.shape[:2]
    cut = (1 - 0.8**0.5) / 2
    down, right = int(height * cut), int(width * cut)
    return np.ascontiguousarray(picture[down : height - down, right : width - right])


def everything(picture: Image) -> Image:
    """All of it, one after another."""
    return jpeg(noisy(scaled(cropped(turned(blurred(picture))))))


DAMAGE: dict[str, Callable[[Image], Image]] = {
    "none": lambda picture: picture,
    "JPEG 40": jpeg,
    "scale 0.8": scaled,
    "blur": blurred,
    "noise": noisy,
    "2 degrees": turned,
    "crop 20 %": cropped,
    "everything": everything,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as it stands on the scan, and drawn plainly; `text` is None where not known."""

    scanned: Image
    drawn: Image
    text: str | None


def fields_of(read: Path, wanted: int, truth: dict[tuple[object, ...], str]) -> list[Field]:
    """Fields of the pages that were read, spread over all of them."""
    pages = [json.loads(line) for line in read.read_text(encoding="utf-8").splitlines()]
    total = sum(1 for page in pages for field in page.get("fields", ()) if field["box"])
    step, number, found = max(1, total // wanted), 0, []
    for page in pages:
        boxed = [field for field in page.get("fields", ()) if field["box"]]
        chosen = [field for at, field in enumerate(boxed, number) if at % step == 0]
        number += len(boxed)
        if not chosen:
            continue
        upright = page_pixels(Path(page["source"]), page["page"], page["rotation"])
        beside = [Box(*field["box"]) for field in boxed]
        for field in chosen:
            left, top, right, bottom = window_of(upright, Box(*field["box"]), margin=MARGIN)
            name = Path(page["source"]).name
            found.append(
                Field(
                    scanned=upright[top:bottom, left:right],
                    drawn=plain(upright, Box(*field["box"]), beside),
                    text=truth.get((name, page["page"], field["row"] or 0, field["name"])),
                )
            )
    return found[:wanted]


def truth_of(path: Path | None) -> dict[tuple[object, ...], str]:
    """(file, page, row or 0, field) → what stands there; empty without a file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path else []
    return {
        (Path(page["source"]).name, page["page"], f.get("part") or f["row"] or 0, f["name"]): f[
            "text"
        ]
        for page in map(json.loads, lines)
        for f in page["fields"]
    }


def marked(field: Image, key: bytes) -> Image:
    """The marked picture, as a clerk would copy it."""
    data = mark(field, key=key, line="A1 1a2b3c4d")
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def written(drawn: Image) -> tuple[slice, slice]:
    """Where the writing is, a little wider: a reader is shown lines, not sheets."""
    rows, columns = np.nonzero(drawn < 200)
    if not len(rows):
        return slice(None, drawn.shape[0]), slice(None)
    across = slice(max(0, columns.min() - 8), columns.max() + 9)
    return slice(max(0, rows.min() - 6), rows.max() + 7), across


def recovery(fields: list[Image]) -> None:
    """How often the right key is found, and how far strangers' keys come."""
    print(f"{len(fields)} fields, found from {FOUND:.0f} standard deviations")
    chance: list[float] = []
    for name, damage in DAMAGE.items():
        right, started = [], time.process_time()
        for number, field in enumerate(fields):
            key = b"clerk %d" % number
            leaked, original = grey(damage(marked(field, key))), field.astype(np.float32)
            keys = {"right": key} | {f"{n}": b"%d/%d" % (number, n) for n in range(STRANGERS)}
            judged = strengths(leaked, original, place(leaked, original), keys)
            by_name = {each.name: each.deviations for each in judged}
            right.append(by_name.pop("right", 0.0))
            chance += by_name.values()
        spent = 1000 * (time.process_time() - started) / len(fields)
        share = 100 * np.mean(np.array(right) >= FOUND)
        print(
            f"  {name:<11} found {share:5.1f} %  median {np.median(right):5.1f}  "
            f"least {min(right):5.1f}  {spent:4.0f} CPU ms",
            flush=True,
        )
    alarms = sum(each >= FOUND for each in chance)
    print(f"  strangers' keys: {alarms} of {len(chance)} found, farthest {max(chance):.1f}")


def reading(fields: list[Field]) -> None:
    """What the primary recogniser makes of fields as scanned, drawn plainly, and marked."""
    from ocr.ppocr import Recognizer

    reader = Recognizer()
    flat = [f for f in fields if f.scanned.shape[1] > f.scanned.shape[0]]
    shown = {
        "scanned": [f.scanned for f in flat],
        "plain": [cv2.cvtColor(f.drawn, cv2.COLOR_GRAY2RGB)[written(f.drawn)] for f in flat],
        "marked": [marked(f.drawn, b"k")[written(f.drawn)] for f in flat],
    }
    texts = {
        name: [each.greedy().text.replace(" ", "") for each in reader.recognize(pictures)]
        for name, pictures in shown.items()
    }
    for name, other in (("plain", "scanned"), ("marked", "plain")):
        pairs = list(zip(texts[other], texts[name], strict=True))
        letters = sum(len(a) for a, _ in pairs)
        wrong = sum(Levenshtein.distance(a, b) for a, b in pairs)
        print(
            f"  {name} read as {other}: {sum(a == b for a, b in pairs)} of {len(pairs)} fields; "
            f"{wrong} of {letters} characters differ"
        )
    known = [(at, f.text.replace(" ", "")) for at, f in enumerate(flat) if f.text]
    for name, read in texts.items() if known else ():
        right = sum(read[at] == text for at, text in known)
        letters = sum(len(text) for _, text in known)
        wrong = sum(Levenshtein.distance(read[at], text) for at, text in known)
        print(
            f"  {name}: {right} of {len(known)} fields right, "
            f"{100 * wrong / letters:.2f} % of characters wrong"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("read", type=Path)
    parser.add_argument("--fields", type=int, default=60)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--reading-alone", action="store_true")
    given = parser.parse_args()
    fields = fields_of(given.read, given.fields, truth_of(given.truth))
    if not given.reading_alone:
        recovery([each.drawn for each in fields])
    reading(fields)


if __name__ == "__main__":
    main()
