"""`backfill compare`: rows keyed earlier, beside the archive and the register."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import all_batches
from records.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from flows.comparing import Compared
    from flows.settings import Settings

_HELP = """\
三方比对：以往录入的数据行、档案识读或合议的值、人口登记，并列查出差错。
Set rows that were keyed earlier beside what the archive read and settled and what the register
says: errors, placeholder IDs, missing images, doubled rows, gaps in the numbers of each office
and year; drafts corrections.

  backfill compare 旧库.csv --out 比对 --home 馆库
  （在 比对/corrections.csv 的 approve 列填 是 或 否 · approve each correction: yes or no）
  backfill compare 旧库.csv --approved 比对/corrections.csv --out 改正.csv --home 馆库

列名用字段名（male.name）或中文名（男方姓名、字号、登记日期、影像文件……）；UTF-8 或 GB18030。
更正只取纸上已定的值；人口登记只并列供核对。所写文件含个人信息，只有本人可读。
Only what is settled of the paper is proposed; the register stands beside it. The files hold
personal data and are readable for you alone.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `compare`."""
    parser = commands.add_parser(
        "compare",
        parents=[common],
        help="与以往录入数据三方比对 · compare rows that were keyed earlier",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("existing", type=Path, metavar="FILE", help="以往数据 CSV · earlier rows")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="PATH", help="结果文件夹；批准后为改正的 CSV"
    )
    parser.add_argument("--approved", type=Path, metavar="FILE", help="填好的更正表 · filled in")
    parser.add_argument("--batch", metavar="ID", help="只比一批 · with one batch only")
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Compare, and write sheets or the corrected list; exit status 3 when rows were set aside."""
    from flows.comparing import compare
    from flows.comparison_sheets import approved_corrections, write_corrected, write_sheets
    from flows.earlier import read_existing
    from flows.opening import open_installation
    from flows.settings import account

    existing = read_existing(arguments.existing)
    out = arguments.out.absolute()
    with open_installation(arguments, settings, register=True) as here:
        installation = here.installation
        if arguments.batch and arguments.batch not in all_batches(installation):
            raise UsageError(
                "no_such_batch",
                what="没有该批次 · there is no such batch",
                where=arguments.batch,
                remedy="backfill status --home DIR",
            )
        compared = compare(
            installation.warehouse,
            existing,
            register=installation.register,
            batch_id=arguments.batch,
        )
        batch = arguments.batch or "all"
        if arguments.approved:
            approved = approved_corrections(arguments.approved, compared.corrections)
            corrected = {"batch": batch, "rows": len(existing.rows), "fields": len(approved)}
            installation.note("rows.corrected", **corrected, by=account(), reason="correction")
            write_corrected(existing, approved, out)
            _say_corrected(len(approved), out, as_json=arguments.json)
        else:
            drafted = {
                "batch": batch,
                "rows": len(existing.rows),
                "drafted": len(compared.corrections),
            }
            installation.note("rows.compared", **drafted, by=account(), reason="comparison")
            write_sheets(compared, out)
            _say(compared, out, as_json=arguments.json)
    return ExitStatus.DONE_WITH_QUARANTINE if existing.set_aside else ExitStatus.DONE


def _say_corrected(fields: int, out: Path, *, as_json: bool) -> None:
    found = {"corrected": fields, "out": str(out)}
    text = f"已改正 · corrected: {fields} 处 fields → {out}"
    print(json.dumps(found, ensure_ascii=False) if as_json else text)


def _say(compared: Compared, out: Path, *, as_json: bool) -> None:
    from warehouse.words import bilingual

    counts = compared.counts()
    if as_json:
        existing = compared.existing
        told = {"lines_set_aside": existing.set_aside, "unknown_columns": existing.unknown}
        print(json.dumps({**counts, **told, "out": str(out)}, ensure_ascii=False))
        return
    print(f"数据行 rows {counts['rows']}, 已对上 linked {counts['linked']}")
    for line in compared.existing.set_aside:
        print(f"搁置 · set aside: 第 {line} 行 line {line}，无字号也无双方姓名 no number, no names")
    for heading in compared.existing.unknown:
        print(f"未用的列 · column not used: {heading}")
    print("字段 · fields")
    for verdict, count in counts["fields"].items():
        print(f"  {count:6,}  {bilingual('verdict', verdict)}")
    print("问题 · findings")
    for kind, count in counts["findings"].items():
        print(f"  {count:6,}  {bilingual('finding', kind)}")
    print(f"缺号 · numbers missing: {counts['missing_numbers']:,}")
    print(f"拟更正 · corrections drafted: {counts['corrections']:,} → {out}")
