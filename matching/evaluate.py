"""How good the links are, without anybody having said which are right.

The posterior of each link says how often such links are wrong; summed over the accepted
links it estimates the false-match rate (Belin and Rubin 1995 warn that model-based rates
are hopeful in the tail, so the interval shown reaches up to three times the estimate).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.decide import MATCH, NONE, REVIEW

if TYPE_CHECKING:
    import pyarrow as pa

#: How much worse than modelled the rate of false links was found to be in trials with truth.
_HOPEFULNESS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Counts of decisions and the expected quality of the links, from the posterior alone.

    `false_match_rate` is the expected share of false links among `match`, `upper` a cautious
    bound of it; `found` the expected number of right answers among `match`, `in_register` the
    expected number of people who are in the register.
    """

    records: int
    match: int
    review: int
    none: int
    false_match_rate: float
    upper: float
    found: float
    in_register: float


def estimate(answers: pa.Table) -> Estimate:
    """Estimate the quality of a table of answers as `match_table` gives it."""
    columns: Any = answers
    decision = np.array(columns["decision"].to_pylist(), object)
    probability = np.asarray(columns["probability"].to_numpy(), float)
    matched = decision == MATCH
    wrong = float((1 - probability[matched]).sum())
    links = int(matched.sum())
    rate = wrong / links if links else 0.0
    # With few links even a faultless run leaves room for a fault that did not happen to show.
    upper = _HOPEFULNESS * rate + 3.0 / links if links else 1.0
    return Estimate(
        records=len(decision),
        match=links,
        review=int((decision == REVIEW).sum()),
        none=int((decision == NONE).sum()),
        false_match_rate=rate,
        upper=min(upper, 1.0),
        found=links - wrong,
        in_register=float(probability.sum()),
    )
