"""What makes reading quick must not change what is read."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.lattice import Charset, Lattice
from ocr.layout import Frame, Line, segment_of
from ocr.models import Models
from ocr.page_lines import SeenPage, see_page
from ocr.ppocr import _strips
from ocr.quads import crop_line, quad_of, shrunken
from ocr.seals import _paper, _without_red, remove_red
from ocr.values import seen_already
from ocr.zones import Slot

FRAME = Frame(angle=0.0, vertical=False)


@pytest.fixture(scope="module")
def models():
    return Models("ppocr")


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from((1, 2, 4, 8)), st.integers(0, 9))
def test_a_shrunken_picture_keeps_its_mean(width, height, times, seed):
    shape = (height * times, width * times, 3)
    image = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    small = shrunken(image, (width, height))
    means = image.reshape(height, times, width, times, 3).mean(axis=(1, 3))
    # Every pixel is rounded up to three times on the way.
    np.testing.assert_allclose(small, means, atol=2)


@given(st.lists(st.integers(8, 900), max_size=40))
def test_lines_side_by_side_keep_their_distance_and_none_is_lost(widths):
    strips = _strips(widths, 640)
    assert sorted(line for strip in strips for line, _ in strip.places) == [*range(len(widths))]
    for strip in strips:
        assert strip.width <= 640 or len(strip.places) == 1
        ends = [(at, at + widths[line]) for line, at in strip.places]
        assert all(b[0] - a[1] >= 48 and b[0] % 8 == 0 for a, b in pairwise(ends))


def sealed_page(seed):
    """Paper with black strokes, red specks and a red ring."""
    rng = np.random.default_rng(seed)
    page = np.full((700, 900, 3), (240, 236, 228), np.uint8)
    page[100:130, 80:600] = 30
    for x, y in rng.integers(20, 680, (12, 2)):
        page[y : y + 3, x : x + 3] = (205, 60, 55)
    cv2.circle(page, (500, 300), 90, (200, 40, 40), 9)
    return page


@pytest.mark.parametrize("seed", range(4))
def test_red_is_taken_off_in_places_as_it_would_be_off_the_whole_page(seed):
    page = sealed_page(seed)
    np.testing.assert_array_equal(remove_red(page), _without_red(page, _paper(page)))


def written(texts_at):
    """A page on which lines drawn with a stroke font stand at given heights."""
    page = np.full((900, 1200, 3), 240, np.uint8)
    for text, (x, y), colour in texts_at:
        cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 2.2, colour, 5, cv2.LINE_AA)
    return page


def test_a_glance_gives_places_on_the_whole_page(models):
    page = written([("RED 2004", (150, 700), (200, 30, 30)), ("1984", (100, 150), 3 * (20,))])
    (quad,) = models.detector.glance(page, (slice(500, 850), slice(60, None)))
    (whole,) = [other for other in models.detector.detect(page) if other[:, 1].mean() > 400]
    np.testing.assert_allclose(quad, whole, atol=12)


def test_red_writing_is_looked_at_in_colour(models):
    page = written([("RED 2004", (150, 700), (200, 30, 30)), ("1984", (100, 150), 3 * (20,))])
    bare = remove_red(page)
    (dark,) = [q for q in models.detector.detect(page, remove_red) if q[:, 1].mean() < 400]
    seen = see_page(page, bare, [dark], models)
    assert {line.text.replace(" ", ""): line.red for line in seen.lines} == {
        "1984": False, "RED2004": True,
    }  # fmt: skip


def test_a_page_without_red_gets_no_second_look(models, monkeypatch):
    page = written([("1984", (100, 150), 3 * (20,))])
    quads = models.detector.detect(page, remove_red)
    monkeypatch.setattr(models.detector, "glance", None)
    seen = see_page(page, remove_red(page), quads, models)
    assert [line.text for line in seen.lines] == ["1984"]


def test_lines_read_side_by_side_read_as_they_do_alone(models):
    page = written(
        [
            ("1984", (100, 150), 3 * (20,)),
            ("0726", (500, 400), 3 * (20,)),
            ("35", (90, 800), 3 * (20,)),
        ],
    )
    crops = [crop_line(page, quad)[0] for quad in models.detector.detect(page)]
    assert len(crops) == 3
    together = models.primary.recognize(crops, packed=True)
    models.primary._recent.clear()
    alone = models.primary.recognize(crops)
    for one, other in zip(together, alone, strict=True):
        assert one.greedy().text == other.greedy().text
        assert one.extent == other.extent


SPELLED = "姓名王明"


def line_of(text):
    """A line whose reader was sure of every character, two steps each."""
    charset = Charset(name="test", symbols=("", *sorted(set(text))))
    probs = np.full((3 * len(text), len(charset.symbols)), 0.001)
    probs[:, 0] = 0.9
    for i, character in enumerate(text):
        probs[3 * i + 1] = 0.001
        probs[3 * i + 1, charset.symbols.index(character)] = 0.99
    lattice = Lattice.from_dense(probs.astype(np.float32), charset)
    quad = quad_of((100, 100, 100 + 50 * len(text), 150))
    return Line(
        quad=quad, area=FRAME.area(quad), lattice=lattice, text=text, spans=lattice.spans(),
        chances=lattice.greedy().probabilities,
    )  # fmt: skip


def slot_of(line, start, stop):
    return Slot(
        field="name", party="male", label=None, ink=(segment_of(line, FRAME, start, stop),)
    )  # fmt: skip


def seen_page(line):
    image = np.full((300, 500, 3), 255, np.uint8)
    return SeenPage(image=image, clean=image, frame=FRAME, lines=(line,))


@pytest.mark.parametrize(("start", "stop"), [(0, 4), (2, 4), (0, 2), (1, 3)])
def test_a_value_is_the_part_of_what_was_read_with_its_line(start, stop):
    line = line_of(SPELLED)
    quad = quad_of((100 + 50 * start, 100, 100 + 50 * stop, 150))
    part = seen_already(seen_page(line), slot_of(line, start, stop), quad)
    assert part.greedy().text == SPELLED[start:stop]


def test_ink_beyond_the_line_is_read_anew():
    line = line_of(SPELLED)
    beyond = quad_of((200, 100, 330, 150))
    assert seen_already(seen_page(line), slot_of(line, 2, 4), beyond) is None
    a_margin = quad_of((200, 100, 306, 150))
    assert seen_already(seen_page(line), slot_of(line, 2, 4), a_margin) is not None
