"""What is sealed comes out again: every length, many items, streams, one item alone."""

from __future__ import annotations

import io
import os
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confidentiality.format import is_item_name
from confidentiality.segments import BUFFER
from confidentiality.suites import DEFAULT_SUITE, suite_named
from records.errors import UsageError

CHUNK = 16_384
LENGTHS = sorted(
    {
        n + d
        for n in (0, 1, 16, CHUNK, 2 * CHUNK, 3 * CHUNK, BUFFER - CHUNK, BUFFER, 2 * BUFFER)
        for d in (-1, 0, 1)
        if n + d >= 0
    }
)


@pytest.mark.parametrize("length", LENGTHS)
def test_every_length_comes_back(desk, length):
    data = os.urandom(length)
    opened = desk.open(desk.seal({"a.png": data}))
    assert opened.contents["a.png"] == data
    assert opened.contents.size("a.png") == length


@pytest.mark.parametrize("length", LENGTHS)
def test_ciphertext_is_as_long_as_the_suite_says(length):
    suite = suite_named(DEFAULT_SUITE, where="test")
    cipher = suite.encryptor(suite.file_key(), b"context")
    room = bytearray(length + (1 << 16))
    written = cipher.update_into(bytes(length), room) + len(cipher.finalize())
    assert written == suite.sealed_size(length)


def test_no_items_at_all(desk):
    contents = desk.open(desk.seal({})).contents
    assert dict(contents) == {}
    assert repr(contents) == "SealedContents(0 items)"


def test_streams_and_bytes_mix_and_keep_their_order(desk):
    items = [("z.bin", io.BytesIO(b"stream")), ("a/b.json", b"{}"), ("m", b"")]
    opened = desk.open(desk.seal(iter(items)))
    assert list(opened.contents) == ["z.bin", "a/b.json", "m"]
    assert opened.contents["z.bin"] == b"stream"


def test_header_and_sender_come_back(desk, parties):
    opened = desk.open(desk.seal({"a": b"1"}, package_id="P-9", answers="P-1"))
    assert (opened.header.package_id, opened.header.answers) == ("P-9", "P-1")
    assert opened.sender == parties.archive.public


def test_every_recipient_can_open(desk, parties):
    path = desk.seal({"a": b"1"}, recipients=[parties.clerk.public, parties.vendor.public])
    for one in (parties.clerk, parties.vendor):
        assert desk.open(path, recipient=one).contents["a"] == b"1"


def test_one_item_opens_without_reading_the_others(desk, monkeypatch):
    path = desk.seal({"big": bytes(3 * BUFFER), "small": b"tiny"})
    opened = desk.open(path)
    reads = []
    real = os.pread

    def counted(*asked):
        data = real(*asked)
        reads.append(len(data))
        return data

    monkeypatch.setattr("confidentiality.contents.os.pread", counted)
    assert opened.contents["small"] == b"tiny"
    assert sum(reads) < 200


def test_extract_writes_private_files(desk, tmp_path):
    opened = desk.open(desk.seal({"a/b.png": b"x", "c": b"y"}))
    opened.contents.extract(tmp_path / "out")
    assert (tmp_path / "out/a/b.png").read_bytes() == b"x"
    assert stat.S_IMODE((tmp_path / "out/c").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_the_sealed_file_is_private_and_never_overwritten(desk):
    path = desk.seal({"a": b"1"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(UsageError, match="output_exists"):
        desk.seal({"a": b"2"})
    assert path.read_bytes() == before


def test_nothing_of_the_content_shows_in_the_file(desk):
    path = desk.seal({"needle-name.png": b"NEEDLE" * 50_000})
    raw = path.read_bytes()
    assert b"NEEDLE" not in raw
    assert b"needle-name" not in raw


@pytest.mark.parametrize(
    "name",
    ["", "/a", "../a", "a/../b", "a/", "a//b", "A.png", "名.png", "a\\b", "a\x00", "a:b", ".a",
     "con", "nul.txt", "a/com1.png", "a.", "x" * 201, " a", "a\n"],
)  # fmt: skip
def test_unfit_names_are_refused_and_leave_no_file(desk, tmp_path, name):
    assert not is_item_name(name)
    with pytest.raises(UsageError, match="bad_item"):
        desk.seal([("good", b"1"), (name, b"2")])
    assert list(tmp_path.iterdir()) == []


def test_a_doubled_name_is_refused(desk, tmp_path):
    with pytest.raises(UsageError, match="bad_item"):
        desk.seal([("a", b"1"), ("a", b"2")])
    assert list(tmp_path.iterdir()) == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    items=st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9_-]{1,8}\.png)?", fullmatch=True).filter(
            is_item_name
        ),
        st.binary(max_size=300) | st.integers(0, 40_000).map(bytes),
        max_size=6,
    )
)
def test_any_content_comes_back(desk, items):
    path = desk.folder / "any.sealed"
    path.unlink(missing_ok=True)
    assert dict(desk.open(desk.seal(items, path.name)).contents) == items
