"""The samples of the repository are complete, described and true to their own truth."""

import collections
import hashlib
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pypdfium2
import pytest
from PIL import Image

from records.reading import FIELD_NAMES, Kind, era_of

ROOT = Path(__file__).parents[2] / "data_samples"
MEGABYTE = 1 << 20
FORM_KINDS = {str(kind) for kind in Kind}


def lines(name):
    with (ROOT / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


TRUTH = lines("truth.jsonl")
LINKS = lines("links.jsonl")
BROKEN = lines("broken.jsonl")
SCANS = sorted(path for path in ROOT.glob("s*.*") if path.suffix != ".jsonl")


def is_aside(path):
    """The drawing code, which the script stands for, and what tools leave behind."""
    parts = path.relative_to(ROOT).parts
    return parts[0] == "drawing" or any(part.startswith((".", "__")) for part in parts)


def upright_sizes(path):
    """The size of each page when it stands upright, None for drawn PDF pages."""
    turned = {page["page"]: page["rotation"] for page in TRUTH if page["source"] == path.name}
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as document:
            sizes = []
            for page in document:
                pictures = [o for o in page.get_objects() if hasattr(o, "get_px_size")]
                sizes.append(pictures[0].get_px_size() if pictures else None)
        return sizes
    with Image.open(path) as picture:
        sizes = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            size = picture.size
            sizes.append(size[::-1] if turned[number + 1] % 180 else size)
    return sizes


def test_there_are_enough_scans_of_enough_kinds():
    assert len(SCANS) >= 26
    assert {page["era"] for page in TRUTH} == {"1950s", "1960s", "1980s", "1990s", "2000s"}
    assert {page["kind"] for page in TRUTH} == FORM_KINDS
    assert {path.suffix for path in SCANS} == {".jpg", ".png", ".tif", ".pdf"}
    assert {page["rotation"] for page in TRUTH} >= {0, 90, 180}


def test_every_file_is_described_with_its_source_and_licence():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w./]+)`", readme))
    held = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*")
        if path.is_file() and not is_aside(path) and path.name != "README.md"
    }
    assert len(held) > 50
    assert held - named == set()
    assert {name for name in named if re.match(r"(s\d\d_|broken/)", name)} - held == set()
    assert "虚构" in readme
    assert "nobody on these pages exists" in readme


def test_the_folder_stays_small():
    sizes = [path.stat().st_size for path in ROOT.rglob("*") if not is_aside(path)]
    assert sum(sizes) < 15 * MEGABYTE
    assert max(sizes) < 1.2 * MEGABYTE


@pytest.mark.parametrize("path", SCANS, ids=lambda path: path.name)
def test_pages_and_boxes_fit_the_pictures(path):
    pages = sorted((p for p in TRUTH if p["source"] == path.name), key=lambda p: p["page"])
    sizes = upright_sizes(path)
    assert [page["page"] for page in pages] == list(range(1, len(sizes) + 1))
    for page, size in zip(pages, sizes, strict=True):
        for field in page["fields"]:
            if size is None:
                assert field["box"] is None
                continue
            left, top, right, bottom = field["box"]
            assert 0 <= left < right <= size[0], field["name"]
            assert 0 <= top < bottom <= size[1], field["name"]


def test_fields_are_named_once_and_have_values():
    for page in TRUTH:
        keys = [(f["name"], f["row"], f.get("part")) for f in page["fields"]]
        assert len(keys) == len(set(keys)), page["source"]
        assert {name for name, _, _ in keys} <= set(FIELD_NAMES)
        assert all(field["value"] for field in page["fields"])
        assert (page["kind"] == "other") == (not page["fields"])


def test_eras_follow_the_year_of_registration():
    dated = 0
    for page in TRUTH:
        days = [f["value"] for f in page["fields"] if f["name"] == "registration_date"]
        for day in days[:1]:
            dated += 1
            assert page["era"] == str(era_of(int(day[:4])))
    assert dated > 30


def test_id_numbers_are_valid_and_agree_with_birth_and_sex():
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    checked = collections.Counter()
    for page in TRUTH:
        known = {(f["name"], f["row"], f.get("part")): f["value"] for f in page["fields"]}
        for (name, row, part), value in known.items():
            if not name.endswith("id_number"):
                continue
            role = name.split(".")[0]
            checked[len(value)] += 1
            full = value if len(value) == 18 else value[:6] + "19" + value[6:] + "?"
            born = known.get((f"{role}.birth_date", row, part))
            assert born is None or full[6:14] == born.replace("-", "")
            assert int(full[16]) % 2 == (role == "male")
            if len(value) == 18:
                total = sum(w * int(d) for w, d in zip(weights, value, strict=False))
                assert value[17] == "10X98765432"[total % 11]
    assert checked[18] > 50
    assert checked[15] > 10


def test_ditto_marks_and_carried_dates_stand_for_the_row_above():
    seen = collections.Counter()
    for page in TRUTH:
        rows = {(f["name"], f["row"]): f for f in page["fields"] if f["row"]}
        for (name, row), field in rows.items():
            if field["text"] in {"", "〃", "同上"}:
                seen[field["text"]] += 1
                assert field["value"] == rows[name, row - 1]["value"]
    assert seen[""] > 5
    assert seen["〃"] > 20


def test_links_name_everybody_and_most_are_in_the_register():
    register = pq.read_table(ROOT / "register.parquet")
    assert register.num_rows == 20_000
    ids = register["person_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    linked = [link["person_id"] for link in LINKS if link["person_id"]]
    assert set(linked) <= set(ids)
    assert len(set(linked)) == len(linked)
    assert 0.78 < len(linked) / len(LINKS) < 0.92
    parties = {(f["source"], f["page"], f["row"], f.get("part"), f["party"]) for f in LINKS}
    assert len(parties) == len(LINKS)
    for page in TRUTH:
        for field in page["fields"]:
            role, _, tail = field["name"].partition(".")
            if tail == "name":
                place = (page["source"], page["page"], field["row"], field.get("part"), role)
                assert place in parties


def test_spouses_are_each_others():
    register = pq.read_table(ROOT / "register.parquet").to_pylist()
    spouse = {row["person_id"]: row["spouse_id"] for row in register}
    both = [a for a, b in spouse.items() if b and spouse.get(b) == a]
    assert len(both) > 10_000
    assert len([a for a, b in spouse.items() if b and spouse.get(b) != a]) < 100


def test_broken_files_are_of_many_kinds():
    held = {str(path.relative_to(ROOT)) for path in (ROOT / "broken").iterdir()}
    assert {entry["file"] for entry in BROKEN} == held
    assert len({entry["reason"] for entry in BROKEN}) >= 10


def test_only_the_marked_file_is_a_copy():
    digests = collections.defaultdict(list)
    for path in ROOT.rglob("*"):
        if path.is_file() and not is_aside(path):
            digests[hashlib.sha256(path.read_bytes()).hexdigest()].append(path.name)
    copies = [sorted(names) for names in digests.values() if len(names) > 1]
    (marked,) = [entry for entry in BROKEN if entry["reason"] == "duplicate"]
    assert copies == [sorted([Path(marked["file"]).name, marked["of"]])]
