"""`backfill undecided`, `backfill settle`: what is left to the archive's own staff."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands.choosing import chosen_batch, typed
from records.errors import ExitStatus
from records.reading import FIELD_NAMES
from records.visible import visible

if TYPE_CHECKING:
    from flows.settings import Settings

_SETTLE_HELP = """\
档案员对照原件为一个未定字段定值。照录所见文字，由标准输入给出，屏幕、日志均不回显其值。
An officer settles an undecided field from the scan: what stands there is typed at the
prompt or comes by standard input, never as an option, which others could see.

  backfill undecided --home 馆库                               哪些字段未定 · which are open
  backfill settle RECORD male.name --reason no_picture --identity 甲.identity --home 馆库

理由 · reasons
  no_picture      文字层，无图可录 · from a text layer, there is no picture to key
  keyings_differ  三次录入仍不一致 · three keyings did not settle it
  not_found       机器未找到该字段 · the reader did not find the field
  not_agreed      协议不含该字段 · no agreement names the field
  illegible       录入员无法辨认 · clerks could not read it
  other           其他 · something else
"""
_REASONS = (
    "no_picture", "keyings_differ", "not_found", "not_agreed", "illegible", "doubted", "other",
)  # fmt: skip
_WAITS = {
    "to_release": "可外发 can be released",
    "being_keyed": "录入中 is being keyed",
    "third_keying": "待第三次录入 waits for a third keying",
    "row_above": "待上一行定值 waits for the row above",
    "no_picture": "无图可录，须由馆内定值 no picture: for staff",
    "keyings_differ": "录入不一致，须由馆内定值 keyings differ: for staff",
    "not_found": "机器未找到，须由馆内定值 not found by the reader: for staff",
}


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `undecided` and `settle`."""
    undecided = commands.add_parser(
        "undecided",
        parents=[common],
        help="列出未定字段 · list the fields that nobody has decided",
        description=_undecided.__doc__,
    )
    undecided.add_argument("batch", nargs="?")
    undecided.set_defaults(run=_undecided)
    settle = commands.add_parser(
        "settle",
        parents=[common],
        help="馆内定值 · settle a field from the scan, as staff",
        description=_SETTLE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    settle.add_argument("record", metavar="RECORD", help="记录号 · as `undecided` lists it")
    settle.add_argument("field", metavar="FIELD", choices=FIELD_NAMES, help="字段名 · male.name …")
    settle.add_argument("--reason", required=True, choices=_REASONS, help="理由 · why it is yours")
    settle.add_argument("--blank", action="store_true", help="原件空白 · nothing stands there")
    settle.add_argument(
        "--identity", required=True, type=Path, metavar="FILE", help="档案员身份文件 · an officer's"
    )
    settle.add_argument(
        "--identity-passphrase-file",
        type=Path,
        metavar="FILE",
        help="其口令与馆库不同时 · where its passphrase is another than the home's",
    )
    settle.set_defaults(run=_settle)


def _undecided(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List the fields of a batch that nobody has decided, and what each waits for.

    No value is shown.
    """
    from flows.opening import open_installation
    from warehouse.verification import REQUIRED_FIELDS

    with open_installation(arguments, settings) as here:
        found = here.installation.warehouse.query(
            "fields_undecided",
            batch_id=chosen_batch(here.installation, arguments.batch),
            required=REQUIRED_FIELDS,
        )
    for row in found.to_pylist():
        print(json.dumps(row, ensure_ascii=False) if arguments.json else _line(row))
    return ExitStatus.DONE


def _line(row: dict[str, Any]) -> str:
    place = f"{visible(Path(row['source']).name)} p.{row['page']}"
    ledger_row = f" 行 row {row['row']}" if row["row"] else ""
    return f"{row['record_id']}  {row['field']}  {place}{ledger_row}  {_WAITS[row['waits_for']]}"


def _settle(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Settle one field: entry, decision and what follows from it."""
    from confidentiality.homekey import read_passphrase_file
    from confidentiality.identity import Identity
    from flows.keys import passphrase
    from flows.opening import open_installation

    own = arguments.identity_passphrase_file
    secret = read_passphrase_file(own) if own else passphrase(arguments, "本人口令 · passphrase")
    officer = Identity.load(arguments.identity, secret)
    text = (
        ""
        if arguments.blank
        else typed("录入所见文字；空白用 --blank · type what stands there, or use --blank")
    )
    with open_installation(arguments, settings, register=True) as here:
        from flows.installation import handed_over
        from flows.settling import Settlement, SettlingReason, settle_field

        settlement = Settlement(
            record_id=arguments.record,
            field=arguments.field,
            text=text,
            reason=SettlingReason(arguments.reason),
            by=officer.fingerprint,
        )
        batch_id = settle_field(here.home_id, handed_over.leave(settlement))
        shown = {"batch": batch_id, "record": arguments.record, "field": arguments.field}
        if arguments.json:
            print(json.dumps(shown, ensure_ascii=False))
        else:
            print(f"已定值 · settled: {arguments.record}  {arguments.field}")
    return ExitStatus.DONE
