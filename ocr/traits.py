"""What a scan is like as a picture: its colours, its true resolution, and a fingerprint.

Nothing here says what stands on the page. The fingerprint is that of Zauner (2010), pHash:
the signs of the lowest frequencies, which a second scan or another encoding leaves alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.pages import upright_by
from ocr.quads import greatest_channel, least_channel
from records.reading import Colours, PageTraits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ocr.pages import PageImage
    from ocr.quads import Image
    from records.reading import FieldReading, PageReading

#: Grey pages differ between channels by at most so much in all but a few of their pixels.
_GREYISH, _FEW = 12, 0.995
#: Every so many pixels are looked at for colours, on the longer side of a page.
_LOOKED_AT = 800
#: The fingerprint comes from a picture of this side, and from so many frequencies each way.
_SIDE, _FREQUENCIES = 64, 8
#: Paper is at least so bright, as a share of the brightest, and a row or column of a page
#: holds so much of it; the rest is the scanner's lid.
_BRIGHT, _OF_PAPER = 0.55, 0.5
#: How high the box of a line is on paper in the middle, in millimetres (6.5 to 10 on the
#: sample pages, whose resolution is known), and how many boxes are needed.
_LINE, _FEWEST = 8.4, 4
_INCH = 25.4


def traits_of(page: PageImage, reading: PageReading) -> PageTraits:
    """The traits of a page that was read."""
    upright = upright_by(page.rgb, (reading.rotation - page.turned) % 360)
    return PageTraits(
        colours=colours_of(page.rgb),
        dpi_by_text=dpi_by_text(reading.fields),
        fingerprint=fingerprint(upright),
    )


def colours_of(rgb: Image) -> Colours:
    """Whether a picture is in colour, in greys, or in black and white alone."""
    step = max(1, max(rgb.shape[:2]) // _LOOKED_AT)
    few = np.ascontiguousarray(rgb[::step, ::step])
    least, greatest = least_channel(few), greatest_channel(few)
    if (least == greatest).all() and ((least == 0) | (least == 255)).all():
        return Colours.TWO_TONE
    # The greatest is never below the least, so bytes don't wrap around.
    grey = greatest - least <= _GREYISH
    return Colours.GREY if grey.mean() >= _FEW else Colours.COLOUR


def dpi_by_text(fields: Sequence[FieldReading]) -> int | None:
    """The resolution by the height of what was read, within a third; None for little text.

    Lines of certificates and ledgers are much the same height on paper, whatever their form.
    """
    heights = [min(b.right - b.left, b.bottom - b.top) for f in fields if (b := f.box)]
    if len(heights) < _FEWEST:
        return None
    return round(float(np.median(heights)) * _INCH / _LINE)


def fingerprint(rgb: Image) -> int:
    """Bits, 63 of them, by which a page is known again whatever its size, light or encoding.

    Two papers of one form differ in as few bits as two scans of one paper: by itself the
    fingerprint is no proof.
    """
    small = cv2.resize(_paper(rgb), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lowest = cv2.dct(small.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES].ravel()
    # The first is the mean, which says how light a scan is.
    bits = lowest[1:] > np.median(lowest[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big") >> 1


def _paper(rgb: Image) -> NDArray[np.uint8]:
    """The page in green light, without the dark around it."""
    green = rgb[:, :, 1]
    shrunk = cv2.resize(green, (256, 256), interpolation=cv2.INTER_AREA)
    bright = shrunk > _BRIGHT * np.percentile(shrunk, 95)
    rows = np.flatnonzero(bright.mean(axis=1) > _OF_PAPER)
    columns = np.flatnonzero(bright.mean(axis=0) > _OF_PAPER)
    if not rows.size or not columns.size:
        return np.ascontiguousarray(green)
    height, width = green.shape
    top, bottom = rows[0] * height // 256, (rows[-1] + 1) * height // 256
    left, right = columns[0] * width // 256, (columns[-1] + 1) * width // 256
    return np.ascontiguousarray(green[top:bottom, left:right])
