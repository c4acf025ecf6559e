"""The lines of a page in the order and direction in which they are read.

Coordinates (u, v) run along and across the lines: u to the right and v downwards on a
horizontal page; u downwards and v from right to left on a vertical one. So one set of
rules serves both. Pixels are those of the upright page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ocr.folding import fold
from ocr.labels import Label, find_labels
from ocr.quads import is_vertical, skew_angle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ocr.lattice import Lattice
    from ocr.quads import Quad

_LIKELY = math.log(0.02)
#: Boxes less elongated than this hold a character or two and have no direction.
_ELONGATED = 1.8


class Area(NamedTuple):
    """A rectangle in reading coordinates: along (u0..u1) and across (v0..v1) the lines."""

    u0: float
    u1: float
    v0: float
    v1: float

    @property
    def height(self) -> float:
        """Extent across the lines."""
        return self.v1 - self.v0

    @property
    def width(self) -> float:
        """Extent along the lines."""
        return self.u1 - self.u0

    def shared_v(self, other: Area) -> float:
        """Share of the lower one's height that both areas have in common."""
        common = min(self.v1, other.v1) - max(self.v0, other.v0)
        return max(0.0, common) / max(1.0, min(self.height, other.height))

    def shared_u(self, other: Area) -> float:
        """Share of the narrower one's width that both areas have in common."""
        common = min(self.u1, other.u1) - max(self.u0, other.u0)
        return max(0.0, common) / max(1.0, min(self.width, other.width))

    def joined(self, other: Area) -> Area:
        """The smallest area that holds both."""
        return Area(
            min(self.u0, other.u0), max(self.u1, other.u1),
            min(self.v0, other.v0), max(self.v1, other.v1),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How reading coordinates lie on the page: skew in degrees clockwise, and direction."""

    angle: float
    vertical: bool

    def _turn(self) -> NDArray[np.float64]:
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        straight = np.array([[c, s], [-s, c]])
        return np.array([[0.0, 1.0], [-1.0, 0.0]]) @ straight if self.vertical else straight

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, 2) pixels to (n, 2) reading coordinates."""
        moved: NDArray[np.float64] = points.astype(np.float64) @ self._turn().T
        return moved

    def area(self, quad: Quad) -> Area:
        """The reading area around a quad."""
        moved = self.to_frame(quad)
        (u0, v0), (u1, v1) = moved.min(axis=0), moved.max(axis=0)
        return Area(float(u0), float(u1), float(v0), float(v1))

    def quad(self, area: Area) -> Quad:
        """The page's quad of a reading area, clockwise from its top left on the page."""
        u0, u1, v0, v1 = area
        corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
        if self.vertical:
            corners = [(u0, v1), (u0, v0), (u1, v0), (u1, v1)]
        # The inverse of a rotation is its transpose.
        return (np.array(corners) @ self._turn()).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A detected line: where it is, and what the recogniser thinks stands there.

    `spans` are fractions of its length, one pair a character. `red` lines vanish when red
    ink is removed: printed labels, titles and seals.
    """

    quad: Quad
    area: Area
    lattice: Lattice | None
    text: str
    spans: tuple[tuple[float, float], ...]
    chances: tuple[float, ...]
    red: bool = False

    @property
    def sure(self) -> float:
        """The chance of its least certain character, 0 for an empty line."""
        return min(self.chances, default=0.0)

    def cut(self, start: int, stop: int) -> tuple[float, float]:
        """The fractions of the length between which characters start ≤ i < stop stand."""
        if start >= stop or not self.spans:
            return (0.0, 1.0)
        first = 0.0 if start == 0 else self.spans[start][0]
        last = 1.0 if stop >= len(self.spans) else self.spans[stop - 1][1]
        return first, last


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """A stretch of a line: either a label or ink between labels."""

    line: Line
    start: int
    stop: int
    frame: Frame
    area: Area
    label: Label | None = None

    @property
    def text(self) -> str:
        """What was read there, without the signs around it."""
        return self.line.text[self.start : self.stop].strip(" :：._-—·。，,、;；|")

    def between(self, start: int, stop: int) -> Segment:
        """A part of it, by character positions of the line."""
        return segment_of(self.line, self.frame, start, stop)


def frame_of(quads: Sequence[Quad]) -> Frame:
    """The frame of a page from its detected quads."""
    down = across = 0.0
    for quad in quads:
        width, height = float(np.ptp(quad[:, 0])), float(np.ptp(quad[:, 1]))
        # Single characters say nothing about the direction.
        if max(width, height) > _ELONGATED * min(width, height):
            down += height if is_vertical(quad) else 0.0
            across += 0.0 if is_vertical(quad) else width
    vertical = bool(down > across)
    agreeing = [quad for quad in quads if is_vertical(quad) == vertical]
    return Frame(angle=skew_angle(agreeing), vertical=vertical)


def part_of(line: Line, frame: Frame, start: int, stop: int) -> Area:
    """The area of characters start ≤ i < stop of a line."""
    first, last = line.cut(start, stop)
    return frame.area(sub_quad(line.quad, first, last, down=is_vertical(line.quad)))


def sub_quad(quad: Quad, first: float, last: float, *, down: bool) -> Quad:
    """The part of a quad between two fractions of its length (its height when `down`)."""
    a, b, c, d = quad
    if down:
        return np.array(
            [a + (d - a) * first, b + (c - b) * first, b + (c - b) * last, a + (d - a) * last],
            dtype=np.float32,
        )
    return np.array(
        [a + (b - a) * first, a + (b - a) * last, d + (c - d) * last, d + (c - d) * first],
        dtype=np.float32,
    )


def likely_characters(line: Line) -> list[frozenset[str]]:
    """For each character of the line, what else the recogniser thought of (folded)."""
    if line.lattice is None:
        return [frozenset()] * len(line.text)
    steps = line.lattice.greedy().steps
    table = line.lattice.log_probs
    return [
        frozenset(
            fold(line.lattice.symbols[i])
            for i in np.flatnonzero(table[first : last + 1, 1:].max(axis=0) > _LIKELY)
        )
        for first, last in steps
    ]


def segment_of(
    line: Line, frame: Frame, start: int, stop: int, label: Label | None = None
) -> Segment:
    """The stretch of a line between two characters."""
    area = part_of(line, frame, start, stop)
    return Segment(line=line, start=start, stop=stop, frame=frame, area=area, label=label)


def segments_of(line: Line, frame: Frame) -> list[Segment]:
    """A line cut into its labels and what lies between them."""
    labels = find_labels(line.text, likely_characters(line))
    parts: list[Segment] = []
    at = 0
    for label in labels:
        parts += _ink(line, frame, at, label.start)
        parts.append(segment_of(line, frame, label.start, label.stop, label))
        at = label.stop
    return parts + _ink(line, frame, at, len(line.text))


def _ink(line: Line, frame: Frame, start: int, stop: int) -> list[Segment]:
    while start < stop and line.text[start] in " :：":
        start += 1
    segment = segment_of(line, frame, start, stop)
    return [segment] if segment.text else []
