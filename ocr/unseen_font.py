"""A font without letters, for the text that lies unseen under the picture of a page.

Each character of a document gets a code of its own, so that any character survives, those
beyond the first plane included; all codes show the same glyph, a square of one em. It is there
because pdfium passes over text whose glyphs are empty. The idea is that of Tesseract's and
OCRmyPDF's glyphless fonts.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Name, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pikepdf import Object, Pdf

#: Units of an em. A character fills its square: it stands on the base line, and columns hang
#: from the middle of its upper edge, where programs that read text back differ least.
EM = 1000
_NAME = "/Unseen"
_GLYPHS = 2
_BLOCK = 100


def codes_of(texts: Iterable[str]) -> dict[str, int]:
    """A code from 1 on for each character that occurs, in the order of Unicode."""
    return {character: i for i, character in enumerate(sorted(set("".join(texts))), 1)}


def add_font(pdf: Pdf, codes: Mapping[str, int]) -> tuple[Object, Object]:
    """The font for lines and the same for columns, with what its codes mean in Unicode."""
    program = Stream(pdf, _program(), Length1=len(_program()))
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name(_NAME), Flags=4, ItalicAngle=0,
        FontBBox=Array([0, 0, EM, EM]), Ascent=EM, Descent=0,
        CapHeight=EM, StemV=80, FontFile2=pdf.make_indirect(program),
    )  # fmt: skip
    # Code 0 stays the glyph for "not defined", which a PDF/A may not show.
    glyphs = b"\0\0" + b"\0\1" * len(codes)
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name(_NAME),
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor), DW=EM, DW2=Array([EM, -EM]),
        CIDToGIDMap=pdf.make_indirect(Stream(pdf, glyphs)),
    )  # fmt: skip
    shared = pdf.make_indirect(descendant)
    meaning = pdf.make_indirect(Stream(pdf, _to_unicode(codes)))
    across, down = (
        Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name(_NAME), Encoding=Name(encoding),
            DescendantFonts=Array([shared]), ToUnicode=meaning,
        )
        for encoding in ("/Identity-H", "/Identity-V")
    )  # fmt: skip
    return pdf.make_indirect(across), pdf.make_indirect(down)


def _to_unicode(codes: Mapping[str, int]) -> bytes:
    """A CMap from codes to UTF-16 (ISO 32000-1, 9.10.3), a hundred characters a block."""
    pairs = [
        f"<{code:04X}> <{character.encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        for character, code in codes.items()
    ]
    blocks = [pairs[i : i + _BLOCK] for i in range(0, len(pairs), _BLOCK)]
    mapping = "".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks
    )
    return f"""\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{mapping}endcmap
CMapName currentdict /CMap defineresource pop
end
end
""".encode("ascii")


def _program() -> bytes:
    """A TrueType font of an empty glyph and a square, with the tables that a CIDFont needs."""
    square = struct.pack(
        ">5h2H4B8h", 1, 0, 0, EM, EM, 3, 0, 1, 1, 1, 1, 0, 0, EM, 0, 0, EM, 0, -EM
    )  # fmt: skip
    tables = {
        b"glyf": square,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh", 0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0, EM, 0, 0,
            0, 0, EM, EM, 0, 8, 2, 0, 0,
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x00010000, EM, 0, 0, EM, 0, 0, EM,
            1, 0, 0, 0, 0, 0, 0, 0, _GLYPHS,
        ),
        b"hmtx": struct.pack(">HhHh", EM, 0, EM, 0),
        b"loca": struct.pack(">3H", 0, 0, len(square) // 2),
        b"maxp": struct.pack(">IH13H", 0x00010000, _GLYPHS, 4, 1, 0, 0, 2, *[0] * 8),
    }  # fmt: skip
    start = 12 + 16 * len(tables)
    directory = struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 16 * len(tables) - 64)
    body = b""
    for name, data in tables.items():
        padded = data + bytes(-len(data) % 4)
        directory += struct.pack(">4sIII", name, _sum(padded), start + len(body), len(data))
        body += padded
    whole = directory + body
    place = start + len(square) + -len(square) % 4 + 8
    check = (0xB1B0AFBA - _sum(whole)) % (1 << 32)
    return whole[:place] + struct.pack(">I", check) + whole[place + 4 :]


def _sum(data: bytes) -> int:
    """The check sum of the TrueType specification: 32-bit words added."""
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(words) % (1 << 32)
