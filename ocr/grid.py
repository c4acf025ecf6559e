"""Ruled lines of a table, straight but not necessarily parallel.

Works on the flat table, so a rule "along" runs in reading direction and a rule "across"
parts columns. What the cells mean is decided in `ledger`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.quads import shrunken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ocr.flat import Flat
    from ocr.layout import Area
    from ocr.quads import Image

#: The page is looked at with its longer side shrunk to this many pixels.
_SIDE = 1700
#: The places of so many pixels are reckoned out from one.
_EVERY = 8
#: A rule is so many grey values darker than what is about it; gaps of this length (pixels of
#: the shrunken page) don't end one.
_FAINT, _GAP = 8, np.ones((1, 9), np.uint8)
#: A rule is at least this share of the table's extent long, all its pieces together.
_LONG = 0.35
#: Pieces of rules this close (pixels of the shrunken page) are the same rule.
_APART = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A straight rule: its position at 0 and its slope, as a function of the other axis."""

    offset: float
    slope: float
    start: float
    stop: float

    def at(self, place: float) -> float:
        """The rule's position where the other axis is at `place`."""
        return self.offset + self.slope * place


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The rules of a table: `along` gives v as a function of u, `across` u as one of v."""

    along: tuple[Rule, ...]
    across: tuple[Rule, ...]


def find_grid(image: Image, flat: Flat, table: Area) -> Grid:
    """The rules within an area of the flat table; without rules it is empty."""
    scale = min(1.0, _SIDE / max(image.shape[:2]))
    window = _window(image, flat, table, scale)
    dark = np.asarray(
        cv2.adaptiveThreshold(
            window, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, _FAINT
        ),
        dtype=np.uint8,
    )
    along = _rules(dark, window.shape[1])
    # Nothing but a rule runs across the rows, so that the gaps of a dashed one may be closed.
    upright = np.ascontiguousarray(dark.T)
    upright = np.asarray(cv2.morphologyEx(upright, cv2.MORPH_CLOSE, _GAP), dtype=np.uint8)
    across = _rules(upright, window.shape[0])
    return Grid(
        along=tuple(_placed(rule, scale, table.u0, table.v0) for rule in along),
        across=tuple(_placed(rule, scale, table.v0, table.u0) for rule in across),
    )


def _window(image: Image, flat: Flat, table: Area, scale: float) -> NDArray[np.uint8]:
    """The area as a grey picture of the flat table."""
    small = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    grey = cv2.cvtColor(shrunken(image, small), cv2.COLOR_RGB2GRAY)
    size = (max(8, round(table.width * scale)), max(8, round(table.height * scale)))
    # Where every eighth pixel comes from; those between lie between.
    across = (np.arange(-(-size[0] // _EVERY)) + 0.5) * _EVERY
    down = (np.arange(-(-size[1] // _EVERY)) + 0.5) * _EVERY
    x, y = np.meshgrid(across / scale + table.u0, down / scale + table.v0)
    source = flat.to_page(np.stack([x.ravel(), y.ravel()], axis=1)) * scale - 0.5
    coarse = source.reshape(*x.shape, 2).astype(np.float32)
    whole = (x.shape[1] * _EVERY, x.shape[0] * _EVERY)
    maps = cv2.resize(coarse, whole, interpolation=cv2.INTER_LINEAR)[: size[1], : size[0]]
    left, top = (np.ascontiguousarray(maps[..., axis]) for axis in (0, 1))
    return np.asarray(
        cv2.remap(
            grey, left, top, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
        ),
        dtype=np.uint8,
    )


def _rules(dark: NDArray[np.uint8], length: int) -> list[Rule]:
    """Rules along the rows of a picture, in its pixels, from the top down."""
    piece = max(24, length // 45)
    thick = cv2.dilate(dark, np.ones((2, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
    runs = cv2.dilate(runs, np.ones((3, piece // 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(runs)
    pieces = []
    for i in range(1, count):
        left, top, width, height, _ = stats[i].tolist()
        if width < 2 * piece or height > max(12, width * 0.12):
            continue
        rows, columns = np.nonzero(labels[top : top + height, left : left + width] == i)
        slope, offset = np.polyfit(columns + left, rows + top, 1)
        pieces.append(Rule(offset=offset, slope=slope, start=left, stop=left + width))
    return _merged(pieces, length)


def _merged(pieces: Sequence[Rule], length: int) -> list[Rule]:
    """Join pieces on one line; keep what is long enough to be a rule of the table."""
    groups: list[list[Rule]] = []
    for piece in sorted(pieces, key=lambda rule: rule.start - rule.stop):
        middle = (piece.start + piece.stop) / 2
        home = next((g for g in groups if abs(g[0].at(middle) - piece.at(middle)) < _APART), None)
        if home is None:
            groups.append([piece])
        else:
            home.append(piece)
    rules = []
    for group in groups:
        start, stop = min(p.start for p in group), max(p.stop for p in group)
        if sum(p.stop - p.start for p in group) >= _LONG * length:
            rules.append(_fitted(group, start, stop))
    return sorted(rules, key=lambda rule: rule.at(length / 2))


def _fitted(group: Sequence[Rule], start: float, stop: float) -> Rule:
    places = np.array([place for p in group for place in (p.start, p.stop)])
    heights = np.array([p.at(place) for p in group for place in (p.start, p.stop)])
    slope, offset = np.polyfit(places, heights, 1)
    return Rule(offset=float(offset), slope=float(slope), start=start, stop=stop)


def _placed(rule: Rule, scale: float, along: float, across: float) -> Rule:
    """A rule of the window in the page's reading coordinates."""
    return Rule(
        offset=rule.offset / scale + across - rule.slope * along, slope=rule.slope,
        start=rule.start / scale + along, stop=rule.stop / scale + along,
    )  # fmt: skip
