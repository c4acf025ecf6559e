"""`backfill quality`: plots of quality over batches, eras, offices and vendors."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import add_snapshot
from records.errors import ExitStatus

if TYPE_CHECKING:
    from flows.settings import Settings

_HELP = """\
各批次、年代、登记机关、承录方的质量图：字段由谁定下，机器与录入被推翻的比例。
Plots over batches, eras, offices and vendors: who settled the fields, how often the machine and
the keyings were overruled. One page without scripts or outside addresses; nobody's values.

  backfill quality --out 质量.html --home 馆库
  backfill quality --out 质量.html --snapshot --home 馆库     库被占用时 · while it is in use
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `quality`."""
    parser = commands.add_parser(
        "quality",
        parents=[common],
        help="质量图 · plots of quality",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="网页 · the page")
    add_snapshot(parser)
    parser.set_defaults(run=_quality)


def _quality(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from flows.opening import open_installation
    from flows.quality import write_quality
    from flows.settings import account

    with open_installation(arguments, settings) as here:
        here.installation.note("quality.shown", by=account(), reason="quality")
        made = write_quality(
            here.installation.warehouse, arguments.out, now=here.installation.clock()
        )
    print(f"质量图 · plots of quality: {made}")
    return ExitStatus.DONE
