"""People whom the sought may be, where one person stands in the index several times.

An index of certificates holds a person once for each certificate. Their posteriors are
added up: the question is who somebody is, not which of their papers is meant. Nothing is
learnt from the sought: an answer must not depend on who else is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matching.blocking import TIGHT, BlockReport, candidate_pairs, unpack
from matching.certificates import certificates_of
from matching.columns import array
from matching.columns import table as table_of
from matching.compare import compare, sample_chances
from matching.couple import hypotheses, missed
from matching.decide import MATCH, NONE, REVIEW, tempered
from matching.em import Weighed, learn_weighed
from matching.encode import DATE_DAY, ID_WHOLE
from matching.keys import NAME
from matching.kinship import kin_weights
from matching.lookalike import lookalike_weights
from matching.model import starting_parameters, weights
from matching.search import pruned

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.certificates import Certificates
    from matching.compare import Chances, Comparison
    from matching.couple import Posterior
    from matching.encode import Ints
    from matching.index import RegisterIndex
    from matching.model import Parameters
    from matching.people import People


#: A find that is likelier wrong than the first is not told as one, than the second not at all.
_DOUBT_OF_MATCH, _DOUBT_OF_REVIEW = 0.002, 0.9


def find_together(
    sought: pa.Table, index: RegisterIndex, *, progress: Callable[[str], None] | None = None
) -> pa.Table:
    """Who the sought are: a row for each of them and each entry of the person found.

    `sought` has the columns of certificate persons. Gives `record_id`, `person_id` (an entry
    of the person, null when nobody was found), `decision` (`match`, `review` or `none`).
    """
    people = certificates_of(sought)
    pairs, after, wrong = _weighed(people, index, progress or _silent)
    record, row = pairs.record, pairs.row
    best = _best(record, after.pair, len(people))
    answered = best >= 0
    alike = _same(index.people, row, row[best[record]])
    found = np.zeros(len(people))
    np.add.at(found, record[alike], after.pair[alike])
    first = best[answered]
    miss = np.ones(len(people))
    others = found[answered] - after.pair[first]
    miss[answered] = tempered(np.maximum(wrong[first] - others, 0))
    decision = np.full(len(people), NONE, object)
    decision[miss <= _DOUBT_OF_REVIEW] = REVIEW
    decision[miss <= _DOUBT_OF_MATCH] = MATCH
    told = alike & (decision[record] != NONE)
    nobody = np.flatnonzero(decision == NONE)
    asked = np.concatenate([record[told], nobody])
    order = np.argsort(asked, kind="stable")
    rows = np.concatenate([row[told], np.full(len(nobody), -1)])[order]
    return table_of(
        {
            "record_id": people.record_id.take(array(asked[order])),
            "person_id": index.ids_at(rows),
            "decision": array(decision[asked[order]], pa.string()),
        }
    )


def _weighed(
    people: Certificates, index: RegisterIndex, say: Callable[[str], None]
) -> tuple[Comparison, Posterior, Ints]:
    """The candidate pairs, their posterior, and the probability that each is wrong."""
    model, chances = starting_parameters(), sample_chances(people, index)
    say("searching")
    pairs = _candidates(people, index, chances, model)
    say("weighing")

    def weigh(under: Parameters) -> Weighed:
        return Weighed(
            person=weights(pairs, under, chances),
            lookalike=lookalike_weights(pairs, under, chances),
            relative=kin_weights(pairs, under, chances),
        )

    found = hypotheses(people, index.people, pairs)
    _, after = learn_weighed(found, pairs, model, index.known, weigh, 0)
    return pairs, after, missed(found, after)


def _candidates(
    people: Certificates, index: RegisterIndex, chances: Chances, model: Parameters
) -> Comparison:
    """Pairs by tight keys, and by the bare name of those of whom little else is known.

    Who asks has data of its own about people, not a hand's writing to be read: the wide keys,
    which are for misread papers, would cost five times as much and find who is merely alike.
    """
    blocks = BlockReport()
    found = candidate_pairs(index, people, TIGHT, np.arange(len(people)), blocks)
    dated, numbered = people.birth.delivered(), people.number.delivered()
    bare = np.flatnonzero((dated.form != DATE_DAY) & (numbered.form != ID_WHOLE))
    if len(bare):
        found = np.union1d(found, candidate_pairs(index, people, (NAME,), bare, blocks))
    record, row = unpack(found)
    pairs = compare(people, index, record, row, known=index.known, chances=chances, start=model)
    return pruned(pairs, weights(pairs, model, chances))


def _silent(_: str) -> None:
    """No progress is wanted."""


def _best(record: Ints, chance: Ints, records: int) -> Ints:
    """The place of each record's likeliest pair, -1 where there is none."""
    order = np.lexsort((-chance, record))
    at = np.searchsorted(record[order], np.arange(records))
    some = np.searchsorted(record[order], np.arange(records), "right") > at
    return np.where(some, np.append(order, -1)[at], -1)


def _same(people: People, one: Ints, other: Ints) -> Ints:
    """Whether two rows are one person by their own words: number, or name and day of birth."""
    number, birth = people.number, people.birth
    whole = (number.form[one] == ID_WHOLE) & (number.form[other] == ID_WHOLE)
    numbered = whole & (number.body[one] == number.body[other])
    named = people.name.key[one] == people.name.key[other]
    days = (birth.form[one] == DATE_DAY) & (birth.form[other] == DATE_DAY)
    born = days & (birth.value[one] == birth.value[other])
    same: Ints = (one == other) | numbered | (named & born & ~whole)
    return same
