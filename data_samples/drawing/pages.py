"""A finished page: its picture, its truth, and who is on it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from drawing import paper
from drawing.people import Couple, era_of
from drawing.sheet import Field, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(slots=True, kw_only=True)
class Drawn:
    """A sheet filled in, before the years: what it is and who is on it.

    `people` pairs each couple with the `row` or `part` that it has on the sheet; `tilt` says
    how far a camera was held askew, as a share of the longer side; `tags` go to the truth.
    """

    sheet: Sheet
    kind: str
    year: int
    papers: str
    hand: str
    tilt: float = 0.0
    tags: dict[str, str | int] = field(default_factory=dict)
    people: list[tuple[Couple, dict[str, int]]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Page:
    """A scan of one page (upright picture) with its truth."""

    image: NDArray[np.uint8]
    dpi: int
    rotation: int
    quality: int
    truth: dict[str, Any]
    people: list[tuple[Couple, dict[str, int]]]

    @property
    def turned(self) -> NDArray[np.uint8]:
        """The picture as the file shows it."""
        return np.ascontiguousarray(np.rot90(self.image, -self.rotation // 90))


def new_sheet(seed: str, size: tuple[float, float], dpi: int) -> Sheet:
    """A blank sheet whose chances follow from the seed alone."""
    rng = random.Random(seed)
    noise = np.random.default_rng(rng.getrandbits(64))
    return Sheet(size[0], size[1], dpi, rng, noise)


def finish(
    drawn: Drawn,
    style: str,
    severity: int,
    *,
    rotation: int = 0,
    worn: Mapping[str, float] | None = None,
) -> Page:
    """Ages and scans a sheet, and writes its truth.

    `worn` sets parts of its condition that the severity would otherwise decide.
    """
    sheet = drawn.sheet
    how = paper.condition(sheet.rng, severity, drawn.papers)
    how = replace(how, **({"tilt": drawn.tilt} | dict(worn or {})))
    how = replace(how, rotation=rotation)
    image, matrix = paper.scan(sheet, paper.age(sheet, how), how)
    truth = {
        "source": "",
        "page": 1,
        "kind": drawn.kind,
        "era": era_of(drawn.year),
        "rotation": rotation,
        "fields": [_entry(entry, matrix, image.shape) for entry in sheet.fields],
        "tags": {
            "style": style,
            "hand": drawn.hand,
            "paper": how.paper,
            "severity": how.severity,
            "dpi": sheet.dpi,
            "angle": round(how.skew, 2),
            "jpeg_quality": how.quality,
            "width": image.shape[1],
            "height": image.shape[0],
            **drawn.tags,
        },
    }
    return Page(
        image=image,
        dpi=sheet.dpi,
        rotation=rotation,
        quality=how.quality,
        truth=truth,
        people=drawn.people,
    )


def worn_by(chances: random.Random) -> dict[str, float]:
    """What befalls a scan, for `finish`.

    Skewed by up to 5°; an eighth as by a phone; a quarter with a dark border; an eighth faint.
    """
    worn: dict[str, float] = {"skew": max(-5.0, min(5.0, chances.gauss(0, 1.2)))}
    if chances.random() < 0.25:
        worn["border"] = chances.uniform(4, 14)
    if chances.random() < 0.125:
        worn |= {"tilt": chances.uniform(0.03, 0.08), "border": chances.uniform(6, 14)}
    if chances.random() < 0.125:
        worn["fade"] = chances.uniform(0.5, 0.75)
    return worn


def _entry(entry: Field, matrix: NDArray[np.float64], shape: tuple[int, ...]) -> dict[str, Any]:
    shown = {
        "name": entry.name,
        "row": entry.row,
        "text": entry.text,
        "value": entry.value,
        "box": paper.moved_box(entry.box, matrix, shape) if entry.box else None,
    }
    if entry.part is not None:
        shown["part"] = entry.part
    if entry.optional:
        shown["optional"] = True
    return shown
