"""`backfill init`, `identity`, `card`, `enrol`, `agreement`: who may do what with this archive."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from confidentiality.agreement import OffSite, SignedAgreement
    from flows.home import Home
    from flows.settings import Settings

_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it

_AGREEMENT_HELP = """\
保密协议：起草、签署、登记、解除。
Confidentiality agreements: draft, sign, add, revoke.

  backfill agreement draft A1.json --id A1 --kind entrusted-keying --party 录入机.card.json …
      --purpose 婚姻登记档案补录 --legal-basis … --impact-assessment PIA-2026-01
      --fields male.name,female.name --max-records 50000 --from 2026-01-01 --to 2026-12-31
      --place 本馆三楼录入室 --document 协议扫描件.pdf --home 馆库
  station sign A1.json --out 回签/1.json     对方阅读，核对摘要后加 --accept 摘要 签署
                                            the other side reads, adds --accept DIGEST, signs
  backfill agreement add A1.json 回签/*.json --home 馆库

档案就地查阅、不外借（2006 年令第 32 号），录入地点在本馆。馆外作业须另有依据并由分管领导批准：
Files are consulted on the spot and not lent, so keying is done in the archive. Elsewhere needs
a legal basis of its own, and a leader who signs with an officer's identity:
      --off-site-basis 依据 --off-site-leader 领导.card.json
  backfill agreement sign A1.json --identity 领导.identity --out 回签/领导.json
"""
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
    commands: _Commands[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add the commands about identities and agreements."""
    init = commands.add_parser(
        "init", parents=[common], help="建立工作目录 · make a home", description=_init.__doc__
    )
    init.add_argument("--name", default="档案馆", help="档案馆名称 · name of the archive")
    _add_suite(init)
    init.set_defaults(run=_init)

    identity = commands.add_parser(
        "identity", parents=[common], help="新建身份 · make an identity (officer, department)"
    )
    identity.add_argument("out", type=Path, help="身份文件 · the private file to write")
    identity.add_argument("--role", required=True, choices=("officer", "department"))
    identity.add_argument("--name", required=True, help="公开名称 · public name of the post")
    _add_suite(identity)
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
    _add_agreement(commands, common)


def _add_suite(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--suite",
        choices=("xwing", "gm"),
        default="xwing",
        help="密码套件，往来各方须一致；gm 为国密 · cipher suite, the same for all parties",
    )


def _add_agreement(
    commands: _Commands[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    agreement = commands.add_parser(
        "agreement",
        help="保密协议 · agreements",
        description=_AGREEMENT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = agreement.add_subparsers(dest="verb", metavar="VERB", required=True)
    draft = verbs.add_parser("draft", parents=[common], help="起草并由本馆签署 · draft and sign")
    draft.add_argument("out", type=Path)
    for name in ("id", "purpose", "legal-basis", "impact-assessment", "fields", "from", "to"):
        draft.add_argument(f"--{name}", required=True)
    draft.add_argument("--kind", required=True, choices=("entrusted-keying", "data-sharing"))
    draft.add_argument("--party", action="append", required=True, type=Path, metavar="CARD")
    draft.add_argument("--max-records", required=True, type=int, metavar="N")
    draft.add_argument(
        "--row-kinds",
        default="",
        metavar="KIND,…",
        help="只共享这些表格 · only these kinds of forms",
    )
    draft.add_argument(
        "--rows-from", default="", metavar="DATE", help="登记日期自 · registered from"
    )
    draft.add_argument(
        "--rows-to", default="", metavar="DATE", help="登记日期至 · registered until"
    )
    draft.add_argument(
        "--place", default="", help="作业地点（委托录入必填） · where keying is done"
    )
    draft.add_argument(
        "--off-site-basis", metavar="TEXT", help="馆外作业依据 · basis for elsewhere"
    )
    draft.add_argument(
        "--off-site-leader", type=Path, metavar="CARD", help="批准领导 · who approves"
    )
    draft.add_argument("--document", required=True, type=Path, help="已签文本 · the signed paper")
    draft.set_defaults(run=_draft)
    sign = verbs.add_parser("sign", parents=[common], help="以某身份签署 · sign as a party")
    sign.add_argument("agreement", type=Path)
    sign.add_argument("--identity", required=True, type=Path)
    sign.add_argument("--out", required=True, type=Path)
    sign.set_defaults(run=_sign)
    add = verbs.add_parser("add", parents=[common], help="登记已签协议 · add a signed agreement")
    add.add_argument("files", nargs="+", type=Path, help="协议及各方回签 · agreement, signatures")
    add.set_defaults(run=_add)
    revoke = verbs.add_parser("revoke", parents=[common], help="解除 · revoke an agreement")
    revoke.add_argument("id")
    revoke.add_argument("--reason", required=True, help="理由代码 · a code such as breach")
    revoke.set_defaults(run=_revoke)
    listing = verbs.add_parser("list", parents=[common], help="列出 · list")
    listing.set_defaults(run=_list)


def _home(settings: Settings) -> Home:
    from flows.home import Home

    return Home(root=settings.require_home())


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

    home = _home(settings)
    home.make_folders()
    secret = passphrase(arguments, "新口令 · new passphrase")
    if not home.archive_identity.exists():
        made = Identity.create(Role.ARCHIVE, arguments.name, suite=CALLED[arguments.suite])
        made.save(home.archive_identity, secret)
    archive = Identity.load(home.archive_identity, secret)
    card = home.root / "archive.card.json"
    if not card.exists():
        archive.public.save(card)
    TrustStore(home.cards).add(archive.public)
    if not home.home_key.exists():
        HomeKey.create(home.home_key, secret)
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
    made.save(arguments.out, passphrase(arguments, "新口令 · new passphrase"))
    card = arguments.out.with_suffix(".card.json")
    made.public.save(card)
    print(f"名片 · card: {card}\n指纹 · fingerprint: {made.fingerprint}")
    return ExitStatus.DONE


def _card(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Trust cards, after their fingerprints were compared by voice."""
    from confidentiality.identity import PublicIdentity
    from confidentiality.trust import TrustStore

    home = _home(settings)
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

    home = _home(settings)
    archive = unlock_archive(home, arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path in arguments.cards:
        made = enrol(
            PublicIdentity.load(path),
            place=arguments.place,
            starts=now(),
            ends=_day(arguments.to),
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


def _draft(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from confidentiality.agreement import Agreement, AgreementKind, SignedAgreement, sign_agreement
    from confidentiality.files import write_private
    from confidentiality.identity import PublicIdentity
    from confidentiality.row_scope import RowScope
    from flows.opening import unlock_archive
    from ocr.sniff import sha256_of

    archive = unlock_archive(_home(settings), arguments)
    agreement = Agreement(
        agreement_id=arguments.id,
        kind=AgreementKind(arguments.kind),
        archive=archive.fingerprint,
        parties=tuple(PublicIdentity.load(path).fingerprint for path in arguments.party),
        purpose=arguments.purpose,
        legal_basis=arguments.legal_basis,
        impact_assessment=arguments.impact_assessment,
        fields=frozenset(arguments.fields.split(",")),
        max_records=arguments.max_records,
        starts=_day(getattr(arguments, "from")),
        ends=_day(arguments.to),
        document_sha256=sha256_of(arguments.document),
        rows=RowScope(
            kinds=frozenset(filter(None, arguments.row_kinds.split(","))),
            registered_from=arguments.rows_from,
            registered_to=arguments.rows_to,
        ),
        place=arguments.place,
        off_site=_off_site(arguments),
    )
    signature = sign_agreement(agreement, by=archive)
    held = SignedAgreement(agreement=agreement, signatures={archive.fingerprint: signature})
    write_private(arguments.out, held.to_bytes())
    print(f"协议 · agreement: {arguments.out}")
    return ExitStatus.DONE


def _off_site(arguments: argparse.Namespace) -> OffSite | None:
    from confidentiality.agreement import OffSite
    from confidentiality.identity import PublicIdentity

    basis, leader = arguments.off_site_basis, arguments.off_site_leader
    if not basis and not leader:
        return None
    if not basis or not leader:
        raise UsageError(
            "off_site_unfounded",
            what="馆外作业须同时写明依据和批准领导 · off-site work needs both a basis and a leader",
            remedy="--off-site-basis TEXT --off-site-leader CARD",
        )
    return OffSite(legal_basis=basis, leader=PublicIdentity.load(leader).fingerprint)


def _day(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(
            "bad_day",
            what="日期写法不对 · a day is not written as YYYY-MM-DD",
            remedy="2026-01-31",
        ) from None


def _sign(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    from confidentiality.agreement import sign_agreement
    from confidentiality.files import write_private
    from confidentiality.identity import Identity
    from flows.keys import passphrase

    held = _read(arguments.agreement)
    by = Identity.load(arguments.identity, passphrase(arguments, "口令 · passphrase"))
    signed = type(held)(
        agreement=held.agreement,
        signatures={by.fingerprint: sign_agreement(held.agreement, by=by)},
    )
    write_private(arguments.out, signed.to_bytes())
    print(f"签署 · signed: {arguments.out}")
    return ExitStatus.DONE


def _add(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from confidentiality.agreement import merge_signatures
    from confidentiality.agreement_store import AgreementStore
    from confidentiality.audit import AuditLog
    from confidentiality.trust import TrustStore
    from flows.settings import now

    home = _home(settings)
    home.require()
    held = merge_signatures(_read(path) for path in arguments.files)
    agreement_id = held.agreement.agreement_id
    AgreementStore(home.agreements).add(held, trusted=TrustStore(home.cards).trusted(now=now()))
    AuditLog(home.audit).append("agreement.added", {"agreement": agreement_id}, now=now())
    print(f"已登记 · added: {agreement_id}")
    return ExitStatus.DONE


def _revoke(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from confidentiality.agreement import revoke_agreement
    from confidentiality.agreement_store import AgreementStore
    from confidentiality.audit import AuditLog
    from confidentiality.trust import TrustStore
    from flows.opening import unlock_archive
    from flows.settings import now

    home = _home(settings)
    store = AgreementStore(home.agreements)
    archive = unlock_archive(home, arguments)
    revocation = revoke_agreement(
        store.get(arguments.id).agreement, by=archive, now=now(), reason=arguments.reason
    )
    store.revoke(arguments.id, revocation, trusted=TrustStore(home.cards).trusted(now=now()))
    AuditLog(home.audit).append("agreement.revoked", {"agreement": arguments.id}, now=now())
    print(f"已解除 · revoked: {arguments.id}")
    return ExitStatus.DONE


def _list(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from confidentiality.agreement_store import AgreementStore

    home = _home(settings)
    home.require()
    store = AgreementStore(home.agreements)
    rows = []
    for agreement_id in store.ids():
        held = store.get(agreement_id)
        rows.append(
            {
                "agreement": agreement_id,
                "kind": str(held.agreement.kind),
                "purpose": held.agreement.purpose,
                "starts": held.agreement.starts.date().isoformat(),
                "ends": held.agreement.ends.date().isoformat(),
                "revoked": held.revocation is not None,
            }
        )
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
    for row in rows if not arguments.json else ():
        ended = "  已解除 revoked" if row["revoked"] else ""
        print("{agreement}  {kind}  {starts} – {ends}  {purpose}".format(**row) + ended)
    return ExitStatus.DONE


def _read(path: Path) -> SignedAgreement:
    from confidentiality.agreement import SignedAgreement
    from confidentiality.files import open_regular, read_at_most

    with open_regular(path) as stream:
        return SignedAgreement.from_bytes(
            read_at_most(stream, 262_144, where=path.name), where=path.name
        )
