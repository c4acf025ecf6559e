"""What a station refuses, and that it leaves nothing behind when it does."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from confidentiality.enrolment import machine_digest
from confidentiality.files import write_private
from confidentiality.identity import Identity, Role
from confidentiality.trust import TrustStore
from records.errors import ExitStatus, IntegrityError, NotPermittedError, StoreInUseError
from workstation.station.home import Home, create_home, journal_key, unlock
from workstation.station.journal import Journal
from workstation.station.work import Station, submission_name

PASSPHRASE = "correct horse"


def refused(vendor, status, *command):
    before = {name for name in vendor.files() if name.parts[0] == "work"}
    code, out, err = vendor.run(*command)
    assert (code, out) == (status, ""), err
    left = {name for name in vendor.files() if name.parts[0] == "work"} - before
    assert {name.name for name in left} <= {"lock"}
    assert "P-0001" not in vendor.run("list")[1] or before
    return err


@pytest.mark.parametrize("place", ["start", "header", "middle", "end", "cut", "grown", "empty"])
def test_damaged_packages_are_refused(archive, vendor, place):
    path, _ = archive.package(vendor.card)
    data = bytearray(path.read_bytes())
    at = {"start": 0, "header": 60, "middle": len(data) // 2, "end": len(data) - 1}
    if place in at:
        data[at[place]] ^= 1
    cut = {"cut": data[:-7], "grown": data + b"x", "empty": b""}
    path.write_bytes(cut.get(place, data))
    refused(vendor, 4, "open", path)


def test_a_package_for_another_station_is_refused(archive, vendor):
    other = Identity.create(Role.VENDOR, "别家").public
    path, _ = archive.package(other)
    assert "not_for_you" in refused(vendor, 7, "open", path)


def test_a_package_from_an_unknown_archive_is_refused(archive, vendor):
    archive.identity = Identity.create(Role.ARCHIVE, "冒名档案馆")
    path, _ = archive.package(vendor.card)
    assert "unknown_sender" in refused(vendor, 7, "open", path)


def test_an_archive_whose_card_was_revoked_is_refused(archive, vendor):
    trust = TrustStore(vendor.home / "trust")
    trust.revoke(archive.identity.fingerprint, now=datetime(2020, 1, 1, tzinfo=UTC), reason="lost")
    path, _ = archive.package(vendor.card)
    refused(vendor, 7, "open", path)


def test_an_expired_package_is_refused(archive, vendor):
    past = datetime.now(UTC) - timedelta(days=30)
    path, _ = archive.package(vendor.card, now=past)
    assert "expired" in refused(vendor, 7, "open", path)


def test_a_package_that_expires_while_it_is_keyed_is_closed(archive, vendor):
    path, _ = archive.package(vendor.card)
    home = Home(folder=vendor.home)
    identity = unlock(home, PASSPHRASE)
    now = datetime.now(UTC)
    with Station.unlocked(home, identity, now=now, machine_id="") as station:
        station.open_package(path)
    with (
        Station.unlocked(home, identity, now=now + timedelta(days=10), machine_id="") as station,
        pytest.raises(NotPermittedError, match="expired"),
    ):
        station.package("P-0001")
    with (
        pytest.raises(NotPermittedError, match="clock_behind"),
        Station.unlocked(home, identity, now=now, machine_id=""),
    ):
        pass


def test_a_package_is_opened_once_also_after_its_destruction(archive, vendor):
    path, _ = archive.package(vendor.card)
    assert vendor.run("open", path)[0] == 0
    assert "replayed" in refused(vendor, 7, "open", path)
    assert vendor.run("items", "P-0001")[0] == 0
    assert vendor.run("destroy", "P-0001", "--unsubmitted")[0] == 0
    assert "replayed" in refused(vendor, 7, "open", path)
    assert not list((vendor.home / "work").glob("*.sealed"))


def test_another_package_under_the_same_id_is_refused(archive, vendor):
    path, _ = archive.package(vendor.card)
    vendor.run("open", path)
    path.unlink()
    path, _ = archive.package(vendor.card, fields=5)
    assert "replayed" in refused(vendor, 7, "open", path)
    assert vendor.json("status", "P-0001")["items"] == 4


def test_a_kept_file_that_was_changed_is_refused(archive, vendor):
    path, _ = archive.package(vendor.card)
    other, _ = archive.package(vendor.card, package_id="P-0002")
    vendor.run("open", path)
    (kept,) = (vendor.home / "work").glob("*.sealed")
    good = kept.read_bytes()
    kept.write_bytes(good[:-1])
    assert vendor.run("items", "P-0001")[0] == 4
    kept.write_bytes(other.read_bytes())
    assert vendor.run("items", "P-0001")[0] == 4
    kept.write_bytes(good)
    assert vendor.run("items", "P-0001")[0] == 0


def test_a_wrong_passphrase_opens_nothing(archive, vendor):
    path, _ = archive.package(vendor.card)
    vendor.passphrase.write_text("wrong\n")
    refused(vendor, 4, "open", path)


def test_an_exposed_passphrase_file_is_refused(archive, vendor):
    path, _ = archive.package(vendor.card)
    vendor.passphrase.chmod(0o644)
    refused(vendor, 7, "open", path)


def test_an_exposed_identity_is_refused(archive, vendor):
    path, _ = archive.package(vendor.card)
    (vendor.home / "identity.json").chmod(0o640)
    refused(vendor, 7, "open", path)


def test_a_submission_is_no_work_package(archive, vendor, tmp_path):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    vendor.run("key", "P-0001", "--answers", vendor.answers(plan))
    vendor.run("submit", "P-0001", "--out", tmp_path)
    refused(vendor, 7, "open", tmp_path / "P-0001-s1.sealed")


def test_a_damaged_journal_is_an_integrity_fault(vendor):
    vendor.run("list")
    journal = vendor.home / "journal.db"
    journal.write_bytes(b"not a database, but long enough to look at" * 50)
    assert vendor.run("list")[0] == 4


def test_a_journal_of_another_version_is_refused(tmp_path):
    with Journal.open(tmp_path / "j.db") as journal:
        journal._database.execute("PRAGMA user_version = 9")
    with pytest.raises(IntegrityError, match="newer_journal"), Journal.open(tmp_path / "j.db"):
        pass


def test_a_journal_that_is_held_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("workstation.station.journal._PATIENCE_S", 0.05)
    path = tmp_path / "j.db"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with Journal.open(path) as holder:
        holder._database.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreInUseError) as busy, Journal.open(path) as other:
            other.note_time(now)
        assert busy.value.status is ExitStatus.WAREHOUSE_IN_USE
        holder._database.execute("ROLLBACK")


def test_entries_of_one_item_do_not_decrypt_for_another(archive, vendor):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    vendor.run("key", "P-0001", "--answers", vendor.answers(plan))
    key = journal_key(unlock(Home(folder=vendor.home), PASSPHRASE))
    with Journal.open(vendor.home / "journal.db", key) as journal:
        assert len(journal.entries("P-0001")) == 4
        one, two = plan.items[0].item_id, plan.items[1].item_id
        journal._database.execute("DELETE FROM entry WHERE item_id = ?", (two,))
        journal._database.execute("UPDATE entry SET item_id = ? WHERE item_id = ?", (two, one))
        with pytest.raises(IntegrityError):
            journal.entries("P-0001")


def test_files_left_by_a_crash_do_not_stay(archive, vendor):
    path, _ = archive.package(vendor.card)
    write_private(vendor.home / "work" / ".x.sealed.0123.part", b"half a copy")
    assert vendor.run("open", path)[0] == 0
    assert not list((vendor.home / "work").glob(".*.part"))


def test_submission_names_fit_and_differ():
    long = ["P" * 64, "P" * 63 + "Q"]
    names = {submission_name(p, n) for p in long for n in (1, 2, 10)}
    assert len(names) == 6
    assert max(map(len, names)) <= 64
    assert submission_name("P-1", 3) == "P-1-s3"


def test_a_station_that_is_not_enrolled_opens_nothing(vendor, archive, tmp_path):
    path, _ = archive.package(vendor.card)
    statement = tmp_path / "1.enrolment.json"
    shutil.move(vendor.home / "enrolment.json", statement)
    code, _, err = vendor.run("open", path)
    assert code == 7
    assert "not_enrolled" in err
    assert not list((vendor.home / "work").glob("*.sealed"))
    assert vendor.run("enrol", statement)[0] == 0
    assert vendor.run("open", path)[0] == 0


def test_another_stations_enrolment_is_not_taken(vendor, archive, tmp_path):
    other = Home(folder=tmp_path / "other")
    create_home(other, name="别的工位", role=Role.CLERK, passphrase="x" * 12, cost=1 << 10)
    archive.enrol(other)
    assert vendor.run("enrol", other.enrolment)[0] == 7


def test_a_copied_station_opens_nothing_on_another_machine(vendor, archive, monkeypatch):
    archive.enrol(Home(folder=vendor.home), machine=machine_digest("this one"))
    path, _ = archive.package(vendor.card)
    monkeypatch.setattr("workstation.station.settings._machine_id", lambda: "another")
    code, _, err = vendor.run("open", path)
    assert code == 7
    assert "other_machine" in err
    monkeypatch.setattr("workstation.station.settings._machine_id", lambda: "this one")
    assert vendor.run("open", path)[0] == 0


def test_work_stops_when_the_enrolment_ends(vendor, archive):
    path, _ = archive.package(vendor.card)
    assert vendor.run("open", path)[0] == 0
    archive.enrol(Home(folder=vendor.home), ends=datetime.now(UTC) - timedelta(seconds=1))
    code, _, err = vendor.run("items", "P-0001")
    assert code == 7
    assert "enrolment_ended" in err
