"""The geometry of text lines on a page: four corners, straight crops, skew.

A quad is (4, 2) float32, pixels of the page, clockwise from the corner where the
upright page's line has its top left. Finding lines is not handled here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from records.reading import Box

    Quad = NDArray[np.float32]
    Image = NDArray[np.uint8]

#: A line this many times taller than wide is written downwards (the detector's own habit).
VERTICAL_RATIO = 1.5


def clockwise(points: NDArray[np.float32]) -> Quad:
    """The corners of a convex quadrilateral, clockwise from its top left."""
    quad = np.asarray(points, dtype=np.float32).reshape(4, 2)
    (ax, ay), (bx, by) = quad[1] - quad[0], quad[2] - quad[0]
    if ax * by - ay * bx < 0:
        quad = quad[::-1]
    return np.ascontiguousarray(np.roll(quad, -int(quad.sum(axis=1).argmin()), axis=0))


def quad_of(box: Box | Sequence[float]) -> Quad:
    """The quad of an upright box (left, top, right, bottom)."""
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32)


def sides(quad: Quad) -> tuple[float, float]:
    """Width and height of a quad in pixels, the longer one of each pair of sides."""
    edges = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    return float(max(edges[0], edges[2])), float(max(edges[1], edges[3]))


def is_vertical(quad: Quad) -> bool:
    """Whether the line runs downwards."""
    width, height = sides(quad)
    return height >= VERTICAL_RATIO * width


def crop_line(image: Image, quad: Quad) -> tuple[Image, bool]:
    """Cut a line out straight: (crop, vertical).

    A vertical line is turned by 90° anticlockwise, as the recognisers expect it: its first
    character stands on the left, lying on its side.
    """
    width, height = (max(1, round(side)) for side in sides(quad))
    vertical = is_vertical(quad)
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    # Warping a small window instead of the page spares the page's copy.
    rows, columns = surroundings(quad)
    window = image[rows, columns]
    if not window.size:
        return np.full((height, width, 3), 255, dtype=np.uint8), vertical
    corner = (columns.start, rows.start)
    matrix = cv2.getPerspectiveTransform((quad - corner).astype(np.float32), flat)
    warped = cv2.warpPerspective(
        window, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    crop = np.asarray(warped, dtype=np.uint8)
    return (np.ascontiguousarray(np.rot90(crop)) if vertical else crop), vertical


def surroundings(quad: Quad) -> tuple[slice, slice]:
    """The rows and columns of a page that a quad is cut out of."""
    left, top = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0).tolist()
    right, bottom = (np.ceil(quad.max(axis=0)).astype(int) + 2).tolist()
    return slice(top, bottom), slice(left, right)


def shrunken(image: Image, size: tuple[int, int]) -> Image:
    """The picture at another size (width, height), each pixel the mean of what it covers."""
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        # Half way between four pixels is their mean, and eight times quicker than `INTER_AREA`.
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    if image.shape[1::-1] == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def greatest_channel(image: Image) -> Image:
    """The greatest of each pixel's three channels, (H, W); quicker than along an axis."""
    first, second, third = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(first, second), third), dtype=np.uint8)


def least_channel(image: Image) -> Image:
    """The least of each pixel's three channels, (H, W)."""
    first, second, third = cv2.split(image)
    return np.asarray(cv2.min(cv2.min(first, second), third), dtype=np.uint8)


def expanded(
    rectangle: tuple[Sequence[float], Sequence[float], float], ratio: float
) -> tuple[Sequence[float], tuple[float, float], float]:
    """Grow a rotated rectangle on all sides by area × `ratio` ÷ perimeter.

    The closed form, for rectangles, of the polygon offset in Liao et al. 2020,
    "Real-time scene text detection with differentiable binarization".
    """
    centre, (width, height), angle = rectangle
    distance = width * height * ratio / (2 * (width + height))
    return centre, (width + 2 * distance, height + 2 * distance), angle


def skew_angle(quads: Sequence[Quad]) -> float:
    """Degrees clockwise by which the lines lean: the median weighted by length.

    Vertical lines count by how far they lean from the plumb line. 0 without lines.
    """
    leans: list[float] = []
    weights: list[float] = []
    for quad in quads:
        width, height = sides(quad)
        along = quad[3] - quad[0] if is_vertical(quad) else quad[1] - quad[0]
        # A short line's direction is mostly noise of the detector.
        if max(width, height) < 3 * min(width, height):
            continue
        angle = math.degrees(math.atan2(along[1], along[0]))
        leans.append(angle - 90 if is_vertical(quad) else angle)
        weights.append(max(width, height))
    if not leans:
        return 0.0
    order = np.argsort(leans)
    reach = np.cumsum(np.array(weights)[order])
    return float(leans[order[int(np.searchsorted(reach, reach[-1] / 2))]])
