"""`backfill keys`: passphrase, escrow and recovery of the home's key, rotation, revocation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import home_of
from records.errors import ExitStatus, IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from confidentiality.identity import PublicIdentity
    from flows.home import Home
    from flows.settings import Settings

_HELP = """\
钥匙：更换口令、托管、凭托管恢复、吊销名片。
Keys: change the passphrase, put the home's key in escrow, recover it, revoke a card.

  backfill keys passphrase --passphrase-file 旧 --new-passphrase-file 新 --home 馆库
  backfill keys escrow 托管人.card.json --out 馆库.escrow --home 馆库
                                      托管件离库保存；口令遗失时由托管人恢复
                                      kept elsewhere; its holder recovers a lost passphrase
  backfill keys recover 馆库.escrow --identity 托管人.identity --new-passphrase-file 新 --home 馆库
  backfill keys rotate --out 分发 --home 馆库
                                      更换本馆身份：旧钥签名指认新钥，协议、登记、待取文件随即重签
                                      a new identity, named by the old one's signature
  backfill keys accept 分发/archive.succession --archive-card 旧名片 --out 新名片
                                      由部门执行；录入机用 station succeed
                                      in a department; stations: station succeed
  backfill keys revoke 指纹 --reason key_lost --home 馆库
                                      更换后旧名片无用时：--reason superseded
                                      superseded: the old card, when no file under it is awaited

恢复的是馆库（数据）的密钥。档案馆身份遗失或被窃的不能指认新钥：须新建身份、重签协议并吊销旧名片。
Recovery gives the data back. An archive's identity that is lost or stolen can name no heir: make
one anew, with new agreements, and revoke the old card.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `keys`."""
    keys = commands.add_parser(
        "keys",
        help="钥匙：换口令、托管、更换、吊销 · passphrase, escrow, rotation",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = keys.add_subparsers(dest="verb", metavar="VERB", required=True)
    change = verbs.add_parser("passphrase", parents=[common], help="更换口令 · change it")
    _add_new(change)
    change.set_defaults(run=_passphrase)
    escrow = verbs.add_parser("escrow", parents=[common], help="托管 · put the key in escrow")
    escrow.add_argument("card", type=Path, metavar="CARD", help="托管人名片 · the holder's card")
    escrow.add_argument("--out", required=True, type=Path, metavar="FILE")
    escrow.set_defaults(run=_escrow)
    recover = verbs.add_parser("recover", parents=[common], help="恢复 · recover from escrow")
    recover.add_argument("escrow", type=Path, metavar="FILE", help="托管件 · the escrow's file")
    recover.add_argument("--identity", required=True, type=Path, help="托管人身份 · the holder's")
    _add_new(recover)
    recover.set_defaults(run=_recover)
    rotate = verbs.add_parser("rotate", parents=[common], help="更换本馆身份 · a new identity")
    rotate.add_argument("--out", required=True, type=Path, metavar="DIR", help="分发件 · hand out")
    rotate.add_argument("--token", default="", metavar="LABEL", help="置于密码设备 · on a token")
    rotate.set_defaults(run=_rotate)
    accept = verbs.add_parser("accept", parents=[common], help="接受更替 · take a new card")
    accept.add_argument("statement", type=Path, metavar="FILE", help="更替声明 · the succession")
    accept.add_argument("--archive-card", required=True, type=Path, metavar="CARD")
    accept.add_argument("--out", required=True, type=Path, metavar="CARD")
    accept.set_defaults(run=_accept)
    revoke = verbs.add_parser("revoke", parents=[common], help="吊销名片 · trust a card no longer")
    revoke.add_argument("fingerprint", help="名片指纹，64 位 · the card's fingerprint")
    revoke.add_argument("--reason", required=True, help="理由代码 · a code such as key_lost")
    revoke.set_defaults(run=_revoke)


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-passphrase-file", type=Path, metavar="FILE", help="新口令 · the new passphrase"
    )


def _passphrase(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Put the home's key and the archive's identities behind another passphrase.

    Doing so again after an interruption goes on with what still has the old one.
    """
    from confidentiality.homekey import HomeKey
    from confidentiality.identity import Identity
    from flows.keys import new_passphrase, passphrase

    home = home_of(settings)
    home.require()
    old, new = passphrase(arguments, "旧口令 · old passphrase"), new_passphrase(arguments)
    boxes: list[tuple[Path, Callable[[Path, str], HomeKey | Identity]]]
    boxes = [(home.home_key, HomeKey.open), (home.archive_identity, Identity.load)]
    boxes += [(path, Identity.load) for path in home.earlier_identities()]
    for path, kind in boxes:
        try:
            kind(path, new)
        except IntegrityError:
            kind(path, old).save(path, new, replace=True)
    _note(home, "passphrase.changed", {})
    print("口令已更换 · passphrase changed")
    return ExitStatus.DONE


def _escrow(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Wrap the home's key to a card that is kept apart."""
    from confidentiality.escrow import put_in_escrow
    from confidentiality.files import write_private
    from confidentiality.identity import PublicIdentity
    from flows.keys import unlock_home
    from flows.opening import unlock_archive
    from flows.settings import now

    home = home_of(settings)
    archive = unlock_archive(home, arguments)
    holder = PublicIdentity.load(arguments.card)
    made = put_in_escrow(unlock_home(home, arguments), holder, by=archive, now=now())
    _note(home, "key.escrowed", {"holder": holder.fingerprint[:16]})
    write_private(arguments.out, made.to_bytes())
    print(f"已托管 · in escrow: {arguments.out}\n托管人 · holder: {holder.name}  {made.holder}")
    return ExitStatus.DONE


def _recover(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Put the home's key behind a new passphrase, by the holder's identity."""
    from confidentiality.escrow import Escrow, take_from_escrow
    from confidentiality.identity import Identity
    from flows.keys import new_passphrase, passphrase

    home = home_of(settings)
    home.require()
    escrow = Escrow.load(arguments.escrow)
    key = take_from_escrow(
        escrow,
        archive=_own_card(home, escrow.archive),
        holder=Identity.load(
            arguments.identity, passphrase(arguments, "托管人口令 · passphrase of the holder")
        ),
        where=arguments.escrow.name,
    )
    if not key.opens(home.home_key):
        raise NotPermittedError(
            "another_homes_key",
            what="托管的不是本馆库的密钥 · this is the key of another home",
            where=arguments.escrow.name,
            remedy="name the escrow of this home",
        )
    key.save(home.home_key, new_passphrase(arguments), replace=True)
    _note(home, "key.recovered", {"holder": escrow.holder[:16]})
    print("馆库密钥已恢复 · the home's key is recovered")
    return ExitStatus.DONE


def _own_card(home: Home, fingerprint: str) -> PublicIdentity:
    """The archive's own card of that fingerprint, present or earlier; else the present one."""
    from confidentiality.identity import PublicIdentity
    from confidentiality.trust import TrustStore
    from flows.settings import now

    present = PublicIdentity.load(home.archive_card)
    trusted = TrustStore(home.cards).trusted(now=now())
    if not trusted.follows(present.fingerprint, fingerprint):
        return present
    return {**trusted.retired, **trusted.cards}[fingerprint]


def _rotate(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Put a new identity of the archive in the present one's place.

    Doing so again after an interruption goes on with the same new identity.
    """
    from confidentiality.files import read_private, write_private
    from confidentiality.identity import Identity, Role
    from flows.keys import passphrase
    from flows.rotation import rotate
    from flows.settings import now

    home = home_of(settings)
    home.require()
    secret = passphrase(arguments, "档案馆身份口令 · passphrase of the archive")
    old, coming = Identity.load(home.archive_identity, secret), home.keys / "archive.next"
    if not coming.exists():
        made = Identity.create(Role.ARCHIVE, old.name, suite=old.suite)
        made.save(coming, secret, token=arguments.token)
    new = Identity.load(coming, secret)
    done = rotate(home, old, new, out=arguments.out, now=now())
    kept = home.earlier_identity(old.fingerprint)
    write_private(kept, read_private(home.archive_identity), replace=True)
    coming.rename(home.archive_identity)
    print(
        f"新身份 · new identity: {new.fingerprint}\n"
        f"重签 · signed anew: 协议 agreements {done.agreements}，"
        f"工位登记 enrolments {done.enrolments}，待取文件 waiting files {done.files}\n"
        f"分发 · hand out: {arguments.out}"
    )
    return ExitStatus.DONE


def _accept(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Take an archive's new card on its old one's word; needs no home."""
    from confidentiality.identity import PublicIdentity
    from confidentiality.succession import Succession, require_successor

    old = PublicIdentity.load(arguments.archive_card)
    card = require_successor(Succession.load(arguments.statement), old)
    card.save(arguments.out)
    print(f"新名片 · new card: {arguments.out}\n指纹 · fingerprint: {card.fingerprint}")
    return ExitStatus.DONE


def _revoke(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Trust a card no longer: nothing more is released to it or believed from it."""
    from confidentiality.trust import TrustStore
    from flows.settings import now

    home = home_of(settings)
    home.require()
    TrustStore(home.cards).revoke(arguments.fingerprint, now=now(), reason=arguments.reason)
    _note(home, "card.revoked", {"card": arguments.fingerprint[:16], "reason": arguments.reason})
    print(f"已吊销 · revoked: {arguments.fingerprint[:16]}")
    return ExitStatus.DONE


def _note(home: Home, event: str, subject: dict[str, str]) -> None:
    from confidentiality.audit import AuditLog
    from flows.settings import now

    AuditLog(home.audit).append(event, subject, now=now())
