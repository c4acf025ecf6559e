"""Backups are proven, a home goes back to one in one step, and a crash leaves old or new."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta

import pyarrow as pa
import pytest

from confidentiality.homekey import HomeKey
from flows import keeping
from flows.cli import main
from flows.home import Home
from flows.keeping import back_up, find_backup, restore, verify
from records.errors import InputError, IntegrityError, StoreError, StoreInUseError
from warehouse.store import Warehouse

LATER = timedelta(hours=1)


def add_batch(here, name):
    row = {"batch_id": name, "created_at": here.clock()}
    here.warehouse.append("batches", pa.Table.from_pylist([row], here.warehouse.schema("batches")))


def batches(home: Home, home_key, now):
    with Warehouse.open(home.warehouse, key=home_key.key, now=now) as warehouse:
        return warehouse.query("batches_by_age")["batch_id"].to_pylist()


@pytest.fixture
def backed(desk, tmp_path):
    """A home backed up with one batch, which has another one now; closed again."""
    here = desk.here
    (here.home.received / "submissions").write_text("one\n")
    (here.home.cards / "card.json").write_text("trusted")
    add_batch(here, "first")
    backup = back_up(here, tmp_path / "backups")
    desk.clock.now += LATER
    add_batch(here, "second")
    (here.home.received / "submissions").write_text("one\ntwo\n")
    (here.home.cards / "card.json").write_text("revoked")
    (here.home.cards / "new.json").write_text("new")
    here.warehouse.close()
    return here.home, backup, desk.clock.now


def test_a_home_goes_back_to_its_backup(backed, home_key):
    home, backup, now = backed
    assert batches(home, home_key, now) == ["first", "second"]
    replaced = restore(home, home_key, backup, now=now)
    assert batches(home, home_key, now) == ["first"]
    assert (home.received / "submissions").read_text() == "one\n"
    assert (replaced / "submissions").read_text() == "one\ntwo\n"
    with Warehouse.open(replaced / "warehouse.duckdb", key=home_key.key, now=now) as old:
        assert old.query("batches_by_age").num_rows == 2


def test_restoring_takes_no_revocation_back(backed, home_key):
    home, backup, now = backed
    restore(home, home_key, backup, now=now)
    assert (home.cards / "card.json").read_text() == "revoked"
    assert (home.cards / "new.json").read_text() == "new"


def test_a_lost_home_is_made_again_from_keys_and_backup(backed, home_key, tmp_path):
    home, backup, now = backed
    new = Home(root=tmp_path / "new")
    new.make_folders()
    shutil.copytree(home.keys, new.keys, dirs_exist_ok=True)
    restore(new, home_key, backup, now=now)
    assert batches(new, home_key, now) == ["first"]
    assert (new.cards / "card.json").read_text() == "trusted"
    assert not list(backup.folder.rglob("home.key"))


def test_the_latest_backup_up_to_a_moment_is_taken(desk, tmp_path, home_key):
    first = back_up(desk.here, tmp_path / "backups")
    desk.clock.now += LATER
    second = back_up(desk.here, tmp_path / "backups")
    place = tmp_path / "backups"
    assert find_backup(place, home_key).folder == second.folder
    between = first.taken_at + LATER / 2
    assert find_backup(place, home_key, at=between).folder == first.folder
    assert find_backup(second.folder, home_key).folder == second.folder
    with pytest.raises(InputError, match="no_backup"):
        find_backup(place, home_key, at=first.taken_at - LATER)


@pytest.mark.parametrize("name", ["warehouse.duckdb", "files/cards/card.json", "backup.json"])
def test_a_touched_backup_is_refused_and_changes_nothing(backed, home_key, name):
    home, backup, now = backed
    content = bytearray((backup.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (backup.folder / name).write_bytes(content)
    with pytest.raises(IntegrityError):
        restore(home, home_key, find_backup(backup.folder, home_key), now=now)
    assert batches(home, home_key, now) == ["first", "second"]


def test_another_home_cannot_use_it(backed, tmp_path):
    _, backup, _ = backed
    other = HomeKey.create(tmp_path / "other.key")
    with pytest.raises(IntegrityError, match="backup_damaged"):
        find_backup(backup.folder, other)


def test_a_held_warehouse_is_not_exchanged(desk, tmp_path, home_key):
    backup = back_up(desk.here, tmp_path / "backups")
    with pytest.raises(StoreInUseError):
        restore(desk.here.home, home_key, backup, now=desk.clock())


def test_a_crash_at_any_write_leaves_old_or_new(backed, home_key, monkeypatch):
    """Restoring is stopped at its 1st, 2nd, … write; each time the warehouse opens, whole."""
    home, backup, now = backed
    real, seen = keeping.sync, set()
    for stop in range(1, 40):
        calls = iter(range(1, 1000))

        def crash(path, calls=calls, stop=stop):
            if next(calls) == stop:
                raise KeyboardInterrupt
            real(path)

        monkeypatch.setattr(keeping, "sync", crash)
        try:
            restore(home, home_key, backup, now=now + timedelta(seconds=stop))
            ended = True
        except KeyboardInterrupt:
            ended = False
        monkeypatch.setattr(keeping, "sync", real)
        held = tuple(batches(home, home_key, now))
        assert held in {("first",), ("first", "second")}
        seen.add(held)
        if ended:
            break
    assert ended
    assert held == ("first",)
    assert len(seen) == 2


def test_a_place_that_cannot_be_written_is_refused(desk, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="copy_not_written"):
        back_up(desk.here, tmp_path / "file")


def test_commands(backed, tmp_path, capfd, monkeypatch):
    for name in ("PREFECT_HOME", "PREFECT_PROFILES_PATH"):
        monkeypatch.setenv(name, os.environ[name])
    home, backup, _ = backed

    def run(*words):
        status = main([*words, "--home", str(home.root), "--json"])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out, err

    status, _, err = run("status", "--snapshot")
    assert status == 4
    assert "no_warehouse" in err
    assert run("publish")[0] == 0
    assert run("status", "--snapshot")[0] == 0
    status, out, _ = run("backup", "--to", str(tmp_path / "more"))
    assert status == 0
    assert json.loads(out)["rows"]["batches"] == 2
    assert run("restore", str(backup.folder), "--verify")[0] == 0
    status, _, err = run("restore", str(backup.folder), "--at", "teatime")
    assert status == 2
    assert "bad_moment" in err
    status, out, _ = run("restore", str(backup.folder))
    assert status == 0
    assert json.loads(out)["backup"] == str(backup.folder)
    verify(backup, HomeKey.open(home.home_key))
