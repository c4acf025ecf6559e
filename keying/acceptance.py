"""Whether a lot of keyed records is good enough: sampling and its bounds.

A record with any wrong field is wrong. A lot passes when, with the stated confidence, at
most the allowed share of its records is wrong. Bounds are exact: Clopper and Pearson
(Biometrika 26, 1934) for a process, the hypergeometric law for the records of one lot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from records.errors import LotFailedError

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping

MAX_WRONG_RECORDS = 0.01
CONFIDENCE = 0.95
_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LotVerdict:
    """The outcome of inspecting `sampled` of `lot_size` records and finding `wrong` ones.

    `upper` bounds the share of wrong records in the lot from above.
    """

    lot_id: str
    lot_size: int
    sampled: int
    wrong: int
    upper: float
    allowed: float
    confidence: float

    @property
    def passed(self) -> bool:
        """Whether the lot is accepted."""
        return self.upper <= self.allowed

    def require(self) -> None:
        """Raise LotFailedError unless the lot is accepted."""
        if not self.passed:
            raise LotFailedError(
                "lot_failed",
                what=(
                    f"批次未通过验收：抽检 {self.sampled} 件，错 {self.wrong} 件，错误率上限 "
                    f"{self.upper:.2%} > {self.allowed:.2%} · the lot failed acceptance: "
                    f"{self.wrong} of {self.sampled} inspected records are wrong"
                ),
                where=f"lot {self.lot_id}",
                remedy="整批返工后重新抽检 · have the whole lot reworked, then inspect again",
            )


def sample_size(
    lot_size: int,
    *,
    max_wrong: float = MAX_WRONG_RECORDS,
    confidence: float = CONFIDENCE,
    forgiven: int = 0,
) -> int:
    """The fewest records to inspect so that a lot with `forgiven` wrong ones still passes.

    Where no sample short of the lot can show it, the whole lot.
    """
    low, high = min(forgiven, lot_size), lot_size
    while low < high:
        middle = (low + high) // 2
        enough = upper_bound(forgiven, middle, lot_size=lot_size, confidence=confidence)
        low, high = (low, middle) if enough <= max_wrong else (middle + 1, high)
    return low


def draw_sample(record_ids: Iterable[str], size: int, rng: random.Random) -> tuple[str, ...]:
    """`size` records, each set of that size equally likely; all when there are fewer."""
    pool = sorted(record_ids)
    return tuple(rng.sample(pool, min(size, len(pool))))


def judge_lot(
    lot_id: str,
    inspected: Mapping[str, bool],
    *,
    lot_size: int,
    max_wrong: float = MAX_WRONG_RECORDS,
    confidence: float = CONFIDENCE,
) -> LotVerdict:
    """The verdict on a lot; `inspected` says of each sampled record whether it is right."""
    wrong = sum(not right for right in inspected.values())
    upper = upper_bound(wrong, len(inspected), lot_size=lot_size, confidence=confidence)
    return LotVerdict(
        lot_id=lot_id,
        lot_size=lot_size,
        sampled=len(inspected),
        wrong=wrong,
        upper=upper,
        allowed=max_wrong,
        confidence=confidence,
    )


def clopper_pearson(
    wrong: int, shown: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """One-sided exact bounds, lower and upper, for a rate; each holds with `confidence`."""
    if shown == 0:
        return 0.0, 1.0
    doubt = 1 - confidence
    upper = 1.0 if wrong == shown else _crossing(wrong, shown, doubt)
    lower = 0.0 if wrong == 0 else _crossing(wrong - 1, shown, confidence)
    return lower, upper


def _crossing(wrong: int, shown: int, level: float) -> float:
    """The rate at which `wrong` or fewer of `shown` have the probability `level`."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if binomial_cdf(wrong, shown, middle) > level else (low, middle)
    return (low + high) / 2


def binomial_cdf(k: int, n: int, rate: float) -> float:
    """P(at most `k` of `n`) at `rate`."""
    if rate <= 0 or k >= n:
        return 1.0
    if rate >= 1:
        return 0.0
    logs = (
        _log_choose(n, i) + i * math.log(rate) + (n - i) * math.log1p(-rate) for i in range(k + 1)
    )
    return min(1.0, math.fsum(math.exp(x) for x in logs))


def upper_bound(
    wrong: int, sampled: int, *, lot_size: int, confidence: float = CONFIDENCE
) -> float:
    """The largest share of wrong records in the lot that the sample doesn't rule out."""
    if lot_size == 0:
        return 0.0
    low, high = wrong, lot_size - sampled + wrong
    while low < high:
        middle = (low + high + 1) // 2
        possible = hypergeometric_cdf(wrong, lot_size, middle, sampled) > 1 - confidence
        low, high = (middle, high) if possible else (low, middle - 1)
    return low / lot_size


def hypergeometric_cdf(k: int, lot_size: int, wrong_in_lot: int, sampled: int) -> float:
    """P(at most `k` wrong among `sampled`, drawn from a lot with `wrong_in_lot` wrong)."""
    least = max(0, sampled - (lot_size - wrong_in_lot))
    whole = _log_choose(lot_size, sampled)
    logs = (
        _log_choose(wrong_in_lot, i) + _log_choose(lot_size - wrong_in_lot, sampled - i) - whole
        for i in range(least, min(k, wrong_in_lot, sampled) + 1)
    )
    return min(1.0, math.fsum(math.exp(x) for x in logs))


@lru_cache(maxsize=1 << 14)
def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
