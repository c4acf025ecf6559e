"""Marks: what a copier does to a picture doesn't take the clerk's pattern out of it."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from ocr.mark_search import FOUND, grey, place, strengths
from ocr.marks import STRENGTH, mark, mark_png, pattern, picture_of_file
from ocr.snippets import png
from records.errors import InputError

KEYS = {"right": b"clerk 1", "second": b"clerk 2", "third": b"clerk 3"}


def written(seed: int, *, height: int = 90, width: int = 320) -> np.ndarray:
    """A field as grey paper: a tint with grain, printed and bent strokes, a ruled line."""
    chance = np.random.default_rng(seed)
    paper = np.full((height, width, 3), (238, 231, 214), np.float32)
    paper += cv2.GaussianBlur(
        chance.normal(0, 12, (height, width, 1)).astype(np.float32), (0, 0), 1.5
    )[:, :, None]
    picture = np.clip(paper, 0, 255).astype(np.uint8)
    for _ in range(3):
        points = np.cumsum(chance.integers(-22, 30, (14, 2)), axis=0) + np.array([10, height // 2])
        for start, end in pairwise(points.astype(int).tolist()):
            cv2.line(picture, start, end, (60, 50, 90), 3, cv2.LINE_AA)
    text = "".join(chance.choice(list("ABCDEFGH23456789"), 9))
    cv2.putText(
        picture, text, (14, 62), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (40, 40, 60), 3, cv2.LINE_AA
    )
    cv2.line(picture, (0, 80), (width, 80), (120, 120, 120), 1)
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def pixels(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def jpeg(picture, quality=40):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)


def scaled(picture, by=0.8):
    return cv2.resize(picture, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)


def blurred(picture):
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


def noisy(picture):
    grain = np.random.default_rng(7).normal(0, 8, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def turned(picture, degrees=2.0):
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(picture, turn, (width, height), borderValue=(240, 240, 240))


def cropped(picture, share=0.2):
    height, width = picture.shape[:2]
    cut = (1 - (1 - share) ** 0.5) / 2
    down, right = int(height * cut), int(width * cut)
    return picture[down : height - down, right : width - right]


def everything(picture):
    return jpeg(noisy(scaled(cropped(turned(blurred(picture))))))


DAMAGE = {
    "nothing": lambda picture: picture,
    "jpeg 40": jpeg,
    "scaled to 0.8": scaled,
    "enlarged to 1.5": lambda picture: scaled(picture, 1.5),
    "blur": blurred,
    "noise": noisy,
    "turned by 2": turned,
    "turned by -2": lambda picture: turned(picture, -2.0),
    "cropped by 20 %": cropped,
    "everything": everything,
}


def found(leaked, original, keys=KEYS):
    a, b = grey(np.ascontiguousarray(leaked)), original.astype(np.float32)
    return strengths(a, b, place(a, b), keys)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_pattern_survives(damage, seed):
    original = written(seed)
    marked = pixels(mark(original, key=KEYS["right"], line="A1 1a2b3c4d"))
    best, *others = found(DAMAGE[damage](marked), original)
    assert best.name == "right"
    assert best.deviations > FOUND
    assert all(other.deviations < FOUND / 2 for other in others)


@pytest.mark.parametrize("damage", ["nothing", "jpeg 40", "everything"])
def test_nobody_is_named_for_a_picture_without_their_pattern(damage):
    many = {f"clerk {n}": b"k%d" % n for n in range(40)}
    unmarked = cv2.cvtColor(written(3), cv2.COLOR_GRAY2RGB)
    for picture in (unmarked, pixels(mark(written(3), key=b"another home", line="A1"))):
        for each in found(DAMAGE[damage](picture), written(3), many):
            assert each.deviations < FOUND - 3


def test_the_right_original_looks_most_alike():
    leaked = grey(np.ascontiguousarray(everything(pixels(mark(written(4), key=b"k", line="A1")))))
    likeness = {seed: place(leaked, np.float32(written(seed))).likeness for seed in range(2, 9)}
    assert max(likeness, key=likeness.__getitem__) == 4


@pytest.mark.parametrize("shape", [(300, 40), (25, 25), (30, 600)])
def test_marks_fit_pictures_of_any_shape(shape):
    original = written(5, height=shape[0], width=shape[1])
    marked = pixels(mark(original, key=b"k", line="AGREEMENT-1 1a2b3c4d"))
    assert marked.shape[1] == shape[1]
    assert marked.shape[0] > shape[0]
    change = marked[: shape[0], :, 0].astype(float) - original
    assert np.abs(change - change.mean()).mean() < 2.5 * STRENGTH


def test_the_same_key_gives_the_same_bytes():
    original = png(written(6))
    once = mark_png(original, key=b"k", line="A1")
    assert mark_png(original, key=b"k", line="A1") == once
    assert mark_png(original, key=b"l", line="A1") != once


def test_patterns_of_different_keys_are_not_alike():
    one, two = pattern(b"1", 90, 300), pattern(b"2", 90, 300)
    assert abs(float(one.mean())) < 1e-3
    assert float(one.std()) == pytest.approx(1, abs=1e-3)
    assert abs(float((one * two).mean())) < 0.1


def test_a_leaked_file_that_is_no_picture(tmp_path):
    with pytest.raises(InputError, match="not_found"):
        picture_of_file(tmp_path / "absent.png")
    for data in (b"", b"no picture", png(np.zeros((4, 4, 3), np.uint8))):
        (tmp_path / "x.png").write_bytes(data)
        with pytest.raises(InputError, match="damaged_image"):
            picture_of_file(tmp_path / "x.png")


def test_nothing_is_found_where_nothing_fits():
    flat = np.full((60, 60, 3), 255, np.uint8)
    assert all(each.deviations < FOUND for each in found(flat, written(1)))
