"""Born-digital pages are read as they were written."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.blank import is_written
from ocr.given_fields import Given, district, filled_down, settled_parties
from ocr.given_lines import as_line, even_spans, words_of
from ocr.layout import Frame
from ocr.lines import TextLayer, TextLine, TextTable
from ocr.models import Models
from ocr.pages import PageImage, load_pages
from ocr.quads import quad_of
from ocr.radicals import unified
from ocr.reader import read_page
from ocr.text_reading import read_text_layer
from ocr.text_tables import as_register, givens_of, side_by_side
from records.errors import InputError
from records.reading import Decision, PageRefusal

DATA = Path(__file__).parent / "data"
SAMPLES = Path(__file__).parents[2] / "data_samples"
FRAME = Frame(angle=0.0, vertical=False)


def truths(file, source=None):
    pages = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [page for page in pages if source in {None, page["source"]}]


LAYERS = truths(DATA / "layers.jsonl")


def pages_of(path):
    return list(load_pages(path, text_layer="only"))


def read(path, number=1):
    page = pages_of(path)[number - 1]
    return read_text_layer(page, page.text_layer)


def found(reading):
    return {(field.name, field.row): (field.text, field.value) for field in reading.fields}


def wanted(truth):
    return {(f["name"], f["row"]): (f["text"], f["value"]) for f in truth["fields"]}


def table(*rows):
    quads = tuple(tuple(quad_of((0, 0, 9, 9)) for _ in row) for row in rows)
    return TextTable(cells=tuple(tuple(row) for row in rows), quads=quads)


def text_line(text, x, y, size=20):
    box = (x, y, x + size * len(text), y + size)
    return TextLine(quad=quad_of(box), text=text, confidence=1.0)


def page_with(layer, *, rgb=None):
    return PageImage(
        source="p.pdf", page=1, dpi=300, media_type="application/pdf", text_layer=layer,
        rgb=np.full((400, 400, 3), 255, np.uint8) if rgb is None else rgb,
    )  # fmt: skip


@pytest.mark.parametrize("truth", LAYERS, ids=lambda truth: truth["source"])
def test_every_field_is_read_as_written(truth):
    reading = read(DATA / truth["source"])
    assert found(reading) == wanted(truth)
    assert (reading.kind, reading.era) == (truth["kind"], truth["era"])
    assert reading.engine == "text-layer"


@pytest.mark.parametrize("number", [1, 2])
def test_the_sample_ledger_is_read_without_a_fault(number):
    truth = truths(SAMPLES / "truth.jsonl", "s33_ledger_born_digital.pdf")[number - 1]
    reading = read(SAMPLES / truth["source"], number)
    assert found(reading) == wanted(truth)
    assert (reading.kind, reading.era, reading.rotation) == (truth["kind"], truth["era"], 0)
    assert all(field.decision == Decision.ACCEPT for field in reading.fields)
    assert all(field.box is None for field in reading.fields)


def test_marks_and_carried_dates_say_what_they_are():
    reading = read(DATA / "layer_two_headings.pdf")
    flags = {(field.name, field.row): field.flags for field in reading.fields}
    assert flags["official", 2] == {"ditto"}
    assert flags["registration_date", 3] == {"carried"}
    assert flags["registration_date", 1] == frozenset()


def test_text_that_is_not_drawn_is_no_text_layer():
    automatic = next(iter(load_pages(DATA / "layer_unseen.pdf")))
    assert automatic.text_layer is None
    assert not pages_of(DATA / "layer_unseen.pdf")[0].text_layer.born_digital


def test_what_another_machine_read_is_never_accepted():
    page = pages_of(DATA / "layer_certificate.pdf")[0]
    reading = read_text_layer(page, dataclasses.replace(page.text_layer, born_digital=False))
    assert reading.fields
    assert all(field.decision == Decision.KEY for field in reading.fields)
    assert all(field.confidence <= 0.6 for field in reading.fields)


class NoModels(Models):
    """Models of a process in which pixels must not be read."""

    @property
    def detector(self):
        raise AssertionError


@pytest.mark.parametrize("engine", ["auto", "text-layer"])
def test_pages_with_a_layer_are_read_without_pixels(engine):
    page = pages_of(DATA / "layer_form.pdf")[0]
    assert read_page(page, NoModels(engine)).engine == "text-layer"


def test_a_layer_that_names_nothing_leaves_the_page_to_its_pixels():
    line = TextLine(quad=quad_of((10, 10, 60, 30)), text="第3页", confidence=1.0)
    page = page_with(TextLayer(lines=(line,), tables=()))
    assert read_page(page, NoModels("text-layer")).fields == ()
    with pytest.raises(AssertionError):
        read_page(page, NoModels("auto"))


def test_the_engine_for_pixels_gets_no_layer():
    page = next(iter(load_pages(DATA / "layer_form.pdf", text_layer="never")))
    assert page.text_layer is None


class Blind:
    """A detector that finds nothing, and a recogniser that reads nothing."""

    def detect(self, _image, _treated):
        return []

    def recognize(self, crops, **_settings):
        assert not crops
        return []


def test_a_page_without_a_line_is_blank():
    models = Models("ppocr")
    models.__dict__.update(detector=Blind(), primary=Blind())
    with pytest.raises(InputError) as caught:
        read_page(page_with(None), models)
    assert caught.value.reason == "blank_page"


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        ([], False),
        ([("专", 0.2), ("中", 0.78)], False),
        ([("ie", 0.62), ("as", 0.53), ("a", 0.51), ("－－－－－－－－", 0.9)], False),
        ([("结婚证", 0.9)], True),
        ([("证", 0.9), ("姓名", 0.1)], True),
        ([("Registered", 0.9)], True),
    ],
)
def test_specks_are_no_writing(texts, written):
    lines = [
        as_line(TextLine(quad=quad_of((0, 0, 90, 30)), text=text, confidence=sure), FRAME)
        for text, sure in texts
    ]
    assert is_written(lines) == written


def test_a_scan_has_no_text_layer():
    [refused] = pages_of(SAMPLES / "s27_ledger.jpg")
    assert isinstance(refused, PageRefusal)
    assert refused.reason == "no_text_layer"


def test_odd_values_go_to_a_person():
    rows = [["姓名", "女方姓名", "登记日期"], ["张三", "12", "去年春天"]]
    reading = read_text_layer(
        page_with(layer := TextLayer(lines=(), tables=(table(*rows),))), layer
    )
    decisions = {field.name: field.decision for field in reading.fields}
    assert decisions["female.name"] == Decision.KEY
    assert decisions["registration_date"] == Decision.KEY
    date = next(field for field in reading.fields if field.name == "registration_date")
    assert (date.text, date.value, date.confidence) == ("去年春天", "", 0.0)


def test_sums_and_repeated_headings_are_no_couples():
    head = ["序号", "男方姓名", "女方姓名"]
    register = as_register(
        table(head, ["1", "张三", "李四"], head, ["2", "王五", "赵六"], ["合计", "2对", ""])
    )
    assert [couple[0][1] for couple in register.couples] == ["张三", "王五"]


def test_tables_that_name_too_little_are_no_ledgers():
    assert as_register(table(["材料", "份数"], ["照片", "2"])) is None
    assert as_register(table(["序号", "备注", "登记日期"], ["1", "", "2001-01-01"])) is None
    assert as_register(table(["序号", "男方姓名", "女方姓名"])) is None


def test_a_running_number_is_told_from_a_certificate_number():
    rows = [["编号", "男方", "女方", "登记日期"], ["京结字第7号", "张三", "李四", "2001-01-01"]]
    assert as_register(table(*rows)).headings[0].field == "certificate_number"
    rows[1][0] = "7"
    assert as_register(table(*rows)).headings[0].field == "sequence"


def test_columns_without_a_person_follow_the_one_before():
    head = ["女方姓名", "身份证号", "男方姓名", "身份证号", "登记日期"]
    register = as_register(table(head, ["李四", "1", "张三", "2", "2001-01-01"]))
    assert [h.party for h in register.headings] == ["female", "female", "male", "male", None]


GOING_ON = [
    ["12", "(86)京朝结字第00012号", "1986-05-01", "王建国", "1960-03-02", "赵秀英", "1961-04-05"],
    ["13", "(86)京朝结字第00013号", "1986-05-01", "李强", "1958-11-20", "孙丽", "1959-10-12"],
    ["14", "(86)京朝结字第00014号", "1986-05-02", "张志明", "1961-07-09", "周敏", "1960-06-19"],
]


def test_a_table_that_goes_on_without_headings_is_understood_by_its_texts():
    register = as_register(table(*GOING_ON))
    named = [(found.field, found.party) for found in register.headings]
    assert named == [
        ("sequence", None), ("certificate_number", None), ("registration_date", None),
        ("name", "male"), ("birth_date", "male"), ("name", "female"), ("birth_date", "female"),
    ]  # fmt: skip
    assert all(given.sure <= 0.99 for given in givens_of(register, sure=0.999))


def test_a_heading_that_nobody_knows_costs_no_column():
    heads = ["序号", "证号", "注册日", "男方姓名", "男方生辰", "女方姓名", "女方生辰"]
    register = as_register(table(heads, *GOING_ON))
    assert register.headings[2].field == "registration_date"
    assert [found.field for found in register.headings[4::2]] == ["birth_date", "birth_date"]


def test_a_table_of_anything_else_is_no_register():
    assert as_register(table(["一月", "12", "3"], ["二月", "14", "5"], ["三月", "9", "6"])) is None


def test_wives_may_stand_first_in_columns_without_rules():
    places = [50, 250, 500, 750, 1000]
    rows = [["女方姓名", "身份证号", "男方姓名", "身份证号", "登记日期"]]
    rows += [["李四", f"110{i}", "张三", f"220{i}", f"2001-01-0{i}"] for i in (1, 2, 3)]
    lines = [text_line("某县结婚登记册", 400, 20)]
    for y, row in enumerate(rows):
        lines += [text_line(t, x, 100 + 50 * y) for t, x in zip(row, places, strict=True)]
    layer = TextLayer(lines=tuple(lines), tables=())
    page = page_with(layer, rgb=np.full((600, 1300, 3), 255, np.uint8))
    numbers = found(read_text_layer(page, layer))
    assert numbers["female.id_number", 2] == ("1102", "1102")
    assert numbers["male.id_number", 3] == ("2203", "2203")


def test_rows_of_several_tables_are_counted_through():
    head = ["序号", "男方姓名", "女方姓名"]
    layer = TextLayer(
        lines=(),
        tables=(table(head, ["1", "张三", "李四"]), table(head, ["2", "王五", "赵六"])),
    )
    names = found(read_text_layer(page_with(layer), layer))
    assert names["male.name", 2] == ("王五", "王五")


def test_the_couple_of_a_form_stands_side_by_side():
    form = table(["", "女方", "男方"], ["姓名", "李四", "张三"], ["登记日期", "2001-01-01", ""])
    givens, rest = side_by_side(form, sure=1.0)
    assert {(g.name, g.text) for g in givens} == {
        ("male.name", "张三"), ("female.name", "李四"), ("registration_date", "2001-01-01"),
    }  # fmt: skip
    assert rest.cells == (("", "女方", "男方"), (), ())


def given_text(field, row, text, party=None):
    return Given(field=field, party=party, row=row, text=text, sure=1.0)


@given(st.lists(st.sampled_from(["〃", "同上", "", "张三", "李四"]), min_size=1, max_size=12))
def test_a_mark_stands_for_the_last_text_above_it(texts):
    """A ditto mark: `text` is the mark, `value` the value it stands for."""
    givens = [given_text("official", row, text) for row, text in enumerate(texts, 1)]
    expected, last = [], None
    for row, text in enumerate(texts, 1):
        if text in {"〃", "同上"} and last:
            expected.append((row, text, last))
        elif text:
            last = text
            expected.append((row, text, text))
    assert [(g.row, g.text, g.meaning or g.text) for g in filled_down(givens)] == expected


@given(st.lists(st.sampled_from(["", "2001-02-03", "2001-02-04"]), min_size=1, max_size=12))
def test_a_date_holds_until_the_next(texts):
    """A date printed only where it changes: `text` is empty, `value` the carried date."""
    givens = [
        g
        for row, text in enumerate(texts, 1)
        for g in (given_text("registration_date", row, text), given_text("remark", row, "无"))
    ]
    expected, last = [], ""
    for row, text in enumerate(texts, 1):
        last = text or last
        if last:
            expected.append((row, text, last))
    filled = [g for g in filled_down(givens) if g.field == "registration_date"]
    assert [(g.row, g.text, g.value) for g in filled] == expected


def test_the_sexes_on_the_page_decide_who_is_who():
    givens = [
        given_text("name", None, "李四", "male"), given_text("sex", None, "女", "male"),
        given_text("name", None, "张三", "female"), given_text("sex", None, "男", "female"),
    ]  # fmt: skip
    assert {(g.party, g.text) for g in settled_parties(givens) if g.field == "name"} == {
        ("female", "李四"), ("male", "张三"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("北京市宣武区结婚登记名册（2001年）", "北京市宣武区"),
        ("通县一九八一年度结婚登记簿", "通县"),
        ("结婚登记簿", ""),
        ("1981年结婚登记簿", ""),
        ("海淀区婚姻登记册", "海淀区"),
    ],
)
def test_the_title_names_the_district(title, name):
    assert district(title) == name


def test_radicals_give_way_to_their_characters():
    assert unified("⼥⽅⻢⻰⺠") == "女方马龙民"
    assert unified("豈金") == "豈金"
    assert unified("男〃·Ａ①") == "男〃·Ａ①"


@given(st.text(st.sampled_from("男方姓名 A1"), min_size=1).filter(str.strip))
def test_words_stand_where_their_line_has_them(text):
    line = as_line(TextLine(quad=quad_of((10, 20, 210, 40)), text=text, confidence=1.0), FRAME)
    words = words_of(line, FRAME)
    assert [word.text for word in words] == text.split()
    for word in words:
        assert len(word.spans) == len(word.text)
        assert word.spans[0][0] == pytest.approx(0)
        assert word.spans[-1][1] == pytest.approx(1)
        assert 10 <= word.area.u0 < word.area.u1 <= 210.001


def test_ideographs_take_twice_the_room_of_figures():
    assert even_spans("男12", vertical=False) == ((0.0, 0.5), (0.5, 0.75), (0.75, 1.0))
    assert even_spans("男1", vertical=True) == ((0.0, 0.5), (0.5, 1.0))


def test_empty_cells_of_a_couple_are_told():
    register = as_register(table(["男方姓名", "女方姓名", "备注"], ["张三", "李四", ""]))
    assert [g.text for g in givens_of(register, sure=0.9)] == ["张三", "李四", ""]
