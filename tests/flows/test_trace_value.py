"""`backfill trace-value`: the chain as text, as JSON, and as a page with the paper on it."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from confidentiality.audit import AuditLog
from flows.cli import main
from flows.installation import handed_over
from flows.intake import intake
from flows.process import decide
from flows.settings import account
from flows.tables import chunk_tables
from ocr.sniff import sha256_of
from ocr.snippets import png
from warehouse.chunks import load_chunks, write_chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A home with verified records, one record of it, and its scan."""

    root: str
    record: str
    scan: str


@pytest.fixture(scope="module")
def traced(tmp_path_factory, fresh, open_home, ledger_page):
    folder = tmp_path_factory.mktemp("traced")
    root, scan = folder / "home", folder / "登记簿.png"
    shutil.copytree(fresh, root)
    with open_home(root) as desk:
        reading = ledger_page(scan, 3)
        paper = np.random.default_rng(5).integers(0, 256, (2000, 1500, 3), np.uint8)
        scan.write_bytes(png(paper))
        token = handed_over.leave("批次")
        batch_id = intake(desk.home_id, handed_over.leave([scan]), name_token=token)
        tables = chunk_tables([(sha256_of(scan), reading)], batch_id=batch_id)
        key = desk.here.home_key.key
        chunk = write_chunk(desk.here.home.chunks, tables, key=key)
        load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
        assert decide.__wrapped__(desk.home_id, batch_id) == 3
    return Traced(root=str(root), record=f"{sha256_of(scan)}:1/2", scan=str(scan))


@pytest.fixture
def run(traced, capfd, monkeypatch):
    for name in ("PREFECT_HOME", "PREFECT_PROFILES_PATH"):
        monkeypatch.setenv(name, os.environ[name])

    def run(field, *words):
        status = main(["trace-value", traced.record, field, "--home", traced.root, *words])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


def test_text_names_paper_reading_and_decision(run, traced):
    status, out, _ = run("male.name")
    assert status == 0
    first = out.splitlines()[0]
    assert first == "男方姓名 man's name: 李雷2"
    for expected in (traced.record, traced.scan, "box 10,2–200,3", "99.90%", "demonstration-1"):
        assert expected in out


def test_json_is_the_chain(run, traced):
    status, out, _ = run("male.name", "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["record_id"], found["value"]) == (traced.record, "李雷2")
    assert found["box"] == [10, 2, 200, 3]
    assert [each["engine"] for each in found["readings"]] == ["ppocr"]


def test_the_page_stands_by_itself_and_shows_the_paper(run, tmp_path):
    out = tmp_path / "trace.html"
    assert run("male.name", "--html", str(out))[0] == 0
    assert out.stat().st_mode & 0o077 == 0
    page = out.read_text(encoding="utf-8")
    assert "李雷2" in page
    for forbidden in ("<script", "<link", "<iframe", "@import", "url(http", 'href="http'):
        assert forbidden not in page
    assert re.findall('<rect class="box"(.*)/>', page) == [' x="10" y="2" width="190" height="1"']
    pictures = [
        Pictures.open(io.BytesIO(base64.b64decode(data)))
        for data in re.findall(r'"data:image/\w+;base64,([^"]+)"', page)
    ]
    assert [picture.size for picture in pictures] == [(202 + 10, 3 + 12), (1200, 1600)]


def test_who_saw_which_value_and_why_is_noted(run, traced):
    before = len(list(AuditLog(Path(traced.root, "audit")).entries()))
    assert run("male.name", "--reason", "inspection")[0] == 0
    assert run("female.name", "--json")[0] == 0
    first, second = list(AuditLog(Path(traced.root, "audit")).entries())[before:]
    assert {first.event, second.event} == {"value.shown"}
    assert first.subject == {
        "by": account(),
        "field": "male.name",
        "reason": "inspection",
        "record": traced.record,
    }
    assert (second.subject["field"], second.subject["reason"]) == ("female.name", "unstated")


@pytest.mark.parametrize("fault", ["changed", "gone"])
def test_a_scan_that_is_not_what_it_was_is_not_shown(run, traced, tmp_path, fault):
    scan, out = Path(traced.scan), tmp_path / "trace.html"
    paper = scan.read_bytes()
    if fault == "gone":
        scan.unlink()
    else:
        scan.write_bytes(paper + b"\0")
    assert run("male.name", "--html", str(out))[0] == 0
    scan.write_bytes(paper)
    page = out.read_text(encoding="utf-8")
    assert ("scan_changed" if fault == "changed" else "not_found") in page
    assert "data:image" not in page
    assert "李雷2" in page


def test_an_unknown_value_is_wrong_usage(run, tmp_path):
    status, out, err = run("male.address", "--html", str(tmp_path / "trace.html"))
    assert (status, out) == (2, "")
    assert "unknown_value" in err
    assert not (tmp_path / "trace.html").exists()
