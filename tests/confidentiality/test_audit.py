"""The audit log: every alteration and cut is found, no personal value gets in."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confidentiality import merkle
from confidentiality.audit import AuditLog
from confidentiality.audit_check import check_log
from confidentiality.canonical import canonical
from confidentiality.checkpoint import Checkpoint
from confidentiality.inclusion import InclusionProof, prove_entry
from records.errors import IntegrityError, NotPermittedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def filled(folder: Path, count: int = 5) -> AuditLog:
    log = AuditLog(folder / "audit")
    for number in range(count):
        log.append("package.released", {"package_id": f"P-{number}", "items": number}, now=NOW)
    return log


def found(log: AuditLog, trusted, **more) -> str:
    with pytest.raises(IntegrityError) as caught:
        check_log(log, trusted=trusted, **more)
    return caught.value.reason


def lines_of(log: AuditLog) -> list[bytes]:
    return log.path.read_bytes().splitlines(keepends=True)


def with_tree_made_anew(log: AuditLog) -> AuditLog:
    """The log of a forger who knows of the nodes and makes them anew from the altered lines."""
    log.nodes.unlink()
    log.state()
    return log


def test_entries_come_back_in_order(tmp_path, parties):
    log = filled(tmp_path)
    log.checkpoint(by=parties.archive)
    seen = []
    checked = check_log(log, trusted=parties.trusted(), see=seen.append)
    assert [entry.seq for entry in seen] == [1, 2, 3, 4, 5]
    assert seen == list(log.entries())
    assert seen[3].subject == {"package_id": "P-3", "items": 3}
    assert seen[0].at == NOW
    leaves = [merkle.leaf_hash(line[:-1]) for line in lines_of(log)]
    assert (checked.size, checked.signed, checked.witnessed) == (5, 5, 0)
    halves = [merkle.node_hash(*leaves[:2]), merkle.node_hash(*leaves[2:4])]
    assert checked.root == merkle.node_hash(merkle.node_hash(*halves), leaves[4])


def test_an_empty_log_is_in_order_and_can_not_be_signed(tmp_path, parties):
    log = AuditLog(tmp_path / "audit")
    assert check_log(log, trusted=parties.trusted()).size == 0
    with pytest.raises(UsageError, match="audit_empty"):
        log.checkpoint(by=parties.archive)


@pytest.mark.parametrize("line", range(5))
def test_a_changed_entry(tmp_path, parties, line):
    log = filled(tmp_path)
    log.checkpoint(by=parties.archive)
    lines = lines_of(log)
    lines[line] = lines[line].replace(b'"P-', b'"Q-')
    log.path.write_bytes(b"".join(lines))
    with pytest.raises(IntegrityError, match=rf"\[audit:{line + 1}\] \(audit_altered"):
        check_log(log, trusted=parties.trusted())
    assert found(with_tree_made_anew(log), parties.trusted()) == "audit_altered"


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3, 4), (0, 1, 3, 2, 4), (0, 2, 3, 4), (1, 2, 3, 4), (0, 0, 1, 2, 3, 4)]
)
def test_moved_dropped_and_doubled_entries(tmp_path, parties, order):
    log = filled(tmp_path)
    lines = lines_of(log)
    log.path.write_bytes(b"".join(lines[number] for number in order))
    assert found(log, parties.trusted()) == "audit_altered"


@pytest.mark.parametrize("order", [(1, 0, 2, 3, 4), (0, 2, 3, 4), (0, 0, 1, 2, 3, 4)])
def test_moved_dropped_and_doubled_entries_that_are_numbered_anew(tmp_path, parties, order):
    log = filled(tmp_path)
    log.checkpoint(by=parties.archive)
    subjects = [list(log.entries())[number].subject for number in order]
    log.path.unlink()
    log.nodes.unlink()
    for subject in subjects:
        log.append("package.released", subject, now=NOW)
    assert found(log, parties.trusted()) in {"audit_altered", "audit_truncated"}


@pytest.mark.parametrize("keep", range(5))
def test_entries_cut_off(tmp_path, parties, keep):
    log = filled(tmp_path)
    log.checkpoint(by=parties.archive)
    log.path.write_bytes(b"".join(lines_of(log)[:keep]))
    assert found(log, parties.trusted()) == "audit_truncated"
    with pytest.raises(IntegrityError, match="audit_truncated"):
        log.append("home.opened", {}, now=NOW)
    log.nodes.unlink()
    assert found(log, parties.trusted()) == "audit_truncated"


def test_log_nodes_and_checkpoints_cut_together_are_found_by_a_copy_kept_elsewhere(
    tmp_path, parties
):
    log = filled(tmp_path)
    copy = log.checkpoint(by=parties.archive)
    (tmp_path / "audit.checkpoints/000000000005.checkpoint").unlink()
    log.path.write_bytes(b"".join(lines_of(log)[:2]))
    with_tree_made_anew(log)
    assert check_log(log, trusted=parties.trusted()).size == 2
    assert found(log, parties.trusted(), given=[copy]) == "audit_truncated"


def test_a_whole_other_log_in_its_place(tmp_path, parties):
    copy = filled(tmp_path).checkpoint(by=parties.archive)
    other = AuditLog(tmp_path / "other" / "audit")
    other.append("home.created", {}, now=NOW)
    filled(tmp_path / "other", 9)
    assert found(other, parties.trusted(), given=[copy]) == "audit_altered"


def test_checkpoints_of_strangers_are_not_believed(tmp_path, parties):
    log = filled(tmp_path)
    log.checkpoint(by=parties.stranger)
    with pytest.raises(NotPermittedError, match="unknown_keeper"):
        check_log(log, trusted=parties.trusted())


def test_a_checkpoint_is_not_signed_over_another_of_its_size(tmp_path, parties):
    log = filled(tmp_path)
    log.checkpoint(by=parties.archive)
    log.path.write_bytes(log.path.read_bytes().replace(b"P-4", b"Q-4"))
    with pytest.raises(IntegrityError, match="audit_altered"):
        with_tree_made_anew(log).checkpoint(by=parties.archive)


def test_checkpoints_along_the_way(tmp_path, parties):
    log = AuditLog(tmp_path / "audit")
    states = []
    for number in range(1, 12):
        log.append("home.opened", {"number": number}, now=NOW)
        note = log.checkpoint(by=parties.archive)
        states.append(Checkpoint.from_text(note.text, where="test"))
    checked = check_log(log, trusted=parties.trusted())
    assert (checked.size, checked.checkpoints, checked.signed) == (11, 11, 11)
    for old in states:
        proof = log.proof_of_growth(old.size, 11)
        assert merkle.proves_consistency(old.size, old.root, 11, states[-1].root, proof)


@pytest.mark.parametrize("count", [1, 2, 13])
def test_any_entry_can_be_proven_alone(tmp_path, parties, count):
    log = filled(tmp_path, count)
    keepers = [parties.archive.public]
    for seq, entry in enumerate(list(log.entries()), 1):
        data = prove_entry(log, seq, by=parties.archive).to_bytes()
        assert data.startswith(b"c2sp.org/tlog-proof@v1\nextra ")
        proof = InclusionProof.from_bytes(data, where="test")
        proven, state = proof.proven(keepers=keepers, where="test")
        assert (proven, state) == (entry, log.state())
        for bent in (
            replace(proof, line=proof.line.replace(b"P-", b"Q-")),
            replace(proof, index=proof.index + 1),
            replace(proof, path=(*proof.path, bytes(32))),
        ):
            with pytest.raises(IntegrityError, match="entry_not_in_log"):
                bent.proven(keepers=keepers, where="test")
        with pytest.raises(NotPermittedError, match="unknown_keeper"):
            proof.proven(keepers=[parties.stranger.public], where="test")
    for seq in (0, count + 1):
        with pytest.raises(UsageError, match="no_such_entry"):
            prove_entry(log, seq, by=parties.archive)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda data: data.replace(b"@v1", b"@v2"),
        lambda data: data.replace(b"index 0", b"index 00"),
        lambda data: data.replace(b"extra ", b"extr "),
        lambda data: data.replace(b"index 0\n", b"index 0\nAAAA\n"),
        lambda data: data.rpartition(b"\n\n")[0],
    ],
)
def test_what_is_no_proof(tmp_path, parties, spoil):
    data = prove_entry(filled(tmp_path, 2), 1, by=parties.archive).to_bytes()
    with pytest.raises(IntegrityError):
        InclusionProof.from_bytes(spoil(data), where="test")


def test_a_log_from_before_the_tree_goes_on(tmp_path, parties):
    previous, path = "0" * 64, tmp_path / "audit"
    for number in range(1, 4):
        record = {
            "at": "2026-03-02T09:30:00Z", "event": "batch.entered", "prev": previous,
            "seq": number, "subject": {"batch": f"b{number}"},
        }  # fmt: skip
        line = canonical(record)
        previous = hashlib.sha256(line).hexdigest()
        with path.open("ab") as stream:
            stream.write(line + b"\n")
    log = AuditLog(path)
    log.append("home.opened", {}, now=NOW)
    checked = check_log(log, trusted=parties.trusted())
    assert checked.size == 4
    assert [entry.subject for entry in log.entries()][:2] == [{"batch": "b1"}, {"batch": "b2"}]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_edit_of_a_signed_log_goes_unseen(tmp_path, parties, data):
    log = AuditLog(tmp_path / "audit")
    keep = tmp_path / "good"
    if not keep.exists():
        filled(tmp_path).checkpoint(by=parties.archive)
        keep.write_bytes(log.path.read_bytes())
        (tmp_path / "nodes").write_bytes(log.nodes.read_bytes())
    good = keep.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, len(good)))
    edit = good[:start] + data.draw(st.binary(max_size=60)) + good[stop:]
    log.path.write_bytes(edit)
    if data.draw(st.booleans()):
        log.nodes.unlink(missing_ok=True)
    else:
        log.nodes.write_bytes((tmp_path / "nodes").read_bytes())
    if edit != good:
        with pytest.raises(IntegrityError):
            check_log(log, trusted=parties.trusted())
    else:
        log.nodes.write_bytes((tmp_path / "nodes").read_bytes())
        check_log(log, trusted=parties.trusted())


@pytest.mark.parametrize("torn", [1, 10, 60])
def test_a_crash_while_appending(tmp_path, parties, torn):
    log = filled(tmp_path, 3)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole.splitlines()[0][:torn])
    assert found(log, parties.trusted()) == "audit_torn"
    log.append("home.opened", {}, now=NOW)
    assert check_log(log, trusted=parties.trusted()).size == 5
    entries = list(log.entries())
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
        AuditLog(tmp_path / "audit").append("package.released", subject, now=NOW)
    for value in subject.values():
        if len(str(value)) > 3:
            assert str(value) not in str(caught.value)
    assert not (tmp_path / "audit").exists()


def test_a_crash_between_a_line_and_its_nodes(tmp_path, parties):
    log = filled(tmp_path, 6)
    stored = log.nodes.read_bytes()
    for kept in (0, 32, len(stored) - 32, len(stored) - 5):
        log.nodes.write_bytes(stored[:kept])
        log.state()
        assert log.nodes.read_bytes() == stored
    assert check_log(log, trusted=parties.trusted()).size == 6


def test_many_entries_at_once_are_as_good_as_one_by_one(tmp_path, parties):
    one, many = filled(tmp_path, 9), AuditLog(tmp_path / "many" / "audit")
    events = [("package.released", {"package_id": f"P-{n}", "items": n}) for n in range(9)]
    assert many.append_all(events, now=NOW) == 9
    assert many.path.read_bytes() == one.path.read_bytes()
    assert many.nodes.read_bytes() == one.nodes.read_bytes()
    with pytest.raises(UsageError, match="not_for_audit"):
        many.append_all([events[0], ("package.released", {"name": "张三"})], now=NOW)
    assert check_log(many, trusted=parties.trusted()).size == 9


@pytest.mark.parametrize("event", ["", "Package", "打开", "a b", "a.", "a\n"])
def test_unfit_events(tmp_path, event):
    with pytest.raises(UsageError, match="not_for_audit"):
        AuditLog(tmp_path / "audit").append(event, {}, now=NOW)


def test_hashes_and_ids_are_fit(tmp_path):
    log = AuditLog(tmp_path / "audit")
    log.append("share.sent", {"sha256": "1" * 64, "id": "a/b:1", "rows": 10**6}, now=NOW)
    assert len(list(log.entries())) == 1


def _append_some(path: Path, who: int) -> None:
    log = AuditLog(path)
    for number in range(25):
        log.append("load.done", {"who": who, "number": number}, now=NOW + timedelta(days=who))


def test_processes_that_append_at_once(tmp_path, parties):
    path = tmp_path / "audit"
    spawn = multiprocessing.get_context("fork")
    crew = [spawn.Process(target=_append_some, args=(path, who)) for who in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert [one.exitcode for one in crew] == [0, 0, 0, 0]
    assert check_log(AuditLog(path), trusted=parties.trusted()).size == 100
    entries = list(AuditLog(path).entries())
    for who in range(4):
        mine = [entry.subject["number"] for entry in entries if entry.subject["who"] == who]
        assert mine == list(range(25))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    subject=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        st.integers(-(10**14) + 1, 10**14 - 1)
        | st.from_regex(r"[A-Za-z0-9._:/-]{1,14}", fullmatch=True),
        max_size=5,
    )
)
def test_every_line_is_the_canonical_spelling_of_its_entry(tmp_path, subject):
    path = tmp_path / "audit"
    AuditLog(path).append("package.released", subject, now=NOW)
    line = path.read_bytes().splitlines()[-1]
    record = json.loads(line)
    assert canonical(record) == line
    assert record["subject"] == subject
