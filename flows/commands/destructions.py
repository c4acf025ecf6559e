"""`backfill destroyed`: statements of destruction that vendors owe after the work."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.destructions import Owed
    from flows.settings import Settings

_HELP = """\
收下录入机出具的销毁证明；不带文件则列出各包应否销毁、是否逾期。
Take in statements of destruction; without a file, list what is owed and what is overdue.

  backfill destroyed 销毁证明/*.destroyed.json --home 馆库
  backfill destroyed --home 馆库                     列出 · list
  backfill destroyed --overdue --home 馆库           仅逾期者 · only what is overdue

全部录完或过期后即应销毁，过期后 14 天为限；收到证明后，本馆所存的包随即粉碎密钥。
Owed once a package is answered in full or has expired, at the latest 14 days after that;
the archive's own copy is then shredded by its keys.
"""
_STANDINGS = {
    "out": "录入中 out",
    "demanded": "应销毁 to be destroyed",
    "overdue": "逾期 overdue",
    "destroyed": "已销毁 destroyed",
}


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `destroyed`."""
    parser = commands.add_parser(
        "destroyed",
        parents=[common],
        help="销毁证明 · statements of destruction",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--overdue", action="store_true", help="仅列逾期者 · only what is overdue")
    parser.set_defaults(run=_destroyed)


def _destroyed(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Take statements in, or list what is owed; the exit status is the first refusal's."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.destructions import Standing, owed, take_in

        taken, refusals = take_in(here.installation, arguments.files)
        listed = owed(here.installation)
    if arguments.files:
        listed = tuple(each for each in listed if each.package_id in taken)
    elif arguments.overdue:
        listed = tuple(each for each in listed if each.standing is Standing.OVERDUE)
    _print(listed, as_json=arguments.json)
    for refusal in refusals:
        print(f"backfill: {refusal}", file=sys.stderr)
    return next((refusal.status for refusal in refusals), ExitStatus.DONE)


def _print(listed: Sequence[Owed], *, as_json: bool) -> None:
    for each in listed:
        if as_json:
            found = {
                "package": each.package_id,
                "agreement": each.agreement_id,
                "clerk": each.clerk,
                "items": each.items,
                "answered": each.answered,
                "due": each.due.date().isoformat(),
                "standing": str(each.standing),
            }
            print(json.dumps(found, ensure_ascii=False))
        else:
            print(
                f"{each.package_id}  {_STANDINGS[each.standing]}  {each.answered}/{each.items}  "
                f"限 due {each.due.date()}  {each.clerk}"
            )
