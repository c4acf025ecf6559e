"""From posteriors to decisions: which links may stand without a person looking at them.

A false link harms people (a wrong finding of bigamy), a missed one costs a look. Links are
taken best first as long as the expected share of false ones among them stays within what
was asked; what is left and still likely goes to review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matching.encode import Ints

MATCH, REVIEW, NONE = "match", "review", "none"
#: A link that is likelier wrong than this is reviewed, however much budget is left.
_MOST_DOUBT = 0.05
#: A look is worth its price when the candidate is right at least this often.
_WORTH_REVIEW = 0.1
#: How much oftener links around the threshold were wrong than modelled, in trials with truth.
_HOPEFUL = 1.5
#: Below this the model's own tail is not to be trusted; ranks are kept.
_TAIL, _TAIL_POWER = 1e-6, 0.3


def tempered(miss: Ints) -> Ints:
    """The probability of being wrong, with a heavier tail: the order stays, certainty does not.

    What no model holds (a doubled entry, a twin nobody knows of) makes chances of one in a
    billion untrue; distinct values still leave distinct probabilities in double precision.
    """
    small = np.maximum(miss, 1e-40) / _TAIL
    return np.where(miss < _TAIL, _TAIL * small**_TAIL_POWER, miss)


def decide(miss: Ints, answered: Ints, max_false_match_rate: float) -> Ints:
    """`match`, `review` or `none` for every record, as objects.

    `miss` is the probability that the answer is wrong; `answered` where there is one.
    """
    doubt = np.where(answered, miss, 1.0)
    order = np.argsort(doubt, kind="stable")
    expected = np.cumsum(doubt[order]) / np.arange(1, len(doubt) + 1)
    within = (_HOPEFUL * expected <= max_false_match_rate) & (doubt[order] <= _MOST_DOUBT)
    decision = np.full(len(doubt), NONE, object)
    decision[answered & (1 - doubt >= _WORTH_REVIEW)] = REVIEW
    decision[order[within]] = MATCH
    decision[~answered] = NONE
    return decision
