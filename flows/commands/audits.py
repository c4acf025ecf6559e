"""`backfill audit`: verify the audit log, have it witnessed, prove single entries."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus, IntegrityError, UsageError

if TYPE_CHECKING:
    from confidentiality.audit import AuditLog
    from flows.auditing import AuditFindings
    from flows.home import Home
    from flows.settings import Settings

_HELP = """\
审计日志：核验、请他人见证、单条举证。日志只记编号与数量。
The audit log: verify it, have it witnessed, prove one entry. It holds ids and counts only.

  backfill audit verify --home 馆库                    全部核验 · everything
  backfill audit checkpoint --out 请见证 --home 馆库     签署检查点，交见证人 · for the witness
  backfill audit witness 请见证 --identity 部门.identity --archive-card archive.card.json
      --seen 见证记录 --out 已见证                        由另一部门执行 · in another department
  backfill audit cosigned 已见证 --home 馆库             收回见证 · back in the archive
  backfill audit prove 17 --out 17.tlog-proof --home 馆库
  backfill audit check 17.tlog-proof --archive-card archive.card.json
"""
_LIMIT = 1 << 18


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `audit` and its verbs."""
    audit = commands.add_parser(
        "audit",
        help="审计日志 · the audit log",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = audit.add_subparsers(dest="verb", metavar="VERB", required=True)
    verify = verbs.add_parser("verify", parents=[common], help="核验 · log and warehouse")
    verify.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="存于他处的检查点 · one that was kept elsewhere, such as the witness's",
    )
    verify.set_defaults(run=_verify)
    checkpoint = verbs.add_parser("checkpoint", parents=[common], help="签署检查点 · sign it")
    checkpoint.add_argument("--out", type=Path, metavar="FILE", help="交见证人的文件 · to witness")
    checkpoint.add_argument(
        "--since", type=int, metavar="N", help="见证人上次所见条数 · entries it saw last"
    )
    checkpoint.set_defaults(run=_checkpoint)
    _add_witness(verbs, common)
    prove = verbs.add_parser("prove", parents=[common], help="单条举证 · prove one entry")
    prove.add_argument("entry", type=int, metavar="ENTRY", help="条号，自 1 起 · its number")
    prove.add_argument("--out", type=Path, required=True, metavar="FILE")
    prove.set_defaults(run=_prove)
    check = verbs.add_parser("check", parents=[common], help="验证举证 · check such a proof")
    check.add_argument("proof", type=Path, metavar="FILE")
    check.add_argument("--archive-card", type=Path, required=True, metavar="CARD")
    check.set_defaults(run=_check)


def _add_witness(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    witness = verbs.add_parser("witness", parents=[common], help="见证 · sign as a witness")
    witness.add_argument("request", type=Path, metavar="FILE")
    witness.add_argument("--identity", type=Path, required=True, metavar="FILE")
    witness.add_argument("--archive-card", type=Path, required=True, metavar="CARD")
    witness.add_argument(
        "--seen", type=Path, required=True, metavar="DIR", help="见证记录 · what you signed before"
    )
    witness.add_argument("--out", type=Path, required=True, metavar="FILE")
    witness.set_defaults(run=_witness)
    cosigned = verbs.add_parser("cosigned", parents=[common], help="收回见证 · take it back in")
    cosigned.add_argument("file", type=Path, metavar="FILE")
    cosigned.set_defaults(run=_cosigned)


def _verify(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Prove every entry, and that every row of the warehouse has one; status 4 when not."""
    from confidentiality.notes import SignedNote
    from flows.opening import open_installation

    given = [SignedNote.from_bytes(_bytes(p), where=p.name) for p in arguments.checkpoint]
    with open_installation(arguments, settings) as here:
        from flows.auditing import check_audit

        findings = check_audit(here.installation, given)
    _print_findings(findings, as_json=arguments.json)
    if findings.uncovered:
        raise IntegrityError(
            "rows_without_entry",
            what="库中有记录未见于审计日志 · rows of the warehouse lack their audit entry",
            where=f"{len(findings.uncovered)}",
            remedy="停止作业，保留原状，报告安全员 · stop, keep all as it is, tell the officer",
        )
    return ExitStatus.DONE


def _print_findings(findings: AuditFindings, *, as_json: bool) -> None:
    log = findings.log
    rows = [{"kind": r.kind, "id": r.id, "fault": r.fault} for r in findings.uncovered]
    if as_json:
        found = {
            "entries": log.size,
            "root": log.root.hex(),
            "checkpoints": log.checkpoints,
            "signed": log.signed,
            "witnessed": log.witnessed,
            "witnesses": sorted({each.witness for each in log.witnesses}),
            "uncovered": rows,
        }
        print(json.dumps(found, ensure_ascii=False))
        return
    print(
        f"条目 entries {log.size}，检查点 checkpoints {log.checkpoints}，"
        f"已签至 signed to {log.signed}，已见证至 witnessed to {log.witnessed}\n"
        f"根 root {log.root.hex()}"
    )
    for row in rows:
        print("未见于日志 · not in the log: {kind} {id} {fault}".format(**row))


def _checkpoint(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Sign the log as it is now; with `--out`, write what a witness needs."""
    from confidentiality.audit import AuditLog
    from confidentiality.checkpoint import Checkpoint
    from confidentiality.files import write_private
    from confidentiality.witness import WitnessRequest
    from flows.opening import unlock_archive

    home = _home(settings)
    log = AuditLog(home.audit)
    note = log.checkpoint(by=unlock_archive(home, arguments))
    state = Checkpoint.from_text(note.text, where=home.audit.name)
    if arguments.out:
        old = _witnessed(home, log) if arguments.since is None else arguments.since
        if not 0 <= old <= state.size:
            raise UsageError(
                "no_such_checkpoint",
                what="没有该大小的检查点 · the log has fewer entries",
                where=str(old),
                remedy=f"--since 0 … {state.size}",
            )
        proof = log.proof_of_growth(old, state.size)
        request = WitnessRequest(old=old, proof=proof, note=note)
        write_private(arguments.out, request.to_bytes(), replace=True)
    found = {"origin": state.origin, "entries": state.size, "root": state.root.hex()}
    print(json.dumps(found) if arguments.json else note.text, end="\n" if arguments.json else "")
    return ExitStatus.DONE


def _witnessed(home: Home, log: AuditLog) -> int:
    """How many entries a trusted witness saw last."""
    from confidentiality.audit_check import witnessed_size
    from confidentiality.trust import TrustStore
    from flows.settings import now

    return witnessed_size(log, trusted=TrustStore(home.cards).trusted(now=now()))


def _witness(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Sign a checkpoint of a log that only grew since the last one; needs no home."""
    from confidentiality.files import write_private
    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.witness import Witness, WitnessRequest
    from flows.keys import passphrase
    from flows.settings import now

    request = WitnessRequest.from_bytes(_bytes(arguments.request), where=arguments.request.name)
    by = Identity.load(arguments.identity, passphrase(arguments, "口令 · passphrase"))
    signature = Witness(arguments.seen).sign(
        request,
        keepers=[PublicIdentity.load(arguments.archive_card)],
        by=by,
        now=now(),
        where=arguments.request.name,
    )
    signed = request.note.with_signatures([signature])
    write_private(arguments.out, signed.to_bytes(), replace=True)
    print(f"已见证 · witnessed: {arguments.out}")
    return ExitStatus.DONE


def _cosigned(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Keep a witness's signature with its checkpoint."""
    from confidentiality.audit import AuditLog
    from confidentiality.audit_check import keep_cosigned
    from confidentiality.notes import SignedNote
    from confidentiality.trust import TrustStore
    from flows.settings import now

    home = _home(settings)
    where = arguments.file.name
    note = SignedNote.from_bytes(_bytes(arguments.file), where=where)
    trusted = TrustStore(home.cards).trusted(now=now())
    size = keep_cosigned(AuditLog(home.audit), note, trusted=trusted, where=where)
    print(f"已见证至 · witnessed to: {size}")
    return ExitStatus.DONE


def _prove(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Write a proof that an entry stands in the log; it shows nothing of the others."""
    from confidentiality.audit import AuditLog
    from confidentiality.files import write_private
    from confidentiality.inclusion import prove_entry
    from flows.opening import unlock_archive

    home = _home(settings)
    archive = unlock_archive(home, arguments)
    proof = prove_entry(AuditLog(home.audit), arguments.entry, by=archive)
    write_private(arguments.out, proof.to_bytes(), replace=True)
    print(proof.line.decode())
    return ExitStatus.DONE


def _check(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Check a proof against the archive's card; needs no home."""
    from confidentiality.identity import PublicIdentity
    from confidentiality.inclusion import InclusionProof

    where = arguments.proof.name
    proof = InclusionProof.from_bytes(_bytes(arguments.proof), where=where)
    keepers = [PublicIdentity.load(arguments.archive_card)]
    entry, state = proof.proven(keepers=keepers, where=where)
    found = {
        "entry": entry.seq,
        "event": entry.event,
        "at": entry.at.isoformat(),
        "subject": dict(entry.subject),
        "entries": state.size,
        "origin": state.origin,
    }
    print(json.dumps(found, ensure_ascii=False, indent=None if arguments.json else 1))
    return ExitStatus.DONE


def _home(settings: Settings) -> Home:
    from flows.home import Home

    home = Home(root=settings.require_home())
    home.require()
    return home


def _bytes(path: Path) -> bytes:
    from confidentiality.files import open_regular, read_at_most

    with open_regular(path) as stream:
        return read_at_most(stream, _LIMIT, where=path.name)
