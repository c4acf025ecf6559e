"""What years and scanners do to a sheet: yellowing, folds, stains, fading, skew, noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from drawing.sheet import Box, Sheet

PAPERS = {
    "white": (250, 249, 245),
    "cream": (243, 235, 214),
    "yellowed": (232, 217, 180),
    "brown": (218, 198, 158),
    "grey": (226, 224, 216),
    "pink": (250, 229, 229),
    "rose": (246, 214, 212),
    "pale-green": (228, 238, 224),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a sheet has fared and how it was scanned; `severity` 0-2 sums it up."""

    severity: int
    paper: str
    mottle: float
    stains: int
    folds: int
    bleed: float
    fade: float
    speckle: int
    skew: float
    perspective: float
    border: float
    blur: float
    grain: float
    quality: int
    rotation: int = 0
    tilt: float = 0.0


def condition(rng: Random, severity: int, papers: str) -> Condition:
    """A condition of about this severity on one of the papers (names with spaces)."""
    much = (0.3, 0.65, 1.0)[severity]
    return Condition(
        severity=severity,
        paper=rng.choice(papers.split()),
        mottle=rng.uniform(2, 7) * (0.5 + 1.6 * much),
        stains=rng.choice(((0, 0, 0), (0, 0, 1), (1, 2, 3))[severity]),
        folds=rng.choice(((0, 0, 1), (0, 1, 1), (1, 1, 2))[severity]),
        bleed=rng.choice((0.0, rng.uniform(0.03, 0.13))) * (much + 0.2),
        fade=rng.uniform(0.0, 0.62) * much,
        speckle=int(rng.uniform(0, 90) * much),
        skew=max(-3.0, min(3.0, rng.gauss(0, 0.35 + 1.1 * much))),
        perspective=rng.uniform(0, 0.012) * much,
        border=rng.choice((0.0, 0.0, rng.uniform(1.0, 6.0))),
        blur=rng.uniform(0, 0.55) + 0.7 * much * rng.random(),
        grain=rng.uniform(1.0, 4.0) + 3.0 * much,
        quality=rng.choice(((75, 82), (66, 74), (48, 60))[severity]),
    )


def _clouds(noise: np.random.Generator, shape: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """Smooth noise about 0, a few cells across."""
    height, width = shape
    across = max(2, round(cells * width / max(shape)))
    down = max(2, round(cells * height / max(shape)))
    coarse = noise.normal(0, 1, (down, across)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _shade(sheet: Sheet, how: Condition) -> NDArray[np.float32]:
    """How much light each spot of the paper gives back, against its colour (1 = all)."""
    shape = sheet.ink.shape[:2]
    noise = sheet.noise
    fibre = noise.standard_normal((shape[0] // 2 + 1, shape[1] // 2 + 1), np.float32)
    shade = cv2.resize(fibre, shape[::-1]) * 0.008
    shade += _clouds(noise, shape, 9) * how.mottle / 255 + _clouds(noise, shape, 40) * 0.005
    for _ in range(how.folds):
        _crease(shade, sheet)
    return np.asarray(shade + 1, np.float32)


def _crease(shade: NDArray[np.float32], sheet: Sheet) -> None:
    height, width = shade.shape
    across = sheet.rng.random() < 0.5
    length = width if across else height
    place = sheet.rng.choice((0.5, 0.5, 0.33, 0.67)) + sheet.rng.uniform(-0.03, 0.03)
    lean = sheet.rng.uniform(-0.01, 0.01)
    line = np.arange(length)
    centre = (height if across else width) * (place + lean * (line / length - 0.5))
    wide = max(1, sheet.px(0.35))
    for offset in range(-3 * wide, 3 * wide + 1):
        depth = np.exp(-((offset / wide) ** 2)) * 0.13 * (1 if offset > 0 else -0.5)
        spot = np.clip(centre + offset, 0, (height if across else width) - 1).astype(int)
        if across:
            shade[spot, line] -= depth
        else:
            shade[line, spot] -= depth


def _spill(colour: NDArray[np.float32], sheet: Sheet) -> None:
    """A ring-edged stain."""
    height, width = colour.shape[:2]
    rng = sheet.rng
    reach = sheet.px(rng.uniform(9, 26))
    x, y = rng.randrange(width), rng.randrange(height)
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    waves = sum(
        rng.uniform(0.03, 0.14) * np.sin(angles * k + rng.uniform(0, 6)) for k in range(2, 6)
    )
    points = np.stack(
        [x + reach * (1 + waves) * np.cos(angles), y + reach * (1 + waves) * np.sin(angles)], 1
    )
    mask = np.zeros((height, width), np.uint8)
    outline = [np.round(points).astype(np.int32)]
    cv2.fillPoly(mask, outline, 70)
    cv2.polylines(mask, outline, True, 190, max(2, sheet.px(0.7)))  # noqa: FBT003 - cv2 takes it by place
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, sheet.px(0.4))).astype(np.float32) / 255
    colour *= 1 - soft[..., None] * np.array([0.16, 0.24, 0.36], np.float32)


def _specks(image: NDArray[np.uint8], sheet: Sheet, how: Condition) -> None:
    height, width = image.shape[:2]
    for _ in range(how.speckle):
        spot = (sheet.rng.randrange(width), sheet.rng.randrange(height))
        tone = sheet.rng.randint(40, 130)
        size = sheet.rng.choice((1, 1, 1, 2))
        cv2.circle(image, spot, size, (tone, int(tone * 0.9), int(tone * 0.7)), -1, cv2.LINE_AA)


def age(sheet: Sheet, how: Condition) -> NDArray[np.uint8]:
    """The sheet's ink on its paper after the years."""
    ink = sheet.ink.astype(np.float32)
    ink *= 1 / 255
    if how.fade:
        kept = 1 - how.fade * np.clip(0.5 + 0.6 * _clouds(sheet.noise, ink.shape[:2], 7), 0, 1)
        np.subtract(1, ink, out=ink)
        ink *= kept.astype(np.float32)[..., None]
        np.subtract(1, ink, out=ink)
    if how.bleed:
        # The other side is taken to bear the same form, seen through the paper.
        behind = cv2.GaussianBlur(sheet.ink[:, ::-1], (0, 0), max(0.8, sheet.px(0.25)))
        grey = cv2.cvtColor(behind, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        ink *= (1 - how.bleed * (1 - grey))[..., None]
    base = np.array(PAPERS[how.paper], np.float32) * np.array(sheet.tint, np.float32) / 255
    ink *= base
    ink *= _shade(sheet, how)[..., None]
    for _ in range(how.stains):
        _spill(ink, sheet)
    image = np.clip(ink, 0, 255, out=ink).astype(np.uint8)
    _specks(image, sheet, how)
    return image


def _transform(shape: tuple[int, int], how: Condition, rng: Random) -> NDArray[np.float64]:
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    pushed = corners + np.array(
        [[rng.uniform(-1, 1) * how.perspective * max(shape) for _ in range(2)] for _ in range(4)],
        np.float32,
    )
    if how.tilt:
        # A camera held askew: the far corners come nearer together, none leaves the picture.
        inward = np.sign(np.array([[width, height]], np.float32) / 2 - corners)
        pushed += inward * np.array(
            [[rng.random() * how.tilt * max(shape) for _ in range(2)] for _ in range(4)], np.float32
        )
    lens = cv2.getPerspectiveTransform(corners, pushed)
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), how.skew, 1.0), [0, 0, 1]])
    return np.asarray(turn @ lens, np.float64)


def scan(
    sheet: Sheet, page: NDArray[np.uint8], how: Condition
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The page as the scanner saw it, and where its points went (3 × 3 matrix)."""
    edge = sheet.px(how.border)
    dark = sheet.rng.choice(((30, 28, 26), (12, 12, 12), (70, 66, 60), (205, 203, 198)))
    if edge:
        page = cv2.copyMakeBorder(page, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=dark)
    moved = _transform(page.shape[:2], how, sheet.rng)
    height, width = page.shape[:2]
    mode = cv2.BORDER_CONSTANT if edge or how.tilt else cv2.BORDER_REPLICATE
    page = cv2.warpPerspective(
        page, moved, (width, height), flags=cv2.INTER_LINEAR, borderMode=mode, borderValue=dark
    )
    if how.blur > 0.25:
        page = cv2.GaussianBlur(page, (0, 0), how.blur)
    grain = sheet.noise.standard_normal(page.shape[:2], np.float32) * how.grain
    page = cv2.add(page, cv2.merge([np.rint(grain).astype(np.int16)] * 3), dtype=cv2.CV_8U)
    shift = np.array([[1, 0, edge], [0, 1, edge], [0, 0, 1]], np.float64)
    return page, np.asarray(moved @ shift, np.float64)


def moved_box(box: Box, matrix: NDArray[np.float64], shape: tuple[int, ...]) -> list[int]:
    """A box after the scan: whole pixels, inside the page."""
    left, top, right, bottom = box
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
    seen = cv2.perspectiveTransform(corners, matrix)[0]
    low = np.floor(seen.min(axis=0)) - 2
    high = np.ceil(seen.max(axis=0)) + 2
    height, width = shape[:2]
    return [
        int(max(0, low[0])),
        int(max(0, low[1])),
        int(min(width, high[0])),
        int(min(height, high[1])),
    ]
