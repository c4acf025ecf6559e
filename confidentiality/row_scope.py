"""Which rows an agreement lets out: kinds of forms and a span of registration dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from records.reading import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATE = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_KINDS = frozenset(map(str, Kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowScope:
    """Rows that may leave; what is empty sets no bound.

    `registered_from` and `registered_to` are ISO dates of any precision, both included.
    """

    kinds: frozenset[str] = frozenset()
    registered_from: str = ""
    registered_to: str = ""

    @property
    def bounded(self) -> bool:
        """Whether it keeps anything back; one that doesn't stands in no record."""
        return self != RowScope()

    def to_record(self) -> dict[str, Any]:
        """The scope as it stands in a signed agreement."""
        return {
            "kinds": sorted(self.kinds),
            "registered_from": self.registered_from,
            "registered_to": self.registered_to,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any] | None) -> Self:
        """The scope of an agreement's record, without bounds where it states none.

        Raises KeyError and TypeError for a record of another shape.
        """
        if record is None:
            return cls()
        return cls(
            kinds=frozenset(record["kinds"]),
            registered_from=record["registered_from"],
            registered_to=record["registered_to"],
        )

    @property
    def sound(self) -> bool:
        """Whether every value is one that a scope can have."""
        dates = [self.registered_from, self.registered_to]
        well_formed = all(
            isinstance(each, str) and (not each or _DATE.fullmatch(each)) for each in dates
        )
        return well_formed and self.kinds <= _KINDS
