"""Which batch a command means, and which copy of the warehouse it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from records.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from flows.installation import Installation


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
