"""`backfill register`: the population register's standing index."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.settings import Settings, quieten_engines
from records.errors import ExitStatus, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.index import BuildReport
    from matching.recall import Reach
    from matching.register_query import Query

_HELP = """\
把人口登记表建成加密索引，用变动行更新它，或在打开的索引上逐对查找。
Build an encrypted index of a population register, update it with changed rows, or ask it
for one couple after the other.

  backfill register build 人口.parquet --index 索引 --key-file 密钥
  backfill register build 人口.sql --service 人口库 --index 索引
  backfill register update 变动.csv --index 索引 --key-file 密钥
  backfill register recall --index 索引 --certificates 证.parquet --truth 真值.parquet
  backfill register ask --index 索引 < 证.jsonl

列 · columns: person_id name [sex birth_date id_number former_name address spouse_id deleted]
`deleted` 为 是/1/true 的行从索引中删去 · rows with a yes under `deleted` are taken out.
坏行按文件、行号、原因列出，绝不显示内容。
Bad rows are listed by file, line and reason, never by value.
"""
_QUERY_HELP = """\
.sql 文件发给 PostgreSQL：库由 --service（pg_service.conf 与 passfile）或环境变量
BACKFILL_REGISTER_DATABASE 指定，口令不入命令行。
A .sql file is sent to PostgreSQL: --service names an entry of pg_service.conf (with its
passfile), or BACKFILL_REGISTER_DATABASE holds the connection string.
"""
_SQL = ".sql"
_ENTRY = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `register build`, `update`, `recall` and `ask`."""
    register = commands.add_parser(
        "register",
        help="人口登记索引 · the register index",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = register.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, text: str, run: Callable[..., ExitStatus]) -> argparse.ArgumentParser:
        parser = verbs.add_parser(name, help=text, description=text, parents=[common])
        parser.add_argument("--index", type=Path, metavar="DIR", help="索引文件夹 · index folder")
        parser.add_argument(
            "--key-file", type=Path, metavar="FILE", help="索引密钥文件 · key of the index"
        )
        parser.set_defaults(run=run)
        return parser

    for parser in (
        verb("build", "新建索引 · build the index", build),
        verb("update", "合并变动行 · merge changed rows", build),
    ):
        parser.epilog = _QUERY_HELP
        parser.add_argument(
            "files",
            nargs="+",
            type=Path,
            metavar="FILE",
            help="Parquet、CSV（UTF-8、GB18030）或 .sql",
        )
        parser.add_argument("--service", metavar="NAME", help="pg_service.conf 条目 · its entry")
    recall = verb("recall", "候选召回率 · share of true pairs among the candidates", show_recall)
    recall.add_argument("--certificates", type=Path, metavar="FILE", required=True)
    recall.add_argument(
        "--truth", type=Path, metavar="FILE", required=True, help="record_id, person_id"
    )
    verb("ask", "逐对查找：每行一份 JSON · one couple a line, in JSON", ask)


def build(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Build or update; exit status 3 when rows were set aside."""
    quieten_engines()
    from flows.keys import index_folder, register_key
    from flows.progress import say
    from matching.index import build_index, update_index

    sources = [_source(file, arguments.service, settings) for file in arguments.files]
    folder = index_folder(arguments.index, settings)
    key = register_key(folder, arguments, settings, create=arguments.verb == "build")
    work = build_index if arguments.verb == "build" else update_index
    report = work(sources, folder, key=key, progress=say)
    _show(report, as_json=arguments.json)
    return ExitStatus.DONE_WITH_QUARANTINE if report.quarantined else ExitStatus.DONE


def _source(file: Path, service: str | None, settings: Settings) -> Path | Query:
    """The file itself, or the query that it holds."""
    if file.suffix.lower() != _SQL:
        return file
    from matching.register_query import Query

    if service and not set(service) <= _ENTRY:
        raise UsageError(
            "service_name",
            what="--service 只是条目名 · --service is the name of an entry, nothing more",
            remedy="写入 pg_service.conf · put the connection into pg_service.conf",
        )
    database = f"service={service}" if service else settings.register_database
    if not database:
        raise UsageError(
            "no_database",
            what="没有指定数据库 · no database is named",
            where=str(file),
            remedy="--service NAME 或 BACKFILL_REGISTER_DATABASE",
        )
    try:
        sql = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "query_unreadable",
            what="查询文件读不出 · the file of the query can't be read",
            where=str(file),
            remedy="UTF-8",
        ) from error
    return Query(sql=sql, name=str(file), database=database)


def _show(report: BuildReport, *, as_json: bool) -> None:
    faults = [asdict(fault) for fault in report.quarantined]
    if as_json:
        blocks = {family: asdict(sizes) for family, sizes in report.blocks.items()}
        told = {"rows": report.rows, "deleted": report.deleted, "blocks": blocks}
        print(json.dumps({**told, "quarantined": faults}, ensure_ascii=False))
        return
    print(f"索引中人数 · people in the index: {report.rows:,}")
    if report.deleted:
        print(f"删去 · taken out: {report.deleted:,}")
    family, sizes = max(report.blocks.items(), key=lambda item: item[1].largest)
    over = sum(sizes.over for sizes in report.blocks.values())
    print(
        f"最大的块 · largest block: {sizes.largest:,} ({family})；"
        f"超限而不用的键 · keys over their limit, not used: {over:,}"
    )
    for fault in faults:
        print(f"搁置 · set aside: {fault['file']}:{fault['line']}  {fault['reason']}")


def show_recall(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Show which keys reach how many of the people whom the truth names."""
    quieten_engines()
    from flows.keys import index_folder, open_register
    from matching.certificate_file import read_certificates
    from matching.columns import read_parquet
    from matching.recall import candidate_recall

    with open_register(index_folder(arguments.index, settings), arguments, settings) as index:
        found = candidate_recall(
            read_certificates(arguments.certificates), index, read_parquet(arguments.truth)
        )
    if arguments.json:
        print(json.dumps([asdict(reach) for reach in found]))
        return ExitStatus.DONE
    print(
        "键 key                    层 tier   对 pairs   单独 alone   累计 so far   最大块 largest"
    )
    for reach in found:
        print(_line(reach))
    return ExitStatus.DONE


def _line(reach: Reach) -> str:
    return (
        f"{reach.family:24} {reach.tier:8} {reach.pairs:10,} {reach.alone:10.2%} "
        f"{reach.together:12.2%} {reach.largest:10,}"
    )


def ask(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Answer couples as they come on stdin, the index open all the while."""
    quieten_engines()
    from flows.keys import index_folder, open_register
    from matching.couples import Asker

    with open_register(index_folder(arguments.index, settings), arguments, settings) as index:
        asker = Asker(index)
        for number, line in enumerate(filter(str.strip, sys.stdin)):
            if not number:
                _note_asking(settings)
            print(json.dumps(asker.answers(_persons(line)), ensure_ascii=False), flush=True)
    return ExitStatus.DONE


def _note_asking(settings: Settings) -> None:
    """Enter that somebody looks people up, where there is a home whose log could hold it.

    What is asked isn't entered: the ids of the lines are the asker's own, and may be names.
    """
    from confidentiality.audit import AuditLog
    from flows.home import Home
    from flows.settings import account, now

    home = settings.home and Home(root=settings.home)
    if home and home.home_key.exists():
        subject = {"by": account(), "reason": "ask"}
        AuditLog(home.audit).append("register.asked", subject, now=now())


def _persons(line: str) -> list[dict[str, Any]]:
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    persons = told if isinstance(told, list) else [told]
    if not persons or not all(isinstance(one, dict) and "record_id" in one for one in persons):
        raise InputError(
            "not_a_couple",
            what="每行须是一人或两人 · a line holds one person or two, with record_id",
            remedy='[{"record_id": "1", "role": "male", "name": …}, {…}]',
        )
    return persons
