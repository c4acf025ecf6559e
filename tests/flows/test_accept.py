"""A batch is judged by an inspected sample, and one that failed is not shared."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil

import pyarrow as pa
import pytest

from flows.accept import accept, sample
from flows.cli import main
from flows.inspection import COLUMNS, read_sheet, write_sheet
from flows.installation import handed_over
from flows.share import share_batch
from keying.acceptance import LotVerdict, sample_size
from records.errors import InputError, IntegrityError, LotFailedError, NotPermittedError, UsageError

RIGHT = {"是": True, "否": False, "yes": True, "No": False, "1": True, "0": False}


def drawn(ledger, out, seed=1):
    """Draw a sample; Prefect, which is slow, adds nothing to what is tested."""
    leave = handed_over.leave
    return sample.__wrapped__(
        ledger.desk.home_id,
        ledger.batch_id,
        out_token=leave(out),
        chance_token=leave(random.Random(seed)),  # noqa: S311 - the same sample each time - a test repeats its chance
    )


def judged(ledger, sheet):
    token = accept.__wrapped__(
        ledger.desk.home_id, ledger.batch_id, sheet_token=handed_over.leave(sheet)
    )
    return handed_over.collect(token, LotVerdict)


def rows_of(sheet):
    return list(csv.DictReader(io.StringIO(sheet.read_bytes().decode("utf-8-sig"))))


def fill(sheet, answers, *, encoding="utf-8-sig"):
    """Fill a sheet in as a spreadsheet would save it; answers are repeated as needed."""
    rows = rows_of(sheet)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for at, row in enumerate(rows):
        writer.writerow({**row, "right": answers[at % len(answers)]})
    filled = sheet.with_name(f"filled-{len(list(sheet.parent.iterdir()))}.csv")
    filled.write_bytes(text.getvalue().encode(encoding))
    return filled


def filled_with_wrong(ledger, folder, wrong):
    sheet = folder / f"sheet-{wrong}.csv"
    if not sheet.exists():
        drawn(ledger, sheet)
    right = len(rows_of(sheet)) - wrong
    return fill(sheet, ["否"] * wrong + ["是"] * right)


def verdicts(ledger):
    return [row for row in ledger.desk.rows("lots") if row["outcome"] != "drawn"]


def test_a_sheet_names_places_and_no_value(ledger, tmp_path):
    out = tmp_path / "抽检.csv"
    size = drawn(ledger, out)
    records = {row["record_id"] for row in ledger.desk.rows("records")}
    assert size == sample_size(len(records)) < len(records)
    assert out.stat().st_mode & 0o777 == 0o600
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = rows_of(out)
    assert tuple(rows[0]) == COLUMNS
    assert len({row["record_id"] for row in rows} & records) == len(rows) == size
    for row in rows:
        assert row["record_id"].endswith(f":{row['page']}/{row['row']}")
        # A name that begins like a formula is kept from running as one.
        assert (row["file"], row["right"]) == ("'=登记簿.png", "")
    text = data.decode("utf-8-sig")
    values = {row["value"] for row in ledger.desk.rows("record_values")}
    assert len(values) > size
    assert [value for value in values if value in text] == []


def test_chance_decides_the_sample_and_nothing_is_overwritten(ledger, tmp_path):
    outs = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for out, seed in zip(outs, (1, 1, 2), strict=True):
        drawn(ledger, out, seed)
    first, again, other = (out.read_bytes() for out in outs)
    assert first == again != other
    with pytest.raises(UsageError, match="output_exists"):
        drawn(ledger, outs[0], 3)
    assert outs[0].read_bytes() == first


@pytest.mark.parametrize(("wrong", "outcome"), [(0, "passed"), (1, "failed"), (7, "failed")])
def test_the_verdict_is_kept(ledger, tmp_path, wrong, outcome):
    verdict = judged(ledger, filled_with_wrong(ledger, tmp_path, wrong))
    assert verdict.passed == (outcome == "passed")
    (row,) = verdicts(ledger)
    assert (row["lot_id"], row["batch_id"]) == (verdict.lot_id, ledger.batch_id)
    assert (row["outcome"], row["sampled"], row["wrong"]) == (outcome, verdict.sampled, wrong)
    assert verdict.lot_size == len(ledger.desk.rows("records"))
    log = ledger.desk.here.home.audit.read_bytes()
    assert b"lot.judged" in log
    if not verdict.passed:
        with pytest.raises(LotFailedError) as caught:
            verdict.require()
        assert caught.value.status == 5


def not_the_sample(ledger, sheet):
    with pytest.raises(InputError, match="not_the_sample") as caught:
        judged(ledger, sheet)
    assert caught.value.status == 4
    assert verdicts(ledger) == []


def test_only_what_was_drawn_is_judged(ledger, tmp_path):
    """Neither a row that was taken away nor one that was put in its place goes through."""
    sheet = filled_with_wrong(ledger, tmp_path, 1)
    whole = sheet.read_bytes()
    heading, wrong, *right = whole.splitlines(keepends=True)
    sheet.write_bytes(b"".join([heading, *right]))
    not_the_sample(ledger, sheet)
    drawn_ids = {row["record_id"] for row in rows_of(sheet)}
    spare = next(
        r["record_id"] for r in ledger.desk.rows("records") if r["record_id"] not in drawn_ids
    )
    assert spare.encode() not in wrong
    sheet.write_bytes(b"".join([heading, *right, f"{spare},,,,1\r\n".encode()]))
    not_the_sample(ledger, sheet)
    sheet.write_bytes(whole)
    assert judged(ledger, sheet).wrong == 1


def test_a_sheet_of_a_batch_that_has_changed_is_not_judged(ledger, tmp_path):
    sheet = filled_with_wrong(ledger, tmp_path, 0)
    values = ledger.desk.rows("record_values")
    changed = {**values[0], "source": "staff", "verified_at": ledger.desk.clock()}
    schema = ledger.desk.here.warehouse.schema("record_values")
    ledger.desk.here.warehouse.merge("record_values", pa.Table.from_pylist([changed], schema))
    not_the_sample(ledger, sheet)
    again = tmp_path / "again.csv"
    drawn(ledger, again)
    assert judged(ledger, fill(again, ["是"])).passed


def test_the_same_verdict_twice_in_a_row_is_kept_once(ledger, tmp_path):
    for wrong in (0, 0, 1, 1, 0):
        judged(ledger, filled_with_wrong(ledger, tmp_path, wrong))
    outcomes = [row["outcome"] for row in verdicts(ledger)]
    assert outcomes == ["passed", "failed", "passed"]


def test_a_failed_batch_is_shared_only_after_it_passed(ledger, tmp_path):
    def shared():
        return share_batch.__wrapped__(ledger.desk.home_id, ledger.batch_id, "S-1")

    # A batch that nobody inspected may be asked for; the request waits for its officers.
    assert shared() is None
    judged(ledger, filled_with_wrong(ledger, tmp_path, 2))
    with pytest.raises(NotPermittedError) as caught:
        shared()
    assert (caught.value.reason, caught.value.status) == ("lot_failed", 7)
    judged(ledger, filled_with_wrong(ledger, tmp_path, 0))
    assert shared() is None
    (package_id,) = ledger.desk.here.releases.ids()
    ledger.crew.approve(ledger.desk, package_id)
    judged(ledger, filled_with_wrong(ledger, tmp_path, 3))
    with pytest.raises(NotPermittedError, match="lot_failed"):
        shared()
    assert list(ledger.desk.here.home.outgoing.iterdir()) == []
    judged(ledger, filled_with_wrong(ledger, tmp_path, 0))
    assert shared() == f"{package_id}.sealed"
    outcomes = [row["outcome"] for row in verdicts(ledger)]
    assert sorted(outcomes) == ["failed", "failed", "passed", "passed"]


def test_a_batch_without_records_has_nothing_to_inspect(desk, enter_page, tmp_path):
    batch_id = enter_page(desk, {"male.name": "李雷"})
    with pytest.raises(UsageError, match="nothing_to_inspect"):
        sample.__wrapped__(
            desk.home_id,
            batch_id,
            out_token=handed_over.leave(tmp_path / "x.csv"),
            chance_token=handed_over.leave(random.Random(1)),  # noqa: S311 - the same sample each time
        )
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_answers_are_understood_as_spreadsheets_save_them(tmp_path, encoding):
    rows = [{"record_id": f"r{n}", "file": "簿.png", "page": 1, "row": n} for n in range(6)]
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(write_sheet(rows))
    filled = fill(sheet, list(RIGHT), encoding=encoding)
    # Rows that were emptied, and spaces, are no fault.
    filled.write_bytes(filled.read_bytes().replace(b"r0,", b" r0 ,") + b",,,,\r\n\r\n")
    found = read_sheet(filled, {row["record_id"] for row in rows})
    assert list(found.values()) == list(RIGHT.values())
    assert list(found) == [row["record_id"] for row in rows]


SECRET = "秘密的张三"
FAULTY = {
    "unknown record": ("record_id,right\nr1,1\n秘密的张三,1\n", "sheet_faulty", ["line 3"]),
    "twice": ("record_id,right\nr1,1\nr2,1\nr1,1\n", "sheet_faulty", ["line 2", "line 4"]),
    "no answer": ("record_id,right\nr1,1\nr2,\n", "sheet_faulty", ["line 3"]),
    "another answer": ("record_id,right\nr1,秘密的张三\n", "sheet_faulty", ["line 2"]),
    "after an empty line": ("record_id,right\nr1,1\n\nr2,x\n", "sheet_faulty", ["line 4"]),
    "no column": ("record_id,秘密的张三\nr1,1\n", "sheet_columns", []),
    "a column twice": ("record_id,right,right\nr1,1,0\n", "sheet_columns", []),
    "a longer row": ("record_id,right\nr1,1,秘密的张三\n", "sheet_unreadable", []),
    "an open quote": ('record_id,right\n"r1,1\n', "sheet_unreadable", []),
    "no record": ("record_id,right\n", "sheet_empty", []),
    "nothing": ("", "sheet_unreadable", []),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faults_are_named_by_line_and_never_by_value(tmp_path, name):
    text, reason, places = FAULTY[name]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_sheet(sheet, {"r1", "r2"})
    assert (caught.value.reason, caught.value.status) == (reason, 4)
    message = str(caught.value)
    assert SECRET not in message
    assert [place for place in places if f"{place}:" not in message] == []
    assert message.count("line ") == len(places)


def test_many_faults_are_counted_and_bytes_that_are_no_text_refused(tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("record_id,right\n" + "".join(f"x{n},1\n" for n in range(500)))
    with pytest.raises(InputError, match="480 处 more"):
        read_sheet(sheet, {"r1"})
    sheet.write_bytes(b"record_id,right\nr1,\xff\xff\n")
    with pytest.raises(InputError, match="undecodable_bytes"):
        read_sheet(sheet, {"r1"})
    with pytest.raises(IntegrityError, match="unreadable_file"):
        read_sheet(tmp_path / "none.csv", {"r1"})


def test_a_faulty_sheet_leaves_no_verdict(ledger, tmp_path):
    sheet = filled_with_wrong(ledger, tmp_path, 0)
    sheet.write_bytes(sheet.read_bytes() + b"unknown,,,,1\r\n")
    with pytest.raises(InputError):
        judged(ledger, sheet)
    assert verdicts(ledger) == []


@pytest.fixture
def run(tmp_path, verified, capfd, monkeypatch, prefect_home):
    """Runs a command on a copy of the home with verified records."""
    for name, value in (
        ("PREFECT_HOME", prefect_home),
        ("PREFECT_PROFILES_PATH", prefect_home.parent / "profiles.toml"),
    ):
        monkeypatch.setenv(name, str(value))
    shutil.copytree(verified[0], tmp_path / "home")

    def run(*words):
        status = main([*map(str, words), "--home", str(tmp_path / "home")])
        return status, *capfd.readouterr()

    return run


def test_by_command(run, tmp_path, verified, prefect_bytes):
    sheet = tmp_path / "抽检.csv"
    status, out, _ = run("sample", "--out", sheet, "--json")
    assert status == 0
    found = json.loads(out)
    assert found == {"batch": verified[1], "sampled": len(rows_of(sheet)), "out": str(sheet)}
    assert run("sample", "--out", sheet)[0] == 2
    status, out, err = run("accept", "--inspected", sheet)
    assert (status, out) == (4, "")
    assert err.count("line ") == 20
    status, out, _ = run("accept", "--inspected", fill(sheet, ["是"]))
    assert status == 0
    assert "合格 passed" in out
    failed = fill(sheet, ["是", "否"])
    status, out, err = run("accept", verified[1], "--inspected", failed, "--json")
    assert status == 5
    verdict = json.loads(out)
    assert verdict["passed"] is False
    assert verdict["wrong"] == verdict["sampled"] // 2
    assert "lot_failed" in err
    assert run("accept", "no-such-batch", "--inspected", failed)[0] == 2
    kept = prefect_bytes()
    assert b"sample-lot" in kept
    assert "抽检".encode() not in kept
    assert str(tmp_path).encode() not in kept
