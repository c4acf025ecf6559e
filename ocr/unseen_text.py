"""Lines of writing as unseen text of a PDF page, every character where it stands on the ink.

Works in points of the page, whose y grows upwards.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ocr.unseen_font import EM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from records.written import Point, WrittenLine

#: Names of the two fonts in a page's resources.
ACROSS, DOWN = "/Across", "/Down"
#: Points: no character is set smaller.
_LEAST = 0.1
#: Characters of a column stand evenly if none is further off than this part of its height.
_STRAY = 0.5


def operators(
    lines: Iterable[WrittenLine], codes: Mapping[str, int], *, scale: float, height: float
) -> bytes:
    """The content stream that sets the lines, in text render mode 3, which shows nothing.

    `scale` is points per pixel, `height` the page's height in points.
    """
    said = [_set_line(_on_page(line, scale, height), line, codes) for line in lines if line.text]
    return "\n".join(["BT", "3 Tr", *said, "ET", ""]).encode("ascii")


def _on_page(line: WrittenLine, scale: float, height: float) -> tuple[Point, ...]:
    return tuple((x * scale, height - y * scale) for x, y in line.corners)


def _set_line(corners: tuple[Point, ...], line: WrittenLine, codes: Mapping[str, int]) -> str:
    return (_column if line.vertical else _row)(corners, line, codes)


def _row(corners: tuple[Point, ...], line: WrittenLine, codes: Mapping[str, int]) -> str:
    """A line from left to right: each character is stretched to the width that it has."""
    a, b, c, d = corners
    length, turn = _way(_middle(a, d), _middle(b, c))
    size = max(_LEAST, math.dist(_middle(a, b), _middle(d, c)))
    c_, s_ = math.cos(turn), math.sin(turn)
    said = [f"{ACROSS} {number(size)} Tf", _matrix(c_, s_, -s_, c_, d)]
    at = 0.0
    for character, (first, last) in zip(line.text, line.spans, strict=True):
        stretch = max(_LEAST, 100 * (last - first) * length / size)
        gap = (first * length - at) / (size * stretch / 100) * EM
        moved = f"{number(-gap)} " if abs(gap) >= 1 else ""
        said.append(f"{number(stretch)} Tz [{moved}<{codes[character]:04X}>] TJ")
        at = last * length
    return "\n".join(said)


def _column(corners: tuple[Point, ...], line: WrittenLine, codes: Mapping[str, int]) -> str:
    """A line from the top down: the characters of a word one below the other.

    A matrix of its own makes the characters of a word as high as they stand and as wide as the
    column; horizontal scaling would be simpler, but readers disagree on it in columns.
    """
    a, b, c, d = corners
    top, bottom = _middle(a, b), _middle(d, c)
    length, turn = _way(top, bottom)
    turn += math.pi / 2
    width = math.dist(_middle(a, d), _middle(b, c))
    c_, s_ = math.cos(turn), math.sin(turn)
    said = []
    for start, stop in _even_runs(line):
        first, last = line.spans[start][0], line.spans[stop - 1][1]
        size = max(_LEAST, (last - first) * length / (stop - start))
        wide = width / size
        origin = (top[0] + (bottom[0] - top[0]) * first, top[1] + (bottom[1] - top[1]) * first)
        shown = "".join(f"{codes[character]:04X}" for character in line.text[start:stop])
        matrix = _matrix(c_ * wide, s_ * wide, -s_, c_, origin)
        said.append(f"{DOWN} {number(size)} Tf {matrix} <{shown}> Tj")
    return "\n".join(["100 Tz", *said])


def _even_runs(line: WrittenLine) -> Iterator[tuple[int, int]]:
    """Stretches of a column whose characters follow each other evenly, white space apart.

    The reader knows where a character lies to a part of its height only, and gaps that come
    from that would look like spaces to programs that search the text.
    """
    at = 0
    for word in line.words:
        yield from ((i, i + 1) for i in range(at, word.start))
        if _is_even(line.spans[word.start : word.stop]):
            yield word.start, word.stop
        else:
            yield from ((i, i + 1) for i in range(word.start, word.stop))
        at = word.stop
    yield from ((i, i + 1) for i in range(at, len(line.text)))


def _is_even(spans: Sequence[tuple[float, float]]) -> bool:
    first, last = spans[0][0], spans[-1][1]
    pitch = (last - first) / len(spans)
    return all(
        abs((a + b) / 2 - (first + (i + 0.5) * pitch)) < _STRAY * pitch
        for i, (a, b) in enumerate(spans)
    )


def _way(start: Point, end: Point) -> tuple[float, float]:
    """Length and direction (radians anticlockwise) from one point to the other."""
    across, up = end[0] - start[0], end[1] - start[1]
    return max(_LEAST, math.hypot(across, up)), math.atan2(up, across)


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _matrix(a: float, b: float, c: float, d: float, origin: Point) -> str:
    turn = " ".join(f"{value:.6f}" for value in (a, b, c, d))
    return f"{turn} {number(origin[0])} {number(origin[1])} Tm"


def number(value: float) -> str:
    """A number as PDF wants it, without an exponent; three decimals are a third of a micrometre."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
