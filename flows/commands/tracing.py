"""`backfill trace-value`: where one value comes from, down to the ink."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import add_snapshot
from records.errors import ExitStatus, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from flows.settings import Settings
    from warehouse.lineage import Trace

_HELP = """\
查一个值的出处：扫描件、页、位置、各次识读与录入、合议、定值经过、人口登记佐证、异常备注。
Where a value of a verified record comes from: scan, page, box, every reading and keying, how
they were weighed, who decided, what the register says.

  backfill trace-value RECORD male.name --home 馆库
  backfill trace-value RECORD male.name --html 溯源.html --home 馆库    含页面图像 with the page

RECORD 由扫描件的 SHA-256、:、页号、/、行号组成，登记簿以外行号为 0。
谁、为何、看了哪个值，记入审计日志 · who saw which value, and why, enters the audit log.
HTML 页含个人信息，只有本人可读 · the page holds personal data and is readable for you alone.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `trace-value`."""
    parser = commands.add_parser(
        "trace-value",
        parents=[common],
        help="溯源 · where a value of a verified record comes from",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("record", metavar="RECORD", help="记录号 · the record's id")
    parser.add_argument("field", metavar="FIELD", help="字段名 · such as male.name")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="写成带页面图像的网页 · a page with the picture"
    )
    parser.add_argument(
        "--reason",
        default="unstated",
        metavar="CODE",
        help="查阅事由代码，记入审计日志 · why, a code such as inspection; for the audit log",
    )
    add_snapshot(parser)
    parser.set_defaults(run=_trace_value)


def _trace_value(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Print the chain; with `--html` also write it with the picture of the paper."""
    from flows.opening import open_installation
    from flows.settings import account
    from warehouse.lineage import trace

    with open_installation(arguments, settings) as here:
        found = trace(here.installation.warehouse, arguments.record, arguments.field)
        here.installation.note(
            "value.shown",
            record=found.record_id,
            field=found.field,
            by=account(),
            reason=arguments.reason,
        )
        if arguments.html:
            _write_page(found, arguments.html, now=here.installation.clock())
    if arguments.json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(found)))
    return ExitStatus.DONE


def _write_page(found: Trace, out: Path, *, now: datetime) -> None:
    """Write the page, readable for its user alone; a scan that can't be shown is said there."""
    from confidentiality.files import writing_aside
    from flows.tracing import picture_of, trace_page

    try:
        picture = picture_of(found)
    except InputError as refused:
        page = trace_page(found, refused, now=now)
    else:
        page = trace_page(found, picture, now=now)
    with writing_aside(out.absolute(), replace=True) as stream:
        stream.write(page.encode())


def _lines(found: Trace) -> Iterator[str]:
    from warehouse.words import bilingual, field_words

    yield f"{' '.join(field_words(found.field))}: {found.value or '（空白 · blank）'}"
    yield f"  记录 · record     {found.record_id}  {bilingual('kind', found.kind or '')}"
    yield f"  字段 · field      {found.field}"
    yield f"  定值 · decided    {_decided(found)}"
    yield f"  扫描件 · scan     {found.scan_file or '—'}"
    yield f"  页 · page         {found.page}{_box(found)}"
    for heading, rows in (
        ("识读 · readings", _readings(found)),
        ("录入 · entries", _entries(found)),
        ("合议 · consensus", _consensus(found)),
        ("定值经过 · decisions", _decisions(found)),
        ("人口登记佐证 · register evidence", _matches(found)),
        ("异常备注 · differences", _differences(found)),
    ):
        yield heading
        yield from [f"  {row}" for row in rows] or ["  —"]


def _decided(found: Trace) -> str:
    from warehouse.words import bilingual

    return f"{bilingual('source', found.source)} · {found.reason} · {_moment(found.decided_at)}"


def _box(found: Trace) -> str:
    if found.box is None:
        return ""
    left, top, right, bottom = found.box
    return f", 位置 box {left},{top}–{right},{bottom}, 转正 turned {found.rotation or 0}°"


def _readings(found: Trace) -> Iterator[str]:
    from warehouse.words import probability

    for each in found.readings:
        flags = ", ".join(json.loads(each.flags or "[]"))
        yield (
            f"{each.engine}  {each.text or '—'} → {each.value or '—'}  "
            f"{probability(each.confidence)}  {each.decision}{f'  {flags}' if flags else ''}"
        )


def _entries(found: Trace) -> Iterator[str]:
    from warehouse.words import bilingual

    for each in found.entries:
        yield (
            f"{each.keying}  {each.clerk}  {each.text or '—'} → {each.value or '—'}  "
            f"{bilingual('mark', each.mark)}  {each.package_id or '—'}  {_moment(each.keyed_at)}"
        )


def _consensus(found: Trace) -> Iterator[str]:
    from warehouse.words import bilingual, probability

    for each in found.consensus:
        yield (
            f"{each.keyings}  {each.value or '—'}  {probability(each.probability)}  "
            f"{bilingual('consensus', each.outcome)}  {_moment(each.settled_at)}"
        )


def _decisions(found: Trace) -> Iterator[str]:
    from warehouse.words import bilingual

    for each in found.decisions:
        yield (
            f"{each.value or '—'}  {bilingual('source', each.source)}  {each.reason}  "
            f"{_moment(each.decided_at)}"
        )


def _matches(found: Trace) -> Iterator[str]:
    from warehouse.words import bilingual, chinese, probability

    for each in found.matches:
        bits = "，".join(
            f"{chinese('evidence', name)} {weight:+.1f}"
            for name, weight in json.loads(each.evidence).items()
        )
        yield (
            f"{bilingual('match', each.decision)}  {each.person_id or '—'}  "
            f"{probability(each.probability)}  {each.model}  {_moment(each.matched_at)}"
        )
        yield f"  权重（比特）weights in bits: {bits}"


def _differences(found: Trace) -> Iterator[str]:
    for each in found.differences:
        yield (
            f"档案 archive {each.archive_value or '—'}，人口登记 register "
            f"{each.register_value or '—'}  {each.person_id}  {_moment(each.noted_at)}"
        )


def _moment(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S %Z") if when else "—"
