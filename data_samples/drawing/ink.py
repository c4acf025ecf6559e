"""Hands and presses: how one character becomes ink.

A hand is a typeface bent in its own way (slant, width, weight) that never draws the same
character twice alike; a press is a hand that doesn't move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from drawing import fonts

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

INKS = {
    "black": (28, 28, 32),
    "blue-black": (35, 42, 78),
    "blue": (38, 58, 140),
    "brush": (18, 16, 16),
    "toner": (30, 30, 30),
    "red": (176, 32, 36),
    "maroon": (128, 38, 40),
    "green": (40, 92, 66),
    "brown": (92, 60, 40),
    "grey": (92, 92, 96),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """How somebody (or a press) draws characters; lengths are shares of the size.

    `faces` are tried in turn for a glyph; `dry` is how often the ink gives out within a
    stroke; a `cursive` hand joins some characters.
    """

    name: str
    faces: tuple[str, ...]
    ink: tuple[int, int, int]
    slant: float = 0.0
    width: float = 1.0
    weight: int = 0
    turn: float = 0.0
    wobble: float = 0.0
    drift: float = 0.0
    scatter: float = 0.0
    spacing: float = 0.0
    rise: float = 0.0
    pressure: float = 0.0
    dry: float = 0.0
    cursive: bool = False


def press(face: str, ink: str = "black", *, spacing: float = 0.0, weight: int = 0) -> Hand:
    """Printed text in one face, with others behind it for characters that it lacks."""
    behind = ("song", "ming", "uming")
    return Hand(
        name=face,
        faces=(face, *behind),
        ink=INKS[ink],
        spacing=spacing,
        weight=weight,
        pressure=0.12,
    )


#: Faces by how they are written, and how often such hands occur.
_REGULAR, _RUNNING, _CURSIVE = "regular", "running", "cursive"
_SCRIPTS = (_REGULAR, _RUNNING, _CURSIVE)
_SCRIPT_SHARES = (50, 34, 16)
_OLDER_FACES = {
    _REGULAR: (
        ("cwkai", "twkai"),
        ("bkai", "twkai"),
        ("twkai",),
        ("ukai",),
        ("klee", "wenkai"),
        ("wenkai",),
        ("seto", "wenkai"),
    ),
    _RUNNING: (
        ("kouzan-running", "kouzan", "twkai"),
        ("kouzan", "twkai"),
        ("soseki", "kouzan", "twkai"),
    ),
    _CURSIVE: (("kouzan-cursive", "kouzan-running", "kouzan", "twkai"),),
}
_NEWER_FACES = {
    _REGULAR: (
        ("wenkai-light", "twkai"),
        ("wenkai", "twkai"),
        ("gkai", "twkai"),
        ("twkai",),
        ("ukai",),
        ("seto", "wenkai"),
        ("klee", "wenkai"),
    ),
    _RUNNING: (
        ("kouzan", "gkai", "twkai"),
        ("kouzan-running", "kouzan", "gkai", "twkai"),
        ("soseki", "kouzan", "gkai", "twkai"),
    ),
    _CURSIVE: (("kouzan-cursive", "kouzan-running", "gkai", "twkai"),),
}


def _script(rng: Random, tidy: float) -> str:
    """Regular, running or cursive; tidy clerks (above 0.6) don't write cursive."""
    script = rng.choices(_SCRIPTS, _SCRIPT_SHARES)[0]
    return _RUNNING if script == _CURSIVE and tidy > 0.6 else script


def somebody(rng: Random, *, older: bool, tidy: float = 0.5) -> Hand:
    """A hand of one's own; `tidy` from 0 (hasty) to 1 (a clerk's best)."""
    script = _script(rng, tidy)
    faces = rng.choice((_OLDER_FACES if older else _NEWER_FACES)[script])
    brush = older and rng.random() < 0.6
    loose = 1.4 - tidy
    return Hand(
        name=faces[0],
        faces=faces,
        ink=INKS["brush" if brush else rng.choice(("black", "blue-black", "blue-black", "blue"))],
        slant=rng.uniform(-0.06, 0.26) * loose,
        width=rng.uniform(0.82, 1.06),
        weight=rng.choice((0, 1, 1, 2)) if brush else rng.choice((-1, 0, 0, 0, 1)),
        turn=rng.uniform(0.5, 2.6) * loose,
        wobble=rng.uniform(0.014, 0.052) * loose,
        drift=rng.uniform(0.008, 0.03) * loose,
        scatter=rng.uniform(0.03, 0.11) * loose,
        spacing=rng.uniform(-0.13, 0.1),
        rise=rng.uniform(-0.025, 0.03) * loose,
        pressure=rng.uniform(0.12, 0.5),
        dry=max(0.0, rng.uniform(-0.6, 0.5)),
        cursive=script != _REGULAR and rng.random() < 0.7,
    )


def _weighted(stamp: NDArray[np.uint8], weight: int) -> NDArray[np.uint8]:
    if not weight:
        return stamp
    side = max(2, round(stamp.shape[0] / 60))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    if weight < 0:
        # Half-way, so that thin strokes survive.
        return (stamp // 2 + cv2.erode(stamp, kernel) // 2).astype(np.uint8)
    return cv2.dilate(stamp, kernel, iterations=weight)


def _maps(hand: Hand, side: int, noise: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Where each pixel of the bent glyph comes from."""
    angle = np.deg2rad(noise.normal(0, hand.turn))
    scale = 1 + noise.normal(0, hand.scatter / 2)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    middle = (side - 1) / 2
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    xs, ys = (xs - middle) / hand.width + (ys - middle) * hand.slant, ys - middle
    bend = noise.normal(0, hand.wobble * side / 1.7, (2, 4, 4)).astype(np.float32)
    bent = [cv2.resize(plane, (side, side), interpolation=cv2.INTER_CUBIC) for plane in bend]
    return (
        (cos * xs + sin * ys + middle + bent[0]).astype(np.float32),
        (-sin * xs + cos * ys + middle + bent[1]).astype(np.float32),
    )


def draw_glyph(hand: Hand, char: str, size: int, noise: np.random.Generator) -> NDArray[np.float32]:
    """Ink coverage (0-1) of one character in the middle of a square of 1.7 em."""
    stamp = _weighted(fonts.glyph(fonts.face_for(hand.faces, char), char, size), hand.weight)
    side = stamp.shape[0]
    if hand.turn or hand.wobble or hand.slant or hand.width != 1.0:
        stamp = cv2.remap(stamp, *_maps(hand, side, noise), interpolation=cv2.INTER_LINEAR)
    ink = stamp.astype(np.float32) / 255
    if hand.pressure:
        pressed = noise.uniform(1 - hand.pressure, 1, (3, 3)).astype(np.float32)
        ink *= cv2.resize(pressed, (side, side))
    if hand.dry:
        grain = noise.uniform(0, 1, (side // 2 + 1, side // 2 + 1)).astype(np.float32)
        ink *= np.clip((cv2.resize(grain, (side, side)) - hand.dry * 0.75) * 5 + 0.5, 0.15, 1)
    return ink
