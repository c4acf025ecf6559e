"""`backfill compare`: lists as offices keep them, sheets for staff, corrections after approval."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil

import pytest

from flows.cli import main
from flows.earlier import read_existing
from records.errors import InputError
from warehouse.spreadsheet import unguarded

HEADING = "字号,登记日期,男方姓名,女方姓名,男方身份证号,影像文件,经办"
ROWS = (
    "（2004）字第1号,2004-05-06,李雷1,韩梅梅1,,=登记簿.png,张",
    "（2004）字第2号,2004年5月6日,李雪2,韩梅梅2,000019800101,=登记簿.png,张",
    "（2004）字第2号,2004-05-06,李雷2,韩梅梅2,,missing.jpg,张",
    "（2004）字第900号,2004-05-06,某甲,某乙,,,张",
    ",,某甲,,,,张",
)


@pytest.fixture
def existing(tmp_path):
    path = tmp_path / "旧库.csv"
    path.write_bytes("\r\n".join((HEADING, *ROWS, "")).encode("gb18030"))
    return path


@pytest.fixture
def run(verified, tmp_path, capfd, monkeypatch):
    for name in ("PREFECT_HOME", "PREFECT_PROFILES_PATH"):
        monkeypatch.setenv(name, os.environ[name])
    shutil.copytree(verified[0], tmp_path / "home")

    def run(*words):
        status = main(["compare", *map(str, words), "--home", str(tmp_path / "home"), "--json"])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


def sheet(path):
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_three_sides_findings_and_drafts(run, existing, tmp_path):
    out = tmp_path / "compared"
    status, told, _ = run(existing, "--out", out)
    found = json.loads(told)
    assert status == 3
    assert (found["rows"], found["linked"], found["lines_set_aside"]) == (4, 3, [6])
    assert found["unknown_columns"] == ["经办"]
    assert found["findings"]["placeholder_id"] == 1
    assert found["findings"]["missing_image"] == 1
    assert found["findings"]["doubled_number"] == found["findings"]["doubled_row"] == 1
    assert found["findings"]["unknown_image"] == 1
    assert found["findings"]["not_keyed"] == 148
    assert all(each.stat().st_mode & 0o077 == 0 for each in [out, *out.iterdir()])
    (draft,) = sheet(out / "corrections.csv")
    assert (draft["line"], draft["field"]) == ("3", "male.name")
    assert (draft["existing"], draft["proposed"], draft["basis"]) == ("李雪2", "李雷2", "policy")
    assert "李雪2" not in told


def test_only_approved_corrections_are_made(run, existing, tmp_path):
    out, corrected = tmp_path / "compared", tmp_path / "corrected.csv"
    run(existing, "--out", out)
    draft = out / "corrections.csv"
    status, told, _ = run(existing, "--approved", draft, "--out", corrected)
    assert (status, json.loads(told)["corrected"]) == (3, 0)
    assert sheet(corrected)[1]["male.name"] == "李雪2"
    blank = draft.read_bytes()
    draft.write_bytes(blank.replace(b",\r\n", ",是\r\n".encode()))
    status, told, _ = run(existing, "--approved", draft, "--out", corrected)
    assert json.loads(told)["corrected"] == 1
    rows = sheet(corrected)
    assert rows[1]["male.name"] == "李雷2"
    assert unguarded(rows[0]["certificate_number"]) == "（2004）字第1号"
    draft.write_bytes(
        blank.replace("李雷2".encode(), "李雷3".encode()).replace(b",\r\n", b",yes\r\n")
    )
    status, _, err = run(existing, "--approved", draft, "--out", corrected)
    assert status == 4
    assert "not_the_draft" in err
    assert "李雷3" not in err


def test_a_list_without_known_columns_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="list_columns"):
        read_existing(path)
    path.write_text("男方姓名,male.name\n甲,乙\n")
    with pytest.raises(InputError, match="list_columns"):
        read_existing(path)


def test_unknown_batch_is_wrong_usage(run, existing, tmp_path):
    status, out, err = run(existing, "--out", tmp_path / "x", "--batch", "none")
    assert (status, out) == (2, "")
    assert "no_such_batch" in err
