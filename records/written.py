"""The writing of a page, line by line: characters, where they stand, how sure they are.

A page's fields say what its form tells; its lines say everything that is written on it, for
searchable copies and exchange formats. How lines are found is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Pixels of the upright page: from the left, from the top.
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a document comes from: the scan's file name and SHA-256, and who reads it.

    `software` and `version` name the program; they stand in the files that it makes.
    """

    name: str
    sha256: str
    software: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWord:
    """The characters start ≤ i < stop of a line that belong together.

    `field` and `row` name the field whose text they are, empty and None for everything
    else; `confidence` is then the field's, otherwise None.
    """

    start: int
    stop: int
    field: str = ""
    row: int | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLine:
    """A line of writing, horizontal or downwards.

    `corners` go clockwise from the top left of the line on the upright page; `spans` are
    fractions of its length (its height when `vertical`), a pair for each character, rising
    and without overlap; `chances` say how likely each character is by the reader's own
    account, which is not calibrated; `words` are in order and leave out white space.
    """

    text: str
    corners: tuple[Point, Point, Point, Point]
    vertical: bool
    spans: tuple[tuple[float, float], ...]
    chances: tuple[float, ...]
    words: tuple[WrittenWord, ...]

    def corners_of(self, start: int, stop: int) -> tuple[Point, Point, Point, Point]:
        """The corners of the characters start ≤ i < stop, clockwise from the top left."""
        first, last = self.spans[start][0], self.spans[stop - 1][1]
        a, b, c, d = self.corners
        if self.vertical:
            return (
                _between(a, d, first), _between(b, c, first),
                _between(b, c, last), _between(a, d, last),
            )  # fmt: skip
        return (
            _between(a, b, first), _between(a, b, last),
            _between(d, c, last), _between(d, c, first),
        )  # fmt: skip

    def chance_of(self, word: WrittenWord) -> float:
        """How sure a word is: its field's confidence, else that of its least sure character."""
        if word.confidence is not None:
            return word.confidence
        return min(self.chances[word.start : word.stop], default=0.0)


def _between(a: Point, b: Point, part: float) -> Point:
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
