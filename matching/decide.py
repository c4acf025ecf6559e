"""From posteriors to decisions: which links may stand without a person looking at them.

A false link harms people (a wrong finding of bigamy), a missed one costs a link, a look costs
time. The rate that was asked for prices false links: links are taken best first as long as the
expected share of false ones among them stays within it, which finds the most links that this
rate allows. Of the others, those are looked at whose look is worth most, as many as there is
time for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matching.encode import Ints

MATCH, REVIEW, NONE = "match", "review", "none"
#: The share of people whom an archive can look at, and how many it always can.
MAX_REVIEW_SHARE, ALWAYS_REVIEWED = 0.07, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an archive bears: the share of false links among `match`, of people looked at."""

    max_false_match_rate: float = 0.001
    max_review_share: float = MAX_REVIEW_SHARE


USUAL = Limits()
#: What a link costs that is missed, in looks.
_MISSED = 10.0
#: Surer than this, a model's word is softened: what it does not hold (a doubled entry, a twin
#: nobody knows of) is rare, but there it is oftener than chance by every power of ten.
_SURE, _SOFTER = 0.05, 0.6
#: Below this the model's own tail is not to be trusted; ranks are kept.
_TAIL, _TAIL_POWER = 1e-6, 0.3


def tempered(miss: Ints) -> Ints:
    """The probability of being wrong, with a heavier tail: the order stays, certainty does not.

    In trials with truth, links that were thought wrong once in a thousand were so five to ten
    times as often, those thought wrong once in twenty were so. Distinct values still leave
    distinct probabilities in double precision.
    """
    softer = _SURE * (np.maximum(miss, 1e-40) / _SURE) ** _SOFTER
    doubt = np.where(miss < _SURE, softer, miss)
    return np.where(doubt < _TAIL, _TAIL * (doubt / _TAIL) ** _TAIL_POWER, doubt)


def worth(miss: Ints, answered: Ints) -> Ints:
    """What a look at each record is worth beyond its own cost, in looks.

    It finds a link as often as the answer is right, and a link missed costs `_MISSED` looks.
    """
    gain: Ints = np.where(answered, 1 - miss, 0.0) * _MISSED - 1
    return gain


def decide(
    miss: Ints,
    answered: Ints,
    max_false_match_rate: float,
    max_review_share: float = MAX_REVIEW_SHARE,
) -> Ints:
    """`match`, `review` or `none` for every record, as objects.

    `miss` is the probability that the answer is wrong; `answered` where there is one. No more
    than `max_review_share` of the records are for review, or `ALWAYS_REVIEWED` in a small batch.
    """
    doubt = np.where(answered, miss, 1.0)
    order = np.argsort(doubt, kind="stable")
    expected = np.cumsum(doubt[order]) / np.arange(1, len(doubt) + 1)
    # What is likelier wrong than right is nobody's answer, however much the rate allows.
    within = (expected <= max_false_match_rate) & (doubt[order] <= 0.5)
    decision = np.full(len(doubt), NONE, object)
    decision[order[within]] = MATCH
    left = order[~within & (worth(miss, answered)[order] >= 0)]
    looks = max(int(max_review_share * len(doubt)), ALWAYS_REVIEWED)
    decision[left[:looks]] = REVIEW
    decision[~answered] = NONE
    return decision
