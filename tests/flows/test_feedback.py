"""What departments send back: receipts, doubts about values, and the archive's answer."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flows.settings
from confidentiality.audit import AuditLog
from confidentiality.identity import Identity, Role
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from flows.auditing import check_audit
from flows.cli import main
from flows.corrections_list import Corrections, Doubt, Ground, parse_corrections, read_corrections
from flows.feedback import (
    Outcome,
    Ruling,
    answer_corrections,
    rule,
    take_corrections,
    take_receipt,
)
from flows.receipts import Receipt, parse_receipt
from flows.share import share_batch
from records.errors import InputError, IntegrityError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A share that was sealed for a department."""

    ledger: object
    folder: Path
    share_id: str

    @property
    def here(self):
        return self.ledger.desk.here

    @property
    def file(self):
        return self.here.home.outgoing / f"{self.share_id}.sealed"

    @property
    def line(self):
        (line,) = [r for r in self.ledger.desk.rows("shares") if r["share_id"] == self.share_id]
        return line

    def rows(self):
        """The share's rows as the department has them."""
        return pq.read_table(io.BytesIO(self.opened(self.file)["records.parquet"])).to_pylist()

    def opened(self, path):
        return open_sealed(
            path,
            recipient=self.ledger.department,
            senders=[self.ledger.crew.archive.public],
            now=self.ledger.desk.clock(),
            expect_kind=SealedKind.SHARE,
        ).contents

    def sealed(self, kind, contents, *, name, sender=None):
        now = self.ledger.desk.clock()
        out = self.folder / f"{name}-{len(list(self.folder.iterdir()))}.sealed"
        header = SealHeader(
            kind=kind,
            package_id=name,
            agreement="S-1",
            purpose="回执",
            created=now,
            expires=now + timedelta(days=30),
            answers=self.share_id,
        )
        seal(
            out,
            contents,
            header=header,
            sender=sender or self.ledger.department,
            recipients=[self.ledger.crew.archive.public],
        )
        return out

    def receipt(self, name="R1", **changes):
        told = {"share_id": self.share_id, "records": 150, "sha256": self.line["sha256"]}
        contents = Receipt(**(told | changes)).contents()
        return self.sealed(SealedKind.RECEIPT, contents, name=name)

    def doubts(self, *items, name="K1"):
        listed = Corrections(share_id=self.share_id, items=items)
        return self.sealed(SealedKind.CORRECTION, listed.contents(), name=name)


@pytest.fixture
def given_share(ledger, tmp_path):
    desk = ledger.desk
    folder = tmp_path / "department"
    folder.mkdir()
    assert share_batch.__wrapped__(desk.home_id, ledger.batch_id, "S-1") is None
    (package_id,) = desk.here.releases.ids()
    ledger.crew.approve(desk, package_id)
    share_batch.__wrapped__(desk.home_id, ledger.batch_id, "S-1")
    return Given(ledger=ledger, folder=folder, share_id=package_id)


def doubt(row, field="male.name", proposed="李磊", ground=Ground.OWN_REGISTER):
    return Doubt(row_id=row["row_id"], field=field, proposed=proposed, ground=str(ground))


def uncovered(here):
    """Kinds of rows without an entry; the batch's own come from a test's shorter way in."""
    return {each.kind for each in check_audit(here).uncovered} - {"chunk", "readings"}


def test_a_receipt_confirms_what_was_sent(given_share):
    assert take_receipt(given_share.here, given_share.receipt()) == (given_share.share_id, True)
    (row,) = given_share.ledger.desk.rows("receipts")
    assert (row["records"], row["agrees"], row["sha256"]) == (150, True, given_share.line["sha256"])
    listed = given_share.here.warehouse.query("receipts_listed").to_pylist()
    assert [(each["share_id"], each["agrees"]) for each in listed] == [(given_share.share_id, True)]
    given_share.here.checkpoint()
    assert uncovered(given_share.here) == set()


@pytest.mark.parametrize("change", [{"records": 149}, {"sha256": "ab" * 32}])
def test_a_receipt_of_something_else_is_entered_as_such(given_share, change):
    taken = take_receipt(given_share.here, given_share.receipt(**change))
    assert taken == (given_share.share_id, False)
    assert [row["agrees"] for row in given_share.ledger.desk.rows("receipts")] == [False]


def test_what_was_not_given_to_its_sender_is_refused(given_share):
    stranger = Identity.create(Role.DEPARTMENT, "别的部门")
    contents = Receipt(share_id=given_share.share_id, records=150, sha256="0" * 64).contents()
    file = given_share.sealed(SealedKind.RECEIPT, contents, name="R", sender=stranger)
    for rule_name in ("unknown_sender", "sender_not_agreed"):
        with pytest.raises(NotPermittedError, match=rule_name):
            take_receipt(given_share.here, file)
        given_share.here.trust.add(stranger.public)
    with pytest.raises(NotPermittedError, match="share_not_theirs"):
        take_receipt(given_share.here, given_share.receipt(share_id="S-other"))
    with pytest.raises(NotPermittedError, match="wrong_kind"):
        take_corrections(given_share.here, given_share.receipt())
    row = given_share.rows()[0]
    for item in (
        doubt({"row_id": "r" + "0" * 15}),
        doubt(row, field="male.address"),
    ):
        file = given_share.doubts(doubt(row), item, name=f"K-{item.field}")
        if item.field == "male.address":
            narrow_share(given_share)
        with pytest.raises(NotPermittedError, match="not_shared"):
            take_corrections(given_share.here, file)
    assert given_share.ledger.desk.rows("corrections") == []


def narrow_share(given_share):
    """As if the share had held names alone."""
    given_share.here.warehouse._run("""UPDATE shares SET fields = '["male.name"]'""", "narrow")


def test_files_count_once(given_share):
    file = given_share.receipt()
    take_receipt(given_share.here, file)
    with pytest.raises(NotPermittedError, match="replayed"):
        take_receipt(given_share.here, file)
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        take_receipt(given_share.here, given_share.receipt(records=149))
    assert len(given_share.ledger.desk.rows("receipts")) == 1


def test_doubts_are_worked_off_and_answered(given_share):
    here, desk = given_share.here, given_share.ledger.desk
    first, second, third = given_share.rows()[:3]
    assert given_share.share_id == given_share.line["share_id"]
    doubts = given_share.doubts(
        doubt(first),
        doubt(second, "female.name", "韩美美"),
        doubt(third, ground=Ground.IMPLAUSIBLE),
    )
    assert take_corrections(here, doubts) == "K1"
    with pytest.raises(UsageError, match="corrections_open"):
        answer_corrections(here, "K1")
    officer = given_share.ledger.crew.officers[0].fingerprint
    before = desk.rows("record_values")

    def decide(item, outcome, text=""):
        ruling = Ruling(correction_id="K1", item=item, outcome=outcome, by=officer, text=text)
        rule(desk.home_id, ruling)

    decide(1, Outcome.CORRECTED, "李磊")
    decide(2, Outcome.CONFIRMED)
    decide(3, Outcome.UNCLEAR)
    decide(3, Outcome.NOTED)
    # History only grows; what a department says is never a value by itself.
    assert [row for row in desk.rows("record_values") if row in before] == before
    values = here.warehouse.query("corrections_listed").to_pylist()
    assert [row["outcome"] for row in values] == ["corrected", "confirmed", "noted"]
    assert values[0]["archive_value"] == "李磊"
    assert values[1]["archive_value"] == second["female.name"]
    assert answer_corrections(here, "K1") is None
    given_share.ledger.crew.approve(desk, "K-K1")
    contents = given_share.opened(here.home.outgoing / answer_corrections(here, "K1"))
    answer = pq.read_table(io.BytesIO(contents["answer.parquet"])).to_pylist()
    assert [(row["row_id"], row["outcome"], row["value"]) for row in answer] == [
        (first["row_id"], "corrected", "李磊"),
        (second["row_id"], "confirmed", ""),
        (third["row_id"], "noted", ""),
    ]
    assert json.loads(contents["datapackage.json"])["backfill"]["records"] == 3
    assert answer_corrections(here, "K1") == "K-K1.sealed"
    here.checkpoint()
    assert uncovered(here) == set()
    log = "".join(str(each.subject) for each in AuditLog(here.home.audit).entries())
    assert not {"李磊", "韩美美"} & set(re.findall("李磊|韩美美", log))


def test_rulings_that_can_not_be_are_refused(given_share):
    here, desk = given_share.here, given_share.ledger.desk
    take_corrections(here, given_share.doubts(doubt(given_share.rows()[0])))
    officer = given_share.ledger.crew.officers[0].fingerprint
    stranger = given_share.ledger.crew.stranger.fingerprint
    cases = [
        (UsageError, {"item": 2}),
        (UsageError, {"outcome": Outcome.CORRECTED}),
        (UsageError, {"text": "李磊"}),
        (NotPermittedError, {"by": stranger}),
    ]
    for error, change in cases:
        told = {"correction_id": "K1", "item": 1, "outcome": Outcome.CONFIRMED, "by": officer}
        with pytest.raises(error):
            rule(desk.home_id, Ruling(**(told | change)))
    assert desk.rows("correction_decisions") == []


def test_the_department_makes_both_with_the_base_commands(given_share, capfd, monkeypatch):
    folder, row = given_share.folder, given_share.rows()[0]
    given_share.ledger.department.save(folder / "d.identity", "correct horse", cost=2**10)
    given_share.ledger.crew.archive.public.save(folder / "archive.card.json")
    (folder / "passphrase").write_text("correct horse\n")
    (folder / "passphrase").chmod(0o600)
    monkeypatch.setattr(flows.settings, "now", given_share.ledger.desk.clock)
    common = [
        "--agreement", "S-1", "--identity", str(folder / "d.identity"), "--archive-card",
        str(folder / "archive.card.json"), "--passphrase-file", str(folder / "passphrase"),
    ]  # fmt: skip
    receipt, doubts = folder / "R.sealed", folder / "K.sealed"
    assert main(["receipt", "make", str(given_share.file), "--out", str(receipt), *common]) == 0
    assert "150 件" in capfd.readouterr().out
    assert take_receipt(given_share.here, receipt) == (given_share.share_id, True)
    listed = f"row_id,field,proposed,ground\n{row['row_id']},male.name,\t李磊,own_register\n"
    (folder / "doubts.csv").write_bytes(b"\xef\xbb\xbf" + listed.encode())
    words = ["correction", "send", str(folder / "doubts.csv"), "--id", "K1", "--share"]
    assert main([*words, given_share.share_id, "--out", str(doubts), *common]) == 0
    assert take_corrections(given_share.here, doubts) == "K1"
    (item,) = given_share.ledger.desk.rows("corrections")
    assert (item["proposed"], item["ground"]) == ("李磊", "own_register")


@pytest.mark.parametrize(
    "line",
    [
        "r1,male.name,李磊,own_register",
        "r0123456789abcdef,male.name,李磊,own_register",
        "r012345678901234,male.salary,李磊,own_register",
        "r012345678901234,male.name,李磊,gossip",
        f"r012345678901234,male.name,{'李' * 201},own_register",
        "r012345678901234,male.name",
        "",
    ],
)
def test_lines_that_doubt_nothing_are_refused(tmp_path, line):
    (tmp_path / "doubts.csv").write_text(f"row_id,field,proposed,ground\n{line}\n")
    with pytest.raises(InputError, match="corrections_not_usable") as refusal:
        read_corrections(tmp_path / "doubts.csv", "S-1")
    assert "李" not in str(refusal.value)


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_content_is_what_it_should_be_or_refused(data):
    with pytest.raises(IntegrityError, match="bad_receipt"):
        parse_receipt({"receipt.json": data}, where="x")
    with pytest.raises(IntegrityError, match="bad_corrections"):
        parse_corrections({"corrections.json": data}, where="x")
