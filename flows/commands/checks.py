"""`backfill clerks` and `trace-list`: what known answers and canaries show."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus

if TYPE_CHECKING:
    from flows.settings import Settings
    from keying.gold import GoldVerdict

_CLERKS = """\
各录入员在已知答案条目上的对错：条目混在工作包里，与其他条目无从分辨，不计入数据。
How each clerk did on items whose answer is known. They stand among the others, look like
them, and are never counted as data. A clerk fails on proof only.
"""
_LIST = """\
一份清单是否抄自某个工作包：每包有一个别处没有的假号，清单中出现它即可指出包与录入机。
Whether a list was copied from a work package: each package holds a number that stands nowhere
else, which names the package and the clerk's machine when it turns up.

  backfill trace-list 可疑清单.csv --home 馆库
"""
#: A longer list is cut into several.
_LARGEST = 64 << 20


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `clerks` and `trace-list`."""
    clerks = commands.add_parser(
        "clerks",
        parents=[common],
        help="录入员已知答案对错 · how clerks did on known answers",
        description=_CLERKS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    clerks.set_defaults(run=_clerks)
    listed = commands.add_parser(
        "trace-list",
        parents=[common],
        help="追查外泄清单 · whose copy a leaked list is",
        description=_LIST,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    listed.add_argument("list", type=Path, metavar="FILE")
    listed.set_defaults(run=_trace_list)


def _clerks(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Say for each clerk how many known answers were shown, and how many were wrong."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.planting import gold_verdicts

        found = gold_verdicts(here.installation)
    for each in found:
        if arguments.json:
            told = {"clerk": each.clerk_id, "shown": each.shown, "wrong": each.wrong}
            print(json.dumps({**told, "lower": round(each.lower, 4), "passed": each.passed}))
        else:
            print(spoken(each))
    if not found and not arguments.json:
        print("还没有收回已知答案条目 · no item whose answer is known has come back")
    return ExitStatus.DONE


def spoken(verdict: GoldVerdict) -> str:
    """How a clerk did on known answers, in a line."""
    judged = "合格 passed" if verdict.passed else "不合格 failed"
    return (
        f"{verdict.clerk_id}  已知答案 shown {verdict.shown}, 错 wrong {verdict.wrong}, "
        f"错误率至少 rate at least {100 * verdict.lower:.1f} %  {judged}"
    )


def _trace_list(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Name the packages and clerks whose canaries stand in a list, or say that none does."""
    from confidentiality.files import open_regular, read_at_most
    from flows.opening import open_installation

    with open_regular(arguments.list) as stream:
        data = read_at_most(stream, _LARGEST, where=arguments.list.name)
    # A list in an older Chinese encoding is no UTF-8; what can't be read holds no number.
    texts = (data.decode("utf-8-sig", "ignore"), data.decode("gb18030", "ignore"))
    with open_installation(arguments, settings) as here:
        from flows.planting import canaries_in

        found = {
            row["item_id"]: row for text in texts for row in canaries_in(here.installation, text)
        }
        for row in found.values():
            here.installation.note("leak.traced", package=row["package_id"], item=row["item_id"])
    for row in found.values():
        if arguments.json:
            print(json.dumps({"package": row["package_id"], "clerk": row["clerk"]}))
        else:
            print(f"包 package: {row['package_id']}  录入机 clerk: {row['clerk']}")
    if not found and not arguments.json:
        print("清单中没有任何暗桩 · no canary stands in this list")
    return ExitStatus.DONE
