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


def test_the_department_confirms_its_share_and_has_a_list_compared(done):
    home, ran = done
    received = {path.name for path in (home / "cast" / "department").iterdir()}
    (share,) = (path.name for path in (home / "outgoing").glob("S-*.sealed"))
    assert received == {f"receipt-{share}", "COMPARISON-DEMO.sealed"}
    report = Path(json.loads(ran.stdout)["report"]).read_text(encoding="utf-8")
    shown = {*received, share, "C-COMPARISON-DEMO.sealed"}
    assert all(f"<code>{name}</code>" in report for name in shown)


def test_no_traceback_is_shown(done):
    assert "Traceback" not in done[1].stderr


def spellings(value):
    """The bytes of a value as files and databases could hold it."""
    escaped = json.dumps(value)[1:-1]
    spelt = {value.encode(code) for code in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")}
    # What is shorter stands in encrypted files by chance.
    return {each for each in spelt | {escaped.encode()} if len(each) > 5}


def test_no_personal_value_lies_open_anywhere(done):
    home, ran = done
    values = personal_values()
    assert not any(value in ran.stdout + ran.stderr for value in values)
    needles = set().union(*map(spellings, values))
    kinds = set()
    for path in home.rglob("*"):
        assert not any(value in path.name for value in values), path.name
        if path.is_file():
            kinds.add(path.suffix)
            content = path.read_bytes()
            found = [needle for needle in needles if needle in content]
            assert not found, f"{len(found)} values lie open in {path.relative_to(home)}"
    # Reports, the warehouse, sealed files, the log of Prefect and its database.
    assert {".html", ".duckdb", ".sealed", ".db", ".json"} <= kinds
    assert (home / "prefect" / "prefect.db").is_file()


def test_a_second_start_changes_nothing(done, samples):
    home, first = done
    sealed = {path.name: path.read_bytes() for path in (home / "outgoing").glob("*.sealed")}
    again = subprocess.run(command(home, samples), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert sealed == {p.name: p.read_bytes() for p in (home / "outgoing").glob("*.sealed")}
    assert len(sealed) > 1
