"""Tesseract delivers lines in the same shape as the other engines."""

from pathlib import Path

import numpy as np
import pytesseract
import pytest
from PIL import Image

from ocr.tesseract import TesseractEngine
from records.errors import EngineError

DATA = Path(__file__).parent / "data"


def picture(name: str) -> np.ndarray:
    with Image.open(DATA / f"engine_{name}.jpg") as image:
        return np.asarray(image.convert("RGB"))


def test_a_printed_page_is_read_in_lines_with_boxes():
    lines = TesseractEngine().read_lines(picture("horizontal"))
    text = "".join(line.text for line in lines)
    assert "1987" in text
    assert "北京市海淀区民政局" in text
    office = next(line for line in lines if "民政局" in line.text)
    left, top = office.quad[0]
    assert left == pytest.approx(60, abs=20)
    assert top == pytest.approx(510, abs=20)
    assert 0 < office.confidence <= 1
    assert office.lattice is None


def test_columns_are_read_downwards():
    lines = TesseractEngine("traditional-vertical").read_lines(picture("vertical"))
    assert all(line.vertical for line in lines)
    assert any("姓名" in line.text for line in lines)


def test_one_line_can_be_read_alone():
    text, confidence = TesseractEngine().read_crop(picture("horizontal")[30:110])
    assert "1987" in text
    assert 0 <= confidence <= 1


def test_a_blank_page_has_no_lines():
    assert TesseractEngine().read_lines(np.full((300, 300, 3), 250, np.uint8)) == []


def test_without_tesseract_the_error_says_so(monkeypatch):
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "/nowhere/tesseract")
    with pytest.raises(EngineError) as caught:
        TesseractEngine().read_lines(picture("horizontal"))
    assert caught.value.reason == "tesseract_missing"


def test_a_tesseract_that_fails_is_an_engine_error(tmp_path, monkeypatch):
    broken = tmp_path / "tesseract"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", str(broken))
    with pytest.raises(EngineError) as caught:
        TesseractEngine().read_lines(picture("horizontal"))
    assert caught.value.reason in {"tesseract_failed", "tesseract_missing"}
