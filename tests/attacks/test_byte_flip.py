"""Byte flip: any byte of a file is changed.

Defends the promise: someone who changes a byte of a file is kept from being believed.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.errors import IntegrityError

REGIONS = {
    "version": "unknown_version",
    "stanzas": "bad_stanza",
    "body": "segment_altered",
    "index": "index_altered",
    "signature": "signature_wrong",
    "end": None,
}


def test_any_byte_changed(case, small):
    data = bytearray(small.read_bytes())
    for place in case.bytes_of(small):
        data[place] ^= 0x20
        case.refusal(bytes(data))
        data[place] ^= 0x20
    assert case.open(small)


@pytest.mark.parametrize("region", REGIONS)
def test_each_region_of_a_large_file_changed(case, large, region):
    changed = bytearray(large.read_bytes())
    changed[case.parts(large)[region]] ^= 0xFF
    error = case.refusal(bytes(changed))
    assert REGIONS[region] in {None, error.reason}


def test_the_message_names_the_file_and_holds_no_content(case, large):
    changed = bytearray(large.read_bytes())
    changed[-200] ^= 1
    text = str(case.refusal(bytes(changed)))
    assert "attacked.sealed" in text
    assert "→" in text
    assert "canary" not in text


def test_a_file_that_changes_after_it_was_opened(case, large):
    opened = case.open(large)
    data = bytearray(large.read_bytes())
    data[case.parts(large)["body"] + 60_000] ^= 1
    large.write_bytes(data)
    before = sorted(case.folder.rglob("*"))
    with pytest.raises(IntegrityError):
        opened.contents.extract(case.folder / "out")
    assert sorted(case.folder.rglob("*")) == before
    with pytest.raises(IntegrityError):
        opened.contents["b"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_edit_of_a_good_file_opens(case, data):
    path = case.folder / "good.sealed"
    if not path.exists():
        case.seal({"a": b"x" * 500, "b": b"y"})
    good = path.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, min(len(good), start + 80)))
    edit = good[:start] + data.draw(st.binary(max_size=80)) + good[stop:]
    if edit != good:
        case.refusal(edit)
