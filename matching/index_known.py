"""The frequencies of a register in its index: counted once, read by every batch."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matching.columns import Column, Table, array, whole
from matching.columns import table as table_of
from matching.frequencies import Counts, Frequencies

if TYPE_CHECKING:
    import duckdb

    from matching.encode import Ints

_KINDS = {field.name: str(field.type) for field in fields(Frequencies)}
_COUNTS = tuple(name for name, kind in _KINDS.items() if kind == "Counts")
_SHARES = tuple(name for name, kind in _KINDS.items() if kind == "Ints")
_NUMBERS = tuple(name for name, kind in _KINDS.items() if kind in ("int", "float"))


def write_known(connection: duckdb.DuckDBPyConnection, known: Frequencies) -> None:
    """Write the frequencies down: counts by key, shares that are not zero, single numbers."""
    numbers = {name: float(getattr(known, name)) for name in _NUMBERS}
    for name in _COUNTS:
        counts: Counts = getattr(known, name)
        _create(connection, name, {"key": array(counts.keys), "count": array(counts.counts)})
    for name in _SHARES:
        shares = getattr(known, name)
        at = np.flatnonzero(shares)
        numbers[name] = float(len(shares))
        _create(connection, name, {"place": array(at), "share": array(shares[at])})
    _create(
        connection,
        "numbers",
        {"name": array(list(numbers)), "value": array(list(numbers.values()), pa.float64())},
    )


def _create(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, Column]) -> None:
    connection.register("batch", table_of(columns))
    connection.execute(f"CREATE TABLE idx.known_{name} AS SELECT * FROM batch")  # noqa: S608 - a field's name
    connection.unregister("batch")


def load_known(connection: duckdb.DuckDBPyConnection) -> Frequencies:
    """The frequencies that `write_known` wrote."""
    table = _load(connection, "numbers")
    numbers = dict(zip(table["name"].tolist(), table["value"].tolist(), strict=True))
    values: dict[str, Any] = {
        name: int(numbers[name]) if _KINDS[name] == "int" else numbers[name] for name in _NUMBERS
    }
    for name in _COUNTS:
        found = _load(connection, name)
        values[name] = Counts(keys=found["key"], counts=found["count"])
    for name in _SHARES:
        found = _load(connection, name)
        values[name] = np.zeros(int(numbers[name]), found["share"].dtype)
        values[name][found["place"]] = found["share"]
    return Frequencies(**values)


def _load(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Ints]:
    found: Table = connection.execute(
        f"SELECT * FROM idx.known_{name}"  # noqa: S608 - a field's name
    ).to_arrow_table()
    # Arrow gives numbers without nulls as they lie in memory; texts it has to copy.
    return {
        column: whole(found[column]).to_numpy(zero_copy_only=False) for column in found.column_names
    }
