"""Faults of the machine: full disks, crashes between two steps, a terminal, defects."""

import errno
import sqlite3
import sys

import pytest

from records.errors import StoreError
from workstation.station import commands, settings
from workstation.station.cli import main
from workstation.station.journal import Journal


def test_a_crash_before_a_package_is_in_the_books_leaves_nothing(archive, vendor, monkeypatch):
    path, _ = archive.package(vendor.card)

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", fail)
        code, _, err = vendor.run("open", path)
    assert (code, "No space" in err) == (1, True)
    assert not list((vendor.home / "work").glob("*.sealed"))
    assert vendor.run("open", path)[0] == 0


def test_a_kill_before_a_package_is_in_the_books_is_made_good_by_a_second_start(archive, vendor):
    path, _ = archive.package(vendor.card)
    vendor.run("open", path)
    (kept,) = (vendor.home / "work").glob("*.sealed")
    with sqlite3.connect(vendor.home / "journal.db") as database:
        database.execute("DELETE FROM package")
    database.close()
    kept.write_bytes(b"whatever lay there")
    assert vendor.run("open", path)[0] == 0
    assert vendor.run("items", "P-0001")[0] == 0


def test_a_kill_between_sealing_and_noting_is_made_good_by_a_second_start(
    archive, vendor, tmp_path, monkeypatch
):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    vendor.run("key", "P-0001", "--answers", vendor.answers(plan))

    def fail(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "close", fail)
        assert vendor.run("submit", "P-0001", "--out", tmp_path)[0] == 1
    assert vendor.json("submit", "P-0001", "--out", tmp_path)["state"] == "submitted"
    # Whichever of the two travels, or both: each is whole, and no id is used twice.
    files = sorted(tmp_path.glob("*.sealed"))
    assert [file.name for file in files] == ["P-0001-s1.sealed", "P-0001-s2.sealed"]
    one, two = (archive.receive(vendor.card, file)[1] for file in files)
    assert one == two


def _close_package_of_a_journal_that_is_read_only(path):
    with Journal.open(path) as journal:
        journal._database.execute("PRAGMA query_only = ON")
        journal.close("P-1")


def test_a_journal_that_cannot_be_written_says_so(tmp_path):
    path = tmp_path / "j.db"
    with Journal.open(path):
        pass
    with pytest.raises(StoreError, match="journal_unwritable"):
        _close_package_of_a_journal_that_is_read_only(path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"), Journal.open(tmp_path / "folder"):
        pass


def test_a_defect_shows_its_place_and_no_value(vendor, monkeypatch):
    def fail(_):
        raise ValueError("秘密姓名")

    monkeypatch.setattr(commands, "VERBS", {"list": fail})
    code, out, err = vendor.run("list")
    assert (code, out) == (1, "")
    assert "ValueError [test_station_faults.py:" in err
    assert "秘密" not in err


def test_the_passphrase_is_asked_for_at_a_terminal(tmp_path, monkeypatch, capsys):
    said = iter(["one", "other", "one", "one"])
    monkeypatch.setattr(settings.getpass, "getpass", lambda _: next(said))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    command = ["init", "--name", "甲", "--home", str(tmp_path / "home")]
    assert main(command) == 2
    assert "passphrases_differ" in capsys.readouterr().err
    assert main(command) == 0


def test_without_a_terminal_a_passphrase_file_is_needed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["init", "--name", "甲", "--home", str(tmp_path / "home")]) == 2
    assert "--passphrase-file" in capsys.readouterr().err
