"""Gold items judged: what clerks keyed from fields whose answer is known (`planting`)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keying.acceptance import CONFIDENCE, clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keying.consensus import Evidence

#: Share of a package that is added as gold items.
SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldVerdict:
    """How a clerk did on items whose answer is known; `lower` bounds the error rate from below."""

    clerk_id: str
    shown: int
    wrong: int
    lower: float
    allowed: float

    @property
    def passed(self) -> bool:
        """Whether the known answers leave it open that the clerk's rate is allowed."""
        return self.lower <= self.allowed


def judge_gold(
    clerk_id: str, answers: Sequence[bool], *, allowed: float, confidence: float = CONFIDENCE
) -> GoldVerdict:
    """The verdict on a clerk from answers to gold items, True where right.

    Fails only on proof: when even the lower bound of the error rate is above `allowed`.
    """
    wrong = sum(not right for right in answers)
    return GoldVerdict(
        clerk_id=clerk_id,
        shown=len(answers),
        wrong=wrong,
        lower=clopper_pearson(wrong, len(answers), confidence=confidence)[0],
        allowed=allowed,
    )


def judge_crew(
    evidence: Iterable[Evidence], *, allowed: float, confidence: float = CONFIDENCE
) -> tuple[GoldVerdict, ...]:
    """The verdicts on all clerks who keyed gold items, in the order of their ids.

    What a clerk called illegible is not counted as wrong.
    """
    answers: defaultdict[str, list[bool]] = defaultdict(list)
    for field in evidence:
        if field.truth is not None:
            for keying in field.independent:
                if keying.value is not None:
                    answers[keying.clerk_id].append(keying.value == field.truth)
    return tuple(
        judge_gold(clerk_id, given, allowed=allowed, confidence=confidence)
        for clerk_id, given in sorted(answers.items())
    )
