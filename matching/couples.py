"""One couple at a time on an open index: for a form on a screen, or another program.

The frequencies, keys and chances that a batch would count stand ready, so that an answer
takes milliseconds. The model is what is assumed before any certificate was seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from matching.blocking import TIGHT, WIDE
from matching.run import match_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matching.index import RegisterIndex

_FIELDS = (
    "record_id", "certificate_id", "role", "name", "sex", "birth_date", "id_number", "address",
    "registration_date", "kind", "alternatives",
)  # fmt: skip


class Asker:
    """Answers couples from one open index, which stays the caller's."""

    def __init__(self, index: RegisterIndex) -> None:
        self._index = index
        index.warm((*TIGHT, *WIDE))

    def answers(self, persons: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers for the one or two persons of a certificate, as rows of `match`.

        `persons` have the columns of certificates; those not given are empty.
        """
        columns = {
            name: pa.array([_text(person.get(name)) for person in persons], pa.string())
            for name in _FIELDS
        }
        columns["certificate_id"] = pa.array(["1"] * len(persons))
        rows: list[dict[str, Any]] = match_table(pa.table(columns), self._index).to_pylist()
        return rows


def _text(value: object) -> str | None:
    return None if value is None else str(value)
