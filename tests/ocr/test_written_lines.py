"""A page's lines come in reading order, each once, with the fields' texts in their places."""

import dataclasses
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.given_lines import as_line
from ocr.layout import Frame
from ocr.lines import TextLayer, TextLine, TextTable
from ocr.page_lines import SeenPage
from ocr.pages import load_pages
from ocr.quads import quad_of
from ocr.reader import read_page_and_lines
from ocr.written_lines import written_layer, written_lines
from records.reading import Box, Decision, FieldReading

SAMPLES = Path(__file__).parents[2] / "data_samples"
WHITE = np.full((1000, 1000, 3), 255, np.uint8)
ACROSS, DOWN = Frame(angle=0.0, vertical=False), Frame(angle=0.0, vertical=True)


def row(text, x, y, *, size=30, frame=ACROSS, confidence=0.9):
    quad = quad_of((x, y, x + size * len(text), y + size))
    return as_line(TextLine(quad=quad, text=text, confidence=confidence), frame)


def column(text, x, y, *, size=30):
    quad = quad_of((x, y, x + size, y + size * len(text)))
    return as_line(TextLine(quad=quad, text=text, confidence=0.9, vertical=True), DOWN)


def seen(*lines, frame=ACROSS):
    return SeenPage(image=WHITE, clean=WHITE, frame=frame, lines=lines)


def field(name, text, box, *, confidence=0.98, row=None):
    return FieldReading(
        name=name, row=row, text=text, value=text, confidence=confidence,
        decision=Decision.ACCEPT, box=Box(*box),
    )  # fmt: skip


def texts(lines):
    return [line.text for line in lines]


def words(line):
    return [line.text[word.start : word.stop] for word in line.words]


def test_rows_are_read_from_the_top_and_from_the_left():
    page = seen(
        row("丁丁", 400, 310), row("甲甲", 50, 95), row("丙丙", 40, 300), row("乙乙", 300, 105)
    )
    assert texts(written_lines(page)) == ["甲甲", "乙乙", "丙丙", "丁丁"]


def test_columns_are_read_from_the_right_and_from_the_top():
    page = seen(
        column("丁丁丁", 100, 50), column("乙乙", 705, 300), column("甲甲甲", 700, 60),
        column("丙丙丙丙", 400, 50), frame=DOWN,
    )  # fmt: skip
    lines = written_lines(page)
    assert texts(lines) == ["甲甲甲", "乙乙", "丙丙丙丙", "丁丁丁"]
    assert all(line.vertical for line in lines)


def test_a_title_across_columns_comes_first_and_a_note_below_them_last():
    page = seen(
        column("甲甲甲甲", 700, 200), row("結婚證書", 300, 50, frame=DOWN, size=60),
        row("注意事項", 300, 900, frame=DOWN), column("乙乙乙乙", 400, 200), frame=DOWN,
    )  # fmt: skip
    assert texts(written_lines(page)) == ["結婚證書", "甲甲甲甲", "乙乙乙乙", "注意事項"]


def test_the_same_writing_seen_through_red_ink_counts_once():
    red = dataclasses.replace(row("王五", 100, 102), red=True)
    seal = dataclasses.replace(row("民政局", 500, 500), red=True)
    assert texts(written_lines(seen(row("王伍", 100, 100), red, seal))) == ["王伍", "民政局"]


def test_labels_and_what_stands_beside_them_are_words():
    (line,) = written_lines(seen(row("姓名张三 性别男", 100, 100)))
    assert words(line) == ["姓名", "张三", "性别", "男"]


def test_a_field_says_what_stands_in_its_place():
    page = seen(row("姓名张彡", 100, 100))
    (line,) = written_lines(page, [field("male.name", "张三", (155, 95, 225, 135))])
    assert line.text == "姓名张三"
    assert words(line) == ["姓名", "张三"]
    assert [word.field for word in line.words] == ["", "male.name"]
    assert line.chances == (0.9, 0.9, 0.98, 0.98)
    assert line.chance_of(line.words[1]) == 0.98


def test_a_field_that_was_read_as_it_stands_keeps_the_readers_places_and_chances():
    page = seen(row("姓名张三", 100, 100))
    (plain,) = written_lines(page)
    (line,) = written_lines(page, [field("male.name", "张三", (155, 95, 225, 135), row=2)])
    assert (line.spans, line.chances) == (plain.spans, plain.chances)
    assert (line.words[1].row, line.words[1].confidence) == (2, 0.98)


@pytest.mark.parametrize(
    "box",
    [(400, 95, 500, 135), (95, 300, 225, 400)],
    ids=["beside the line", "below it"],
)
def test_a_field_elsewhere_changes_nothing(box):
    page = seen(row("姓名张三", 100, 100))
    assert written_lines(page, [field("male.name", "李四", box)]) == written_lines(page)


def test_a_field_much_longer_than_its_place_changes_nothing():
    page = seen(row("姓名张三", 100, 100))
    long = field("male.address", "北京市东城区某某胡同", (155, 95, 225, 135))
    assert written_lines(page, [long]) == written_lines(page)


def test_two_fields_of_one_place_are_not_both_written():
    page = seen(row("姓名张彡", 100, 100))
    box = (155, 95, 225, 135)
    (line,) = written_lines(page, [field("male.name", "张三", box), field("holder", "张二", box)])
    assert line.text == "姓名张三"
    assert [word.field for word in line.words] == ["", "male.name"]


def test_a_shorter_and_a_longer_text_move_what_follows():
    page = seen(row("姓名张三三性别男", 100, 100))
    for text in ("张三", "张三丰一"):
        (line,) = written_lines(page, [field("male.name", text, (155, 95, 255, 135))])
        assert line.text == f"姓名{text}性别男"
        assert words(line) == ["姓名", text, "性别", "男"]


def test_pieces_of_a_label_one_above_the_other_are_read_downwards():
    joined = dataclasses.replace(
        row("字号", 100, 100), quad=quad_of((100, 100, 130, 180)), spans=((0.0, 1.0), (0.0, 1.0))
    )
    (line,) = written_lines(seen(joined))
    assert line.vertical
    assert line.spans == ((0.0, 0.5), (0.5, 1.0))


def test_cells_of_a_text_layer_stand_among_its_lines():
    cell = quad_of((100, 300, 200, 330))
    layer = TextLayer(
        lines=(TextLine(quad=quad_of((100, 500, 200, 530)), text="备注", confidence=1.0),),
        tables=(TextTable(cells=(("张三", ""),), quads=((cell, None),)),),
    )
    assert texts(written_layer(layer)) == ["张三", "备注"]


LINES = st.lists(
    st.tuples(
        st.text("姓名性别男女张三李四 12", min_size=1, max_size=12).filter(str.strip),
        st.integers(0, 500),
        st.integers(0, 900),
    ),
    max_size=8,
)
FIELDS = st.lists(
    st.tuples(
        st.text("张三李四男12", min_size=1, max_size=8),
        st.integers(0, 600), st.integers(0, 900), st.integers(1, 400), st.integers(1, 60),
    ),
    max_size=6,
)  # fmt: skip


@given(LINES, FIELDS)
def test_lines_are_well_formed_whatever_fields_say(lines, fields):
    page = seen(*(row(text, x, y) for text, x, y in lines))
    readings = [field("remark", t, (x, y, x + w, y + h)) for t, x, y, w, h in fields]
    written = written_lines(page, readings)
    assert len(written) == len(lines)
    for line in written:
        assert len(line.text) == len(line.spans) == len(line.chances)
        borders = [0.0, *(border for span in line.spans for border in span), 1.0]
        assert all(a <= b + 1e-9 for a, b in pairwise(borders))
        covered = "".join(words(line))
        assert covered == "".join(line.text.split())
        assert all(a.stop <= b.start for a, b in pairwise(line.words))


def test_a_page_that_was_born_digital_gives_its_own_text():
    (first, _) = load_pages(SAMPLES / "s33_ledger_born_digital.pdf")
    # No engine is asked.
    reading = read_page_and_lines(first, None)
    truth = [json.loads(line) for line in (SAMPLES / "truth.jsonl").read_text().splitlines()]
    (page,) = [
        page
        for page in truth
        if page["source"] == "s33_ledger_born_digital.pdf" and page["page"] == 1
    ]
    names = [f["text"] for f in page["fields"] if f["name"].endswith(".name")]
    assert len(names) > 10
    assert set(names) <= set(texts(reading.lines))
    assert [text for text in texts(reading.lines) if text in names] == names
