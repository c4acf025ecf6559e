"""The tables of an index file: a settled register written down, and read back as arrays.

Texts stand in the order of arrival, encoded people in order of `person_id`; DuckDB keeps
them and deciphers them. Everything is integer columns but the texts and ids of text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matching.columns import Column, Table, array, chunked, pc
from matching.columns import table as table_of
from matching.encode import Names, packed_names
from matching.intake import Register
from matching.keys import FAMILIES, BlockSizes, block_sizes, register_keys
from matching.people import (
    FormerNames,
    columns_of,
    packed_columns,
    people_of,
    unpacked_columns,
    unpacked_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from matching.encode import Ints

_BATCH = 500_000
#: Keys that are looked at together.
_PIECE = 1 << 21
#: What a register says in words; ids stand among the encoded people.
TEXTS = ("name", "sex", "birth_date", "id_number", "former_name", "address")
_IDS = ("person_id", "spouse_id")


def make_texts(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty table of texts."""
    columns = ", ".join(f"{name} VARCHAR" for name in TEXTS)
    connection.execute(f"CREATE TABLE idx.texts (place INTEGER, {columns})")


def add_texts(connection: duckdb.DuckDBPyConnection, batch: pa.Table, first: int) -> None:
    """Write down the texts of rows that arrived from place `first` on."""
    places = array(np.arange(first, first + batch.num_rows, dtype=np.int32))
    _insert(connection, "texts", {"place": places, **{name: batch[name] for name in TEXTS}})


def keep_texts(connection: duckdb.DuckDBPyConnection, gone: Ints) -> None:
    """Take over the texts of the index `old`, except those that stand at the places `gone`."""
    connection.register("gone", table_of({"place": array(gone)}))
    connection.execute(
        """INSERT INTO idx.texts SELECT * FROM old.texts
           WHERE place NOT IN (SELECT place FROM gone)"""
    )
    connection.unregister("gone")


def _insert(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Column]
) -> None:
    """Add rows to a table, which is made when there is none."""
    connection.register("batch", table_of(columns))
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'idx' AND table_name = ?",
        [name],
    ).fetchone()
    into = f"INSERT INTO idx.{name}" if known and known[0] else f"CREATE TABLE idx.{name} AS"
    connection.execute(f"{into} SELECT * FROM batch")  # noqa: S608 - names are constants
    connection.unregister("batch")


def write_register(
    connection: duckdb.DuckDBPyConnection, register: Register
) -> dict[str, BlockSizes]:
    """Write the encoded people and their blocking keys; the sizes of the largest blocks."""
    _write_people(connection, register)
    former = register.people.former
    first, second = packed_names(former.names.codes)
    _insert(
        connection,
        "formers",
        {
            "person": array(former.rows.astype(np.int32)),
            "length": array(former.names.length),
            "name_a": array(first),
            "name_b": array(second),
            "name_key": array(former.names.key),
        },
    )
    streets = register.streets
    keys = array(np.fromiter(streets, np.uint64, len(streets)))
    texts = array(list(streets.values()), pa.string())
    _insert(connection, "streets", {"home_street": keys, "home_text": texts})
    return {family: _write_block(connection, family, register) for family in FAMILIES}


def _write_people(connection: duckdb.DuckDBPyConnection, register: Register) -> None:
    columns = columns_of(register.people)
    rows = len(register.people)
    for first in range(0, max(rows, 1), _BATCH):
        here = slice(first, min(first + _BATCH, rows))
        packed = packed_columns({name: column[here] for name, column in columns.items()})
        size = here.stop - here.start
        _insert(
            connection,
            "people",
            {
                "person_id": register.person_ids.slice(first, size),
                "spouse_id": register.spouse_ids.slice(first, size),
                "place": array(register.places[here]),
                "spouse": array(register.people.spouse[here]),
                **{name: array(column) for name, column in packed.items()},
            },
        )


def _write_block(
    connection: duckdb.DuckDBPyConnection, family: str, register: Register
) -> BlockSizes:
    block = register_keys(family, register.people)
    # A table for each, so that reading one family does not decipher the others.
    _insert(connection, f"block_{family}", {"packed": array(block)})
    return block_sizes(family, block)


def load_register(
    connection: duckdb.DuckDBPyConnection, alias: str, rows: tuple[int, int] | None = None
) -> Register:
    """The register in a file, or its rows from one to another, as it was settled."""
    first, last = rows or (0, _count(connection, alias))
    # Where all are wanted, asking for their places would cost as much as reading them.
    some = "WHERE rowid >= ? AND rowid < ?" if rows else ""
    found = connection.execute(
        f"SELECT * FROM {alias}.people {some}",  # noqa: S608 - constants
        [first, last] if rows else [],
    )
    ids: dict[str, list[Column]] = {name: [] for name in (*_IDS,)}
    whole: dict[str, Ints] = {}
    filled = 0
    reader = found.to_arrow_reader(_BATCH)
    for batch in reader:
        here = slice(filled, filled + batch.num_rows)
        for name, parts in ids.items():
            parts.append(batch[name])
        packed = {
            name: batch[name].to_numpy(zero_copy_only=False)
            for name in batch.schema.names
            if name not in ids
        }
        for name, column in {**unpacked_columns(packed), **_own(packed)}.items():
            if name not in whole:
                whole[name] = np.empty((last - first, *column.shape[1:]), column.dtype)
            whole[name][here] = column
        filled = here.stop
    types = {field.name: field.type for field in reader.schema}
    joined = [chunked(ids[name], types[name]).combine_chunks() for name in _IDS]
    people = people_of(
        whole, former=_load_formers(connection, alias, first, last), spouse=whole["spouse"]
    )
    return Register(
        people=people,
        person_ids=joined[0],
        spouse_ids=joined[1],
        places=whole["place"],
        streets=_load_streets(connection, alias),
        arrived=_arrived(connection, alias),
    )


def _own(packed: Mapping[str, Ints]) -> dict[str, Ints]:
    return {name: packed[name] for name in ("spouse", "place")}


def _load_formers(
    connection: duckdb.DuckDBPyConnection, alias: str, first: int, last: int
) -> FormerNames:
    table: Table = connection.execute(
        f"SELECT * FROM {alias}.formers WHERE person >= ? AND person < ? ORDER BY person",  # noqa: S608 - a constant
        [first, last],
    ).to_arrow_table()
    found: dict[str, Ints] = {name: table[name].to_numpy() for name in table.column_names}
    length = np.zeros(last - first, np.int8)
    rows = found["person"].astype(np.int64) - first
    length[rows] = found["length"]
    names = Names(
        codes=unpacked_names(found["name_a"], found["name_b"]),
        length=found["length"],
        key=found["name_key"],
    )
    return FormerNames(rows=rows, names=names, length=length)


def _load_streets(connection: duckdb.DuckDBPyConnection, alias: str) -> dict[int, str]:
    found: Table = connection.execute(
        f"SELECT * FROM {alias}.streets ORDER BY home_street"  # noqa: S608 - a constant
    ).to_arrow_table()
    return dict(zip(found["home_street"].to_pylist(), found["home_text"].to_pylist(), strict=True))


def _count(connection: duckdb.DuckDBPyConnection, alias: str) -> int:
    """How many people there are."""
    row = connection.execute(f"SELECT count(*) FROM {alias}.people").fetchone()  # noqa: S608 - a constant
    return int(row[0]) if row else 0


def _arrived(connection: duckdb.DuckDBPyConnection, alias: str) -> int:
    row = connection.execute(f"SELECT arrived FROM {alias}.about").fetchone()  # noqa: S608 - a constant
    return int(row[0]) if row else 0


def block_pieces(connection: duckdb.DuckDBPyConnection, family: str) -> Iterator[Ints]:
    """The packed keys of one family in order, a piece at a time."""
    found = connection.execute(f"SELECT packed FROM idx.block_{family}")  # noqa: S608 - a constant's name
    for batch in found.to_arrow_reader(_PIECE):
        yield batch["packed"].to_numpy()


def load_texts(connection: duckdb.DuckDBPyConnection, places: Ints) -> pa.Table:
    """The register's own texts at these places, in this order."""
    distinct, at = np.unique(places, return_inverse=True)
    connection.register("wanted", table_of({"place": array(distinct)}))
    found = connection.execute(
        f"""SELECT {", ".join(TEXTS)} FROM idx.texts JOIN wanted USING (place)
            ORDER BY place"""  # noqa: S608 - constants
    ).to_arrow_table()
    connection.unregister("wanted")
    return found.take(pc.cast(array(at), pa.int64()))
