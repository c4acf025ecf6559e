"""Whatever a file holds, its pages come one by one, or a reason why not."""

import io
from pathlib import Path

import numpy as np
import pytest
from page_files import only_refusal, saved, scan
from PIL import Image

from ocr.limits import Limits
from ocr.pages import PageImage, is_blank, load_pages, source_name
from records.reading import PageRefusal


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.pdf"])
def test_a_blank_page_is_set_aside(tmp_path, name):
    blank = Image.new("RGB", (400, 300), (241, 236, 220))
    assert only_refusal(saved(tmp_path, blank, name)) == "blank_page"


def test_a_single_word_is_not_blank():
    page = np.full((3000, 2000, 3), 240, np.uint8)
    assert is_blank(page)
    page[1500:1540, 900:1050] = 60
    assert not is_blank(page)


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
