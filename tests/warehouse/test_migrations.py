"""From every earlier version a warehouse comes to the same schema, and keeps its rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from warehouse.engine import connect
from warehouse.migrate import migrate, shipped

SCHEMA = """
SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal
UNION ALL
SELECT view_name, sql, '', comment FROM duckdb_views() WHERE NOT internal
UNION ALL
SELECT index_name, sql, '', comment FROM duckdb_indexes()
ORDER BY ALL
"""


def schema_of(connection) -> list[tuple]:
    return connection.execute(SCHEMA).fetchall()


def filled(connection) -> list[str]:
    """A row in every table there is: what is altered may hold rows. Gives the tables."""
    columns = connection.execute(
        "SELECT table_name, list(data_type ORDER BY column_index) FROM duckdb_columns() "
        "WHERE NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables()) "
        "AND table_name NOT IN ('kept', 'migrations') GROUP BY ALL"
    ).fetchall()
    for name, types in columns:
        connection.table(name).insert([VALUES.get(each, 1) for each in types])
    return [name for name, _ in columns]


VALUES = {
    "VARCHAR": "x", "BLOB": b"x", "BOOLEAN": True,
    "TIMESTAMP WITH TIME ZONE": datetime(2026, 3, 1, tzinfo=UTC),
}  # fmt: skip


def rows_of(connection, table: str) -> int:
    return connection.table(table).count("*").fetchone()[0]


@pytest.fixture(scope="module")
def present() -> list[tuple]:
    with connect(threads=1) as fresh:
        fresh.execute("CREATE TABLE kept (i INT)")
        migrate(fresh, shipped(), now="2026-03-01", where="w")
        return schema_of(fresh)


@pytest.mark.parametrize("version", range(1, len(shipped())))
def test_every_earlier_version_comes_to_the_present(version, present):
    steps = shipped()
    with connect(threads=1) as old:
        old.execute("CREATE TABLE kept (i INT)")
        migrate(old, steps[:version], now="2026-03-01", where="w")
        held = filled(old)
        assert migrate(old, steps, now="2026-03-02", where="w") == tuple(
            step.name for step in steps[version:]
        )
        assert schema_of(old) == present
        assert {name: rows_of(old, name) for name in held} == dict.fromkeys(held, 1)


def test_every_table_and_column_has_chinese_words(present):
    known = tables()
    bare = [
        row for row in present if row[0] != "kept" and row[2] and not row[3] and row[0] in known
    ]
    assert bare == []


def tables() -> set[str]:
    with connect(threads=1) as fresh:
        migrate(fresh, shipped(), now="2026-03-01", where="w")
        found = fresh.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
    return {name for (name,) in found}
