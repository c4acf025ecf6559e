"""Logistic regression in which features may be told the direction in which they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROUNDS = 60
_LONGEST_STEP = 2.0
_FARTHEST = 30


def regression(
    seen: Floats, right: Floats, centre: Floats, penalty: Floats | float, signs: Floats
) -> Floats:
    """The weights by Newton's method, those of the wrong sign held at nought.

    `seen` is (observations, features), `right` (observations,) of 0 and 1; weights are drawn
    towards `centre` by an L2 `penalty`, one for all or one each. `signs` is 1 or -1 where a
    weight may speak in that direction alone, else 0.
    """
    drawn = np.broadcast_to(np.asarray(penalty, dtype=float), centre.shape)
    weights = centre.copy()
    free = np.ones(len(signs), dtype=bool)
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(seen @ weights, -_FARTHEST, _FARTHEST)))
        slope = seen.T @ (right - chance) - drawn * (weights - centre)
        bend = (seen * (chance * (1 - chance))[:, None]).T @ seen + np.diag(drawn)
        step = np.zeros(len(signs))
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        step *= min(1.0, _LONGEST_STEP / max(1e-9, float(np.abs(step).max())))
        weights = weights + step
        wrong = weights * signs < 0
        weights[wrong] = 0.0
        free &= ~wrong
    return weights
