"""Hostile file: huge, nested, misnamed, or no sealed file at all.

Defends the promise: someone who sends a huge, nested or hostile file is kept from memory, disk,
and names outside the folder.
"""

from __future__ import annotations

import os

import pytest

from confidentiality import format as layout
from records.errors import IntegrityError, UsageError

ZERO = b'"' + b"0" * 64 + b'"'


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b'{"items":[],"version":1}',
        b'{"items":[],"more":0,"version":2}',
        b'{"items":{},"version":2}',
        b'{"items":[5],"version":2}',
        b'{"items":[["a",0]],"version":2}',
        b'{"items":[["a",0,' + ZERO + b',0]],"version":2}',
        b'{"items":[["a",false,' + ZERO + b']],"version":2}',
        b'{"items":[["a",-1,' + ZERO + b']],"version":2}',
        b'{"items":[["../a",0,' + ZERO + b']],"version":2}',
        b'{"items":[["a",0,"' + b"0" * 63 + b'"]],"version":2}',
        b'{"items":[["a",9999999999999,' + ZERO + b']],"version":2}',
        b'{"items":' + b"[" * 50_000 + b"]" * 50_000 + b',"version":2}',
    ],
)
def test_a_signed_index_that_is_no_index(case, monkeypatch, index):
    monkeypatch.setattr(layout, "index_bytes", lambda _entries: index)
    assert case.refusal(case.seal({"a": b""})).reason in {"bad_index", "not_canonical"}


LIMITS = {
    "MAX_ITEM": 9,
    "MAX_INDEX": 9,
    "MAX_ITEMS": 1,
    "MAX_HEADER": 9,
    "MAX_STANZA": 9,
    "MAX_SIGNATURE": 9,
    "MAX_RECIPIENTS": 0,
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_beyond_the_limits_is_not_opened(case, monkeypatch, limit):
    path = case.seal({"a": case.canary, "b": b""})
    monkeypatch.setattr(layout, limit, LIMITS[limit])
    assert isinstance(case.refusal(path), IntegrityError)


@pytest.mark.parametrize("data", [b"", b"\n", b"PK\x03\x04", b"backfill-sealed", b"age-v1\n" * 99])
def test_other_files_are_not_sealed_files(case, data):
    assert case.refusal(data).reason == "not_sealed"


def test_missing_files_folders_and_pipes(case):
    (case.folder / "folder").mkdir()
    os.mkfifo(case.folder / "pipe")
    assert case.refusal(case.folder / "folder").reason == "not_a_file"
    assert case.refusal(case.folder / "pipe").reason == "not_a_file"
    assert case.refusal(case.folder / "absent").reason == "unreadable_file"


def test_an_unknown_suite(case, small):
    data = small.read_bytes().replace(b"xwing-ed25519", b"xwong-ed25519")
    assert case.refusal(data).reason == "unknown_suite"


def test_extract_does_not_write_into_what_exists(case, small):
    out = case.folder / "out"
    out.mkdir()
    with pytest.raises(UsageError, match="output_exists"):
        case.open(small).contents.extract(out)
    assert list(out.iterdir()) == []
