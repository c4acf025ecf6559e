"""Cutting a value out of the page: all of its ink, and nothing of its neighbours.

A detector's box may miss a stroke at either end, and a recogniser's characters differ in
width; so borders are moved to where there is no ink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.ink import profile, reach, widest_gap
from ocr.layout import sub_quad
from ocr.quads import crop_line, is_vertical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Area, Segment
    from ocr.page_lines import SeenPage
    from ocr.quads import Image, Quad
    from ocr.zones import Slot

#: In heights of the line: how far a value is looked for beyond its box, the gap that ends
#: it, and the margin left around it.
_SEARCH, _LEAP, _MARGIN = 1.6, 0.4, 0.12


def value_quad(seen: SeenPage, slot: Slot, obstacles: Sequence[Area]) -> Quad:
    """Where the ink of a slot stands on the page; it ends before any of the `obstacles`."""
    if len(slot.ink) == 1:
        (segment,) = slot.ink
        down = is_vertical(segment.line.quad)
        first, last = clean_cut(seen.clean, segment)
        quad = sub_quad(segment.line.quad, first, last, down=down)
    else:
        down = seen.frame.vertical
        quad = seen.frame.quad(slot.area)
    return _grown(seen, quad, slot, obstacles, down=down)


def clean_cut(image: Image, segment: Segment) -> tuple[float, float]:
    """The fractions of a line between which a segment's ink stands, cut where there is none.

    The widest empty stretch between the middles of two characters is where one ends.
    """
    line = segment.line
    first, last = line.cut(segment.start, segment.stop)
    inner = segment.start > 0 or segment.stop < len(line.text)
    if not inner or not line.spans:
        return first, last
    share = profile(straight(image, line.quad, down=is_vertical(line.quad)))
    middles = [(a + b) / 2 for a, b in line.spans]
    if segment.start > 0:
        gap = widest_gap(share, middles[segment.start - 1], middles[segment.start])
        first = first if gap is None else gap
    if segment.stop < len(line.text):
        gap = widest_gap(share, middles[segment.stop - 1], middles[segment.stop])
        last = last if gap is None else gap
    return first, last


def straight(image: Image, quad: Quad, *, down: bool) -> Image:
    """The crop of a quad with the reading direction from left to right."""
    crop, turned = crop_line(image, quad)
    return np.ascontiguousarray(np.rot90(crop)) if down and not turned else crop


def _grown(
    seen: SeenPage, quad: Quad, slot: Slot, obstacles: Sequence[Area], *, down: bool
) -> Quad:
    """The quad with ink that goes on at either end, and a margin."""
    area = seen.frame.area(quad)
    if down != seen.frame.vertical:
        return quad
    height, length = max(1.0, area.height), max(1.0, area.width)
    before, after = _room(area, slot, obstacles)
    low = min(_SEARCH * height, before) / length
    high = min(_SEARCH * height, after) / length
    strip = sub_quad(quad, -low, 1 + high, down=down)
    whole = 1 + low + high
    share = profile(straight(seen.clean, strip, down=down))
    first, last = reach(share, low / whole, (1 + low) / whole, _LEAP * height / length / whole)
    first, last = first * whole - low, last * whole - low
    margin = _MARGIN * height / length
    return sub_quad(
        quad, max(-low, min(0.0, first - margin)), min(1 + high, max(1.0, last + margin)), down=down
    )


def _room(area: Area, slot: Slot, obstacles: Sequence[Area]) -> tuple[float, float]:
    """How far the line is free before and after an area."""
    own = {segment.area for segment in slot.ink}
    opens = slot.ink[0].start == 0
    closes = slot.ink[-1].stop >= len(slot.ink[-1].line.text)
    row = [other for other in obstacles if other not in own and other.shared_v(area) > 0.3]
    middle = (area.u0 + area.u1) / 2
    before = [area.u0 - other.u1 for other in row if (other.u0 + other.u1) / 2 < middle]
    after = [other.u0 - area.u1 for other in row if (other.u0 + other.u1) / 2 >= middle]
    # Within its own line a value was cut out cleanly already.
    return (
        max(0.0, min(before, default=1e9)) if opens else 0.0,
        max(0.0, min(after, default=1e9)) if closes else 0.0,
    )
