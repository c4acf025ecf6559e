"""Finding a mark again: which picture a leaked one shows, and whose pattern is in it.

The leaked picture may have been compressed, scaled, blurred, turned a little and cropped. It
is laid over the unmarked original; what is left after the original is taken away is compared
with the patterns of the keys that are asked for, and with patterns of no key at all, which
say how often chance alone would look like this.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.marks import Grey, pattern, with_room

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.quads import Image

#: Standard deviations above chance from which a pattern counts as found.
FOUND = 8.0
#: Leaked pictures are tried at these sizes.
_SCALES = tuple(float(each) for each in np.geomspace(0.5, 2, 21))
#: Height to which originals are reduced for the first look.
_LOW = 24
#: Border around an original, by its shorter side: the leaked picture may show the line below it.
_BORDER = 0.5
#: Smaller reduced pictures and smaller parts of an original are like anything.
_LEAST = 8
_DECOYS = 64
_SHIFT = 3
_ROUGH = 7.0
_LIMIT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How well a leaked picture fits an original (1 is best), and the warp to start from."""

    likeness: float
    warp: Grey


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How strongly a key's pattern stands out: standard deviations above patterns of no key."""

    name: str
    deviations: float


def grey(image: Image) -> Grey:
    """An RGB picture as grey levels."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)


def place(leaked: Grey, original: Grey) -> Placed:
    """Where the leaked picture lies on the original, roughly: at which size and place."""
    low = _LOW / min(original.shape)
    small = _reduced(original, low)
    edge = max(2, int(_BORDER * min(small.shape)))
    padded = cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    best = Placed(likeness=-1.0, warp=np.eye(2, 3, dtype=np.float32))
    for scale in _SCALES:
        part = _reduced(leaked, low * scale)
        if part.shape[0] > padded.shape[0] or part.shape[1] > padded.shape[1]:
            continue
        if min(part.shape) < _LEAST or part.size < 0.3 * small.size:
            continue
        found = cv2.matchTemplate(padded, part, cv2.TM_CCOEFF_NORMED)
        _, likeness, _, (x, y) = cv2.minMaxLoc(found)
        if likeness > best.likeness:
            # The warp takes a point of the original to the leaked picture.
            left, top = (x - edge) / low, (y - edge) / low
            warp = np.array([[1, 0, -left], [0, 1, -top]], np.float32) / scale
            best = Placed(likeness=float(likeness), warp=warp)
    return best


def strengths(
    leaked: Grey, original: Grey, placed: Placed, keys: Mapping[str, bytes]
) -> tuple[Strength, ...]:
    """How strongly each key's pattern stands in the leaked picture, the strongest first."""
    laid = _laid_over(leaked, original, placed)
    if laid is None:
        return ()
    rest, valid = _rest(laid, with_room(original), original.shape)
    chance = [_peak(rest, valid, _decoy(number, rest)) for number in range(_DECOYS)]
    mean, spread = float(np.mean(chance)), float(np.std(chance)) + 1e-9
    found = [
        Strength(
            name=name, deviations=(_peak(rest, valid, pattern(key, *rest.shape)) - mean) / spread
        )
        for name, key in keys.items()
    ]
    return tuple(sorted(found, key=lambda each: -each.deviations))


def _laid_over(leaked: Grey, original: Grey, placed: Placed) -> tuple[Grey, Grey] | None:
    """The leaked picture in the original's frame, and where it is known; None when it won't fit."""
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
    warp, whole = placed.warp.copy(), np.ones(leaked.shape, np.uint8)
    try:
        for blur in (9, 5):
            _, closer = cv2.findTransformECC(
                original, leaked, warp, cv2.MOTION_AFFINE, criteria, whole, blur
            )
            warp = np.asarray(closer, np.float32)
    except cv2.error:
        return None
    size = (original.shape[1], original.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    over = cv2.warpAffine(leaked, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    known = cv2.warpAffine(np.ones_like(leaked), warp, size, flags=flags)
    return np.asarray(over, np.float32), np.asarray(known > 0.99, np.float32)


def _rest(laid: tuple[Grey, Grey], original: Grey, shape: tuple[int, ...]) -> tuple[Grey, Grey]:
    """What the leaked picture has beyond the original, without light, contrast and blur."""
    over, known = laid
    shown = known > 0
    basis = [
        original,
        cv2.GaussianBlur(original, (0, 0), 1.0),
        cv2.GaussianBlur(original, (0, 0), 2.5),
    ]
    columns = np.stack([*(each[shown] for each in basis), np.ones(int(shown.sum()))], axis=1)
    weights, *_ = np.linalg.lstsq(columns, over[shown], rcond=None)
    model = (
        sum((w * each for w, each in zip(weights, basis, strict=False)), np.zeros(shape))
        + weights[-1]
    )
    rest = np.where(shown, over - model, 0).astype(np.float32)
    rest -= cv2.GaussianBlur(rest, (0, 0), _ROUGH) / (
        cv2.GaussianBlur(known, (0, 0), _ROUGH) + 1e-3
    )
    # Along strokes the smallest misfit leaves much: it must not outweigh the paper.
    local = np.sqrt(cv2.GaussianBlur(rest * rest, (0, 0), 2.0)) + 1.0
    return np.clip(rest / local, -_LIMIT, _LIMIT).astype(np.float32) * known, known


def _peak(rest: Grey, valid: Grey, noise: Grey) -> float:
    """The best correlation over small shifts, of the known part."""
    core = noise[_SHIFT:-_SHIFT, _SHIFT:-_SHIFT]
    found = cv2.matchTemplate(rest, core, cv2.TM_CCORR)
    return float(found.max() / np.sqrt(valid.sum() + 1))


def _decoy(number: int, like: Grey) -> Grey:
    return pattern(hashlib.sha256(b"decoy %d" % number).digest(), *like.shape)


def _reduced(image: Grey, scale: float) -> Grey:
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
