"""Expectation and maximisation over couples: the model is learnt from the papers themselves.

The E step weighs all hypotheses under the present model, the M step counts levels and
states by those weights (Dempster, Laird and Rubin 1977; for linkage Winkler 1988). Nobody
says which links are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.couple import Hypotheses, Posterior, absence_bits, log2_prior, posterior
from matching.kinship import kin_odds, kin_weights
from matching.lookalike import absence, lookalike_weights
from matching.model import Parameters, learn, weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.compare import Chances, Comparison
    from matching.encode import Ints
    from matching.frequencies import Frequencies

_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Bits (pairs,) under a model: as the person, (kinds, pairs) as a look-alike, as a relative."""

    person: Ints
    lookalike: Ints
    relative: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The E step: the posterior, and how many look-alikes of each kind the absent have left."""

    after: Posterior
    lookalikes: Ints


def learn_couples(
    found: Hypotheses,
    pairs: Comparison,
    chances: Chances,
    start: Parameters,
    known: Frequencies,
    *,
    sure: Ints | float = 0.0,
) -> tuple[Parameters, Posterior]:
    """The model learnt from the pairs, and the posterior under it; at least one hypothesis.

    `sure` (pairs,) are bits of those that somebody has confirmed.
    """
    return learn_weighed(found, pairs, start, known, _weigher(pairs, chances, sure), _ROUNDS)


def weigh_couples(
    found: Hypotheses,
    pairs: Comparison,
    chances: Chances,
    model: Parameters,
    known: Frequencies,
) -> Posterior:
    """The posterior under a model that is not learnt further."""
    return _expected(found, pairs, model, known, _weigher(pairs, chances)(model)).after


def _weigher(
    pairs: Comparison, chances: Chances, sure: Ints | float = 0.0
) -> Callable[[Parameters], Weighed]:
    def weigh(model: Parameters) -> Weighed:
        return Weighed(
            person=weights(pairs, model, chances) + sure,
            lookalike=lookalike_weights(pairs, model, chances),
            relative=kin_weights(pairs, model, chances),
        )

    return weigh


def learn_weighed(
    found: Hypotheses,
    pairs: Comparison,
    start: Parameters,
    known: Frequencies,
    weigh: Callable[[Parameters], Weighed],
    rounds: int,
) -> tuple[Parameters, Posterior]:
    """`learn_couples` where `weigh` says what each pair is worth under a model."""
    model = start
    for _ in range(rounds):
        step = _expected(found, pairs, model, known, weigh(model))
        state = np.bincount(found.state, weights=step.after.hypothesis, minlength=len(model.state))
        model = learn(
            pairs,
            step.after.pair,
            state,
            np.append(step.lookalikes, step.after.absent.sum()),
            start,
        )
    return model, _expected(found, pairs, model, known, weigh(model)).after


def _expected(
    found: Hypotheses, pairs: Comparison, model: Parameters, known: Frequencies, bits: Weighed
) -> Expected:
    address = model.address[pairs.address] - pairs.address_u
    alike = np.stack([*bits.lookalike, bits.relative + address])
    absent, double = absence(pairs, alike, model.lookalike[:-1], found.records, known.rows)
    relatives = kin_odds(found, bits.relative, float(model.lookalike[-1]), known)
    prior = log2_prior(model.state, known)
    nobody = absence_bits(found, absent, relatives)
    after = posterior(found, bits.person, address, nobody, prior)
    # Of each hypothesis with an absent person, the part that a relative at home makes up.
    share = relatives * np.exp2(-nobody)
    counts = (double * after.absent[pairs.record]).sum(axis=1)
    return Expected(after=after, lookalikes=np.append(counts, (share * after.hypothesis).sum()))
