"""PDF pages: the scan's own pixels, or the drawn page with its words; what is broken is refused."""

import pytest
from page_files import mark, only_page, only_refusal, saved, scan
from pdf_files import GRID, TABLE, cmap, drawing, one_bit_picture, page_of, pdf

from ocr.textlayer import is_trusted


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


def test_a_picture_bomb_inside_a_pdf_is_not_unpacked(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(drawing(b"595 0 0 842 0 0 cm /I Do", one_bit_picture(20_000)))
    assert path.stat().st_size < 100_000
    assert only_refusal(path) == "too_many_pixels"
