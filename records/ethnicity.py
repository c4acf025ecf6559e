"""Ethnic groups by GB/T 3304, also under the names used before they were settled."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from records.names import simplified


@cache
def _codes() -> dict[str, tuple[str, str]]:
    """Code and standard name under every name in use."""
    table: dict[str, tuple[str, str]] = {}
    with (files("records") / "data" / "ethnic_gb3304.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            older = [name for name in row["aliases_in_old_records"].split(";") if name]
            for name in (row["name"], *older):
                table.setdefault(simplified(name), (row["code"], row["name"]))
    return table


def parse_ethnicity(text: str) -> tuple[str, str] | None:
    """Code and standard name (`("08", "壮")`) of an ethnic group, None when unknown."""
    name = simplified("".join(text.split()))
    table = _codes()
    return table.get(name) or table.get(name.removesuffix("族"))
