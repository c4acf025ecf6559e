"""Whose copy a leaked picture is: it is looked for among all pictures that were released.

The originals are cut anew from the scans; the ones that look most like the leaked picture
are held against it with the pattern of every package that the field went out in.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from flows.cutting import cut_snippets
from flows.marking import mark_key, shown_picture
from flows.progress import progress
from ocr.mark_search import FOUND, Placed, grey, place, strengths
from ocr.marks import as_grey, picture_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flows.installation import Installation
    from ocr.marks import Grey

#: Originals that are looked at closely, those most like the leaked picture.
_CLOSELY = 12
#: Smaller pictures hold too little of a pattern.
_LEAST_SIDE = 20

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """The package that a leaked picture is from, and the clerk's machine it was sealed for.

    `deviations` says how far its pattern stands out of chance; `false_alarm` bounds the
    probability that chance did it, over all `tested` patterns.
    """

    package_id: str
    clerk: str
    item_id: str
    deviations: float
    false_alarm: float
    tested: int

    @property
    def found(self) -> bool:
        """Whether it stands out far enough to name anybody."""
        return self.deviations >= FOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    rows: tuple[Row, ...]
    original: Grey
    placed: Placed


def trace_leak(here: Installation, picture: Path, packages: Iterable[str] = ()) -> Leak | None:
    """The most likely origin of a picture; None when nothing released looks like it.

    `packages` narrows the search. Raises InputError for a file that is no picture.
    """
    leaked = grey(picture_of_file(picture))
    candidates = list(_candidates(here, leaked, set(packages)))
    best = nlargest(_CLOSELY, candidates, key=lambda each: each.placed.likeness)
    found = [leak for each in best for leak in _judged(here, leaked, each)]
    strongest = max(found, key=lambda pair: pair[0], default=None)
    if strongest is None:
        return None
    deviations, row = strongest
    leak = Leak(
        package_id=row["package_id"],
        clerk=row["clerk"],
        item_id=row["item_id"],
        deviations=deviations,
        false_alarm=false_alarm(deviations, len(found)),
        tested=len(found),
    )
    if leak.found:
        here.note("leak.traced", package=leak.package_id, item=leak.item_id)
    return leak


def false_alarm(deviations: float, tested: int) -> float:
    """The probability that one of so many patterns of chance stands out as far.

    The best of a pattern's shifts follows a Gumbel law; its tail is heavier than what was
    measured, so this is an upper bound.
    """
    exponent = -(math.pi / math.sqrt(6) * deviations + 0.5772)
    return min(1.0, tested * -math.expm1(-math.exp(min(exponent, 0.0))))


def _candidates(here: Installation, leaked: Grey, named: set[str]) -> Iterator[_Candidate]:
    """Every field that was released, with its packages, and how it fits the leaked picture."""
    by_picture: defaultdict[str, list[Row]] = defaultdict(list)
    for sealed in here.warehouse.query("packages_out").to_pylist():
        package_id = sealed["package_id"]
        if named and package_id not in named:
            continue
        for row in here.warehouse.query("package_items", package_id=package_id).to_pylist():
            # What a canary shows stands on no page.
            by_picture[row["item_id"] if row["figures"] else row["reading_id"]].append(row)
    pictures = cut_snippets(
        here, ([rows[0]] for rows in by_picture.values()), "重新截取 · cutting the originals"
    )
    with progress("查找出处 · looking for the origin", len(by_picture)) as bar:
        for rows in by_picture.values():
            original = as_grey(shown_picture(rows[0], pictures))
            if min(original.shape) >= _LEAST_SIDE:
                placed = place(leaked, original)
                yield _Candidate(rows=tuple(rows), original=original, placed=placed)
            bar.update(1)


def _judged(here: Installation, leaked: Grey, candidate: _Candidate) -> Iterator[tuple[float, Row]]:
    rows = {row["item_id"]: row for row in candidate.rows}
    keys = {item: mark_key(here, row["package_id"], item) for item, row in rows.items()}
    for each in strengths(leaked, candidate.original, candidate.placed, keys):
        yield each.deviations, rows[each.name]
