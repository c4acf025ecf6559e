"""How many of the people looked for are among the candidates, by key and altogether.

What no key proposes nobody can find afterwards; the share of true pairs among the candidates
is the ceiling of every later step (pairs completeness, Christen 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.blocking import TIGHT, WIDE, BlockReport, candidate_pairs, pack, spouse_pairs
from matching.certificates import certificates_of
from matching.columns import pc
from matching.intake import rows_of

if TYPE_CHECKING:
    import pyarrow as pa

    from matching.encode import Ints
    from matching.index import RegisterIndex

SPOUSES = "spouses_of_candidates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one family of keys proposes: pairs, the share of true ones alone and with all before it.

    `largest` is the largest block that was met, `over` how many keys proposed nobody because
    their block is over the limit.
    """

    family: str
    tier: str
    pairs: int
    alone: float
    together: float
    largest: int
    over: int


def candidate_recall(
    certificates: pa.Table, index: RegisterIndex, truth: pa.Table
) -> tuple[Reach, ...]:
    """The reach of each family, tight ones first, and of spouses of candidates, for everybody.

    `truth` has `record_id` and `person_id`; records whose person is null or not in the register
    don't count.
    """
    people = certificates_of(certificates)
    wanted = _true_pairs(certificates, index, truth)
    everybody, so_far = np.arange(len(people)), np.zeros(0, np.int64)
    reaches = []
    for tier, families in (("tight", TIGHT), ("wide", WIDE)):
        for family in families:
            blocks = BlockReport()
            pairs = candidate_pairs(index, people, (family,), everybody, blocks)
            so_far = np.union1d(so_far, pairs)
            reaches.append(
                Reach(
                    family=family,
                    tier=tier,
                    pairs=len(pairs),
                    alone=_share(wanted, pairs),
                    together=_share(wanted, so_far),
                    largest=blocks.largest.get(family, 0),
                    over=blocks.skipped.get(family, 0),
                )
            )
    spouses = spouse_pairs(index, people, so_far)
    together = _share(wanted, np.union1d(so_far, spouses))
    last = Reach(
        family=SPOUSES,
        tier="spouses",
        pairs=len(spouses),
        alone=_share(wanted, spouses),
        together=together,
        largest=0,
        over=0,
    )
    return (*reaches, last)


def _true_pairs(certificates: pa.Table, index: RegisterIndex, truth: pa.Table) -> Ints:
    as_text = [pc.cast(table["record_id"], "string") for table in (truth, certificates)]
    record = pc.index_in(as_text[0], value_set=as_text[1])
    record = pc.fill_null(record, -1).to_numpy().astype(np.int64)
    row = rows_of(truth["person_id"].combine_chunks(), index.person_ids)
    known = (record >= 0) & (row >= 0)
    return np.unique(pack(record[known], row[known]))


def _share(wanted: Ints, pairs: Ints) -> float:
    if not len(wanted):
        return 1.0
    return float(np.isin(wanted, pairs).mean())
