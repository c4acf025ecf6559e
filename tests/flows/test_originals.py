"""A path that was written into the warehouse leads to the same file again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.originals import as_path, as_text, require_unchanged
from records.errors import InputError


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
@example("档案/结婚证.jpg".encode("gb18030"))
@example(b"a\\xff\xff")
@example(rb"\\xe5\\\xe5")
@example("档案/结婚证.jpg".encode())
def test_every_name_comes_back_and_no_two_are_written_alike(name):
    path = Path(os.fsdecode(name))
    text = as_text(path)
    text.encode()  # What is written is text that any store can carry.
    assert as_path(text) == path
    assert os.fsencode(as_path(text)) == os.fsencode(path)


def test_ordinary_names_are_written_as_they_are():
    assert as_text(Path("/馆/卷 1/结婚证.jpg")) == "/馆/卷 1/结婚证.jpg"


def test_a_changed_original_is_not_opened(tmp_path):
    scan = tmp_path / "a.jpg"
    scan.write_bytes(b"one")
    digest = hashlib.sha256(b"one").hexdigest()
    require_unchanged(digest, scan)
    scan.write_bytes(b"two")
    with pytest.raises(InputError, match="scan_changed"):
        require_unchanged(digest, scan)
    scan.unlink()
    with pytest.raises(InputError, match="not_found"):
        require_unchanged(digest, scan)
