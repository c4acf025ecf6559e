"""`backfill comparison`, `statistics`, `trace-table`: what departments ask and are given.

`key` and `request` are the department's and the linkage unit's, and need the base packages
alone; the other verbs are the archive's.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.groups import group
from flows.commands.sealing import add_sealing
from records.errors import BackfillError, ExitStatus

if TYPE_CHECKING:
    import argparse

    from flows.settings import Settings

#: How long the archive has to take a list in.
_LIFE = timedelta(days=30)
_HELP = """\
信息比对：部门送来密封名单，本馆只答复“认定、疑似、无”和协议所列字段。
Comparison: a department's sealed list comes in; match class and agreed fields go out.

部门 · the department:
  backfill comparison request 名单.csv --agreement S1 --id C1 --fields registration_date
      --identity department.identity --archive-card archive.card.json --out C1.sealed
  加 --linkage-key FILE 则只送令牌，不送姓名 · with tokens in place of names
本馆 · the archive:
  backfill comparison take C1.sealed --home 馆库      收名单、比对、拟定答复 · compare
  backfill approve --waiting …                       两人批准 · two officers
  backfill comparison answer C1 --home 馆库           密封答复 · seal the answer
部门以 backfill open-share 打开答复 · the department opens it with open-share
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `comparison` with its verbs, `statistics` and `trace-table`."""
    add = group(commands, common, "comparison", "信息比对 · a department's list is compared", _HELP)
    key = add("key", _key, "生成关联密钥（关联单位） · make a linkage key")
    key.add_argument("out", type=Path, metavar="FILE")
    request = add("request", _request, "制作密封名单（部门用） · seal a list, as a department")
    request.add_argument("people", type=Path, metavar="CSV")
    request.add_argument("--id", required=True, help="比对编号，自定 · your number for it")
    request.add_argument("--fields", default="", metavar="FIELD,…", help="请求的字段 · wanted")
    add_sealing(request)
    request.add_argument("--linkage-key", type=Path, metavar="FILE", help="只送令牌 · tokens only")
    take = add("take", _take, "收名单并比对 · take lists in and compare")
    take.add_argument("files", nargs="+", type=Path, metavar="FILE")
    take.add_argument("--linkage-key", type=Path, metavar="FILE", help="令牌所用密钥 · of tokens")
    answer = add("answer", _answer, "密封已批准的答复 · seal an approved answer")
    answer.add_argument("id")
    add("list", _list, "列出 · list")
    add("index", _index, "预先建立人员索引 · make the index of verified people beforehand")

    counts = commands.add_parser(
        "statistics",
        parents=[common],
        help="给部门的统计表 · counts for a department",
        description=_statistics.__doc__,
    )
    counts.add_argument("--agreement", required=True, metavar="ID")
    counts.add_argument(
        "--by", required=True, metavar="NAME,…", help="kind, era, year, decade, office"
    )
    counts.set_defaults(run=_statistics)
    trace = commands.add_parser(
        "trace-table",
        parents=[common],
        help="流出的表格出自哪次共享 · which share a table comes from",
        description=_trace.__doc__,
    )
    trace.add_argument("table", type=Path, metavar="CSV")
    trace.set_defaults(run=_trace)


def _key(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Make the secret key of linkage tokens, for both sides; it is handed over in person."""
    from confidentiality.linkage import LinkageKey

    made = LinkageKey.create(arguments.out)
    print(f"关联密钥 · linkage key: {arguments.out}  {made.name}")
    return ExitStatus.DONE


def _request(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Check a list of people and seal it for the archive."""
    from confidentiality.linkage import LinkageKey
    from confidentiality.sealed import SealedKind
    from flows.from_department import seal_for_archive
    from flows.people_lists import Mode, PeopleList, read_people, tokenised

    people = read_people(arguments.people)
    key = LinkageKey.load(arguments.linkage_key) if arguments.linkage_key else None
    asked = PeopleList(
        mode=Mode.TOKENS if key else Mode.NAMES,
        fields=tuple(filter(None, arguments.fields.split(","))),
        people=tokenised(people, key) if key else people,
        linkage_key=key.name if key else "",
    )
    seal_for_archive(arguments, SealedKind.COMPARISON, arguments.id, asked.contents(), life=_LIFE)
    print(f"{arguments.out}  {len(people)} 人 people, {asked.mode}")
    return ExitStatus.DONE


def _take(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Take lists in, compare them and file a request for each answer.

    A file that is refused does not keep the others out; the exit status is the first one's.
    """
    from confidentiality.linkage import LinkageKey
    from flows.opening import open_installation

    refusals: list[BackfillError] = []
    key = LinkageKey.load(arguments.linkage_key) if arguments.linkage_key else None
    with open_installation(arguments, settings, sealing=True) as here:
        from flows.comparison import take_list

        for path in arguments.files:
            try:
                print(f"已比对，待批准 · compared, waits for approval: "
                      f"{take_list(here.installation, path, key)}")  # fmt: skip
            except BackfillError as refusal:
                refusals.append(refusal)
                print(f"backfill: {refusal}", file=sys.stderr)
    return next((refusal.status for refusal in refusals), ExitStatus.DONE)


def _answer(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Seal the answer to a comparison once two officers approved it."""
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.comparison import answer_list

        sealed = answer_list(here.installation, arguments.id)
        outgoing = here.installation.home.outgoing
        print(outgoing / sealed if sealed else "待批准 · waits for approval")
    return ExitStatus.DONE


def _list(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List the comparisons that were asked for, and how far each is."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        for row in here.installation.warehouse.query("comparisons_known").to_pylist():
            if arguments.json:
                print(json.dumps(row, ensure_ascii=False, default=str))
            else:
                print(
                    f"{row['comparison_id']}  {row['agreement_id']}  {row['mode']}  "
                    f"{row['people']} 人 people: 认定 match {row['matches']}, "
                    f"疑似 possible {row['possible']}  "
                    f"{row['answered_with'] or '待答复 to be answered'}"
                )
    return ExitStatus.DONE


def _index(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Make the index of everybody verified, so that the next comparison need not."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.people_index import make_people_index

        print(make_people_index(here.installation))
    return ExitStatus.DONE


def _statistics(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Count records by up to three dimensions; small cells are kept back.

    The first run files a request, the next one seals what two officers approved.
    """
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.counting import give_statistics

        sealed = give_statistics(here.installation, arguments.agreement, arguments.by.split(","))
        outgoing = here.installation.home.outgoing
        print(outgoing / sealed if sealed else "待批准 · waits for approval")
    return ExitStatus.DONE


def _trace(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Say which share a table that turned up comes from, by row numbers or by its order.

    Save a workbook as CSV first. Nothing is found in a table that was sorted without its
    row numbers, or that has only a few rows.
    """
    from dataclasses import asdict

    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.table_leaks import trace_table

        found = trace_table(here.installation, arguments.table)
    for each in found:
        if arguments.json:
            print(json.dumps(asdict(each), ensure_ascii=False))
        else:
            print(
                f"{each.share_id}  部门 department {each.department}  {each.mark}: "
                f"{each.rows} 行 rows  误报 false alarm ≤ {each.false_alarm:.2g}"
            )
    if not found and not arguments.json:
        print("没有找到 · nothing was found")
    return ExitStatus.DONE
