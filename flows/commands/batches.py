"""`backfill intake` … `report`: a batch from its scans to what departments receive."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands.checks import spoken
from flows.commands.choosing import add_snapshot, all_batches, chosen_batch
from flows.commands.notes import print_note_counts
from flows.settings import quieten_engines
from records.errors import ExitStatus, NotPermittedError, UsageError
from records.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from flows.installation import Installation
    from flows.settings import Settings

#: More known answers than work would be no work.
_MOST_GOLD = 0.5
_FAILED = "派新包前请抽检其余录入 · inspect what else they keyed before they get more"


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add the commands of a batch's day."""

    def add(
        name: str, run: Callable[[argparse.Namespace, Settings], ExitStatus], text: str
    ) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, parents=[common], help=text, description=run.__doc__)
        parser.set_defaults(run=run)
        return parser

    intake = add("intake", _intake, "登记扫描件 · enter scans as a batch")
    intake.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    intake.add_argument("--name", default="", help="批次名称 · a name for people")

    process = add("process", _process, "识读、比对、入库 · read, match, load")
    process.add_argument("batch", nargs="?", help="批次号；缺省为最近一批 · default: the latest")
    process.add_argument("--workers", type=int, metavar="N", help="并行进程数 · processes")
    process.add_argument("--policy", choices=("cautious-1",), help="采信规则 · acceptance policy")

    release = add("release", _release, "拟定外发 · propose packages for keying")
    release.add_argument("batch", nargs="?")
    release.add_argument("--agreement", required=True, metavar="ID")
    release.add_argument("--arbitration", action="store_true", help="第三次录入 · third keying")
    release.add_argument(
        "--gold",
        type=float,
        default=0.02,
        metavar="SHARE",
        help="已知答案条目的比例 · share of items whose answer is known (0.02)",
    )

    add("releases", _releases, "列出外发申请 · list release requests")
    approve = add("approve", _approve, "批准外发 · approve a release as an officer")
    approve.add_argument("package", nargs="*", help="申请号 · package ids")
    approve.add_argument("--waiting", action="store_true", help="全部待批 · all that wait")
    approve.add_argument(
        "--identity", required=True, type=Path, help="审批人身份文件 · the officer's"
    )

    seal = add("seal", _seal, "密封已批准的包 · seal what was approved")
    seal.add_argument("batch", nargs="?")

    receive = add("receive", _receive, "接收回件 · take submissions in and merge keyings")
    receive.add_argument("files", nargs="+", type=Path, metavar="FILE")

    share = add("share", _share, "共享核实记录 · propose or seal a share for a department")
    share.add_argument("batch", nargs="?")
    share.add_argument("--agreement", required=True, metavar="ID")

    report = add("report", _report, "批次报告 · the HTML report of a batch")
    report.add_argument("batch", nargs="?")
    report.add_argument("--out", type=Path, metavar="FILE")

    status = add("status", _status, "各批次进度 · where each batch stands")
    add_snapshot(status)


def _intake(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Hash and enter files as a batch; exit status 3 when some were set aside."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.installation import handed_over
        from flows.intake import find_files, intake

        files = find_files(arguments.paths)
        if not files:
            raise UsageError(
                "nothing_to_enter",
                what="所指文件夹中没有文件 · there is no file in what was named",
                remedy="指定扫描件或其文件夹 · name scans, or the folder that holds them",
            )
        token = handed_over.leave(files)
        name = handed_over.leave(arguments.name)
        batch_id = intake(here.home_id, token, name_token=name)
        aside = _set_aside(here.installation, batch_id)
        print(f"批次 · batch: {batch_id}")
        _print_set_aside(aside)
    return ExitStatus.DONE_WITH_QUARANTINE if aside else ExitStatus.DONE


def _process(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Read, match and load a batch; running it again goes on where it stopped."""
    quieten_engines()
    from flows.opening import open_installation

    with open_installation(arguments, settings, register=True) as here:
        from flows.process import process

        batch_id = chosen_batch(here.installation, arguments.batch)
        process(here.home_id, batch_id)
        aside = _set_aside(here.installation, batch_id)
        _print_set_aside(aside)
        print_note_counts(here.installation, batch_id)
        _print_status(here.installation, [batch_id], as_json=arguments.json)
    return ExitStatus.DONE_WITH_QUARANTINE if aside else ExitStatus.DONE


def _release(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Plan packages for what people must key, and file a request for each."""
    quieten_engines()
    if not 0 <= arguments.gold <= _MOST_GOLD:
        raise UsageError(
            "share_out_of_range",
            what=f"比例须在 0 与 {_MOST_GOLD} 之间 · the share must lie between these",
            where="--gold",
        )
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.release import propose

        batch_id = chosen_batch(here.installation, arguments.batch)
        propose(
            here.home_id,
            batch_id,
            arguments.agreement,
            arbitration=arguments.arbitration,
            gold=arguments.gold,
        )
        _print_requests(here.installation, as_json=arguments.json)
    return ExitStatus.DONE


def _releases(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List release requests: how far each is, and how many officers approved it."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        _print_requests(here.installation, as_json=arguments.json)
    return ExitStatus.DONE


def _approve(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Approve releases as an officer; two different officers are needed for each."""
    from confidentiality.audit import AuditLog
    from confidentiality.identity import Identity
    from confidentiality.release import APPROVALS_NEEDED, approve
    from confidentiality.release_store import ReleaseStore
    from flows.home import Home
    from flows.keys import passphrase
    from flows.settings import now

    home = Home(root=settings.require_home())
    home.require()
    officer = Identity.load(arguments.identity, passphrase(arguments, "口令 · passphrase"))
    store = ReleaseStore(home.releases)
    waiting = [each for each in store.ids() if len(store.approvals(each)) < APPROVALS_NEEDED]
    for package_id in waiting if arguments.waiting else arguments.package:
        subject = {"package": package_id, "officer": officer.fingerprint[:16]}
        try:
            store.approve(package_id, approve(store.get(package_id), by=officer, now=now()))
        except NotPermittedError as refusal:
            refused = {**subject, "rule": refusal.reason}
            AuditLog(home.audit).append("release.refused", refused, now=now())
            raise
        AuditLog(home.audit).append("release.approved", subject, now=now())
        print(f"已批准 · approved: {package_id}")
    return ExitStatus.DONE


def _seal(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Seal every package of a batch that two officers approved."""
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.release import seal_approved

        outgoing = here.installation.home.outgoing
        for package_id in seal_approved(
            here.home_id, chosen_batch(here.installation, arguments.batch)
        ):
            print(outgoing / f"{package_id}.sealed")
    return ExitStatus.DONE


def _receive(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Take sealed submissions in, merge keyings, write the records that are complete.

    A file that is refused does not keep the others out; the exit status is the first one's.
    What was taken in is kept before people are matched: a register index that can't be
    used stops nothing else. Clerks who failed on known answers are named on stderr.
    """
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True, register=True) as here:
        from flows.installation import handed_over
        from flows.process import settle
        from flows.receive import Received, merge_keyings, receive

        token = handed_over.leave([path.absolute() for path in arguments.files])
        received = handed_over.collect(receive(here.home_id, token), Received)
        for refusal in received.refusals:
            print(f"backfill: {refusal}", file=sys.stderr)
        _say_who_failed(here.installation)
        for batch_id in received.batches:
            merge_keyings(here.home_id, batch_id)
            settle(here.home_id, batch_id)
        if received.batches:
            _print_status(here.installation, list(received.batches), as_json=arguments.json)
    return next((refusal.status for refusal in received.refusals), ExitStatus.DONE)


def _say_who_failed(here: Installation) -> None:
    from flows.planting import gold_verdicts

    for verdict in gold_verdicts(here):
        if not verdict.passed:
            print(f"{spoken(verdict)}；{_FAILED}", file=sys.stderr)


def _share(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Share verified records: the first run files a request, the next one seals it.

    Between the two, two officers approve the request.
    """
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.share import share

        sealed = share(
            here.home_id, chosen_batch(here.installation, arguments.batch), arguments.agreement
        )
        if sealed:
            print(here.installation.home.outgoing / sealed)
        else:
            _print_requests(here.installation, as_json=arguments.json)
    return ExitStatus.DONE


def _report(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Write the HTML report of a batch: one file, no network needed to read it."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        from flows.installation import handed_over
        from flows.publish import report

        batch_id = chosen_batch(here.installation, arguments.batch)
        out_token = handed_over.leave(arguments.out.absolute()) if arguments.out else ""
        print(handed_over.collect(report(here.home_id, batch_id, out_token=out_token), Path))
    return ExitStatus.DONE


def _status(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Say for each batch what was read, accepted, keyed and verified."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        batches = all_batches(here.installation)
        _print_status(here.installation, batches, as_json=arguments.json)
    return ExitStatus.DONE


def _set_aside(here: Installation, batch_id: str) -> list[dict[str, Any]]:
    return here.warehouse.query("quarantine", batch_id=batch_id).to_pylist()


def _print_set_aside(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        name = visible(Path(row["source"]).name)
        page = f" p.{row['page']}" if row["page"] else ""
        print(f"搁置 · set aside: {name}{page}  {row['reason']}  {row['detail']}")


def _print_requests(here: Installation, *, as_json: bool) -> None:
    from flows.requests import list_requests

    for each in list_requests(here):
        if as_json:
            print(json.dumps(each.as_json(), ensure_ascii=False))
        else:
            print(
                f"{each.package_id}  {each.kind}  {each.items} 件 items  "
                f"{each.state.zh} {each.state}  批准 approvals {each.approvals}/{each.needed}  "
                f"至 until {each.expires.date()}"
            )


def _print_status(here: Installation, batches: list[str], *, as_json: bool) -> None:
    from dataclasses import asdict

    from warehouse.figures import batch_figures

    figures = {
        batch_id: asdict(
            batch_figures(here.warehouse, batch_id=batch_id, now=here.clock()).headline
        )
        for batch_id in batches
    }
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for batch_id, found in figures.items():
        print(
            f"{batch_id}  页 pages {found['pages_read']}, 搁置 set aside "
            f"{found['files_set_aside'] + found['pages_set_aside']}, "
            f"字段 fields {found['fields']}: 采信 accepted {found['accepted']}, "
            f"录入 keyed {found['keyed']}, 馆内 staff {found['by_staff']}, "
            f"承上行 from above {found['inherited']}, 未定 undecided {found['undecided']}; "
            f"核实 verified {found['verified']}/{found['certificates']}"
        )
