"""What a command means: which batch, which copy of the warehouse, which day, which home."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from records.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from flows.home import Home
    from flows.installation import Installation
    from flows.settings import Settings


def add_snapshot(parser: argparse.ArgumentParser) -> None:
    """Let a command that only reads take the published snapshot."""
    parser.add_argument(
        "--snapshot",
        action="store_true",
        help="读已发布的快照，库被占用时也行 · read the published snapshot",
    )


def chosen_batch(here: Installation, named: str | None) -> str:
    """The batch that is named, or the latest; raises UsageError when there is none."""
    batches = all_batches(here)
    if named in batches:
        return named
    if named is None and batches:
        return batches[-1]
    raise UsageError(
        "no_such_batch",
        what="没有该批次 · there is no such batch",
        where=named or "",
        remedy="backfill status --home DIR",
    )


def all_batches(here: Installation) -> list[str]:
    """All batches, the oldest first."""
    return [str(row["batch_id"]) for row in here.warehouse.query("batches_by_age").to_pylist()]


def day(text: str) -> datetime:
    """The beginning of a day as typed, in UTC; raises UsageError for another spelling."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(
            "bad_day",
            what="日期写法不对 · a day is not written as YYYY-MM-DD",
            remedy="2026-01-31",
        ) from None


def home_of(settings: Settings) -> Home:
    """The home that `--home` names, made or not."""
    from flows.home import Home

    return Home(root=settings.require_home())


def typed(remedy: str) -> str:
    """What stands on the paper, typed or by standard input: one line.

    Raises UsageError with the remedy when it is empty.
    """
    if sys.stdin.isatty():
        print("照录 · what stands there: ", end="", file=sys.stderr, flush=True)
    text = sys.stdin.readline().strip()
    if not text:
        raise UsageError("nothing_typed", what="没有录入文字 · nothing was typed", remedy=remedy)
    return text
