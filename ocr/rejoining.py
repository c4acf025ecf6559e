"""An attacker who would say which pictures come from one certificate, by their looks alone.

Traits of each picture (paper, ink, pen, writing, size, traces of scanner and compression) are
measured; what a pair's differences tell is learnt by logistic regression from pages whose
truth is known, as in linkage by comparison vectors (Fellegi & Sunter 1969) and in attacks that
are judged by their advantage over guessing (Yeom et al. 2018). What is written is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.logistic import regression

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from ocr.quads import Image

Traits = NDArray[np.float64]

#: Directions of strokes that are told apart.
_DIRECTIONS = 8
#: Pairs that are learnt from, and strangers for each pair of one certificate.
_PAIRS, _STRANGERS = 1500, 3
#: Differences beyond so many spreads say no more.
_FARTHEST = 4.0
_LEAST = 5


def traits(data: bytes) -> Traits:
    """The traits of one picture (PNG or JPEG), 26 numbers."""
    image = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
    tones = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    level, _ = cv2.threshold(tones, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = tones <= level
    if min(int(ink.sum()), int((~ink).sum())) < _LEAST:
        ink = np.zeros_like(ink)
        ink[:2] = True
    colours = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.float64)
    paper, stroke = np.median(colours[~ink], axis=0), np.median(colours[ink], axis=0)
    return np.array(
        [
            *paper,
            *stroke,
            paper[0] - stroke[0],
            *_grain(tones, ink),
            *_strokes(tones, ink, float(paper[0] - stroke[0])),
            *_extent(ink),
            np.log(len(data) / tones.size),
        ]
    )


def _grain(tones: Image, ink: NDArray[np.bool_]) -> tuple[float, float]:
    """Traces of paper, scanner and compression: its unrest, and steps at every eighth pixel."""
    fine = tones.astype(np.float32) - cv2.GaussianBlur(tones, (0, 0), 2).astype(np.float32)
    bare = cv2.erode((~ink).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    unrest = float(fine[bare].std()) if int(bare.sum()) > _LEAST else 0.0
    steps = np.abs(np.diff(tones.astype(np.float32), axis=1)).mean(axis=0)
    blocks = float(steps[7::8].mean() - steps.mean()) if len(steps) > 2 * _DIRECTIONS else 0.0
    return float(np.log1p(unrest)), blocks


def _strokes(tones: Image, ink: NDArray[np.bool_], contrast: float) -> list[float]:
    """The pen and the hand: breadth, sharpness, density, and the directions of strokes."""
    across, down = cv2.Sobel(tones, cv2.CV_32F, 1, 0), cv2.Sobel(tones, cv2.CV_32F, 0, 1)
    steepness = np.hypot(across, down)
    turns = np.arctan2(down, across) % np.pi
    counts, _ = np.histogram(turns, _DIRECTIONS, (0, np.pi), weights=steepness)
    mask = ink.astype(np.uint8)
    edge = int(mask.sum()) - int(cv2.erode(mask, np.ones((3, 3), np.uint8)).sum())
    parts, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    specks = float((stats[1:, cv2.CC_STAT_AREA] < 3 * _LEAST).mean()) if parts > 1 else 0.0
    return [
        *(10 * counts / (counts.sum() + 1e-6)),
        float(np.log(2 * ink.sum() / (edge + 1))),
        float(np.percentile(steepness, 99)) / (abs(contrast) + _LEAST),
        float(ink.mean()),
        specks,
    ]


def _extent(ink: NDArray[np.bool_]) -> tuple[float, ...]:
    """Sizes, as logarithms: of the picture, and the shorter side of what is written."""
    rows, columns = np.nonzero(ink)
    written = min(np.ptp(rows), np.ptp(columns)) + 1
    return (*(float(np.log(side)) for side in ink.shape), float(np.log(written)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker:
    """What somebody learnt of how pictures of one certificate are alike."""

    weights: Traits
    middle: Traits
    spread: Traits

    def likeness(self, seen: Traits) -> Traits:
        """How much any two of `seen` (pictures, traits) look to be of one certificate."""
        scaled = _scaled(seen, self.middle, self.spread)
        apart = np.abs(scaled[:, None, :] - scaled[None, :, :])
        alike: Traits = -(apart @ self.weights)
        np.fill_diagonal(alike, -np.inf)
        return alike


def _scaled(seen: Traits, middle: Traits, spread: Traits) -> Traits:
    return np.clip((seen - middle) / spread, -_FARTHEST, _FARTHEST)


def learn(seen: Traits, certificates: Sequence[str], chance: random.Random) -> Attacker:
    """The attacker that pages of known truth make: `certificates` names each picture's."""
    middle = np.median(seen, axis=0)
    spread = np.percentile(seen, 84, axis=0) - np.percentile(seen, 16, axis=0) + 1e-3
    known = range(len(certificates))
    kin = [(a, b) for a, b in combinations(known, 2) if certificates[a] == certificates[b]]
    kin = chance.sample(kin, min(len(kin), _PAIRS))
    drawn = [tuple(chance.sample(known, 2)) for _ in range(_STRANGERS * len(kin))]
    strangers = [(a, b) for a, b in drawn if certificates[a] != certificates[b]]
    if not kin or not strangers:
        return Attacker(weights=np.zeros(seen.shape[1]), middle=middle, spread=spread)
    scaled = _scaled(seen, middle, spread)
    first, second = np.array(kin + strangers).T
    apart = np.abs(scaled[first] - scaled[second])
    shown = np.column_stack([apart, np.ones(len(apart))])
    right = np.repeat([1.0, 0.0], [len(kin), len(strangers)])
    still = np.zeros(shown.shape[1])
    weights = regression(shown, right, still, 1.0, still)
    return Attacker(weights=-weights[:-1], middle=middle, spread=spread)
