"""The main job through its own command, on three pages and three broken files.

Nothing is replaced: engines, DuckDB, encryption, Prefect and the vendor's command are the
real ones.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "data_samples"
PAGES = ("s01_vertical.jpg", "s15_handwritten.jpg", "s21_printed_marriage.jpg")
BROKEN = ("empty.jpg", "text_renamed.jpg", "copy_of_a_good_scan.jpg")
BACKFILL = Path(sys.executable).with_name("backfill")


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    (folder / "broken").mkdir()
    for name in (*PAGES, "register.parquet", "truth.jsonl"):
        shutil.copy(SAMPLES / name, folder / name)
    for name in BROKEN:
        shutil.copy(SAMPLES / "broken" / name, folder / "broken" / name)
    lines = (SAMPLES / "broken.jsonl").read_text().splitlines()
    expected = [line for line in lines if Path(json.loads(line)["file"]).name in BROKEN]
    assert len(expected) == len(BROKEN)
    (folder / "broken.jsonl").write_text("\n".join(expected) + "\n")
    return folder


def command(home, samples, *options):
    return [BACKFILL, "demo", samples, "--home", home, "--workers", "2", "--json", *options]


@pytest.fixture(scope="session")
def done(samples, tmp_path_factory):
    """A finished home, and what the command printed."""
    home = tmp_path_factory.mktemp("finished") / "home"
    ran = subprocess.run(command(home, samples), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return home, ran


def personal_values():
    """Names, numbers and birth dates on the pages, as they could be written in a file."""
    values = set()
    for line in (SAMPLES / "truth.jsonl").read_text().splitlines():
        page = json.loads(line)
        if page["source"] in PAGES:
            values |= {
                field["text"]
                for field in page["fields"]
                if field["name"].split(".")[-1] in {"name", "id_number", "birth_date", "holder"}
            }
    assert len(values) > 10
    return {value for value in values if value}


def test_counts_of_the_whole_job(done):
    _, ran = done
    counts = json.loads(ran.stdout)
    assert counts["pages_read"] == len(PAGES)
    assert counts["files_set_aside"] == len(BROKEN)
    assert counts["accepted"] + counts["keyed"] + counts["undecided"] == counts["fields"]
    assert counts["undecided"] == 0
    assert counts["verified"] == counts["certificates"] == len(PAGES)
    assert Path(counts["report"]).is_file()


def test_no_traceback_is_shown(done):
    assert "Traceback" not in done[1].stderr


def test_no_personal_value_lies_open_anywhere(done):
    home, ran = done
    needles = {value.encode() for value in personal_values()}
    assert not any(needle in ran.stderr.encode() for needle in needles)
    searched = 0
    for path in home.rglob("*"):
        assert not any(value in path.name for value in personal_values()), path.name
        if path.is_file():
            searched += 1
            content = path.read_bytes()
            found = [n for n in needles if len(n) > 5 and n in content]
            assert not found, f"{len(found)} values lie open in {path.relative_to(home)}"
    assert searched > 50
    assert (home / "prefect" / "prefect.db").is_file()


def test_a_second_start_changes_nothing(done, samples):
    home, first = done
    sealed = {path.name: path.read_bytes() for path in (home / "outgoing").glob("*.sealed")}
    again = subprocess.run(command(home, samples), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert sealed == {p.name: p.read_bytes() for p in (home / "outgoing").glob("*.sealed")}
    assert len(sealed) > 1
