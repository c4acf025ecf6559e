"""The attacker finds what can be found, and nothing where nothing is."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from ocr.rejoining import learn, traits
from ocr.snippets import png


def picture(paper, pen, seed):
    """Random strokes of a pen on paper of a tone."""
    chance = np.random.default_rng(seed)
    image = np.clip(paper + chance.normal(0, 2, (60, 200, 3)), 0, 255).astype(np.uint8)
    for _ in range(9):
        ends = [tuple(map(int, chance.integers((8, 8), (190, 52)))) for _ in (0, 1)]
        cv2.line(image, *ends, (30, 30, 40), pen, cv2.LINE_AA)
    return png(image)


def pictures(certificates, each, *, telling, seed):
    """So many pictures of so many certificates, each with paper and pen of its own if telling."""
    chance = random.Random(seed)  # noqa: S311 - played
    made, whose = [], []
    for number in range(certificates):
        look = (chance.randrange(150, 250), chance.randrange(2, 6))
        for _ in range(each):
            paper, pen = look if telling else (220, 3)
            made.append(traits(picture(paper, pen, chance.getrandbits(32))))
            whose.append(f"{number}")
    return np.array(made), whose


def found(attacker, seen, whose):
    named = attacker.likeness(seen).argmax(axis=1)
    return np.mean([whose[at] == whose[other] for at, other in enumerate(named)])


@pytest.mark.parametrize(("telling", "least", "most"), [(True, 0.6, 1.0), (False, 0.0, 0.2)])
def test_pictures_that_tell_are_joined_and_others_are_not(telling, least, most):
    attacker = learn(*pictures(25, 4, telling=telling, seed=1), random.Random(2))  # noqa: S311 - played
    assert least <= found(attacker, *pictures(20, 3, telling=telling, seed=3)) <= most


def test_without_pairs_nothing_is_learnt():
    seen, _ = pictures(3, 1, telling=True, seed=4)
    attacker = learn(seen, ["a", "b", "c"], random.Random(5))  # noqa: S311 - played
    assert not attacker.weights.any()


def test_a_white_picture_has_traits():
    assert np.isfinite(traits(png(np.full((40, 90), 255, np.uint8)))).all()
