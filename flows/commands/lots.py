"""`backfill sample` and `accept`: is a batch good enough to be given away."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import chosen_batch
from records.errors import ExitStatus

if TYPE_CHECKING:
    from flows.settings import Settings
    from keying.acceptance import LotVerdict

_SAMPLE_HELP = """\
从一批核实记录中随机抽取应检的件，写成一张表，供检验人对照原件填写。
Draw the records of a batch that an inspector must compare with the scans.

  backfill sample --out 抽检.csv --home 馆库
  （在 right 列逐件填 是 或 否 · fill in the column `right`: yes or no）
  backfill accept --inspected 抽检.csv --home 馆库

各字段用 backfill trace-value 查看；一件中有一处错，该件即为错。
See the values with `backfill trace-value`; a record with one wrong field is wrong.
"""
_ACCEPT_HELP = """\
按填好的抽检表判定一批是否合格：差错件数的上限须以 95% 的把握不超过 1%。
Judge a batch by its inspected sample: with 95 % confidence at most 1 % of its records
may be wrong. Exit status 5 when it fails; a batch that failed is not shared.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `sample` and `accept`."""
    sample = commands.add_parser(
        "sample",
        parents=[common],
        help="抽取待检记录 · draw records to inspect",
        description=_SAMPLE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sample.add_argument("--out", type=Path, required=True, metavar="FILE", help="抽检表 CSV")
    sample.set_defaults(run=_sample)
    accept = commands.add_parser(
        "accept",
        parents=[common],
        help="判定一批是否合格 · judge a batch by its sample",
        description=_ACCEPT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    accept.add_argument(
        "--inspected", type=Path, required=True, metavar="FILE", help="填好的抽检表 · filled in"
    )
    accept.set_defaults(run=_accept)
    for parser in (sample, accept):
        parser.add_argument("batch", nargs="?", help="批次号；缺省为最近一批 · default: the latest")


def _sample(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Draw a sample that nobody can foresee."""
    from random import SystemRandom

    from flows.opening import open_installation
    from flows.settings import account

    with open_installation(arguments, settings) as here:
        from flows.accept import sample
        from flows.installation import handed_over

        batch_id = chosen_batch(here.installation, arguments.batch)
        # Which records the sheet shows, the lot's own entry and rows say.
        here.installation.note("sample.shown", batch=batch_id, by=account(), reason="acceptance")
        drawn = sample(
            here.home_id,
            batch_id,
            out_token=handed_over.leave(arguments.out.absolute()),
            chance_token=handed_over.leave(SystemRandom()),
        )
    if arguments.json:
        found = {"batch": batch_id, "sampled": drawn, "out": str(arguments.out)}
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(f"待检 · to inspect: {drawn} 件 records → {arguments.out}")
    return ExitStatus.DONE


def _accept(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Record the verdict, say it, and raise LotFailedError when the batch failed."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.accept import accept
        from flows.installation import handed_over
        from keying.acceptance import LotVerdict

        batch_id = chosen_batch(here.installation, arguments.batch)
        sheet_token = handed_over.leave(arguments.inspected.absolute())
        token = accept(here.home_id, batch_id, sheet_token=sheet_token)
        verdict = handed_over.collect(token, LotVerdict)
    _print_verdict(batch_id, verdict, as_json=arguments.json)
    verdict.require()
    return ExitStatus.DONE


def _print_verdict(batch_id: str, verdict: LotVerdict, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        found = {"batch": batch_id, **asdict(verdict), "passed": verdict.passed}
        print(json.dumps(found, ensure_ascii=False))
        return
    word = "合格 passed" if verdict.passed else "不合格 failed"
    print(
        f"{verdict.lot_id}  {word}：记录 records {verdict.lot_size}, 抽检 inspected "
        f"{verdict.sampled}, 错 wrong {verdict.wrong}, 差错率上限 at most "
        f"{verdict.upper:.2%} ({verdict.confidence:.0%}), 允许 allowed {verdict.allowed:.2%}"
    )
