"""`backfill match`: people on certificates to entries of the register."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from flows.settings import Settings, quieten_engines
from records.errors import ExitStatus, UsageError

_HELP = """\
在人口登记中查找证上两人，并说明把握有多大。
Find both people of each certificate in a register, and say how sure it is.

  backfill match --certificates 证.parquet --register 人口.parquet --out 结果.parquet
  backfill match --certificates 证.csv --register 索引 --key-file 密钥 --out 结果.parquet
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `match`."""
    parser = commands.add_parser(
        "match",
        help="与人口登记比对 · match against a register",
        parents=[common],
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--certificates", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--register", type=Path, required=True, metavar="FILE|INDEX", help="登记表或索引"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="Parquet 结果")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="索引密钥文件")
    parser.add_argument(
        "--max-false-match-rate",
        type=_rate,
        default=0.001,
        metavar="RATE",
        help="match 可容忍的误配率 · false matches that `match` may cost (default 0.001)",
    )
    parser.set_defaults(run=run)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number between 0 and 1") from None
    if not 0 < rate < 1:
        raise argparse.ArgumentTypeError("a number between 0 and 1")
    return rate


def run(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Match a file and write the answer beside nothing else."""
    quieten_engines()
    from flows.keys import register_key
    from flows.progress import say
    from matching.files import match_files

    if not arguments.out.parent.is_dir():
        raise UsageError(
            "no_such_folder",
            what="结果文件夹不存在 · the folder of --out does not exist",
            where=str(arguments.out.parent),
            remedy="先建该文件夹 · make the folder first",
        )
    is_index = arguments.register.is_dir()
    key = register_key(arguments.register, arguments, settings) if is_index else None
    report = match_files(
        arguments.certificates,
        arguments.register,
        arguments.out,
        key=key,
        max_false_match_rate=arguments.max_false_match_rate,
        progress=say,
    )
    found = report.estimate
    faults = [{"file": f.file, "line": f.line, "reason": f.reason} for f in report.quarantined]
    if arguments.json:
        print(json.dumps({**asdict(found), "quarantined": faults, "out": str(arguments.out)}))
    else:
        print(
            f"人次 · records {found.records:,}: 匹配 match {found.match:,}, "
            f"复核 review {found.review:,}, 无 none {found.none:,} → {arguments.out}\n"
            f"预计误配 · expected false matches: {found.false_match_rate:.4%} "
            f"(≤ {found.upper:.4%})"
        )
        for fault in faults:
            print(f"搁置 · set aside: {fault['file']}:{fault['line']}  {fault['reason']}")
    return ExitStatus.DONE_WITH_QUARANTINE if faults else ExitStatus.DONE
