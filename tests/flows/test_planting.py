"""Gold and canary items: they look like work, are never data, and say what they are there for."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from read_pages import page_of

from flows import planting
from flows.commands.batches import _say_who_failed
from flows.installation import handed_over
from flows.intake import intake
from flows.planting import canaries_in, gold_verdicts
from flows.process import decide
from flows.receive import load_submission, verify_submission, weigh
from flows.release import propose, seal_approved
from flows.tables import chunk_tables
from ocr.canary import canary
from ocr.ink import runs
from ocr.sniff import sha256_of
from records.reading import Box, Decision
from warehouse.chunks import load_chunks, write_chunk

VALUES = {"male.name": "李雷", "female.name": "韩梅梅", "office": "某某人民公社"}
NUMBER = "1234567"


class ColumnReader:
    """Knows figures by their shape, learnt from the first number that it is shown."""

    def __init__(self):
        self.known = []

    def __call__(self, drawing):
        dark = drawing < 128
        glyphs = [dark[:, a:b] for a, b in runs(dark.any(axis=0))]
        if not self.known:
            self.known = list(zip(NUMBER, glyphs, strict=False))
        return "".join(self.name(glyph) for glyph in glyphs)

    def name(self, glyph):
        same = (name for name, known in self.known if np.array_equal(known, glyph))
        return next(same, "?")


def sheet_with(text):
    sheet = np.full((80, 340), 255, np.uint8)
    cv2.putText(sheet, text, (14, 56), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 4)
    return sheet


def test_a_canary_is_a_number_with_its_figures_changed_places():
    sheet, read = sheet_with(NUMBER), ColumnReader()
    found = canary(sheet, NUMBER, read=read, chance=random.Random(3))  # noqa: S311 - a test's
    assert sorted(found.text) == sorted(NUMBER)
    assert found.text != NUMBER


@pytest.mark.parametrize("text", ["", "第号", "12", "A1B", "1" * 13 + "x2"])
def test_without_a_run_of_figures_there_is_no_canary(text):
    chance = random.Random(1)  # noqa: S311 - a test's
    assert canary(sheet_with(text), text, read=lambda _: text, chance=chance) is None


def test_a_drawing_that_the_reader_reads_otherwise_is_no_canary():
    chance = random.Random(1)  # noqa: S311 - a test's
    assert canary(sheet_with("48135"), "48135", read=lambda _: "48135", chance=chance) is None


def enter(desk, folder, name):
    """A batch of two pages: one to key, and one whose number was accepted."""
    read, scans = [], []
    for at, values in enumerate((VALUES, {**VALUES, "certificate_number": NUMBER})):
        scan = folder / f"{name}-{at}.png"
        reading = page_of(scan, values)
        if at:
            fields = tuple(
                replace(
                    field,
                    confidence=0.999,
                    decision=Decision.ACCEPT,
                    box=Box(10, 220, 300, 270) if field.name == "certificate_number" else field.box,
                )
                for field in reading.fields
            )
            reading = replace(reading, fields=fields)
            picture = cv2.imread(str(scan))
            picture[215:275] = 225
            cv2.putText(picture, NUMBER, (16, 262), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (60, 50, 60), 4)
            cv2.imwrite(str(scan), picture)
        # Two batches hold no page twice.
        picture = cv2.imread(str(scan))
        picture[0, :3, 0] = list(name.encode()[:3])
        cv2.imwrite(str(scan), picture)
        scans.append(scan)
        read.append((sha256_of(scan), reading))
    batch_id = intake(desk.home_id, handed_over.leave(scans), name_token=handed_over.leave(name))
    key = desk.here.home_key.key
    chunk = write_chunk(desk.here.home.chunks, chunk_tables(read, batch_id=batch_id), key=key)
    load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
    decide.__wrapped__(desk.home_id, batch_id)
    return batch_id


def release(desk, crew, batch_id):
    propose(desk.home_id, batch_id, "A-1")
    for package_id in desk.here.releases.ids():
        if not desk.here.releases.approvals(package_id):
            crew.approve(desk, package_id)
    sealed = seal_approved(desk.home_id, batch_id)
    planned = desk.here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
    return [row for row in planned if row["package_id"] in sealed]


def key_all(desk, crew, packages, *, spoil=""):
    """What stands in every picture is keyed; items of the purpose `spoil` are keyed wrong."""
    for row in packages:
        items = desk.here.warehouse.query("package_items", package_id=row["package_id"])
        known = {item["item_id"]: item for item in items.to_pylist()}

        def answer(item, known=known):
            shown = known[item.item_id]
            wrong = "错" if shown["purpose"] == spoil else ""
            return (shown["shown_text"] or VALUES[shown["field"]]) + wrong

        file = crew.key(desk, row, answer)
        load_submission.__wrapped__(
            desk.home_id, verify_submission.__wrapped__(desk.home_id, handed_over.leave(file))
        )


def test_planted_items_are_no_data_and_say_what_they_are_for(
    desk, crew, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(planting, "_read", ColumnReader())
    crew.conclude(desk.here)
    first = enter(desk, tmp_path, "one")
    packages = release(desk, crew, first)
    purposes = Counter(item["purpose"] for item in desk.rows("work_items"))
    # Every package holds a canary of its own; nothing was settled before that could be gold.
    assert purposes == {"key": 6, "canary": len(packages)}
    planted = desk.here.warehouse.query("canaries_planted").to_pylist()
    assert len({row["text"] for row in planted}) == len(packages)
    assert NUMBER not in {row["text"] for row in planted}

    key_all(desk, crew, packages)
    counts = weigh.__wrapped__(desk.home_id, first)
    assert counts["agreed"] == 3
    assert sum(counts.values()) == 3
    assert {row["value"] for row in desk.rows("decisions") if row["source"] == "consensus"} == set(
        VALUES.values()
    )

    # A list with one package's canary names that package and its clerk, and no other.
    leaked = f"1,李雷,{planted[0]['text']}\r\n2,韩梅梅,{NUMBER}\r\n"
    (found,) = canaries_in(desk.here, leaked)
    assert (found["package_id"], found["clerk"]) == (
        planted[0]["package_id"],
        planted[0]["clerk"],
    )
    assert canaries_in(desk.here, f"1,李雷,{NUMBER}") == []

    second = enter(desk, tmp_path, "two")
    later = release(desk, crew, second)
    gold = [item for item in desk.rows("work_items") if item["purpose"] == "gold"]
    assert len({item["package_id"] for item in gold}) == len(later)
    before = [row for row in desk.rows("decisions") if row["reading_id"] in _readings(gold)]
    key_all(desk, crew, later, spoil="gold")
    counts = weigh.__wrapped__(desk.home_id, second)
    assert (counts["agreed"], sum(counts.values())) == (3, 3)
    verdicts = gold_verdicts(desk.here)
    assert sum(each.shown for each in verdicts) == len(gold)
    assert all(each.wrong == each.shown for each in verdicts)
    # Whoever takes submissions in is told of clerks who failed, and of nobody else.
    capsys.readouterr()
    _say_who_failed(desk.here)
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split()[0] for line in told.err.splitlines()] == [
        each.clerk_id for each in verdicts if not each.passed
    ]
    assert "不合格 failed" in told.err
    after = [row for row in desk.rows("decisions") if row["reading_id"] in _readings(gold)]
    assert after == before


def _readings(items):
    return {item["reading_id"] for item in items}
