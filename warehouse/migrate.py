"""Numbered steps that bring a warehouse to the present schema, forward only.

Each step is one SQL file in `migrations/` and one transaction together with its line in
`migrations`. A step that was applied and then edited is refused by its checksum.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from records.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb

_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step: its file name and its SQL."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of the SQL, in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> tuple[Migration, ...]:
    """The steps that come with this release, in order of their numbers."""
    found = (each for each in files("warehouse").joinpath("migrations").iterdir())
    steps = [
        Migration(name=each.name, sql=each.read_text(encoding="utf-8"))
        for each in found
        if each.name.endswith(".sql")
    ]
    return tuple(sorted(steps, key=lambda step: step.name))


def pending(
    steps: Sequence[Migration], applied: Sequence[tuple[str, str]], where: str
) -> tuple[Migration, ...]:
    """The steps that are still to do.

    `applied` holds (name, checksum) in order. Raises IntegrityError when the warehouse
    has a step that this release doesn't have, or has with other text.
    """
    for position, (name, checksum) in enumerate(applied):
        step = steps[position] if position < len(steps) else None
        if step is None or (step.name, step.sha256) != (name, checksum):
            raise IntegrityError(
                "schema_mismatch",
                what=f"The warehouse was made by another release (step {name})",
                where=where,
                remedy="Open it with the release that wrote it last, or a newer one.",
            )
    return tuple(steps[len(applied) :])


def migrate(
    connection: duckdb.DuckDBPyConnection,
    steps: Sequence[Migration],
    *,
    now: datetime,
    where: str,
) -> tuple[str, ...]:
    """Apply the pending steps to the attached warehouse; returns their names."""
    connection.execute(_TABLE)
    applied = connection.execute("SELECT name, sha256 FROM migrations ORDER BY name").fetchall()
    todo = pending(steps, applied, where)
    for step in todo:
        _apply(connection, step, now)
    return tuple(step.name for step in todo)


def _apply(connection: duckdb.DuckDBPyConnection, step: Migration, now: datetime) -> None:
    connection.execute("BEGIN")
    try:
        connection.execute(step.sql)
        connection.execute(
            "INSERT INTO migrations VALUES ($name, $sha256, $now)",
            {"name": step.name, "sha256": step.sha256, "now": now},
        )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
