"""`backfill demo`: the main job on the synthetic samples, front to back."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import quieten_engines
from records.errors import ExitStatus, UsageError
from records.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.demo import Played
    from flows.demo_department import Feedback
    from flows.installation import Installation
    from flows.settings import Settings
    from warehouse.figures import SealedFile

_HELP = """\
用合成样本走完全程：登记、识读、比对、入库、外发、录入、接收、共享、报告。
The whole job on synthetic samples. Every person is played; every step is the real one.

再次运行会从中断处继续；--fresh 重新开始。
A second run goes on where the first ended; --fresh begins anew.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `demo`."""
    parser = commands.add_parser(
        "demo",
        parents=[common],
        help="用样本演示全程 · the whole job on the samples",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("samples", type=Path, help="样本文件夹 · folder of samples")
    parser.add_argument("--fresh", action="store_true", help="重新开始 · begin anew")
    parser.add_argument("--workers", type=int, metavar="N", help="并行进程数 · processes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Play the demonstration; exit status 0 when exactly the broken samples were set aside."""
    quieten_engines()
    from flows.home import Home
    from flows.settings import settle_prefect

    home = Home(root=settings.require_home().absolute())
    # Prefect reads its settings when the flows are imported.
    settle_prefect(home.root)
    from flows import demo
    from flows.opening import open_installation
    from flows.policy import DEMONSTRATION

    samples = demo.Samples(folder=arguments.samples.absolute())
    if not samples.register.is_file():
        raise UsageError(
            "no_samples",
            what="此处没有样本 · there are no samples here",
            where=str(arguments.samples),
            remedy="data_samples/",
        )
    if arguments.fresh:
        demo.clear(home.root)
    cast = demo.prepare(home, samples)
    arguments.passphrase_file = cast.passphrase_file
    with open_installation(
        arguments, settings, policy=DEMONSTRATION, sealing=True, register=True
    ) as here:
        played = demo.play(here.home_id, here.installation, cast, samples)
        _print_summary(here.installation, played, as_json=arguments.json)
    return ExitStatus.DONE_WITH_QUARANTINE if played.unexpected else ExitStatus.DONE


def _print_summary(here: Installation, played: Played, *, as_json: bool) -> None:
    from warehouse.figures import batch_figures

    figures = batch_figures(here.warehouse, batch_id=played.batch_id, now=here.clock())
    if as_json:
        shown = {**asdict(figures.headline), "report": str(played.report)}
        print(json.dumps(shown, ensure_ascii=False))
        return
    print(_summary(here, played))


def _summary(here: Installation, played: Played) -> str:
    from flows import demo_clerks
    from warehouse.figures import batch_figures

    figures = batch_figures(here.warehouse, batch_id=played.batch_id, now=here.clock())
    head = figures.headline
    matched = sum(each.people for each in figures.matches if each.decision == "match")
    people = sum(each.people for each in figures.matches)
    places = (
        (visible(Path(each.source).name) + (f" p.{each.page}" if each.page else ""), each.reason)
        for each in figures.set_aside
    )
    aside = "\n".join(f"    {place}  {reason}" for place, reason in places)
    sealed = "\n".join(f"    {line}" for line in _sealed_lines(here, figures.sealed))
    odd = "\n".join(f"    {each}" for each in played.unexpected)
    verdict = (
        "与预期不符 · not as expected"
        if odd
        else "搁置的恰为应搁置者 · exactly the broken samples were set aside"
    )
    home = here.home.root
    known = here.warehouse.query("verified_records", batch_id=played.batch_id)["record_id"]
    record = known[0].as_py() if len(known) else "RECORD"
    return f"""
演示完成 · demonstration done（全部数据均为合成 · all data are synthetic）

  识读页数 pages read            {head.pages_read}
  搁置 set aside                 {len(figures.set_aside)}
{aside}
  字段 fields                    {head.fields}
    机器采信 accepted            {head.accepted}
    外发录入 sent for keying     {head.sent}（其中定值 settled {head.keyed}）
    档案员定值 settled by staff  {head.by_staff}
    承上行 from the row above    {head.inherited}
    尚未定值 still undecided     {head.undecided}
  比对人次 people matched        {matched} / {people}
  核实记录 records verified      {head.verified} / {head.certificates}
{_department_lines(played.department)}
  密封件 sealed files
{sealed}
  录入由程序扮演：答案取自样本真值，{demo_clerks.ERROR_RATE:.0%} 带打字错误
  Keying was played: answers are the truth, {demo_clerks.ERROR_RATE:.0%} with a typing error
  {verdict}
{odd}

  报告 report                    {played.report}

下一步 · try next
  ./run status --home {home} --passphrase-file {home}/cast/passphrase
  ./run read data_samples/s21_printed_marriage.jpg
  ./run trace-value {record} male.name --home {home} --passphrase-file {home}/cast/passphrase
"""


def _department_lines(told: Feedback | None) -> str:
    """What the department got, confirmed and was answered."""
    if told is None:
        return "  共享记录 records shared        0"
    receipt = "与发出一致 as sent" if told.confirmed else "与发出不符 not as sent"
    match, possible, none = (told.answers[each] for each in ("match", "possible", "none"))
    return f"""\
  共享记录 records shared        {told.records}（接收部门已打开 · opened there）
  部门回执 receipt               {receipt}
  信息比对 comparison            名单 asked {told.asked}：认定 match {match}，\
疑似 possible {possible}，无 none {none}"""


def _sealed_lines(here: Installation, files: Sequence[SealedFile]) -> list[str]:
    """Where sealed files lie, by kind, with their number and size."""
    by_kind: dict[str, list[SealedFile]] = {}
    for each in files:
        by_kind.setdefault(each.kind, []).append(each)
    return [
        f"{kind}  {len(group)} 件 files, {sum(each.bytes or 0 for each in group) / 1e6:.1f} MB"
        for kind, group in by_kind.items()
    ] + [f"{here.home.outgoing}/"]
