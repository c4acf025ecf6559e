"""The correction list says what differs, leaves by the gate, and changes no text of the archive."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from contextlib import nullcontext
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from confidentiality.agreement import AgreementKind
from confidentiality.sealed import SealedKind, open_sealed
from flows.auditing import check_audit
from flows.cli import main
from flows.commands.shares import records_in
from flows.register_list import listed, send_list, write_list
from records.errors import NotPermittedError, UsageError
from warehouse.differences import note_differences
from warehouse.events import chain_events
from warehouse.share import ShareFilter

ALL = ShareFilter()


@pytest.fixture
def differing(ledger):
    """Two men of the ledger whom the register has otherwise; one name would run as a formula."""
    here, batch_id = ledger.desk.here, ledger.batch_id
    records = sorted(row["record_id"] for row in ledger.desk.rows("records"))[:2]
    matches = [
        {"batch_id": batch_id, "record_id": f"{record}/male", "person_id": person,
         "probability": 0.999, "decision": "match", "evidence": "{}", "model": "m",
         "matched_at": here.clock()}
        for record, person in zip(records, ("110000000000000001", "P2"), strict=True)
    ]  # fmt: skip
    register = pa.table(
        {"person_id": ["110000000000000001", "P2"], "name": ["=1+1", "某某"]},
    )
    with here.warehouse.transaction():
        rows = pa.Table.from_pylist(matches, here.warehouse.schema("matches"))
        added = here.warehouse.merge("matches", rows)
        noted = note_differences(here.warehouse, register, batch_id=batch_id, now=here.clock())
        here.note("batch.matched", batch=batch_id, people=2, matches=added, differences=noted)
        chain_events(here.warehouse, batch_id=batch_id, now=here.clock())
    return ledger


def archive_texts(desk):
    return sorted(
        (row["record_id"], row["field"], row["value"]) for row in desk.rows("record_values")
    )


def test_the_list_holds_both_sides_and_the_archive_stays(differing, tmp_path):
    desk = differing.desk
    before = archive_texts(desk)
    found = listed(desk.here, ALL)
    assert [(row["field"], row["register_value"]) for row in found.rows] == [
        ("male.name", "=1+1"),
        ("male.name", "某某"),
    ]
    write_list(desk.here, found, tmp_path / "out", by="tester", reason="inspection")
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["校核纠错.csv", "校核纠错.html", "校核纠错.xlsx"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    table, page, book = files
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in table.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(book) as parts:
        sheet = etree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = list(sheet.iter(f"{main}c"))
    assert {each.get("t") for each in cells} == {"s", "inlineStr"}
    assert not list(sheet.iter(f"{main}f"))
    assert {"110000000000000001", "=1+1"} <= {"".join(each.itertext()) for each in cells}
    html = page.read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in html
    assert not re.findall(r'(?:src|href)="(?!#|data:)', html)
    assert "处理结果" in html
    assert archive_texts(desk) == before
    assert archive_values(found) <= {value for _, _, value in before}


def archive_values(found):
    return {row["archive_value"] for row in found.rows}


def test_taking_the_list_is_audited_without_values(differing, tmp_path):
    desk = differing.desk
    write_list(
        desk.here, listed(desk.here, ALL), tmp_path / "out", by="tester", reason="inspection"
    )
    entries = [json.loads(line) for line in desk.here.home.audit.read_text().splitlines()]
    told = json.dumps([each for each in entries if "differences.listed" in json.dumps(each)])
    for word in (differing.batch_id, "tester", "inspection"):
        assert word in told
    log = desk.here.home.audit.read_text()
    assert not [text for text in ("某某", "=1+1", "李雷") if text in log]
    # What the log says of differences is held against their rows.
    assert {each.kind for each in check_audit(desk.here).uncovered} <= {"chunk", "readings"}


def test_the_list_leaves_by_the_gate_for_its_department_alone(differing):
    desk, here = differing.desk, differing.desk.here
    assert send_list(here, "S-1") is None
    (package_id,) = here.releases.ids()
    assert send_list(here, "S-1") is None
    differing.crew.approve(desk, package_id)
    name = send_list(here, "S-1")
    assert send_list(here, "S-1") == name == f"{package_id}.sealed"
    opened = open_sealed(
        here.home.outgoing / name,
        recipient=differing.department,
        senders=[differing.crew.archive.public],
        now=desk.clock(),
        expect_kind=SealedKind.SHARE,
    )
    assert records_in(opened.contents, name) == 2
    rows = pq.read_table(io.BytesIO(opened.contents["differences.parquet"])).to_pylist()
    assert [(row["person_id"], row["register_value"]) for row in rows] == [
        ("110000000000000001", "=1+1"),
        ("P2", "某某"),
    ]
    assert set(rows[0]) == {"item", "person_id", "field", "archive_value", "register_value"}
    (line,) = desk.rows("shares")
    assert (line["content"], line["records"]) == ("differences", 2)
    assert {each.kind for each in check_audit(here).uncovered} <= {"chunk", "readings"}


def test_fields_that_were_not_agreed_stay(differing):
    here = differing.desk.here
    sides = replace(differing.crew, clerks=(differing.department,))
    fields = frozenset({"female.name"})
    sides.conclude(here, "S-2", kind=AgreementKind.DATA_SHARING, fields=fields)
    with pytest.raises(UsageError, match="nothing_differs"):
        send_list(here, "S-2")
    with pytest.raises(NotPermittedError):
        send_list(here, "S-9")


def test_nothing_to_list_is_said(ledger):
    with pytest.raises(UsageError, match="nothing_differs"):
        listed(ledger.desk.here, ALL)


def test_the_command_counts_and_exports(differing, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        "flows.opening.open_installation",
        lambda *_args, **_kwargs: nullcontext(differing),
    )
    monkeypatch.setattr(type(differing), "installation", differing.desk.here, raising=False)
    assert main(["differences", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"differences": 2, "fields": {"male.name": 2}}
    assert main(["differences", "export", "--out", str(tmp_path / "x")]) == 0
    out = capsys.readouterr().out
    assert "2" in out
    assert "某某" not in out
    assert (tmp_path / "x" / "校核纠错.html").is_file()
