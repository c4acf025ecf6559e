"""`backfill calibrate`: the reader's confidence on the archive's own paper."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import quieten_engines
from records.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from flows.calibrating import Outcome, Progress
    from flows.calibration_store import Calibration, Stratum
    from flows.opening import Opened
    from flows.settings import Settings

_HELP = """\
用本馆自己的档案校准识读把握：抽样盲录，拟合，审核；审核合格的年代与字迹才准机器采信。
Calibrate the reader on the archive's own pages: a sample is keyed blind, the confidence is
fitted and audited, and only an era and hand that passes is accepted without a person.

一、抽样并拟定外发 · draw a sample and propose its keying
  backfill calibrate 有代表性的页/ --agreement A1 --home 馆库
二、照常批准、密封、寄出、接收；承录方看不出这是校准
   approve, seal, send and receive as always; clerks can't tell it from other work
  backfill approve --waiting --identity 甲.identity --home 馆库
  backfill seal 批次号 --home 馆库
  backfill receive 回件/*.sealed --home 馆库
三、再次运行：两次录入不一致的拟定第三次录入；全部收回后拟合并审核
   run it again: third keyings where two differ, then the fit and the audit
  backfill calibrate --agreement A1 --home 馆库
  backfill calibrate --home 馆库               只看进展或结果 · only see how far it is

页要随机取自同类档案，每个年代、字迹几十页为好；同一页的字段只用于拟合或只用于审核。
Take pages at random, some dozens of each era and hand. A page serves to fit or to audit,
never both. 录入未能定值的字段按错计，可先用 backfill settle 定值。
What keyings leave open counts as wrong; settle it first with backfill settle.

合格：差错率上限（Clopper–Pearson，精确）不高于 --max-wrong。反复审核时所要求的把握逐次提高。
To pass, the exact upper bound of the share of wrong accepted fields must not be above
--max-wrong; each further audit is asked for more confidence, so that trying again is no way in.

退出状态 · exit status: 0 完成或在等录入 done, or waiting for keyings; 3 有页被搁置 pages set aside;
5 有年代字迹的差错率确实高于 --max-wrong an era and hand surely errs more than allowed
"""
_FIELDS, _ALLOWED = 900, 0.005
_WORDS = {"open": "准予采信 open", "key": "仍交人工 key", "closed": "不准采信 closed"}
_HANDS = {"neat": "工整 neat", "running": "连笔 running", "cursive": "潦草 cursive"}


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `calibrate`."""
    parser = commands.add_parser(
        "calibrate",
        parents=[common],
        help="用本馆档案校准识读 · calibrate the reader on own pages",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pages", nargs="*", type=Path, metavar="PAGES", help="扫描件或文件夹 · scans or folders"
    )
    parser.add_argument(
        "--agreement", metavar="ID", help="录入协议；要拟定外发时须有 · needed to have fields keyed"
    )
    parser.add_argument(
        "--fields", type=int, default=_FIELDS, metavar="N",
        help=f"每个年代、字迹抽多少字段 · fields of each era and hand (default: {_FIELDS})",
    )  # fmt: skip
    parser.add_argument(
        "--max-wrong", type=float, default=_ALLOWED, metavar="RATE",
        help=f"采信字段中准许的差错率 · wrong among accepted (default: {_ALLOWED})",
    )  # fmt: skip
    parser.add_argument("--workers", type=int, metavar="N", help="并行进程数 · processes")
    parser.set_defaults(run=_calibrate)


def _calibrate(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Draw and propose what is named or unfinished, then conclude what has come back."""
    if not 0 < arguments.max_wrong < 1 or arguments.fields < 1:
        raise UsageError(
            "bad_option",
            what="--max-wrong 须在 0 与 1 之间，--fields 至少为 1 · --max-wrong lies between 0 and "
            "1, --fields is 1 at least",
            remedy="backfill calibrate --help",
        )
    if arguments.pages and not arguments.agreement:
        raise UsageError(
            "no_agreement",
            what="抽样要交人录入，须指定协议 · a sample is keyed by people: name their agreement",
            remedy="--agreement ID；backfill agreement --help",
        )
    quieten_engines()
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=bool(arguments.agreement)) as here:
        from flows.calibrating import Outcome, conclude
        from flows.installation import handed_over
        from flows.settings import account

        aside = _enter(here, arguments) if arguments.pages else 0
        if arguments.agreement:
            _propose(here, arguments)
        token = conclude(here.home_id, account(), arguments.max_wrong)
        outcome = handed_over.collect(token, Outcome)
        _print(outcome, where=here.installation.home.calibration, as_json=arguments.json)
    failed = outcome.calibration is not None and outcome.calibration.named("closed")
    if failed:
        return ExitStatus.LOT_FAILED
    return ExitStatus.DONE_WITH_QUARANTINE if aside else ExitStatus.DONE


def _enter(here: Opened, arguments: argparse.Namespace) -> int:
    """Enter and read the pages, and draw their sample; how much was set aside."""
    from flows.calibrating import draw_and_propose
    from flows.digitise import digitise
    from flows.gate import terms_in_force
    from flows.installation import handed_over
    from flows.intake import find_files, intake

    files = find_files(arguments.pages)
    if not files:
        raise UsageError(
            "nothing_to_enter",
            what="所指文件夹中没有文件 · there is no file in what was named",
            remedy="指定扫描件或其文件夹 · name scans, or the folder that holds them",
        )
    # An agreement that doesn't hold is found out before the pages are read.
    terms_in_force(here.installation, arguments.agreement)
    name = handed_over.leave("校准 calibration")
    batch_id = intake(here.home_id, handed_over.leave(files), name_token=name)
    digitise(here.home_id, batch_id)
    if not draw_and_propose(here.home_id, batch_id, arguments.agreement, arguments.fields):
        raise UsageError(
            "nothing_to_draw",
            what="这些页上没有可抽的字段 · no field of these pages can be drawn: they are of no "
            "known era, in a cursive hand, or without a picture",
            where=batch_id,
            remedy="换一些页；潦草字迹总交人工 · take others; cursive hands always go to people",
        )
    return here.installation.warehouse.query("quarantine", batch_id=batch_id).num_rows


def _propose(here: Opened, arguments: argparse.Namespace) -> None:
    """Go on with every sample that was drawn."""
    from flows.calibrating import draw_and_propose

    rows = here.installation.warehouse.query("calibration_answers").to_pylist()
    for batch_id in dict.fromkeys(str(row["batch_id"]) for row in rows):
        draw_and_propose(here.home_id, batch_id, arguments.agreement, arguments.fields)


def _print(outcome: Outcome, *, where: Path, as_json: bool) -> None:
    made = outcome.calibration
    if as_json:
        shown = {
            "samples": [asdict(each) for each in outcome.samples],
            "calibration": asdict(made) | {"label": made.label} if made else None,
            "new": outcome.new,
        }
        print(json.dumps(shown, ensure_ascii=False))
        return
    for each in outcome.samples:
        print(_sample_line(each))
    if made is None:
        print("尚无校准：等录入收回 · no calibration yet: keyings are to come back")
        return
    word = "新校准 new calibration" if outcome.new else "现行校准 calibration in force"
    file = where / f"{made.version:04d}.json"
    print(f"{word}: {made.label}（{made.made_by}, {made.made_at[:16]}）→ {file}")
    for stratum in made.strata:
        print(_stratum_lines(stratum, made))
    if made.unsettled:
        print(
            f"未能定值而按错计 left open, counted as wrong: {made.unsettled} 个字段 fields → "
            "backfill undecided, backfill settle"
        )


def _sample_line(each: Progress) -> str:
    left = each.drawn - each.settled - each.unresolved
    return (
        f"批次 batch {each.batch_id}  抽取 drawn {each.drawn}, 已装包 packed {each.packed}, "
        f"已定值 settled {each.settled}, 待录 waiting {left}, 未能定值 left open {each.unresolved}"
    )


def _stratum_lines(stratum: Stratum, made: Calibration) -> str:
    hand = _HANDS.get(stratum.hand, stratum.hand)
    line = (
        f"  {stratum.era} {hand}  {_WORDS[stratum.outcome]}："
        f"拟合 fit {stratum.fit}, 审核 audited {stratum.audited}, "
        f"其中可采信 accepted {stratum.accepted}, 错 wrong {stratum.wrong}, "
        f"差错率上限 at most {stratum.upper:.2%}（{stratum.level:.1%}）, "
        f"准许 allowed {made.allowed:.2%}"
    )
    if stratum.missing:
        line += (
            f"\n      还须再抽约 {stratum.missing:,} 个字段且无一采信错误，方可放开 · "
            f"about {stratum.missing:,} more fields, none accepted wrongly, before it can open"
        )
    return line
