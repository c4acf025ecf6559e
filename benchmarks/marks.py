"""Marks in released pictures: found again after damage, false alarms, and what they cost readers.

    backfill read PAGE… > read.jsonl
    OMP_NUM_THREADS=1 python benchmarks/marks.py read.jsonl [--fields 60]

Fields are where our reader found them, cut as a release cuts them. Each is marked, damaged, and
looked for beside its original with its own key and with keys of nobody; then read by the
primary recogniser with and without the mark.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.mark_search import FOUND, grey, place, strengths
from ocr.marks import mark, pixels
from ocr.snippets import cut_from, page_pixels

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


def fields_of(read: Path, wanted: int) -> list[Image]:
    """Fields of the pages that were read, spread over all of them."""
    found: list[Image] = []
    for line in read.read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        upright = page_pixels(Path(page["source"]), page["page"], page["rotation"])
        found += [pixels(cut_from(upright, f["box"])) for f in page["fields"] if f["box"]]
    return found[:: max(1, len(found) // wanted)][:wanted]


def recovery(fields: list[Image]) -> None:
    """How often the right key is found, and how far strangers' keys come."""
    print(f"{len(fields)} fields, found from {FOUND:.0f} standard deviations")
    chance: list[float] = []
    for name, damage in DAMAGE.items():
        right, started = [], time.process_time()
        for number, field in enumerate(fields):
            key = b"clerk %d" % number
            leaked, original = (
                grey(damage(pixels(mark(field, key=key, line="A1 1a2b3c4d")))),
                grey(field),
            )
            keys = {"right": key} | {f"{n}": b"%d/%d" % (number, n) for n in range(STRANGERS)}
            judged = strengths(leaked, original, place(leaked, original), keys)
            by_name = {each.name: each.deviations for each in judged}
            right.append(by_name.pop("right", 0.0))
            chance += by_name.values()
        spent = 1000 * (time.process_time() - started) / len(fields)
        share = 100 * np.mean(np.array(right) >= FOUND)
        print(
            f"  {name:<11} found {share:5.1f} %  median {np.median(right):5.1f}  "
            f"least {min(right):5.1f}  {spent:4.0f} CPU ms"
        )
    alarms = sum(each >= FOUND for each in chance)
    print(f"  strangers' keys: {alarms} of {len(chance)} found, farthest {max(chance):.1f}")


def reading(fields: list[Image]) -> None:
    """How many fields the primary recogniser reads otherwise when they are marked."""
    from ocr.ppocr import Recognizer

    reader, flat = Recognizer(), [f for f in fields if f.shape[1] > f.shape[0]]
    bare = [each.greedy().text for each in reader.recognize(flat)]
    marked = [pixels(mark(f, key=b"k", line=""))[: f.shape[0]] for f in flat]
    texts = [each.greedy().text for each in reader.recognize(marked)]
    same = sum(a == b for a, b in zip(bare, texts, strict=True))
    letters = sum(map(len, bare))
    wrong = sum(Levenshtein.distance(a, b) for a, b in zip(bare, texts, strict=True))
    print(f"  read alike with and without the mark: {same} of {len(flat)} horizontal fields,")
    print(f"  {wrong} of {letters} characters differ")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("read", type=Path)
    parser.add_argument("--fields", type=int, default=60)
    given = parser.parse_args()
    fields = fields_of(given.read, given.fields)
    recovery(fields)
    reading(fields)


if __name__ == "__main__":
    main()
