"""Pages come out of files upright-able and whole, or not at all, and never in the way of others."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from ocr.limits import Limits
from ocr.pages import PageImage, is_blank, load_pages, page_count, source_name
from ocr.textlayer import is_trusted
from records.reading import PageRefusal


def scan(width: int = 240, height: int = 160) -> Image.Image:
    """Noisy paper with a dark mark at the top left."""
    rng = np.random.default_rng(7)
    paper = rng.normal(225, 6, (height, width, 3)).clip(0, 255).astype(np.uint8)
    paper[20:40, 20:120] = 30
    return Image.fromarray(paper)


def saved(tmp_path: Path, picture: Image.Image, name: str, **options) -> Path:
    path = tmp_path / name
    picture.save(path, **options)
    return path


def only_page(path: Path, **options) -> PageImage:
    (page,) = load_pages(path, **options)
    assert isinstance(page, PageImage), page
    return page


def only_refusal(path: Path, **options) -> str:
    (page,) = load_pages(path, **options)
    assert isinstance(page, PageRefusal), page
    return page.reason


def mark(rgb: np.ndarray) -> tuple[int, int]:
    """Where the dark mark begins: row, column."""
    rows, columns = np.nonzero(rgb.mean(axis=2) < 100)
    return int(rows.min()), int(columns.min())


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {"quality": 95}),
        ("grey.jpg", "L", {"quality": 95}),
        ("print.jpg", "CMYK", {"quality": 95}),
        ("a.png", "RGB", {}),
        ("palette.png", "P", {}),
        ("alpha.png", "RGBA", {}),
        ("one-bit.png", "1", {}),
        ("deep.png", "I;16", {}),
        ("deep.tif", "I;16", {}),
        ("one-bit.tif", "1", {"compression": "group4"}),
        ("a.tif", "RGB", {"compression": "tiff_lzw"}),
        ("jpeg.tif", "RGB", {"compression": "jpeg"}),
        ("lab.tif", "LAB", {}),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(tmp_path, name, mode, options):
    picture = scan()
    if mode == "I;16":
        deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        picture = Image.fromarray(deep)
    elif mode == "LAB":
        to_lab = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        picture = ImageCms.applyTransform(picture, to_lab)
    else:
        picture = picture.convert(mode)
    page = only_page(saved(tmp_path, picture, name, **options))
    assert page.rgb.shape == (160, 240, 3)
    assert page.rgb.dtype == np.uint8
    # The mark is dark and the paper is light, whatever the encoding was.
    assert page.rgb[25:35, 25:115].mean() < 90
    assert page.rgb[60:, :].mean() > 180


def test_transparent_parts_lie_on_white(tmp_path):
    picture = scan().convert("RGBA")
    picture.putalpha(Image.fromarray(np.tile(np.uint8([255] * 200 + [0] * 40), (160, 1))))
    assert (only_page(saved(tmp_path, picture, "a.png")).rgb[:, 210:] == 255).all()


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (3, 180), (6, 270), (8, 90)])
def test_exif_orientation_is_undone_and_told(tmp_path, orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = scan().rotate(-turned, expand=True)
    page = only_page(saved(tmp_path, stored, "a.jpg", exif=exif, quality=95))
    assert page.turned == turned
    assert page.rgb.shape == (160, 240, 3)
    assert mark(page.rgb) == pytest.approx((20, 20), abs=2)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(200)]
)
def test_damaged_exif_is_no_reason_to_refuse(tmp_path, exif):
    page = only_page(saved(tmp_path, scan(), "a.jpg", exif=exif))
    assert page.turned == 0


def test_a_damaged_colour_profile_is_no_reason_to_refuse(tmp_path):
    for name in ("a.jpg", "a.png", "a.tif"):
        only_page(saved(tmp_path, scan(), name, icc_profile=b"not a profile"))


@pytest.mark.parametrize(("dpi", "expected"), [((300, 300), 300), ((1, 1), None), (None, None)])
def test_resolution_is_told_where_it_is_plausible(tmp_path, dpi, expected):
    options = {"dpi": dpi} if dpi else {}
    assert only_page(saved(tmp_path, scan(), "a.png", **options)).dpi == expected


def test_pages_of_a_tiff_come_in_order(tmp_path):
    pages = [scan(200 + 10 * n, 150) for n in range(5)]
    path = saved(tmp_path, pages[0], "a.tif", save_all=True, append_images=pages[1:])
    loaded = list(load_pages(path))
    assert [(page.page, page.rgb.shape[1]) for page in loaded] == [
        (n + 1, 200 + 10 * n) for n in range(5)
    ]
    assert page_count(path) == 5
    assert [page.page for page in load_pages(path, first=2, last=3)] == [2, 3]
    assert list(load_pages(path, first=6)) == []


def test_a_damaged_page_of_a_tiff_is_set_aside_alone(tmp_path):
    pages = [scan(200, 150) for _ in range(3)]
    path = saved(
        tmp_path, pages[0], "a.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw"
    )
    content = bytearray(path.read_bytes())
    with Image.open(path) as picture:
        picture.seek(1)
        start = picture.tag_v2[273][0]
    content[start : start + 400] = bytes(400)
    path.write_bytes(content)
    assert [isinstance(page, PageImage) for page in load_pages(path)] == [True, False, True]


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_tiff_cut_short_never_loses_pages_silently(tmp_path, compression, share):
    pages = [scan(200, 150) for _ in range(4)]
    options = {"compression": compression} if compression else {}
    path = saved(tmp_path, pages[0], "a.tif", save_all=True, append_images=pages[1:], **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    loaded = list(load_pages(path))
    assert any(isinstance(page, PageRefusal) for page in loaded)
    assert [page.page for page in loaded] == list(range(1, len(loaded) + 1))
    assert page_count(path) == len(loaded)


def test_a_tiff_whose_pages_run_in_a_circle_ends(tmp_path):
    path = saved(tmp_path, scan(), "a.tif", save_all=True, append_images=[scan()])
    content = bytearray(path.read_bytes())
    first = struct.unpack("<I", content[4:8])[0]
    entries = struct.unpack("<H", content[first : first + 2])[0]
    after = first + 2 + 12 * entries
    second = struct.unpack("<I", content[after : after + 4])[0]
    entries = struct.unpack("<H", content[second : second + 2])[0]
    at = second + 2 + 12 * entries
    content[at : at + 4] = struct.pack("<I", first)
    path.write_bytes(content)
    kinds = [isinstance(page, PageImage) for page in load_pages(path)]
    assert kinds[:2] == [True, True]
    assert len(kinds) == 3


def test_a_tiff_with_more_pages_than_allowed_is_refused(tmp_path):
    path = saved(tmp_path, scan(), "a.tif", save_all=True, append_images=[scan()] * 3)
    assert only_refusal(path, limits=Limits(pages=3)) == "too_many_pages"
    assert len(list(load_pages(path, limits=Limits(pages=4)))) == 4


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "group4", "jpeg"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_half_a_tiff_is_set_aside(tmp_path, compression, share):
    picture = scan().convert("1") if compression == "group4" else scan()
    options = {"compression": compression} if compression else {}
    path = saved(tmp_path, picture, "a.tif", **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert only_refusal(path) in {"truncated_image", "damaged_image"}


def test_half_a_jpeg_closed_again_is_still_half(tmp_path):
    path = saved(tmp_path, scan(480, 640), "a.jpg", quality=90)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    assert only_refusal(path) == "truncated_image"


def test_a_picture_with_a_plain_margin_is_whole(tmp_path):
    drawn = np.full((400, 300, 3), 255, np.uint8)
    drawn[40:200, 40:250] = np.asarray(scan(210, 160))
    only_page(saved(tmp_path, Image.fromarray(drawn), "a.jpg"))


def test_a_png_with_a_wrong_checksum_is_set_aside(tmp_path):
    path = saved(tmp_path, scan(), "a.png")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert only_refusal(path) in {"truncated_image", "damaged_image"}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_pixel_bomb_is_not_opened(tmp_path):
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    content += chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    path = tmp_path / "bomb.png"
    path.write_bytes(content)
    assert only_refusal(path) == "too_many_pixels"


def test_the_bound_on_pixels_is_that_of_the_limits(tmp_path):
    path = saved(tmp_path, scan(200, 100), "a.png")
    only_page(path, limits=Limits(pixels=20_000))
    assert only_refusal(path, limits=Limits(pixels=19_999)) == "too_many_pixels"


def test_a_text_chunk_bomb_is_set_aside(tmp_path):
    path = saved(tmp_path, scan(), "a.png")
    content = path.read_bytes()
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200 << 20)))
    path.write_bytes(content[:33] + bomb + content[33:])
    page = next(iter(load_pages(path)))
    assert isinstance(page, PageImage) or page.reason == "damaged_image"


def test_animated_and_tiny_pictures_are_no_scans(tmp_path):
    moving = saved(tmp_path, scan(), "a.png", save_all=True, append_images=[scan(240, 160)])
    other = Image.fromarray(255 - np.asarray(scan()))
    moving = saved(tmp_path, scan(), "a.png", save_all=True, append_images=[other])
    assert only_refusal(moving) == "animated_image"
    assert only_refusal(saved(tmp_path, scan(240, 160).resize((9, 9)), "b.png")) == "too_small"


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.pdf"])
def test_a_blank_page_is_set_aside(tmp_path, name):
    blank = Image.new("RGB", (400, 300), (241, 236, 220))
    assert only_refusal(saved(tmp_path, blank, name)) == "blank_page"


def test_a_single_word_is_not_blank():
    page = np.full((3000, 2000, 3), 240, np.uint8)
    assert is_blank(page)
    page[1500:1540, 900:1050] = 60
    assert not is_blank(page)


# --- PDF ---


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


def test_the_picture_of_a_scanned_pdf_is_its_own_pixels(tmp_path):
    path = saved(tmp_path, scan(), "a.pdf", resolution=150)
    page = only_page(path)
    assert page.rgb.shape == (160, 240, 3)
    assert page.dpi == 150
    assert page.text_layer is None
    assert mark(page.rgb) == pytest.approx((20, 20), abs=2)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_the_pdf_turns_is_shown_as_it_turns_it(tmp_path, turn):
    stored = scan().rotate(turn, expand=True)
    path = saved(tmp_path, stored, "a.pdf", resolution=150)
    content = path.read_bytes().replace(b"/Type /Page\n", b"/Type /Page\n/Rotate %d\n" % turn)
    path.write_bytes(content)
    page = only_page(path)
    assert page.rgb.shape == (160, 240, 3)
    assert page.turned == (360 - turn) % 360
    assert mark(page.rgb) == pytest.approx((20, 20), abs=2)


def test_a_born_digital_page_has_words_and_tables(tmp_path):
    content = b"BT /F 14 Tf 60 250 Td (Register of marriages) Tj ET " + GRID + TABLE
    path = tmp_path / "a.pdf"
    path.write_bytes(page_of(content))
    page = only_page(path)
    assert page.text_layer is not None
    assert [line.text for line in page.text_layer.lines] == ["Register of marriages"]
    (table,) = page.text_layer.tables
    assert table.cells == (("No", "Date"), ("17", "1957"))
    assert page.rgb.shape == (1250, 1667, 3)
    left, top = page.text_layer.lines[0].quad[0]
    assert (left, top) == pytest.approx((60 * 300 / 72, 38 * 300 / 72), abs=20)


def test_pixels_alone_can_be_asked_for(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(page_of(TABLE))
    assert only_page(path, text_layer="never").text_layer is None


def test_chinese_words_come_through_the_fonts_own_mapping(tmp_path):
    text = "姓名王小明"
    codes = "".join(f"{n:04x}" for n in range(1, 6)).encode()
    content = b"BT /F 20 Tf 50 200 Td <%s> Tj ET" % codes
    path = tmp_path / "a.pdf"
    path.write_bytes(page_of(content, cmap(*enumerate(text, 1))))
    layer = only_page(path, text_layer="only").text_layer
    assert layer is not None
    assert [line.text for line in layer.lines] == [text]


def test_a_text_layer_of_private_characters_is_not_trusted(tmp_path):
    content = b"BT /F 20 Tf 50 200 Td <000100020003> Tj ET 50 50 100 100 re f"
    path = tmp_path / "a.pdf"
    path.write_bytes(page_of(content, cmap((1, "\ue001"), (2, "\ue002"), (3, "名"))))
    assert only_page(path).text_layer is None
    assert only_refusal(path, text_layer="only") == "no_text_layer"


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ("姓名王小明", True),
        ("", False),
        ("  ", False),
        ("姓\ufffd名", False),
        ("(cid:12)名", False),
    ],
)
def test_what_makes_characters_trusted(text, trusted):
    assert is_trusted(text) is trusted


def test_a_scan_has_no_text_layer_to_read(tmp_path):
    assert only_refusal(saved(tmp_path, scan(), "a.pdf"), text_layer="only") == "no_text_layer"
    assert only_refusal(saved(tmp_path, scan(), "a.png"), text_layer="only") == "no_text_layer"


def test_a_locked_pdf_is_refused(tmp_path):
    lock = b"<</Filter/Standard/V 1/R 2/Length 40/P -4/O<%s>/U<%s>>>" % (b"a1" * 32, b"b2" * 32)
    body = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        lock,
    ]
    path = tmp_path / "a.pdf"
    identifier = b"<%s>" % (b"c3" * 16)
    path.write_bytes(pdf(*body, trailer=b"/Encrypt 4 0 R/ID[%s%s]" % (identifier, identifier)))
    assert only_refusal(path) == "encrypted_pdf"


def test_a_pdf_without_pages_is_refused(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"))
    assert only_refusal(path) == "pdf_without_pages"


def test_a_pdf_of_rubbish_is_refused(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"\n%%EOF")
    assert only_refusal(path) == "damaged_pdf"


def test_half_a_picture_inside_a_whole_pdf_is_set_aside(tmp_path):
    path = saved(tmp_path, scan(480, 640), "a.pdf")
    content = path.read_bytes()
    end = content.rfind(b"\xff\xd9")
    path.write_bytes(content[: end - 2000] + bytes(2002) + content[end + 2 :])
    assert only_refusal(path) == "truncated_image"


def test_a_page_of_absurd_size_is_refused(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(page_of(TABLE).replace(b"[0 0 400 300]", b"[0 0 14400 14400]"))
    assert only_refusal(path, text_layer="never") == "too_many_pixels"


def test_names_that_no_encoding_knows_can_be_told():
    assert source_name(Path("a\nb.jpg")) == "a\nb.jpg"
    assert source_name(Path("档案.jpg")) == "档案.jpg"
    source_name(Path("bad\udcff.jpg")).encode("utf-8")


def test_any_damage_gives_pages_or_refusals_and_never_an_error(tmp_path):
    rng = np.random.default_rng(3)
    for kind in ("JPEG", "PNG", "TIFF", "PDF"):
        out = io.BytesIO()
        scan(64, 48).save(out, kind)
        whole = np.frombuffer(out.getvalue(), np.uint8)
        for trial in range(40):
            damaged = whole.copy()
            places = rng.integers(0, len(damaged), 1 + trial // 4)
            damaged[places] = rng.integers(0, 256, len(places))
            path = tmp_path / "damaged"
            path.write_bytes(damaged.tobytes())
            for page in load_pages(path, limits=Limits(pixels=10**6)):
                assert isinstance(page, PageImage | PageRefusal)
