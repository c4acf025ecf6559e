"""A field's picture drawn plainly: what is written, without what the page would give away.

Paper, ink, scanner and size are traits by which somebody who holds many pictures can tell
which come from one page. Here paper becomes white and ink black, rules and specks go,
strokes are brought to one breadth and pictures to one scale with the same rim. Red ink,
under which writing may stand, is drawn in grey. Of the fields around it nothing is left.
What remains is the hand and the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.seals import remove_red
from ocr.snippets import window_of
from records.reading import Box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocr.quads import Image

Mask = NDArray[np.uint8]

#: Pixels of a field's shorter side, and of the white rim; lengths are whole steps.
SIDE, RIM, STEP = 56, 12, 64
#: Pixels of the scan that are looked at around a field, for strokes that reach out of it.
MARGIN = 12
#: Strokes are evened at twice the final scale.
_FINE = 2
#: Breadth of a stroke at that scale, and the most by which it is changed.
_STROKE, _MOST = 7.0, 3.0
#: Ink is at least so much darker than the paper around it, in shares and in deviations.
_DARKER, _DEVIATIONS = 0.10, 5.0
#: Of the level that parts ink from paper: a fainter stroke is ink where a dark one begins it.
_FAINT = 0.6
#: Shares of the picture from which a straight line is a rule.
_ACROSS, _DOWN = 0.6, 0.9
#: Share of the shorter side: a smaller speck is none of the writing.
_SPECK = 0.04
#: Share of a stroke that lies in the field, where it is the field's.
_WITHIN = 0.5
#: Share of a field up to which another's box is an overlap, not the same place.
_SHALLOW = 0.35
#: By how much pictures are shrunk to see their paper.
_COARSE = 12
_WHITE, _RED = 255, 165
_LONGEST = 4096


def plain(upright: Image, box: Box, others: Iterable[Box] = ()) -> Image:
    """The grey picture of a box of an upright RGB page, drawn plainly.

    `others` are the boxes of the page's other fields. Raises InputError (`box_outside`).
    """
    window = window_of(upright, box, margin=MARGIN)
    image = upright[window[1] : window[3], window[0] : window[2]]
    shorter = max(1, min(box[2] - box[0], box[3] - box[1]))
    scale = min(_FINE * SIDE / shorter, _LONGEST / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    own = _scaled(_own(window, box, others), size, cv2.INTER_NEAREST)
    bare = remove_red(image)
    black = _evened(_written(_scaled(bare, size)[:, :, 0], own))
    drawn = np.full(black.shape, _WHITE, np.uint8)
    if bare is not image:
        every = _evened(_written(_scaled(image, size).min(axis=2), own))
        rest = cv2.subtract(every, cv2.dilate(black, np.ones((5, 5), np.uint8)))
        rest = cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        drawn[_strokes(np.asarray(rest, np.uint8), own) > 0] = _RED
    drawn[black > 0] = 0
    return _on_white(drawn)


_REACH, _FIELD = 1, 2


def _own(window: Box, box: Box, others: Iterable[Box]) -> Mask:
    """What is whose in the window: 2 the field, 1 where its strokes may reach, 0 its neighbours."""
    left, top, right, bottom = window
    whose = np.full((bottom - top, right - left), _REACH, np.uint8)
    whose[_part(window, box)] = _FIELD
    for other in others:
        if other != box:
            whose[_part(window, _others_part(box, other))] = 0
    return whose


def _others_part(box: Box, other: Box) -> Box:
    """The other's box up to the middle of what both share; none of it where it lies deep inside."""
    shared = [min(box[at + 2], other[at + 2]) - max(box[at], other[at]) for at in (0, 1)]
    if min(shared) <= 0:
        return other
    sides = [box[at + 2] - box[at] for at in (0, 1)]
    at = min((0, 1), key=lambda axis: shared[axis] / max(1, sides[axis]))
    if shared[at] > _SHALLOW * sides[at]:
        return Box(0, 0, 0, 0)
    part = list(other)
    if other[at] + other[at + 2] > box[at] + box[at + 2]:
        part[at] += shared[at] // 2
    else:
        part[at + 2] -= shared[at] // 2
    return Box(*part)


def _part(window: Box, box: Box) -> tuple[slice, slice]:
    across = slice(max(0, box[0] - window[0]), max(0, box[2] - window[0]))
    return slice(max(0, box[1] - window[1]), max(0, box[3] - window[1])), across


def _scaled(image: Image, size: tuple[int, int], how: int | None = None) -> Image:
    if how is None:
        how = cv2.INTER_AREA if size[0] < image.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def _written(tones: Image, own: Mask) -> Mask:
    """Where ink of the field is, 255 or 0; rules, specks and the neighbours' ink left out."""
    darkness = _darkness(tones)
    level, _ = cv2.threshold(darkness, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    lower, middle = np.percentile(darkness, (16, 50))
    least = max(255 * _DARKER, float(middle + _DEVIATIONS * (middle - lower)))
    faint = np.asarray((darkness > max(_FAINT * level, least)) & (own > 0), np.uint8)
    count, labels = cv2.connectedComponents(faint)
    dark = np.bincount(labels[darkness > max(level, least)], minlength=count) > 0
    dark[0] = False
    ink = np.where(dark[labels], 255, 0).astype(np.uint8)
    return _strokes(_without_rules(ink), own)


def _darkness(tones: Image) -> Image:
    """How much darker each pixel is than the paper around it: 0 is paper, 255 black."""
    smooth = np.asarray(cv2.GaussianBlur(tones, (0, 0), 1.0), np.uint8)
    size = (max(4, tones.shape[1] // _COARSE), max(4, tones.shape[0] // _COARSE))
    paper = cv2.dilate(
        cv2.resize(smooth, size, interpolation=cv2.INTER_AREA), np.ones((3, 3), np.uint8)
    )
    paper = cv2.GaussianBlur(paper, (0, 0), 2.0)
    paper = cv2.resize(paper, tones.shape[::-1], interpolation=cv2.INTER_LINEAR)
    share = smooth.astype(np.float32) / np.maximum(paper, 1)
    return np.asarray(np.clip(255 * (1 - share), 0, 255), np.uint8)


def _without_rules(ink: Mask) -> Mask:
    height, width = ink.shape
    rules = np.zeros_like(ink)
    across = int(max(_ACROSS * width, min(1.5 * height, 0.9 * width)))
    down = int(max(_DOWN * height, min(1.5 * width, 0.9 * height)))
    for shape, thick in (((across, 1), (1, 3)), ((1, down), (3, 1))):
        wide = cv2.dilate(ink, np.ones(thick[::-1], np.uint8))
        line = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones(shape[::-1], np.uint8))
        line = cv2.dilate(line, np.ones((3, 3), np.uint8))
        rules = np.asarray(cv2.max(rules, line), np.uint8)
    return np.asarray(cv2.subtract(ink, rules), np.uint8)


def _strokes(ink: Mask, own: Mask) -> Mask:
    """The strokes of which a good part lies in the field itself, and that are no specks."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    if count == 1:
        return ink
    within = np.bincount(labels[own == _FIELD], minlength=count)
    area = stats[:, cv2.CC_STAT_AREA]
    keep = (area >= (_SPECK * min(ink.shape)) ** 2) & (within >= _WITHIN * area)
    keep[0] = False
    return np.where(keep[labels], 255, 0).astype(np.uint8)


def _evened(ink: Mask) -> Mask:
    """The strokes brought to one breadth: grown or thinned by what they lack on the whole."""
    area = int((ink > 0).sum())
    if not area:
        return ink
    edge = area - int((cv2.erode(ink, np.ones((3, 3), np.uint8)) > 0).sum())
    breadth = 2 * area / max(1, edge)
    change = float(np.clip(_STROKE - breadth, -_MOST, _MOST)) / 2
    inside = cv2.distanceTransform(ink, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(cv2.bitwise_not(ink), cv2.DIST_L2, 5)
    return np.where(inside - outside > -change, 255, 0).astype(np.uint8)


def _on_white(drawn: Image) -> Image:
    """The writing at its final scale on a white sheet, as long as whole steps make it."""
    rows, columns = np.nonzero(drawn < _WHITE)
    if not len(rows):
        rows = columns = np.zeros(1, int)
    drawn = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    size = (max(1, drawn.shape[1] // _FINE), max(1, drawn.shape[0] // _FINE))
    small = _scaled(drawn, size, cv2.INTER_AREA)
    tall, wide = (max(SIDE, -(-each // STEP) * STEP) for each in small.shape)
    top, left = RIM + (tall - small.shape[0]) // 2, RIM + (wide - small.shape[1]) // 2
    sheet = np.full((tall + 2 * RIM, wide + 2 * RIM), _WHITE, np.uint8)
    sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
    return sheet
