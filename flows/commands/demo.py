"""`backfill demo`: the main job on the synthetic samples, front to back."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import quieten_engines
from records.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from flows.demo import Played
    from flows.installation import Installation
    from flows.settings import Settings

_HELP = """\
用合成样本走完全程：登记、识读、比对、入库、外发、录入、接收、共享、报告。
The whole job on synthetic samples. Every person is played; every step is the real one.

再次运行会从中断处继续；--fresh 重新开始。
A second run goes on where the first ended; --fresh begins anew.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `demo`."""
    parser = commands.add_parser(
        "demo",
        parents=[common],
        help="用样本演示全程 · the whole job on the samples",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("samples", type=Path, help="样本文件夹 · folder of samples")
    parser.add_argument("--fresh", action="store_true", help="重新开始 · begin anew")
    parser.add_argument("--workers", type=int, metavar="N", help="并行进程数 · processes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Play the demonstration; exit status 0 when exactly the broken samples were set aside."""
    quieten_engines()
    from flows.home import Home
    from flows.settings import settle_prefect

    home = Home(root=settings.require_home().absolute())
    # Prefect reads its settings when the flows are imported.
    settle_prefect(home.root)
    from flows import demo
    from flows.opening import open_installation
    from flows.policy import DEMONSTRATION

    samples = demo.Samples(folder=arguments.samples.absolute())
    if not samples.register.is_file():
        raise UsageError(
            "no_samples",
            what="此处没有样本 · there are no samples here",
            where=str(arguments.samples),
            remedy="data_samples/",
        )
    if arguments.fresh:
        demo.clear(home.root)
    cast = demo.prepare(home, samples)
    arguments.passphrase_file = cast.passphrase_file
    with open_installation(
        arguments, settings, policy=DEMONSTRATION, sealing=True, register=True
    ) as here:
        played = demo.play(here.home_id, here.installation, cast, samples)
        _print_summary(here.installation, played, as_json=arguments.json)
    return ExitStatus.DONE_WITH_QUARANTINE if played.unexpected else ExitStatus.DONE


def _print_summary(here: Installation, played: Played, *, as_json: bool) -> None:
    from warehouse.figures import batch_figures

    figures = batch_figures(here.warehouse, batch_id=played.batch_id, now=here.clock())
    if as_json:
        shown = {**asdict(figures.headline), "report": str(played.report)}
        print(json.dumps(shown, ensure_ascii=False))
        return
    print(_summary(here, played))
