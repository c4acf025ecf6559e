"""Every page is entered under the scan it came from, whatever files are called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.digitise import pair_with_scans
from ocr.pages import source_name
from records.errors import EngineError
from records.reading import Kind, PageReading, PageRefusal


def read(path, page):
    return PageReading(
        source=source_name(path),
        page=page,
        kind=Kind.OTHER,
        era=None,
        rotation=0,
        size=(10, 10),
        dpi=None,
        fields=(),
        engine="ppocr",
    )


def refused(path, page):
    return PageRefusal(source=source_name(path), page=page, reason="blank_page", detail="-")


def pairs(scans, results):
    return [(scan_id, result.page) for scan_id, result in pair_with_scans(scans, results)]


ONE, TWO, THREE = Path("/a/1.jpg"), Path("/b/1.jpg"), Path("/b/2.tif")
SCANS = [("one", ONE), ("two", TWO), ("three", THREE)]


def test_the_same_name_in_two_folders():
    results = [read(ONE, 1), read(TWO, 1), read(THREE, 1)]
    assert pairs(SCANS, results) == [("one", 1), ("two", 1), ("three", 1)]


def test_many_pages_some_of_them_set_aside():
    results = [read(ONE, 1), refused(ONE, 2), read(ONE, 3), refused(TWO, 1), read(THREE, 1)]
    assert pairs(SCANS, results) == [("one", 1), ("one", 2), ("one", 3), ("two", 1), ("three", 1)]


@pytest.mark.parametrize(
    "results",
    [
        [read(ONE, 1), read(THREE, 1)],
        [read(TWO, 1), read(ONE, 1), read(THREE, 1)],
        [read(ONE, 1), read(TWO, 1)],
        [read(ONE, 1), read(TWO, 1), read(THREE, 1), read(THREE, 1)],
        [read(ONE, 1), read(TWO, 1), read(THREE, 1), read(ONE, 2)],
        [read(Path("1.jpg"), 1), read(TWO, 1), read(THREE, 1)],
    ],
)
def test_results_that_do_not_fit_the_scans_are_refused(results):
    with pytest.raises(EngineError, match="results_out_of_step") as caught:
        pairs(SCANS, results)
    assert "jpg" not in str(caught.value)


NAMES = st.binary(min_size=1, max_size=3).filter(lambda name: not set(name) & {0, 47})
FILES = st.lists(st.tuples(NAMES, st.lists(st.booleans(), min_size=1, max_size=5)), max_size=8)


@given(FILES)
def test_what_comes_in_order_is_paired_rightly(files):
    """`slow` is the definition: which scan a result belongs to is known when it is made."""
    scans, results, slow = [], [], []
    for number, (name, pages) in enumerate(files):
        # Two files in a row may even have the same path: pages that start anew tell them apart.
        path = Path(os.fsdecode(b"/scans/" + name))
        scans.append((str(number), path))
        for page, good in enumerate(pages, 1):
            results.append((read if good else refused)(path, page))
            slow.append((str(number), page))
    assert pairs(scans, results) == slow
