"""The data dictionary and the diagram of the tables, made from the migrations themselves.

    python -m warehouse.dictionary docs/warehouse.md

rewrites what stands between the marks of that page; a test shows that it is up to date.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.contracts import EVENT_CHECKS, LOADED, NOTE_CHECKS, RECORD_CHECKS
from warehouse.engine import connect
from warehouse.migrate import migrate, shipped
from warehouse.tables import REFERENCES, TABLE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

_BEGIN, _END = "<!-- generated -->", "<!-- end of generated -->"
_COLUMNS = """
SELECT column_name, data_type, is_nullable, coalesce(comment, '')
FROM duckdb_columns() WHERE table_name = $name ORDER BY column_index
"""
_VIEWS = """
SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY view_name
"""


def dictionary() -> str:
    """Diagram, tables, views and checks of the present release, as Markdown."""
    with connect(threads=1) as scratch:
        migrate(scratch, shipped(), now=datetime(1970, 1, 1, tzinfo=UTC), where="scratch")
        return "\n".join(_page(scratch)) + "\n"


def renewed(page: str) -> str:
    """A page with what stands between its marks made anew."""
    pattern = re.compile(f"{_BEGIN}.*{_END}", re.DOTALL)
    return pattern.sub(lambda _: f"{_BEGIN}\n{dictionary()}{_END}", page)


def _page(scratch: duckdb.DuckDBPyConnection) -> Iterator[str]:
    yield from ("## 关系图 · Diagram", "", "```mermaid", "erDiagram")
    for table, column, target in REFERENCES:
        yield f'    {target} ||--o{{ {table} : "{column}"'
    yield from ("```", "", "## 表 · Tables", "")
    for name in TABLE_KEYS:
        yield from _table(scratch, name)
    yield from ("## 视图 · Views", "", "| view | 说明 |", "|---|---|")
    for name, comment in scratch.execute(_VIEWS).fetchall():
        yield f"| `{name}` | {comment} |"
    yield from (
        "",
        "## 装入约定 · Checks of a load",
        "",
        "| of | code | 违反时 · broken when |",
        "|---|---|---|",
    )
    for of, checks in [(name, each) for name, (_, each) in LOADED.items()] + [
        ("records", RECORD_CHECKS + EVENT_CHECKS + NOTE_CHECKS)
    ]:
        yield from (f"| `{of}` | `{check.code}` | {check.reason} |" for check in checks)


def _table(scratch: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    comment = scratch.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = $name", {"name": name}
    ).fetchone()
    targets = {column: target for table, column, target in REFERENCES if table == name}
    yield from (f"### `{name}`", "", str(comment[0] if comment else ""), "")
    yield from ("| column | type | | 说明 |", "|---|---|---|---|")
    for column, kind, nullable, words in scratch.execute(_COLUMNS, {"name": name}).fetchall():
        marks = _marks(name, column, targets, nullable=nullable)
        yield f"| `{column}` | {kind.lower()} | {', '.join(marks)} | {words} |"
    yield ""


def _marks(table: str, column: str, targets: dict[str, str], *, nullable: bool) -> Iterable[str]:
    if column in TABLE_KEYS[table]:
        yield "key"
    if column in targets:
        yield f"→ `{targets[column]}`"
    if nullable:
        yield "null"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(renewed(target.read_text(encoding="utf-8")), encoding="utf-8")
