"""PDFs written by hand, object by object, for tests that need one with a fault of its own."""

from __future__ import annotations

import zlib


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the first being the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(content: bytes) -> bytes:
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content)


def drawing(content: bytes, picture: bytes = b"") -> bytes:
    """A PDF of one A4 page whose content is packed, and that may draw the picture I."""
    packed = zlib.compress(content, 9)
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</XObject<</I 5 0 R>>>>>>"
        ),
        b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(packed), packed),
        picture or b"null",
    )


def one_bit_picture(side: int) -> bytes:
    """A black square picture, packed to a thousandth of its size."""
    packed = zlib.compress(bytes(side // 8 * side), 9)
    return (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1"
        b"/ColorSpace/DeviceGray/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream"
    ) % (side, side, len(packed), packed)


def page_of(content: bytes, to_unicode: bytes | None = None) -> bytes:
    """A PDF page of 400 by 300 points with one font, F, of two-byte or Latin codes."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>>>>>"
        ),
        stream(content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    if to_unicode is not None:
        objects[4] = (
            b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H"
            b"/DescendantFonts[6 0 R]/ToUnicode 8 0 R>>"
        )
        objects += [
            (
                b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 1000"
                b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
                b"/FontDescriptor 7 0 R>>"
            ),
            (
                b"<</Type/FontDescriptor/FontName/A/Flags 4/FontBBox[0 0 1000 1000]"
                b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 700/StemV 80>>"
            ),
            stream(to_unicode),
        ]
    return pdf(*objects)


def cmap(*pairs: tuple[int, str]) -> bytes:
    rows = b"".join(b"<%04x> <%s>\n" % (c, t.encode("utf-16-be").hex().encode()) for c, t in pairs)
    return (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> "
        b"endcodespacerange %d beginbfchar\n%sendbfchar endcmap end" % (len(pairs), rows)
    )


GRID = b"".join(
    [
        *(b"%d 100 m %d 200 l S " % (x, x) for x in (50, 150, 250)),
        *(b"50 %d m 250 %d l S " % (y, y) for y in (100, 150, 200)),
    ]
)
TABLE = b"".join(
    b"BT /F 12 Tf %d %d Td (%s) Tj ET " % (x, y, word)
    for x, y, word in [(60, 170, b"No"), (160, 170, b"Date"), (60, 120, b"17"), (160, 120, b"1957")]
)
