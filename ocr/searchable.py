"""Reading a page together with everything that is written on it.

What `ocr.reader` does, and the page's lines beside its fields.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ocr.orient import upright
from ocr.page_lines import see_page
from ocr.reader import read_image
from ocr.text_reading import read_text_layer
from ocr.written_lines import written_layer, written_lines

if TYPE_CHECKING:
    from ocr.models import Models
    from ocr.pages import PageImage
    from records.reading import PageReading


def read_with_lines(page: PageImage, models: Models) -> PageReading:
    """Read one page, lines included; raises InputError (`blank_page`) where nothing is written."""
    layer = page.text_layer
    if layer is not None:
        reading = read_text_layer(page, layer)
        if reading.fields:
            return replace(reading, lines=written_layer(layer))
    found = upright(page.rgb, models)
    rotation = (page.turned + found.rotation) % 360
    reading = read_image(found.image, found.quads, models, page=page, rotation=rotation)
    # The lines were recognised a moment ago, and the recogniser remembers them.
    seen = see_page(found.image, found.quads, models)
    return replace(reading, lines=written_lines(seen, reading.fields))
