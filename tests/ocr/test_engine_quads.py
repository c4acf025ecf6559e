"""Crops are straight, corners are ordered, and skew is measured."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.quads import (
    clockwise,
    crop_line,
    expanded,
    greatest_channel,
    is_vertical,
    least_channel,
    quad_of,
    sides,
    skew_angle,
)


def rectangle(width, height, degrees, centre=(300.0, 300.0)):
    return clockwise(np.asarray(cv2.boxPoints((centre, (width, height), degrees)), np.float32))


lengths = st.floats(40, 400)


@given(lengths, lengths, st.floats(-40, 40), st.integers(0, 3), st.booleans())
def test_corners_are_clockwise_from_the_top_left_however_they_came(
    width, height, degrees, shift, mirrored
):
    quad = rectangle(width, height, degrees)
    given_order = np.roll(quad[::-1] if mirrored else quad, shift, axis=0)
    again = clockwise(given_order)
    np.testing.assert_allclose(again, quad, atol=1e-3)
    edges = np.roll(again, -1, axis=0) - again
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    assert (turns > 0).all()
    assert again.sum(axis=1).argmin() == 0


@given(lengths, lengths, st.floats(-40, 40), st.floats(0.5, 3))
def test_growing_adds_the_same_distance_on_every_side(width, height, degrees, ratio):
    _, (wide, tall), angle = expanded(((0, 0), (width, height), degrees), ratio)
    distance = (width * height) * ratio / (2 * width + 2 * height)
    assert wide - width == pytest.approx(2 * distance)
    assert tall - height == pytest.approx(2 * distance)
    assert angle == degrees


def test_a_straight_crop_is_the_pixels_themselves():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (200, 300, 3), dtype=np.uint8)
    crop, vertical = crop_line(image, quad_of((50, 60, 250, 100)))
    assert not vertical
    np.testing.assert_array_equal(crop, image[60:100, 50:250])


def test_a_vertical_line_is_laid_on_its_left_side():
    image = np.full((300, 200, 3), 255, np.uint8)
    image[50:90, 80:120] = (200, 0, 0)  # The first character, at the top.
    crop, vertical = crop_line(image, quad_of((80, 50, 120, 250)))
    assert vertical
    assert crop.shape == (40, 200, 3)
    assert (crop[:, :39] == (200, 0, 0)).all()
    assert (crop[:, 42:] == 255).all()


@pytest.mark.parametrize("degrees", [-20, -5, 3, 15])
def test_a_leaning_line_is_cut_straight(degrees):
    image = np.full((600, 600, 3), 255, np.uint8)
    quad = rectangle(300, 40, degrees)
    cv2.fillPoly(image, [quad.round().astype(np.int32)], (0, 0, 0))
    crop, _ = crop_line(image, quad)
    assert crop.shape[:2] == (40, 300)
    assert (crop[3:-3, 3:-3] < 60).all()


def test_a_quad_off_the_page_gives_paper():
    crop, _ = crop_line(np.zeros((50, 50, 3), np.uint8), quad_of((100, 100, 200, 120)))
    assert (crop == 255).all()


@given(st.floats(-15, 15), st.lists(st.booleans(), min_size=1, max_size=9))
def test_skew_is_recovered_from_lines_of_both_directions(degrees, downwards):
    quads = [
        rectangle(30, 300, degrees) if down else rectangle(300, 30, degrees) for down in downwards
    ]
    assert [is_vertical(quad) for quad in quads] == downwards
    assert skew_angle(quads) == pytest.approx(degrees, abs=0.05)


def test_no_lines_no_skew():
    assert skew_angle([]) == 0
    assert skew_angle([quad_of((0, 0, 40, 40))]) == 0


def test_sides_of_a_box():
    assert sides(quad_of((10, 20, 110, 50))) == (100, 30)
    assert math.isclose(sides(rectangle(80, 60, 30))[0], 80, abs_tol=1e-3)


def test_channels_are_compared_pixel_by_pixel_in_windows_too():
    picture = np.random.default_rng(5).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    for part in (picture, picture[3:17, 5:22], picture[::2, ::3]):
        np.testing.assert_array_equal(greatest_channel(part), part.max(axis=2))
        np.testing.assert_array_equal(least_channel(part), part.min(axis=2))
