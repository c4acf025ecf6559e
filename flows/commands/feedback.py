"""`backfill receipt`, `backfill correction`: what departments send back about a share.

`make` and `send` are the department's and need the base packages alone; the other verbs are
the archive's.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands.choosing import typed
from flows.commands.groups import group
from flows.commands.sealing import add_sealing
from records.errors import BackfillError, ExitStatus, IntegrityError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from flows.settings import Settings

#: How long the archive has to take a file in.
_LIFE = timedelta(days=90)
_OUTCOMES = ("confirmed", "corrected", "noted", "unclear")
_RECEIPT_HELP = """\
回执：部门确认收到的件数和校验值，签名后密封送回。
Receipts: a department confirms the count and the hash of what it got, signed and sealed.

  backfill receipt make S-….sealed --agreement S1 --identity department.identity
      --archive-card archive.card.json --out R.sealed
  backfill receipt take R.sealed --home 馆库
  backfill receipt list --home 馆库                   哪些已确认 · what was confirmed
"""
_CORRECTION_HELP = """\
校核纠错：部门提出疑误，档案员对照原件逐项定论，答复密封送出。档案文字只依原件。
Corrections: a department doubts values, staff look at the paper and decide each; the answer
goes out sealed. The archive's text follows the paper alone.

  backfill correction send 疑误.csv --id K1 --share S-… --agreement S1
      --identity department.identity --archive-card archive.card.json --out K1.sealed
  backfill correction take K1.sealed --home 馆库
  backfill correction list --home 馆库
  backfill correction decide K1 1 --outcome confirmed --identity 甲.identity --home 馆库
  backfill correction answer K1 --home 馆库           批准前后各一次 · before and after approval

结论 · outcomes
  confirmed  原件如此 · the paper says what was shared
  corrected  误读，按原件更正（照录原件文字）· misread; type what stands there
  noted      原件如此，另作异常备注 · the paper says so, the difference is noted
  unclear    无法判断 · can't be told from the paper
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `receipt` and `correction` with their verbs."""
    receipt = group(commands, common, "receipt", "回执 · receipts of shares", _RECEIPT_HELP)
    make = receipt("make", _make, "制作回执（部门用） · confirm a share, as its department")
    make.add_argument("share", type=Path, metavar="FILE")
    add_sealing(make)
    receipt("take", _take_receipts, "收回执 · take receipts in").add_argument(
        "files", nargs="+", type=Path, metavar="FILE"
    )
    receipt("list", _list_receipts, "列出 · list what was given and confirmed")

    correction = group(
        commands, common, "correction", "校核纠错 · corrections of shares", _CORRECTION_HELP
    )
    send = correction("send", _send, "密封疑误清单（部门用） · seal a list, as a department")
    send.add_argument("doubts", type=Path, metavar="CSV")
    send.add_argument("--id", required=True, help="来件编号，自定 · your number for it")
    send.add_argument("--share", required=True, metavar="ID", help="共享编号 · the share's number")
    add_sealing(send)
    correction("take", _take_corrections, "收疑误清单 · take lists in").add_argument(
        "files", nargs="+", type=Path, metavar="FILE"
    )
    listing = correction("list", _list_corrections, "列出待办 · list what is to be decided")
    listing.add_argument("--all", action="store_true", help="含已定者 · decided ones too")
    listing.add_argument("--values", action="store_true", help="显示文字 · show the values")
    decide = correction("decide", _decide, "逐项定论 · decide an item, as an officer")
    decide.add_argument("id")
    decide.add_argument("item", type=int)
    decide.add_argument("--outcome", required=True, choices=_OUTCOMES)
    decide.add_argument("--identity", required=True, type=Path, metavar="FILE")
    decide.add_argument("--identity-passphrase-file", type=Path, metavar="FILE")
    correction("answer", _answer, "拟定或密封答复 · request or seal the answer").add_argument("id")


def _make(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Prove a share, count its records, and seal what was found as a receipt."""
    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.sealed import SealedKind, open_sealed
    from flows.commands.shares import records_in
    from flows.from_department import seal_for_archive
    from flows.keys import passphrase
    from flows.receipts import Receipt
    from flows.settings import now

    secret = passphrase(arguments, "口令 · passphrase")
    opened = open_sealed(
        arguments.share,
        recipient=Identity.load(arguments.identity, secret),
        senders=[PublicIdentity.load(arguments.archive_card)],
        now=now(),
        expect_kind=SealedKind.SHARE,
        expect_agreement=arguments.agreement,
    )
    with arguments.share.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    share_id = opened.header.package_id
    receipt = Receipt(
        share_id=share_id,
        records=records_in(opened.contents, arguments.share.name),
        sha256=sha256,
    )
    seal_for_archive(
        arguments,
        SealedKind.RECEIPT,
        f"R-{sha256[:16]}",
        receipt.contents(),
        life=_LIFE,
        answers=share_id,
    )
    print(f"{arguments.out}  {share_id}  {receipt.records} 件 records")
    return ExitStatus.DONE


def _send(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Check a list of doubted values and seal it for the archive."""
    from confidentiality.sealed import SealedKind
    from flows.corrections_list import read_corrections
    from flows.from_department import seal_for_archive

    listed = read_corrections(arguments.doubts, arguments.share)
    seal_for_archive(
        arguments,
        SealedKind.CORRECTION,
        arguments.id,
        listed.contents(),
        life=_LIFE,
        answers=arguments.share,
    )
    print(f"{arguments.out}  {len(listed.items)} 项 items")
    return ExitStatus.DONE


def _take_receipts(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Take receipts in; exit status 4 when one doesn't agree with what was sent."""
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.feedback import take_receipt

        def take(path: Path) -> None:
            share_id, agrees = take_receipt(here.installation, path)
            if not agrees:
                raise IntegrityError(
                    "receipt_differs",
                    what="回执与所发不符，已登记 · the receipt differs from what was sent; entered",
                    where=share_id,
                    remedy="向对方核实并重新共享 · ask the department, and share again",
                )
            print(f"已确认 · confirmed: {share_id}")

        return _each(arguments.files, take)


def _take_corrections(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Take lists of doubted values in."""
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.feedback import take_corrections

        def take(path: Path) -> None:
            print(f"已收 · taken in: {take_corrections(here.installation, path)}")

        return _each(arguments.files, take)


def _each(files: list[Path], take: Callable[[Path], None]) -> ExitStatus:
    """A file that is refused does not keep the others out; the status is the first one's."""
    refusals: list[BackfillError] = []
    for path in files:
        try:
            take(path)
        except BackfillError as refusal:
            refusals.append(refusal)
            print(f"backfill: {refusal}", file=sys.stderr)
    return next((refusal.status for refusal in refusals), ExitStatus.DONE)


def _list_receipts(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List what was given to departments, and what they confirmed."""
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        rows = here.installation.warehouse.query("receipts_listed").to_pylist()
    for row in rows:
        standing = {True: "已确认 confirmed", False: "不符 differs", None: "未确认 not confirmed"}
        line = f"{row['share_id']}  {row['records']} 件 records  {standing[row['agrees']]}"
        _print(row, line, as_json=arguments.json)
    return ExitStatus.DONE


def _list_corrections(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List the items to decide; values are shown only when they are asked for."""
    from flows.opening import open_installation
    from flows.settings import account

    with open_installation(arguments, settings) as here:
        rows = here.installation.warehouse.query("corrections_listed").to_pylist()
        rows = [row for row in rows if row["outcome"] is None or arguments.all]
        for row in rows if arguments.values else ():
            here.installation.note(
                "values.shown",
                correction=row["correction_id"],
                item=row["item"],
                record=row["record_id"],
                field=row["field"],
                by=account(),
                reason="correction",
            )
    for row in rows:
        values = {name: row[name] for name in ("archive_value", "proposed")}
        shown = row if arguments.values else {k: v for k, v in row.items() if k not in values}
        line = (
            f"{row['correction_id']} {row['item']}  {row['record_id']}  {row['field']}  "
            f"{row['ground']}  {row['outcome'] or '待定 to be decided'}"
        )
        if arguments.values:
            archive, department = values.values()
            line += f"  馆 archive: {archive}  部门 department: {department}"
        _print(shown, line, as_json=arguments.json)
    return ExitStatus.DONE


def _print(row: Mapping[str, Any], line: str, *, as_json: bool) -> None:
    print(json.dumps(row, ensure_ascii=False, default=str) if as_json else line)


def _decide(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Decide an item; for `corrected`, what stands on the paper comes by standard input."""
    from confidentiality.homekey import read_passphrase_file
    from confidentiality.identity import Identity
    from flows.keys import passphrase
    from flows.opening import open_installation

    own = arguments.identity_passphrase_file
    secret = read_passphrase_file(own) if own else passphrase(arguments, "本人口令 · passphrase")
    officer = Identity.load(arguments.identity, secret)
    text = (
        typed("录入原件所见文字 · type what stands on the paper")
        if arguments.outcome == "corrected"
        else ""
    )
    with open_installation(arguments, settings, register=True) as here:
        from flows.feedback import Outcome, Ruling, rule

        ruling = Ruling(
            correction_id=arguments.id,
            item=arguments.item,
            outcome=Outcome(arguments.outcome),
            by=officer.fingerprint,
            text=text,
        )
        rule(here.home_id, ruling)
    print(f"已定论 · decided: {arguments.id} {arguments.item}  {arguments.outcome}")
    return ExitStatus.DONE


def _answer(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """File the request for the answer to a list, or seal it once two officers approved."""
    from flows.opening import open_installation

    with open_installation(arguments, settings, sealing=True) as here:
        from flows.feedback import answer_corrections

        sealed = answer_corrections(here.installation, arguments.id)
        outgoing = here.installation.home.outgoing
        print(outgoing / sealed if sealed else "待批准 · waits for approval")
    return ExitStatus.DONE
