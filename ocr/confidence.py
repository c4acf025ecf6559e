"""How sure a reading is: a calibrated probability from what the readers agree on.

A logistic model over a few features of the decoding, fitted per group of fields on pages
whose truth is known; the weights are a versioned data file with their provenance. What is
done with an uncertain field is decided elsewhere.
"""

from __future__ import annotations

import hashlib
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

_LEAST, _MOST = 0.001, 0.999
#: Readings bent further into a grammar (nats) are left to a person.
_BENT = 3.0
#: Evidence that leaves a value to a person whatever else speaks for it, and the confidence
#: that is left to it at most.
DOUBTS = frozenset({"outside", "bent", "hole", "contradicted"})
DOUBTED = 0.8
#: How sure a value can be at best that is another cell's.
_REFERRED = 0.995


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights of the logistic model by group of fields, and where they come from.

    A person is not needed when a value is right with a probability of `accept_at` or more.
    """

    version: int
    provenance: tuple[str, ...]
    accept_at: float
    weights: Mapping[str, Mapping[str, float]]


@cache
def shipped() -> bytes:
    """The file of the installed calibration."""
    return (files("ocr") / "data" / "calibration.json").read_bytes()


@cache
def shipped_label() -> str:
    """How pages name the installed calibration: its version and its hash."""
    return f"shipped-{model().version}-{hashlib.sha256(shipped()).hexdigest()[:16]}"


@cache
def model() -> Model:
    """The installed calibration."""
    raw = json.loads(shipped())
    return Model(
        version=raw["version"], provenance=tuple(raw["provenance"]), accept_at=raw["accept_at"],
        weights=raw["weights"],
    )  # fmt: skip


def group_of(tail: str) -> str:
    """Fields that are judged alike."""
    if tail in {"name", "holder"}:
        return "name"
    if tail.endswith("_date"):
        return "date"
    if tail in {"certificate_number", "id_number", "age", "sex", "native_place"}:
        return tail
    return "other"


def features(decoded: Decoded, *, hand: float, signs: Mapping[str, bool]) -> dict[str, float]:
    """What the model looks at when a value was read.

    `hand` is the page's mean agreement between readers (0..1). `signs` of doubt hold or
    don't: `outside` the grammar, `contested` for its value changes with the red on it,
    `hole` where a character may be missing, `loose` without a label, `january` where the
    eleventh month is easily overlooked, `odd` for a name without a common surname. What
    other fields say is added as `confirmed`, `partly`, `follows`, `chosen` and
    `contradicted`, another writing of the same as `repeated`.
    """
    # The first nats of a lead tell more than the last ones.
    lead = math.sqrt(max(0.0, min(decoded.margin, 10.0)))
    return {
        "bias": 1.0,
        "agree": float(decoded.agree),
        "sure": math.log(max(decoded.sure, 1e-4)),
        # Where readers differ, a grammar that leaves no rival makes any lead.
        "lead": lead if decoded.agree else 0.0,
        "parted": 0.0 if decoded.agree else lead,
        "gap": min(decoded.gap, 10.0),
        "bent": float(decoded.gap > _BENT),
        "hand": hand,
        **{sign: float(holds) for sign, holds in signs.items()},
    }


def probability(tail: str, found: Mapping[str, float]) -> float:
    """The calibrated probability that a value is right."""
    return probability_under(model().weights, tail, found)


def probability_under(
    weights: Mapping[str, Mapping[str, float]], tail: str, found: Mapping[str, float]
) -> float:
    """The probability under given weights by group of fields, within the bounds of caution."""
    own = weights.get(group_of(tail)) or weights["other"]
    total = sum(own.get(name, 0.0) * value for name, value in found.items())
    doubted = any(found.get(doubt) for doubt in DOUBTS)
    return bounded(1 / (1 + math.exp(-total)), most=DOUBTED if doubted else 1.0)


def bounded(probability: float, *, most: float = 1.0) -> float:
    """A probability within the bounds of caution: nothing is certain, nor out of the question."""
    return min(most, _MOST, max(_LEAST, probability))


def referred(confidence: float) -> float:
    """The confidence of a ditto mark or a carried date: it depends on two cells."""
    return min(confidence, _REFERRED)


def decide(confidence: float) -> Decision:
    """The recommendation for a field of this confidence."""
    return Decision.ACCEPT if confidence >= model().accept_at else Decision.KEY
