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
from matching.couple import Posterior, hypotheses
from matching.decide import decide, tempered
from matching.em import learn_couples
from matching.model import Parameters, field_weights, starting_parameters
from matching.search import search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matching.certificates import Certificates
    from matching.encode import Ints
    from matching.frequencies import Frequencies
    from matching.index import RegisterIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """Compared pairs, the model learnt from them, and the posterior."""

    pairs: Comparison
    chances: Chances
    model: Parameters
    posterior: Posterior


def match_table(
    certificates: pa.Table,
    index: RegisterIndex,
    *,
    max_false_match_rate: float = 0.001,
    progress: Callable[[str], None] | None = None,
) -> pa.Table:
    """Link certificate persons to register persons; one row per input row, in its order.

    Columns as the interface describes them; `record_id` and `person_id` keep their types.
    """
    say = progress or _silent
    people = certificates_of(certificates)
    if not len(people):
        return _table(people, index, np.zeros(0, int), np.zeros(0, int), np.ones(0), [], [])
    found = link(people, index, say)
    return _answers(people, index, found, max_false_match_rate)


def _silent(_: str) -> None:
    """No progress is wanted."""


def link(people: Certificates, index: RegisterIndex, say: Callable[[str], None]) -> Linkage:
    """Search, compare, learn and weigh."""
    start, chances = starting_parameters(), sample_chances(people, index)
    pairs = search(people, index, chances, start, say)
    say("weighing couples")
    found = hypotheses(people, index.people, pairs)
    model, after = learn_couples(found, pairs, chances, start, index.known)
    return Linkage(pairs=pairs, chances=chances, model=model, posterior=after)


def _answers(
    people: Certificates, index: RegisterIndex, found: Linkage, max_false_match_rate: float
) -> pa.Table:
    pairs, chance = found.pairs, found.posterior.pair
    best, second = _two_best(pairs.record, chance, len(people))
    answered = best >= 0
    miss = np.ones(len(people))
    miss[answered] = tempered(found.posterior.miss[best[answered]])
    rows = np.append(pairs.row, -1)
    decision = decide(miss, answered, max_false_match_rate)
    evidence = _evidence(found, index.known, best, miss)
    return _table(people, index, rows[best], rows[second], miss, decision, evidence)


def _table(
    people: Certificates,
    index: RegisterIndex,
    best: Ints,
    second: Ints,
    miss: Ints,
    decision: Ints | Sequence[str],
    evidence: Sequence[str],
) -> pa.Table:
    return table_of(
        {
            "record_id": people.record_id,
            "person_id": index.ids_at(best),
            "probability": array(np.where(best >= 0, 1 - miss, 0.0), pa.float64()),
            "decision": array(decision, pa.string()),
            "runner_up": index.ids_at(second),
            "evidence": array(evidence, pa.string()),
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
    names = list(bits)
    rounded = np.round(np.stack(list(bits.values()), axis=1), 2).tolist()
    shown = iter(json.dumps(dict(zip(names, row, strict=True))) for row in rounded)
    return [next(shown) if some else "{}" for some in answered]
