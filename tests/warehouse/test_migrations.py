"""From every earlier version a warehouse comes to the same schema, and keeps its rows."""

from __future__ import annotations

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
        old.execute("INSERT INTO pages BY NAME SELECT 's:1' AS page_id, 's' AS scan_id, "
                    "'b' AS batch_id, 1 AS page, 'read' AS status")  # fmt: skip
        old.execute("INSERT INTO lots VALUES ('l', 'b', 'passed', 1, 0, now())")
        assert migrate(old, steps, now="2026-03-02", where="w") == tuple(
            step.name for step in steps[version:]
        )
        assert schema_of(old) == present
        assert old.execute("SELECT page_id FROM pages").fetchall() == [("s:1",)]
        assert old.execute("SELECT outcome FROM lots").fetchall() == [("passed",)]


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
