"""The audit log of a home: every decision is in it, and what was written past it is found."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from confidentiality.audit import AuditLog
from confidentiality.identity import Identity, Role
from flows.auditing import Coverage, Uncovered, check_audit
from flows.cli import main
from flows.receive import merge_keyings, receive
from flows.release import propose, seal_approved
from flows.settings import now
from flows.share import share
from records.errors import IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from pathlib import Path


def entries(here, event: str) -> list[dict]:
    found = AuditLog(here.home.audit).entries()
    return [dict(entry.subject) for entry in found if entry.event == event]


def faults(here) -> set[tuple[str, str]]:
    return {(each.kind, each.fault) for each in check_audit(here).uncovered}


def insert(here, table: str, **values: object) -> None:
    """Write a row past the software, as somebody with the home's key could."""
    schema = here.warehouse.schema(table)
    row = {name: values.get(name) for name in schema.names}
    here.warehouse.append(table, pa.Table.from_pylist([row], schema))


def test_a_day_of_work_is_covered(keyed, leave):
    here = keyed.desk.here
    files = [keyed.submit(row) for row in keyed.packages]
    receive(keyed.desk.home_id, leave(files))
    merge_keyings(keyed.desk.home_id, keyed.batch_id)
    # The pages of these tests are put in without the reading step, which enters its chunks.
    assert faults(here) <= {("chunk", "no_entry"), ("readings", "no_entry")}
    assert len(entries(here, "package.released")) == len(keyed.packages)
    assert len(entries(here, "release.permitted")) == len(keyed.packages)


def test_rows_written_past_the_log_are_found(keyed):
    here, then = keyed.desk.here, keyed.desk.clock()
    before = faults(here)
    item = keyed.desk.rows("work_items")[0]
    insert(
        here, "packages", package_id="P-x", batch_id=keyed.batch_id, agreement_id="A-1",
        vendor_id="v", purpose="key", items=1, file="x", sha256="0" * 64, bytes=1, sealed_at=then,
    )  # fmt: skip
    insert(here, "work_items", **{**item, "item_id": "f" * 32})
    insert(
        here, "submissions", submission_id="S-x", package_id="P-x", file="x", sha256="0" * 64,
        entries=0, received_at=then,
    )  # fmt: skip
    insert(
        here, "decisions", reading_id=item["reading_id"], value="x", source="staff", reason="x",
        decided_at=then,
    )  # fmt: skip
    insert(
        here, "lots", lot_id="L-x", batch_id=keyed.batch_id, outcome="passed", sampled=1, wrong=0,
        judged_at=then,
    )  # fmt: skip
    insert(
        here, "shares", share_id="H-x", agreement_id="S-1", department="d", purpose="p",
        fields="male.name", records=1, file="x", sha256="0" * 64, bytes=1, shared_at=then,
    )  # fmt: skip
    insert(
        here, "consensus", reading_id="x", batch_id="B-x", keyings=2, probability=1.0,
        outcome="agreed", settled_at=then,
    )  # fmt: skip
    insert(
        here, "matches", batch_id="B-x", record_id="x", probability=1.0, decision="match",
        evidence="{}", model="m", matched_at=then,
    )  # fmt: skip
    found = check_audit(here).uncovered
    assert {(each.kind, each.fault) for each in found} - before == {
        ("package", "no_entry"), ("package", "too_many_rows"), ("submission", "no_entry"),
        ("consensus", "no_entry"), ("matches", "no_entry"),
        ("decisions", "no_entry"), ("lot", "no_entry"), ("share", "no_entry"),
    }  # fmt: skip
    assert Uncovered(kind="package", id=item["package_id"], fault="too_many_rows") in found


def test_hand_overs_and_the_volumes_in_them_are_covered(keyed):
    here, then = keyed.desk.here, keyed.desk.clock()
    before, digest = faults(here), "0" * 64
    volume = {
        "archive_code": "0001-JH·1975-Y-0001", "batch_id": "B-x", "fonds": "0001", "year": 1975,
        "nature": "marriage", "retention": "Y", "number": "1", "basis": "assigned",
        "given_at": then,
    }  # fmt: skip
    given = {"archive_code": volume["archive_code"], "pages": 1, "files": 1}
    insert(here, "volumes", **volume)
    insert(here, "handovers", **given, manifest_sha256=digest, handed_over_at=then)
    assert faults(here) - before == {("volumes", "no_entry"), ("handover", "no_entry")}
    here.note("volumes.shelved", batch="B-x", volumes=1, volume_records=0)
    here.note("volumes.handed_over", batch="B-x", volumes=1, sha256=digest)
    assert faults(here) == before
    insert(here, "volumes", **volume | {"archive_code": "0001-JH·1975-Y-0002"})
    insert(here, "handovers", **given, manifest_sha256=digest, handed_over_at=then)
    assert faults(here) - before == {("volumes", "too_many_rows"), ("handover", "too_many_rows")}


def test_a_package_in_another_ones_place_is_found(keyed):
    here = keyed.desk.here
    coverage = Coverage()
    for entry in AuditLog(here.home.audit).entries():
        coverage.see(entry)
    row = next(r for r in keyed.desk.rows("packages"))
    good = {"kind": "package", "id": row["package_id"], "sha256": row["sha256"], "rows": 1}
    assert list(coverage.faults([good])) == []
    (fault,) = coverage.faults([good | {"sha256": "0" * 64}])
    assert fault.fault == "other_hash"


def test_an_altered_log_is_found(keyed):
    log = AuditLog(keyed.desk.here.home.audit)
    log.path.write_bytes(log.path.read_bytes().replace(b'"items":', b'"itams":', 1))
    with pytest.raises(IntegrityError, match="audit_altered"):
        check_audit(keyed.desk.here)


def test_refusals_are_entries(desk, crew, enter_page):
    crew.conclude(desk.here)
    batch_id = enter_page(desk, {"male.name": "李雷", "registration_date": "1975-06-01"})
    propose(desk.home_id, batch_id, "A-1")
    package_id = desk.here.releases.ids()[0]
    crew.approve(desk, package_id)
    desk.clock.now += timedelta(days=40)
    with pytest.raises(NotPermittedError, match="request_out_of_time"):
        seal_approved(desk.home_id, batch_id)
    assert entries(desk.here, "release.refused") == [
        {"package": package_id, "rule": "request_out_of_time"}
    ]
    assert entries(desk.here, "release.permitted") == []
    desk.clock.now += timedelta(days=400)
    with pytest.raises(NotPermittedError, match="agreement_expired"):
        propose(desk.home_id, batch_id, "A-1")
    last = entries(desk.here, "release.refused")[-1]
    assert last == {"agreement": "A-1", "rule": "agreement_expired"}


def test_a_share_that_is_refused_is_an_entry(ledger):
    here = ledger.desk.here
    ledger.desk.clock.now += timedelta(days=400)
    with pytest.raises(NotPermittedError):
        share(ledger.desk.home_id, ledger.batch_id, "S-1")
    assert entries(here, "release.refused")[-1]["agreement"] == "S-1"


@pytest.fixture
def staffed(tmp_path: Path, fresh, archive):
    """A home on disk that commands can open, and a witness in another department."""
    root = tmp_path / "home"
    shutil.copytree(fresh, root)
    secret = tmp_path / "pass"
    secret.write_text("a passphrase for tests\n")
    secret.chmod(0o600)
    archive.save(root / "keys" / "archive.identity", "a passphrase for tests", cost=1024)
    archive.public.save(root / "archive.card.json")
    witness = Identity.create(Role.DEPARTMENT, "见证处")
    witness.save(tmp_path / "witness.identity", "a passphrase for tests", cost=1024)
    witness.public.save(tmp_path / "witness.card.json")

    def run(*words: object, home: bool = True) -> int:
        place = ["--home", str(root)] if home else []
        return main([*map(str, words), *place, "--passphrase-file", str(secret)])

    assert run("card", root / "archive.card.json", tmp_path / "witness.card.json") == 0
    log = AuditLog(root / "audit")
    for number in range(4):
        log.append("home.opened", {"number": number}, now=now())
    return root, run


def test_the_commands_of_a_witnessed_log(staffed, tmp_path, capsys):
    root, run = staffed
    request, signed, seen = tmp_path / "request", tmp_path / "signed", tmp_path / "seen"
    card = root / "archive.card.json"
    for _ in range(2):
        AuditLog(root / "audit").append("home.opened", {}, now=now())
        assert run("audit", "checkpoint", "--out", request) == 0
        words = ["--identity", tmp_path / "witness.identity", "--archive-card", card]
        words += ["--seen", seen, "--out", signed]
        assert run("audit", "witness", request, *words, home=False) == 0
        assert run("audit", "cosigned", signed) == 0
    capsys.readouterr()
    assert run("audit", "verify", "--json", "--checkpoint", signed) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["entries"], found["witnessed"], found["uncovered"]) == (6, 6, [])
    assert len(found["witnesses"]) == 1
    assert run("audit", "prove", 2, "--out", tmp_path / "2.tlog-proof") == 0
    assert run("audit", "check", tmp_path / "2.tlog-proof", "--archive-card", card, home=False) == 0
    assert '"entry": 2' in capsys.readouterr().out
    assert run("audit", "cosigned", request) == 4
    assert run("audit", "checkpoint", "--out", request, "--since", 99) == 2
    lines = (root / "audit").read_bytes().splitlines(keepends=True)
    (root / "audit").write_bytes(b"".join(lines[:3]))
    shutil.rmtree(root / "audit.checkpoints")
    (root / "audit.nodes").unlink()
    assert run("audit", "verify") == 0
    assert run("audit", "verify", "--checkpoint", signed) == 4
    assert "audit_truncated" in capsys.readouterr().err


def test_a_row_without_an_entry_ends_the_command_with_status_4(staffed, open_home, capsys):
    root, run = staffed
    with open_home(root) as desk:
        insert(
            desk.here, "submissions", submission_id="S-x", package_id="P-x", file="x",
            sha256="0" * 64, entries=0, received_at=desk.clock(),
        )  # fmt: skip
    assert run("audit", "verify") == 4
    shown = capsys.readouterr()
    assert "submission S-x no_entry" in shown.out
    assert "rows_without_entry" in shown.err


def test_commands_that_unlock_the_archive_sign_the_log(staffed):
    root, run = staffed
    assert run("release", "--agreement", "A-9") == 2
    assert not (root / "audit.checkpoints").exists()
    assert run("audit", "checkpoint") == 0
    assert [path.name for path in (root / "audit.checkpoints").iterdir()] == [
        "000000000004.checkpoint"
    ]


def test_what_commands_show_of_the_papers_is_an_entry_before_it_is_shown(
    staffed, open_home, tmp_path, capsys
):
    root, run = staffed
    with open_home(root) as desk:
        insert(desk.here, "batches", batch_id="B-x", created_at=desk.clock())
    kept = len([*AuditLog(root / "audit").entries()])
    assert run("notes", "B-x") == 0
    assert run("quality", "--out", tmp_path / "quality.html") == 2
    assert run("handover", "grammar") == 0
    assert run("handover", "make", "B-x", "--to", tmp_path / "out") == 2
    capsys.readouterr()
    told = [*AuditLog(root / "audit").entries()][kept:]
    assert [entry.event for entry in told] == ["notes.shown", "quality.shown", "volumes.read"]
    assert all(str(entry.subject["by"]).startswith("uid:") for entry in told)
    assert [entry.subject["reason"] for entry in told] == ["scans", "quality", "handover"]


def test_notes_samples_measured_risks_and_models_are_covered(keyed):
    here, then = keyed.desk.here, keyed.desk.clock()
    before = faults(here)
    insert(
        here, "page_notes", batch_id="B-x", page_id="x", code="coarse", other="", detail="",
        noted_at=then,
    )  # fmt: skip
    insert(
        here, "calibration_samples", batch_id="B-x", reading_id="x", part="audit", era="1950s",
        hand="neat", reader="r", drawn_at=then,
    )  # fmt: skip
    insert(
        here, "joining_risks", package_id="P-x", extent="package", target="person", attack="hand",
        claims=1, right_claims=0, expected=0.0, by_chance=0.0, tests=1, measured_at=then,
    )  # fmt: skip
    insert(here, "match_models", version="m-x", parameters="{}", confirmed=1, learnt_at=then)
    kinds = ("page-notes", "calibration", "joining", "model")
    assert faults(here) - before == {(kind, "no_entry") for kind in kinds}
    here.note("pages.noted", batch="B-x", notes=1)
    here.note("calibration.drawn", batch="B-x", fields=1)
    here.note("joining.measured", package="P-x", attacks=1, forbidden=0)
    here.note("model.learnt", model="m-x", confirmed=1)
    assert faults(here) == before
