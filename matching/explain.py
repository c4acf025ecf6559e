"""Why a person was answered: the weights of the evidence, one upon the other.

The odds that anybody is the person meant are low; each field that was compared, and the
couple taken together, raises or lowers them. Bits add up to the odds of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST, _LAST = "prior", "couple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One piece of evidence: its weight in bits, and the odds before and after it."""

    name: str
    bits: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The steps from anybody's odds to those of the answer, in bits."""

    steps: tuple[Step, ...]

    @property
    def odds(self) -> float:
        """The odds of the answer, in bits."""
        return self.steps[-1].after if self.steps else 0.0

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest odds on the way, nought among them."""
        stops = [0.0, *(stop for step in self.steps for stop in (step.before, step.after))]
        return min(stops), max(stops)


def waterfall(evidence: Mapping[str, float]) -> Waterfall:
    """The steps in order: anybody's odds, the fields by weight, the couple; noughts left out."""
    told = {name: bits for name, bits in evidence.items() if bits}
    fields = sorted(
        (name for name in told if name not in {_FIRST, _LAST}), key=lambda name: -abs(told[name])
    )
    steps, odds = [], 0.0
    for name in (_FIRST, *fields, _LAST):
        if name in told:
            steps.append(Step(name=name, bits=told[name], before=odds, after=odds + told[name]))
            odds += told[name]
    return Waterfall(steps=tuple(steps))
