"""Red ink taken off a picture, dark strokes under it kept.

Seals and red stamps are bright in the red channel while ink is dark in it, so a reddish
pixel is replaced by its red channel alone. Printed red labels vanish too: whether to look
at a place with or without its red is the reader's choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.quads import Image

#: Excess of red over green and blue, paper levelled to white: none below, all red above.
_FAINT, _FULL = 22, 56
#: Red-channel values of strokes and of bare seal ink; in between is stretched.
_STROKE, _INK = 80, 190
_DARKEST_PAPER = 120


def remove_red(image: Image) -> Image:
    """The RGB picture with red and pink ink turned into paper; itself when there is none."""
    paper = _paper(image)
    levels = np.arange(256, dtype=np.float32)
    table = np.minimum(255, levels[:, None] * 255 / paper).astype(np.uint8)
    red, green, blue = cv2.split(cv2.LUT(image, table[:, None, :]))
    excess = cv2.subtract(red, cv2.max(green, blue))
    if int(excess.max()) <= _FAINT:
        return image
    share = np.clip((levels - _FAINT) / (_FULL - _FAINT), 0, 1)
    lifted = np.where(
        levels < _STROKE,
        levels,
        np.minimum(255, _STROKE + (levels - _STROKE) * (255 - _STROKE) / (_INK - _STROKE)),
    )
    weight = cv2.merge([cv2.LUT(excess, (share * 255).astype(np.uint8))] * 3)
    plain = cv2.LUT(red, lifted.astype(np.uint8))
    planes = [cv2.LUT(plain, (levels * tone / 255).astype(np.uint8)) for tone in paper]
    cleaned = cv2.add(
        cv2.multiply(cv2.merge(planes), weight, scale=1 / 255),
        cv2.multiply(image, cv2.bitwise_not(weight), scale=1 / 255),
    )
    return np.asarray(cleaned, dtype=np.uint8)


def _paper(image: Image) -> NDArray[np.float32]:
    """The colour of the paper: what the lighter half of the picture mostly shows."""
    step = max(1, min(image.shape[:2]) // 200)
    sample = image[::step, ::step].reshape(-1, 3)
    light = sample[sample[:, 0] >= np.median(sample[:, 0])]
    tone: NDArray[np.float32] = np.maximum(np.median(light, axis=0), _DARKEST_PAPER).astype(
        np.float32
    )
    return tone
