"""Two-layer PDF/A-2b (双层 PDF): the picture of each page, and its writing unseen beneath.

ISO 19005-2, level B. The same pages give the same bytes: no time, no random number. Pictures
are spooled to disk a few pages at a time, so a long volume costs no more memory than a short.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from ocr.srgb import srgb_profile
from ocr.unseen_font import add_font, codes_of
from ocr.unseen_text import ACROSS, DOWN, number, operators
from ocr.xml_text import legal
from ocr.xmp import creator, packet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from ocr.pictures import Picture
    from records.reading import PageReading
    from records.written import Origin

_POINTS = 72
#: The resolution of scans that don't state theirs, and the longest side of a page in points.
_DPI, _LONGEST = 300, 14400
#: Pages whose pictures are held in memory at a time.
_TOGETHER = 16
_LANGUAGE = "zh-CN"
_COLOUR, _BYTE, _PNG_PREDICTOR = 3, 8, 15


def write_two_layer(
    stream: BinaryIO,
    pages: Sequence[PageReading],
    pictures: Iterable[Picture],
    origin: Origin,
    *,
    scratch: Path,
) -> None:
    """Write the pages of one document, with their lines and pictures, to a seekable stream.

    `pictures` come in the order of `pages`, each asked for when its turn has come; `scratch` is
    a folder for short-lived files.
    """
    with (
        tempfile.TemporaryDirectory(dir=scratch, prefix="pictures-") as folder,
        ExitStack() as open_,
    ):
        pdf = open_.enter_context(Pdf.new())
        for part in _spool(pages, pictures, Path(folder)):
            pdf.pages.extend(open_.enter_context(Pdf.open(part)).pages)
        _add_text(pdf, pages)
        _add_labels(pdf, pages)
        _declare(pdf, origin)
        pdf.save(
            stream,
            force_version="1.7",
            fix_metadata_version=False,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )


def pages_in(path: Path) -> int:
    """How many pages a PDF has, 0 where it can't be opened."""
    try:
        with pikepdf.open(path) as document:
            return len(document.pages)
    except (pikepdf.PdfError, OSError, ValueError):
        return 0


def _spool(pages: Sequence[PageReading], pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """The pages with their pictures alone, in files of some pages each."""
    parts: list[Path] = []
    pairs = zip(pages, pictures, strict=True)
    while together := list(islice(pairs, _TOGETHER)):
        part = folder / f"{len(parts)}.pdf"
        with Pdf.new() as pdf:
            for page, picture in together:
                _add_page(pdf, page, picture)
            # The data is packed already, and what qpdf would gain is not worth its time.
            pdf.save(part, compress_streams=False)
        parts.append(part)
    return parts


def _scale(page: PageReading) -> float:
    """Points per pixel."""
    return min(_POINTS / (page.dpi or _DPI), _LONGEST / max(page.size))


def _add_page(pdf: Pdf, page: PageReading, picture: Picture) -> None:
    width, height = (side * _scale(page) for side in page.size)
    shown = f"q {_placed(picture.turned, width, height)} cm /Scan Do Q\n"
    pdf.pages.append(
        pikepdf.Page(
            Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, Decimal(number(width)), Decimal(number(height))]),
                Resources=Dictionary(XObject=Dictionary(Scan=_image(pdf, picture))),
                Contents=pdf.make_indirect(Stream(pdf, shown.encode("ascii"))),
            )
        )
    )


def _placed(turned: int, width: float, height: float) -> str:
    """The matrix that sets a picture upright that was turned clockwise."""
    w, h = number(width), number(height)
    return {
        0: f"{w} 0 0 {h} 0 0",
        90: f"0 {h} -{w} 0 {w} 0",
        180: f"-{w} 0 0 -{h} {w} {h}",
        270: f"0 -{h} {w} 0 0 {h}",
    }[turned]


def _image(pdf: Pdf, picture: Picture) -> pikepdf.Object:
    width, height = picture.size
    image = Stream(pdf, picture.data)
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Width, image.Height, image.BitsPerComponent = width, height, picture.bits
    image.Filter = Name(picture.filter)
    image.ColorSpace = Name.DeviceRGB if picture.channels == _COLOUR else Name.DeviceGray
    if picture.profile:
        profile = Stream(pdf, picture.profile, N=picture.channels)
        image.ColorSpace = Array([Name.ICCBased, pdf.make_indirect(profile)])
    if picture.filter == "/FlateDecode" and picture.bits == _BYTE:
        image.DecodeParms = Dictionary(
            Predictor=_PNG_PREDICTOR, Colors=picture.channels, BitsPerComponent=picture.bits,
            Columns=width,
        )  # fmt: skip
    return pdf.make_indirect(image)


def _add_text(pdf: Pdf, pages: Sequence[PageReading]) -> None:
    codes = codes_of(line.text for page in pages for line in page.lines)
    if not codes:
        return
    across, down = add_font(pdf, codes)
    for page, sheet in zip(pages, pdf.pages, strict=True):
        if page.lines:
            scale = _scale(page)
            said = operators(page.lines, codes, scale=scale, height=page.size[1] * scale)
            sheet.Resources.Font = Dictionary({ACROSS: across, DOWN: down})
            # Beneath the picture, so that a viewer that ignores the render mode hides it too.
            sheet.Contents = Array([pdf.make_indirect(Stream(pdf, said)), sheet.obj.Contents])


def _add_labels(pdf: Pdf, pages: Sequence[PageReading]) -> None:
    """Number the pages as in the scan where some of them were set aside."""
    numbers = [page.page for page in pages]
    if numbers != list(range(1, len(numbers) + 1)):
        labels = [
            item
            for i, number in enumerate(numbers)
            for item in (i, Dictionary(S=Name.D, St=number))
        ]
        pdf.Root.PageLabels = pdf.make_indirect(Dictionary(Nums=Array(labels)))


def _declare(pdf: Pdf, origin: Origin) -> None:
    """What makes a PDF a PDF/A: what its colours mean, and what it says of itself."""
    profile = pdf.make_indirect(Stream(pdf, srgb_profile(), N=_COLOUR))
    intent = Dictionary(
        Type=Name.OutputIntent, S=Name.GTS_PDFA1, DestOutputProfile=profile,
        OutputConditionIdentifier="sRGB IEC61966-2.1", Info="sRGB IEC61966-2.1",
        RegistryName="http://www.color.org",
    )  # fmt: skip
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    pdf.Root.Lang = _LANGUAGE
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    producer = f"pikepdf {pikepdf.__version__}"
    said = packet(origin, producer=producer, language=_LANGUAGE)
    metadata = Stream(pdf, said, Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Metadata = pdf.make_indirect(metadata)
    pdf.docinfo.Title = legal(origin.name)
    pdf.docinfo.Creator = creator(origin)
    pdf.docinfo.Producer = producer
