"""Notes on scans: what is said of which page, and that nothing is set aside for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.intake import intake
from flows.note_words import NOTES, sentence
from flows.page_notes import PageNote, note_pages, notes_on_counts, notes_on_scans
from flows.tables import chunk_tables
from ocr.sniff import sha256_of
from records.reading import Colours, Kind, PageTraits
from warehouse.chunks import load_chunks, write_chunk

LEI = {
    "certificate_number": "（86丰结）字第1775号",
    "registration_date": "1986-05-06",
    "male.name": "李雷",
    "female.name": "韩梅梅",
}
OTHERS = {
    "certificate_number": "（86丰结）字第1790号",
    "registration_date": "1986-05-06",
    "male.name": "王强",
    "female.name": "赵静",
}
PRINT = 0b1011 << 40


def codes(**page) -> list[tuple[str, str]]:
    row = {"page_id": "p", "kind": Kind.MARRIAGE_CERTIFICATE, "dpi": 300, "dpi_by_text": 290}
    row |= {"colours": Colours.COLOUR} | page
    return [(note.code, note.more) for note in notes_on_scans([row])]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({}, []),
        ({"dpi_by_text": None}, []),
        ({"dpi": 150}, [("low_resolution", "150 dpi")]),
        ({"dpi": 200, "dpi_by_text": 110}, []),
        ({"dpi": None}, [("resolution_unstated", "约 about 290 dpi")]),
        ({"dpi": None, "dpi_by_text": None}, [("resolution_unstated", "")]),
        (
            {"dpi": 600, "dpi_by_text": 150},
            [
                ("resolution_doubtful", "所记 stated 600 dpi, 约 about 150 dpi"),
                ("low_resolution", "150 dpi"),
            ],
        ),
        (
            {"dpi": 72, "dpi_by_text": 300},
            [("resolution_doubtful", "所记 stated 72 dpi, 约 about 300 dpi")],
        ),
        ({"colours": Colours.TWO_TONE}, [("two_tone", "")]),
        ({"colours": Colours.GREY}, [("grey", "")]),
        ({"colours": Colours.GREY, "kind": Kind.MARRIAGE_LEDGER}, []),
    ],
)
def test_resolution_and_colours(page, expected):
    assert codes(**page) == expected


def scan(source, pages=1, stamped=(), stamp_pages=()):
    return {
        "scan_id": source, "source": source, "pages": pages, "stamped": list(stamped) or None,
        "stamp_pages": list(stamp_pages) or None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        ([scan("/a/1.tif", 5, ["p1"], [5])], []),
        ([scan("/a/1.tif", 4, ["p1"], [5])], [("p1", "章载 stamp 5, 实有 there are 4")]),
        ([scan("/a/1.jpg", 1, ["p1"], [2]), scan("/a/2.jpg")], []),
        (
            [scan("/a/1.jpg", 1, ["p1"], [3]), scan("/a/2.jpg"), scan("/b/1.jpg")],
            [("p1", "章载 stamp 3, 实有 there are 2")],
        ),
        # Two stamps in a folder are two volumes, and nobody knows which page is whose.
        ([scan("/a/1.jpg", 1, ["p1"], [3]), scan("/a/2.jpg", 1, ["p2"], [4])], []),
        ([scan("/a/1.tif", 4, ["p1", "p2"], [5, 6])], []),
        ([scan("/a/1.tif", 4)], []),
    ],
)
def test_pages_against_the_stamp(scans, expected):
    assert [(note.page_id, note.more) for note in notes_on_counts(scans)] == expected


@pytest.fixture
def enter(desk, page_of, leave, tmp_path):
    """Enters pages as a batch: name → (values, fingerprint, changes of the reading)."""

    def enter(pages, name="批"):
        folder = tmp_path / name
        folder.mkdir()
        results, paths = [], []
        for at, (file, (values, fingerprint, changes)) in enumerate(pages.items()):
            path = folder / file
            reading = page_of(path, values, confidence=0.99)
            path.write_bytes(path.read_bytes() + bytes([at, len(name)]) * 8)
            traits = PageTraits(colours=Colours.COLOUR, dpi_by_text=300, fingerprint=fingerprint)
            results.append((path, replace(reading, traits=traits, form_set="f" * 16, **changes)))
            paths.append(path)
        batch_id = intake(desk.home_id, leave(paths), name_token=leave(name))
        tables = chunk_tables([(sha256_of(p), r) for p, r in results], batch_id=batch_id)
        key = desk.here.home_key.key
        chunk = write_chunk(desk.here.home.chunks, tables, key=key)
        load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
        return batch_id

    return enter


def notes(desk, batch_id):
    note_pages.__wrapped__(desk.home_id, batch_id)
    rows = desk.here.warehouse.query("page_notes", batch_id=batch_id).to_pylist()
    return [
        (row["code"], row["source"].rpartition("/")[2], (row["other_source"] or "")[-5:])
        for row in rows
    ]


def test_pages_that_look_alike_and_say_the_same_are_told(desk, enter):
    misread = LEI | {"female.name": "韩梅海"}
    batch_id = enter(
        {
            "1.png": (LEI, PRINT, {}),
            # The same form, filled in for others: as alike as a second scan would be.
            "2.png": (OTHERS, PRINT ^ 0b11, {}),
            # The same paper, scanned again: further off, one name misread.
            "3.png": (misread, PRINT ^ 0b1111111111 << 20, {}),
            # Says the same, and looks like nothing of the kind.
            "4.png": (LEI, ~PRINT & (1 << 63) - 1, {}),
            "5.png": (LEI, PRINT, {"kind": Kind.APPLICATION}),
        }
    )
    (pair,) = notes(desk, batch_id)
    assert pair[0] == "looks_like"
    assert {pair[1], pair[2]} == {"1.png", "3.png"}
    # Both stay taken and read.
    assert {row["status"] for row in desk.rows("pages")} == {"read"}
    assert {row["status"] for row in desk.rows("scans")} == {"taken"}
    before = desk.rows("page_notes")
    assert notes(desk, batch_id) == [pair]
    assert desk.rows("page_notes") == before


def test_pages_without_fields_must_be_the_same_picture(desk, enter):
    other = {"kind": Kind.OTHER}
    batch_id = enter(
        {
            "1.png": ({}, PRINT, other),
            "2.png": ({}, PRINT ^ 0b111, other),
            "3.png": ({}, PRINT ^ 0b11111, other),
            # A blank form beside one that is filled in.
            "4.png": (LEI, PRINT, {}),
            "5.png": ({}, PRINT, {}),
        }
    )
    found = {frozenset(pair[1:]) for pair in notes(desk, batch_id)}
    assert found == {frozenset({"1.png", "2.png"}), frozenset({"2.png", "3.png"})}


def test_earlier_batches_are_looked_at_too(desk, enter):
    enter({"1.png": (LEI, PRINT, {})}, "一")
    later = enter({"9.png": (LEI, PRINT ^ 1, {}), "8.png": (OTHERS, PRINT, {})}, "后来")
    assert notes(desk, later) == [("looks_like", "9.png", "1.png")]


def test_the_stamp_and_the_forms_are_kept(desk, enter):
    batch_id = enter({"1.png": (LEI | {"stamp.pages": "3"}, PRINT, {}), "2.png": ({}, 5, {})})
    assert notes(desk, batch_id) == [("page_count_differs", "1.png", "")]
    assert {row["form_set"] for row in desk.rows("pages")} == {"f" * 16}
    counted = desk.here.warehouse.query("figures_notes", batch_id=batch_id).to_pylist()
    assert counted == [{"code": "page_count_differs", "pages": 1, "places": ["1.png p.1"]}]


def test_every_note_says_what_to_do_in_both_languages():
    for code, (chinese, english) in NOTES.items():
        assert english.isascii()
        assert sentence(code) == f"{chinese}。{english}."
    assert PageNote(page_id="p", code="grey").detail == sentence("grey")
