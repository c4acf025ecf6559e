"""A number that was never written: a real one with its figures changed places.

A plain drawing of a number ends in a run of figures, each in columns of its own. They are set
in another order, and the drawing counts only if the reader then reads just the number that it
should. So it has the pen, the hand and the form of its page, and a value that nobody else got.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ocr.ink import runs

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from ocr.quads import Image

#: The run of figures at the end of a number, and what may stand after it.
_NUMBER = re.compile(r"(?P<before>.*?)(?P<figures>[0-9]{3,12})(?P<after>[^0-9]?)\Z", re.DOTALL)
#: How many columns of ink what stands after the figures may have.
_AFTER = 3
_TRIES = 4
_DARK = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """What the drawing says, and how it is made: `order` of the figures, columns `after` them."""

    text: str
    order: tuple[int, ...]
    after: int


def canary(
    drawing: Image, text: str, *, read: Callable[[Image], str], chance: random.Random
) -> Canary | None:
    """A canary from the plain drawing of the number `text`; None where none can be read back."""
    parts = _NUMBER.fullmatch(text)
    if parts is None or _bare(read(drawing)) != _bare(text):
        return None
    figures = parts["figures"]
    for _ in range(_TRIES):
        order = chance.sample(range(len(figures)), len(figures))
        swapped = "".join(figures[at] for at in order)
        if swapped == figures:
            continue
        wanted = f"{parts['before']}{swapped}{parts['after']}"
        for after in range(1, _AFTER + 1) if parts["after"] else (0,):
            made = rearranged(drawing, order, after)
            if made is not None and _bare(read(made)) == _bare(wanted):
                return Canary(text=wanted, order=tuple(order), after=after)
    return None


def rearranged(drawing: Image, order: Sequence[int], after: int) -> Image | None:
    """The drawing with its last figures in another order; None where it has too few columns."""
    columns = runs(np.asarray((drawing < _DARK).any(axis=0), bool))
    figures = columns[len(columns) - after - len(order) : len(columns) - after]
    if len(figures) < len(order):
        return None
    gaps = [right[0] - left[1] for left, right in pairwise(figures)]
    at = figures[0][0]
    made = drawing.copy()
    made[:, at : figures[-1][1]] = 255
    for place, source in enumerate(order):
        first, last = figures[source]
        made[:, at : at + last - first] = drawing[:, first:last]
        at += last - first + (gaps[place] if place < len(gaps) else 0)
    return np.asarray(made, np.uint8)


def _bare(text: str) -> str:
    return "".join(text.split())
