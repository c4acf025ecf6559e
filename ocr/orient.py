"""Which way up a page stands.

The lines themselves are asked: a recogniser reads a line with confidence in one direction
only, and single characters only when they stand upright, which tells columns of vertical
writing from lines of a page lying on its side. Tesseract's orientation detection helps
out where no line can be read; vertical traditional pages often fool it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image as Pictures

from ocr.quads import crop_line, is_vertical, sides
from ocr.seals import remove_red

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.lattice import Lattice
    from ocr.quads import Image, Quad


class _Detector(Protocol):
    def detect(self, image: Image, treated: Callable[[Image], Image]) -> list[Quad]: ...


class _Recognizer(Protocol):
    def recognize(self, crops: Sequence[Image]) -> list[Lattice]: ...


class Engines(Protocol):
    """What the evidence is gathered with."""

    @property
    def detector(self) -> _Detector:
        """Finds lines."""

    @property
    def primary(self) -> _Recognizer:
        """Reads lines."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Upright:
    """A page set upright: pixels, the clockwise turn undone (0, 90, 180, 270), its lines.

    `clean` is the picture without its red ink, `quads` the lines found in that.
    """

    image: Image
    clean: Image
    rotation: int
    quads: list[Quad]


#: Lines looked at, the ratio of sides that makes a line one, characters per line.
_LINES, _LONG, _CHARACTERS = 5, 3.0, 8
#: Mean confidence at which a direction needs no comparison, and below which it is no evidence.
_SURE, _UNSURE = 0.85, 0.45
#: The share of characters that must be read again after a turn.
_SAME = 0.5
#: Characters that look much the same after a quarter turn say nothing about it.
_ALIKE = frozenset("日曰目田口回十〇米井由甲申品")
#: From so many characters on, a share outside these bounds needs no second line.
_TELLING, _DOUBTFUL = 5, (0.15, 0.7)
_OSD_SURE = 4.0
#: Tesseract's orientation detection wants text of about this size.
_OSD_SIDE = 2000


def upright(image: Image, models: Engines) -> Upright:
    """Set an RGB page upright; a page without evidence is left as it is."""
    clean = remove_red(image)
    quads = models.detector.detect(image, remove_red)
    rotation = turn_of(clean, quads, models.primary)
    if not rotation:
        return Upright(image=image, clean=clean, rotation=0, quads=quads)
    turned = _turned(image, rotation)
    bare = turned if clean is image else _turned(clean, rotation)
    quads = models.detector.detect(turned, remove_red)
    return Upright(image=turned, clean=bare, rotation=rotation, quads=quads)


def _turned(image: Image, rotation: int) -> Image:
    return np.ascontiguousarray(np.rot90(image, rotation // 90))


def turn_of(image: Image, quads: Sequence[Quad], reader: _Recognizer) -> int:
    """By how many degrees clockwise the page was turned."""
    lines = _tellers(quads)
    if not lines:
        return 0
    downwards = is_vertical(lines[0])
    crops = [crop_line(image, quad)[0] for quad in lines]
    read = reader.recognize(crops)
    flipped = False
    if _trust(read) < _SURE:
        turned = [np.ascontiguousarray(np.rot90(crop, 2)) for crop in crops]
        other = reader.recognize(turned)
        if _trust(other) > _trust(read):
            crops, read, flipped = turned, other, True
    if _trust(read) < _UNSURE:
        return turn_by_osd(image)
    # A column of vertical writing has been laid on its side by cropping, as was a line of
    # a page lying on its side; only in the second do the characters now stand.
    lying = _characters_lie(crops, read, reader, expected=downwards)
    return _TURNS[downwards, lying, flipped]


#: (line runs downwards, characters lie in the crop, crop had to be flipped) to the turn.
_TURNS = {
    (False, False, False): 0,
    (False, False, True): 180,
    (False, True, False): 270,
    (False, True, True): 90,
    (True, True, False): 0,
    (True, True, True): 180,
    (True, False, False): 90,
    (True, False, True): 270,
}


def _tellers(quads: Sequence[Quad]) -> list[Quad]:
    """The longest lines of the direction that most of the writing runs in."""
    long = [quad for quad in quads if max(sides(quad)) >= _LONG * min(sides(quad))]
    down = [quad for quad in long if is_vertical(quad)]
    across = [quad for quad in long if not is_vertical(quad)]
    most = max((down, across), key=lambda lines: sum(max(sides(quad)) for quad in lines))
    # Very long lines cost more to read and say no more.
    return sorted(most, key=lambda quad: abs(max(sides(quad)) / min(sides(quad)) - 9))[:_LINES]


def _trust(read: Sequence[Lattice]) -> float:
    """Mean probability of the characters read, lines without any counting as nothing."""
    means = [_mean(lattice.greedy().probabilities) for lattice in read]
    return _mean(means)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _characters_lie(
    crops: Sequence[Image], read: Sequence[Lattice], reader: _Recognizer, *, expected: bool
) -> bool:
    """Whether single characters can still be read after a quarter turn clockwise.

    Recognisers are trained on columns laid on their side, so they read characters that
    stand and characters that lie anticlockwise, and no others: what lay stands after the
    turn, and what stood lies the wrong way.
    """
    lines = [_cells(crop, lattice) for crop, lattice in zip(crops, read, strict=True)]
    kept = wanted = 0
    for line in sorted(lines, key=len, reverse=True)[:2]:
        if line:
            row = _row([np.rot90(cell, -1) for _, cell in line])
            again = reader.recognize([row])[0].greedy().text
            kept += (Counter(character for character, _ in line) & Counter(again)).total()
            wanted += len(line)
        if wanted >= _TELLING and not _DOUBTFUL[0] <= kept / wanted <= _DOUBTFUL[1]:
            break
    return kept >= _SAME * wanted if wanted else expected


def _cells(crop: Image, lattice: Lattice) -> list[tuple[str, Image]]:
    """The first ideographs of a line that show which way they stand, cut out one by one."""
    width = crop.shape[1]
    found = []
    for character, (start, end) in zip(lattice.greedy().text, lattice.spans(), strict=True):
        cell = crop[:, math.floor(start * width) : math.ceil(end * width)]
        tells = character > "\u3400" and character not in _ALIKE
        if tells and cell.shape[1] > cell.shape[0] // 3:
            found.append((character, cell))
    return found[:_CHARACTERS]


def _row(cells: Sequence[Image]) -> Image:
    """Characters set side by side on squares of the paper's colour."""
    side = max(max(cell.shape[:2]) for cell in cells)
    squares = []
    for cell in cells:
        height, width = cell.shape[:2]
        square = np.empty((side, side, 3), dtype=np.uint8)
        square[:] = np.percentile(cell.reshape(-1, 3), 80, axis=0)
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = cell
        squares.append(square)
    return np.concatenate(squares, axis=1)


def turn_by_osd(image: Image) -> int:
    """The turn that Tesseract is confident of, 0 where it isn't."""
    import pytesseract  # noqa: PLC0415 - brings pandas, for which few pages have any use

    step = max(1, round(max(image.shape[:2]) / _OSD_SIDE))
    try:
        found = pytesseract.image_to_osd(
            Pictures.fromarray(np.ascontiguousarray(image[::step, ::step])),
            output_type=pytesseract.Output.DICT,
            timeout=20,
        )
    except (pytesseract.TesseractError, RuntimeError):
        # Too few characters to tell is its usual answer on such pages.
        return 0
    if float(found["orientation_conf"]) < _OSD_SURE:
        return 0
    return int(found["orientation"]) % 360
