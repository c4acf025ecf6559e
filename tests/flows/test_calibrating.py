"""A home calibrates its reader: drawn, keyed blind, fitted, audited, and only then opened."""

from __future__ import annotations

import dataclasses
import itertools
import json
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from flows.calibrating import Outcome, conclude, draw_and_propose
from flows.calibration_store import OPEN, latest, path_of, save
from flows.digitise import _chunk_results
from flows.installation import handed_over
from flows.intake import intake
from flows.opening import _policy, calibration_in_force
from flows.policy import CAUTIOUS
from flows.process import decide
from flows.receive import Received, merge_keyings, receive
from flows.release import seal_approved
from flows.tables import chunk_tables
from ocr.confidence import decide as advised
from ocr.confidence import probability
from ocr.sniff import sha256_of
from ocr.snippets import png
from records.errors import IntegrityError
from records.reading import Box, Era, FieldReading, Kind, PageReading
from warehouse.chunks import load_chunks, write_chunk

if TYPE_CHECKING:
    from pathlib import Path

TRUE = {
    "male.name": "李雷", "female.name": "韩梅梅", "registration_date": "1985-06-01",
    "office": "某某街道办事处",
}  # fmt: skip
SURE = {"bias": 1.0, "agree": 1.0, "sure": -0.001, "lead": 3.2, "hand": 1.0, "follows": 1.0}


def reading_of(path: Path, values: dict[str, str]) -> PageReading:
    """A page of 1985 in a neat hand, read without doubt."""
    blots = np.random.default_rng(list(str(path).encode())).normal(0, 1, (300, 400, 3))
    drawn = 200 + 450 * cv2.GaussianBlur(blots, (0, 0), 4)
    path.write_bytes(png(np.clip(drawn, 0, 255).astype(np.uint8)))
    fields = []
    for at, (name, value) in enumerate(values.items()):
        confidence = probability(name.removeprefix("male.").removeprefix("female."), SURE)
        fields.append(
            FieldReading(
                name=name, row=None, text=value, value=value, confidence=confidence,
                decision=advised(confidence), box=Box(10, 20 + 40 * at, 200, 50 + 40 * at),
                alternatives=((value, confidence),), evidence=tuple(SURE.items()),
            )
        )  # fmt: skip
    return PageReading(
        source=str(path), page=1, kind=Kind.MARRIAGE_CERTIFICATE, era=Era.E1980S, rotation=0,
        size=(400, 300), dpi=300, fields=tuple(fields), engine="ppocr",
    )  # fmt: skip


@pytest.fixture(scope="session")
def enter(tmp_path_factory):
    """Enters pages that were read with these values; gives the batch."""

    def entering(desk, pages: list[dict[str, str]]) -> str:
        folder = tmp_path_factory.mktemp("own-pages")
        scans = [folder / f"scan{n}.png" for n in range(len(pages))]
        readings = [reading_of(scan, page) for scan, page in zip(scans, pages, strict=True)]
        batch_id = intake(
            desk.home_id, handed_over.leave(scans), name_token=handed_over.leave("校准")
        )
        results = [
            (sha256_of(Path), reading) for Path, reading in zip(scans, readings, strict=True)
        ]
        key = desk.here.home_key.key
        chunk = write_chunk(
            desk.here.home.chunks, chunk_tables(results, batch_id=batch_id), key=key
        )
        load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
        return batch_id

    return entering


def key_all(desk, crew, batch_id: str, answer) -> None:
    """Approve, seal, key by `answer(field)`, receive and merge, as staff and clerks do."""
    planned = desk.here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
    waiting = [row for row in planned if not row["sealed"]]
    for row in waiting:
        crew.approve(desk, row["package_id"])
    seal_approved(desk.home_id, batch_id)
    field_of = {row["item_id"]: row["reading_id"].split("/")[2] for row in desk.rows("work_items")}
    files = [crew.key(desk, row, lambda item: answer(field_of[item.item_id])) for row in waiting]
    token = receive(desk.home_id, handed_over.leave(files))
    assert not handed_over.collect(token, Received).refusals
    merge_keyings(desk.home_id, batch_id)


def concluded(desk, allowed: float = 0.4) -> Outcome:
    return handed_over.collect(conclude(desk.home_id, "uid:7", allowed), Outcome)


@pytest.fixture(scope="session")
def calibrated_home(tmp_path_factory, fresh, open_home, crew, enter):
    """A home with a first calibration, to be copied: six pages, all of them read right."""
    root = tmp_path_factory.mktemp("calibrated") / "home"
    shutil.copytree(fresh, root)
    with open_home(root) as desk:
        crew.conclude(desk.here)
        batch_id = enter(desk, [TRUE] * 6)
        draw_and_propose(desk.home_id, batch_id, "A-1", 100)
        key_all(desk, crew, batch_id, TRUE.get)
        return root, batch_id, concluded(desk, allowed=0.4)


@pytest.fixture
def calibrated(tmp_path, calibrated_home, open_home):
    root, batch_id, outcome = calibrated_home
    shutil.copytree(root, tmp_path / "home")
    with open_home(tmp_path / "home") as desk:
        yield SimpleNamespace(desk=desk, batch_id=batch_id, outcome=outcome)


def test_what_is_drawn_is_drawn_once_and_goes_out_as_ordinary_work(desk, crew, enter):
    crew.conclude(desk.here)
    batch_id = enter(desk, [TRUE] * 4)
    assert draw_and_propose(desk.home_id, batch_id, "A-1", 6) == 6
    items = desk.rows("work_items")
    # A second start draws nothing else and plans nothing twice.
    assert draw_and_propose(desk.home_id, batch_id, "A-1", 6) == 6
    assert desk.rows("work_items") == items
    assert len(items) == 2 * 6
    assert {row["purpose"] for row in items} == {"key"}
    sample = desk.rows("calibration_samples")
    assert {row["part"] for row in sample} == {"fit", "audit"}
    page = {row["reading_id"]: row["reading_id"].split("/")[0] for row in sample}
    parts = {(page[row["reading_id"]], row["part"]) for row in sample}
    assert len(parts) == len({name for name, _ in parts})
    waiting = concluded(desk)
    assert waiting.calibration is None
    (state,) = waiting.samples
    assert (state.drawn, state.packed, state.settled, state.complete) == (6, 6, 0, False)


def test_an_era_that_passes_opens_and_one_without_an_audit_does_not(calibrated):
    made = calibrated.outcome.calibration
    assert calibrated.outcome.new
    (stratum,) = made.strata
    assert (stratum.era, stratum.hand, stratum.outcome) == ("1980s", "neat", OPEN)
    assert (stratum.fit, stratum.audited, stratum.wrong) == (8, 16, 0)
    assert stratum.upper <= made.allowed
    policy = _policy(None, made)
    assert policy.opened == ("1980s/neat",)
    assert made.label in policy.name
    assert _policy("cautious-1", made) is CAUTIOUS


def test_a_calibration_tells_where_it_comes_from(calibrated):
    made = calibrated.outcome.calibration
    assert made.made_by == "uid:7"
    assert made.batches == (calibrated.batch_id,)
    scans = {row["scan_id"] for row in calibrated.desk.rows("scans")}
    assert {page.split(":")[0] for page in made.pages} == scans
    assert len(made.models) == 4
    text = path_of(calibrated.desk.here.home, 1).read_text(encoding="utf-8")
    assert not any(value in text for value in TRUE.values())


def test_looking_again_makes_no_new_version(calibrated):
    again = concluded(calibrated.desk)
    assert not again.new
    assert again.calibration == calibrated.outcome.calibration
    stricter = concluded(calibrated.desk, allowed=0.001)
    assert stricter.calibration.version == 2
    assert stricter.calibration.strata[0].outcome == "key"
    assert stricter.calibration.strata[0].missing > 1000
    assert stricter.calibration.strata[0].level > calibrated.outcome.calibration.strata[0].level


def test_pages_after_it_are_read_with_it_and_accepted(calibrated, enter, monkeypatch):
    desk, made = calibrated.desk, calibrated.outcome.calibration
    other = enter(desk, [TRUE | {"office": "另一处"}])
    careful = dataclasses.replace(desk.here, policy=CAUTIOUS)
    monkeypatch.setattr("flows.process.installation", lambda _: careful)
    decide(desk.home_id, other)
    assert not [row for row in desk.rows("decisions") if row["source"] == "policy"]
    opened = dataclasses.replace(desk.here, policy=_policy(None, made), calibration=made)
    monkeypatch.setattr("flows.process.installation", lambda _: opened)
    decide(desk.home_id, other)
    decided = [row for row in desk.rows("decisions") if row["source"] == "policy"]
    assert {row["reason"] for row in decided} == {f"audited-{made.label}"}
    asked = []
    monkeypatch.setattr("flows.digitise.read_pages", lambda _, **more: asked.append(more) or [])
    list(_chunk_results(opened, [], lambda _done, _total: None))
    assert asked[0]["calibration"] == made.change


@pytest.mark.slow
def test_a_machine_that_errs_is_not_opened_and_is_found_out(desk, crew, enter):
    crew.conclude(desk.here)
    batch_id = enter(desk, [TRUE | {"male.name": "李蕾", "female.name": "韩妹妹"}] * 6)
    draw_and_propose(desk.home_id, batch_id, "A-1", 100)
    key_all(desk, crew, batch_id, TRUE.get)
    if any(row["outcome"] == "third_keying" for row in desk.rows("consensus")):
        draw_and_propose(desk.home_id, batch_id, "A-1", 100)
        key_all(desk, crew, batch_id, TRUE.get)
    (stratum,) = concluded(desk, allowed=0.05).calibration.strata
    # The fit has learnt that names are wrong: they are no longer accepted at all.
    assert stratum.outcome != OPEN
    assert stratum.accepted < stratum.audited
    shifts = latest(desk.here.home, desk.here.home_key).change.shifts
    assert shifts["group:name"] < shifts["group:other"]


@pytest.mark.slow
def test_what_clerks_can_not_settle_counts_as_wrong(desk, crew, enter):
    crew.conclude(desk.here)
    batch_id = enter(desk, [TRUE] * 3)
    draw_and_propose(desk.home_id, batch_id, "A-1", 100)
    turns = itertools.count(1)

    def mixed(field: str) -> str:
        return f"第{next(turns)}区" if field == "office" else TRUE[field]

    key_all(desk, crew, batch_id, mixed)
    assert concluded(desk).calibration is None
    draw_and_propose(desk.home_id, batch_id, "A-1", 100)
    key_all(desk, crew, batch_id, mixed)
    made = concluded(desk).calibration
    assert made.unsettled == 3
    # Counted as wrong, they speak against their kind of field.
    assert made.change.shifts["group:other"] < 0 < made.change.shifts["group:name"]


def test_an_altered_file_is_refused(calibrated):
    home, key = calibrated.desk.here.home, calibrated.desk.here.home_key
    path = path_of(home, 1)
    held = json.loads(path.read_text(encoding="utf-8"))
    held["strata"][0]["outcome"] = "open"
    held["allowed"] = 0.9
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(IntegrityError) as refusal:
        latest(home, key)
    assert refusal.value.reason == "damaged_calibration"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(IntegrityError):
        calibration_in_force(home, key)


def test_a_calibration_of_another_reader_is_not_used(calibrated, caplog):
    home, key = calibrated.desk.here.home, calibrated.desk.here.home_key
    made = calibrated.outcome.calibration
    assert calibration_in_force(home, key) == made
    save(home, key, dataclasses.replace(made, version=2, reader="another"))
    assert calibration_in_force(home, key) is None
    assert "another reader" in caplog.text
