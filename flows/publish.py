"""Publish: the report of a batch, and the snapshot that readers use."""

from __future__ import annotations

from pathlib import Path

from flows.discretion import discreet_flow
from flows.installation import handed_over, installation
from flows.planting import gold_verdicts
from flows.report import write_report
from warehouse.copies import publish
from warehouse.figures import Demonstration, batch_figures


@discreet_flow("report")
def report(
    home_id: str, batch_id: str, *, out_token: str = "", clerk_error_rate: float | None = None
) -> str:
    """Write the report of a batch and publish a snapshot; returns a token for its path.

    `clerk_error_rate` is that of a demonstration's played clerks.
    """
    here = installation(home_id)
    out = handed_over.collect(out_token, Path) if out_token else None
    played = None
    if clerk_error_rate is not None:
        played = Demonstration(clerk_error_rate=clerk_error_rate)
    figures = batch_figures(
        here.warehouse, batch_id=batch_id, now=here.clock(), demonstration=played
    )
    out = out or here.home.reports / f"{batch_id}.html"
    path = write_report(figures, out, gold=gold_verdicts(here))
    publish(here.warehouse, here.home.snapshot)
    return handed_over.leave(path)
