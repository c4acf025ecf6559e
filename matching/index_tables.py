"""The tables of an index file: filled from encoded batches, read back as arrays.

People stand in order of `person_id`, whatever the order of arrival, so that an updated
index equals one built anew; a person's row is the place in that order. DuckDB sorts and
joins, and spills what memory does not hold into encrypted files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matching.columns import Column, array, chunked, pc
from matching.columns import table as table_of
from matching.keys import register_keys
from matching.people import STORED, STREET, Filling, People, encode_rows
from matching.register_file import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from matching.encode import Ints

_BATCH = 500_000
_KEPT = ", ".join((*COLUMNS, *STORED))


def take_in(connection: duckdb.DuckDBPyConnection, batches: Iterable[pa.Table]) -> None:
    """Encode rows as they come and set them down in `idx.incoming`."""
    for at, batch in enumerate(batches):
        columns = {name: batch[name] for name in COLUMNS}
        encoded = table_of({**columns, **encode_rows(batch.combine_chunks())})
        connection.register("batch", encoded)
        into = "INSERT INTO idx.incoming BY NAME" if at else "CREATE TABLE idx.incoming AS"
        connection.execute(f"{into} SELECT * FROM batch")  # noqa: S608 - one of two constants
        connection.unregister("batch")


def keep_unchanged(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the people of `old` who do not come anew."""
    connection.execute(
        f"""INSERT INTO idx.incoming BY NAME
            SELECT {", ".join("p." + name for name in (*COLUMNS, *STORED))},
                   coalesce(s.{STREET}, '') AS {STREET}
            FROM old.people p LEFT JOIN old.streets s USING (home_street)
            WHERE p.person_id NOT IN (SELECT person_id FROM idx.incoming)"""  # noqa: S608 - constants
    )


def settle(connection: duckdb.DuckDBPyConnection) -> None:
    """Put the incoming people in order; find their spouses' rows; make the blocking keys."""
    for statement in (
        f"CREATE TABLE idx.people AS SELECT {_KEPT} FROM idx.incoming ORDER BY person_id",  # noqa: S608 - names of ours
        f"""CREATE TABLE idx.streets AS
            SELECT home_street, min({STREET}) AS {STREET} FROM idx.incoming
            WHERE home_street > 0 GROUP BY home_street ORDER BY home_street""",  # noqa: S608 - names of ours
        "DROP TABLE idx.incoming",
        """CREATE TABLE idx.spouses AS
           SELECT p.rowid::INTEGER AS person, s.rowid::INTEGER AS spouse
           FROM idx.people p JOIN idx.people s ON p.spouse_id = s.person_id""",
    ):
        connection.execute(statement)
    for family, block in register_keys(load_people(connection)):
        connection.register("block", table_of({"packed": array(block)}))
        # A table for each, so that reading one family does not decipher the others.
        connection.execute(f"CREATE TABLE idx.block_{family} AS SELECT packed FROM block")  # noqa: S608 - names of ours
        connection.unregister("block")


def load_people(connection: duckdb.DuckDBPyConnection) -> People:
    """Everybody's integer columns, in order of row."""
    rows = count(connection)
    filling = Filling(rows)
    found = connection.execute(f"SELECT {', '.join(STORED)} FROM idx.people")  # noqa: S608 - constants
    for batch in found.to_arrow_reader(_BATCH):
        filling.add(batch)
    spouse = np.full(rows, -1, np.int32)
    pairs = connection.execute("SELECT person, spouse FROM idx.spouses").fetchnumpy()
    spouse[pairs["person"]] = pairs["spouse"]
    return filling.people(spouse)


def count(connection: duckdb.DuckDBPyConnection) -> int:
    """How many people there are."""
    row = connection.execute("SELECT count(*) FROM idx.people").fetchone()
    return int(row[0]) if row else 0


def load_ids(connection: duckdb.DuckDBPyConnection, *, integer: bool) -> Column:
    """`person_id` of every row in its own type."""
    kind = "BIGINT" if integer else "VARCHAR"
    found = connection.execute(f"SELECT person_id::{kind} AS person_id FROM idx.people")  # noqa: S608 - names of ours
    type_of = pa.int64() if integer else pa.string()
    parts = [batch.column(0) for batch in found.to_arrow_reader(_BATCH)]
    return chunked(parts, type_of).combine_chunks()


def load_streets(connection: duckdb.DuckDBPyConnection) -> tuple[Ints, Column]:
    """The keys of all streets, sorted, and their texts."""
    found = connection.execute("SELECT * FROM idx.streets ORDER BY home_street").to_arrow_table()
    return found["home_street"].to_numpy(), found[STREET].combine_chunks()


def load_block(connection: duckdb.DuckDBPyConnection, family: str) -> Ints:
    """The packed keys of one family."""
    packed: Ints = np.asarray(
        connection.execute(
            f"SELECT packed FROM idx.block_{family}"  # noqa: S608 - a constant's name
        ).fetchnumpy()["packed"]
    )
    return packed


def load_texts(connection: duckdb.DuckDBPyConnection, rows: Ints | None) -> pa.Table:
    """The register's own texts of these rows, in this order; of everybody for None."""
    shown = ", ".join(COLUMNS)
    if rows is None:
        return connection.execute(f"SELECT {shown} FROM idx.people").to_arrow_table()  # noqa: S608 - names of ours
    distinct, at = np.unique(rows, return_inverse=True)
    connection.register("wanted", table_of({"wanted": array(distinct)}))
    found = connection.execute(
        f"""SELECT {shown} FROM idx.people p JOIN wanted w ON p.rowid = w.wanted
            ORDER BY w.wanted"""  # noqa: S608 - constants
    ).to_arrow_table()
    connection.unregister("wanted")
    return found.take(pc.cast(array(at), pa.int64()))
