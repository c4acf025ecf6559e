"""The named queries: one SQL file each in `queries/`, loaded by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from records.errors import UsageError


@cache
def query_text(name: str) -> str:
    """The SQL of the query called `name`; raises UsageError when there is none."""
    texts = _all_texts()
    if name not in texts:
        raise UsageError(
            "unknown_query",
            what=f"The warehouse has no query {name!r}",
            remedy=f"Queries are {', '.join(sorted(texts))}.",
        )
    return texts[name]


def query_names() -> tuple[str, ...]:
    """The names of all queries, sorted."""
    return tuple(sorted(_all_texts()))


@cache
def _all_texts() -> dict[str, str]:
    folder = files("warehouse").joinpath("queries")
    return {
        each.name.removesuffix(".sql"): each.read_text(encoding="utf-8")
        for each in folder.iterdir()
        if each.name.endswith(".sql")
    }
