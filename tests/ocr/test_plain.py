"""Plain drawings: what is written stays, what tells of the page goes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.plain import RIM, SIDE, STEP, plain
from records.errors import InputError
from records.reading import Box

FIELD = Box(60, 50, 360, 110)


def page(*, paper=(232, 224, 200), ink=(50, 45, 70), thick=3, grain=4.0, seed=1):
    """A page with one written field between two others, and a rule on each side of it."""
    chance = np.random.default_rng(seed)
    picture = np.full((200, 460, 3), paper, np.float32) + chance.normal(0, grain, (200, 460, 1))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    for row, text in ((40, "ABOVE"), (100, "R2 K7 48"), (160, "BELOW")):
        face = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(picture, text, (70, row), face, 1.4, ink, thick, cv2.LINE_AA)
    for row in (48, 113):
        cv2.line(picture, (0, row), (460, row), ink, 2)
    return picture


def alike(one, two):
    """The correlation of two drawings, laid over each other at the best place."""
    small, large = sorted((one, two), key=lambda each: each.size)
    edge = cv2.copyMakeBorder(large, 30, 30, 70, 70, cv2.BORDER_CONSTANT, value=255)
    return float(cv2.matchTemplate(edge, small, cv2.TM_CCOEFF_NORMED).max())


def test_paper_ink_and_pen_leave_no_trace():
    plainly = plain(page(), FIELD)
    assert set(np.unique(plainly[:RIM])) == {255}
    for other in (
        page(paper=(250, 250, 250), ink=(0, 0, 0), grain=0.5, seed=2),
        page(paper=(190, 200, 170), ink=(90, 60, 40), grain=7, seed=3),
        page(thick=2),
        page(thick=5),
    ):
        drawn = plain(other, FIELD)
        assert alike(plainly, drawn) > 0.8
        assert abs(drawn.mean() - plainly.mean()) < 12


def test_resolution_leaves_no_trace():
    large = cv2.resize(page(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    drawn = plain(large, Box(*(2 * each for each in FIELD)))
    first = plain(page(), FIELD)
    assert drawn.shape == first.shape
    assert alike(first, drawn) > 0.9


def test_of_neighbours_and_rules_nothing_is_left():
    alone = page()
    alone[:48] = alone[114:] = (232, 224, 200)
    beside = plain(page(), FIELD, [Box(60, 10, 200, 52), FIELD, Box(60, 118, 200, 170)])
    assert alike(beside, plain(alone, FIELD)) > 0.95


def test_red_ink_is_grey_and_what_is_under_it_black():
    stamped = page()
    cv2.circle(stamped, (200, 80), 24, (210, 40, 40), 4)
    drawn = plain(stamped, FIELD)
    assert ((drawn > 150) & (drawn < 180)).sum() > 40
    assert alike(drawn, plain(page(), FIELD)) > 0.6


@pytest.mark.parametrize("box", [FIELD, Box(100, 20, 130, 160), Box(5, 5, 9, 9)])
def test_sizes_come_in_steps(box):
    for side in plain(page(), box).shape:
        assert side == SIDE + 2 * RIM or (side - 2 * RIM) % STEP == 0


def test_an_empty_field_is_white():
    blank = np.random.default_rng(4).normal(215, 4, (80, 300, 3)).clip(0, 255).astype(np.uint8)
    assert (plain(blank, Box(20, 20, 280, 60)) == 255).mean() > 0.995


def test_a_box_off_the_page_is_refused():
    with pytest.raises(InputError, match="box_outside"):
        plain(page(), Box(900, 900, 950, 950))
