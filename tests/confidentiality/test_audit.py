"""The audit log: every alteration and cut is found, no personal value gets in."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confidentiality.audit import AuditLog, SignedHead
from records.errors import IntegrityError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def filled(folder: Path, count: int = 5) -> AuditLog:
    log = AuditLog(folder / "audit.jsonl")
    for number in range(count):
        log.append("package.released", {"package_id": f"P-{number}", "items": number}, now=NOW)
    return log


def found(log: AuditLog, trusted, **more) -> str:
    with pytest.raises(IntegrityError) as caught:
        log.verify(trusted=trusted, **more)
    return caught.value.reason


def test_entries_come_back_in_order(tmp_path, parties):
    log = filled(tmp_path)
    log.sign_head(by=parties.archive, now=NOW)
    entries = log.verify(trusted=parties.trusted())
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[3].subject == {"package_id": "P-3", "items": 3}
    assert entries[0].at == NOW


def test_an_empty_log_is_in_order_and_can_not_be_signed(tmp_path, parties):
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.verify(trusted=parties.trusted()) == ()
    with pytest.raises(UsageError, match="audit_empty"):
        log.sign_head(by=parties.archive, now=NOW)


@pytest.mark.parametrize("line", range(4))
def test_a_changed_value(tmp_path, parties, line):
    log = filled(tmp_path)
    path = tmp_path / "audit.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[line] = lines[line].replace(b'"P-', b'"Q-')
    path.write_bytes(b"\n".join(lines))
    assert found(log, parties.trusted()) == "audit_altered"


def test_a_changed_last_line_is_found_by_the_signed_head(tmp_path, parties):
    log = filled(tmp_path)
    log.sign_head(by=parties.archive, now=NOW)
    path = tmp_path / "audit.jsonl"
    path.write_bytes(path.read_bytes().replace(b"P-4", b"Q-4"))
    assert found(log, parties.trusted()) == "audit_altered"


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3, 4), (0, 1, 3, 2, 4), (0, 2, 3, 4), (1, 2, 3, 4), (0, 0, 1, 2, 3, 4)]
)
def test_moved_dropped_and_doubled_lines(tmp_path, parties, order):
    log = filled(tmp_path)
    path = tmp_path / "audit.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number] for number in order))
    assert found(log, parties.trusted()) == "audit_altered"


@pytest.mark.parametrize("keep", range(5))
def test_lines_cut_off_after_a_signed_head(tmp_path, parties, keep):
    log = filled(tmp_path)
    log.sign_head(by=parties.archive, now=NOW)
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:keep]))
    assert found(log, parties.trusted()) == "audit_truncated"


def test_log_and_heads_cut_together_are_found_by_a_witness(tmp_path, parties):
    log = filled(tmp_path)
    witness = log.sign_head(by=parties.archive, now=NOW)
    (tmp_path / "audit.jsonl.heads").unlink()
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    assert len(log.verify(trusted=parties.trusted())) == 2
    assert found(log, parties.trusted(), witnesses=[witness]) == "audit_truncated"


def test_a_whole_other_log_in_its_place(tmp_path, parties):
    log = filled(tmp_path)
    witness = log.sign_head(by=parties.archive, now=NOW)
    (tmp_path / "other").mkdir()
    AuditLog(tmp_path / "other/audit.jsonl").append("home.created", {}, now=NOW)
    other = filled(tmp_path / "other", 9)
    assert found(other, parties.trusted(), witnesses=[witness]) == "audit_altered"


def test_forged_and_untrusted_heads(tmp_path, parties):
    log = filled(tmp_path)
    head = log.sign_head(by=parties.archive, now=NOW)
    forged = replace(head, count=2)
    assert found(log, parties.trusted(), witnesses=[forged]) == "head_forged"
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        log.verify(trusted=parties.trusted(parties.archive))


def test_heads_come_back_and_damaged_ones_do_not(tmp_path, parties):
    head = filled(tmp_path).sign_head(by=parties.archive, now=NOW)
    assert SignedHead.from_bytes(head.to_bytes(), where="test") == head
    no_log = head.to_bytes().replace(b'"log"', b'"lag"')
    for spoilt in (
        no_log,
        head.to_bytes()[:-1],
        b"{}",
        head.to_bytes().replace(b'"count":5', b'"count":"5"'),
    ):
        with pytest.raises(IntegrityError):
            SignedHead.from_bytes(spoilt, where="test")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_edit_of_a_signed_log_goes_unseen(tmp_path, parties, data):
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    keep = tmp_path / "good"
    if not keep.exists():
        filled(tmp_path).sign_head(by=parties.archive, now=NOW)
        keep.write_bytes(path.read_bytes())
    good = keep.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, len(good)))
    edit = good[:start] + data.draw(st.binary(max_size=60)) + good[stop:]
    path.write_bytes(edit)
    if edit != good:
        with pytest.raises(IntegrityError):
            log.verify(trusted=parties.trusted())
    else:
        log.verify(trusted=parties.trusted())


@pytest.mark.parametrize("torn", [1, 10, 60])
def test_a_crash_while_appending(tmp_path, parties, torn):
    log = filled(tmp_path, 3)
    path = tmp_path / "audit.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[0][:torn])
    assert found(log, parties.trusted()) == "audit_torn"
    log.append("home.opened", {}, now=NOW)
    entries = log.verify(trusted=parties.trusted())
    assert [entry.event for entry in entries[3:]] == ["audit.repaired", "home.opened"]
    assert entries[3].subject == {"bytes": torn}


@pytest.mark.parametrize(
    "subject",
    [
        {"name": "张三"},
        {"id": "110101195001011234"},
        {"id": "11010119500101123x"},
        {"id": "P:110101500101123"},
        {"text": "a b"},
        {"text": ""},
        {"text": "x" * 129},
        {"Key": "x"},
        {"key\n": "x"},
        {"text": "x\n"},
        {"number": 110101195001011234},
        {"value": 1.5},
    ],
)
def test_personal_values_do_not_get_in_and_are_not_repeated(tmp_path, subject):
    with pytest.raises(UsageError, match="not_for_audit") as caught:
        AuditLog(tmp_path / "audit.jsonl").append("package.released", subject, now=NOW)
    for value in subject.values():
        if len(str(value)) > 3:
            assert str(value) not in str(caught.value)
    assert not (tmp_path / "audit.jsonl").exists()


@pytest.mark.parametrize("event", ["", "Package", "打开", "a b", "a.", "a\n"])
def test_unfit_events(tmp_path, event):
    with pytest.raises(UsageError, match="not_for_audit"):
        AuditLog(tmp_path / "audit.jsonl").append(event, {}, now=NOW)


def test_hashes_and_ids_are_fit(tmp_path):
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append("share.sent", {"sha256": "1" * 64, "id": "a/b:1", "rows": 10**6}, now=NOW)
    assert len(log.entries()) == 1


def _append_some(path: Path, who: int) -> None:
    log = AuditLog(path)
    for number in range(25):
        log.append("load.done", {"who": who, "number": number}, now=NOW + timedelta(days=who))


def test_processes_that_append_at_once(tmp_path, parties):
    path = tmp_path / "audit.jsonl"
    spawn = multiprocessing.get_context("fork")
    crew = [spawn.Process(target=_append_some, args=(path, who)) for who in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert [one.exitcode for one in crew] == [0, 0, 0, 0]
    entries = AuditLog(path).verify(trusted=parties.trusted())
    assert len(entries) == 100
    for who in range(4):
        mine = [entry.subject["number"] for entry in entries if entry.subject["who"] == who]
        assert mine == list(range(25))
