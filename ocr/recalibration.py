"""Confidence fitted to an archive's own paper: shifts by era, hand and kind of field.

The reader's model says how sure a reading is on the pages that it was fitted to. On other
paper its log-odds are stretched by a slope and shifted by what the era, the hand and the
kind of field of the page turned out to be worth (Platt scaling with a term for each, drawn
towards no change, so that few fields move little). The order of two readings of one era,
hand and kind never changes.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ocr.confidence import DOUBTED, DOUBTS, bounded, decide, group_of
from ocr.consistency import confidence_of
from ocr.hands import hand_of
from ocr.logistic import regression
from records.reading import field_tail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.hands import Hand
    from records.reading import Era, FieldReading, PageReading

#: How strongly the slope is held at one and each shift at nought, in fields.
_HELD_SLOPE, _HELD_SHIFT = 20.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalibration:
    """A slope of the log-odds, and shifts by `era:…`, `hand:…` and `group:…`."""

    slope: float = 1.0
    shifts: Mapping[str, float] = field(default_factory=dict)

    def of(self, reading: FieldReading, era: str, hand: str) -> float:
        """The confidence of a reading on a page of this era and hand."""
        odds = self.slope * _odds(confidence_of(reading))
        odds += sum(self.shifts.get(name, 0.0) for name in _strata(reading.name, era, hand))
        doubted = any(dict(reading.evidence).get(doubt) for doubt in DOUBTS)
        return bounded(1 / (1 + math.exp(-odds)), most=DOUBTED if doubted else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A reading with its page's era and hand, and whether people bore its value out."""

    reading: FieldReading
    era: str
    hand: str
    right: bool


def recalibrated(page: PageReading, change: Recalibration) -> PageReading:
    """The page with the confidence of every field that has evidence rated anew."""
    era, hand = page.era, hand_of(page.fields)
    return dataclasses.replace(
        page, fields=tuple(_anew(each, era, hand, change) for each in page.fields)
    )


def refit(checked: Sequence[Checked]) -> Recalibration:
    """The slope and shifts that fit what people found.

    Ridge-penalised maximum likelihood; with nothing checked nothing changes.
    """
    if not checked:
        return Recalibration()
    strata = [_strata(each.reading.name, each.era, each.hand) for each in checked]
    names = sorted(set().union(*strata))
    odds = [[_odds(confidence_of(each.reading))] for each in checked]
    marks = [[float(name in own) for name in names] for own in strata]
    seen = np.hstack([np.array(odds), np.array(marks)])
    right = np.array([each.right for each in checked], dtype=float)
    size = 1 + len(names)
    weights = regression(
        seen,
        right,
        np.eye(size)[0],
        np.array([_HELD_SLOPE, *[_HELD_SHIFT] * len(names)]),
        np.eye(size)[0],
    )
    found = [round(float(weight), 4) for weight in weights]
    return Recalibration(slope=found[0], shifts=dict(zip(names, found[1:], strict=True)))


def _anew(
    reading: FieldReading, era: Era | None, hand: Hand | None, change: Recalibration
) -> FieldReading:
    if not reading.evidence or not reading.value:
        return reading
    confidence = change.of(reading, era or "", hand or "")
    return dataclasses.replace(reading, confidence=confidence, decision=decide(confidence))


def _strata(name: str, era: str, hand: str) -> tuple[str, str, str]:
    return f"era:{era}", f"hand:{hand}", f"group:{group_of(field_tail(name))}"


def _odds(probability: float) -> float:
    sure = bounded(probability)
    return math.log(sure / (1 - sure))
