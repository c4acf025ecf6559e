"""`backfill match`: people on certificates to entries of the register."""

from __future__ import annotations

import argparse
import json
from collections import Counter
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
    from matching.run import match_files

    from flows.keys import register_key
    from flows.settings import scratch_folder

    if not arguments.out.parent.is_dir():
        raise UsageError(
            "no_such_folder",
            what="结果文件夹不存在 · the folder of --out does not exist",
            where=str(arguments.out.parent),
            remedy="先建该文件夹 · make the folder first",
        )
    is_index = arguments.register.is_dir()
    key = register_key(arguments.register, arguments, settings) if is_index else None
    table = match_files(
        arguments.certificates,
        arguments.register,
        arguments.out,
        key=key,
        max_false_match_rate=arguments.max_false_match_rate,
        scratch=scratch_folder(),
    )
    counts = Counter(table.column("decision").to_pylist())
    shown = {name: counts.get(name, 0) for name in ("match", "review", "none")}
    if arguments.json:
        print(json.dumps({"records": table.num_rows, **shown, "out": str(arguments.out)}))
    else:
        print(
            f"人次 · records {table.num_rows:,}: 匹配 match {shown['match']:,}, "
            f"复核 review {shown['review']:,}, 无 none {shown['none']:,} → {arguments.out}"
        )
    return ExitStatus.DONE
