"""Two-layer PDF/A: the rules kept, the text read back where the ink is, the picture untouched."""

import importlib.util
import io
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pdfplumber
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL import ImageFont as Fonts

from ocr.pages import PageImage, load_pages
from ocr.pictures import packed, picture_of
from ocr.two_layer import write_two_layer
from ocr.unseen_font import _program
from records.reading import Kind, PageReading
from records.written import Origin, WrittenLine, WrittenWord

ORIGIN = Origin(name="卷<1> & 2.jpg", sha256="ab" * 32, software="backfill", version="0.1.0")
#: Beyond the first plane, 〇, a two-stroke simplification, a point in a name, an empty box.
RARE = "𠮷〇𬀩䶮·□鿏㐂"
POINTS = 0.24
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in (
        "preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation",
        "jaxb-api",
    )
]  # fmt: skip


def _rules():
    # Tests are no package; the list of rules is shared by its path.
    place = Path(__file__).with_name("pdfa_rules.py")
    spec = importlib.util.spec_from_file_location("pdfa_rules", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.broken_rules


broken_rules = _rules()


def line(text, x, y, *, size=40.0, vertical=False, lean=0.0, spans=None):
    """A line that begins at (x, y), leaning by `lean` radians clockwise about that corner."""
    count = len(text)
    width, height = (size, size * count) if vertical else (size * count, size)
    c, s = np.cos(lean), np.sin(lean)
    flat = [(0, 0), (width, 0), (width, height), (0, height)]
    corners = tuple((float(x + c * u - s * v), float(y + s * u + c * v)) for u, v in flat)
    return WrittenLine(
        text=text, corners=corners, vertical=vertical, chances=(0.9,) * count,
        spans=spans or tuple((i / count, (i + 1) / count) for i in range(count)),
        words=(WrittenWord(start=0, stop=count),),
    )  # fmt: skip


def page(*lines, size=(1000, 800), number=1, rotation=0, dpi=300):
    return PageReading(
        source="1.jpg", page=number, kind=Kind.OTHER, era=None, rotation=rotation, size=size,
        dpi=dpi, fields=(), engine="ppocr", lines=lines,
    )  # fmt: skip


def noise(size=(1000, 800), seed=1):
    """A coloured sheet with a dark corner at the top left."""
    rng = np.random.default_rng(seed)
    small = rng.integers(190, 240, (size[1] // 20, size[0] // 20, 3), dtype=np.uint8)
    rgb = np.repeat(np.repeat(small, 20, axis=0), 20, axis=1)
    rgb[:40, :100] = (20, 60, 20)
    return rgb


def written(tmp_path, *pages, pictures=None):
    stream = io.BytesIO()
    pictures = pictures or [packed(noise(page.size)) for page in pages]
    write_two_layer(stream, pages, pictures, ORIGIN, scratch=tmp_path)
    assert not list(tmp_path.iterdir())
    return stream.getvalue()


MIXED = (
    line("北京市房山区民政局", 100, 100),
    line("登记日期 2014年01月17日", 120, 200, lean=0.03),
    line("一九五三年三月九日", 800, 100, vertical=True),
    line("三區結字第三百四十八號", 700, 90, vertical=True, lean=-0.03),
    line(RARE, 100, 400),
    line(RARE, 600, 100, vertical=True),
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    blank = page(number=2, size=(800, 1000))
    return written(tmp_path_factory.mktemp("mixed"), page(*MIXED), blank)


def test_it_keeps_the_rules_of_pdf_a(mixed):
    assert broken_rules(mixed) == []


def _spoil(change):
    def spoiled(data):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            change(pdf)
            stream = io.BytesIO()
            pdf.save(stream, fix_metadata_version=False)
            return stream.getvalue()

    return spoiled


def _replace_metadata(old, new):
    def change(pdf):
        pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().replace(old, new))

    return change


def _font(pdf):
    return pdf.pages[0].Resources.Font["/Across"]


def _scan(pdf):
    return pdf.pages[0].Resources.XObject["/Scan"]


def _set(get, name, value):
    def change(pdf):
        get(pdf)[name] = value

    return change


def _delete(get, name):
    def change(pdf):
        del get(pdf)[name]

    return change


def _show_text(pdf):
    said = pdf.pages[0].Contents[0]
    said.write(said.read_bytes().replace(b"3 Tr", b"0 Tr"))


def _blank_glyphs(pdf):
    stream = _font(pdf).DescendantFonts[0].CIDToGIDMap
    stream.write(bytes(len(stream.read_bytes())))


def _forget_intents_profile(pdf):
    pdf.Root.OutputIntents[0].DestOutputProfile.write(b"no profile")


SPOILERS = {
    "6.1.2": lambda data: b"\n" + data,
    "6.1.3": lambda data: data + b"%%EOF",
    "6.1 catalogue": _spoil(_set(lambda p: p.Root, "/OpenAction", pikepdf.Dictionary())),
    "6.1.7": _spoil(_set(_scan, "/F", pikepdf.String("other.jpg"))),
    "6.1.13 size": _spoil(_set(lambda p: p.pages[0].obj, "/MediaBox", [0, 0, 20000, 100])),
    "6.3": _spoil(_set(lambda p: p.pages[0].obj, "/Annots", pikepdf.Array())),
    "6.2.3 output intent": _spoil(_delete(lambda p: p.Root, "/OutputIntents")),
    "6.2.3 colour": _spoil(_forget_intents_profile),
    "6.2.4.3": _spoil(_set(_scan, "/ColorSpace", pikepdf.Name.DeviceCMYK)),
    "6.2.8": _spoil(_set(_scan, "/Interpolate", True)),  # noqa: FBT003 - a value of PDF
    "two layers": _spoil(_show_text),
    "6.2.11.3.1": _spoil(_set(_font, "/Encoding", pikepdf.Name("/GBK-EUC-H"))),
    "6.2.11.3.2": _spoil(_delete(lambda p: _font(p).DescendantFonts[0], "/CIDToGIDMap")),
    "6.2.11.4.1": _spoil(
        _delete(lambda p: _font(p).DescendantFonts[0].FontDescriptor, "/FontFile2")
    ),
    "6.2.11.5": _spoil(_set(lambda p: _font(p).DescendantFonts[0], "/DW", 600)),
    "6.2.11.7.2": _spoil(_delete(_font, "/ToUnicode")),
    "6.2.11.8": _spoil(_blank_glyphs),
    "6.6.2.1": _spoil(_delete(lambda p: p.Root, "/Metadata")),
    "6.6.2.3": _spoil(_replace_metadata(b"dc/elements", b"dc/other")),
    "6.6.3": _spoil(_set(lambda p: p.docinfo, "/Title", pikepdf.String("another"))),
    "6.6.4": _spoil(_replace_metadata(b"<pdfaid:part>2", b"<pdfaid:part>4")),
}


@pytest.mark.parametrize("clause", SPOILERS)
def test_a_broken_rule_is_noticed(mixed, clause):
    found = broken_rules(SPOILERS[clause](mixed))
    assert any(fault.startswith(clause) for fault in found), found


@pytest.mark.skipif(
    not (shutil.which("java") and all(jar.exists() for jar in JARS)),
    reason="needs default-jre-headless, libpdfbox2-java, libactivation-java, libjaxb-api-java",
)
def test_an_independent_validator_finds_nothing_but_the_number_of_the_part(mixed, tmp_path):
    """PDFBox's preflight knows PDF/A-1b, whose rules these files keep as well.

    With part 1 in the metadata it must call the file valid, and the file as it is must differ
    from that by this number alone.
    """
    as_part_1 = _spoil(_replace_metadata(b"<pdfaid:part>2<", b"<pdfaid:part>1<"))(mixed)
    no_profile = _spoil(_delete(lambda p: p.Root, "/OutputIntents"))(as_part_1)
    said = []
    for data in (mixed, as_part_1, no_profile):
        (tmp_path / "a.pdf").write_bytes(data)
        java = ["java", "-cp", ":".join(map(str, JARS))]
        done = subprocess.run(
            [*java, "org.apache.pdfbox.preflight.Validator_A1b", tmp_path / "a.pdf"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said.append(done.stdout + done.stderr)
    assert [text for text in said[0].splitlines()[1:] if text] == [
        "7.11.2 : Error on MetaData, part must be 1"
    ]
    assert "is a valid PDF/A-1b file" in said[1]
    assert "2.4.3" in said[2]


@pytest.mark.skipif(not shutil.which("qpdf"), reason="needs qpdf")
def test_qpdf_finds_no_fault(mixed, tmp_path):
    (tmp_path / "a.pdf").write_bytes(mixed)
    done = subprocess.run(["qpdf", "--check", tmp_path / "a.pdf"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def characters(data, number=0):
    with pdfplumber.open(io.BytesIO(data)) as document:
        return document.pages[number].chars


def test_every_character_is_read_back_in_order(mixed):
    said = "".join(character["text"] for character in characters(mixed))
    assert said == "".join(line.text for line in MIXED)


def test_every_character_stands_on_its_ink(mixed):
    found = characters(mixed)
    wanted = [line.corners_of(i, i + 1) for line in MIXED for i in range(len(line.text))]
    for character, corners in zip(found, wanted, strict=True):
        x = sum(corner[0] for corner in corners) / 4 * POINTS
        y = sum(corner[1] for corner in corners) / 4 * POINTS
        assert abs((character["x0"] + character["x1"]) / 2 - x) < 1.2, character["text"]
        assert abs((character["top"] + character["bottom"]) / 2 - y) < 1.2, character["text"]


def test_columns_are_vertical_writing_for_other_readers(mixed):
    with pikepdf.open(io.BytesIO(mixed)) as pdf:
        fonts = pdf.pages[0].Resources.Font
        assert fonts["/Down"].Encoding == "/Identity-V"
        assert fonts["/Across"].Encoding == "/Identity-H"
    document = pypdfium2.PdfDocument(mixed)
    said = document[0].get_textpage().get_text_range()
    document.close()
    assert "一九五三年三月九日" in "".join(said.split())


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")
def test_poppler_reads_columns_from_the_right(tmp_path):
    columns = [line for line in MIXED if line.vertical]
    (tmp_path / "a.pdf").write_bytes(written(tmp_path, page(*columns)))
    done = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, check=True
    )
    said = done.stdout.decode()
    places = [said.index(column.text) for column in columns]
    assert all(a < b for a, b in pairwise(places))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_page_stands_upright_whichever_way_the_scan_lay(tmp_path, rotation):
    upright = noise()
    # A scan that was turned clockwise is the upright page turned clockwise.
    scan = np.ascontiguousarray(np.rot90(upright, -rotation // 90))
    data = written(
        tmp_path, page(line("张三", 100, 100), rotation=rotation, dpi=72),
        pictures=[packed(scan, turned=rotation)],
    )  # fmt: skip
    document = pypdfium2.PdfDocument(data)
    drawn = np.asarray(document[0].render(scale=1).to_pil().convert("RGB")).astype(int)
    document.close()
    assert drawn.shape == upright.shape
    assert np.abs(drawn - upright).mean() < 1
    (tmp_path / "a.pdf").write_bytes(data)
    (again,) = load_pages(tmp_path / "a.pdf")
    assert isinstance(again, PageImage)
    assert again.turned == rotation
    assert np.array_equal(again.rgb, upright)


def test_the_text_shows_nowhere(tmp_path):
    data = written(tmp_path, page(line("张三", 100, 100), line("李四", 300, 100, vertical=True)))
    plain = written(tmp_path, page())
    shown = []
    for pdf in (data, plain):
        document = pypdfium2.PdfDocument(pdf)
        shown.append(np.asarray(document[0].render(scale=2).to_pil()))
        document.close()
    assert np.array_equal(*shown)


def test_the_same_pages_give_the_same_bytes(mixed, tmp_path):
    blank = page(number=2, size=(800, 1000))
    assert written(tmp_path, page(*MIXED), blank) == mixed


def test_many_pages_come_in_order(tmp_path):
    pages = [page(line(f"第{n}页", 40, 40), size=(200, 100), number=n) for n in range(1, 41)]
    data = written(tmp_path, *pages)
    assert broken_rules(data) == []
    with pdfplumber.open(io.BytesIO(data)) as document:
        said = ["".join(c["text"] for c in sheet.chars) for sheet in document.pages]
    assert said == [f"第{n}页" for n in range(1, 41)]


def test_pages_keep_their_numbers_where_some_are_missing(tmp_path):
    data = written(tmp_path, page(number=1), page(number=3), page(number=4))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert [sheet.label for sheet in pdf.pages] == ["1", "3", "4"]


def test_a_sheet_without_resolution_or_too_large_still_has_a_legal_size(tmp_path):
    data = written(tmp_path, page(dpi=None), page(dpi=4, size=(2000, 1000)))
    assert broken_rules(data) == []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        sizes = [[float(side) for side in sheet.MediaBox[2:]] for sheet in pdf.pages]
    assert sizes == [[240, 192], [14400, 7200]]


def test_it_says_which_scan_it_was_made_from(mixed):
    with pikepdf.open(io.BytesIO(mixed)) as pdf, pdf.open_metadata() as said:
        assert said["dc:title"] == ORIGIN.name
        assert said["dc:source"] == f"urn:sha256:{ORIGIN.sha256}"
        assert said.pdfa_status == "2B"


def test_the_font_is_one_that_font_libraries_open():
    font = Fonts.truetype(io.BytesIO(_program()), 100)
    assert font.getlength("\0") == 100


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(text=TEXT, vertical=st.booleans(), lean=st.floats(-0.1, 0.1))
def test_any_text_is_read_back(tmp_path_factory, text, vertical, lean):
    scratch = tmp_path_factory.mktemp("any")
    sheet = page(line(text, 400, 300, vertical=vertical, lean=lean), size=(900, 900))
    data = written(scratch, sheet, pictures=[packed(np.full((900, 900, 3), 255, np.uint8))])
    with pdfplumber.open(io.BytesIO(data), unicode_norm=None) as document:
        assert "".join(c["text"] for c in document.pages[0].chars) == text


def test_a_character_of_its_own_width_keeps_its_place(tmp_path):
    spans = ((0.0, 0.1), (0.15, 0.5), (0.9, 1.0))
    for vertical in (False, True):
        uneven = line("甲乙丙", 300, 100, vertical=vertical, spans=spans)
        found = characters(written(tmp_path, page(uneven)))
        for i, character in enumerate(found):
            a, _, c, _ = uneven.corners_of(i, i + 1)
            box = (character["x0"], character["top"], character["x1"], character["bottom"])
            assert np.allclose(box, np.array([*a, *c]) * POINTS, atol=0.05)


def test_a_jpeg_goes_in_unchanged(tmp_path):
    scan = tmp_path / "in" / "1.jpg"
    scan.parent.mkdir()
    Image.fromarray(noise()).save(scan, quality=70)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    data = written(scratch, page(), pictures=[picture_of(scan, page())])
    assert broken_rules(data) == []
    assert scan.read_bytes() in data
