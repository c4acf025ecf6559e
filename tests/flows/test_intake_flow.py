"""Intake: what is entered, what is set aside and why, and that doing it again changes nothing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from flows.intake import DUPLICATE, QUARANTINED, TAKEN, Arrival, batch_name, find_files, intake
from flows.originals import as_path
from ocr.snippets import png

MARKER = "MARKER-李雷韩梅梅"


@pytest.fixture(scope="session")
def picture():
    """PNG files, each with other bytes."""
    import numpy as np  # noqa: PLC0415 - only these tests draw

    def draw(number):
        noise = np.random.default_rng(number).integers(0, 255, (400, 600, 3))
        return png(noise.astype(np.uint8))

    return draw


@pytest.fixture
def enter(desk, leave):
    def enter(*paths, name="批次"):
        token = leave(find_files(paths))
        return intake(desk.home_id, token, name_token=leave(name))

    return enter


def statuses(desk, batch_id=None):
    """File name → (status, reason)."""
    return {
        as_path(row["source"]).name: (row["status"], row["reason"])
        for row in desk.rows("scans")
        if batch_id in {None, row["batch_id"]}
    }


def test_a_batch_with_everything_in_it(desk, enter, tmp_path, picture, prefect_bytes, capfd):
    scans = tmp_path / "scans"
    (scans / "更深").mkdir(parents=True)
    (scans / f"{MARKER}.png").write_bytes(picture(1))
    (scans / "zz_same_bytes.png").write_bytes(picture(1))
    (scans / "更深" / "two.png").write_bytes(picture(2))
    (scans / "empty.jpg").write_bytes(b"")
    (scans / "text.jpg").write_text("not a picture", "utf-8")
    (scans / "half.png").write_bytes(picture(3)[:2000])
    (scans / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(scans / "pipe.png")
    (scans / ".hidden").write_bytes(b"x")
    batch_id = enter(scans, name=MARKER + "的卷")
    assert statuses(desk) == {
        f"{MARKER}.png": (TAKEN, None),
        "zz_same_bytes.png": (QUARANTINED, DUPLICATE),
        "two.png": (TAKEN, None),
        "empty.jpg": (QUARANTINED, "empty_file"),
        "text.jpg": (QUARANTINED, "unsupported_type"),
        "dangling.jpg": (QUARANTINED, "not_found"),
        "pipe.png": (QUARANTINED, "not_a_regular_file"),
        "half.png": (QUARANTINED, "truncated_image"),
    }
    rows = desk.rows("scans")
    assert all(row["detail"] for row in rows if row["reason"])
    good = next(row for row in rows if row["source"].endswith("two.png"))
    assert good["scan_id"] == hashlib.sha256(picture(2)).hexdigest()
    assert (good["bytes"], good["media_type"]) == (len(picture(2)), "image/png")

    # The same folder again is the same batch, and changes nothing.
    before = {table: desk.rows(table) for table in ("batches", "scans")}
    assert enter(scans, name="另一个名字") == batch_id
    assert {table: desk.rows(table) for table in before} == before
    assert before["batches"][0]["name"] == MARKER + "的卷"

    # A file's name and the batch's name are the archive's business, not Prefect's.
    kept = prefect_bytes()
    assert desk.home_id.encode() in kept
    assert b"MARKER-" + "李雷".encode() not in kept
    assert b"MARKER-\\\\u" not in kept
    assert "MARKER" not in capfd.readouterr().err


def test_duplicates_across_batches_and_names_in_other_encodings(desk, enter, tmp_path, picture):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    gbk = Path(os.fsdecode(os.fsencode(first) + b"/" + "结婚证.png".encode("gb18030")))
    gbk.write_bytes(picture(1))
    (first / "bad.jpg").write_bytes(b"")
    (second / "again.png").write_bytes(picture(1))
    (second / "bad.jpg").write_bytes(b"")
    (second / "new.png").write_bytes(picture(2))
    one, two = enter(first), enter(second)
    assert one != two
    assert statuses(desk, two) == {
        "again.png": (QUARANTINED, DUPLICATE),
        "bad.jpg": (QUARANTINED, "empty_file"),
        "new.png": (TAKEN, None),
    }
    # The first batch keeps what it took, also when it is entered once more.
    assert enter(first) == one
    assert statuses(desk, one) == {gbk.name: (TAKEN, None), "bad.jpg": (QUARANTINED, "empty_file")}
    waiting = desk.here.warehouse.query("scans_to_read", batch_id=one).to_pylist()
    assert [as_path(row["source"]) for row in waiting] == [gbk]
    assert as_path(waiting[0]["source"]).read_bytes() == picture(1)


def test_a_changed_folder_is_another_batch():
    def arrival(source, scan_id):
        return Arrival(source=source, scan_id=scan_id, size=1, media_type=None, reason=None)

    one, two = arrival("/a", "1" * 64), arrival("/b", "2" * 64)
    assert batch_name([one, two]) == batch_name([two, one])
    others = [[one], [one, arrival("/b", "3" * 64)], [one, arrival("/c", "2" * 64)]]
    names = {batch_name(arrivals) for arrivals in [[one, two], *others]}
    assert len(names) == 4


def test_files_named_twice_are_found_once(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    found = find_files([Path("a.png"), tmp_path, tmp_path / "a.png"])
    assert found == [tmp_path / "a.png"]
