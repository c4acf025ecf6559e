"""A sheet of paper being filled in: text, rules, seals, and the truth about its fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from drawing import fonts
from drawing.ink import Hand, draw_glyph

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from numpy.typing import NDArray

    from drawing.wording import Written

Box = tuple[float, float, float, float]
_PIECE = re.compile(r"\{([a-z_.]+)(?::([\d.]*))?(?::([a-z]+))?\}|\[([^\]]+)\]|([^{\[]+)")
PARTS = re.compile(r"«([^»]*)»|([^«]+)")


@dataclass(slots=True, kw_only=True)
class Field:
    """One field in the truth; the box grows as its characters are drawn."""

    name: str
    text: str
    value: str
    row: int | None = None
    part: int | None = None
    optional: bool = False
    box: Box | None = None

    def grow(self, box: Box | None) -> None:
        """Takes one more character's box in."""
        if box is None:
            return
        old = self.box or box
        self.box = (
            min(old[0], box[0]),
            min(old[1], box[1]),
            max(old[2], box[2]),
            max(old[3], box[3]),
        )


@dataclass(slots=True, kw_only=True)
class Style:
    """What a flow of text is drawn with; sizes in millimetres."""

    print_hand: Hand
    pen: Hand
    size: float
    pen_size: float
    vertical: bool = False
    underline: tuple[int, int, int] | None = None
    spacing: float = 0.0


@dataclass(slots=True)
class Sheet:
    """A sheet of `width` × `height` millimetres at `dpi`, white until it ages.

    `ink` is what stands on it, `fields` the truth; `rng` decides wordings and `noise` how
    ink falls.
    """

    width: float
    height: float
    dpi: int
    rng: Random
    noise: np.random.Generator
    ink: NDArray[np.uint8] = field(init=False)
    fields: list[Field] = field(default_factory=list)
    choices: dict[str, str] = field(default_factory=dict)
    tint: tuple[int, int, int] = (255, 255, 255)

    def __post_init__(self) -> None:
        shape = (self.px(self.height), self.px(self.width), 3)
        self.ink = np.full(shape, 255, np.uint8)

    def px(self, millimetres: float) -> int:
        """Millimetres to pixels."""
        return round(millimetres * self.dpi / 25.4)

    # -- ink ------------------------------------------------------------------------
    def stain(
        self, coverage: NDArray[np.float32], left: int, top: int, colour: tuple[int, int, int]
    ) -> Box | None:
        """Lays ink (0-1) on the sheet as ink does: by multiplying; returns where it fell."""
        height, width = coverage.shape
        x0, y0 = max(0, left), max(0, top)
        x1 = min(self.ink.shape[1], left + width)
        y1 = min(self.ink.shape[0], top + height)
        if x1 <= x0 or y1 <= y0:
            return None
        part = coverage[y0 - top : y1 - top, x0 - left : x1 - left]
        under = self.ink[y0:y1, x0:x1]
        share = 1 - part[..., None] * (1 - np.asarray(colour, np.float32) / 255)
        under[:] = (under * share).astype(np.uint8)
        rows = np.flatnonzero(part.max(axis=1) > 0.2)
        columns = np.flatnonzero(part.max(axis=0) > 0.2)
        if not len(rows):
            return None
        return (
            float(x0 + columns[0]),
            float(y0 + rows[0]),
            float(x0 + columns[-1] + 1),
            float(y0 + rows[-1] + 1),
        )

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: tuple[int, int, int],
        thickness: float = 0.25,
    ) -> None:
        """A straight line between two points in millimetres."""
        a = (self.px(start[0]), self.px(start[1]))
        b = (self.px(end[0]), self.px(end[1]))
        cv2.line(self.ink, a, b, colour, max(1, self.px(thickness)), cv2.LINE_AA)

    def frame(self, box: Box, colour: tuple[int, int, int], thickness: float = 0.35) -> None:
        """A rectangle in millimetres."""
        left, top, right, bottom = box
        corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        for start, end in pairwise(corners):
            self.rule(start, end, colour, thickness)

    # -- text -----------------------------------------------------------------------
    def characters(
        self, text: str, at: tuple[float, float], hand: Hand, size: float, *, vertical: bool = False
    ) -> tuple[float, Box | None]:
        """Draws text from a point (top left of the first character, in mm).

        Returns how far the pen moved (mm) and the box of the ink (pixels).
        """
        em = max(6, self.px(size))
        x, y = at[0] * self.dpi / 25.4, at[1] * self.dpi / 25.4
        grown = Field(name="", text="", value="")
        moved = 0.0
        lift = 0.0
        last: Box | None = None
        for char in text:
            step = em if vertical else fonts.advance(hand.faces, char, em) * hand.width
            if vertical and char.isascii():
                step = em * 0.9
            lift += self.noise.normal(0, hand.drift) * em + hand.rise * em * 0.1
            if char not in " \u3000":
                stray = self.noise.normal(0, hand.scatter * 0.5, 2) * em
                middle_x = x + (em / 2 + lift if vertical else moved + step / 2) + stray[0]
                middle_y = y + (moved + step / 2 if vertical else em / 2 + lift) + stray[1]
                box = self._one(hand, char, em, (middle_x, middle_y))
                if hand.cursive and last and box:
                    self._join(last, box, hand, vertical=vertical)
                grown.grow(box)
                last = box
            moved += step * (1 + hand.spacing)
        return moved * 25.4 / self.dpi, grown.box

    def _one(self, hand: Hand, char: str, em: int, middle: tuple[float, float]) -> Box | None:
        glyph = draw_glyph(hand, char, em, self.noise)
        half = glyph.shape[0] / 2
        return self.stain(glyph, round(middle[0] - half), round(middle[1] - half), hand.ink)

    def measure(self, text: str, hand: Hand, size: float) -> float:
        """How wide a text will be, in millimetres."""
        em = max(6, self.px(size))
        wide = sum(fonts.advance(hand.faces, char, em) for char in text)
        return wide * hand.width * (1 + hand.spacing) * 25.4 / self.dpi

    def _join(self, last: Box, box: Box, hand: Hand, *, vertical: bool) -> None:
        """A thin stroke from one character to the next, as running hands leave."""
        if self.rng.random() > 0.3:
            return
        lean = self.rng.uniform(0.3, 0.7)
        if vertical:
            start = (last[0] + (last[2] - last[0]) * lean, last[3] - 1)
            end = (box[0] + (box[2] - box[0]) * (1 - lean), box[1] + 1)
        else:
            start = (last[2] - 1, last[1] + (last[3] - last[1]) * (0.5 + lean / 2))
            end = (box[0] + 1, box[1] + (box[3] - box[1]) * lean)
        a, b = ((round(x), round(y)) for x, y in (start, end))
        cv2.line(self.ink, a, b, hand.ink, max(1, self.px(0.16)), cv2.LINE_AA)

    def centred(self, text: str, y: float, hand: Hand, size: float, *, middle: float = 0) -> None:
        """A horizontal line of text about the middle of the sheet."""
        wide = self.measure(text, hand, size)
        self.characters(text, ((middle or self.width / 2) - wide / 2, y), hand, size)

    def pick(self, options: str) -> str:
        """One of `a|b|c`, the same one all over the sheet."""
        if options not in self.choices:
            self.choices[options] = self.rng.choice(options.split("|"))
        return self.choices[options]

    def new_field(self, name: str, written: Written, **place: int | None) -> Field:
        """Enters a field in the truth; what is drawn for it grows its box."""
        entry = Field(name=name, text=written.text, value=written.value, **place)
        self.fields.append(entry)
        return entry

    def write(
        self,
        entry: Field,
        written: Written,
        at: tuple[float, float],
        style: Style,
    ) -> float:
        """Draws a field's text, printed parts in print; returns how far the pen moved."""
        moved = 0.0
        for printed, by_hand in PARTS.findall(written.marked):
            hand, size = (style.print_hand, style.size) if printed else (style.pen, style.pen_size)
            # Both sit on one line whatever their sizes.
            shift = (style.size - size) / 2
            spot = (
                (at[0] + shift, at[1] + moved) if style.vertical else (at[0] + moved, at[1] + shift)
            )
            step, box = self.characters(
                printed or by_hand, spot, hand, size, vertical=style.vertical
            )
            entry.grow(box)
            moved += step
        return moved

    def flow(
        self,
        template: str,
        at: tuple[float, float],
        style: Style,
        values: Mapping[str, Written],
        **place: int | None,
    ) -> float:
        """Draws a line of a form: printed words, `[a|b]` choices and `{field:blank}`.

        `blank` is the width kept for the field in characters. Returns how far the pen moved.
        """
        moved = 0.0
        for name, blank, keep, options, words in _PIECE.findall(template):
            spot = (at[0], at[1] + moved) if style.vertical else (at[0] + moved, at[1])
            if name:
                moved += self._fill(name, spot, style, values, (float(blank or 0), keep, place))
            else:
                text = words or self.pick(options)
                moved += self.characters(
                    text, spot, style.print_hand, style.size, vertical=style.vertical
                )[0]
        return moved

    def fitted(
        self, template: str, style: Style, values: Mapping[str, Written], room: float
    ) -> Style:
        """The style, made smaller where a line would not fit into `room` mm."""
        long = 0.0
        for name, blank, _, options, words in _PIECE.findall(template):
            if name:
                text = values[name].text if name in values else ""
                wide = len(text) * (1 + style.pen.spacing) * style.pen_size + 0.65 * style.size
                long += max(float(blank or 0) * style.size, wide)
            else:
                text = words or self.pick(options)
                long += len(text) * (1 + style.print_hand.spacing) * style.size
        share = min(1.0, room / long) if long else 1.0
        return replace(style, size=style.size * share, pen_size=style.pen_size * share)

    def _fill(
        self,
        name: str,
        at: tuple[float, float],
        style: Style,
        values: Mapping[str, Written],
        how: tuple[float, str, dict[str, int | None]],
    ) -> float:
        blank, keep, place = how
        room = blank * style.size
        written = values.get(name)
        if written is None:
            return room
        place = {key: value for key, value in place.items() if value is not None}
        entry = (
            Field(name=name, text="", value="")
            if keep == "again"
            else self.new_field(name, written, **place)
        )
        indent = self.rng.uniform(0.05, 0.5) * style.size if blank else 0.0
        spot = (at[0], at[1] + indent) if style.vertical else (at[0] + indent, at[1])
        moved = self.write(entry, written, spot, style) + indent + 0.15 * style.size
        moved = max(moved, room)
        if style.underline and keep != "bare":
            low = style.size * 1.18
            start, end = (
                ((at[0] + low, at[1]), (at[0] + low, at[1] + moved))
                if style.vertical
                else ((at[0], at[1] + low), (at[0] + moved, at[1] + low))
            )
            self.rule(start, end, style.underline, 0.15)
        return moved
