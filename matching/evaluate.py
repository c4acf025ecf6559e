"""How good the links are, without anybody having said which are right.

The posterior of each link says how often such links are wrong; summed over the accepted
links it estimates the false-match rate, and over the others how many people were missed.
Belin and Rubin (1995) warn that model-based rates are hopeful in the tail, so the bounds
reach beyond what chance alone would explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.certificates import dated
from matching.decide import MATCH, NONE, REVIEW
from matching.register_file import as_text
from records.reading import era_of

if TYPE_CHECKING:
    import pyarrow as pa

    from matching.encode import Ints

#: How much worse than modelled the rate of false links was found to be in trials with truth.
_HOPEFULNESS = 3.0
#: Standard deviations to either side that an interval of 95 % reaches.
_WIDE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Counts of decisions and the expected quality of the links, from the posterior alone.

    `false_match_rate` is the expected share of false links among `match`, `lower` and `upper`
    cautious bounds of it; `left` people are likelier in the register than not, and neither
    matched nor looked at; `found` is the expected number of right answers among `match`,
    `in_register` that of people who are in the register. `miss_rate` is the expected share of
    these who are not among `match`, between `miss_lower` and `miss_upper`; people whose entry
    was not even a candidate are not in it.
    """

    records: int
    match: int
    review: int
    none: int
    left: int
    false_match_rate: float
    lower: float
    upper: float
    found: float
    in_register: float
    miss_rate: float
    miss_lower: float
    miss_upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The estimate for the people who share a property: their era, or whether they have an ID."""

    by: str
    value: str
    estimate: Estimate


def estimate(answers: pa.Table) -> Estimate:
    """Estimate the quality of a table of answers as `match_table` gives it."""
    columns: Any = answers
    decision = np.array(columns["decision"].to_pylist(), object)
    return _estimated(decision, np.asarray(columns["probability"].to_numpy(), float))


def _estimated(decision: Ints, probability: Ints) -> Estimate:
    matched = decision == MATCH
    links, wrong = int(matched.sum()), float((1 - probability[matched]).sum())
    rate = wrong / links if links else 0.0
    # With few links even a faultless run leaves room for a fault that did not happen to show.
    upper = _HOPEFULNESS * rate + 3.0 / links if links else 1.0
    doubt = 1 - probability[matched]
    chance = _WIDE * float(np.sqrt((doubt * (1 - doubt)).sum())) / max(links, 1)
    left = probability[~matched]
    missed, spread = float(left.sum()), _WIDE * float(np.sqrt((left * (1 - left)).sum()))
    found = links - wrong
    return Estimate(
        records=len(decision),
        match=links,
        review=int((decision == REVIEW).sum()),
        none=int((decision == NONE).sum()),
        left=int(((decision == NONE) & (probability > 0.5)).sum()),
        false_match_rate=rate,
        lower=max(rate / _HOPEFULNESS - chance, 0.0),
        upper=min(upper, 1.0),
        found=found,
        in_register=found + missed,
        miss_rate=_share(missed, found),
        miss_lower=_share(max(missed - spread, 0.0), found),
        miss_upper=_share(missed + spread, found),
    )


def _share(missed: float, found: float) -> float:
    return missed / (missed + found) if missed + found else 0.0


def slices(answers: pa.Table, certificates: pa.Table) -> tuple[Slice, ...]:
    """The estimate by era of registration and by whether the paper has an ID number.

    `certificates` are the rows that were matched, in the order of `answers`.
    """
    columns: Any = answers
    decision = np.array(columns["decision"].to_pylist(), object)
    probability = np.asarray(columns["probability"].to_numpy(), float)
    found = []
    for by, values in (("era", _eras(certificates)), ("id_number", _numbers(certificates))):
        for value in sorted(set(values.tolist())):
            rows = values == value
            part = _estimated(decision[rows], probability[rows])
            found.append(Slice(by=by, value=value, estimate=part))
    return tuple(found)


def _eras(certificates: pa.Table) -> Ints:
    years = dated(certificates).tolist()
    return np.array([str(era_of(year)) if year else "unknown" for year in years], object)


def _numbers(certificates: pa.Table) -> Ints:
    if "id_number" not in certificates.column_names:
        return np.full(certificates.num_rows, "without", object)
    given = as_text(certificates["id_number"]).is_valid().to_numpy(zero_copy_only=False)
    return np.where(given, "with", "without").astype(object)
