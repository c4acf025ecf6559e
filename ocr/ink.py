"""Where ink stands in a straight crop, rules left out.

A crop's columns are taken along the line; the profile says how much of each is ink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.quads import Image

#: A pixel this much darker than the paper around it is ink.
_DARKER = 26
#: A column with a smaller share of ink than this is empty.
_EMPTY = 0.025
#: A row with more ink than this along a crop is a rule; so is such a column.
_RULE = 0.7
#: Of a cell's height: what is lower is a speck.
_STROKE = 0.3
#: The height to which crops are shrunk for looking at their ink.
_HEIGHT = 40


def profile(crop: Image) -> NDArray[np.float64]:
    """The share of ink in each column of a line's crop, as fractions of its length."""
    dark = _ink(crop)
    share: NDArray[np.float64] = dark.mean(axis=0)
    # A rule across is a narrow column dark from top to bottom, with paper on both sides.
    for start, stop in runs(share > _RULE):
        if stop - start <= max(2, len(dark) // 12):
            share[start:stop] = 0.0
    return share


def _ink(crop: Image) -> NDArray[np.bool_]:
    """Where ink stands in a shrunken crop; rows that are rules hold none."""
    height, width = crop.shape[:2]
    scale = min(1.0, _HEIGHT / height)
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    around = cv2.GaussianBlur(grey, (0, 0), size[1] / 2)
    dark: NDArray[np.bool_] = grey < np.maximum(around, np.percentile(grey, 60)) - _DARKER
    dark[dark.mean(axis=1) > _RULE] = False
    return dark


def ink_extent(crop: Image) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The fractions of length and height between which ink stands; None for specks alone."""
    dark = cv2.dilate(_ink(crop).astype(np.uint8), np.ones((3, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark)
    height, width = dark.shape
    # A stroke of writing spans a good part of the cell's height.
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_HEIGHT] > _STROKE * height]
    if not large:
        return None
    rows, columns = np.nonzero(np.isin(labels, large))
    return (
        (float(columns.min()) / width, float(columns.max() + 1) / width),
        (float(rows.min()) / height, float(rows.max() + 1) / height),
    )


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches (start, stop) in which a mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def widest_gap(share: NDArray[np.float64], a: float, b: float) -> float | None:
    """The middle (a fraction) of the widest empty stretch between two fractions, if any."""
    length = len(share)
    low, high = int(a * length), max(int(a * length) + 1, int(b * length))
    gaps = runs(share[low:high] < _EMPTY)
    if not gaps:
        return None
    start, stop = max(gaps, key=lambda gap: gap[1] - gap[0])
    return (low + (start + stop) / 2) / length


def reach(share: NDArray[np.float64], a: float, b: float, leap: float) -> tuple[float, float]:
    """How far ink goes on from the stretch a..b, crossing gaps up to `leap` (all fractions)."""
    length = len(share)
    inked = [(start / length, stop / length) for start, stop in runs(share >= _EMPTY)]
    first, last = a, b
    for start, stop in reversed(inked):
        if start < first and stop > first - leap:
            first = start
    for start, stop in inked:
        if stop > last and start < last + leap:
            last = stop
    return first, last
