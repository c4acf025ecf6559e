"""Every page gives exactly one outcome, in the order of the inputs, whatever readers do."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from pdf_files import drawing
from PIL import Image

from ocr.forms.loading import forms_of, installed_forms
from ocr.limits import Limits
from ocr.pool import expand, read_paths
from records.reading import PageReading

READER = "engine_fakes:read_page"


@pytest.fixture(autouse=True)
def fakes_can_be_imported(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])


def scan(folder: Path, name: str, pages: int = 1) -> Path:
    rng = np.random.default_rng(1)
    paper = rng.normal(220, 9, (90, 120, 3)).clip(0, 255).astype(np.uint8)
    paper[20:30, 20:90] = 20
    picture = Image.fromarray(paper)
    path = folder / name
    options = {"save_all": True, "append_images": [picture] * (pages - 1)} if pages > 1 else {}
    picture.save(path, format="TIFF" if pages > 1 else "PNG", **options)
    return path


def outcomes(paths, **options):
    found = list(read_paths(paths, reader=READER, **options))
    return [
        (Path(o.source).name, o.page, "read" if isinstance(o, PageReading) else o.reason)
        for o in found
    ]


def test_misbehaving_pages_are_set_aside_and_the_rest_is_read(tmp_path, caplog, capfd):
    names = [
        "00.png", "01-crash.png", "02.png", "03-killed.png", "04-fault.png", "05-refuse.png",
        "06-hang.png", "07-memory.png", "08-once.png", "09-stuck.png", "10.png",
        "11-waits.png", "12-patient.png",
    ]  # fmt: skip
    paths = [scan(tmp_path, name) for name in names]
    steps = []
    with caplog.at_level(logging.ERROR):
        found = outcomes(
            paths,
            limits=Limits(seconds=1.5),
            on_progress=lambda done, total: steps.append((done, total)),
        )
    assert found == [
        ("00.png", 1, "read"),
        ("01-crash.png", 1, "worker_died"),
        ("02.png", 1, "read"),
        ("03-killed.png", 1, "worker_died"),
        ("04-fault.png", 1, "reader_failed"),
        ("05-refuse.png", 1, "blank_page"),
        ("06-hang.png", 1, "time_limit"),
        ("07-memory.png", 1, "out_of_memory"),
        ("08-once.png", 1, "read"),
        ("09-stuck.png", 1, "worker_died"),
        ("10.png", 1, "read"),
        # The limit is one of work: a page that only waits has more time by the clock.
        ("11-waits.png", 1, "time_limit"),
        ("12-patient.png", 1, "read"),
    ]
    assert steps == [(n + 1, len(names)) for n in range(len(names))]
    # The fault is logged by its place in the code, not by what stood on the page.
    assert "ValueError at ocr/engine_fakes.py" in caplog.text
    assert "stood on the page" not in caplog.text
    # Engines and decoders print nothing; another test may have sent logs to the screen.
    shown = capfd.readouterr()
    assert shown.out == ""
    assert [line for line in shown.err.splitlines() if "ocr.pool" not in line] == []


@pytest.mark.parametrize("pages", [3, 11])
def test_one_poisonous_page_of_many_costs_itself_alone(tmp_path, pages):
    path = scan(tmp_path, "poison2.tif", pages)
    other = scan(tmp_path, "z.png")
    assert outcomes([path, other]) == [
        *(("poison2.tif", n, "worker_died" if n == 2 else "read") for n in range(1, pages + 1)),
        ("z.png", 1, "read"),
    ]


def test_a_last_page_may_be_the_poisonous_one(tmp_path):
    assert outcomes([scan(tmp_path, "poison3.tif", 3)]) == [
        ("poison3.tif", 1, "read"),
        ("poison3.tif", 2, "read"),
        ("poison3.tif", 3, "worker_died"),
    ]


def test_a_page_that_never_stops_drawing_costs_itself_alone(tmp_path):
    bomb = tmp_path / "a.pdf"
    bomb.write_bytes(drawing(b"0 0 1 1 re f " * 8_000_000))
    assert bomb.stat().st_size < 300_000
    found = outcomes([bomb, scan(tmp_path, "b.png")], limits=Limits(seconds=0.5))
    assert found == [("a.pdf", 1, "worker_died"), ("b.png", 1, "read")]


def test_every_reading_names_the_forms_it_was_read_by(tmp_path):
    (tmp_path / "own.toml").write_text(
        'version = 1\nkind = "other"\nname = "信"\nenglish = "Letter"\ntitles = ["家书"]\n',
        encoding="utf-8",
    )
    forms = forms_of(tmp_path)
    path = scan(tmp_path, "a.png")
    for given, digest in ((None, installed_forms().digest), (forms, forms.digest)):
        (page,) = read_paths([path], reader=READER, forms=given)
        assert page.form_set == digest
        assert page.traits is not None


def test_bad_files_among_good_ones(tmp_path):
    scan(tmp_path, "a.png")
    (tmp_path / "b.jpg").write_bytes(b"")
    os.mkfifo(tmp_path / "c.tif")
    (tmp_path / "d.pdf").write_bytes(b"%PDF-1.4 rubbish %%EOF")
    scan(tmp_path, "e\nf.png")
    (tmp_path / "g.tif").write_bytes(b"II*\0\0\0\0\0")
    assert outcomes([tmp_path, tmp_path / "gone.png"]) == [
        ("a.png", 1, "read"),
        ("b.jpg", 1, "empty_file"),
        ("c.tif", 1, "not_a_regular_file"),
        ("d.pdf", 1, "damaged_pdf"),
        ("e\nf.png", 1, "read"),
        ("g.tif", 1, "damaged_image"),
        ("gone.png", 1, "not_found"),
    ]


def test_the_engine_decides_about_text_layers(tmp_path):
    assert outcomes([scan(tmp_path, "a.png")], engine="text-layer") == [
        ("a.png", 1, "no_text_layer")
    ]
    (found,) = read_paths([tmp_path / "a.png"], engine="tesseract", reader=READER)
    assert found.engine == "tesseract"


def test_nothing_to_read_is_nothing_read(tmp_path):
    assert outcomes([tmp_path]) == []


def test_leaving_early_leaves_nothing_behind(tmp_path, monkeypatch):
    paths = [scan(tmp_path, f"{n}.png") for n in range(6)]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    results = read_paths(paths, reader=READER)
    next(results)
    assert list(scratch.iterdir())
    results.close()
    assert list(scratch.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from ocr.pool import read_paths

def main():
    paths = [Path(word) for word in sys.argv[1:]]
    for number, _ in enumerate(read_paths(paths, reader="engine_fakes:read_page", workers=2)):
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

main()
"""


def test_a_killed_parent_leaves_neither_processes_nor_scratch(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    paths = [scan(tmp_path, f"{n:02}.png") for n in range(12)]
    env = {**os.environ, "TMPDIR": str(scratch)}
    env["PYTHONPATH"] = os.pathsep.join((str(Path(__file__).parent), env.get("PYTHONPATH", "")))
    program = [sys.executable, "-c", KILLED, *map(str, paths)]
    assert subprocess.run(program, env=env, check=False).returncode == -signal.SIGKILL
    end = time.monotonic() + 20
    while list(scratch.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_folders_are_listed_sorted_hidden_files_left_out(tmp_path):
    shown = ["a.png", "b/1.png", "b/2.png", "c.txt"]
    for name in (*reversed(shown), ".DS_Store", "b/.hidden/x.png", "Thumbs.db"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "around").symlink_to(tmp_path, target_is_directory=True)
    listed = [str(path.relative_to(tmp_path)) for path in expand([tmp_path])]
    assert listed == sorted([*shown, "around"])
    named = [tmp_path / "c.txt", tmp_path / "none"]
    assert expand(named) == named
