"""Certificate numbers in their series: what stands twice, and what is missing between.

An office numbers its marriages and divorces anew each year, so a series is a kind of event, an
office and a year. Which office an old number means stands in its letters alone, as written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from records.certificate_number import parse_certificate_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_YEAR_IN_PREFIX = re.compile(r"\(?[0-9〇零○一二三四五六七八九]{2,4}年?\)?")
#: A gap longer than this is a misread number rather than so many lost certificates.
LONGEST_GAP = 1000


class SeriesName(NamedTuple):
    """A kind of event, an office as the number names it, and a year."""

    kind: str
    office: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The numbers of one office and year: first, last, how many, and the gaps between.

    A gap is its first and last missing number. Numbers that lie further from the others than
    `LONGEST_GAP` stand in `far`.
    """

    name: SeriesName
    first: int
    last: int
    present: int
    gaps: tuple[tuple[int, int], ...]
    far: tuple[int, ...]

    @property
    def missing(self) -> int:
        """How many numbers are missing in all."""
        return sum(last - first + 1 for first, last in self.gaps)


def place_of(number: str, registered: int | None) -> tuple[SeriesName, int] | None:
    """The series and the running number, or None where the number doesn't tell them.

    `registered` is the year of registration, for numbers that state no year.
    """
    parsed = parse_certificate_number(number)
    year = (parsed.year if parsed else None) or registered
    if parsed is None or parsed.seq is None or year is None:
        return None
    office = parsed.area or _YEAR_IN_PREFIX.sub("", parsed.prefix)
    return SeriesName(parsed.kind, office, year), parsed.seq


def series_of(numbers: Iterable[tuple[str, int | None]]) -> tuple[Series, ...]:
    """The series that numbers (each with its year of registration) form, in order of name."""
    held: defaultdict[SeriesName, set[int]] = defaultdict(set)
    for number, registered in numbers:
        placed = place_of(number, registered)
        if placed:
            held[placed[0]].add(placed[1])
    return tuple(_series(name, sorted(held[name])) for name in sorted(held))


def _series(name: SeriesName, numbers: list[int]) -> Series:
    runs = list(_runs(numbers))
    main = max(runs, key=len)
    far = tuple(number for run in runs if run is not main for number in run)
    return Series(
        name=name,
        first=main[0],
        last=main[-1],
        present=len(main),
        gaps=tuple((low + 1, high - 1) for low, high in pairwise(main) if high - low > 1),
        far=far,
    )


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    """Numbers that lie near each other, run by run."""
    run: list[int] = []
    for number in numbers:
        if run and number - run[-1] > LONGEST_GAP:
            yield run
            run = []
        run.append(number)
    yield run
