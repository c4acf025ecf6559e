"""A traced value as text and as a page with the picture of the paper.

The chain itself comes from the warehouse; here it is shown. Unlike a report, what is shown
holds a person's data: the page is written for its user alone.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image as Pictures

from flows.originals import as_path, require_unchanged
from flows.paper import environment
from flows.plots import FONTS
from ocr.snippets import cut_from, page_pixels
from records.errors import InputError
from warehouse.words import field_words

if TYPE_CHECKING:
    from datetime import datetime

    from ocr.quads import Image
    from warehouse.lineage import Trace

#: Longest side of the page in the page's picture; the field itself is cut at full size.
_LONGEST = 1600
_QUALITY = 82


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The upright page, small, and the field, as `data:` addresses.

    `size` is that of the upright page in pixels, in which the trace's box is given. `field`
    is None where the reading has no box.
    """

    size: tuple[int, int]
    page: str
    field: str | None


def picture_of(found: Trace) -> Picture:
    """The paper behind a traced value.

    Raises InputError when the scan isn't where it was, was changed, or can't be shown.
    """
    if found.scan_id is None or found.scan_file is None:
        raise InputError(
            "not_found",
            what="没有该页的扫描件 · the scan of this page isn't known",
            where=found.page_id[:12],
            remedy="用 intake 重新登记扫描件 · enter the scan again",
        )
    path = as_path(found.scan_file)
    try:
        require_unchanged(found.scan_id, path)
    except OSError as error:
        raise InputError(
            "not_found",
            what="扫描件已不在原处 · the scan isn't where it was",
            where=path.name,
            remedy="放回原处后重试 · put it back where it was, then run this again",
        ) from error
    upright = page_pixels(path, found.page, found.rotation or 0)
    height, width = upright.shape[:2]
    return Picture(
        size=(width, height),
        page=_data("image/jpeg", _reduced(upright)),
        field=_data("image/png", cut_from(upright, found.box)) if found.box else None,
    )


def trace_page(found: Trace, picture: Picture | InputError, *, now: datetime) -> str:
    """The traced value as HTML; an InputError in place of the picture is shown as the reason."""
    template = environment().get_template("trace.html.j2")
    zh, en = field_words(found.field)
    refused = picture if isinstance(picture, InputError) else None
    return template.render(
        t=found,
        words={"zh": zh, "en": en},
        picture=None if refused else picture,
        refused=refused,
        flags=[json.loads(each.flags or "[]") for each in found.readings],
        evidence=[_bits(each.evidence) for each in found.matches],
        shown_at=now,
        fonts=FONTS,
    )


def _bits(evidence: str) -> list[tuple[str, float]]:
    """Compared fields with their weight in bits, the weightiest first."""
    weights: dict[str, float] = json.loads(evidence)
    return sorted(weights.items(), key=lambda pair: -abs(pair[1]))


def _reduced(image: Image) -> bytes:
    picture = Pictures.fromarray(image)
    picture.thumbnail((_LONGEST, _LONGEST))
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=_QUALITY)
    return sink.getvalue()


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
