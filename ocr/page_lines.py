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
from ocr.quads import crop_line, is_vertical, sides
from ocr.seals import remove_red

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

    @property
    def simplified(self) -> bool:
        """Whether the form is printed in simplified characters, by its titles and labels."""
        printed = "".join(
            line.text[label.start : label.stop]
            for line in self.lines
            for label in find_labels(line.text)
        )
        return bool(printed) and traditional(printed) < _TRADITIONAL * len(printed)


#: Two detections are the same line when they share this part of their areas.
_SAME = 0.75
#: Of the smaller one's area: from here on, two lines are about the same ink.
_TOUCHING = 0.4
#: A picture changed more than this, in a share of its pixels, holds red ink.
_CHANGED, _REDDISH = 40, 0.004
#: Red is looked for at this size; a seal is larger than this many lines both ways and
#: covers less than this part of the page's sides; lines are looked for this many line
#: heights beside it, in a scale that shrinks the whole page to this side.
_RED_SIDE, _SEAL_LINES, _FRAME, _RED_ROOM, _LOOK = 640, 1.8, 0.6, 1.5, 1280
#: From so many red lines on, a page's labels are printed in red.
_RED_LABELS = 8
#: What a character must be worth to speak for a line.
_FAIR = 0.7
_FRAGMENT = 4
#: From this share of traditional characters on, a form is printed in them.
_TRADITIONAL = 0.1


def see_page(image: Image, coloured: Sequence[Quad], models: Models) -> SeenPage:
    """Read the lines of an upright page, found at the quads `coloured`."""
    clean = remove_red(image)
    frame = frame_of(coloured)
    dark = _without_red(image, clean, coloured, models.detector)
    crops = [crop_line(image, quad)[0] for quad in coloured]
    crops += [crop_line(clean, quad)[0] for quad in dark]
    lattices = models.primary.recognize(crops)
    lines = [
        _line(quad, lattice, frame)
        for quad, lattice in zip([*coloured, *dark], lattices, strict=True)
    ]
    count = len(coloured)
    chosen = lines if clean is image else _chosen(lines[:count], lines[count:], image, clean)
    return SeenPage(
        image=image, clean=clean, frame=frame,
        lines=tuple(join_fragments([line for line in chosen if line.text], frame)),
    )  # fmt: skip


def _without_red(
    image: Image, clean: Image, coloured: Sequence[Quad], detector: LineDetector
) -> list[Quad]:
    """The lines that show, or show differently, when red ink is taken off.

    Where labels are printed in red, values may stand so close that both were seen as one
    line: the whole page is looked at again. Elsewhere only where a seal may hide lines.
    """
    scale = min(1.0, _LOOK / max(image.shape[:2]))
    found: list[Quad] = []
    for left, top, right, bottom in _red_windows(image, clean, coloured):
        window = clean[top:bottom, left:right]
        small = cv2.resize(window, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        corner = np.array([left, top], dtype=np.float32)
        found += [quad / scale + corner for quad in detector.detect(np.asarray(small))]
    return _differing(found, coloured, image, clean)


def _red_windows(
    image: Image, clean: Image, coloured: Sequence[Quad]
) -> list[tuple[int, int, int, int]]:
    """Bands of the page, as long as its lines, in which red shapes may hide lines.

    Such a shape is larger than lines both ways, no frame about the page, and not one line.
    """
    if clean is image or not coloured:
        return []
    boxes = [_box(quad) for quad in coloured]
    red_lines = sum(reddish(_window(image, box), _window(clean, box)) for box in boxes)
    if red_lines >= _RED_LABELS:
        return [(0, 0, image.shape[1], image.shape[0])]
    shrink = _RED_SIDE / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * shrink)), max(1, round(image.shape[0] * shrink)))
    changed = cv2.absdiff(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA),
        cv2.resize(clean, size, interpolation=cv2.INTER_AREA),
    ).max(axis=2)
    red = cv2.dilate((changed > _CHANGED).astype(np.uint8), np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(red)
    line = float(np.median([min(sides(quad)) for quad in coloured]))
    down = 2 * sum(map(is_vertical, coloured)) > len(coloured)
    windows: list[tuple[int, int, int, int]] = []
    for x, y, wide, high, _ in (stats[1:] / shrink).tolist():
        small = min(wide, high) < _SEAL_LINES * line
        framing = wide > _FRAME * image.shape[1] or high > _FRAME * image.shape[0]
        shape = (x, y, x + wide, y + high)
        if small or framing or any(_inside(shape, box) > _SAME for box in boxes):
            continue
        windows.append(_band(shape, _RED_ROOM * line, image, down=down))
    return _merged(windows)


def _inside(
    shape: tuple[float, float, float, float], box: tuple[float, float, float, float]
) -> float:
    """The part of a shape that lies in a box."""
    width = min(shape[2], box[2]) - max(shape[0], box[0])
    height = min(shape[3], box[3]) - max(shape[1], box[1])
    area = (shape[2] - shape[0]) * (shape[3] - shape[1])
    return max(0.0, width) * max(0.0, height) / area


def _band(
    shape: tuple[float, float, float, float], room: float, image: Image, *, down: bool
) -> tuple[int, int, int, int]:
    """The page's columns (`down`) or rows that a shape touches, none of them cut through."""
    height, width = image.shape[:2]
    left, top, right, bottom = shape
    if down:
        return max(0, int(left - room)), 0, min(width, int(right + room)), height
    return 0, max(0, int(top - room)), width, min(height, int(bottom + room))


def _merged(windows: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Windows that overlap, made one."""
    apart: list[tuple[int, int, int, int]] = []
    for window in windows:
        joined = window
        for other in [w for w in apart if _meet(w, window)]:
            apart.remove(other)
            joined = (
                min(joined[0], other[0]),
                min(joined[1], other[1]),
                max(joined[2], other[2]),
                max(joined[3], other[3]),
            )
        apart.append(joined)
    return apart


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    across = min(one[2], other[2]) > max(one[0], other[0])
    return across and min(one[3], other[3]) > max(one[1], other[1])


def reddish(image: Image, clean: Image) -> bool:
    """Whether removing red changed a noticeable part of a picture."""
    changed = cv2.absdiff(image, clean).max(axis=2) > _CHANGED
    return bool(changed.mean() > _REDDISH)


def _differing(
    dark: Sequence[Quad], coloured: Sequence[Quad], image: Image, clean: Image
) -> list[Quad]:
    """The lines seen without red that were not seen just so with it."""
    boxes = [_box(quad) for quad in coloured]
    wanted = []
    for quad in dark:
        box = _box(quad)
        known = any(_overlap(box, other) > _SAME for other in boxes)
        if not known or reddish(_window(image, box), _window(clean, box)):
            wanted.append(quad)
    return wanted


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
    before = float(np.ptp(np.percentile(image.min(axis=2), (2, 60))))
    after = float(np.ptp(np.percentile(clean.min(axis=2), (2, 60))))
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


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    whole = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / whole


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
        if other.area.shared_v(area) > 0.5 and -0.7 * size < other.area.u0 - area.u1 < 4 * size  # noqa: PLR2004
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
