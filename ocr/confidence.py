"""How sure a reading is: a calibrated probability from what the readers agree on.

A logistic model over a few features of the decoding, fitted per group of fields on pages
whose truth is known; the weights are a versioned data file with their provenance. What is
done with an uncertain field is decided elsewhere.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from records.reading import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.decode import Decoded

#: A person is not needed when the value is at least this likely to be right.
ACCEPT_AT = 0.98
_LEAST, _MOST = 0.001, 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights of the logistic model by group of fields, and where they come from."""

    version: int
    provenance: str
    weights: Mapping[str, Mapping[str, float]]


@cache
def model() -> Model:
    """The installed calibration."""
    raw = json.loads((files("ocr") / "data" / "calibration.json").read_text(encoding="utf-8"))
    return Model(version=raw["version"], provenance=raw["provenance"], weights=raw["weights"])


def group_of(tail: str) -> str:
    """Fields that are judged alike."""
    if tail in {"name", "holder"}:
        return "name"
    if tail.endswith("_date"):
        return "date"
    if tail in {"certificate_number", "id_number", "age", "sex", "native_place"}:
        return tail
    return "other"


def features(
    decoded: Decoded, *, in_grammar: bool, hand: float, contested: bool
) -> dict[str, float]:
    """What the model looks at; `hand` is the page's mean agreement between readers (0..1)."""
    return {
        "bias": 1.0,
        "agree": float(decoded.agree),
        "sure": math.log(max(decoded.sure, 1e-4)),
        "margin": min(decoded.margin, 10.0),
        "gap": min(decoded.gap, 10.0),
        "outside": float(not in_grammar),
        "contested": float(contested),
        "hand": hand,
    }


def probability(tail: str, found: Mapping[str, float]) -> float:
    """The calibrated probability that a value is right."""
    weights = model().weights.get(group_of(tail)) or model().weights["other"]
    total = sum(weights.get(name, 0.0) * value for name, value in found.items())
    return min(_MOST, max(_LEAST, 1 / (1 + math.exp(-total))))


def decide(confidence: float) -> Decision:
    """The recommendation for a field of this confidence."""
    return Decision.ACCEPT if confidence >= ACCEPT_AT else Decision.KEY
