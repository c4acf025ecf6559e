"""Files to pages: every page of a scan as pixels, one at a time.

A page that can't be had becomes a refusal with its reason, and the next page follows.
What stands on a page is not handled here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ocr.limits import Limits
from ocr.refusals import refused
from ocr.sniff import sniff
from records.errors import BackfillError, InputError
from records.reading import PageRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ocr.lines import TextLayer
    from ocr.quads import Image

#: What is done with a PDF's text layer: `auto` takes it from pages that were born digital,
#: `only` wants it on every page, `never` looks at pixels alone.
TextLayerUse = Literal["auto", "only", "never"]

#: A page whose grey values stray less than this from its own light is blank.
_BLANK_CONTRAST = 12
#: The share of pixels, at either end, that don't count.
_STRAY = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageImage:
    """One page as pixels.

    `rgb` is (H, W, 3) uint8. `turned` is by how many degrees clockwise the stored picture
    was turned according to its own metadata, which has been undone in `rgb`; the rotation
    of the scan is `turned` plus whatever turn is still found in `rgb`, modulo 360.
    `text_layer` is there for pages that were born digital.
    """

    source: str
    page: int
    rgb: Image
    dpi: int | None
    media_type: str
    turned: int = 0
    text_layer: TextLayer | None = None


def load_pages(
    path: Path,
    *,
    limits: Limits | None = None,
    text_layer: TextLayerUse = "auto",
    first: int = 1,
    last: int | None = None,
) -> Iterator[PageImage | PageRefusal]:
    """The pages of a file in order, each decoded when it is asked for.

    A file that can't be opened gives one refusal, of page `first`. `first` and `last` ask
    for a part of the pages, counted from 1. Never raises for bad input.
    """
    limits = limits or Limits()
    source = source_name(path)
    wanted = range(first, (last or limits.pages) + 1)
    try:
        media_type = sniff(path, limits).media_type
        if media_type == "application/pdf":
            from ocr.pdfs import pdf_pages  # noqa: PLC0415 - loaded only where a PDF occurs

            yield from pdf_pages(path, source, limits, text_layer, wanted)
        elif text_layer == "only":
            raise refused("no_text_layer", path.name)
        else:
            from ocr.rasters import raster_pages  # noqa: PLC0415 - Pillow only where needed

            yield from raster_pages(path, source, media_type, limits, wanted)
    except InputError as error:
        yield refusal(source, first, error)


def page_count(path: Path, limits: Limits | None = None) -> int:
    """How many pages a file has; 1 where that can't be told.

    Raises InputError where the file is refused as a whole.
    """
    limits = limits or Limits()
    media_type = sniff(path, limits).media_type
    if media_type == "application/pdf":
        from ocr.pdfs import count_pages  # noqa: PLC0415 - as above

        return count_pages(path)
    if media_type == "image/tiff":
        from ocr.rasters import count_frames  # noqa: PLC0415 - as above

        return count_frames(path, limits)
    return 1


def refusal(source: str, page: int, error: BackfillError) -> PageRefusal:
    """The refusal that reports an error."""
    return PageRefusal(source=source, page=page, reason=error.reason, detail=error.what)


def source_name(path: Path) -> str:
    """A path as text that any encoding can carry; undecodable bytes become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_blank(rgb: Image) -> bool:
    """Whether nothing at all stands on a page: no pixel differs from its surroundings.

    Looks at the inner nine tenths, as edges of scans carry shadows. A yellowed sheet
    with specks isn't caught here but by the search for lines, which finds none.
    """
    height, width = rgb.shape[:2]
    inner = rgb[height // 20 : height - height // 20, width // 20 : width - width // 20]
    step = max(1, min(inner.shape[:2]) // 500)
    # Any ink is darker than paper in green light.
    reached = np.bincount(inner[::step, ::step, 1].ravel()).cumsum()
    if not reached.size:
        return True
    low, high = np.searchsorted(reached, reached[-1] * np.array([_STRAY, 1 - _STRAY]))
    return bool(high - low < _BLANK_CONTRAST)


def upright_by(rgb: Image, degrees: int) -> Image:
    """Undo a clockwise turn of 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(rgb, degrees // 90)) if degrees else rgb
