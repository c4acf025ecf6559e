"""`backfill`: the command line of the archive's staff.

Turns words into calls and failures into exit statuses. The work itself is done by the
flows beside this module.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from confidentiality.token import use_device
from flows.commands import (
    agreements,
    audits,
    batches,
    calibrating,
    checks,
    comparing,
    demo,
    destructions,
    differing,
    forms,
    handing,
    keeping,
    keyring,
    leaks,
    lots,
    matching_runs,
    notes,
    people,
    quality,
    reading,
    registers,
    searchable,
    shares,
    staff,
    tracing,
)
from flows.commands.groups import head
from flows.settings import read_settings
from ocr.runtimes import choose_runtime
from records.errors import BackfillError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESCRIPTION = """\
婚姻登记档案补录：识读扫描件，与人口登记比对，加密委托录入，入库并共享。
Backfill marriage archives: read scans, match people, have fields keyed under
confidentiality, load verified records, share them with proof of origin.
"""

_EPILOG = """\
一批档案的一天 · a day with one batch
  backfill init --home 馆库                          建立工作目录 · make a home
  backfill register build 人口.csv --home 馆库        建人口索引 · index the register
  backfill intake 扫描件/ --home 馆库                 登记扫描件 · enter the scans
  backfill process --home 馆库                       识读、比对、入库 · read, match, load
  backfill release --agreement A1 --home 馆库         拟定外发 · propose a release
  backfill approve --waiting --identity 甲.identity --home 馆库
                                                    两人各批准一次 · two officers, each once
  backfill seal --home 馆库                          密封已批准的包 · seal what was approved
  backfill receive 回件/*.sealed --home 馆库          接收录入结果 · take submissions in
  backfill undecided --home 馆库                     哪些字段须由馆内定值 · what is left to staff
  backfill share --agreement S1 --home 馆库           共享核实记录 · share verified records
  backfill report --home 馆库                        批次报告 · the report

事先 · before that: backfill identity, card, agreement（--help）

退出状态 · exit status: 0 完成 done, 1 内部故障 fault, 2 用法 usage, 3 有材料被搁置 some set aside,
4 输入被拒 refused, 5 批次不合格 lot failed, 6 库被占用 in use, 7 保密规则不许 not permitted
"""


#: The commands as `--help` lists them.
_SECTIONS = (
    ("识读与比对 · reading and matching", (reading, registers, matching_runs)),
    ("设立 · setting up", (people, keyring, agreements, forms, calibrating)),
    ("批次 · batches", (batches, staff, lots, notes, searchable, comparing, differing, quality)),
    ("各部门与档案馆 · departments and the archive", (shares, handing)),
    ("查考与追责 · proof", (tracing, audits, destructions, leaks, checks)),
    ("保管 · keeping", (keeping,)),
    ("演示 · demonstration", (demo,)),
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; building it imports nothing heavy."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="工作目录：库、台账、密钥、外发件 · the home of one installation (or BACKFILL_HOME)",
    )
    common.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="口令文件，供无人值守时使用 · file with the passphrase, for unattended runs",
    )
    common.add_argument(
        "--json", action="store_true", help="标准输出为 JSON · JSON on standard output"
    )
    parser = argparse.ArgumentParser(
        prog="backfill",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(
        title="命令 · commands",
        dest="command",
        metavar="COMMAND",
        required=True,
    )
    for heading, modules in _SECTIONS:
        head(commands, heading)
        for module in modules:
            module.add_parsers(commands, common)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; a traceback never reaches the screen."""
    arguments = build_parser().parse_args(argv)
    settings = read_settings(home=arguments.home, workers=getattr(arguments, "workers", None))
    try:
        choose_runtime(settings.runtime)
        use_device(settings.device)
        status: ExitStatus = arguments.run(arguments, settings)
    except BackfillError as error:
        print(f"backfill: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print(
            "backfill: 已中断；再次运行即可继续 · stopped; run the same command to go on",
            file=sys.stderr,
        )
        return 130
    except BrokenPipeError:
        # The reader of the output has seen enough; nothing is left to be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.DONE
    except Exception as error:  # the last door: a fault of ours, shown without any value
        print(f"backfill: {describe_fault(error)}", file=sys.stderr)
        return ExitStatus.INTERNAL_FAULT
    return status


def describe_fault(error: BaseException) -> str:
    """Name a fault of ours by its type and place.

    The message and the locals of an unexpected exception may hold a person's data, so
    neither is shown.
    """
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return (
        f"内部故障 · internal fault: {type(error).__name__} at {places} → "
        "请把本行报告给维护者 · please report this line to the maintainers"
    )


if __name__ == "__main__":
    sys.exit(main())
