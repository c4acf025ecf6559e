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

from ocr.folding import fold_text, traditional
from ocr.labels import find_labels, vocabulary
from ocr.layout import Frame, Line, frame_of
from ocr.quads import crop_line, greatest_channel, least_channel, shrunken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.lattice import Lattice
    from ocr.quads import Image, Quad


class LineDetector(Protocol):
    """Finds lines on a page."""

    def glance(self, image: Image, part: tuple[slice, slice]) -> list[Quad]:
        """The quads of the larger lines in a part of a page."""


class LineReader(Protocol):
    """Reads crops of lines."""

    def recognize(self, crops: Sequence[Image], *, packed: bool = False) -> list[Lattice]:
        """The lattices of the crops; `packed` is quicker and a little less exact."""


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

    @property
    def simplified(self) -> bool:
        """Whether the form is printed in simplified characters, by its titles and labels."""
        printed = "".join(
            line.text[label.start : label.stop]
            for line in self.lines
            for label in find_labels(line.text)
        )
        return bool(printed) and traditional(printed) < _TRADITIONAL * len(printed)


#: Of the smaller one's area: from here on, two lines are about the same ink.
_TOUCHING = 0.4
#: A picture changed more than this, in a share of its pixels, holds red ink.
_CHANGED, _REDDISH = 40, 0.004
#: Red is looked for at this size; a change of so many grey values counts, and specks
#: cover at most this share of a page.
_RED_SIDE, _FAINT, _SPECKS = 640, 16, 0.0005
#: Red pixels in a row of that picture that are specks, and the share of the page that is
#: looked at beyond the red.
_STRAY, _ROOM = 2, 0.1
#: What a character must be worth to speak for a line.
_FAIR = 0.7
_FRAGMENT = 4
#: From this share of traditional characters on, a form is printed in them.
_TRADITIONAL = 0.1


def see_page(image: Image, clean: Image, dark: Sequence[Quad], models: Models) -> SeenPage:
    """Read the lines of an upright page.

    `clean` is the same picture without red ink, `dark` the lines found in that.
    """
    frame = frame_of(dark)
    coloured = _in_red(image, clean, frame, models.detector)
    crops = [crop_line(clean, quad)[0] for quad in dark]
    crops += [crop_line(image, quad)[0] for quad in coloured]
    lattices = models.primary.recognize(crops, packed=True)
    lines = [
        _line(quad, lattice, frame)
        for quad, lattice in zip([*dark, *coloured], lattices, strict=True)
    ]
    count = len(dark)
    chosen = lines if clean is image else _chosen(lines[count:], lines[:count], image, clean)
    return SeenPage(
        image=image, clean=clean, frame=frame,
        lines=tuple(join_fragments([line for line in chosen if line.text], frame)),
    )  # fmt: skip


def _in_red(image: Image, clean: Image, frame: Frame, detector: LineDetector) -> list[Quad]:
    """The lines in which red ink lies: printed labels and titles, or writing under a seal.

    A page with next to no red is not looked at again, others only where red ink lies: as
    many whole lines as it touches.
    """
    found = _red_band(image, clean, down=frame.vertical)
    if found is None:
        return []
    band, whole = slice(*found), slice(None)
    quads = detector.glance(image, (whole, band) if frame.vertical else (band, whole))
    return [quad for quad in quads if _changes(image, clean, _box(quad))]


def _changes(image: Image, clean: Image, box: tuple[float, float, float, float]) -> bool:
    return reddish(_window(image, box), _window(clean, box))


def _red_band(image: Image, clean: Image, *, down: bool) -> tuple[int, int] | None:
    """Between which rows (columns where lines run `down`) red ink lies, with some room.

    None where it covers no more of the page than specks do.
    """
    if clean is image:
        return None
    shrink = _RED_SIDE / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * shrink)), max(1, round(image.shape[0] * shrink)))
    changed = _difference(shrunken(image, size), shrunken(clean, size)) > _FAINT
    if changed.mean() <= _SPECKS:
        return None
    # A few stray pixels in a row are specks as well.
    rows = np.flatnonzero(changed.sum(axis=0 if down else 1) > _STRAY)
    if not rows.size:
        return None
    across = image.shape[1] if down else image.shape[0]
    room = _ROOM * across
    return max(0, int(rows[0] / shrink - room)), min(across, int(rows[-1] / shrink + room))


def reddish(image: Image, clean: Image) -> bool:
    """Whether removing red changed a noticeable part of a picture."""
    changed = _difference(image, clean) > _CHANGED
    return bool(changed.mean() > _REDDISH)


def _difference(image: Image, clean: Image) -> Image:
    return greatest_channel(np.asarray(cv2.absdiff(image, clean), dtype=np.uint8))


def _window(image: Image, box: tuple[float, float, float, float]) -> Image:
    left, top, right, bottom = (max(0, round(side)) for side in box)
    return image[top : bottom + 1, left : right + 1]


def _chosen(
    coloured: Sequence[Line], dark: Sequence[Line], image: Image, clean: Image
) -> list[Line]:
    """Where lines with and without red compete, those that read better.

    The others, and lines of red ink alone, stay as places of printed labels (`red`).
    """
    kept: list[Line] = []
    waiting = list(dark)
    used: set[int] = set()
    for line in coloured:
        rivals = [d for d in dark if _touching(line, d)]
        peers = [c for c in coloured if any(_touching(c, d) for d in rivals)] or [line]
        loses = bool(rivals) and _worth(rivals) > _worth(peers)
        box = _box(line.quad)
        bare = not rivals and _is_bare(_window(image, box), _window(clean, box))
        kept.append(dataclasses.replace(line, red=loses or bare))
        if not loses:
            used |= {id(d) for d in rivals}
    return [*kept, *(d for d in waiting if id(d) not in used)]


def _is_bare(image: Image, clean: Image) -> bool:
    """Whether nearly all contrast of a place goes with its red."""
    if not reddish(image, clean):
        return False
    before = float(np.ptp(np.percentile(least_channel(image), (2, 60))))
    after = float(np.ptp(np.percentile(least_channel(clean), (2, 60))))
    return after < 0.35 * before


def _touching(a: Line, b: Line) -> bool:
    box, other = _box(a.quad), _box(b.quad)
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return False
    sizes = [(x[2] - x[0]) * (x[3] - x[1]) for x in (box, other)]
    return width * height > _TOUCHING * max(1.0, min(sizes))


def _worth(lines: Sequence[Line]) -> float:
    return sum(chance - _FAIR for line in lines for chance in line.chances)


def _box(quad: Quad) -> tuple[float, float, float, float]:
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _line(quad: Quad, lattice: Lattice, frame: Frame) -> Line:
    spelled = lattice.greedy()
    return Line(
        quad=quad, area=frame.area(quad), lattice=lattice, text=spelled.text,
        spans=lattice.spans(), chances=spelled.probabilities,
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
        if other.area.shared_v(area) > 0.5 and -0.7 * size < other.area.u0 - area.u1 < 4 * size
    ]  # fmt: skip
    if right:
        return min(right, key=lambda other: other.area.u0)
    below = [
        other for other in others
        if other.area.shared_u(area) > 0.6 and -0.3 * size < other.area.v0 - area.v1 < 2 * size
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
