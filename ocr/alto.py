"""The writing of a document as ALTO 4 XML (Library of Congress, schema version 4.4).

Boxes are pixels of the upright page. `WC` is a field's calibrated confidence where a word is
a field's text, otherwise the chance of the word's least sure character by the reader's own
account, as are `CC` and `GC`. No time is written, so that the same pages give the same bytes.
"""

from __future__ import annotations

from itertools import count, groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np

from ocr.confidence import model
from ocr.xml_text import legal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from records.reading import PageReading
    from records.written import Origin, Point, WrittenLine, WrittenWord

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_LOCATION = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_VERSION = "4.4"


def alto(pages: Sequence[PageReading], origin: Origin) -> bytes:
    """The pages of one document as an ALTO file in UTF-8, at least one page."""
    root = ET.Element(
        "alto",
        {
            "xmlns": _NAMESPACE,
            "xmlns:xsi": _SCHEMA,
            "xsi:schemaLocation": f"{_NAMESPACE} {_LOCATION}",
            "SCHEMAVERSION": _VERSION,
        },
    )
    tags = _tags(pages)
    _describe(root, pages, origin)
    if tags:
        _add_tags(root, tags)
    layouts = [_page(page, tags) for page in pages]
    blocks = [[block.attrib["ID"] for block in page.iter("TextBlock")] for page in layouts]
    if any(blocks):
        _add_order(root, blocks, pages)
    ET.SubElement(root, "Layout").extend(layouts)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


_Tags = dict[tuple[str, int | None], str]


def _tags(pages: Sequence[PageReading]) -> _Tags:
    """An id for each field that words belong to."""
    words = (word for page in pages for line in page.lines for word in line.words)
    fields = sorted({(word.field, word.row or 0) for word in words if word.field})
    return {(name, row or None): f"FIELD{i}" for i, (name, row) in enumerate(fields, 1)}


def _add_tags(root: ET.Element, tags: _Tags) -> None:
    group = ET.SubElement(root, "Tags")
    for (name, row), identifier in tags.items():
        attributes = {"ID": identifier, "TYPE": "field", "LABEL": name}
        if row is not None:
            attributes["DESCRIPTION"] = f"row {row}"
        ET.SubElement(group, "OtherTag", attributes)


def _describe(root: ET.Element, pages: Sequence[PageReading], origin: Origin) -> None:
    description = ET.SubElement(root, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = legal(origin.name)
    digest = ET.SubElement(source, "fileIdentifier", fileIdentifierLocation="SHA-256")
    digest.text = origin.sha256
    for turn in sorted({page.rotation for page in pages if page.rotation}):
        what = f"turned anticlockwise by {turn} degrees, which sets the page upright"
        _add_step(description, f"TURN{turn}", "preOperation", what, "", origin)
    for engine in sorted({page.engine for page in pages}):
        settings = f"engine {engine}; calibration {model().version}"
        what = "lines found, read and decoded by the rules of the form's fields"
        _add_step(description, _engine_id(engine), "contentGeneration", what, settings, origin)


def _add_step(
    parent: ET.Element, identifier: str, category: str, what: str, settings: str, origin: Origin
) -> None:
    step = ET.SubElement(parent, "Processing", ID=identifier)
    ET.SubElement(step, "processingCategory").text = category
    ET.SubElement(step, "processingStepDescription").text = what
    if settings:
        ET.SubElement(step, "processingStepSettings").text = settings
    software = ET.SubElement(step, "processingSoftware")
    ET.SubElement(software, "softwareName").text = origin.software
    ET.SubElement(software, "softwareVersion").text = origin.version


def _engine_id(engine: str) -> str:
    return f"ENGINE-{engine}"


def _add_order(
    root: ET.Element, blocks: Sequence[Sequence[str]], pages: Sequence[PageReading]
) -> None:
    """The blocks of each page in the order in which they are read."""
    order = ET.SubElement(root, "ReadingOrder")
    for page, names in zip(pages, blocks, strict=True):
        if names:
            group = ET.SubElement(order, "OrderedGroup", ID=f"ORDER{page.page}")
            for name in names:
                ET.SubElement(group, "ElementRef", ID=f"{name}-ORDER", REF=name)


def _page(page: PageReading, tags: _Tags) -> ET.Element:
    width, height = page.size
    steps = [f"TURN{page.rotation}"] if page.rotation else []
    element = ET.Element(
        "Page",
        ID=f"PAGE{page.page}",
        PHYSICAL_IMG_NR=str(page.page),
        WIDTH=str(width),
        HEIGHT=str(height),
        PROCESSINGREFS=" ".join([*steps, _engine_id(page.engine)]),
    )
    chances = [chance for line in page.lines for chance in line.chances]
    if chances:
        element.set("PC", _share(float(np.mean(chances))))
    space = ET.SubElement(
        element, "PrintSpace", HPOS="0", VPOS="0", WIDTH=str(width), HEIGHT=str(height)
    )
    numbers = count(1)
    for number, (vertical, lines) in enumerate(
        groupby(page.lines, key=lambda line: line.vertical), 1
    ):
        name = f"PAGE{page.page}-BLOCK{number}"
        space.append(_block(name, list(lines), numbers, tags, vertical=vertical))
    return element


def _block(
    name: str, lines: Sequence[WrittenLine], numbers: Iterator[int], tags: _Tags, *, vertical: bool
) -> ET.Element:
    """Lines of one direction that follow each other."""
    corners = [corner for line in lines for corner in line.corners]
    element = ET.Element("TextBlock", {"ID": name} | _box(corners))
    element.set("BASEDIRECTION", "ttb" if vertical else "ltr")
    page = name.partition("-")[0]
    element.extend(_line(f"{page}-LINE{next(numbers)}", line, tags) for line in lines)
    return element


def _line(name: str, line: WrittenLine, tags: _Tags) -> ET.Element:
    element = ET.Element("TextLine", {"ID": name} | _box(line.corners))
    element.set("BASELINE", _points(_baseline(line)))
    element.set("BASEDIRECTION", "ttb" if line.vertical else "ltr")
    shape = ET.SubElement(element, "Shape")
    ET.SubElement(shape, "Polygon", POINTS=_points(line.corners))
    for i, word in enumerate(line.words):
        if i and line.words[i - 1].stop < word.start:
            gap = line.corners_of(line.words[i - 1].stop, word.start)
            ET.SubElement(element, "SP", _box(gap))
        element.append(_string(f"{name}-STRING{i + 1}", line, word, tags))
    return element


def _baseline(line: WrittenLine) -> tuple[Point, Point]:
    """The lower edge of a line, and the middle of a column from its top."""
    a, b, c, d = line.corners
    if line.vertical:
        return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), ((c[0] + d[0]) / 2, (c[1] + d[1]) / 2)
    return d, c


def _string(name: str, line: WrittenLine, word: WrittenWord, tags: _Tags) -> ET.Element:
    chances = line.chances[word.start : word.stop]
    box = _box(line.corners_of(word.start, word.stop))
    element = ET.Element("String", {"ID": name} | box)
    element.set("CONTENT", legal(line.text[word.start : word.stop]))
    element.set("WC", _share(line.chance_of(word)))
    # Here 0 is sure and 9 unsure.
    element.set("CC", " ".join(str(round(9 * (1 - _bounded(chance)))) for chance in chances))
    if word.field:
        element.set("TAGREFS", tags[word.field, word.row])
    for i in range(word.start, word.stop):
        glyph = ET.SubElement(element, "Glyph", _box(line.corners_of(i, i + 1)))
        glyph.set("CONTENT", legal(line.text[i]))
        glyph.set("GC", _share(line.chances[i]))
    return element


def _box(corners: Sequence[Point]) -> dict[str, str]:
    left, top = (min(point[axis] for point in corners) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in corners) for axis in (0, 1))
    sides = {"HPOS": left, "VPOS": top, "WIDTH": right - left, "HEIGHT": bottom - top}
    return {name: _number(value) for name, value in sides.items()}


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """A coordinate with at most one decimal; a tenth of a pixel is below what is seen."""
    return f"{value:.1f}".removesuffix(".0")


def _share(value: float) -> str:
    return f"{_bounded(value):.4f}"


def _bounded(value: float) -> float:
    return min(1.0, max(0.0, value))
