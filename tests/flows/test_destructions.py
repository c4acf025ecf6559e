"""Statements of destruction: only the receiving machine's, about the very file, in time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from confidentiality.audit import AuditLog
from confidentiality.sealed import SealedKind, open_sealed
from flows.destructions import GRACE, Standing, owed, take_in
from flows.receive import receive
from keying.destruction import DOMAIN, Destruction, destruction_file


@pytest.fixture
def statement(keyed, tmp_path):
    """Writes the statement that a clerk's machine gives for a package, with changes."""

    def write(row, *, by=None, name="x.destroyed.json", **changes):
        desk, clerk = keyed.desk, keyed.crew.clerk(row["clerk"])
        sealed = desk.here.home.outgoing / f"{row['package_id']}.sealed"
        digest = open_sealed(
            sealed,
            recipient=clerk,
            senders=[keyed.crew.archive.public],
            now=desk.clock(),
            expect_kind=SealedKind.WORK_PACKAGE,
        ).digest
        stated = Destruction(
            package_id=row["package_id"],
            agreement_id="A-1",
            sealed_digest=digest,
            items=row["items"],
            entries=row["items"],
            submissions=1,
            destroyed_at=desk.clock().isoformat(),
            station=clerk.fingerprint,
        )
        stated = replace(stated, **changes)
        path = tmp_path / name
        path.write_bytes(destruction_file(stated, (by or clerk).sign(DOMAIN, stated.payload())))
        return path

    return write


def standing(keyed, row) -> Standing:
    found = {each.package_id: each.standing for each in owed(keyed.desk.here)}
    return found[row["package_id"]]


def refused(keyed, path) -> str:
    taken, (refusal,) = take_in(keyed.desk.here, [path])
    assert taken == []
    events = [(e.event, e.subject) for e in AuditLog(keyed.desk.here.home.audit).entries()]
    assert events[-1] == ("destruction.refused", {"rule": refusal.reason})
    assert list(keyed.desk.here.home.destroyed.iterdir()) == []
    return refusal.reason


def test_a_package_is_demanded_missed_and_stated_destroyed(keyed, statement, leave):
    row, other = keyed.packages[:2]
    here = keyed.desk.here
    assert standing(keyed, row) is Standing.OUT
    receive(keyed.desk.home_id, leave([keyed.submit(row)]))
    assert (standing(keyed, row), standing(keyed, other)) == (Standing.DEMANDED, Standing.OUT)
    path = statement(row)
    sealed = here.home.outgoing / f"{row['package_id']}.sealed"
    for _ in range(2):
        assert take_in(here, [path]) == ([row["package_id"]], [])
        assert not sealed.exists()
    assert (here.home.destroyed / f"{row['package_id']}.destroyed.json").read_bytes() == (
        path.read_bytes()
    )
    events = [entry.event for entry in AuditLog(here.home.audit).entries()]
    assert events.count("package.destroyed") == 1
    keyed.desk.clock.now += timedelta(days=14)
    assert (standing(keyed, row), standing(keyed, other)) == (
        Standing.DESTROYED, Standing.DEMANDED,
    )  # fmt: skip
    keyed.desk.clock.now += GRACE
    assert standing(keyed, other) is Standing.OVERDUE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sealed_digest": "0" * 64}, "destruction_differs"),
        ({"items": 99}, "destruction_differs"),
        ({"agreement_id": "A-2"}, "destruction_differs"),
        ({"destroyed_at": "2099-01-01T00:00:00+00:00"}, "destruction_differs"),
        ({"destroyed_at": "2001-01-01T00:00:00+00:00"}, "destruction_differs"),
        ({"destroyed_at": "yesterday"}, "destruction_differs"),
        ({"destroyed_at": "2026-03-02T10:00:00"}, "destruction_differs"),
        ({"package_id": "P-unknown"}, "destruction_not_expected"),
        ({"station": "0" * 64}, "destruction_not_expected"),
    ],
)
def test_statements_about_something_else(keyed, statement, changes, reason):
    assert refused(keyed, statement(keyed.packages[0], **changes)) == reason


def test_statements_of_others(keyed, statement):
    row = keyed.packages[0]
    assert refused(keyed, statement(row, by=keyed.crew.stranger)) == "destruction_forged"
    path = statement(row)
    signed = json.loads(path.read_bytes())
    signed["record"]["entries"] += 1
    path.write_text(json.dumps(signed))
    assert refused(keyed, path) == "destruction_forged"
    path.write_text("{}")
    assert refused(keyed, path) == "bad_destruction_record"
    assert (keyed.desk.here.home.outgoing / f"{row['package_id']}.sealed").exists()


def test_one_that_is_refused_keeps_no_other_out(keyed, statement):
    row = keyed.packages[0]
    bad = statement(row, by=keyed.crew.stranger, name="bad.json")
    good = statement(row, name="good.json")
    taken, refusals = take_in(keyed.desk.here, [bad, good])
    assert (taken, len(refusals)) == ([row["package_id"]], 1)
