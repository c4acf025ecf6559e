"""One spelling for every record, and files that are whole or absent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    is_identifier,
    parse_canonical,
    parse_instant,
    to_text,
)
from confidentiality.files import read_private, writing_aside
from confidentiality.journal import MAX_LINE, append_line, read_lines, read_tail
from records.errors import IntegrityError, UsageError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(), VALUES, max_size=5)


@given(RECORDS)
def test_every_record_comes_back_and_has_one_spelling(record):
    data = canonical(record)
    assert parse_canonical(data, where="test") == record
    assert canonical(dict(reversed(record.items()))) == data


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{} ", b" {}", b"\xef\xbb\xbf{}", b'{"a":1,"a":1}', b'{"a":1.0}',
     b'{"a":1e3}', b'{"a":NaN}', b'{"b":1,"a":2}', b'{"a":"\\u0061"}', b'{"a":"\\ud800"}',
     b"{" * 100_000, b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}", b"\xff"],
)  # fmt: skip
def test_other_spellings_are_refused(data):
    with pytest.raises(IntegrityError, match="not_canonical"):
        parse_canonical(data, where="test")


@given(st.datetimes(min_value=datetime(1000, 1, 1)), st.integers(-840, 840))  # noqa: DTZ001 - bounds are naive
def test_moments_come_back_in_utc(naive, minutes):
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)), microsecond=0)
    try:
        text = instant_text(moment)
    except OverflowError:
        return
    if len(text) == 20:
        assert parse_instant(text, where="test") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-3-2T9:30:00Z",
        "2026-03-02T09:30:00",
        "2026-03-02T09:30:00+08:00",
        "2026-02-30T00:00:00Z",
        None,
        5,
    ],
)
def test_other_spellings_of_a_moment(text):
    with pytest.raises(IntegrityError, match="bad_instant"):
        parse_instant(text, where="test")


def test_a_moment_without_zone_is_refused():
    with pytest.raises(UsageError, match="naive_time"):
        instant_text(datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None))


@given(st.binary())
def test_base64_comes_back(data):
    assert from_text(to_text(data), where="test", length=len(data)) == data
    with pytest.raises(IntegrityError, match="bad_encoding"):
        from_text(to_text(data), where="test", length=len(data) + 1)


@pytest.mark.parametrize("text", ["a", "?", "YQ", "YQ==\n", None, 3, "名"])
def test_other_text_is_no_base64(text):
    with pytest.raises(IntegrityError, match="bad_encoding"):
        from_text(text, where="test")


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("A-1", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        (".a", False),
        ("a/b", False),
        ("a\n", False),
        ("名", False),
        (None, False),
    ],
)
def test_identifiers(text, good):
    assert is_identifier(text) is good


def test_a_file_that_could_not_be_finished_vanishes(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def fail():
        with writing_aside(path, replace=True) as stream:
            stream.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("f", b"old")]


def test_a_file_is_replaced_only_on_request(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with writing_aside(path, replace=True) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_does_not_exist(tmp_path):
    with (
        pytest.raises(UsageError, match="output_not_writable"),
        writing_aside(tmp_path / "none" / "f", replace=False),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_secret_file_larger_than_such_files_are(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"x" * 11)
    path.chmod(0o600)
    assert read_private(path, limit=11) == b"x" * 11
    with pytest.raises(IntegrityError, match="too_large"):
        read_private(path, limit=10)


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: b"\n" not in b), max_size=8))
def test_journal_lines_come_back(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("journal") / "j"
    for line in lines:
        append_line(path, line)
    assert read_lines(path) == lines
    assert read_tail(path).line == (lines[-1] if lines else None)


@pytest.mark.parametrize("line", [b"", b"a\nb", b"x" * (MAX_LINE + 1)])
def test_journal_lines_that_are_none(tmp_path, line):
    with pytest.raises(UsageError, match="bad_line"):
        append_line(tmp_path / "j", line)


def test_the_longest_lines_are_found_at_the_end(tmp_path):
    path = tmp_path / "j"
    for letter in (b"a", b"b", b"c"):
        append_line(path, letter * MAX_LINE)
        assert read_tail(path).line == letter * MAX_LINE
