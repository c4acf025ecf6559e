"""Tesseract's lines become fields, of which next to nothing is accepted unseen."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.lines import TextLine
from ocr.models import Models
from ocr.pages import PageImage, load_pages
from ocr.quads import quad_of
from ocr.reader import read_page
from ocr.tesseract import TesseractEngine
from ocr.tesseract_reading import read_by_tesseract
from records.errors import EngineError, InputError
from records.reading import Decision, Kind

SAMPLES = Path(__file__).parents[2] / "data_samples"
WHITE = np.full((900, 1200, 3), 250, np.uint8)
NUMBER = "110101196508027648"


def page_of(rgb=WHITE):
    return PageImage(source="p.jpg", page=1, rgb=rgb, dpi=None, media_type="image/jpeg")


def line(text, x, y, *, confidence=0.9, size=30, vertical=False):
    length = size * len(text)
    box = (x, y, x + size, y + length) if vertical else (x, y, x + length, y + size)
    return TextLine(quad=quad_of(box), text=text, confidence=confidence, vertical=vertical)


class Told:
    """An engine that reads what it is told, by script."""

    def __init__(self, *, coloured=(), **scripts):
        self.scripts = {name.replace("_", "-"): lines for name, lines in scripts.items()}
        self.coloured = list(coloured)
        self.asked = []

    def __call__(self, script):
        return _Script(self, script)


@dataclasses.dataclass
class _Script:
    told: Told
    script: str

    def read_lines(self, _image, *, keep_red=False):
        self.told.asked.append((self.script, keep_red))
        return self.told.coloured if keep_red else list(self.told.scripts.get(self.script, []))


def read_from(told):
    return read_by_tesseract(page_of(), told, lambda _image: 0)


def fields(reading):
    return {field.name: field for field in reading.fields}


def certificate(number=NUMBER, born="1965年8月2日"):
    return [
        line("结婚证", 500, 40, size=60),
        line("姓名李四", 100, 200), line("性别女", 600, 200),
        line(f"出生日期{born}", 100, 260), line(f"身份证号{number}", 600, 260),
        line("姓名张三", 100, 400), line("性别男", 600, 400),
        line("登记日期2001年5月6日", 100, 600),
    ]  # fmt: skip


def test_labelled_lines_become_fields():
    reading = read_from(Told(simplified=certificate()))
    read = fields(reading)
    assert (reading.kind, reading.era, reading.engine) == (
        Kind.MARRIAGE_CERTIFICATE, "1990s", "tesseract",
    )  # fmt: skip
    assert read["registration_date"].value == "2001-05-06"
    assert read["male.name"].value == "张三"
    assert read["female.name"].value == "李四"
    left, top, right, bottom = read["male.name"].box
    assert 150 <= left < right <= 230
    assert 395 <= top < bottom <= 435


def test_only_what_a_checked_number_proves_is_accepted():
    read = fields(read_from(Told(simplified=certificate())))
    accepted = {name for name, field in read.items() if field.decision == Decision.ACCEPT}
    assert accepted == {"female.id_number", "female.birth_date", "female.sex"}
    assert all(f.confidence <= 0.55 for f in read.values() if f.name not in accepted)


@settings(deadline=None)
@given(place=st.integers(0, 17), digit=st.sampled_from("0123456789"))
def test_a_number_with_a_wrong_digit_proves_nothing(place, digit):
    number = NUMBER[:place] + digit + NUMBER[place + 1 :]
    read = fields(read_from(Told(simplified=certificate(number))))
    accepted = [f for f in read.values() if f.decision == Decision.ACCEPT]
    assert bool(accepted) == (number == NUMBER)


def test_a_number_of_the_other_sex_proves_nothing():
    lines = [
        line("姓名张三", 100, 200),
        line("性别男", 600, 200),
        line(f"身份证号{NUMBER}", 100, 260),
    ]
    told = Told(simplified=[line("结婚证", 500, 40, size=60), *lines])
    assert not any(f.decision == Decision.ACCEPT for f in read_from(told).fields)


def test_a_birth_date_against_its_number_goes_to_a_person():
    told = Told(simplified=certificate(born="1965年8月3日"))
    read = fields(read_from(told))
    assert read["female.id_number"].decision == Decision.ACCEPT
    assert read["female.birth_date"].decision == Decision.KEY


def test_columns_are_tried_when_lines_make_no_sense():
    columns = [
        line("姓名劉祥廣", 900, 100, vertical=True),
        line("出生年月一九二五年二月九日", 850, 100, vertical=True),
        line("一九五一年五月十八日", 300, 100, vertical=True),
    ]
    told = Told(simplified=[line("AB", 10, 10)], traditional_vertical=columns)
    read = fields(read_from(told))
    assert read["registration_date"].value == "1951-05-18"
    assert read["male.birth_date"].value == "1925-02-09"
    assert read["male.name"].value == "劉祥廣"


def test_labels_printed_in_red_are_looked_for():
    values = [line("李四", 200, 200), line("2001年5月6日", 300, 600), line("性别女", 500, 200)]
    labels = [line("登记日期", 100, 600), line("姓名", 100, 200), line("国", 210, 205)]
    told = Told(simplified=values, coloured=labels)
    read = fields(read_from(told))
    assert told.asked[-1] == ("simplified", True)
    assert read["registration_date"].value == "2001-05-06"
    assert read["male.name"].text == "李四"


def ledger_lines():
    heads = ["序号", "登记日期", "男方姓名", "女方姓名", "经办人"]
    places = [50, 200, 450, 650, 850]
    rows = [
        ["1", "1981.5.6", "张三", "李四", "周平"],
        ["2", "", "王五", "赵六", "同上"],
        ["3", "1981.5.8", "陈七", "孙八", "同上"],
    ]
    lines = [line("北京市崇文区结婚登记簿", 300, 40, size=40)]
    for y, row in zip((150, 220, 290, 360), [heads, *rows], strict=True):
        lines += [line(text, x, y) for text, x in zip(row, places, strict=True) if text]
    return lines


def test_a_ledger_is_read_in_rows_with_marks_and_carried_dates():
    reading = read_from(Told(simplified=ledger_lines()))
    read = {(f.name, f.row): f for f in reading.fields}
    assert reading.kind == Kind.MARRIAGE_LEDGER
    assert read["office", None].value == "北京市崇文区"
    assert [read["male.name", row].value for row in (1, 2, 3)] == ["张三", "王五", "陈七"]
    carried = read["registration_date", 2]
    assert (carried.text, carried.value, carried.flags) == ("", "1981-05-06", {"carried"})
    ditto = read["official", 3]
    assert (ditto.text, ditto.value, ditto.flags) == ("同上", "周平", {"ditto"})
    assert all(field.decision == Decision.KEY for field in reading.fields)


def test_many_headings_in_a_row_make_a_ledger_without_a_title():
    lines = [line("崇文区结婚登记毎", 300, 40, size=40), *ledger_lines()[1:]]
    reading = read_from(Told(simplified=lines))
    assert reading.kind == Kind.MARRIAGE_LEDGER
    parted = [line("离婚原因", 1050, 150), *lines[1:]]
    assert read_from(Told(simplified=parted)).kind == Kind.DIVORCE_LEDGER


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("J110111-2014-000767", Kind.MARRIAGE_CERTIFICATE),
        ("BL110111-2014-000767", Kind.DIVORCE_CERTIFICATE),
        ("（93丰离）字第12号", Kind.DIVORCE_CERTIFICATE),
        ("京西結字第一百九十五號", Kind.MARRIAGE_CERTIFICATE),
        ("195", Kind.OTHER),
    ],
)
def test_a_number_tells_the_kind_when_the_title_is_gone(number, kind):
    told = Told(simplified=[line(number, 100, 100), line("2001年5月6日", 100, 300)])
    reading = read_from(told)
    assert reading.kind == kind
    assert bool(reading.fields) == (kind != Kind.OTHER)


def test_a_page_without_a_line_is_blank():
    with pytest.raises(InputError) as caught:
        read_from(Told())
    assert caught.value.reason == "blank_page"


def test_an_engine_that_fails_says_so():
    class Broken:
        def __init__(self, _script): ...

        def read_lines(self, _image, *, keep_red=False):  # noqa: ARG002 - as the engine has it
            raise EngineError("tesseract_failed", what="")

    with pytest.raises(EngineError):
        read_from(Broken)


def test_specks_are_no_lines_and_large_pages_keep_their_boxes(monkeypatch):
    def words(_self, image, _segmentation):
        assert max(image.shape) <= 2600
        base = {"block_num": 1, "par_num": 1, "line_num": 1, "height": 20, "top": 50}
        return [
            {**base, "left": 0, "width": 5, "text": "|", "conf": 20},
            {**base, "left": 100, "width": 40, "text": "姓名", "conf": 90},
            {**base, "left": 160, "width": 40, "text": "张三", "conf": 80},
        ]

    monkeypatch.setattr(TesseractEngine, "_data", words)
    [found] = TesseractEngine().read_lines(np.full((5200, 3000, 3), 250, np.uint8))
    assert found.text == "姓名张三"
    assert found.quad.min(axis=0).tolist() == [200, 100]
    assert found.spans[2] == (0.6, 0.8)


@pytest.mark.parametrize(
    ("name", "turn"),
    [
        ("s21_printed_marriage.jpg", 0),
        pytest.param("s03_vertical_turned.jpg", 90, marks=pytest.mark.slow),
    ],
)
def test_real_pages_are_read_upright(name, turn):
    page = next(iter(load_pages(SAMPLES / name)))
    reading = read_page(page, Models("tesseract"))
    assert (reading.engine, reading.rotation) == ("tesseract", turn)
    assert reading.fields
