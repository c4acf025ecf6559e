"""The real networks on small drawn pages: lines found, read, set upright, seals taken off."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.model_files import model_file
from ocr.models import Models
from ocr.orient import turn_of, upright
from ocr.quads import crop_line, is_vertical, quad_of
from ocr.seals import remove_red
from ocr.sessions import Session
from records.errors import EngineError

DATA = Path(__file__).parent / "data"
SAMPLES = Path(__file__).parents[2] / "data_samples"
HORIZONTAL = [
    "登记日期1987年06月05日",
    "结婚证字第00317号",
    "姓名王小明性别男",
    "出生日期1962年11月20日",
    "北京市海淀区民政局",
]
VERTICAL = [
    "女方姓名李秀蘭年齡二十歲",
    "籍貫河北省宛平縣",
    "男方姓名張國華年齡廿三歲",
    "公曆一九五二年四月八日",
]


def picture(name: str) -> np.ndarray:
    with Image.open(DATA / f"engine_{name}.jpg") as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def read(models: Models, image: np.ndarray, version: str = "primary") -> str:
    quads = models.detector.detect(image)
    crops = [crop_line(image, quad)[0] for quad in quads]
    lattices = getattr(models, version).recognize(crops)
    return "".join(lattice.greedy().text for lattice in lattices).replace(" ", "")


@pytest.mark.parametrize("version", ["primary", "second"])
def test_lines_are_found_and_read_across(models, version):
    # The networks like to write the traditional form of this one character.
    text = read(models, picture("horizontal"), version).replace("別", "别")
    for line in HORIZONTAL:
        assert line in text or line[2:] in text


@pytest.mark.parametrize("version", ["primary", "second"])
def test_lines_are_found_and_read_downwards(models, version):
    page = picture("vertical")
    assert all(is_vertical(quad) for quad in models.detector.detect(page))
    text = read(models, page, version)
    assert sum(line in text for line in VERTICAL) >= 3


def test_quads_are_pixels_of_the_page_whatever_the_network_saw(models):
    page = picture("horizontal")
    large = np.asarray(Image.fromarray(page).resize((2000, 1240)))
    small = sorted(tuple(quad.mean(axis=0)) for quad in models.detector.detect(page))
    twice = sorted(tuple(quad.mean(axis=0) / 2) for quad in models.detector.detect(large))
    np.testing.assert_allclose(small, twice, atol=8)


def test_small_print_on_a_large_sheet_is_found(models):
    sheet = np.full((2200, 3200, 3), (240, 235, 222), np.uint8)
    small = np.asarray(Image.fromarray(picture("horizontal")).resize((240, 149)))
    for top in (100, 900, 1700):
        for left in (100, 1300, 2500):
            sheet[top : top + 149, left : left + 240] = small
    assert len(models.detector.detect(sheet)) >= 9 * len(HORIZONTAL)


def test_a_page_without_text_has_no_lines(models):
    assert models.detector.detect(np.full((400, 300, 3), 235, np.uint8)) == []


def test_lattices_come_in_the_order_of_the_crops(models):
    page = picture("horizontal")
    crops = [crop_line(page, quad)[0] for quad in models.detector.detect(page)]
    one_by_one = [models.primary.recognize([crop])[0].greedy().text for crop in crops]
    together = [lattice.greedy().text for lattice in models.primary.recognize(crops)]
    backwards = [lattice.greedy().text for lattice in models.primary.recognize(crops[::-1])]
    assert together == one_by_one
    assert backwards[::-1] == one_by_one
    assert models.primary.recognize([]) == []


def test_odd_crops_are_no_fault(models):
    rng = np.random.default_rng(2)
    sizes = [(1, 1), (3, 500), (500, 3), (48, 1), (20, 4000)]
    crops = [rng.integers(0, 255, (*size, 3), dtype=np.uint8) for size in sizes]
    assert len(models.primary.recognize(crops)) == len(crops)


def test_a_charset_has_as_many_symbols_as_its_network_has_outputs(models):
    for recognizer in (models.primary, models.second):
        symbols = recognizer.charset.symbols
        assert symbols[0] == ""
        assert symbols[-1] == " "
        assert len(set(symbols)) == len(symbols)
        # Traditional surnames that smaller models can't write.
        assert set("陸盧龔譚鄧") <= set(symbols)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("name", ["horizontal", "vertical"])
def test_a_turned_page_is_set_upright(models, name, turn):
    page = picture(name)
    scan = np.ascontiguousarray(np.rot90(page, -turn // 90))
    found = upright(scan, models)
    assert found.rotation == turn
    np.testing.assert_array_equal(found.image, page)
    assert len(found.quads) >= 4


@pytest.mark.parametrize("turn", [0, 180])
def test_lines_of_dates_do_not_lay_a_page_on_its_side(models, turn):
    """日 is read again after a quarter turn, and its longest lines are dates."""
    with Image.open(SAMPLES / "s15_handwritten.jpg") as image:
        scan = np.ascontiguousarray(np.rot90(np.asarray(image.convert("RGB")), -turn // 90))
    assert turn_of(scan, models.detector.detect(scan), models.primary) == turn


def test_a_page_without_evidence_stays_as_it_is(models):
    assert turn_of(np.full((300, 300, 3), 240, np.uint8), [], models.primary) == 0
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    quads = [quad_of((10, y, 390, y + 40)) for y in (20, 120, 220)]
    assert turn_of(noise, quads, models.primary) == 0


def test_a_seal_is_taken_off_and_the_strokes_under_it_stay(models):
    sealed, plain = picture("sealed"), picture("unsealed")
    cleaned = remove_red(sealed)
    grey, wanted = cleaned.mean(axis=2), plain.mean(axis=2)
    strokes = wanted < 90
    assert grey[strokes].mean() < 90
    # What was seal on paper is as light as paper; a fringe of the JPEG is allowed.
    assert np.percentile(grey[wanted > 200], 2) > 170
    crop = cleaned[80:210, 30:420]
    assert models.primary.recognize([crop])[0].greedy().text == "陳志遠印"


def test_a_picture_without_red_is_left_alone():
    page = np.dstack([np.full((60, 60), value, np.uint8) for value in (200, 198, 190)])
    assert remove_red(page) is page


def test_yellowed_paper_and_brown_ink_are_not_red():
    page = np.full((80, 80, 3), (226, 205, 168), np.uint8)
    page[20:40, 20:60] = (92, 66, 48)
    np.testing.assert_allclose(remove_red(page).astype(int), page.astype(int), atol=30)
    assert remove_red(page)[30, 40].max() < 120


def test_a_missing_model_says_what_to_do():
    with pytest.raises(EngineError) as caught:
        model_file("no_such_package_at_all", "a.onnx")
    assert caught.value.reason == "model_missing"
    assert caught.value.remedy


def test_a_network_that_fails_is_an_engine_error():
    session = Session(model_file("rapidocr", "models/PP-OCRv6_rec_small.onnx"))
    with pytest.raises(EngineError) as caught:
        session.run(np.zeros((1, 3, 7, 64), np.float32))
    assert caught.value.reason == "model_failed"


def test_flushing_denormals_stays_inside_the_networks_thread(models):
    models.primary.recognize([np.zeros((48, 100, 3), np.uint8)])
    smallest = np.float32(1e-40)
    assert smallest * np.float32(0.5) > 0
