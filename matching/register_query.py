"""A register as the answer of a PostgreSQL database to a query, read as a stream by ADBC.

Where the database is and who asks comes in as a connection string, or from PostgreSQL's own
service and passfile; it is never part of a message. The driver is an optional extra.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matching.register_file import COLUMNS, DELETED, refuse_columns, rows_of_batches
from records.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from matching.register_file import SourceRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """SQL that gives the columns of a register, what it is called in messages, and where to ask.

    `database` is a connection string of libpq (`service=archive`, `postgresql://...`) and may
    hold a password, so that no representation shows it.
    """

    sql: str = field(repr=False)
    name: str
    database: str = field(repr=False)

    def __str__(self) -> str:
        return self.name


def read_query(query: Query) -> Iterator[SourceRows]:
    """The rows of the answer, batch by batch; a row's line is its number in the answer.

    Raises UsageError without the driver, InputError when the database can not be reached or
    refuses the query, and when a column is missing.
    """
    try:
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise UsageError(
            "no_postgresql_driver",
            what="Registers in PostgreSQL need the driver adbc-driver-postgresql.",
            remedy="Install the extra `postgresql`.",
        ) from error
    try:
        connection = dbapi.connect(query.database)
    except dbapi.Error:
        # The driver's words name the host and the user, so they stay here.
        raise InputError(
            "database_unreachable",
            what="The database of the register does not answer, or refuses who asks.",
            where=query.name,
            remedy="Check the service file, the passfile and the server.",
        ) from None
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute(query.sql)
            batches: pa.RecordBatchReader = cursor.fetch_record_batch()
            refuse_columns(batches.schema.names, query.name)
            yield from rows_of_batches(_wanted(batches))
        except (dbapi.Error, OSError):
            # The server's words may quote values; a stream that breaks off says them as OSError.
            raise InputError(
                "query_refused",
                what="The database refused the query, or broke off its answer.",
                where=query.name,
                remedy="Try the query with psql.",
            ) from None


def _wanted(batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The columns that a register has, without those that only the query knows."""
    names = [name for name in (*COLUMNS, DELETED) if name in batches.schema.names]
    for batch in batches:
        yield batch.select(names)
