"""The rules of PDF/A-2b (ISO 19005-2) that bear on two-layer documents, as checks.

Each rule names its clause. Together they ask for all that the standard asks of files made of
pictures and unseen text, and refuse everything else that a PDF can hold: what isn't on the
list of allowed objects is a fault, whether the standard forbids it or not.
"""

import io
import re

import pikepdf
from lxml import etree
from PIL import ImageCms

FILTERS = {"/FlateDecode", "/DCTDecode"}
CATALOG = {
    "/Type", "/Pages", "/Metadata", "/OutputIntents", "/Lang", "/ViewerPreferences", "/PageLabels",
}  # fmt: skip
PAGE = {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
RESOURCES = {"/XObject", "/Font"}
IMAGE = {
    "/Type", "/Subtype", "/Width", "/Height", "/BitsPerComponent", "/ColorSpace", "/Filter",
    "/DecodeParms", "/Length",
}  # fmt: skip
OPERATORS = {"q", "Q", "cm", "Do", "BT", "ET", "Tr", "Tf", "Tm", "Tz", "Tj", "TJ"}
NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


def broken_rules(data):
    """The clauses that a file breaks, each with a word on how; empty for a good file."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return sorted({*_file(data, pdf), *_graphics(pdf), *_fonts(pdf), *_metadata(pdf)})
    except pikepdf.PdfError as error:
        return [f"6.1 the file can't be read: {error}"]


def _file(data, pdf):
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", data):
        yield "6.1.2 header and a comment of four high bytes"
    if pdf.is_encrypted:
        yield "6.1.3 encrypted"
    if "/ID" not in pdf.trailer:
        yield "6.1.3 no file identifier"
    if data.count(b"%%EOF") != 1 or not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3 data after the end of the file"
    if pdf.check_pdf_syntax():
        yield "6.1.4 syntax"
    yield from _objects(pdf)


def _objects(pdf):
    for stream in _streams(pdf):
        if {"/F", "/FFilter", "/FDecodeParms"} & set(stream.keys()):
            yield "6.1.7 data outside the file"
        if not _filters(stream) <= FILTERS:
            yield "6.1.7 filter"
    if set(pdf.Root.keys()) - CATALOG:
        yield "6.1 catalogue: actions, forms, attachments, layers"
    for page in pdf.pages:
        width, height = (float(side) for side in page.MediaBox[2:])
        if not (3 <= width <= 14400 and 3 <= height <= 14400):
            yield "6.1.13 size of a page"
        if set(page.obj.keys()) - PAGE:
            yield "6.3 page: annotations, actions, groups"


def _streams(pdf):
    return [item for item in pdf.objects if isinstance(item, pikepdf.Stream)]


def _filters(stream):
    named = stream.get("/Filter", [])
    return {str(named)} if isinstance(named, pikepdf.Name) else {str(name) for name in named}


def _graphics(pdf):
    yield from _intent(pdf)
    for page in pdf.pages:
        if set(page.Resources.keys()) - RESOURCES:
            yield "6.2.2 resources"
        for image in page.Resources.XObject.values():
            yield from _image(image)
        yield from _operators(page)


def _intent(pdf):
    intents = list(pdf.Root.get("/OutputIntents", []))
    if len(intents) != 1 or intents[0].get("/S") != "/GTS_PDFA1":
        yield "6.2.3 output intent"
        return
    if "/OutputConditionIdentifier" not in intents[0]:
        yield "6.2.3 output intent without a name"
    if "/DestOutputProfile" not in intents[0] or not _is_profile(
        intents[0].DestOutputProfile, 3, (b"mntr", b"prtr")
    ):
        yield "6.2.3 colour profile of the output intent"


def _is_profile(stream, channels, classes):
    data = stream.read_bytes()
    try:
        ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (OSError, ImageCms.PyCMSError):
        return False
    space = {1: b"GRAY", 3: b"RGB "}[channels]
    fits = data[8] < 5 and data[12:16] in classes and data[16:20] == space
    return fits and int(stream.get("/N", 0)) == channels


def _image(image):
    if image.get("/Subtype") != "/Image" or set(image.keys()) - IMAGE:
        yield "6.2.8 picture: alternates, masks, interpolation, other objects"
        return
    if int(image.BitsPerComponent) not in {1, 2, 4, 8, 16}:
        yield "6.2.8 bits of a picture"
    space = image.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and len(space) == 2 and space[0] == "/ICCBased":
        if not _is_profile(space[1], int(space[1].N), (b"scnr", b"mntr", b"prtr", b"spac")):
            yield "6.2.4.2 colour profile of a picture"
    elif space not in {"/DeviceRGB", "/DeviceGray"}:
        yield "6.2.4.3 colours that the output intent doesn't explain"


def _operators(page):
    depth = 0
    for operands, operator in pikepdf.parse_content_stream(page):
        depth += {"q": 1, "Q": -1}.get(str(operator), 0)
        if str(operator) not in OPERATORS:
            yield f"6.2.2 operator {operator}"
        if str(operator) == "Tr" and int(operands[0]) != 3:
            yield "two layers: text that is seen"
        if str(operator) in {"Tj", "TJ"} and "/Font" not in page.Resources:
            yield "6.2.2 font that isn't in the resources"
    if depth or _deepest(page) > 28:
        yield "6.1.13 saved states"


def _deepest(page):
    depth = deepest = 0
    for _, operator in pikepdf.parse_content_stream(page):
        depth += {"q": 1, "Q": -1}.get(str(operator), 0)
        deepest = max(deepest, depth)
    return deepest


def _fonts(pdf):
    for page in pdf.pages:
        for name, font in page.Resources.get("/Font", {}).items():
            yield from _font(page, name, font)


def _font(page, name, font):
    cid = font.DescendantFonts[0]
    if font.Subtype != "/Type0" or cid.Subtype != "/CIDFontType2":
        yield "6.2.11.2 kind of font"
    if font.BaseFont != cid.BaseFont or cid.FontDescriptor.FontName != cid.BaseFont:
        yield "6.2.11.2 names of the font"
    if font.Encoding not in {"/Identity-H", "/Identity-V"}:
        yield "6.2.11.3.1 encoding"
    if "/FontFile2" not in cid.FontDescriptor:
        yield "6.2.11.4.1 font that isn't embedded"
        return
    if not isinstance(cid.get("/CIDToGIDMap"), pikepdf.Stream):
        yield "6.2.11.3.2 glyphs of codes"
        return
    program = cid.FontDescriptor.FontFile2.read_bytes()
    if _advances(program) != {int(cid.DW)} or "/W" in cid:
        yield "6.2.11.5 widths"
    glyphs = cid.CIDToGIDMap.read_bytes()
    meanings = _meanings(font)
    for code in _codes(page, name):
        if int.from_bytes(glyphs[2 * code : 2 * code + 2], "big") == 0:
            yield "6.2.11.8 the glyph for what isn't defined"
        if meanings.get(code, "") in {"", "\0", "\ufeff", "\ufffe"}:
            yield "6.2.11.7.2 code without a meaning in Unicode"


def _advances(program):
    """The widths of the glyphs of a TrueType font, by the table of its directory."""
    places = {}
    for i in range(int.from_bytes(program[4:6], "big")):
        entry = program[12 + 16 * i : 28 + 16 * i]
        places[entry[:4]] = (
            int.from_bytes(entry[8:12], "big"),
            int.from_bytes(entry[12:], "big"),
        )
    start, length = places[b"hmtx"]
    table = program[start : start + length]
    return {int.from_bytes(table[i : i + 2], "big") for i in range(0, length, 4)}


def _meanings(font):
    if "/ToUnicode" not in font:
        return {}
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", font.ToUnicode.read_bytes())
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
        for code, text in pairs
        if code != b"0000"
    }


def _codes(page, name):
    chosen = None
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            chosen = str(operands[0])
        if str(operator) in {"Tj", "TJ"} and chosen == name:
            strings = operands[0] if str(operator) == "TJ" else [operands[0]]
            for string in strings:
                if isinstance(string, pikepdf.String):
                    data = bytes(string)
                    yield from (
                        int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)
                    )


def _metadata(pdf):
    stream = pdf.Root.get("/Metadata")
    if stream is None or stream.get("/Subtype") != "/XML" or stream.get("/Type") != "/Metadata":
        yield "6.6.2.1 no metadata"
        return
    packet = stream.read_bytes()
    if "/Filter" in stream or re.match(rb"<\?xpacket[^>]*(bytes|encoding)=", packet):
        yield "6.6.2.1 metadata that not everybody can read"
    try:
        said = _properties(packet)
    except etree.XMLSyntaxError:
        yield "6.6.2.1 metadata that isn't XML"
        return
    if (said.get("pdfaid:part"), said.get("pdfaid:conformance")) != ("2", "B"):
        yield "6.6.4 version and level"
    if any(name.partition(":")[0] not in NAMESPACES for name in said):
        yield "6.6.2.3 properties of no known schema"
    pairs = {"/Title": "dc:title", "/Creator": "xmp:CreatorTool", "/Producer": "pdf:Producer"}
    if set(pdf.docinfo.keys()) - set(pairs):
        yield "6.6.3 more in the information dictionary than in the metadata"
    if any(str(pdf.docinfo[a]) != said.get(b) for a, b in pairs.items() if a in pdf.docinfo):
        yield "6.6.3 information dictionary and metadata differ"


def _properties(packet):
    prefixes = {address: prefix for prefix, address in NAMESPACES.items()}
    found = {}
    for description in etree.fromstring(packet).iter(f"{{{NAMESPACES['rdf']}}}Description"):
        for item in description:
            address, _, name = item.tag[1:].partition("}")
            found[f"{prefixes.get(address, address)}:{name}"] = "".join(item.itertext()).strip()
    return found
