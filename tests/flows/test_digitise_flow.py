"""Reading a batch: every scan once, interrupted or not, from where intake found it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.digitise import digitise
from flows.installation import handed_over
from flows.intake import find_files, intake
from ocr.pages import source_name
from records.reading import Box, Decision, Era, FieldReading, Kind, PageReading


def read(path, page):
    field = FieldReading(
        name="male.name",
        row=None,
        text=f"{path.parent.name}{page}",
        value=f"{path.parent.name}{page}",
        confidence=0.9,
        decision=Decision.ACCEPT,
        box=Box(1, 2, 30, 40),
    )
    return PageReading(
        source=source_name(path),
        page=page,
        kind=Kind.MARRIAGE_CERTIFICATE,
        era=Era.E1980S,
        rotation=0,
        size=(100, 100),
        dpi=300,
        fields=(field,),
        engine="ppocr",
    )


@pytest.fixture
def reader(monkeypatch):
    """Takes the place of the networks: two pages a file, and a list of what was read."""
    seen: list[Path] = []

    def read_pages(paths, **_):
        for path in paths:
            seen.append(path)
            yield from (read(path, 1), read(path, 2))

    monkeypatch.setattr("flows.digitise.read_pages", read_pages)
    return seen


@pytest.fixture
def batch(desk, tmp_path, page_of):
    """Two scans of the same name in two folders, entered as a batch."""
    paths = [tmp_path / "甲" / "1.png", tmp_path / "乙" / "1.png"]
    for number, path in enumerate(paths):
        path.parent.mkdir()
        page_of(path, dict.fromkeys(range(number), "x"))
    return paths, enter(desk, *paths)


def enter(desk, *paths):
    files = handed_over.leave(find_files(paths))
    return intake(desk.home_id, files, name_token=handed_over.leave("批次"))


def texts(desk):
    """Text of each reading → the scan it is entered under."""
    scans = {row["scan_id"]: row["source"] for row in desk.rows("scans") if not row["reason"]}
    return {row["text"]: scans[row["page_id"].split(":")[0]] for row in desk.rows("readings")}


def set_aside(desk, batch_id):
    rows = desk.here.warehouse.query("quarantine", batch_id=batch_id).to_pylist()
    return [(Path(row["source"]), row["page"], row["reason"]) for row in rows]


class CrashError(Exception):
    """What ends a step in the middle."""


def crash(*_, **__):
    raise CrashError


def test_every_page_lies_under_its_scan_and_is_read_once(desk, batch, reader):
    paths, batch_id = batch
    assert digitise(desk.home_id, batch_id) == 2
    first, second = map(str, paths)
    assert texts(desk) == {"甲1": first, "甲2": first, "乙1": second, "乙2": second}
    assert digitise(desk.home_id, batch_id) == 0
    assert sorted(reader) == sorted(paths)


def test_what_was_read_before_a_crash_is_loaded_and_not_read_again(
    desk, batch, reader, monkeypatch
):
    _, batch_id = batch

    with monkeypatch.context() as patched:
        patched.setattr("flows.digitise.load_chunks", crash)
        with pytest.raises(CrashError):
            digitise(desk.home_id, batch_id)
    assert desk.rows("readings") == []
    assert digitise(desk.home_id, batch_id) == 0
    assert len(desk.rows("readings")) == len(texts(desk)) == 4
    assert len(reader) == 2


def test_a_crash_between_loading_and_clearing_away_doubles_nothing(
    desk, batch, reader, monkeypatch
):
    _, batch_id = batch

    with monkeypatch.context() as patched:
        patched.setattr("flows.digitise.shutil", SimpleNamespace(rmtree=crash))
        with pytest.raises(CrashError):
            digitise(desk.home_id, batch_id)
    assert digitise(desk.home_id, batch_id) == 0
    assert len(desk.rows("readings")) == len(texts(desk)) == 4
    assert len(reader) == 2


def test_a_scan_that_was_moved_is_read_when_it_is_back(desk, batch, reader):
    (first, second), batch_id = batch
    aside = second.with_suffix(".aside")
    second.rename(aside)
    digitise(desk.home_id, batch_id)
    assert set_aside(desk, batch_id) == [(second, None, "not_found")]
    assert reader == [first]
    digitise(desk.home_id, batch_id)
    assert set_aside(desk, batch_id) == [(second, None, "not_found")]
    aside.rename(second)
    digitise(desk.home_id, batch_id)
    assert set_aside(desk, batch_id) == []
    assert reader == [first, second]
    assert texts(desk).keys() == {"甲1", "甲2", "乙1", "乙2"}


def test_a_scan_that_was_changed_is_not_read(desk, batch, reader):
    (first, second), batch_id = batch
    second.write_bytes(second.read_bytes() + b"\0")
    digitise(desk.home_id, batch_id)
    assert set_aside(desk, batch_id) == [(second, None, "scan_changed")]
    assert reader == [first]


def test_a_missing_scan_may_be_entered_from_where_it_is_now(desk, batch, reader, tmp_path):
    (first, second), batch_id = batch
    moved = tmp_path / "丙" / "1.png"
    moved.parent.mkdir()
    second.rename(moved)
    digitise(desk.home_id, batch_id)
    again = enter(desk, moved, first)
    assert set_aside(desk, again) == [(first, None, "duplicate")]
    assert digitise(desk.home_id, again) == 1
    assert reader == [first, moved]
    assert set_aside(desk, batch_id) == []
