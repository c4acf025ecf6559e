"""A table seen askew, as if it lay flat: its rows level, its columns upright.

A camera makes rows fan out and columns converge. How much follows from the writing: lines
have a direction, and of all ways to look at a table the flat one heaps its writing most
clearly into rows and columns. What rows and columns are is decided in `ledger`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.layout import Area
from ocr.quads import is_vertical, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ocr.layout import Frame, Line
    from ocr.quads import Quad

    Points = NDArray[np.float64]

#: Lines less elongated than this say nothing about their row's direction; fewer of them
#: than this say nothing about the page.
_ELONGATED, _FEWEST = 1.8, 8
#: How far from the lines' own direction rows are looked for (slope), and how far columns
#: may lean: in the middle, and more at either side.
_ROWS_OFF, _LEANING, _SPREADING = 0.008, 0.06, 0.14
#: Rows and columns within this many heights of a line are one heap.
_HEAP = 0.25
#: A leaning view must heap the writing this much better than an upright one.
_BETTER = 1.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """How a flat table lies in reading coordinates about a middle (u, v).

    A row at height y has slope `rise + fan * (y - v)`, a column at x leans by
    `lean + spread * (x - u)`.
    """

    frame: Frame
    u: float
    v: float
    rise: float = 0.0
    fan: float = 0.0
    lean: float = 0.0
    spread: float = 0.0

    def to_flat(self, points: Points | NDArray[np.float32]) -> Points:
        """(n, 2) pixels to (n, 2) places on the flat table."""
        moved = self.frame.to_frame(np.asarray(points, dtype=np.float32))
        u, v = moved[:, 0] - self.u, moved[:, 1] - self.v
        x = (u - self.lean * v) / (1 + self.spread * v)
        y = (v - self.rise * u) / (1 + self.fan * u)
        return np.stack([x + self.u, y + self.v], axis=1)

    def to_page(self, points: Points) -> NDArray[np.float32]:
        """(n, 2) places on the flat table to (n, 2) pixels."""
        x, y = points[:, 0] - self.u, points[:, 1] - self.v
        slope, lean = self.rise + self.fan * y, self.lean + self.spread * x
        v = (y + slope * x) / (1 - slope * lean)
        u = x + lean * v
        # The inverse of a rotation is its transpose.
        turn = self.frame.to_frame(np.eye(2, dtype=np.float32)).T
        return np.asarray(np.stack([u + self.u, v + self.v], axis=1) @ turn, dtype=np.float32)

    def area(self, quad: Quad) -> Area:
        """The area that a quad covers on the flat table, without the corners of its skew."""
        middles = (quad + np.roll(quad, -1, axis=0)) / 2
        flat = self.to_flat(middles)
        (x0, y0), (x1, y1) = flat.min(axis=0), flat.max(axis=0)
        return Area(float(x0), float(x1), float(y0), float(y1))

    def quad(self, area: Area) -> Quad:
        """The page's quad of an area of the flat table, clockwise from its top left."""
        u0, u1, v0, v1 = area
        corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
        if self.frame.vertical:
            corners = [(u0, v1), (u0, v0), (u1, v0), (u1, v1)]
        return self.to_page(np.array(corners))


def flatten(lines: Sequence[Line], frame: Frame) -> Flat:
    """The flat table that lines of writing stand in."""
    quads = [line.quad for line in lines]
    if not quads:
        return Flat(frame=frame, u=0.0, v=0.0)
    middles = frame.to_frame(np.array([quad.mean(axis=0) for quad in quads], dtype=np.float32))
    u, v = (float(place) for place in (middles.min(axis=0) + middles.max(axis=0)) / 2)
    flat = Flat(frame=frame, u=u, v=v)
    if len(quads) < _FEWEST:
        return flat
    height = float(np.median([min(sides(quad)) for quad in quads]))
    rise, fan = _rows(quads, frame, middles - (u, v), height)
    level = Flat(frame=frame, u=u, v=v, rise=rise, fan=fan)
    lean, spread = _columns([level.area(quad) for quad in quads], u, v, height)
    return Flat(frame=frame, u=u, v=v, rise=rise, fan=fan, lean=lean, spread=spread)


def _rows(
    quads: Sequence[Quad], frame: Frame, middles: Points, height: float
) -> tuple[float, float]:
    """Slope of the rows in the middle and how it grows downwards (per pixel)."""
    first, per_pixel = _directions(quads, frame, middles)
    reach = max(1.0, float(np.ptp(middles[:, 1])) / 2)
    best = (first, per_pixel * reach)
    for off, steps in ((_ROWS_OFF, 17), (_ROWS_OFF / 6, 9)):
        tried = [
            (best[0] + a, best[1] + b)
            for a in np.linspace(-off, off, steps)
            for b in np.linspace(-off, off, steps)
        ]
        rise, fan = (np.array(column)[:, None] for column in zip(*tried, strict=True))
        u, v = middles[:, 0], middles[:, 1]
        heaps = _heaps((v - rise * u) / (1 + fan / reach * u), _HEAP * height)
        best = tried[int(np.argmax(heaps))]
    return float(best[0]), float(best[1] / reach)


def _directions(quads: Sequence[Quad], frame: Frame, middles: Points) -> tuple[float, float]:
    """The lines' own slopes as a straight function of their height, outliers counting little."""
    slopes, heights, weights = [], [], []
    for quad, (_, v) in zip(quads, middles, strict=True):
        long, short = max(sides(quad)), max(1.0, min(sides(quad)))
        if is_vertical(quad) != frame.vertical or long < _ELONGATED * short:
            continue
        a, b, c, d = frame.to_frame(quad)
        ends = ((a + b) / 2, (c + d) / 2) if frame.vertical else ((a + d) / 2, (b + c) / 2)
        along, across = ends[1] - ends[0]
        slopes.append(across / along if along else 0.0)
        heights.append(v)
        weights.append(long / short)
    if len(slopes) < _FEWEST:
        return 0.0, 0.0
    found, places, trust = np.array(slopes), np.array(heights), np.array(weights)
    line = np.zeros(2)
    for _ in range(8):
        off = np.abs(found - np.polyval(line, places))
        near = trust / np.maximum(off, 1.5 * max(1e-4, float(np.median(off))))
        line = np.polyfit(places, found, 1, w=np.sqrt(near))
    return float(line[1]), float(line[0])


def _columns(areas: Sequence[Area], u: float, v: float, height: float) -> tuple[float, float]:
    """How columns lean in the middle, and how that grows sidewards (per pixel)."""
    edges = np.array([(a.u0 - u, (a.v0 + a.v1) / 2 - v) for a in areas])
    middles = np.array([((a.u0 + a.u1) / 2 - u, (a.v0 + a.v1) / 2 - v) for a in areas])
    reach = max(1.0, float(np.ptp(edges[:, 0])) / 2)

    def heaps(tried: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
        lean, spread = (np.array(column)[:, None] for column in zip(*tried, strict=True))
        views = [
            (part[:, 0] - lean * part[:, 1]) / (1 + spread / reach * part[:, 1])
            for part in (edges, middles)
        ]
        return sum((_heaps(view, 2 * _HEAP * height) for view in views), start=np.zeros(len(lean)))

    best, upright = (0.0, 0.0), float(heaps([(0.0, 0.0)])[0])
    for lean, spread, steps in ((_LEANING, _SPREADING, 25), (0.006, 0.014, 9)):
        tried = [
            (best[0] + a, best[1] + b)
            for a in np.linspace(-lean, lean, steps)
            for b in np.linspace(-spread, spread, steps)
        ]
        found = heaps(tried)
        best = tried[int(np.argmax(found))]
    if found.max() < _BETTER * upright:
        return 0.0, 0.0
    return float(best[0]), float(best[1] / reach)


def _heaps(places: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """How clearly places (views, n) heap up, for each view: squares of the heaps' sizes."""
    step = max(1.0, width / 2)
    low = places.min()
    bins = ((places - low) / step).astype(np.int64)
    count = int(bins.max()) + 3
    sizes = np.zeros((len(places), count))
    for column in range(places.shape[1]):
        sizes[np.arange(len(places)), bins[:, column] + 1] += 1
    smooth = sizes.copy()
    smooth[:, 1:] += 0.6 * sizes[:, :-1]
    smooth[:, :-1] += 0.6 * sizes[:, 1:]
    return np.asarray((smooth**2).sum(axis=1), dtype=np.float64)
