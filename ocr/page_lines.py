"""The lines of a page: detected, read once, split labels joined.

Red ink is looked at twice: printed labels and titles may be red, and so are seals, which
lie over what was written.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from ocr.folding import fold_text
from ocr.labels import vocabulary
from ocr.layout import Frame, Line, frame_of
from ocr.quads import crop_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.lattice import Lattice
    from ocr.quads import Image, Quad


class LineDetector(Protocol):
    """Finds lines on a page."""

    def detect(self, image: Image) -> list[Quad]:
        """The quads of the lines."""


class LineReader(Protocol):
    """Reads crops of lines."""

    def recognize(self, crops: Sequence[Image]) -> list[Lattice]:
        """The lattices of the crops."""


class Models(Protocol):
    """The engines that a page is read with."""

    @property
    def detector(self) -> LineDetector:
        """Finds the lines."""

    @property
    def primary(self) -> LineReader:
        """Reads all lines."""

    @property
    def second(self) -> LineReader:
        """Reads values a second time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenPage:
    """An upright page, the same without red ink, its frame and its lines."""

    image: Image
    clean: Image
    frame: Frame
    lines: tuple[Line, ...]


#: Two detections are the same line when they share this part of their areas.
_SAME = 0.75
#: A share of pixels changed by removing red that makes a second detection worth while.
_REDDISH = 0.0005
_FRAGMENT = 4


def see_page(image: Image, models: Models) -> SeenPage:
    """Find and read the lines of an upright page."""
    clean = _without_red(image)
    quads = models.detector.detect(image)
    frame = frame_of(quads)
    found = [(quad, image, False) for quad in quads]
    if _has_red(image, clean):
        found = _both(quads, models.detector.detect(clean), image, clean)
    crops = [crop_line(picture, quad)[0] for quad, picture, _ in found]
    lattices = models.primary.recognize(crops)
    lines = [
        _line(quad, lattice, frame, red=red)
        for (quad, _, red), lattice in zip(found, lattices, strict=True)
    ]
    return SeenPage(
        image=image, clean=clean, frame=frame,
        lines=tuple(join_fragments([line for line in lines if line.text], frame)),
    )  # fmt: skip


def _without_red(image: Image) -> Image:
    """The page with red ink turned to the brightness of its red channel."""
    hue, saturation, _ = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV))
    red = ((hue < 12) | (hue > 165)) & (saturation > 60)  # noqa: PLR2004
    clean = image.copy()
    clean[red] = image[red][:, :1]
    return clean


def _has_red(image: Image, clean: Image) -> bool:
    changed = np.abs(image[::8, ::8].astype(np.int16) - clean[::8, ::8]).max(axis=2) > 40  # noqa: PLR2004
    return bool(changed.mean() > _REDDISH)


def _both(
    coloured: Sequence[Quad], dark: Sequence[Quad], image: Image, clean: Image
) -> list[tuple[Quad, Image, bool]]:
    """Lines of the page, and of the page without red where those differ."""
    found: list[tuple[Quad, Image, bool]] = [(quad, clean, False) for quad in dark]
    boxes = [_box(quad) for quad in dark]
    for quad in coloured:
        box = _box(quad)
        shares = [_overlap(box, other) for other in boxes]
        if max(shares, default=0.0) < _SAME:
            found.append((quad, image, True))
    return found


def _box(quad: Quad) -> tuple[float, float, float, float]:
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    whole = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / whole


def _line(quad: Quad, lattice: Lattice, frame: Frame, *, red: bool) -> Line:
    spelled = lattice.greedy()
    return Line(
        quad=quad, area=frame.area(quad), lattice=lattice, text=spelled.text,
        spans=lattice.spans(), chances=spelled.probabilities, red=red,
    )  # fmt: skip


def join_fragments(lines: Sequence[Line], frame: Frame) -> list[Line]:
    """Join the pieces of labels set so wide that each character was a line of its own."""
    rest = sorted(lines, key=lambda line: line.area.u0)
    joined: list[Line] = []
    while rest:
        head = rest.pop(0)
        chain = _chain(head, rest)
        rest = [line for line in rest if line not in chain]
        joined.append(_as_one([head, *chain], frame) if chain else head)
    return joined


def _chain(head: Line, others: Sequence[Line]) -> list[Line]:
    """The lines after `head` that complete a label with it."""
    text = fold_text(head.text)[0]
    if not 0 < len(text) < _FRAGMENT or not _begins_word(text):
        return []
    chain: list[Line] = []
    last = head
    while not _holds_word(text):
        after = _next(last, others)
        if after is None:
            return []
        chain.append(after)
        last = after
        text += fold_text(after.text)[0]
        if not (_begins_word(text) or _holds_word(text)):
            return []
    return chain


def _begins_word(text: str) -> bool:
    return any(word.startswith(text) and word != text for word, _ in vocabulary().words)


def _holds_word(text: str) -> bool:
    return any(text.startswith(word) for word, _ in vocabulary().words)


def _next(line: Line, others: Sequence[Line]) -> Line | None:
    """The nearest line in the row, or below in the column, within four heights."""
    area = line.area
    size = min(area.height, area.width)
    right = [
        other for other in others
        if other.area.shared_v(area) > 0.5 and -0.3 * size < other.area.u0 - area.u1 < 4 * size  # noqa: PLR2004
    ]  # fmt: skip
    if right:
        return min(right, key=lambda other: other.area.u0)
    below = [
        other for other in others
        if other.area.shared_u(area) > 0.6 and -0.3 * size < other.area.v0 - area.v1 < 2 * size  # noqa: PLR2004
    ]  # fmt: skip
    return min(below, key=lambda other: other.area.v0) if below else None


def _as_one(pieces: Sequence[Line], frame: Frame) -> Line:
    area = pieces[0].area
    for piece in pieces[1:]:
        area = area.joined(piece.area)
    length = max(1.0, area.width)
    spans = [
        (
            (piece.area.u0 + first * piece.area.width - area.u0) / length,
            (piece.area.u0 + last * piece.area.width - area.u0) / length,
        )
        for piece in pieces
        for first, last in piece.spans
    ]
    return dataclasses.replace(
        pieces[0], quad=frame.quad(area), area=area, lattice=None,
        text="".join(piece.text for piece in pieces), spans=tuple(spans),
        chances=tuple(chance for piece in pieces for chance in piece.chances),
    )  # fmt: skip
