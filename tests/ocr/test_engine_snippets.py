"""A snippet is the field's pixels and nothing else."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from ocr.snippets import cut, cut_from, png
from records.errors import InputError
from records.reading import Box


def page() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 255, (120, 200, 3), dtype=np.uint8)


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_box_is_cut_from_the_upright_page(tmp_path, turn):
    upright = page()
    path = tmp_path / "scan.png"
    Image.fromarray(np.ascontiguousarray(np.rot90(upright, -turn // 90))).save(path)
    snippet = cut(path, 1, turn, Box(50, 30, 150, 60), margin=5)
    np.testing.assert_array_equal(pixels(snippet), upright[25:65, 45:155])


def test_a_turn_that_the_file_tells_itself_is_not_undone_twice(tmp_path):
    upright = np.repeat(np.repeat(page(), 4, axis=0), 4, axis=1)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "scan.jpg"
    Image.fromarray(np.rot90(upright, 1)).save(path, exif=exif, quality=100, subsampling=0)
    snippet = pixels(cut(path, 1, 270, Box(100, 80, 300, 200), margin=0))
    difference = snippet.astype(int) - upright[80:200, 100:300]
    assert np.abs(difference).mean() < 3


def test_the_margin_ends_at_the_page():
    upright = page()
    np.testing.assert_array_equal(
        pixels(cut_from(upright, Box(0, 0, 20, 10), margin=50)), upright[:60, :70]
    )


def test_a_box_off_the_page_is_refused():
    with pytest.raises(InputError) as caught:
        cut_from(page(), Box(500, 500, 600, 600), margin=3)
    assert caught.value.reason == "box_outside"


def test_a_page_that_is_refused_gives_its_reason(tmp_path):
    path = tmp_path / "empty.jpg"
    path.write_bytes(b"")
    with pytest.raises(InputError) as caught:
        cut(path, 1, 0, Box(0, 0, 9, 9))
    assert caught.value.reason == "empty_file"


def test_a_page_that_is_not_there(tmp_path):
    path = tmp_path / "scan.png"
    Image.fromarray(page()).save(path)
    with pytest.raises(InputError) as caught:
        cut(path, 2, 0, Box(0, 0, 9, 9))
    assert caught.value.reason == "not_found"


def test_nothing_but_pixels_is_in_the_file(tmp_path):
    path = tmp_path / "scan.jpg"
    exif = Image.Exif()
    exif[0x010E] = "a description of the page"
    Image.fromarray(page()).save(path, exif=exif, comment=b"a comment", dpi=(300, 300))
    data = cut(path, 1, 0, Box(10, 10, 90, 60))
    kinds, at = [], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        kinds.append(kind)
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (33, 57)])
def test_every_size_survives(size):
    image = np.random.default_rng(8).integers(0, 255, (*size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(png(image)), image)
