"""Receive: take in submissions, merge keyings with the machine's reading, decide fields.

A submission counts once: it is loaded in one transaction under its id, then entered into
the register of received files, so that a crash between the two loses and doubles nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.identity import Role
from confidentiality.replay import ReplayRegister
from confidentiality.sealed import Opened, SealedKind, open_sealed
from flows.discretion import discreet_flow, discreet_task
from flows.installation import handed_over, installation
from keying.consensus import Evidence, Keying, Outcome, consensus
from keying.entry import Mark
from keying.submission import check_against_plan, parse_submission
from keying.values import DITTO_MARKS, field_value, keyed_value, token, token_value
from records.errors import InputError, IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from confidentiality.identity import PublicIdentity
    from flows.installation import Installation
    from keying.consensus import FieldConsensus
    from keying.submission import Submission
    from records.errors import BackfillError

#: Posterior probability from which a keyed value is taken.
CONSENSUS_THRESHOLD = 0.995

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of the files: the batches they answer, and the files that were refused.

    A file that was received before is refused, and its batch named all the same: its
    entries may wait to be merged since a start that did not finish.
    """

    batches: tuple[str, ...]
    refusals: tuple[BackfillError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A submission that answers a package released to its sender."""

    file: str
    opened: Opened
    submission: Submission
    plan: tuple[Row, ...]

    @property
    def batch_id(self) -> str:
        """The batch that it answers."""
        return str(self.plan[0]["batch_id"])


@discreet_flow("receive")
def receive(home_id: str, token_of_files: str) -> str:
    """Take in the sealed submissions behind the token; returns a token for `Received`.

    A file that is refused does not keep the others out.
    """
    files: list[Path] = handed_over.collect(token_of_files, list)
    batches: set[str] = set()
    refusals: list[BackfillError] = []
    for path in files:
        try:
            token = verify_submission(home_id, handed_over.leave(path))
            batches.add(handed_over.collect(token, Verified).batch_id)
            load_submission(home_id, token)
        except (InputError, IntegrityError, NotPermittedError) as refusal:
            refusals.append(refusal)
            installation(home_id).note("submission.refused", rule=refusal.reason)
    return handed_over.leave(Received(batches=tuple(sorted(batches)), refusals=tuple(refusals)))


@discreet_task("verify-submission")
def verify_submission(home_id: str, token_of_file: str) -> str:
    """Open one submission and hold it against what was released; a token for `Verified`.

    Raises IntegrityError, InputError or NotPermittedError when it is not what it should be.
    """
    here = installation(home_id)
    path = handed_over.collect(token_of_file, Path)
    opened = open_sealed(
        path,
        recipient=here.addressee(path),
        senders=_senders(here),
        now=here.clock(),
        expect_kind=SealedKind.SUBMISSION,
    )
    submission = parse_submission(opened.contents)
    plan = here.warehouse.query("work_in_package", package_id=submission.package_id).to_pylist()
    _check_belongs(here, opened, submission, plan)
    return handed_over.leave(
        Verified(file=path.name, opened=opened, submission=submission, plan=tuple(plan))
    )


@discreet_task("load-submission")
def load_submission(home_id: str, token: str) -> None:
    """Load a verified submission, once.

    Raises NotPermittedError (`replayed`) when it was received before, `package_id_reused`
    when another file was received or loaded under its id.
    """
    here = installation(home_id)
    verified = handed_over.collect(token, Verified)
    header, digest = verified.opened.header, verified.opened.digest
    register = ReplayRegister(here.home.received / "submissions")
    register.require_new(header.package_id, digest)
    if not _loaded_before(here, header.package_id, digest):
        _load(here, verified)
    register.record(header.package_id, digest, now=here.clock())


@discreet_flow("merge-keyings")
def merge_keyings(home_id: str, batch_id: str) -> dict[str, int]:
    """Weigh all keyings of a batch with the machine's readings; returns counts by outcome."""
    return weigh(home_id, batch_id)


@discreet_task("weigh-keyings")
def weigh(home_id: str, batch_id: str) -> dict[str, int]:
    """Consensus over the batch, and the decisions that follow from it."""
    here = installation(home_id)
    evidence = list(_evidence(here.warehouse.query("keying_evidence", batch_id=batch_id)))
    verdicts = consensus(evidence, threshold=CONSENSUS_THRESHOLD).fields
    keyings = {each.field_id: each for each in evidence}
    rows = [_verdict_row(here, batch_id, v, keyings[v.field_id]) for v in verdicts]
    counts = dict.fromkeys(map(str, Outcome), 0)
    for verdict in verdicts:
        counts[str(verdict.outcome)] += 1
    schema = here.warehouse.schema("consensus")
    with here.warehouse.transaction():
        fresh = here.warehouse.merge("consensus", pa.Table.from_pylist(rows, schema))
        decided = here.warehouse.merge_query(
            "decisions", "consensus_decisions", batch_id=batch_id, now=here.clock()
        )
        here.note("keyings.merged", batch=batch_id, decisions=decided, consensus=fresh, **counts)
    return counts


def _senders(here: Installation) -> list[PublicIdentity]:
    return [card for card in here.trusted.cards.values() if card.role in {Role.CLERK, Role.VENDOR}]


def _check_belongs(
    here: Installation, opened: Opened, submission: Submission, plan: list[Row]
) -> None:
    """A submission must answer what was approved for the very machine that sent it."""
    sent_by = opened.sender.fingerprint[:16]
    released = here.releases.get(submission.package_id) if plan else None
    if released is None or not (
        opened.header.answers == submission.package_id
        and opened.header.agreement == submission.agreement_id == released.agreement_id
        and plan[0]["clerk"] == sent_by == submission.clerk_id
    ):
        raise NotPermittedError(
            "submission_not_expected",
            what="回件与外发的工作包不对应 · this answers no package released to its sender",
            where=opened.header.package_id,
            remedy="向承录方核实后退回 · ask the vendor which package it answers",
        )
    item_ids = [row["item_id"] for row in plan]
    check_against_plan(
        submission, item_ids=item_ids, clerk_id=sent_by, package_sha256=released.contents
    )


def _loaded_before(here: Installation, submission_id: str, digest: str) -> bool:
    """Whether a start that stopped before it could enter the file had loaded it."""
    rows = here.warehouse.query("submissions_taken").to_pylist()
    loaded = {row["submission_id"]: row["sha256"] for row in rows}
    if loaded.get(submission_id, digest) != digest:
        raise NotPermittedError(
            "package_id_reused",
            what="编号已被另一回件使用 · another file was loaded under this id",
            where=submission_id,
            remedy="不要收；问明承录方以何者为准 · ask the sender which of the two is theirs",
        )
    return submission_id in loaded


def _load(here: Installation, verified: Verified) -> None:
    item = {row["item_id"]: row for row in verified.plan}
    entries = []
    for entry in verified.submission.entries:
        planned = item[entry.item_id]
        value = keyed_value(planned["tail"], entry)
        entries.append(
            {
                "submission_id": verified.opened.header.package_id,
                "item_id": entry.item_id,
                "reading_id": planned["reading_id"],
                "keying": planned["keying"],
                "clerk": entry.clerk_id,
                "text": entry.text,
                "value": value.value,
                "mark": str(entry.mark),
                "keystrokes": entry.keystrokes,
                "keyed_at": entry.keyed_at,
            }
        )
    received = {
        "submission_id": verified.opened.header.package_id,
        "package_id": verified.submission.package_id,
        "file": verified.file,
        "sha256": verified.opened.digest,
        "entries": len(entries),
        "received_at": here.clock(),
    }
    store = here.warehouse
    with store.transaction():
        store.merge("entries", pa.Table.from_pylist(entries, store.schema("entries")))
        store.merge("submissions", pa.Table.from_pylist([received], store.schema("submissions")))
        here.note(
            "submission.received",
            submission=verified.opened.header.package_id,
            package=verified.submission.package_id,
            entries=len(entries),
            sha256=verified.opened.digest,
        )


def _evidence(rows: pa.Table) -> list[Evidence]:
    by_field: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows.to_pylist():
        by_field[row["reading_id"]].append(row)
    return [
        Evidence(
            field_id=reading_id,
            tail=entries[0]["tail"],
            machine=_machine(entries[0]),
            keyings=tuple(_keying(entry) for entry in entries),
        )
        for reading_id, entries in by_field.items()
    ]


def _machine(row: Row) -> tuple[tuple[str, float], ...]:
    listed = json.loads(row["alternatives"] or "[]") or [[row["machine_value"], row["confidence"]]]
    tail = row["tail"]
    return tuple((token(text, field_value(tail, text)), p) for text, p in listed if text)


def _keying(row: Row) -> Keying:
    if row["mark"] == Mark.EMPTY:
        return Keying(clerk_id=row["clerk"], value="")
    if row["mark"] == Mark.ILLEGIBLE or (row["value"] is None and "□" in row["text"]):
        return Keying(clerk_id=row["clerk"], value=None)
    return Keying(
        clerk_id=row["clerk"],
        value=token(row["text"], row["value"]),
        sure=row["mark"] != Mark.UNSURE,
    )


def _verdict_row(
    here: Installation, batch_id: str, verdict: FieldConsensus, evidence: Evidence
) -> Row:
    best = max(evidence.machine, key=lambda each: each[1], default=("", 0.0))[0]
    value = None if verdict.value is None else token_value(verdict.value)
    if value in DITTO_MARKS:
        # What it stands for is known when the row above is decided.
        value = None
    return {
        "reading_id": verdict.field_id,
        "batch_id": batch_id,
        "keyings": len(evidence.keyings),
        "value": value,
        "probability": verdict.probability,
        "outcome": str(verdict.outcome),
        "machine_agrees": None if verdict.value is None else verdict.value == best,
        "settled_at": here.clock(),
    }
