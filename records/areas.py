"""Area codes of GB/T 2260 with the years in which they were in force, 1981-2024.

The first six digits of an ID number and of a certificate number since 2004.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

#: The first published table; codes were in use from then on.
FIRST_TABLE: Final = 1981
_PROVINCE: Final = 2
_PREFECTURE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A code, a name it had, and the years in which it had it.

    `end` is the year in which it was given up, None while in force; `successors` the codes
    that followed.
    """

    code: str
    name: str
    start: int
    end: int | None
    successors: tuple[str, ...]

    def in_force(self, year: int) -> bool:
        """Whether the code bore this name in some part of the year."""
        return self.start <= year and (self.end is None or year <= self.end)


@cache
def areas() -> dict[str, tuple[Area, ...]]:
    """All areas by code, each with its names in order of time."""
    table: dict[str, list[Area]] = {}
    with (files("records") / "data" / "areacodes_flat.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            area = Area(
                code=row["code"],
                name=row["name"],
                start=int(row["start"]),
                end=int(row["end"]) if row["end"] else None,
                successors=tuple(part[:6] for part in row["succ"].split(";") if part),
            )
            table.setdefault(area.code, []).append(area)
    return {code: tuple(entries) for code, entries in table.items()}


@cache
def area_names(code: str) -> tuple[str, ...]:
    """The names a code ever had, in order of time; empty when there was no such code."""
    return tuple(dict.fromkeys(area.name for area in areas().get(code, ())))


def area_valid(code: str, year: int) -> bool:
    """Whether the code was in force in some part of that year."""
    return any(area.in_force(year) for area in areas().get(code, ()))


def full_name(code: str) -> str | None:
    """Province, prefecture and county of a code in one: 河北省保定市涿州市, None if unknown."""
    if code not in areas():
        return None
    upper = [code[:_PROVINCE] + "0000", code[:_PREFECTURE] + "00", code]
    names = [area_names(part)[-1] for part in dict.fromkeys(upper) if part in areas()]
    return "".join(dict.fromkeys(names))
