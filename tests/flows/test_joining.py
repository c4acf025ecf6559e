"""A release whose pictures let their certificates be joined is refused; a plain one is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from read_pages import page_of

from confidentiality.audit import AuditLog
from confidentiality.rejoining import LIMIT, Extent, Target
from flows import cutting
from flows.installation import handed_over
from flows.intake import intake
from flows.joining import kept
from flows.release import propose, seal_approved
from flows.tables import chunk_tables
from ocr.sniff import sha256_of
from records.errors import ExitStatus, NotPermittedError
from warehouse.chunks import load_chunks, write_chunk

if TYPE_CHECKING:
    from desks import Desk

PAGES = 8
FIELDS = ("male.name", "female.name", "male.birth_date", "registration_date", "office", "holder")


def enter_pages(desk: Desk, folder) -> str:
    """A batch of several certificates, each with a few fields to key."""
    scans, read = [], []
    for number in range(PAGES):
        scan = folder / f"scan-{number}.png"
        reading = page_of(scan, {name: f"{name} {number}" for name in FIELDS})
        picture = cv2.imread(str(scan))
        cv2.imwrite(str(scan), np.clip(picture.astype(int) - 14 * number, 0, 255).astype(np.uint8))
        scans.append(scan)
        read.append((sha256_of(scan), reading))
    name = handed_over.leave("批次")
    batch_id = intake(desk.home_id, handed_over.leave(scans), name_token=name)
    key = desk.here.home_key.key
    chunk = write_chunk(desk.here.home.chunks, chunk_tables(read, batch_id=batch_id), key=key)
    load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
    return batch_id


def released(desk, crew, folder):
    crew.conclude(desk.here)
    batch_id = enter_pages(desk, folder)
    propose(desk.home_id, batch_id, "A-1")
    for package_id in desk.here.releases.ids():
        crew.approve(desk, package_id)
    return batch_id


def test_plain_pictures_leave(desk, crew, tmp_path):
    batch_id = released(desk, crew, tmp_path)
    assert seal_approved(desk.home_id, batch_id)
    for package_id in desk.here.releases.ids():
        measured = kept(desk.here, package_id)
        assert {each.extent for each in measured} == set(Extent)
        own = [each.risk for each in measured if each.extent is Extent.QUEUE]
        assert any(risk.claims for risk in own)
        # No clerk holds two identifying fields of one person: there is nothing to be right about.
        persons = [
            each
            for each in measured
            if each.target is Target.PERSON and each.extent is not Extent.VENDOR
        ]
        assert all(each.risk.right == 0 and each.risk.expected == 0 for each in persons)
        assert not any(each.forbids for each in measured)


def test_tinted_paper_is_refused(desk, crew, tmp_path, monkeypatch):
    def as_scanned(upright, box, others=()):  # noqa: ARG001 - as plain is called
        left, top, right, bottom = box
        return cv2.cvtColor(upright[top:bottom, left:right], cv2.COLOR_RGB2GRAY)

    monkeypatch.setattr(cutting, "plain", as_scanned)
    batch_id = released(desk, crew, tmp_path)
    with pytest.raises(NotPermittedError, match="joining_risk") as caught:
        seal_approved(desk.home_id, batch_id)
    assert caught.value.status == ExitStatus.NOT_PERMITTED
    assert not list(desk.here.home.outgoing.iterdir())
    worst = max(kept(desk.here, caught.value.where), key=lambda each: each.risk.advantage)
    assert worst.risk.advantage > LIMIT
    entries = list(AuditLog(desk.here.home.audit).entries())
    assert entries[-1].event == "release.refused"
    assert entries[-1].subject["rule"] == "joining_risk"
    assert json.dumps(entries[-1].subject).isascii()
    assert sum(entry.event == "joining.measured" for entry in entries) == len(
        desk.here.releases.ids()
    )


def test_what_nobody_measured_does_not_leave(keyed):
    """An older plan, or one whose figures were removed."""
    desk, row = keyed.desk, keyed.packages[0]
    forget = {"id": row["package_id"]}
    for statement in (
        "DELETE FROM packages WHERE package_id = $id",
        "DELETE FROM joining_risks WHERE package_id = $id",
    ):
        desk.here.warehouse._run(statement, "forget", forget)
    (desk.here.home.outgoing / f"{row['package_id']}.sealed").unlink()
    with pytest.raises(NotPermittedError, match="joining_not_measured"):
        seal_approved(desk.home_id, keyed.batch_id)
