"""What a field says, given the machine's reading and the clerks' keyings.

The theory is that of Dawid and Skene (Applied Statistics 28, 1979): every reader errs at a
rate of their own, the truth is unknown, and both are estimated together by EM. Texts are
no fixed list of classes, so the vocabulary is left open: beside the values that the machine
or a clerk gave there is always "something else".

The model of one field, with K values that its image might be taken for:
* The machine gives probabilities to some of them; the rest is spread evenly over the others.
  With probability `off` its reading of a field says nothing, and all K values are alike.
* A clerk keys the true value with probability 1 - e. A wrong keying is a look-alike, drawn
  as the machine's probabilities are, in `LOOKALIKE` of the cases; else any of the K - 1.
  So clerks who err on a hard image tend to err alike, as they do.
* e belongs to the clerk and the kind of field. Beta priors, centred on the clerk's and the
  field's rates over the batch, hold it steady where little was keyed. An entry marked as
  unsure counts as that of another, less reliable reader.

A character keyed as illegible makes an entry say nothing here. Comparing texts is not
handled here: values are opaque strings, made equal beforehand (`keying.values`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from keying.readers import Rates, Reader, estimate, reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Share of wrong keyings that take the value for one the machine also thought of.
LOOKALIKE = 0.5
#: Values an image of this kind might be taken for; the default serves free text.
VOCABULARY: Mapping[str, int] = MappingProxyType({"sex": 3, "ethnicity": 60, "nationality": 60})
DEFAULT_VOCABULARY = 200
_ROUNDS_OF_EM = 50
_SETTLED = 1e-5
_FIRST_KEYINGS = 2


class Outcome(StrEnum):
    """What is to be done with a field."""

    AGREED = "agreed"
    THIRD_KEYING = "third_keying"
    ARBITRATED = "arbitrated"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keying:
    """One clerk's value; None where the clerk could not read it, "" where nothing stands."""

    clerk_id: str
    value: str | None
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one field; `truth` is given for gold items only.

    `machine` holds values with their probabilities; what they leave of 1 belongs to others.
    Of several keyings by one clerk the last counts alone: a clerk who repeats a value does
    not confirm it.
    """

    field_id: str
    tail: str
    machine: tuple[tuple[str, float], ...]
    keyings: tuple[Keying, ...]
    truth: str | None = None

    @property
    def independent(self) -> tuple[Keying, ...]:
        """One keying a clerk."""
        return tuple({keying.clerk_id: keying for keying in self.keyings}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConsensus:
    """The verdict on a field: `value` is None unless agreed or arbitrated.

    `posterior` lists the candidates, best first; the rest is "something else".
    """

    field_id: str
    outcome: Outcome
    value: str | None
    probability: float
    posterior: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """The verdicts on a batch, and the error rates that were learnt from it."""

    fields: tuple[FieldConsensus, ...]
    rates: Rates


def consensus(
    evidence: Iterable[Evidence],
    *,
    threshold: float = 0.999,
    arbitration_threshold: float = 0.95,
    start: Rates | None = None,
) -> Consensus:
    """Weigh a batch: estimate everybody's error rates, then decide field by field.

    Two equal keyings are accepted at a posterior probability of `threshold`; after a third
    keying the best keyed value is, at `arbitration_threshold`. That one is lower because
    only one or two fields in a hundred come so far: it spends no more of the error budget.
    Nothing is accepted on the machine's word alone. `start` gives rates learnt before.
    """
    batch = tuple(evidence)
    rates = start or Rates()
    for _ in range(_ROUNDS_OF_EM):
        learnt = estimate(_expected_errors(batch, rates))
        moved = learnt.distance(rates)
        rates = learnt
        if moved < _SETTLED:
            break
    verdicts = tuple(_verdict(e, rates, (threshold, arbitration_threshold)) for e in batch)
    return Consensus(fields=verdicts, rates=rates)


def posterior(evidence: Evidence, rates: Rates) -> dict[str | None, float]:
    """P(true value | machine, keyings); the key None stands for "something else"."""
    return _Field(evidence, rates).posterior()


class _Field:
    """The machine's view of a field, and the likelihood of keyings under it."""

    def __init__(self, evidence: Evidence, rates: Rates) -> None:
        self.keyings = tuple(k for k in evidence.independent if k.value is not None)
        self.errors = tuple(rates.error(reader_of(evidence.tail, k)) for k in self.keyings)
        listed = _merged(evidence.machine)
        keyed = {k.value for k in self.keyings if k.value is not None}
        self.candidates = (*listed, *sorted(keyed - listed.keys()))
        # "Something else" needs room beside all candidates.
        self.size = max(vocabulary(evidence.tail), len(self.candidates) + 1)
        off = rates.error(Reader.machine(evidence.tail))
        self.floor = off / self.size
        unlisted = (1 - sum(listed.values())) / (self.size - len(listed))
        self.other = (1 - off) * unlisted + self.floor
        self.prior = {value: (1 - off) * p + self.floor for value, p in listed.items()}

    def prior_of(self, value: str | None) -> float:
        """The machine's probability of a value; None is any one value that nobody gave."""
        return self.other if value is None else self.prior.get(value, self.other)

    def joint(self, truth: str | None) -> float:
        """P(truth, keyings)."""
        weight = self.prior_of(truth)
        beside = 1 - weight
        for keying, error in zip(self.keyings, self.errors, strict=True):
            if keying.value == truth:
                weight *= 1 - error
            else:
                alike = self.prior_of(keying.value) / beside
                weight *= error * (LOOKALIKE * alike + (1 - LOOKALIKE) / (self.size - 1))
        return weight

    def posterior(self) -> dict[str | None, float]:
        """P(truth | keyings), None standing for what nobody gave."""
        joint: dict[str | None, float] = {value: self.joint(value) for value in self.candidates}
        joint[None] = self.joint_of_others()
        total = sum(joint.values())
        return {value: weight / total for value, weight in joint.items()}

    def off(self, weights: Mapping[str | None, float] | Mapping[str, float]) -> float:
        """P(the machine's reading said nothing | all that is known)."""
        return sum(weight * self.floor / self.prior_of(v) for v, weight in weights.items())

    def joint_of_others(self) -> float:
        """P(the truth is a value that nobody gave, keyings)."""
        return (self.size - len(self.candidates)) * self.joint(None)


def _merged(machine: Sequence[tuple[str, float]]) -> dict[str, float]:
    listed: defaultdict[str, float] = defaultdict(float)
    for value, probability in machine:
        listed[value] += max(0.0, probability)
    excess = max(1.0, sum(listed.values()))
    return {value: probability / excess for value, probability in listed.items()}


def vocabulary(tail: str) -> int:
    """The number of values that an image of this kind of field might be taken for."""
    return VOCABULARY.get(tail, DEFAULT_VOCABULARY)


def reader_of(tail: str, keying: Keying) -> Reader:
    """Under whose error rate a keying falls."""
    return reader(keying.clerk_id, tail, sure=keying.sure)


def _expected_errors(batch: Iterable[Evidence], rates: Rates) -> Iterable[tuple[Reader, float]]:
    """The E step: for every reading of the batch, its reader and the probability it is wrong."""
    for evidence in batch:
        if not evidence.keyings:
            continue
        field = _Field(evidence, rates)
        weights = field.posterior() if evidence.truth is None else {evidence.truth: 1.0}
        for keying in evidence.independent:
            if keying.value is not None:
                wrong = 1 - weights.get(keying.value, 0.0)
                yield reader_of(evidence.tail, keying), wrong
        if evidence.machine:
            yield Reader.machine(evidence.tail), field.off(weights)


def _verdict(evidence: Evidence, rates: Rates, thresholds: tuple[float, float]) -> FieldConsensus:
    weights = posterior(evidence, rates)
    ranked = sorted(
        ((value, p) for value, p in weights.items() if value is not None),
        key=lambda entry: (-entry[1], entry[0]),
    )
    best, probability = ranked[0] if ranked else (None, 0.0)
    keyed = [keying.value for keying in evidence.independent]
    outcome = _outcome(keyed, best, probability, thresholds)
    settled = outcome in {Outcome.AGREED, Outcome.ARBITRATED}
    return FieldConsensus(
        field_id=evidence.field_id,
        outcome=outcome,
        value=best if settled else None,
        probability=probability,
        posterior=tuple(ranked),
    )


def _outcome(
    keyed: Sequence[str | None],
    best: str | None,
    probability: float,
    thresholds: tuple[float, float],
) -> Outcome:
    agree_at, arbitrate_at = thresholds
    traceable = best is not None and best in keyed
    if len(keyed) > _FIRST_KEYINGS:
        good = traceable and probability >= arbitrate_at
        return Outcome.ARBITRATED if good else Outcome.UNRESOLVED
    same = len(keyed) == _FIRST_KEYINGS and len(set(keyed)) == 1
    good = same and traceable and probability >= agree_at
    return Outcome.AGREED if good else Outcome.THIRD_KEYING
