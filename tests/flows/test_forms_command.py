"""`backfill forms`: what it lists, what it says of pages, and which faults it names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from flows.cli import main
from ocr.forms.loading import forms_of, installed_forms

SAMPLES = Path(__file__).parents[2] / "data_samples"
OWN = """
version = 1
kind = "marriage_certificate"
name = "婚书"
english = "Wedding letter"
titles = ["鸳鸯谱"]
[labels]
name = ["芳名"]
"""


@pytest.fixture
def forms(capfd, monkeypatch):
    """Runs `backfill forms`; gives exit status, stdout and stderr."""
    monkeypatch.delenv("BACKFILL_HOME", raising=False)

    def run(*words):
        status = main(["forms", *map(str, words)])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home" / "forms"
    folder.mkdir(parents=True)
    (folder / "wedding-letter.toml").write_text(OWN, encoding="utf-8")
    return folder.parent


def test_the_list_names_every_form_and_marks_an_archives_own(forms, home):
    status, out, _ = forms("list", "--home", home)
    known = [form for form in installed_forms().forms if form.kind]
    assert status == 0
    assert all(form.form_id in out for form in known)
    assert "wedding-letter *" in out
    assert forms_of(home / "forms").digest in out
    status, out, _ = forms("list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert {row["form"] for row in rows} == {form.form_id for form in installed_forms().forms}
    assert not any(row["own"] for row in rows)


def test_a_faulty_form_of_the_home_stops_reading_before_it_begins(forms, home, capfd):
    (home / "forms" / "bad.toml").write_text("version = 2\ntitles = 3\n", encoding="utf-8")
    for words in (("list",), ("check", "marriage-ledger", "x.jpg", "--out", home / "out")):
        status, out, err = forms(*words, "--home", home)
        assert (status, out) == (4, "")
        assert "bad: version" in err
        assert "bad: titles" in err
    assert main(["read", str(home), "--home", str(home)]) == 4
    assert capfd.readouterr().out == ""


def test_an_unknown_form_is_wrong_usage(forms, tmp_path):
    status, _, err = forms("check", "wedding", tmp_path, "--out", tmp_path / "out")
    assert status == 2
    assert "no_such_form" in err


def test_pages_are_checked_and_bad_ones_set_aside(forms, home, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    shutil.copy(SAMPLES / "s21_printed_marriage.jpg", scans / "1.jpg")
    (scans / "2.jpg").write_bytes(b"")
    draft = tmp_path / "draft.toml"
    draft.write_text(OWN.replace("芳名", "闺名"), encoding="utf-8")
    words = ("check", draft, scans, "--out", tmp_path / "out", "--json", "--workers", "1")
    status, out, _ = forms(*words, "--home", home)
    assert status == 3
    page, aside = (json.loads(line) for line in out.splitlines())
    assert aside["reason"] == "empty_file"
    assert page["kind"] == "marriage_certificate"
    assert page["given"] == ["male.name", "female.name"]
    assert page["titles"] == page["missing"] == []
    assert "certificate_number" in page["other"]
    assert page["best"] == "marriage-certificate-2004"
    assert Path(page["picture"]).read_bytes().startswith(b"\x89PNG")
    # No value of the page is told.
    assert "张军京" not in out
