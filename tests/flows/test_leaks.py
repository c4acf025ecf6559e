"""A leaked picture names the package and the clerk it was sealed for, and nobody else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from confidentiality.audit import AuditLog
from confidentiality.sealed import SealedKind, open_sealed
from flows.leaks import false_alarm, trace_leak
from keying.package import parse_package
from ocr.snippets import png


@pytest.fixture
def leaked(keyed, tmp_path):
    """A picture out of a package, cropped, compressed and made smaller, as it was passed on."""

    def leak(row, number=0):
        desk = keyed.desk
        opened = open_sealed(
            desk.here.home.outgoing / f"{row['package_id']}.sealed",
            recipient=keyed.crew.clerk(row["clerk"]),
            senders=[keyed.crew.archive.public],
            now=desk.clock(),
            expect_kind=SealedKind.WORK_PACKAGE,
        )
        package = parse_package(opened.contents)
        item = package.items[number]
        picture = cv2.imdecode(np.frombuffer(package.picture(item), np.uint8), 1)
        small = cv2.resize(picture[4:, 6:-6], None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
        path = tmp_path / "leaked.jpg"
        cv2.imwrite(str(path), small, [cv2.IMWRITE_JPEG_QUALITY, 40])
        return path, item

    return leak


def test_the_clerk_of_a_leaked_picture_is_named(keyed, leaked):
    here = keyed.desk.here
    for row in keyed.packages[:3]:
        path, item = leaked(row)
        leak = trace_leak(here, path)
        assert leak.found
        assert (leak.package_id, leak.clerk) == (row["package_id"], row["clerk"])
        assert leak.item_id == item.item_id
        assert leak.false_alarm < 1e-4
        last = list(AuditLog(here.home.audit).entries())[-1]
        assert (last.event, last.subject["package"]) == ("leak.traced", row["package_id"])


def test_the_same_field_went_out_in_different_pictures(keyed, leaked):
    """Two clerks key a field; looked for in the other one's package alone, nothing is found."""
    row = keyed.packages[0]
    path, _ = leaked(row)
    others = {each["package_id"] for each in keyed.packages} - {row["package_id"]}
    leak = trace_leak(keyed.desk.here, path, others)
    assert leak is None or not leak.found


def test_a_picture_that_was_never_released_names_nobody(keyed, tmp_path):
    chance = np.random.default_rng(5).integers(0, 255, (80, 220, 3)).astype(np.uint8)
    path = tmp_path / "other.png"
    path.write_bytes(png(cv2.GaussianBlur(chance, (0, 0), 2)))
    leak = trace_leak(keyed.desk.here, path)
    assert leak is None or not leak.found
    assert not any(e.event == "leak.traced" for e in AuditLog(keyed.desk.here.home.audit).entries())


def test_the_stated_rate_of_false_alarms():
    assert false_alarm(0, 10) == 1.0
    assert false_alarm(10, 1) < 2e-6
    assert false_alarm(10, 36) == pytest.approx(36 * false_alarm(10, 1))
    assert false_alarm(20, 1) < false_alarm(10, 1)
