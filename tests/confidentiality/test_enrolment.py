"""A station may open packages at the place, for the time and on the machine it is enrolled for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from confidentiality.enrolment import (
    Enrolment,
    EnrolmentStore,
    enrol,
    machine_digest,
    require_enrolled,
    require_this_machine,
)
from records.errors import ExitStatus, IntegrityError, NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = "本馆录入室"


@pytest.fixture
def enrolled(parties):
    def make(**changes: object) -> Enrolment:
        given = {"place": PLACE, "starts": NOW, "ends": NOW + DAY, "by": parties.archive} | changes
        return enrol(parties.vendor.public, **given)

    return make


def test_a_statement_survives_its_file(enrolled, parties, tmp_path):
    made = enrolled(machine=machine_digest("0123abc"))
    store = EnrolmentStore(tmp_path / "enrolments")
    store.add(made)
    assert store.all() == {parties.vendor.fingerprint: made}
    later = enrolled(place="二楼")
    store.add(later)
    assert store.all() == {parties.vendor.fingerprint: later}


@pytest.mark.parametrize(
    "change",
    [
        {"place": "别处"},
        {"station": "ab" * 32},
        {"machine": "cd" * 32},
        {"ends": NOW + 99 * DAY},
        {"starts": NOW - 99 * DAY},
    ],
)
def test_each_value_is_signed(enrolled, parties, change):
    made = enrolled()
    assert made.signed_by(parties.archive.public)
    assert not replace(made, **change).signed_by(parties.archive.public)
    assert not made.signed_by(parties.stranger.public)


def test_a_damaged_file_is_named(enrolled, tmp_path):
    path = tmp_path / "x.enrolment.json"
    for damage in (lambda b: b[:-1], lambda b: b.replace(b"place", b"plece"), lambda _: b"{}"):
        path.write_bytes(damage(enrolled().to_bytes()))
        with pytest.raises(IntegrityError) as caught:
            Enrolment.load(path)
        assert caught.value.where == path.name


@pytest.mark.parametrize(
    "change",
    [
        {"place": " "},
        {"place": "a\nb"},
        {"place": "长" * 201},
        {"machine": "short"},
        {"ends": NOW},
    ],
)
def test_what_no_enrolment_may_say(enrolled, change):
    with pytest.raises(UsageError, match="bad_enrolment"):
        enrolled(**change)


def test_only_stations_are_enrolled(parties):
    with pytest.raises(UsageError, match="bad_enrolment"):
        enrol(
            parties.first_officer.public,
            place=PLACE,
            starts=NOW,
            ends=NOW + DAY,
            by=parties.archive,
        )


@pytest.mark.parametrize(
    ("change", "now", "permitted"),
    [
        ({}, NOW, True),
        ({}, NOW + DAY, False),
        ({}, NOW - DAY, False),
        ({"place": "别处"}, NOW, False),
        ({"signature": b"forged"}, NOW, False),
    ],
)
def test_a_release_asks_for_place_time_and_signature(enrolled, parties, change, now, permitted):
    held = {parties.vendor.fingerprint: replace(enrolled(), **change)}

    def ask() -> None:
        require_enrolled(
            held, parties.vendor.fingerprint, place=PLACE, trusted=parties.trusted(), now=now
        )

    if permitted:
        ask()
    else:
        with pytest.raises(NotPermittedError) as caught:
            ask()
        assert caught.value.reason == "station_not_enrolled"
        assert caught.value.status == ExitStatus.NOT_PERMITTED


def test_a_station_opens_on_its_machine_and_in_its_time(enrolled, parties):
    held = enrolled(machine=machine_digest("this machine"))
    trusted = parties.trusted()

    def ask(held=held, machine_id="this machine\n", sender=parties.archive, now=NOW):
        require_this_machine(
            held, machine_id=machine_id, sender=sender.fingerprint, trusted=trusted, now=now
        )

    ask()
    ask(held=enrolled(), machine_id="")
    for reason, spoilt in (
        ("not_enrolled", {"held": None}),
        ("not_enrolled", {"sender": parties.stranger}),
        ("not_enrolled", {"held": replace(held, machine="")}),
        ("enrolment_ended", {"now": NOW + DAY}),
        ("other_machine", {"machine_id": "another"}),
        ("other_machine", {"machine_id": ""}),
    ):
        with pytest.raises(NotPermittedError) as caught:
            ask(**spoilt)
        assert caught.value.reason == reason
