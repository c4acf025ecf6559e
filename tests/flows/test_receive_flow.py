"""Submissions count once, whatever is sent, repeated or interrupted."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from confidentiality.replay import ReplayRegister
from flows.cli import main
from flows.installation import handed_over
from flows.receive import (
    Received,
    Verified,
    load_submission,
    merge_keyings,
    receive,
    verify_submission,
)
from records.errors import InputError, IntegrityError, NotPermittedError
from warehouse.store import Warehouse


def take(keyed, file):
    """Take one submission in; Prefect, which is slow, adds nothing to what is tested."""
    home_id = keyed.desk.home_id
    token = verify_submission.__wrapped__(home_id, handed_over.leave(file))
    load_submission.__wrapped__(home_id, token)
    return handed_over.collect(token, Verified).batch_id


def take_all(keyed, *files):
    """Take submissions in by the flow."""
    token = receive(keyed.desk.home_id, handed_over.leave(list(files)))
    return handed_over.collect(token, Received)


def counted(keyed):
    """How often each item was counted, and the submissions known."""
    entries = keyed.desk.rows("entries")
    known = [row["submission_id"] for row in keyed.desk.rows("submissions")]
    return Counter(row["item_id"] for row in entries), sorted(known)


def test_a_submission_counts_once(keyed):
    row = keyed.packages[0]
    file = keyed.submit(row)
    assert take(keyed, file) == keyed.batch_id
    once = counted(keyed)
    assert set(once[0].values()) == {1}
    assert sum(once[0].values()) == row["items"]
    with pytest.raises(NotPermittedError, match="replayed"):
        take(keyed, file)
    assert counted(keyed) == once


def refused(keyed, file, *, error=NotPermittedError):
    """The reason for which a file is refused, with nothing counted of it."""
    before = counted(keyed)
    with pytest.raises(error) as caught:
        take(keyed, file)
    assert counted(keyed) == before
    assert not (keyed.desk.here.home.received / "submissions").exists()
    return caught.value.reason


def test_what_another_clerk_or_a_stranger_sends_is_refused(keyed):
    row, other = keyed.packages[:2]
    colleague = keyed.crew.clerk(other["clerk"])
    assert other["clerk"] != row["clerk"]
    forged = keyed.submit(row, sender=colleague)
    assert refused(keyed, forged) == "submission_not_expected"
    assert refused(keyed, keyed.submit(row, sender=keyed.crew.stranger)) == "unknown_sender"


@pytest.mark.parametrize("changes", [{"answers": "P-other"}, {"agreement": "A-2"}])
def test_a_submission_for_something_else_is_refused(keyed, changes):
    file = keyed.submit(keyed.packages[0], **changes)
    assert refused(keyed, file) == "submission_not_expected"


def test_an_altered_or_cut_file_is_refused(keyed):
    file = keyed.submit(keyed.packages[0])
    whole = file.read_bytes()
    for spoiled in (whole[:-1], whole[:-40] + bytes(40), b"", whole + b"\0"):
        file.write_bytes(spoiled)
        reason = refused(keyed, file, error=IntegrityError)
        assert reason not in {"replayed", "package_id_reused"}
    file.write_bytes(whole)
    assert take(keyed, file) == keyed.batch_id


def test_another_file_under_the_same_name_is_refused(keyed):
    row = keyed.packages[0]
    take(keyed, keyed.submit(row))
    once = counted(keyed)
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        take(keyed, keyed.submit(row, lambda _: "別的"))
    assert counted(keyed) == once


def test_what_was_keyed_from_other_content_is_refused(keyed):
    """The digest that officers approved binds the answers to the pictures they saw."""
    row = keyed.packages[0]
    file = keyed.submit(row, keyed_from="ab" * 32)
    assert refused(keyed, file, error=IntegrityError) == "submission_content_altered"
    assert take(keyed, keyed.submit(row)) == keyed.batch_id


def test_another_file_after_a_crash_before_the_register_is_refused(keyed, monkeypatch):
    """What was loaded stands, though the register of received files does not know it yet."""
    row = keyed.packages[0]
    file = keyed.submit(row)

    def stopping(*_, **__):
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(ReplayRegister, "record", stopping)
        with pytest.raises(CrashError):
            take(keyed, file)
    once = counted(keyed)
    assert once[0].total() == row["items"]
    other = keyed.submit(row, lambda _: "別的")
    assert refused(keyed, other) == "package_id_reused"
    assert take(keyed, file) == keyed.batch_id
    assert counted(keyed) == once
    with pytest.raises(NotPermittedError, match="replayed"):
        take(keyed, file)


def test_a_part_and_then_the_whole(keyed):
    row = keyed.packages[0]
    first = iter(range(1000))
    part = keyed.submit(row, lambda item: keyed.truth(item) if next(first) == 0 else None)
    take(keyed, part)
    assert counted(keyed)[0].total() == 1
    take(keyed, keyed.submit(row, name=f"{row['package_id']}-s2"))
    evidence = keyed.desk.here.warehouse.query("keying_evidence", batch_id=keyed.batch_id)
    assert evidence.num_rows == row["items"]


class CrashError(Exception):
    """The machine stops here."""


@pytest.mark.parametrize("step", ["entries", "submissions", "record", "recorded", "note"])
def test_a_crash_at_any_step_neither_loses_nor_doubles(keyed, monkeypatch, step):
    file = keyed.submit(keyed.packages[0])
    merge, record = Warehouse.merge, ReplayRegister.record

    def merging(self, table, rows, key_columns=None):
        if table == step:
            raise CrashError
        return merge(self, table, rows, key_columns)

    def recording(self, *arguments, **options):
        if step == "record":
            raise CrashError
        made = record(self, *arguments, **options)
        if step == "recorded":
            raise CrashError
        return made

    def noting(*_, **__):
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "merge", merging)
        patched.setattr(ReplayRegister, "record", recording)
        if step == "note":
            patched.setattr("flows.installation.AuditLog.append", noting)
        with pytest.raises(CrashError):
            take(keyed, file)
    if step == "recorded":
        # It was entered as received before the crash: it is in, and stays refused.
        with pytest.raises(NotPermittedError, match="replayed"):
            take(keyed, file)
    else:
        assert take(keyed, file) == keyed.batch_id
    items, known = counted(keyed)
    assert set(items.values()) == {1}
    assert items.total() == keyed.packages[0]["items"]
    assert len(known) == 1
    with pytest.raises(NotPermittedError, match="replayed"):
        take(keyed, file)


def test_everything_keyed_decides_every_field(keyed, prefect_bytes):
    files = [keyed.submit(row) for row in keyed.packages]
    altered = keyed.submit(keyed.packages[0], name="altered")
    altered.write_bytes(altered.read_bytes()[:-1])
    # A file that is refused keeps no other out, and one named twice counts once.
    received = take_all(keyed, files[0], altered, *files)
    assert received.batches == (keyed.batch_id,)
    assert [type(each) for each in received.refusals] == [IntegrityError, NotPermittedError]
    assert received.refusals[1].reason == "replayed"
    items, known = counted(keyed)
    assert set(items.values()) == {1}
    assert len(known) == len(files)
    outcomes = merge_keyings(keyed.desk.home_id, keyed.batch_id)
    fields = {row["reading_id"] for row in keyed.desk.rows("work_items")}
    assert sum(outcomes.values()) == len(fields) == 5
    decided = {row["reading_id"].split("/")[2]: row for row in keyed.desk.rows("decisions")}
    assert decided["male.name"]["value"] == "李雷"
    assert decided["male.birth_date"]["value"] == "1953-03-09"
    assert len(decided) == len(fields)
    # What was received before is refused, and weighing again changes nothing.
    again = take_all(keyed, files[0])
    assert again.batches == (keyed.batch_id,)
    assert [each.reason for each in again.refusals] == ["replayed"]
    before = keyed.desk.rows("decisions")
    assert merge_keyings(keyed.desk.home_id, keyed.batch_id) == outcomes
    assert keyed.desk.rows("decisions") == before
    kept = prefect_bytes()
    for value in ("李雷", "1953-03-09", "male.name"):
        assert value.encode() not in kept
        assert value.encode("unicode_escape") not in kept


def test_an_index_that_cannot_be_used_keeps_no_submission_out(keyed, monkeypatch, capfd):
    """What clerks sent is taken in and decided; only the look-up is refused."""
    root = keyed.desk.here.home.root
    files = [keyed.submit(row) for row in keyed.packages]
    keyed.desk.here.warehouse.close()

    def of_another_version(*_: object) -> None:
        raise InputError("index_version", what="The index is of another version.")

    monkeypatch.setattr("flows.opening._register", of_another_version)
    archive = (keyed.crew.archive, tuple)
    monkeypatch.setattr("flows.opening.unlock_identities", lambda *_: archive)
    monkeypatch.setattr("flows.opening.now", keyed.desk.clock)
    for name in ("PREFECT_HOME", "PREFECT_PROFILES_PATH"):
        monkeypatch.setenv(name, os.environ[name])
    words = ["receive", *map(str, files), "--home", str(root)]
    assert main(words) == InputError.status
    assert "index_version" in capfd.readouterr().err
    register = (root / "received" / "submissions").read_text()
    assert register.count("\n") == len(files)
    with Warehouse.open(
        root / "warehouse.duckdb", key=keyed.desk.here.home_key.key, now=keyed.desk.clock()
    ) as warehouse:
        decided = warehouse._run("FROM decisions", "decisions").to_pylist()
    assert {row["source"] for row in decided} == {"consensus"}
    assert len(decided) == 5
    # The second start has nothing to take in, and looks the people up with a new index.
    monkeypatch.setattr("flows.opening._register", lambda *_: None)
    assert main(words) == NotPermittedError.status
    assert capfd.readouterr().err.count("replayed") == len(files)
