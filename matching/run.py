"""The whole of matching on one screen: certificates and an index in, answers out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matching.certificates import certificates_of
from matching.columns import array
from matching.columns import table as table_of
from matching.compare import Chances, Comparison, sample_chances
from matching.couple import Posterior, hypotheses, log2_prior, missed
from matching.decide import MATCH, NONE, USUAL, Limits, decide, tempered, worth
from matching.em import learn_couples, weigh_couples
from matching.model import Parameters, field_weights, starting_parameters
from matching.reissue import Joined, flags, pooled, same_couples
from matching.search import search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matching.certificates import Certificates
    from matching.encode import Ints
    from matching.frequencies import Frequencies
    from matching.index import RegisterIndex
    from matching.partition import Partitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """Compared pairs, the model learnt from them, the posterior, and papers of one couple.

    `miss` (pairs,) is the probability that a pair is wrong, as `missed` has it.
    """

    pairs: Comparison
    chances: Chances
    model: Parameters
    posterior: Posterior
    miss: Ints
    joined: Joined


def match_table(
    certificates: pa.Table,
    index: RegisterIndex,
    *,
    limits: Limits = USUAL,
    model: Parameters | None = None,
    progress: Callable[[str], None] | None = None,
    partitions: Partitions | None = None,
) -> pa.Table:
    """Link certificate persons to register persons; one row per input row, in its order.

    Columns as the interface describes them; `record_id` and `person_id` keep their types.
    `model` is what is known before this batch: that of the program, or a learnt one. With
    `partitions` candidates are compared by them, which changes no answer.
    """
    say = progress or _silent
    people = certificates_of(certificates)
    start = model or starting_parameters(index.known.married)
    if not len(people):
        return _table(people, index, _Answers.none(), start.version)
    found = link(people, index, start, say, partitions)
    return _table(
        people, index, _answers(people, index, found, limits),
        start.version,
    )  # fmt: skip


def _silent(_: str) -> None:
    """No progress is wanted."""


def link(
    people: Certificates,
    index: RegisterIndex,
    start: Parameters,
    say: Callable[[str], None],
    partitions: Partitions | None = None,
) -> Linkage:
    """Search, compare, learn and weigh; papers of one couple are weighed together."""
    chances = sample_chances(people, index)
    pairs = search(people, index, chances, start, say, partitions)
    say("weighing couples")
    found = hypotheses(people, index.people, pairs)
    model, after = learn_couples(found, pairs, chances, start, index.known)
    prior = log2_prior(model.state, index.known)
    joined = same_couples(found, after.hypothesis, pairs, prior)
    if len(joined):
        pairs = pooled(pairs, joined, model, chances)
        found = hypotheses(people, index.people, pairs)
        after = weigh_couples(found, pairs, chances, model, index.known)
    return Linkage(
        pairs=pairs, chances=chances, model=model, posterior=after,
        miss=missed(found, after), joined=joined,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Of each record: the rows of the best and the second candidate, -1 for none, and why."""

    row: Ints
    second: Ints
    miss: Ints
    decision: Ints
    evidence: Sequence[str]
    flags: Sequence[str]

    @classmethod
    def none(cls) -> _Answers:
        """The answers to nobody."""
        nothing = np.zeros(0, np.int64)
        return cls(
            row=nothing,
            second=nothing,
            miss=np.ones(0),
            decision=nothing.astype(object),
            evidence=[],
            flags=[],
        )


def _answers(
    people: Certificates, index: RegisterIndex, found: Linkage, limits: Limits
) -> _Answers:
    pairs, chance = found.pairs, found.posterior.pair
    best, second = _two_best(pairs.record, chance, len(people))
    answered = best >= 0
    miss = np.ones(len(people))
    miss[answered] = tempered(found.miss[best[answered]])
    rows = np.append(pairs.row, -1)
    decision = decide(miss, answered, limits.max_false_match_rate, limits.max_review_share)
    stands = np.where((decision != NONE) & (miss <= 0.5), rows[best], -1)
    return _Answers(
        row=rows[best],
        second=rows[second],
        miss=miss,
        decision=decision,
        evidence=_evidence(found, index.known, best, miss),
        flags=[json.dumps(told) if told else "[]" for told in flags(people, found.joined, stands)],
    )


def _table(people: Certificates, index: RegisterIndex, found: _Answers, version: str) -> pa.Table:
    answered = found.row >= 0
    value = np.where(found.decision == MATCH, 0.0, worth(found.miss, answered))
    return table_of(
        {
            "record_id": people.record_id,
            "person_id": index.ids_at(found.row),
            "probability": array(np.where(answered, 1 - found.miss, 0.0), pa.float64()),
            "decision": array(found.decision, pa.string()),
            "runner_up": index.ids_at(found.second),
            "evidence": array(found.evidence, pa.string()),
            "worth": array(np.round(np.maximum(value, 0.0), 3), pa.float64()),
            "flags": array(found.flags, pa.string()),
            "model": array([version] * len(people), pa.string()),
        }
    )


def _two_best(record: Ints, chance: Ints, records: int) -> tuple[Ints, Ints]:
    """The places of each record's likeliest pair and of the next, -1 where there is none."""
    order = np.lexsort((-chance, record))
    start = np.searchsorted(record[order], np.arange(records))
    size = np.searchsorted(record[order], np.arange(records), "right") - start
    places = np.append(order, [-1, -1])
    best = np.where(size > 0, places[start], -1)
    second = np.where(size > 1, places[start + 1], -1)
    return best, second


def _evidence(found: Linkage, known: Frequencies, best: Ints, miss: Ints) -> list[str]:
    """JSON of the bits of each field of the answers, of anybody, and of the couple together."""
    answered = best >= 0
    pairs = found.pairs.take(best[answered])
    bits = field_weights(pairs, found.model, found.chances)
    total = np.sum(list(bits.values()), axis=0)
    odds = np.log2((1 - miss[answered]).clip(1e-12) / miss[answered])
    bits["prior"] = np.full(len(total), -np.log2(max(known.rows, 1)))
    # What is left of the posterior's odds is the couple, its rivals, and who may be absent.
    bits["couple"] = odds - total - bits["prior"]
    rounded = np.round(np.stack(list(bits.values()), axis=1), 2).tolist()
    # JSON by a pattern: the names are constants, and a writer's call for each row costs more.
    pattern = "{" + ", ".join(f'"{name}": %r' for name in bits) + "}"
    shown = iter(pattern % tuple(row) for row in rounded)
    return [next(shown) if some else "{}" for some in answered]
