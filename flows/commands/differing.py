"""`backfill differences`: what the register says otherwise, listed, exported and sent."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import chosen_batch
from flows.commands.groups import group
from records.errors import ExitStatus

if TYPE_CHECKING:
    import argparse

    from flows.installation import Installation
    from flows.settings import Settings
    from warehouse.share import ShareFilter

_HELP = """\
校核纠错清单：核定记录与人口登记不一致之处。档案文字照录原件，从不因此改动；清单交人口登记主管部门核对。
The correction list: where verified records and the register differ. The archive's text follows
the paper and is never changed by it; the list is for the department that keeps the register.

  backfill differences list --home 馆库               各字段几处 · counts by field, no values
  backfill differences export --out 校核纠错 --home 馆库
                                    CSV、XLSX 与可打印的网页 · CSV, XLSX and a page to print
  backfill differences send --agreement S2 --home 馆库
                                    批准前后各一次 · before and after two officers approve

导出的文件含个人信息，只有本人可读；谁、为何导出，记入审计日志。发出只含协议所列字段与范围。
What is exported holds personal data and is readable for you alone; who took it, and why, enters
the audit log. What is sent holds the agreed fields and rows alone, and leaves by the gate.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `differences` with its verbs."""
    add = group(commands, common, "differences", "校核纠错清单 · where the register differs", _HELP)
    listing = add("list", _list, "各字段几处 · counts by field")
    export = add("export", _export, "导出、打印 · export and print")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="文件夹 · a folder")
    export.add_argument(
        "--reason",
        default="unstated",
        metavar="CODE",
        help="事由代码，记入审计日志 · why, a code such as inspection; for the audit log",
    )
    for parser in (listing, export):
        parser.add_argument("--batch", metavar="ID", help="只列一批 · one batch only")
    send = add("send", _send, "拟定或密封发出 · request or seal it for the department")
    send.add_argument("--agreement", required=True, metavar="ID")


def _list(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Count what differs by field; values are only exported."""
    from flows.opening import open_installation
    from flows.register_list import listed
    from warehouse.words import field_words

    with open_installation(arguments, settings) as here:
        found = listed(here.installation, _chosen(here.installation, arguments.batch))
    counts = Counter(row["field"] for row in found.rows)
    if arguments.json:
        print(json.dumps({"differences": len(found.rows), "fields": counts}, ensure_ascii=False))
        return ExitStatus.DONE
    for field, count in sorted(counts.items()):
        print(f"{count:6,}  {' '.join(field_words(field))}")
    print(f"{len(found.rows):6,}  处不一致 · differences")
    return ExitStatus.DONE


def _export(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Write the list as CSV, XLSX and a page to print."""
    from flows.opening import open_installation
    from flows.register_list import listed, write_list
    from flows.settings import account

    out = arguments.out.absolute()
    with open_installation(arguments, settings) as here:
        found = listed(here.installation, _chosen(here.installation, arguments.batch))
        write_list(here.installation, found, out, by=account(), reason=arguments.reason)
    told = {"differences": len(found.rows), "out": str(out)}
    text = f"已导出 · exported: {len(found.rows):,} 处 differences → {out}"
    print(json.dumps(told, ensure_ascii=False) if arguments.json else text)
    return ExitStatus.DONE


def _send(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """File the request for the list under an agreement, or seal it once two officers approved."""
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.register_list import send_list

        sealed = send_list(here.installation, arguments.agreement)
        outgoing = here.installation.home.outgoing
        print(outgoing / sealed if sealed else "待批准 · waits for approval")
    return ExitStatus.DONE


def _chosen(here: Installation, batch: str | None) -> ShareFilter:
    from warehouse.share import ShareFilter

    return ShareFilter(batch_ids=(chosen_batch(here, batch),) if batch else ())
