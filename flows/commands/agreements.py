"""`backfill agreement`: confidentiality agreements, drafted, signed, kept, revoked."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.choosing import day, home_of
from records.errors import ExitStatus, InputError, UsageError

if TYPE_CHECKING:
    from confidentiality.agreement import Agreement, OffSite, SignedAgreement
    from flows.settings import Settings

_HELP = """\
保密协议：排印文本、起草、签署、登记、解除。
Confidentiality agreements: print, draft, sign, add, revoke.

  backfill agreement text A1.pdf …           同 draft 的条款，排印成文，供双方签字盖章
                                             the terms as for draft, set to be signed on paper
  backfill agreement draft A1.json --id A1 --kind entrusted-keying --party 录入机.card.json …
      --purpose 婚姻登记档案补录 --legal-basis … --impact-assessment PIA-2026-01
      --fields male.name,female.name --max-records 50000 --from 2026-01-01 --to 2026-12-31
      --place 本馆三楼录入室 --document 协议扫描件.pdf --home 馆库
  station sign A1.json --out 回签/1.json     对方阅读，核对摘要后加 --accept 摘要 签署
                                            the other side reads, adds --accept DIGEST, signs
  backfill agreement add A1.json 回签/*.json --document 协议扫描件.pdf --home 馆库

档案就地查阅、不外借（2006 年令第 32 号），录入地点在本馆。馆外作业须另有依据并由分管领导批准：
Files are consulted on the spot and not lent, so keying is done in the archive. Elsewhere needs
a legal basis of its own, and a leader who signs with an officer's identity:
      --off-site-basis 依据 --off-site-leader 领导.card.json
  backfill agreement sign A1.json --identity 领导.identity --out 回签/领导.json
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `agreement`."""
    agreement = commands.add_parser(
        "agreement",
        help="保密协议 · agreements",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = agreement.add_subparsers(dest="verb", metavar="VERB", required=True)
    draft = verbs.add_parser("draft", parents=[common], help="起草并由本馆签署 · draft and sign")
    _add_terms(draft)
    draft.add_argument("--document", required=True, type=Path, help="已签文本 · the signed paper")
    draft.set_defaults(run=_draft)
    text = verbs.add_parser("text", parents=[common], help="排印协议文本 · set the text as PDF")
    _add_terms(text)
    text.set_defaults(run=_text)
    sign = verbs.add_parser("sign", parents=[common], help="以某身份签署 · sign as a party")
    sign.add_argument("agreement", type=Path)
    sign.add_argument("--identity", required=True, type=Path)
    sign.add_argument("--out", required=True, type=Path)
    sign.set_defaults(run=_sign)
    add = verbs.add_parser("add", parents=[common], help="登记已签协议 · add a signed agreement")
    add.add_argument(
        "--document", type=Path, help="核对已签文本 · check the signed paper against it"
    )
    add.add_argument("files", nargs="+", type=Path, help="协议及各方回签 · agreement, signatures")
    add.set_defaults(run=_add)
    revoke = verbs.add_parser("revoke", parents=[common], help="解除 · revoke an agreement")
    revoke.add_argument("id")
    revoke.add_argument("--reason", required=True, help="理由代码 · a code such as breach")
    revoke.set_defaults(run=_revoke)
    listing = verbs.add_parser("list", parents=[common], help="列出 · list")
    listing.set_defaults(run=_list)


def _add_terms(draft: argparse.ArgumentParser) -> None:
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


def _draft(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from confidentiality.agreement import SignedAgreement, sign_agreement
    from confidentiality.files import write_private
    from flows.opening import unlock_archive
    from ocr.sniff import sha256_of

    archive = unlock_archive(home_of(settings), arguments)
    terms = _terms(arguments, archive.fingerprint, sha256_of(arguments.document))
    signature = sign_agreement(terms, by=archive)
    held = SignedAgreement(agreement=terms, signatures={archive.fingerprint: signature})
    write_private(arguments.out, held.to_bytes())
    print(f"协议 · agreement: {arguments.out}")
    return ExitStatus.DONE


def _text(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Set the terms as a readable Chinese text, to be signed and sealed on paper."""
    from confidentiality.agreement import require_signable
    from confidentiality.identity import PublicIdentity
    from flows.agreement_text import write_text
    from flows.settings import now

    home = home_of(settings)
    home.require()
    own = PublicIdentity.load(home.archive_card)
    leader = [arguments.off_site_leader] if arguments.off_site_leader else []
    cards = [own, *(PublicIdentity.load(path) for path in [*arguments.party, *leader])]
    # The paper that the record will name is only now being made.
    terms = _terms(arguments, own.fingerprint, "0" * 64)
    require_signable(terms)
    write_text(arguments.out, terms, {card.fingerprint: card for card in cards}, now=now())
    print(f"协议文本 · text: {arguments.out}")
    return ExitStatus.DONE


def _terms(arguments: argparse.Namespace, archive: str, document_sha256: str) -> Agreement:
    from confidentiality.agreement import Agreement, AgreementKind
    from confidentiality.identity import PublicIdentity
    from confidentiality.row_scope import RowScope

    return Agreement(
        agreement_id=arguments.id,
        kind=AgreementKind(arguments.kind),
        archive=archive,
        parties=tuple(PublicIdentity.load(path).fingerprint for path in arguments.party),
        purpose=arguments.purpose,
        legal_basis=arguments.legal_basis,
        impact_assessment=arguments.impact_assessment,
        fields=frozenset(arguments.fields.split(",")),
        max_records=arguments.max_records,
        starts=day(getattr(arguments, "from")),
        ends=day(arguments.to),
        document_sha256=document_sha256,
        rows=RowScope(
            kinds=frozenset(filter(None, arguments.row_kinds.split(","))),
            registered_from=arguments.rows_from,
            registered_to=arguments.rows_to,
        ),
        place=arguments.place,
        off_site=_off_site(arguments),
    )


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
    from ocr.sniff import sha256_of

    home = home_of(settings)
    home.require()
    held = merge_signatures(_read(path) for path in arguments.files)
    agreement_id = held.agreement.agreement_id
    if arguments.document and sha256_of(arguments.document) != held.agreement.document_sha256:
        raise InputError(
            "document_differs",
            what="文本与协议所记摘要不符 · this is not the paper that the agreement names",
            where=arguments.document.name,
            remedy="给出起草时所用的扫描件 · name the scan that the draft was made with",
        )
    AgreementStore(home.agreements).add(held, trusted=TrustStore(home.cards).trusted(now=now()))
    AuditLog(home.audit).append(
        "agreement.added",
        {"agreement": agreement_id, "document": held.agreement.document_sha256},
        now=now(),
    )
    print(f"已登记 · added: {agreement_id}")
    return ExitStatus.DONE


def _revoke(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    from confidentiality.agreement_store import AgreementStore
    from confidentiality.audit import AuditLog
    from confidentiality.revocation import revoke_agreement
    from confidentiality.trust import TrustStore
    from flows.opening import unlock_archive
    from flows.settings import now

    home = home_of(settings)
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

    home = home_of(settings)
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
