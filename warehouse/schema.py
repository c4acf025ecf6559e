"""The Arrow schemas of the warehouse's tables, taken from the migrations themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pyarrow as pa

from records.errors import UsageError
from warehouse.engine import connect
from warehouse.migrate import migrate, shipped
from warehouse.tables import TABLE_KEYS, known_table


@cache
def table_schemas() -> dict[str, pa.Schema]:
    """Table name → Arrow schema, of the present release."""
    with connect(threads=1) as scratch:
        migrate(scratch, shipped(), now=datetime(1970, 1, 1, tzinfo=UTC), where="scratch")
        return {
            name: scratch.execute(f"FROM {name} LIMIT 0").to_arrow_table().schema
            for name in TABLE_KEYS
        }


def conform(table: str, rows: pa.Table) -> pa.Table:
    """`rows` with exactly the columns and types of `table`; missing columns are null.

    Raises UsageError for a column that the table doesn't have.
    """
    schema = table_schemas()[known_table(table)]
    unknown = set(rows.column_names) - set(schema.names)
    if unknown:
        raise UsageError(
            "unknown_column",
            what=f"Table {table} has no column {', '.join(sorted(unknown))}",
            remedy=f"Columns are {', '.join(schema.names)}.",
        )
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
