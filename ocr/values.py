"""Reading the values of a page: cut out, read by both readers, decoded.

Which values there are and how sure they are is not handled here.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.automata import is_han
from ocr.crops import value_quad
from ocr.fields import kind_of, read_field
from ocr.page_lines import reddish
from ocr.quads import crop_line, surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.decode import Decoded
    from ocr.lattice import Lattice
    from ocr.layout import Area
    from ocr.page_lines import Models, SeenPage
    from ocr.quads import Image, Quad
    from ocr.zones import Slot

#: Middles of neighbouring characters further apart (time steps) leave room for another.
_HOLE = 7.5
#: In heights of the line: how far its ink may reach beyond what was read of it.
_BEYOND = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """A slot with what was decoded in it, and where.

    `sealed` says that red ink lies there; `contested` that the value changes with it;
    `hole` that a character may be missing; `repeated` that another writing says the same.
    """

    slot: Slot
    decoded: Decoded | None
    in_grammar: bool
    quad: Quad
    lattices: tuple[Lattice, ...]
    sealed: bool = False
    contested: bool = False
    hole: bool = False
    repeated: bool = False


def read_values(
    seen: SeenPage, slots: Sequence[Slot], models: Models, obstacles: Sequence[Area]
) -> list[Value]:
    """Cut out the values, read each twice and decode it.

    Where red ink lies over a value that makes no full sense without it, the coloured
    picture is read too, and the better counts: a seal hides strokes, but printed 年 月 日
    may be red as well.
    """
    quads = [value_quad(seen, slot, obstacles) for slot in slots]
    bare = [crop_line(seen.clean, quad)[0] for quad in quads]
    sealed = [
        _touches_red(seen, quad) and reddish(crop_line(seen.image, quad)[0], clean)
        for quad, clean in zip(quads, bare, strict=True)
    ]
    known = {
        i: part
        for i, (slot, quad) in enumerate(zip(slots, quads, strict=True))
        if not sealed[i] and (part := seen_already(seen, slot, quad))
    }
    simplified = seen.simplified
    values = [
        _value(slot, quad, lattices, simplified=simplified)
        for slot, quad, lattices in zip(slots, quads, _read_twice(bare, models, known), strict=True)
    ]
    again = [i for i, value in enumerate(values) if sealed[i] and not _makes_sense(value)]
    others = _read_twice([crop_line(seen.image, quads[i])[0] for i in again], models, {})
    for i, lattices in zip(again, others, strict=True):
        other = _value(slots[i], quads[i], lattices, simplified=simplified)
        values[i] = _better(values[i], other)
    return [
        dataclasses.replace(value, sealed=red, hole=_has_hole(value))
        for value, red in zip(values, sealed, strict=True)
    ]


def _touches_red(seen: SeenPage, quad: Quad) -> bool:
    """Whether any red was taken off about a quad."""
    if seen.clean is seen.image:
        return False
    window = surroundings(quad)
    return not np.array_equal(seen.image[window], seen.clean[window])


def _read_twice(
    crops: Sequence[Image], models: Models, known: Mapping[int, Lattice]
) -> list[tuple[Lattice, ...]]:
    """What both readers see, the first one being asked only where nothing is `known`."""
    unread = [i for i in range(len(crops)) if i not in known]
    read = zip(unread, models.primary.recognize([crops[i] for i in unread]), strict=True)
    first = {**known, **dict(read)}
    second = models.second.recognize(crops)
    return [(first[i], other) for i, other in enumerate(second)]


def _value(slot: Slot, quad: Quad, lattices: tuple[Lattice, ...], *, simplified: bool) -> Value:
    decoded, in_grammar = read_field(slot.field, lattices, simplified=simplified)
    return Value(
        slot=slot, decoded=decoded, in_grammar=in_grammar, quad=quad, lattices=lattices
    )  # fmt: skip


def _makes_sense(value: Value) -> bool:
    """Whether both readers see the same text and it is what its field may hold."""
    decoded = value.decoded
    return bool(
        decoded
        and decoded.agree
        and value.in_grammar
        and kind_of(value.slot.field).value(decoded.text)
    )


def _better(bare: Value, coloured: Value) -> Value:
    """The reading of a picture, without red or with it, that makes more sense."""
    pair = (bare, coloured)
    normal = kind_of(bare.slot.field).value
    readable = {normal(value.decoded.text) for value in pair if value.decoded} - {""}
    return dataclasses.replace(max(pair, key=_sense), contested=len(readable) > 1)


def seen_already(seen: SeenPage, slot: Slot, quad: Quad) -> Lattice | None:
    """What the first reader saw of a value when it read the whole line; None if it saw less."""
    segment = slot.ink[0]
    line, lattice = segment.line, segment.line.lattice
    if len(slot.ink) > 1 or lattice is None:
        return None
    own, spare = seen.frame.area(quad), _BEYOND * line.area.height
    if own.u0 < line.area.u0 - spare or own.u1 > line.area.u1 + spare:
        return None
    steps = lattice.greedy().steps
    between = ((a[1] + b[0] + 1) // 2 for a, b in itertools.pairwise(steps))
    borders = [0, *between, lattice.steps]
    return lattice.slice(borders[segment.start], borders[segment.stop])


def _has_hole(value: Value) -> bool:
    """Whether a name's characters stand so far apart that one between may not have been seen."""
    if value.slot.field != "name":
        return False
    spelled = value.lattices[0].greedy()
    middles = [
        (a + b) / 2 for (a, b), c in zip(spelled.steps, spelled.text, strict=True) if is_han(c)
    ]
    # A line's crop is as high as six steps are wide.
    return any(b - a > _HOLE for a, b in itertools.pairwise(middles))


def _sense(value: Value) -> float:
    decoded = value.decoded
    if decoded is None:
        return -1e9
    known = bool(kind_of(value.slot.field).value(decoded.text))
    return (
        10.0 * known + 5.0 * value.in_grammar + 2.0 * decoded.agree
        + math.log(max(decoded.sure, 1e-4)) - decoded.gap
    )  # fmt: skip
