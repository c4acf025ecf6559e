"""`backfill match`: people on certificates to entries of the register."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.match_reviews import add_verbs
from flows.settings import Settings, quieten_engines
from records.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from matching.evaluate import Slice

_HELP = """\
在人口登记中查找证上两人，并说明把握有多大。
Find both people of each certificate in a register, and say how sure it is.

  backfill match --certificates 证.parquet --register 人口.parquet --out 结果.parquet
  backfill match --certificates 证.csv --register 索引 --key-file 密钥 --out 结果.parquet
  backfill match explain 记录号 --answers 结果.parquet --html 依据.html
  backfill match queue --answers 结果.parquet             先看最值得看的 · whom to look at first
"""

_EXPLAIN_HELP = """\
一条比对结果的依据：各项证据加减了多少。只有权重，没有姓名、日期、号码。
Why a record was answered so: what each piece of evidence added or took. Weights
alone; no name, date or number.

  backfill match explain 记录号 --answers 结果.parquet
  backfill match explain 记录号 --home 馆库 --html 依据.html
"""


_SLICES = {"era": "年代 era", "id_number": "证件号码 ID number"}
_VALUES = {"with": "有 with", "without": "无 without", "unknown": "不详 unknown"}


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
    parser.add_argument("--certificates", type=Path, metavar="FILE")
    parser.add_argument("--register", type=Path, metavar="FILE|INDEX", help="登记表或索引")
    parser.add_argument("--out", type=Path, metavar="FILE", help="Parquet 结果")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="索引密钥文件")
    parser.add_argument(
        "--max-false-match-rate",
        type=_rate,
        default=0.001,
        metavar="RATE",
        help="match 可容忍的误配率 · false matches that `match` may cost (default 0.001)",
    )
    parser.add_argument(
        "--max-review-share",
        type=_rate,
        default=0.07,
        metavar="SHARE",
        help="至多多少人次送复核 · people that staff can look at, as a share (default 0.07)",
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="match learn 所写的模型 · learnt by `learn`"
    )
    parser.set_defaults(run=run, refuse=parser.error)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    explain = verbs.add_parser(
        "explain",
        help="一条结果的依据 · why a record was answered so",
        parents=[common],
        description=_EXPLAIN_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    explain.add_argument("record", metavar="RECORD", help="记录号 · record_id")
    explain.add_argument("--answers", type=Path, metavar="FILE", help="match 的结果 · of `match`")
    explain.add_argument("--html", type=Path, metavar="FILE", help="写成网页 · write a page")
    explain.set_defaults(run=explain_record)
    add_verbs(verbs, common)


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
    from matching.decide import Limits
    from matching.files import match_files, read_model

    _require(arguments)
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
        limits=Limits(
            max_false_match_rate=arguments.max_false_match_rate,
            max_review_share=arguments.max_review_share,
        ),
        model=read_model(arguments.model) if arguments.model else None,
        progress=say,
    )
    found = report.estimate
    faults = [{"file": f.file, "line": f.line, "reason": f.reason} for f in report.quarantined]
    if arguments.json:
        parts = [asdict(part) for part in report.slices]
        told = {**asdict(found), "slices": parts, "quarantined": faults, "out": str(arguments.out)}
        print(json.dumps(told))
    else:
        print(
            f"人次 · records {found.records:,}: 匹配 match {found.match:,}, "
            f"复核 review {found.review:,}, 无 none {found.none:,} → {arguments.out}\n"
            f"预计误配 · expected false matches: {found.false_match_rate:.4%} "
            f"({found.lower:.4%}–{found.upper:.4%})"
        )
        if found.left:
            print(
                f"另有 {found.left:,} 人次多半在库，超出复核人力（--max-review-share） · "
                "more people are likely in the register than staff can look at"
            )
        for part in report.slices:
            print(_line(part))
        for fault in faults:
            print(f"搁置 · set aside: {fault['file']}:{fault['line']}  {fault['reason']}")
    return ExitStatus.DONE_WITH_QUARANTINE if faults else ExitStatus.DONE


def _line(part: Slice) -> str:
    said = part.estimate
    return (
        f"  {_SLICES[part.by]} {_VALUES.get(part.value, part.value)}: {said.records:,}，"
        f"误配 false {said.false_match_rate:.3%} ({said.lower:.2%}–{said.upper:.2%})，"
        f"漏配 missed {said.miss_rate:.1%} ({said.miss_lower:.1%}–{said.miss_upper:.1%})"
    )


def _require(arguments: argparse.Namespace) -> None:
    """End as wrong usage where an option is missing, which `explain` has no use for."""
    wanted = ("certificates", "register", "out")
    missing = [f"--{name}" for name in wanted if not getattr(arguments, name)]
    if missing:
        arguments.refuse(f"the following arguments are required: {', '.join(missing)}")


def explain_record(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Show the waterfall of one record's answer, and write it as a page where one is asked for."""
    from confidentiality.files import writing_aside
    from flows.explain import as_page, as_text, explained, read_answers

    if arguments.answers:
        found = explained(arguments.record, read_answers(arguments.answers), str(arguments.answers))
    else:
        from flows.opening import open_installation
        from flows.settings import account

        with open_installation(arguments, settings) as here:
            warehouse = here.installation.warehouse
            here.installation.note(
                "match.shown", record=arguments.record, by=account(), reason="explain"
            )
            answers = warehouse.query("matches_of_person", record_id=arguments.record)
            named = answers.append_column("record_id", [[arguments.record] * answers.num_rows])
            found = explained(arguments.record, named, arguments.record)
    if arguments.html:
        with writing_aside(arguments.html.absolute(), replace=True) as stream:
            stream.write(as_page(found).encode())
    if arguments.json:
        print(json.dumps({**asdict(found), "odds": found.falls.odds}, ensure_ascii=False))
    else:
        print(as_text(found))
    return ExitStatus.DONE
