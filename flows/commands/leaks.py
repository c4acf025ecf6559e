"""`backfill trace`: whose copy a leaked picture of a field is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus

if TYPE_CHECKING:
    from flows.leaks import Leak
    from flows.settings import Settings

_HELP = """\
一张外泄的字段图片出自哪个包、哪台录入机：比对每份外发图片中肉眼看不见的暗记。
Which package and clerk's machine a leaked picture of a field was sealed for, by the pattern
that is in every picture that goes out.

  backfill trace 外泄.jpg --home 馆库
  backfill trace 外泄.png --package P-… --home 馆库     只查该包 · look in that package only

图片可经压缩、缩放、模糊、轻微旋转或裁剪；原扫描件须仍在原处。
The picture may be compressed, scaled, blurred, turned a little or cropped; the scans must
still be where they were.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `trace`."""
    parser = commands.add_parser(
        "trace",
        parents=[common],
        help="追查外泄图片 · whose copy a leaked picture is",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("picture", type=Path, metavar="IMAGE")
    parser.add_argument("--package", action="append", default=[], metavar="ID")
    parser.set_defaults(run=_trace)


def _trace(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Name package and clerk, or say that none of the marks is in the picture."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.leaks import trace_leak

        leak = trace_leak(here.installation, arguments.picture, arguments.package)
    if arguments.json:
        print(json.dumps(_found(leak)))
    elif leak and leak.found:
        print(
            f"包 package: {leak.package_id}\n录入机 clerk: {leak.clerk}\n"
            f"条目 item: {leak.item_id}\n"
            f"暗记强度 mark: {leak.deviations:.1f}σ，误报率 false-alarm rate below "
            f"{leak.false_alarm:.1e}（{leak.tested} 个暗记 patterns tried）"
        )
    else:
        print("图中没有找到任何外发件的暗记 · no mark of what was released is in this picture")
    return ExitStatus.DONE


def _found(leak: Leak | None) -> dict[str, object]:
    if leak is None or not leak.found:
        return {"found": False}
    return {
        "found": True,
        "package": leak.package_id,
        "clerk": leak.clerk,
        "item": leak.item_id,
        "deviations": round(leak.deviations, 1),
        "false_alarm": leak.false_alarm,
        "tested": leak.tested,
    }
