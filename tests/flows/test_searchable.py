"""Copies of scans: whole or absent, made once, never in the place of a scan."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pdfplumber
import pytest
from lxml import etree
from PIL import Image

import flows.searchable
from flows.cli import main
from flows.copies import Record
from flows.searchable import Document, documents_of, make_searchable
from records.errors import StoreError, UsageError
from records.reading import Kind, PageReading, PageRefusal
from records.written import WrittenLine, WrittenWord

SAMPLES = Path(__file__).parents[2] / "data_samples"
KINDS = ("pdf", "alto")


def read(path, page=1, text="张三"):
    line = WrittenLine(
        text=text, corners=((10.0, 10.0), (90.0, 10.0), (90.0, 50.0), (10.0, 50.0)),
        vertical=False, spans=((0.0, 0.5), (0.5, 1.0)), chances=(0.9, 0.8),
        words=(WrittenWord(start=0, stop=2),),
    )  # fmt: skip
    return PageReading(
        source=str(path), page=page, kind=Kind.OTHER, era=None, rotation=0, size=(120, 80),
        dpi=72, fields=(), engine="ppocr", lines=(line,),
    )  # fmt: skip


@pytest.fixture
def reads(monkeypatch):
    """Files are read as their names say, and it is noted which."""
    asked = []

    def told(paths, *, workers, reader, forms):
        assert (workers, reader, forms) == (1, "ocr.reader:read_page_and_lines", None)
        for path in paths:
            asked.append(path.name)
            refused = PageRefusal(source=str(path), page=1, reason="blank_page", detail="空白页")
            yield refused if "blank" in path.name else read(path)

    monkeypatch.setattr(flows.searchable, "read_paths", told)
    return asked


def scan(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    rgb = np.random.default_rng(seed).integers(180, 250, (80, 120, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "copies"


def made(paths, folder, tmp_path, kinds=KINDS):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    found = documents_of(paths, folder)
    results = make_searchable(found, folder, kinds=kinds, workers=1, scratch=scratch)
    return [result.as_json() for result in results]


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.usefixtures("reads")
def test_copies_lie_as_the_scans_do(tmp_path, folder):
    scan(tmp_path / "in" / "a.png"), scan(tmp_path / "in" / "卷1" / "a.png", 1)
    shown = made([tmp_path / "in"], folder, tmp_path)
    assert [result["status"] for result in shown] == ["written", "written"]
    assert files(folder) == [
        "a.png.alto.xml", "a.png.pdf", "documents.jsonl", "卷1/a.png.alto.xml", "卷1/a.png.pdf",
    ]  # fmt: skip
    with pdfplumber.open(folder / "卷1" / "a.png.pdf") as document:
        assert document.pages[0].extract_text() == "张三"
    alto = etree.parse(folder / "a.png.alto.xml")
    assert alto.getroot().get("SCHEMAVERSION") == "4.4"


def test_what_is_finished_stays(reads, tmp_path, folder):
    one, two = scan(tmp_path / "in" / "1.png"), scan(tmp_path / "in" / "2.png", 1)
    first = made([one], folder, tmp_path)
    before = (folder / "1.png.pdf").stat().st_mtime_ns
    again = made([one, two], folder, tmp_path)
    assert reads == ["1.png", "2.png"]
    assert [result["status"] for result in again] == ["kept", "written"]
    assert again[0] == {**first[0], "status": "kept"}
    assert (folder / "1.png.pdf").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "harm",
    [
        lambda one, _folder: scan(one, 7),
        lambda _one, folder: (folder / "1.png.pdf").unlink(),
        lambda _one, folder: os.truncate(folder / "1.png.alto.xml", 10),
        lambda _one, folder: os.truncate(folder / "documents.jsonl", 40),
        lambda _one, folder: (folder / "documents.jsonl").unlink(),
    ],
    ids=["scan changed", "copy gone", "copy cut short", "record torn", "record gone"],
)
def test_what_is_not_as_it_was_is_made_again(reads, tmp_path, folder, harm):
    one = scan(tmp_path / "in" / "1.png")
    made([one], folder, tmp_path)
    harm(one, folder)
    assert made([one], folder, tmp_path)[0]["status"] == "written"
    assert made([one], folder, tmp_path)[0]["status"] == "kept"
    assert reads == ["1.png", "1.png"]


@pytest.mark.usefixtures("reads")
def test_another_kind_is_made_later(tmp_path, folder):
    one = scan(tmp_path / "in" / "1.png")
    made([one], folder, tmp_path, kinds=("alto",))
    assert not (folder / "1.png.pdf").exists()
    assert made([one], folder, tmp_path)[0]["status"] == "written"
    assert made([one], folder, tmp_path, kinds=("pdf",))[0]["files"] == {"pdf": "1.png.pdf"}


@pytest.mark.usefixtures("reads")
def test_a_run_that_dies_leaves_no_half_copy_and_the_next_one_finishes(
    monkeypatch, tmp_path, folder
):
    one, two = scan(tmp_path / "in" / "1.png"), scan(tmp_path / "in" / "2.png", 1)
    whole = made([one, two], tmp_path / "whole", tmp_path)
    write = flows.searchable.write_two_layer

    def dies(stream, pages, pictures, origin, *, scratch):
        if origin.name == "2.png":
            stream.write(b"%PDF-1.7 half")
            raise KeyboardInterrupt
        write(stream, pages, pictures, origin, scratch=scratch)

    monkeypatch.setattr(flows.searchable, "write_two_layer", dies)
    with pytest.raises(KeyboardInterrupt):
        made([one, two], folder, tmp_path)
    # A process that is killed can't even tidy up.
    (folder / ".2.png.pdf.00.part").write_bytes(b"%PDF-1.7 half")
    assert not (folder / "2.png.pdf").exists()
    monkeypatch.setattr(flows.searchable, "write_two_layer", write)
    again = made([one, two], folder, tmp_path)
    assert [result["status"] for result in again] == ["kept", "written"]
    assert files(folder) == files(tmp_path / "whole")
    for result in whole:
        for name in result["files"].values():
            assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_page_that_is_refused_is_reported_and_stops_nothing(reads, tmp_path, folder):
    paths = [scan(tmp_path / "in" / name) for name in ("1.png", "2_blank.png", "3.png")]
    shown = made(paths, folder, tmp_path)
    assert [result["status"] for result in shown] == ["written", "quarantined", "written"]
    refused = [{"page": 1, "reason": "blank_page", "detail": "空白页"}]
    assert (shown[1]["pages"], shown[1]["files"], shown[1]["refused"]) == (0, {}, refused)
    assert made(paths, folder, tmp_path)[1]["status"] == "quarantined"
    assert reads.count("2_blank.png") == 2


def test_a_scan_that_vanishes_after_reading_is_reported(monkeypatch, tmp_path, folder):
    one = scan(tmp_path / "in" / "1.png")

    def vanishing(paths, **_):
        for path in paths:
            path.unlink()
            yield read(path)

    monkeypatch.setattr(flows.searchable, "read_paths", vanishing)
    (shown,) = made([one], folder, tmp_path)
    assert (shown["status"], shown["refused"][0]["reason"]) == ("quarantined", "not_found")
    assert files(folder) == []


def test_a_copy_never_takes_the_place_of_a_scan(tmp_path):
    scan(tmp_path / "1.png"), Image.new("L", (50, 50)).save(tmp_path / "1.png.pdf")
    with pytest.raises(UsageError) as refused:
        documents_of([tmp_path], tmp_path)
    assert refused.value.reason == "would_overwrite"
    assert len(documents_of([tmp_path], tmp_path / "copies")) == 2


def test_two_scans_of_one_name_are_refused_and_one_named_twice_is_taken_once(tmp_path, folder):
    a, b = scan(tmp_path / "a" / "1.png"), scan(tmp_path / "b" / "1.png")
    with pytest.raises(UsageError) as refused:
        documents_of([tmp_path / "a", tmp_path / "b"], folder)
    assert refused.value.reason == "same_name"
    assert documents_of([a, a], folder) == [Document(path=a, name=Path("1.png"))]
    assert len(documents_of([tmp_path], folder)) == 2
    assert b.exists()


@pytest.mark.usefixtures("reads")
def test_names_that_are_no_text_or_look_like_patterns_are_kept(tmp_path, folder):
    odd = tmp_path / "in" / os.fsdecode(b"\xbb\xe9\xd2\xf6[1]*.png")
    try:
        scan(odd)
    except OSError:
        pytest.skip("the file system takes UTF-8 names alone")
    (shown,) = made([odd], folder, tmp_path)
    assert shown["status"] == "written"
    assert (folder / (odd.name + ".pdf")).exists()
    json.dumps(shown, ensure_ascii=False).encode()
    assert made([odd], folder, tmp_path)[0]["status"] == "kept"


@pytest.mark.usefixtures("reads")
def test_a_folder_that_cannot_be_written_to_is_a_clear_refusal(tmp_path):
    one = scan(tmp_path / "in" / "1.png")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError) as refused:
        made([one], tmp_path / "file", tmp_path)
    assert refused.value.reason == "cannot_write"


@pytest.mark.usefixtures("reads")
def test_a_full_disk_is_a_clear_refusal_and_does_no_harm(monkeypatch, tmp_path, folder):
    one = scan(tmp_path / "in" / "1.png")

    def full(*_args, **_named):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(flows.searchable, "write_two_layer", full)
        with pytest.raises(StoreError) as refused:
            made([one], folder, tmp_path)
    assert refused.value.reason == "cannot_write"
    assert files(folder) == []
    assert made([one], folder, tmp_path)[0]["status"] == "written"


@pytest.mark.usefixtures("reads")
def test_another_calibration_makes_copies_again(tmp_path, folder):
    one = scan(tmp_path / "in" / "1.png")
    made([one], folder, tmp_path)
    (line,) = [
        json.loads(line) for line in (folder / "documents.jsonl").read_text().split("\n") if line
    ]
    digest = line["sha256"]
    assert Record(folder, line["made_by"]).kept("1.png", str(one), digest, KINDS)
    assert Record(folder, "another").kept("1.png", str(one), digest, KINDS) is None


def test_a_certificate_becomes_searchable(tmp_path, capfd):
    """The whole way by the command line, on a scan that lies on its side."""
    sample = SAMPLES / "s03_vertical_turned.jpg"
    copies = tmp_path / "copies"
    status = main(
        ["searchable", str(sample), str(SAMPLES / "broken/empty.jpg"), "--to", str(copies),
         "--workers", "1"]
    )  # fmt: skip
    assert status == 3
    written, refused = map(json.loads, capfd.readouterr().out.splitlines())
    assert (written["status"], written["pages"]) == ("written", 1)
    assert (refused["status"], refused["refused"][0]["reason"]) == ("quarantined", "empty_file")
    data = (copies / written["files"]["pdf"]).read_bytes()
    assert sample.read_bytes() in data
    truth = [json.loads(line) for line in (SAMPLES / "truth.jsonl").read_text().splitlines()]
    (page,) = [page for page in truth if page["source"] == sample.name]
    names = [f for f in page["fields"] if f["name"].endswith(".name")]
    with pdfplumber.open(io.BytesIO(data)) as document:
        sheet = document.pages[0]
        scale = 72 / page["tags"]["dpi"]
        for name in names:
            left, top, right, bottom = (side * scale for side in name["box"])
            inside = [
                c["text"]
                for c in sheet.chars
                if left < (c["x0"] + c["x1"]) / 2 < right
                and top < (c["top"] + c["bottom"]) / 2 < bottom
            ]
            assert "".join(inside) == name["text"]
    strings = etree.parse(copies / written["files"]["alto"]).iterfind(
        ".//{http://www.loc.gov/standards/alto/ns-v4#}String"
    )
    assert {name["text"] for name in names} <= {s.get("CONTENT") for s in strings}
