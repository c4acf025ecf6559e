"""Register persons who might be the person a reader has on the page.

For each person read, those who share an ID number, a birth date and sex, a name with a
near year, a name but one character, or a spouse with the partner's candidates. The reader
asks its lattices how likely each of their names is; nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.blocking import READING, BlockReport, candidate_pairs, spouse_pairs, unpack
from matching.certificates import certificates_of
from matching.columns import array
from matching.columns import table as table_of

if TYPE_CHECKING:
    import pyarrow as pa

    from matching.certificates import Certificates
    from matching.encode import Ints
    from matching.index import RegisterIndex

_SHOWN = (
    "person_id", "name", "former_name", "sex", "birth_date", "id_number", "address", "spouse_id",
)  # fmt: skip


def candidates(index: RegisterIndex, queries: pa.Table) -> pa.Table:
    """Candidates of each queried person, in order of record and register row.

    `queries` has the columns of certificates (`record_id`, `certificate_id`, `role`, `name`,
    `sex`, `birth_date`, `id_number`, `alternatives`; all but `record_id` may be missing or
    empty). The result has `record_id` as given and the register's texts: `person_id`, `name`,
    `former_name`, `sex`, `birth_date`, `id_number`, `address`, `spouse_id`.
    """
    people = certificates_of(queries)
    record, row = unpack(proposed(index, people))
    texts = index.texts(row)
    columns = {name: texts[name] for name in _SHOWN}
    columns["person_id"] = index.ids_at(row)
    return table_of({"record_id": people.record_id.take(array(record)), **columns})


def proposed(index: RegisterIndex, people: Certificates) -> Ints:
    """Packed pairs of each person's candidates and of the spouses of the partner's."""
    pairs = candidate_pairs(index, people, READING, np.arange(len(people)), BlockReport())
    both: Ints = np.union1d(pairs, spouse_pairs(index, people, pairs))
    return both
