"""The archive's identity is rotated: what went on under the old one goes on under the new."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from confidentiality.audit import AuditLog
from confidentiality.audit_check import check_log
from confidentiality.identity import Identity, Role
from confidentiality.succession import Succession
from confidentiality.trust import SUPERSEDED
from flows.auditing import check_audit
from flows.cli import main
from flows.destructions import Standing, owed, take_in
from flows.installation import handed_over, opened
from flows.receive import load_submission, verify_submission
from flows.rotation import rotate
from keying.entry import Mark
from records.errors import NotPermittedError
from workstation.station.home import Home as StationHome
from workstation.station.home import succeed_archive, take_enrolment
from workstation.station.work import Answer, Station

NEW = Identity.create(Role.ARCHIVE, "测试档案馆")
MACHINE = "machine"


@pytest.fixture
def station(keyed, tmp_path):
    """The closed machine of the first package's clerk, enrolled under the old card."""
    row = keyed.packages[0]
    clerk = keyed.crew.clerk(row["clerk"])
    home = StationHome(folder=tmp_path / "station")
    home.work.mkdir(parents=True)
    clerk.public.save(home.card)
    home.trust.add(keyed.crew.archive.public)
    statement = keyed.desk.here.home.enrolments / f"{clerk.fingerprint}.json"
    take_enrolment(home, statement, machine_id=MACHINE, now=keyed.desk.clock())

    def at_work(now):
        return Station.unlocked(home, clerk, now=now, machine_id=MACHINE)

    return home, row, at_work


@pytest.fixture
def rotated(keyed, tmp_path):
    """Rotates; gives the open installation under the new identity, and what is handed out."""
    here, out = keyed.desk.here, tmp_path / "out"
    done = rotate(here.home, keyed.crew.archive, NEW, out=out, now=keyed.desk.clock())
    assert (done.agreements, done.files) == (1, len(keyed.packages))
    assert done.enrolments == len(keyed.crew.clerks)
    return replace(here, archive=NEW, open_earlier=lambda: (keyed.crew.archive,)), out


def keyed_on(station, file, clock, out):
    """Opens the package, keys everything and seals it for the archive."""
    _, row, at_work = station
    with at_work(clock()) as desk:
        held = desk.open_package(file)
        package = desk.package(row["package_id"])
        answers = [
            Answer(item_id=item.item_id, text="李雷", mark=Mark.OK, keystrokes=2)
            for item in package.items
        ]
        desk.key(package, answers)
        out.mkdir(exist_ok=True)
        return held, desk.submit(package, out)[0]


def received(here, file):
    with opened(here) as home_id:
        token = verify_submission.__wrapped__(home_id, handed_over.leave(file))
        load_submission.__wrapped__(home_id, token)


def test_a_waiting_package_opens_once_the_station_believes_the_old_card(
    keyed, station, rotated, tmp_path
):
    here, out = rotated
    home, row, at_work = station
    waiting = here.home.outgoing / f"{row['package_id']}.sealed"
    with at_work(keyed.desk.clock()) as desk, pytest.raises(NotPermittedError) as caught:
        desk.open_package(waiting)
    assert caught.value.reason == "unknown_sender"
    assert succeed_archive(home, out / "archive.succession", now=keyed.desk.clock()) == NEW.public
    # The old enrolment still holds: the new archive follows the one that signed it.
    held, submission = keyed_on(station, waiting, keyed.desk.clock, tmp_path / "back")
    assert held.sender == NEW.fingerprint
    received(here, submission)
    assert [each["submission_id"] for each in keyed.desk.rows("submissions")]
    faults = {each.kind for each in check_audit(here).uncovered}
    assert not faults & {"package", "submission"}


def test_what_was_fetched_before_comes_back_to_the_old_identity(keyed, station, tmp_path):
    here, (_, row, _) = keyed.desk.here, station
    fetched = tmp_path / "fetched.sealed"
    fetched.write_bytes((here.home.outgoing / f"{row['package_id']}.sealed").read_bytes())
    rotate(here.home, keyed.crew.archive, NEW, out=tmp_path / "out", now=keyed.desk.clock())
    held, submission = keyed_on(station, fetched, keyed.desk.clock, tmp_path / "back")
    assert held.sender == keyed.crew.archive.fingerprint
    with pytest.raises(NotPermittedError, match="not_for_you"):
        received(replace(here, archive=NEW), submission)
    received(replace(here, archive=NEW, open_earlier=lambda: (keyed.crew.archive,)), submission)


def test_a_statement_of_destruction_may_name_either_file(keyed, station, rotated, tmp_path):
    here, out = rotated
    home, row, at_work = station
    succeed_archive(home, out / "archive.succession", now=keyed.desk.clock())
    waiting = here.home.outgoing / f"{row['package_id']}.sealed"
    keyed_on(station, waiting, keyed.desk.clock, tmp_path / "back")
    with at_work(keyed.desk.clock()) as desk:
        stated, _ = desk.destroy(row["package_id"], tmp_path / "back")
    assert take_in(here, [stated]) == ([row["package_id"]], [])
    standing = {each.package_id: each.standing for each in owed(here)}
    assert standing[row["package_id"]] is Standing.DESTROYED


def test_doing_it_again_changes_nothing_more(keyed, rotated):
    here, out = rotated
    files = {path: path.read_bytes() for path in here.home.outgoing.iterdir()}
    again = rotate(here.home, keyed.crew.archive, NEW, out=out, now=keyed.desk.clock())
    assert again.files == 0
    assert {path: path.read_bytes() for path in here.home.outgoing.iterdir()} == files
    events = [entry.event for entry in AuditLog(here.home.audit).entries()]
    assert events.count("identity.rotated") == 1
    assert events.count("file.rewrapped") == len(files)


def test_the_old_card_can_be_given_up(keyed, rotated):
    """Agreements bind, and old checkpoints count, when it is revoked as superseded."""
    here, _ = rotated
    AuditLog(here.home.audit).checkpoint(by=NEW)
    old = keyed.crew.archive.fingerprint
    here.trust.revoke(old, now=keyed.desk.clock(), reason=SUPERSEDED)
    assert here.agreements.in_force("A-1", trusted=here.trusted, now=keyed.desk.clock())
    assert here.enrolments.all()
    assert {each.archive for each in here.enrolments.all().values()} == {NEW.fingerprint}
    assert check_log(AuditLog(here.home.audit), trusted=here.trusted).signed


def test_by_command(tmp_path, capsys):
    """Rotation, escrow, recovery, another passphrase, a department's word, and an end."""
    for name, text in (("old", "old horse\n"), ("new", "new horse\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    home = tmp_path / "home"

    def run(*words, passphrase="old"):  # noqa: S107 - a file's name
        given = ["--home", home, "--passphrase-file", tmp_path / passphrase]
        return main([*map(str, words), *map(str, given)])

    assert run("init") == 0
    first = tmp_path / "first.card.json"
    first.write_bytes((home / "archive.card.json").read_bytes())
    holder = tmp_path / "holder.identity"
    assert run("identity", holder, "--role", "department", "--name", "托管单位") == 0
    escrow = tmp_path / "home.escrow"
    assert run("keys", "escrow", tmp_path / "holder.card.json", "--out", escrow) == 0
    assert run("audit", "checkpoint") == 0
    out = tmp_path / "out"
    assert run("keys", "rotate", "--out", out) == 0
    assert not (home / "keys" / "archive.next").exists()
    statement = Succession.load(out / "archive.succession")
    present = Identity.load(home / "keys" / "archive.identity", "old horse")
    assert present.public == statement.card
    second = tmp_path / "second.card.json"
    accept = ("keys", "accept", out / "archive.succession", "--archive-card", first)
    assert run(*accept, "--out", second) == 0
    assert second.read_bytes() == (home / "archive.card.json").read_bytes()
    assert run(*accept[:-1], second, "--out", tmp_path / "x") == 7
    change = ("keys", "passphrase", "--new-passphrase-file", tmp_path / "new")
    assert run(*change) == 0
    earlier = home / "keys" / f"archive-{statement.old[:16]}.identity"
    assert Identity.load(earlier, "new horse").fingerprint == statement.old
    assert run("keys", "revoke", statement.old, "--reason", "superseded") == 0
    recover = ("keys", "recover", escrow, "--identity", holder)
    assert run(*recover, "--new-passphrase-file", tmp_path / "old") == 0
    capsys.readouterr()
    assert run("audit", "verify", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["checkpoints"] == 2
    assert found["uncovered"] == []
