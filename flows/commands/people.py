"""`backfill init`, `identity`, `card`, `enrol`: who may do what with this archive."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import day, home_of
from records.errors import ExitStatus

if TYPE_CHECKING:
    from flows.settings import Settings

_ENROL_HELP = """\
登记工位：本馆签名说明哪台机器可在何处打开工作包。
Enrol stations: the archive's signed word which machine may open packages, and where.

  station init 显示指纹和机器摘要，电话核对后：
  station init shows the fingerprint and the machine's digest; compare them by voice, then:
  backfill enrol 一号机.card.json --place 本馆三楼录入室 --machine 摘要 --to 2026-12-31
      --out 登记 --home 馆库
  把所写文件交给工位 · hand the written file over:  station enrol 登记/….enrolment.json

地点须与协议所写一致。不给 --machine 则不限机器。
The place is the agreement's, word for word. Without --machine any machine may serve.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add the commands about identities and stations."""
    init = commands.add_parser(
        "init", parents=[common], help="建立工作目录 · make a home", description=_init.__doc__
    )
    init.add_argument("--name", default="档案馆", help="档案馆名称 · name of the archive")
    _add_suite(init)
    _add_token(init)
    init.set_defaults(run=_init)

    identity = commands.add_parser(
        "identity", parents=[common], help="新建身份 · make an identity (officer, department)"
    )
    identity.add_argument("out", type=Path, help="身份文件 · the private file to write")
    identity.add_argument("--role", required=True, choices=("officer", "department"))
    identity.add_argument("--name", required=True, help="公开名称 · public name of the post")
    _add_suite(identity)
    _add_token(identity)
    identity.set_defaults(run=_identity)

    card = commands.add_parser("card", parents=[common], help="登记名片 · trust a public card")
    card.add_argument("cards", nargs="+", type=Path, metavar="CARD")
    card.set_defaults(run=_card)
    enrol = commands.add_parser(
        "enrol",
        parents=[common],
        help="登记工位 · enrol keying stations",
        description=_ENROL_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    enrol.add_argument("cards", nargs="+", type=Path, metavar="CARD")
    enrol.add_argument("--place", required=True, help="作业地点 · where the station stands")
    enrol.add_argument("--machine", default="", metavar="HEX", help="机器摘要 · the machine")
    enrol.add_argument("--to", required=True, metavar="DAY", help="止于 · enrolled until")
    enrol.add_argument("--out", required=True, type=Path, metavar="DIR")
    enrol.set_defaults(run=_enrol)


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--token",
        default="",
        metavar="LABEL",
        help="置于密码设备，口令即其 PIN · behind a PKCS#11 token (BACKFILL_PKCS11)",
    )


def _add_suite(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--suite",
        choices=("xwing", "hybrid", "gm"),
        default="xwing",
        help="套件，各方须一致；hybrid 加抗量子签名，gm 国密 · suite, the same for all",
    )


def _init(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Make a home: its key, the archive's identity and its folders.

    Both lie behind the passphrase, from a file or typed. Doing it again changes nothing.
    """
    from confidentiality.homekey import HomeKey
    from confidentiality.identity import Identity, Role
    from confidentiality.suites import CALLED
    from confidentiality.trust import TrustStore
    from flows.keys import passphrase
    from flows.opening import make_warehouse

    home = home_of(settings)
    home.make_folders()
    secret = passphrase(arguments, "新口令 · new passphrase")
    if not home.archive_identity.exists():
        made = Identity.create(Role.ARCHIVE, arguments.name, suite=CALLED[arguments.suite])
        made.save(home.archive_identity, secret, token=arguments.token)
    archive = Identity.load(home.archive_identity, secret)
    card = home.archive_card
    if not card.exists():
        archive.public.save(card)
    TrustStore(home.cards).add(archive.public)
    if not home.home_key.exists():
        HomeKey.create(home.home_key, secret, token=arguments.token)
    make_warehouse(home, HomeKey.open(home.home_key, secret))
    print(f"工作目录 · home: {home.root}")
    print(f"名片 · card: {card}")
    print(f"指纹 · fingerprint: {archive.fingerprint}")
    return ExitStatus.DONE


def _identity(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Make a private identity file, and its public card beside it."""
    from confidentiality.identity import Identity, Role
    from confidentiality.suites import CALLED
    from flows.keys import passphrase

    suite = CALLED[arguments.suite]
    made = Identity.create(Role(arguments.role), arguments.name, suite=suite)
    secret = passphrase(arguments, "新口令 · new passphrase")
    made.save(arguments.out, secret, token=arguments.token)
    card = arguments.out.with_suffix(".card.json")
    made.public.save(card)
    print(f"名片 · card: {card}\n指纹 · fingerprint: {made.fingerprint}")
    return ExitStatus.DONE


def _card(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Trust cards, after their fingerprints were compared by voice."""
    from confidentiality.identity import PublicIdentity
    from confidentiality.trust import TrustStore

    home = home_of(settings)
    home.require()
    for path in arguments.cards:
        card = PublicIdentity.load(path)
        TrustStore(home.cards).add(card)
        print(f"{card.role}  {card.name}  {card.fingerprint}")
    return ExitStatus.DONE


def _enrol(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Enrol stations at a place, and write a statement for each to take home."""
    from confidentiality.audit import AuditLog
    from confidentiality.enrolment import EnrolmentStore, enrol
    from confidentiality.files import write_private
    from confidentiality.identity import PublicIdentity
    from flows.opening import unlock_archive
    from flows.settings import now

    home = home_of(settings)
    archive = unlock_archive(home, arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path in arguments.cards:
        made = enrol(
            PublicIdentity.load(path),
            place=arguments.place,
            starts=now(),
            ends=day(arguments.to),
            machine=arguments.machine.lower(),
            by=archive,
        )
        short = made.station[:16]
        AuditLog(home.audit).append("station.enrolled", {"station": short}, now=now())
        EnrolmentStore(home.enrolments).add(made)
        out = arguments.out / f"{short}.enrolment.json"
        write_private(out, made.to_bytes(), replace=True)
        print(f"已登记 · enrolled: {out}")
    return ExitStatus.DONE
