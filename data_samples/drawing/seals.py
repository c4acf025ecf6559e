"""Red seals: round ones with a star, square ones in columns, small ones with a name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from drawing import fonts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawing.sheet import Sheet

_FACES = ("song-bold", "ming-bold", "uming")


def _char(char: str, size: int, degrees: float) -> NDArray[np.uint8]:
    stamp = fonts.glyph(fonts.face_for(_FACES, char), char, size)
    middle = (stamp.shape[1] / 2, stamp.shape[0] / 2)
    turned = cv2.getRotationMatrix2D(middle, -degrees, 1.0)
    return cv2.warpAffine(stamp, turned, stamp.shape[::-1])


def _lay(on: NDArray[np.uint8], stamp: NDArray[np.uint8], x: float, y: float) -> None:
    left, top = round(x - stamp.shape[1] / 2), round(y - stamp.shape[0] / 2)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(on.shape[1], left + stamp.shape[1]), min(on.shape[0], top + stamp.shape[0])
    if x1 > x0 and y1 > y0:
        part = on[y0:y1, x0:x1]
        np.maximum(part, stamp[y0 - top : y1 - top, x0 - left : x1 - left], out=part)


def _star(on: NDArray[np.uint8], middle: float, radius: float) -> None:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.radians(-90 + 36 * corner)
        points.append((middle + reach * math.cos(angle), middle + reach * math.sin(angle)))
    cv2.fillPoly(on, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA)


def _round(side: int, arc: str, foot: str) -> NDArray[np.uint8]:
    mask = np.zeros((side, side), np.uint8)
    middle, radius = side / 2, side / 2 * 0.94
    cv2.circle(mask, (side // 2, side // 2), round(radius), 255, max(2, side // 38), cv2.LINE_AA)
    _star(mask, middle, radius * 0.3)
    step = min(26.0, 250 / max(1, len(arc) - 1))
    size = max(8, round(min(radius * 0.26, radius * 0.76 * math.radians(step) * 0.98)))
    for place, char in enumerate(arc):
        degrees = -90 + (place - (len(arc) - 1) / 2) * step
        angle = math.radians(degrees)
        spot = (middle + 0.76 * radius * math.cos(angle), middle + 0.76 * radius * math.sin(angle))
        _lay(mask, _char(char, size, degrees + 90), *spot)
    for place, char in enumerate(foot):
        small = max(8, round(radius * 0.2))
        _lay(
            mask,
            _char(char, small, 0),
            middle + (place - (len(foot) - 1) / 2) * small * 1.05,
            middle + radius * 0.55,
        )
    return mask


def _square(side: int, text: str, columns: int) -> NDArray[np.uint8]:
    mask = np.zeros((side, side), np.uint8)
    edge = max(2, side // 26)
    cv2.rectangle(mask, (edge, edge), (side - edge, side - edge), 255, edge, cv2.LINE_AA)
    rows = math.ceil(len(text) / columns)
    cell = (side - 4 * edge) / max(rows, columns)
    for place, char in enumerate(text):
        column, row = divmod(place, rows)
        x = side - 2 * edge - (column + 0.5) * (side - 4 * edge) / columns
        y = 2 * edge + (row + 0.5) * (side - 4 * edge) / rows
        _lay(mask, _char(char, round(cell * 0.92), 0), x, y)
    return mask


def _press(
    sheet: Sheet, mask: NDArray[np.uint8], at: tuple[float, float], *, strength: float
) -> None:
    """Presses a seal as hands do: turned, unevenly inked, with dry spots."""
    side = mask.shape[0]
    noise = sheet.noise
    angle = sheet.rng.uniform(-14, 14)
    turned = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 0.96)
    mask = cv2.warpAffine(mask, turned, (side, side))
    patchy = cv2.resize(noise.uniform(0.55, 1, (5, 5)).astype(np.float32), (side, side))
    dry = cv2.resize(
        noise.uniform(0, 1, (max(2, side // 3), max(2, side // 3))).astype(np.float32), (side, side)
    )
    coverage = mask.astype(np.float32) / 255 * patchy * np.clip(dry * 2 + 0.35, 0, 1)
    coverage = cv2.GaussianBlur(coverage, (0, 0), max(0.5, side / 500))
    red = (sheet.rng.randint(186, 214), sheet.rng.randint(24, 60), sheet.rng.randint(32, 62))
    sheet.stain(coverage * strength, sheet.px(at[0]) - side // 2, sheet.px(at[1]) - side // 2, red)


def round_seal(
    sheet: Sheet,
    middle: tuple[float, float],
    arc: str,
    *,
    foot: str = "",
    across: float = 40,
    strength: tuple[float, float] = (0.6, 0.92),
) -> None:
    """A round seal with a star, an office's name in an arc, and words below the star.

    `strength` bounds how much ink it leaves (0-1).
    """
    _press(
        sheet,
        _round(sheet.px(across), arc, foot),
        middle,
        strength=sheet.rng.uniform(*strength),
    )


def square_seal(
    sheet: Sheet,
    middle: tuple[float, float],
    text: str,
    *,
    columns: int = 3,
    across: float = 38,
    strength: tuple[float, float] = (0.6, 0.9),
) -> None:
    """A square seal, read in columns from the right; `strength` as for round ones."""
    _press(
        sheet,
        _square(sheet.px(across), text, columns),
        middle,
        strength=sheet.rng.uniform(*strength),
    )
