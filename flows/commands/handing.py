"""`backfill handover`: volumes by archive code for the archive's own store, and their check."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import chosen_batch
from records.errors import ExitStatus

if TYPE_CHECKING:
    from flows.handover import HandedOver
    from flows.handover_check import Checked
    from flows.settings import Settings

_HELP = """\
向档案馆移交：按档号成卷（一对夫妻一卷），
含图像与校验值、双层 PDF/A、目录（XML、CSV）、说明文件、验收记录。
Hand volumes over to the archive by archive code, a couple each: images with checksums, two-layer
PDF/A, catalogue as XML and CSV, notes and acceptance record.

  backfill handover grammar --home 馆库                  写出档号规则的样例，照本馆的改
  backfill handover make --to 移交/ --home 馆库           移交最近一批；中断后再次运行即可继续
  backfill handover make --to 移交/ --mets --encoding gb18030 --home 馆库
  backfill handover check 移交/                          逐个核对校验值、目录与规则；接收方也可用

只移交已核定的记录；档号一经给定不再改动。所写文件含个人信息，只有本人可读。
Only verified records are handed over; a code once given never changes. The files hold personal
data and are readable for you alone.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `handover`."""
    parser = commands.add_parser(
        "handover",
        help="向档案馆移交案卷 · hand volumes over to the archive",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    grammar = verbs.add_parser("grammar", parents=[common], help="档号规则的样例 · an example")
    grammar.set_defaults(run=_grammar)
    make = verbs.add_parser("make", parents=[common], help="制作移交件 · make the hand-over")
    make.add_argument("batch", nargs="?", help="批次，缺省为最近一批 · the latest by default")
    make.add_argument("--to", type=Path, required=True, metavar="DIR", help="移交文件夹 · folder")
    make.add_argument(
        "--encoding",
        choices=("utf-8", "gb18030"),
        default="utf-8",
        help="表格与说明文件的编码（GB 18030-2022）· encoding of tables and notes",
    )
    make.add_argument("--mets", action="store_true", help="另附 METS 2 与 ALTO 4 · add both")
    make.add_argument("--workers", type=int, metavar="N", help="并行进程数 · reading processes")
    make.set_defaults(run=_make)
    check = verbs.add_parser("check", parents=[common], help="核对移交件 · check a hand-over")
    check.add_argument("folder", type=Path, metavar="DIR")
    check.set_defaults(run=_check)


def _grammar(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Write the example of a grammar into the home, where none is yet."""
    from flows.handover import grammar_of, write_grammar
    from flows.home import Home

    home = Home(root=settings.require_home())
    home.require()
    path = write_grammar(home)
    codes = grammar_of(home)
    shown = codes.code_of(fonds=codes.fonds, year=1985, nature="marriage", volume="7")
    found = {"file": str(path), "volume": shown, "page": codes.page_of(shown, 1)}
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(f"档号规则 · grammar: {path}\n例 · such as: {found['volume']}, {found['page']}")
    return ExitStatus.DONE


def _make(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Make the hand-over; exit status 3 when something stayed behind."""
    from flows.handover import hand_over
    from flows.opening import open_installation
    from flows.progress import progress
    from flows.settings import account, quieten_engines, scratch_folder

    quieten_engines()
    folder = arguments.to.absolute()
    with (
        open_installation(arguments, settings) as here,
        progress("移交 · volumes", 1) as bar,
    ):

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        batch_id = chosen_batch(here.installation, arguments.batch)
        here.installation.note("volumes.read", batch=batch_id, by=account(), reason="handover")
        made = hand_over(
            here.installation,
            batch_id,
            folder,
            scratch=scratch_folder(),
            encoding=arguments.encoding,
            with_mets=arguments.mets,
            on_progress=advance,
        )
    _say(made, folder, as_json=arguments.json)
    if made.checked.faults:
        return ExitStatus.INPUT_REFUSED
    return ExitStatus.DONE_WITH_QUARANTINE if made.left_out else ExitStatus.DONE


def _check(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Check a hand-over; exit status 4 when anything in it isn't as it should be."""
    from flows.handover_check import check_handover

    checked = check_handover(arguments.folder)
    if arguments.json:
        print(json.dumps(_as_json(checked), ensure_ascii=False))
    else:
        _say_checked(checked)
    return ExitStatus.INPUT_REFUSED if checked.faults else ExitStatus.DONE


def _as_json(checked: Checked) -> dict[str, object]:
    return {
        "checks": [
            {"kind": one.kind, "what": one.what, "looked_at": one.looked_at, "faulty": one.faulty}
            for one in checked.checks
        ],
        "faults": [{"code": one.code, "where": one.where} for one in checked.faults],
    }


def _say(made: HandedOver, folder: Path, *, as_json: bool) -> None:
    if as_json:
        counts = {"volumes": made.volumes, "kept": made.kept, "pages": made.pages}
        left = [{"what": one.what, "reason": one.reason} for one in made.left_out]
        told = {**counts, "left_out": left, **_as_json(made.checked), "out": str(folder)}
        print(json.dumps(told, ensure_ascii=False))
        return
    kept = f"（先前已成 kept {made.kept}）"
    print(f"案卷 volumes {made.volumes}{kept}，页 pages {made.pages} → {folder}")
    for reason, count in Counter(one.reason for one in made.left_out).most_common():
        print(f"未移交 · left out: {count} ({reason})")
    _say_checked(made.checked)


def _say_checked(checked: Checked) -> None:
    for one in checked.checks:
        told = f"不合格 faulty {one.faulty}" if one.faulty else "合格 good"
        print(f"{one.kind}  {one.what}  {one.looked_at:,}  {told}")
    for fault in checked.faults:
        print(f"  {fault.code}  {fault.where}")
