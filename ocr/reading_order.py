"""In which order the lines of a page are read.

Works in reading coordinates, where a column of vertical writing is a row like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.quads import is_vertical, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Frame, Line

#: Lines that share this part of the lower one's height stand in one row, unless one is this
#: many times as high as the other: then it is a heading beside them.
_SHARED, _HIGHER = 0.5, 2.5
#: A line this many times as long as high has a direction of its own.
_ELONGATED = 1.5


def in_reading_order(lines: Sequence[Line], frame: Frame) -> list[Line]:
    """The lines row after row, each row from its beginning.

    Lines that run across the page's direction, such as a title over columns, come before
    everything else or after it, as they stand nearer its beginning or its end.
    """
    crossing = [line for line in lines if _crosses(line, frame)]
    along = [line for line in lines if not _crosses(line, frame)]
    middle = float(np.median([_middle(line) for line in along])) if along else 0.0
    before = [line for line in crossing if _middle(line) < middle]
    after = [line for line in crossing if _middle(line) >= middle]
    return [*_by_place(before), *_rows(along), *_by_place(after)]


def _crosses(line: Line, frame: Frame) -> bool:
    long = max(sides(line.quad)) > _ELONGATED * min(sides(line.quad))
    return long and is_vertical(line.quad) != frame.vertical


def _middle(line: Line) -> float:
    return line.area.u0 + line.area.u1


def _by_place(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.area.u0, line.area.v0))


def _rows(lines: Sequence[Line]) -> list[Line]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.area.v0 + line.area.v1):
        if rows and _beside(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.area.u0)]


def _beside(line: Line, other: Line) -> bool:
    low, high = sorted((line.area.height, other.area.height))
    return line.area.shared_v(other.area) > _SHARED and high < _HIGHER * max(1.0, low)
