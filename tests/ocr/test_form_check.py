"""How a form fits a page, drawn and told; and what is no form gives no field."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.certificate import find_slots
from ocr.classify import classify, title_words
from ocr.form_check import check_page
from ocr.forms.fit import best_fit, fit
from ocr.forms.in_force import reading_by
from ocr.forms.loading import forms_of, installed_forms
from ocr.given_lines import as_line
from ocr.layout import Frame
from ocr.lines import TextLine
from ocr.models import Models
from ocr.page_lines import SeenPage
from ocr.pages import load_pages
from records.errors import InputError
from records.reading import Kind

SAMPLES = Path(__file__).parents[2] / "data_samples"
FRAME = Frame(angle=0.0, vertical=False)


def line(text: str, x: int, y: int, size: int = 20):
    right, bottom = x + size * len(text), y + size
    quad = np.array([[x, y], [right, y], [right, bottom], [x, bottom]], np.float32)
    return as_line(TextLine(quad=quad, text=text, confidence=1.0), FRAME)


def kind_of(*texts: str) -> Kind:
    lines = [line(text, 20, 40 * at) for at, text in enumerate(texts, 1)]
    return classify(lines, {"name", "sex", "birth_date", "ethnicity"}, texts)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("常住人口登记卡", "姓名 李雷", "婚姻状况 已婚"), Kind.OTHER),
        (("北京市海淀区人民法院民事判决书", "原告 李雷", "准予离婚"), Kind.OTHER),
        (("介绍信", "兹有我社社员李雷申请结婚"), Kind.OTHER),
        (("离婚协议书", "姓名 李雷"), Kind.OTHER),
        (("职工登记表", "姓名 李雷", "婚姻状况 未婚", "婚否 已婚"), Kind.OTHER),
        # The papers that an application lists don't make it one of them.
        (("结婚登记申请书", "提供证件", "户口簿", "居民身份证"), Kind.APPLICATION),
        (("结婚证", "居民身份证号码"), Kind.MARRIAGE_CERTIFICATE),
        (("解除夫妻关系证明书",), Kind.DIVORCE_CERTIFICATE),
        (("夫妻关系证明书",), Kind.MARRIAGE_CERTIFICATE),
        (("北京市西城区结婚登记簿",), Kind.MARRIAGE_LEDGER),
    ],
)
def test_other_papers_are_told_from_forms(texts, kind):
    assert kind_of(*texts) is kind


def test_titles_are_told_also_from_right_to_left_and_spaced_out():
    assert title_words([line("證婚結", 20, 20)]) == ("结婚证",)
    spaced = [line(character, 20 + 100 * at, 20, 40) for at, character in enumerate("結婚證")]
    assert title_words([*spaced, line("李", 20, 200)]) == ("结婚证",)
    assert title_words([line("兹证明二人已领取结婚证，特此说明其余事项如下", 20, 20)]) == ()


def parties(lines) -> dict[str, str]:
    seen = SeenPage(
        image=np.zeros((9, 9, 3), np.uint8), clean=np.zeros((9, 9, 3), np.uint8), frame=FRAME,
        lines=tuple(lines),
    )  # fmt: skip
    return {slot.text: slot.party for slot in find_slots(seen, lines) if slot.party}


def test_the_form_says_who_comes_first_unless_the_page_does(tmp_path):
    (tmp_path / "a.toml").write_text(
        'version = 1\nkind = "marriage_certificate"\nname = "鸳鸯谱"\nenglish = "x"\n'
        'titles = ["鸳鸯谱"]\norder = ["female", "male"]\n',
        encoding="utf-8",
    )
    rows = [line("姓名 韩梅", 20, 80), line("年龄 20", 300, 80)]
    rows += [line("姓名 李雷", 20, 140), line("年龄 22", 300, 140)]
    said = [line("女方姓名 韩梅", 20, 80), line("男方姓名 李雷", 20, 140)]
    with reading_by(forms_of(tmp_path)):
        own = parties([line("鸳鸯谱", 100, 20), *rows])
        other = parties([line("结婚证", 100, 20), *rows])
        assert parties([line("鸳鸯谱", 100, 20), *said]) == {"韩梅": "female", "李雷": "male"}
    assert own == {"韩梅": "female", "20": "female", "李雷": "male", "22": "male"}
    assert other == {"韩梅": "male", "20": "male", "李雷": "female", "22": "female"}


def test_a_form_beside_a_page():
    form = installed_forms().get("marriage-certificate-1966")
    fields = {"male.name", "female.name", "male.id_number"}
    found = fit(form, text="最高指示\n结婚证", titles=("结婚证",), fields=fields)
    assert (found.titles, found.marks) == (("结婚证",), ("最高指示",))
    assert found.given == ("male.name", "female.name")
    assert found.other == ("male.id_number",)
    assert set(found.given) | set(found.missing) == set(form.gives)


@pytest.mark.parametrize(
    ("kind", "text", "fields", "best"),
    [
        (Kind.MARRIAGE_CERTIFICATE, "毛主席语录", {"male.name"}, "marriage-certificate-1966"),
        (Kind.MARRIAGE_CERTIFICATE, "持证人", {"holder"}, "marriage-certificate-2004"),
        (Kind.DIVORCE_LEDGER, "", set(), "divorce-ledger"),
        (Kind.OTHER, "介绍信", set(), "other-introduction"),
        (Kind.OTHER, "你好", set(), None),
    ],
)
def test_the_form_that_fits_best(kind, text, fields, best):
    titles = ("介绍信",) if text == "介绍信" else ("结婚证",)
    found = best_fit(installed_forms().forms, kind, text=text, titles=titles, fields=fields)
    assert (found and found.form_id) == best


def test_a_page_is_drawn_with_its_labels_and_places():
    page = next(iter(load_pages(SAMPLES / "s21_printed_marriage.jpg")))
    found = check_page(page, Models("ppocr"))
    assert found.kind is Kind.MARRIAGE_CERTIFICATE
    assert found.fields == ()
    names = {zone.name for zone in found.zones}
    assert {"male.name", "female.name", "certificate_number", "holder"} <= names
    picture = np.asarray(Image.open(io.BytesIO(found.picture)))
    height, width = picture.shape[:2]
    scale = width / found.size[0]
    for place in (*found.labels, *found.zones):
        left, top, right, bottom = (round(side * scale) for side in place.box)
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    # Every frame is drawn: its left edge has the colour of places of values.
    for zone in found.zones:
        left, top, _, bottom = (round(side * scale) for side in zone.box)
        edge = picture[(top + bottom) // 2, max(0, left - 1) : left + 2].astype(int)
        assert (np.abs(edge - (210, 30, 30)).sum(axis=1) < 60).any(), zone.name


def test_a_page_without_writing_is_no_form():
    class Blank:
        detector = primary = second = None

    page = next(iter(load_pages(SAMPLES / "s21_printed_marriage.jpg")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ocr.form_check.upright", lambda image, _: type("U", (), {
            "image": image, "clean": image, "quads": [], "rotation": 0})())  # fmt: skip
        patched.setattr("ocr.form_check.see_page", lambda *_: type("S", (), {"lines": ()})())
        with pytest.raises(InputError) as caught:
            check_page(page, Blank())
    assert caught.value.reason == "blank_page"
