"""The figures of a batch are those one counts by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from records.errors import UsageError
from warehouse.figures import CONFIDENCE_EDGES, Demonstration, batch_figures, headline
from warehouse.ledger import LedgerLine, State, enter
from warehouse.verification import (
    AcceptancePolicy,
    accept_by_policy,
    assemble_records,
    decide_by_consensus,
)


def filled(warehouse, filler, now, *, demonstration=False):
    filler.add(
        "batches",
        {"batch_id": "b", "name": "n", "policy": "p", "demonstration": demonstration,
         "created_at": now},
    )  # fmt: skip
    filler.certificate("s1")
    page = filler.certificate("s2", {"male.name": None, "female.name": None})
    male = filler.reading(page, "male.name", "某甲", decision="key", confidence=0.6)
    female = filler.reading(page, "female.name", "某乙", decision="key", confidence=0.55)
    filler.certificate("s3", decision="key", confidence=0.3)
    filler.add(
        "scans",
        {"scan_id": "s9", "batch_id": "b", "source": "bad.tif", "bytes": 3,
         "status": "quarantined", "entered_at": now, "reason": "truncated_image",
         "detail": "ask for it again"},
    )  # fmt: skip
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    filler.entries(male, "某甲", "某甲")
    filler.consensus(male, "某甲")
    filler.entries(female, "某丙", "某丁", "某丙")
    filler.consensus(female, None, "third_keying")
    filler.consensus(female, "某丙", "arbitrated", n=3)
    decide_by_consensus(warehouse, batch_id="b", now=now)
    assemble_records(warehouse, batch_id="b", now=now)
    for number, (person, decision, probability) in enumerate(
        [("p1", "match", 0.99999), ("p2", "review", 0.55), (None, "none", 0.0)]
    ):
        filler.add(
            "matches",
            {"batch_id": "b", "record_id": f"r{number}", "person_id": person,
             "probability": probability, "decision": decision, "evidence": "{}",
             "model": "m1", "matched_at": now},
        )  # fmt: skip
    enter(
        warehouse,
        [
            LedgerLine(batch_id="b", chunk_id=f"c{n}", step="read", state=State.DONE,
                       recorded_at=now + timedelta(seconds=n), items=5, seconds=1.5)
            for n in range(3)
        ],
    )  # fmt: skip


def test_headline_adds_up(warehouse, filler, now):
    filled(warehouse, filler, now)
    head = batch_figures(warehouse, batch_id="b", now=now).headline
    assert (head.files, head.files_set_aside, head.pages_read, head.pages_set_aside) == (4, 1, 3, 0)
    assert (head.fields, head.accepted, head.keyed, head.undecided) == (21, 12, 2, 7)
    settled = head.accepted + head.keyed + head.by_staff + head.inherited
    assert settled + head.undecided == head.fields
    assert (head.sent, head.certificates, head.verified) == (2, 3, 2)


def test_what_comes_from_the_row_above_is_counted_apart(warehouse, filler, now):
    filled(warehouse, filler, now)
    before = batch_figures(warehouse, batch_id="b", now=now).headline
    warehouse.merge_select(
        "decisions",
        "SELECT reading_id, value, 'inherited' AS source, 'from row 1' AS reason, NULL AS turn, "
        "$now::TIMESTAMPTZ AS decided_at FROM decided_fields WHERE decided_value IS NULL LIMIT 2",
        {"now": now},
    )
    after = batch_figures(warehouse, batch_id="b", now=now).headline
    assert (after.inherited, after.undecided) == (2, before.undecided - 2)
    assert after.fields == before.fields


def test_the_parts_add_up_to_the_headline(warehouse, filler, now):
    filled(warehouse, filler, now)
    figures = batch_figures(warehouse, batch_id="b", now=now)
    head = figures.headline
    assert sum(each.pages for each in figures.kinds) == head.pages_read
    assert sum(each.fields for each in figures.acceptance) == head.fields
    assert sum(each.accepted for each in figures.acceptance) == head.accepted
    assert sum(each.fields for each in figures.confidence) == head.fields
    assert sum(each.checked for each in figures.confidence) == head.keyed + head.by_staff
    assert len(figures.set_aside) == head.files_set_aside + head.pages_set_aside


def test_confidence_classes_hold_their_bounds(warehouse, filler, now):
    filled(warehouse, filler, now)
    figures = batch_figures(warehouse, batch_id="b", now=now)
    bounds = (0.0, *CONFIDENCE_EDGES, 1.0)
    for each in figures.confidence:
        low, high = bounds[each.bin], bounds[each.bin + 1]
        assert low - 1e-9 <= each.stated <= high + 1e-9
    checked = [(each.bin, each.checked, each.agreed) for each in figures.confidence if each.checked]
    assert checked == [(1, 2, 1)]


def test_clerks_are_held_against_what_was_settled(warehouse, filler, now):
    filled(warehouse, filler, now)
    figures = batch_figures(warehouse, batch_id="b", now=now)
    assert {each.clerk: (each.entries, each.settled, each.wrong) for each in figures.clerks} == {
        "clerk-1": (2, 2, 0),
        "clerk-2": (2, 2, 1),
        "clerk-3": (1, 1, 0),
    }
    assert {each.outcome: each.fields for each in figures.consensus} == {
        "agreed": 1,
        "arbitrated": 1,
    }


def test_matches_and_steps(warehouse, filler, now):
    filled(warehouse, filler, now)
    figures = batch_figures(
        warehouse, batch_id="b", now=now, demonstration=Demonstration(clerk_error_rate=0.01)
    )
    assert {(each.decision, each.tenth): each.people for each in figures.matches} == {
        ("match", 9): 1,
        ("review", 5): 1,
        ("none", 0): 1,
    }
    (step,) = figures.steps
    assert (step.step, step.chunks, step.items, step.seconds) == ("read", 3, 15, 4.5)
    assert figures.demonstration == Demonstration(clerk_error_rate=0.01)


def test_sealed_files_of_the_batch_alone(warehouse, filler, now):
    filled(warehouse, filler, now)
    for batch, package in (("b", "k1"), ("other", "k2")):
        filler.add(
            "packages",
            {"package_id": package, "batch_id": batch, "agreement_id": "A1", "vendor_id": "v",
             "purpose": "keying", "items": 4, "file": f"{package}.sealed", "sha256": "00",
             "bytes": 100, "sealed_at": now},
        )  # fmt: skip
    filler.add(
        "submissions",
        {"submission_id": "s1", "package_id": "k1", "file": "s1.sealed", "sha256": "11",
         "entries": 4, "received_at": now + timedelta(hours=1)},
    )  # fmt: skip
    record = warehouse.select("FROM records SELECT record_id LIMIT 1")[0][0].as_py()
    later = [now + timedelta(hours=hours) for hours in range(2, 6)]
    common = {"agreement_id": "A2", "department": "d", "purpose": "p", "fields": "[]", "bytes": 9}
    for share, file, at in (("S1", "S1.sealed", later[0]), ("C-q", "C-q.sealed", later[3])):
        filler.add("shares", {**common, "share_id": share, "records": 1, "file": file,
                              "sha256": "22", "shared_at": at})  # fmt: skip
    filler.add("share_rows", {"share_id": "S1", "row_id": "r", "record_id": record})
    filler.add(
        "receipts",
        {"receipt_id": "R", "share_id": "S1", "department": "d", "records": 1, "sha256": "22",
         "agrees": True, "file": "r.sealed", "received_at": later[1]},
    )  # fmt: skip
    filler.add(
        "comparisons",
        {"comparison_id": "q", "agreement_id": "A2", "department": "d", "mode": "names",
         "fields": "[]", "people": 2, "file": "q.sealed", "sha256": "33",
         "received_at": later[2]},
    )  # fmt: skip
    for place in (1, 2):
        filler.add(
            "comparison_answers",
            {"comparison_id": "q", "place": place, "record_id": record, "ref": str(place),
             "answer": "match", "told": "{}"},
        )  # fmt: skip
    figures = batch_figures(warehouse, batch_id="b", now=now)
    assert [(each.kind, each.file) for each in figures.sealed] == [
        ("package", "k1.sealed"), ("submission", "s1.sealed"), ("share", "S1.sealed"),
        ("receipt", "r.sealed"), ("comparison", "q.sealed"), ("answer", "C-q.sealed"),
    ]  # fmt: skip


def test_a_batch_entered_as_demonstration_stays_one(warehouse, filler, now):
    filled(warehouse, filler, now, demonstration=True)
    figures = batch_figures(warehouse, batch_id="b", now=now)
    assert figures.demonstration == Demonstration(clerk_error_rate=None)
    assert (figures.name, figures.policy) == ("n", "p")


def test_a_real_batch_is_no_demonstration(warehouse, filler, now):
    filled(warehouse, filler, now)
    assert batch_figures(warehouse, batch_id="b", now=now).demonstration is None


def test_an_empty_batch_has_figures(warehouse, filler, now):
    filler.add("batches", {"batch_id": "b", "created_at": now})
    figures = batch_figures(warehouse, batch_id="b", now=now)
    assert figures.headline == headline(warehouse, "b")
    assert figures.headline.fields == 0
    assert figures.confidence == figures.steps == figures.sealed == ()


def test_an_unknown_batch_is_refused(warehouse, now):
    with pytest.raises(UsageError, match="no_such_batch"):
        batch_figures(warehouse, batch_id="nothing", now=now)
