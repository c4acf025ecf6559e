"""Expectation and maximisation over couples: the model is learnt from the papers themselves.

The E step weighs all hypotheses under the present model, the M step counts levels and
states by those weights (Dempster, Laird and Rubin 1977; for linkage Winkler 1988). Nobody
says which links are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.couple import Hypotheses, Posterior, log2_prior, posterior
from matching.lookalike import absence, lookalike_weights
from matching.model import Parameters, learn, weights

if TYPE_CHECKING:
    from matching.compare import Chances, Comparison
    from matching.encode import Ints
    from matching.frequencies import Frequencies

_ROUNDS = 8


def learn_couples(
    found: Hypotheses,
    pairs: Comparison,
    chances: Chances,
    start: Parameters,
    known: Frequencies,
) -> tuple[Parameters, Posterior]:
    """The model learnt from the pairs, and the posterior under it; at least one hypothesis."""
    model = start
    for _ in range(_ROUNDS):
        after, double = _weighed(found, pairs, chances, model, known)
        state = np.bincount(found.state, weights=after.hypothesis, minlength=len(model.state))
        lookalike = (double * after.absent[pairs.record]).sum(axis=1)
        model = learn(pairs, after.pair, state, np.append(lookalike, after.absent.sum()), start)
    return model, _weighed(found, pairs, chances, model, known)[0]


def _weighed(
    found: Hypotheses,
    pairs: Comparison,
    chances: Chances,
    model: Parameters,
    known: Frequencies,
) -> tuple[Posterior, Ints]:
    """The E step: the posterior, and the chance of each pair being a look-alike if absent."""
    address = model.address[pairs.address] - pairs.address_u
    records = int(max(found.record_one.max(), found.record_other.max())) + 1
    doubles = lookalike_weights(pairs, model, chances)
    absent, double = absence(pairs, doubles, model.lookalike, records, known.rows)
    weight = weights(pairs, model, chances)
    prior = log2_prior(model.state, known)
    return posterior(found, weight, address, pairs.kin, absent, prior), double
