"""PDF pages: the embedded picture of a scan, or the drawn page, by pdfium.

Words and tables of pages that were born digital are handled in `textlayer`.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr.pages import PageImage, TextLayerUse, is_blank, refusal, upright_by
from ocr.refusals import refused
from ocr.textlayer import read_layer
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ocr.limits import Limits
    from ocr.lines import TextLayer
    from ocr.quads import Image
    from records.reading import PageRefusal

_POINTS = 72
_DPI = 300
#: A picture that covers this share of its page makes the page a scan.
_FULL_PAGE = 0.8
_MEDIA_TYPE = "application/pdf"


def pdf_pages(
    path: Path, source: str, limits: Limits, use: TextLayerUse, wanted: range
) -> Iterator[PageImage | PageRefusal]:
    """The pages of a PDF; raises InputError where the whole file is refused."""
    with _opened(path) as document:
        count = len(document)
        if not count:
            raise refused("pdf_without_pages", path.name)
        if count > limits.pages:
            raise refused("too_many_pages", path.name)
        for number in wanted[: max(0, count + 1 - wanted.start)]:
            try:
                yield _page(document, path, source, number, limits, use)
            except InputError as error:
                yield refusal(source, number, error)


def count_pages(path: Path) -> int:
    """How many pages a PDF has; raises InputError where it is refused."""
    with _opened(path) as document:
        return len(document)


@contextmanager
def _opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise refused(_fault(path, error.err_code), path.name) from error
    try:
        yield document
    finally:
        document.close()


def _fault(path: Path, code: int | None) -> str:
    """Why pdfium refused a file.

    Its error code may be left over from another file, so the bytes are asked as well.
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        locked = code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        if locked and content.find(b"/Encrypt") >= 0:
            return "encrypted_pdf"
        if re.search(rb"/Count\s+0\b", content):
            return "pdf_without_pages"
    return "damaged_pdf"


def _page(
    document: pypdfium2.PdfDocument,
    path: Path,
    source: str,
    number: int,
    limits: Limits,
    use: TextLayerUse,
) -> PageImage:
    try:
        page = document[number - 1]
        pictures = _full_page_pictures(page)
        # One picture is the scan itself; of several, what the page shows is drawn.
        scan = pictures[0] if len(pictures) == 1 else None
        born_digital = not pictures and not _has_unseen_text(page)
        layer = None
        if use == "only" or (use == "auto" and born_digital):
            layer = read_layer(path, number, dpi=_DPI)
            layer = layer and replace(layer, born_digital=born_digital)
        if use == "only" and layer is None:
            raise refused("no_text_layer", source)
        if scan is not None and layer is None:
            rgb, dpi, turned = _embedded(page, scan, limits, source)
        else:
            rgb, dpi, turned = _drawn(page, limits, source), _DPI, 0
    except (pypdfium2.PdfiumError, ValueError, IndexError) as error:
        raise refused("damaged_pdf", source) from error
    except MemoryError as error:
        raise refused("out_of_memory", source) from error
    if layer is None and is_blank(rgb):
        raise refused("blank_page", source)
    return _result(source, number, upright_by(rgb, turned), dpi, turned, layer)


def _result(
    source: str, number: int, rgb: Image, dpi: int | None, turned: int, layer: TextLayer | None
) -> PageImage:
    return PageImage(
        source=source,
        page=number,
        rgb=rgb,
        dpi=dpi,
        media_type=_MEDIA_TYPE,
        turned=turned,
        text_layer=layer,
    )


def _full_page_pictures(page: pypdfium2.PdfPage) -> list[Any]:
    """The pictures that fill the page, from the bottom up."""
    width, height = page.get_size()
    if page.get_rotation() in {90, 270}:
        width, height = height, width
    filling = []
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        covered = max(0.0, right - left) * max(0.0, top - bottom)
        if covered >= _FULL_PAGE * width * height:
            filling.append(picture)
    return filling


def _has_unseen_text(page: pypdfium2.PdfPage) -> bool:
    """Whether text is there that isn't drawn: what recognition has laid over strips of a scan."""
    texts = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=3)
    unseen = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
    return any(pdfium.FPDFTextObj_GetTextRenderMode(text.raw) in unseen for text in texts)


def _embedded(
    page: pypdfium2.PdfPage,
    picture: Any,  # noqa: ANN401 - pdfium is untyped
    limits: Limits,
    source: str,
) -> tuple[Image, int | None, int]:
    """The picture's own pixels, its resolution, and how the page shows it turned back."""
    width, height = picture.get_px_size()
    if width * height > limits.pixels:
        raise refused("too_many_pixels", source)
    if "DCTDecode" in picture.get_filters():
        _check_jpeg(bytes(picture.get_data()), source)
    a, b, c, d, _, _ = picture.get_matrix().get()
    shown = round(math.degrees(math.atan2(b, a)) / 90) * 90
    rgb = _array(picture.get_bitmap(render=False))
    across = math.hypot(a, b)
    dpi = round(width * _POINTS / across) if across else None
    # Anticlockwise on the page is a clockwise turn of the store that the page undoes;
    # the page's own /Rotate turns clockwise.
    turned = (shown - page.get_rotation()) % 360
    if a * d - b * c < 0:
        # A mirrored placement is how some producers store rows from the bottom up.
        rgb = np.ascontiguousarray(rgb[::-1])
    return rgb, dpi, turned


def _check_jpeg(data: bytes, source: str) -> None:
    if data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda"):
        raise refused("truncated_image", source)


def _drawn(page: pypdfium2.PdfPage, limits: Limits, source: str) -> Image:
    width, height = page.get_size()
    scale = _DPI / _POINTS
    if not 0 < width * height * scale * scale <= limits.pixels:
        raise refused("too_many_pixels", source)
    return _array(page.render(scale=scale))


def _array(bitmap: pypdfium2.PdfBitmap) -> Image:
    """A pdfium bitmap as RGB of its own memory."""
    return np.array(bitmap.to_pil().convert("RGB"))
