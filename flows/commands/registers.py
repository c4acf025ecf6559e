"""`backfill register`: the population register's standing index."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import Settings, quieten_engines
from records.errors import ExitStatus

if TYPE_CHECKING:
    from matching.index import BuildReport

_HELP = """\
把人口登记表建成加密索引，或用变动行更新它。
Build an encrypted index of a population register, or update it with changed rows.

  backfill register build 人口.parquet --index 索引 --key-file 密钥
  backfill register update 变动.csv --index 索引 --key-file 密钥

列 · columns: person_id name [sex birth_date id_number former_name address spouse_id]
坏行按文件、行号、原因列出，绝不显示内容。
Bad rows are listed by file, line and reason, never by value.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `register build` and `register update`."""
    register = commands.add_parser(
        "register",
        help="人口登记索引 · the register index",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = register.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in (
        ("build", "新建索引 · build the index"),
        ("update", "合并变动行 · merge changed rows"),
    ):
        parser = verbs.add_parser(verb, help=text, description=text, parents=[common])
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="Parquet 或 CSV（UTF-8、GB18030）"
        )
        parser.add_argument("--index", type=Path, metavar="DIR", help="索引文件夹 · index folder")
        parser.add_argument(
            "--key-file", type=Path, metavar="FILE", help="索引密钥文件 · key of the index"
        )
        parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Build or update; exit status 3 when rows were set aside."""
    quieten_engines()
    from flows.keys import index_folder, register_key
    from flows.progress import say
    from matching.index import build_index, update_index

    folder = index_folder(arguments.index, settings)
    key = register_key(folder, arguments, settings, create=arguments.verb == "build")
    work = build_index if arguments.verb == "build" else update_index
    report = work(arguments.files, folder, key=key, progress=say)
    _show(report, as_json=arguments.json)
    return ExitStatus.DONE_WITH_QUARANTINE if report.quarantined else ExitStatus.DONE


def _show(report: BuildReport, *, as_json: bool) -> None:
    faults = [
        {"file": fault.file, "line": fault.line, "reason": fault.reason}
        for fault in report.quarantined
    ]
    if as_json:
        print(json.dumps({"rows": report.rows, "quarantined": faults}, ensure_ascii=False))
        return
    print(f"索引中人数 · people in the index: {report.rows:,}")
    for fault in faults:
        print(f"搁置 · set aside: {fault['file']}:{fault['line']}  {fault['reason']}")
