"""`backfill keys`: passphrase, escrow and recovery of the home's key, revoked cards."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import home_of
from records.errors import ExitStatus, IntegrityError, NotPermittedError

if TYPE_CHECKING:
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
  backfill keys revoke 指纹 --reason key_lost --home 馆库

恢复的是馆库（数据）的密钥。档案馆身份随口令遗失的，须新建身份、重签协议并吊销旧名片。
Recovery gives the data back. An archive's identity that is lost with its passphrase is made anew:
new agreements, and the old card revoked.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `keys`."""
    keys = commands.add_parser(
        "keys",
        help="钥匙：换口令、托管、恢复、吊销 · passphrase, escrow, revocation",
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
    revoke = verbs.add_parser("revoke", parents=[common], help="吊销名片 · trust a card no longer")
    revoke.add_argument("fingerprint", help="名片指纹，64 位 · the card's fingerprint")
    revoke.add_argument("--reason", required=True, help="理由代码 · a code such as key_lost")
    revoke.set_defaults(run=_revoke)


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-passphrase-file", type=Path, metavar="FILE", help="新口令 · the new passphrase"
    )


def _passphrase(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Put the home's key and the archive's identity behind another passphrase.

    Doing so again after an interruption goes on with what still has the old one.
    """
    from confidentiality.homekey import HomeKey
    from confidentiality.identity import Identity
    from flows.keys import new_passphrase, passphrase

    home = home_of(settings)
    home.require()
    old, new = passphrase(arguments, "旧口令 · old passphrase"), new_passphrase(arguments)
    for path, kind in ((home.home_key, HomeKey.open), (home.archive_identity, Identity.load)):
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
    from confidentiality.identity import Identity, PublicIdentity
    from flows.keys import new_passphrase, passphrase

    home = home_of(settings)
    home.require()
    key = take_from_escrow(
        Escrow.load(arguments.escrow),
        archive=PublicIdentity.load(home.archive_card),
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
    _note(home, "key.recovered", {"holder": Escrow.load(arguments.escrow).holder[:16]})
    print("馆库密钥已恢复 · the home's key is recovered")
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
