"""`backfill trace` and `joining-risk`: whose copy leaked, and what could be joined of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confidentiality.rejoining import MeasuredRisk
    from flows.installation import Installation
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

_RISK_HELP = """\
拟外发各包的拼合风险：以学过本馆各页的仿真攻击，试指哪些切片出自同一人、同一件。
超过乱猜 2 个百分点的包不得外发（退出状态 7，规则 joining_risk）。
How far an attacker who learnt from the archive's own pages joins the pictures of each package
with what its clerk holds. A package on which it beats guessing by more than 2 points is refused.

  backfill joining-risk --home 馆库             待外发各包 · packages that are not sealed yet
  backfill joining-risk P-… P-… --home 馆库     指定各包 · these packages

person 同一人的两个身份字段 · two identifying fields of one person
certificate 同一件的任意两个字段 · any two fields of one certificate
queue 该录入机所见 · one clerk's; proposal 同次各包合计 · all proposed together;
vendor 各录入机合谋（只报不拒） · all clerks together, stated only
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `trace` and `joining-risk`."""
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
    risk = commands.add_parser(
        "joining-risk",
        parents=[common],
        help="拼合风险 · how far the pictures of a package could be joined",
        description=_RISK_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    risk.add_argument("packages", nargs="*", metavar="PACKAGE")
    risk.set_defaults(run=_joining_risk)


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


def _joining_risk(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Say what attacks on packages achieved when they were proposed; status 7 if one may not go."""
    from confidentiality.rejoining import too_high
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.joining import kept

        chosen = arguments.packages or _waiting(here.installation)
        found = {each: kept(here.installation, each) or () for each in chosen}
    for package_id, measured in found.items():
        if arguments.json:
            figures = [_figures(each) for each in measured]
            refused = too_high(measured)
            print(json.dumps({"package": package_id, "refused": refused, "attacks": figures}))
        else:
            _say_risk(package_id, measured)
    refused = any(too_high(measured) for measured in found.values())
    return ExitStatus.NOT_PERMITTED if refused else ExitStatus.DONE


def _waiting(here: Installation) -> list[str]:
    sealed = set(here.warehouse.query("packages_out")["package_id"].to_pylist())
    return [each for each in here.releases.ids() if each.startswith("P-") and each not in sealed]


def _figures(measured: MeasuredRisk) -> dict[str, object]:
    risk = measured.risk
    return {
        "extent": str(measured.extent),
        "target": str(measured.target),
        "attack": str(measured.attack),
        "claims": risk.claims,
        "right": risk.right,
        "expected": round(risk.expected, 3),
        "advantage": round(risk.advantage, 4),
        "by_chance": risk.by_chance,
        "forbids": measured.forbids,
    }


def _say_risk(package_id: str, measured: Sequence[MeasuredRisk]) -> None:
    print(package_id if measured else f"{package_id}  未测 · not measured")
    for each in measured:
        risk = each.risk
        verdict = "  不得外发 · refused" if each.forbids else ""
        print(
            f"  {each.extent:<9} {each.target:<12} {each.attack:<6} "
            f"指对 right {risk.right}/{risk.claims}，乱猜可对 by guessing {risk.expected:.2f}，"
            f"优势 advantage {100 * risk.advantage:+.1f} 百分点 points{verdict}"
        )
