"""One test per attack on a sealed file; each must be refused and leave nothing behind."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confidentiality import format as layout
from confidentiality.envelope import read_envelope, read_index, unwrap_file_key
from confidentiality.format import ItemEntry, SealedKind
from confidentiality.sealed import seal
from confidentiality.segments import encrypt_segment
from confidentiality.suite_xwing import XWingSuite
from records.errors import BackfillError, ExitStatus, IntegrityError, NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
REFUSED = {ExitStatus.INPUT_REFUSED, ExitStatus.NOT_PERMITTED}


def refusal(desk, path, **changes) -> BackfillError:
    """The error of opening, after checking that it is a refusal and nothing was left."""
    before = sorted(desk.folder.rglob("*"))
    with pytest.raises((IntegrityError, NotPermittedError)) as caught:
        desk.open(path, **changes)
    assert caught.value.status in REFUSED
    assert sorted(desk.folder.rglob("*")) == before
    return caught.value


def rewritten(desk, data: bytes):
    path = desk.folder / "attacked.sealed"
    path.write_bytes(data)
    return path


def boundaries(path) -> dict[str, int]:
    """Where each part of a good file begins."""
    with path.open("rb") as stream:
        envelope = read_envelope(stream, where="test")
    size = path.stat().st_size
    body, trailer = envelope.body, envelope.trailer
    stanzas = len(layout.stanza_bytes(envelope.stanzas))
    return {
        "version": len(layout.MAGIC),
        "header": layout.PREFIX_SIZE,
        "stanzas": body - stanzas,
        "body": body,
        "index": body + trailer.index_offset,
        "trailer": body + trailer.index_offset + trailer.index_size,
        "signature": size - layout.TRAILER_END_SIZE - len(trailer.signature),
        "end": size - layout.TRAILER_END_SIZE,
    }


@pytest.fixture
def small(desk):
    return desk.seal({"a.png": b"x" * 40, "b.png": b"y" * 40, "c": b""})


@pytest.fixture
def large(desk):
    return desk.seal({"a.bin": b"x" * 40_000, "b.bin": b"y" * 40_000, "c.bin": b"z" * 16_384})


def everywhere(path) -> list[int]:
    """Every byte of a small file, but of the long wrapped key each seventh."""
    at, size = boundaries(path), path.stat().st_size
    wrapped = range(at["stanzas"] + 2, at["body"])
    return [place for place in range(size) if place not in wrapped or place % 7 == 0]


def test_cut_anywhere(desk, small):
    data = small.read_bytes()
    for length in everywhere(small):
        error = refusal(desk, rewritten(desk, data[:length]))
        assert isinstance(error, IntegrityError)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_cut_at_every_boundary_of_a_large_file(desk, large, shift):
    data = large.read_bytes()
    places = boundaries(large)
    cuts = [*places.values(), *range(places["body"] + 56, places["index"], 16_400)]
    for cut in cuts:
        assert isinstance(refusal(desk, rewritten(desk, data[: cut + shift])), IntegrityError)


def test_any_byte_changed(desk, small):
    data = bytearray(small.read_bytes())
    for place in everywhere(small):
        data[place] ^= 0x20
        refusal(desk, rewritten(desk, bytes(data)))
        data[place] ^= 0x20


def test_each_region_changed_in_a_large_file(desk, large):
    data = large.read_bytes()
    places = boundaries(large)
    expected = {
        "version": "unknown_version",
        "stanzas": "bad_stanza",
        "body": "segment_altered",
        "index": "index_altered",
        "signature": "signature_wrong",
    }
    for region, reason in expected.items():
        changed = bytearray(data)
        changed[places[region]] ^= 0xFF
        assert refusal(desk, rewritten(desk, bytes(changed))).reason == reason


def test_bytes_appended(desk, small):
    data = small.read_bytes()
    for more in (b"\0", b"x" * 200, data):
        assert isinstance(refusal(desk, rewritten(desk, data + more)), IntegrityError)


def test_bytes_put_in_front_or_between(desk, small):
    data = small.read_bytes()
    for place in [0, *boundaries(small).values()]:
        refusal(desk, rewritten(desk, data[:place] + b"\0" + data[place:]))


def test_items_reordered(desk, large):
    data, body = large.read_bytes(), boundaries(large)["body"]
    with large.open("rb") as stream:
        envelope = read_envelope(stream, where="test")
        key = unwrap_file_key(envelope, desk.parties.vendor)
        first, second, _ = read_index(stream, envelope, key)
    assert first.sealed_size == second.sealed_size
    middle, end = body + second.offset, body + second.offset + second.sealed_size
    swapped = data[:body] + data[middle:end] + data[body:middle] + data[end:]
    assert len(swapped) == len(data)
    assert refusal(desk, rewritten(desk, swapped)).reason == "segment_altered"


def test_chunks_reordered_within_an_item(desk, large):
    data, body = large.read_bytes(), boundaries(large)["body"]
    first, second, third = body + 56, body + 56 + 16_400, body + 56 + 2 * 16_400
    swapped = data[:first] + data[second:third] + data[first:second] + data[third:]
    assert refusal(desk, rewritten(desk, swapped)).reason == "segment_altered"


def test_an_item_of_another_package_of_the_same_sender(desk):
    one = desk.seal({"a": b"x" * 100}, "one.sealed")
    two = desk.seal({"a": b"y" * 100}, "two.sealed")
    body, index = boundaries(one)["body"], boundaries(one)["index"]
    data = one.read_bytes()
    mixed = data[:body] + two.read_bytes()[body:index] + data[index:]
    assert refusal(desk, rewritten(desk, mixed)).reason == "segment_altered"


def test_the_header_of_another_package(desk):
    one = desk.seal({"a": b"x"}, "one.sealed", expires=NOW + DAY)
    two = desk.seal({"a": b"x"}, "two.sealed", expires=NOW + 99 * DAY)
    for part in ("stanzas", "body", "index", "trailer"):
        cut, other = boundaries(one)[part], boundaries(two)[part]
        mixed = two.read_bytes()[:other] + one.read_bytes()[cut:]
        assert isinstance(refusal(desk, rewritten(desk, mixed)), IntegrityError)


def test_a_header_edited_to_live_longer(desk, small):
    data = small.read_bytes()
    edited = data.replace(b'"expires":"2026-03-16', b'"expires":"2036-03-16')
    assert edited != data
    assert refusal(desk, rewritten(desk, edited)).reason == "signature_wrong"


def test_a_header_in_another_spelling(desk, small):
    data = small.read_bytes()
    edited = data.replace(b'"answers":null,', b'"answers": nul')
    assert refusal(desk, rewritten(desk, edited)).reason == "not_canonical"


def test_a_wrong_recipient(desk, small, parties):
    for one in (parties.clerk, parties.archive, parties.department, parties.stranger):
        assert refusal(desk, small, recipient=one).reason == "not_for_you"


def test_an_unknown_sender(desk, parties):
    path = desk.seal({"a": b"1"}, sender=parties.stranger)
    assert refusal(desk, path).reason == "unknown_sender"
    assert refusal(desk, path, senders=[]).reason == "unknown_sender"


def test_a_trusted_senders_name_on_a_strangers_file(desk, parties):
    genuine = parties.archive.fingerprint
    path = desk.seal({"a": b"1"}, sender=parties.stranger)
    data = path.read_bytes().replace(parties.stranger.fingerprint.encode(), genuine.encode())
    assert refusal(desk, rewritten(desk, data)).reason == "signature_wrong"


def test_a_recipient_passes_the_content_on_as_the_archives(desk, parties, small):
    """Surreptitious forwarding: the vendor can't make the archive's file meant for a clerk."""
    data = small.read_bytes()
    other = data.replace(parties.vendor.fingerprint.encode(), parties.clerk.fingerprint.encode())
    assert refusal(desk, rewritten(desk, other), recipient=parties.clerk).reason == (
        "signature_wrong"
    )


def test_a_fellow_recipient_who_knows_the_file_key_writes_an_item(desk, parties):
    path = desk.seal({"a": b"x" * 99}, recipients=[parties.vendor.public, parties.clerk.public])
    with path.open("rb") as stream:
        envelope = read_envelope(stream, where="test")
        key = unwrap_file_key(envelope, parties.clerk)
    forged = io.BytesIO()
    context = layout.segment_context(envelope.head_digest, 0, last=False)
    encrypt_segment(io.BytesIO(b"y" * 99), forged, suite=envelope.suite, key=key, context=context)
    data, places = path.read_bytes(), boundaries(path)
    mixed = data[: places["body"]] + forged.getvalue() + data[places["index"] :]
    assert len(mixed) == len(data)
    assert refusal(desk, rewritten(desk, mixed)).reason == "item_not_signed"


def test_a_fellow_recipient_writes_an_index(desk, parties):
    path = desk.seal({"a": b"x"}, recipients=[parties.vendor.public, parties.clerk.public])
    with path.open("rb") as stream:
        envelope = read_envelope(stream, where="test")
        key = unwrap_file_key(envelope, parties.clerk)
        entries = read_index(stream, envelope, key)
    forged = io.BytesIO()
    plain = layout.index_bytes([replace(entries[0], name="b")])
    context = layout.segment_context(envelope.head_digest, 0, last=True)
    encrypt_segment(io.BytesIO(plain), forged, suite=envelope.suite, key=key, context=context)
    data, places = path.read_bytes(), boundaries(path)
    mixed = data[: places["index"]] + forged.getvalue() + data[places["trailer"] :]
    assert refusal(desk, rewritten(desk, mixed)).reason == "index_altered"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: [e[0]],
        lambda e: [replace(e[0], offset=1), e[1]],
        lambda e: [e[0], replace(e[1], offset=0)],
        lambda e: [e[0], replace(e[1], name=e[0].name)],
        lambda e: [replace(e[0], name="../a"), e[1]],
        lambda e: [replace(e[0], size=e[0].size + 1), e[1]],
        lambda e: [*e, ItemEntry(name="z", offset=10**6, sealed_size=72, size=0, digest=bytes(32))],
    ],
)
def test_an_index_that_lies_though_it_is_signed(desk, monkeypatch, spoil):
    honest = layout.index_bytes
    monkeypatch.setattr(layout, "index_bytes", lambda entries: honest(spoil(list(entries))))
    path = desk.seal({"a": b"1" * 10, "b": b"2" * 10})
    assert refusal(desk, path).reason == "bad_index"


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b'{"items":[],"version":2}',
        b'{"items":{},"version":1}',
        b'{"items":[5],"version":1}',
        b'{"items":[["a",0,72,0]],"version":1}',
        b'{"items":[["a",0,72,false,"' + b"0" * 64 + b'"]],"version":1}',
        b'{"items":[["a",0,-1,0,"' + b"0" * 64 + b'"]],"version":1}',
        b'{"items":[["a",0,72,0,"' + b"0" * 63 + b'"]],"version":1}',
        b'{"items":[["a",0,9999999999999,9999999999998,"' + b"0" * 64 + b'"]],"version":1}',
    ],
)
def test_a_signed_index_that_is_no_index(desk, monkeypatch, index):
    monkeypatch.setattr(layout, "index_bytes", lambda _entries: index)
    assert refusal(desk, desk.seal({"a": b""})).reason in {"bad_index", "not_canonical"}


def test_a_signed_file_whose_wrapped_key_is_garbage(desk, monkeypatch):
    monkeypatch.setattr(XWingSuite, "wrap", lambda *_: bytes(1168))
    path = desk.seal({"a": b"1"})
    monkeypatch.undo()
    assert refusal(desk, path).reason == "stanza_altered"


@pytest.mark.parametrize(("limit", "value"), [("MAX_ITEM", 9), ("MAX_INDEX", 9), ("MAX_ITEMS", 1)])
def test_what_is_beyond_the_limits_is_not_sealed(desk, tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(layout, limit, value)
    with pytest.raises(UsageError, match="bad_item"):
        desk.seal({"a": bytes(10), "b": b""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("MAX_ITEM", 9),
        ("MAX_INDEX", 9),
        ("MAX_ITEMS", 1),
        ("MAX_HEADER", 9),
        ("MAX_STANZA", 9),
        ("MAX_SIGNATURE", 9),
        ("MAX_RECIPIENTS", 0),
    ],
)
def test_what_is_beyond_the_limits_is_not_opened(desk, monkeypatch, limit, value):
    path = desk.seal({"a": bytes(10), "b": b""})
    monkeypatch.setattr(layout, limit, value)
    assert isinstance(refusal(desk, path), IntegrityError)


def test_recipients_missing_doubled_or_too_many(desk, parties, monkeypatch, tmp_path):
    one = parties.vendor.public
    monkeypatch.setattr(layout, "MAX_RECIPIENTS", 2)
    for cards in ((), (one, one), (one, parties.clerk.public, parties.archive.public)):
        with pytest.raises(UsageError, match="bad_recipients"):
            seal(tmp_path / "x", {}, header=desk.header(), sender=parties.archive, recipients=cards)
    assert list(tmp_path.iterdir()) == []


def test_a_file_cut_between_two_reads(desk, large):
    opened = desk.open(large)
    os.truncate(large, boundaries(large)["body"] + 20_000)
    with pytest.raises(IntegrityError, match="truncated"):
        opened.contents["b.bin"]


def test_an_index_that_names_another_digest(desk, monkeypatch):
    honest = layout.index_bytes
    monkeypatch.setattr(
        layout,
        "index_bytes",
        lambda entries: honest([replace(e, digest=bytes(32)) for e in entries]),
    )
    assert refusal(desk, desk.seal({"a": b"1"})).reason == "item_not_signed"


def test_expired(desk, small):
    assert refusal(desk, small, now=NOW + 14 * DAY).reason == "expired"
    assert desk.open(small, now=NOW + 14 * DAY - timedelta(seconds=1))


def test_a_clock_set_back(desk, small):
    assert refusal(desk, small, now=NOW - 2 * DAY).reason == "clock_behind"
    assert desk.open(small, now=NOW - timedelta(hours=23))


def test_a_wrong_kind(desk, small):
    for kind in (SealedKind.SUBMISSION, SealedKind.SHARE):
        assert refusal(desk, small, expect_kind=kind).reason == "wrong_kind"


def test_a_wrong_agreement(desk, small):
    assert refusal(desk, small, expect_agreement="A-2026-8").reason == "wrong_agreement"
    assert desk.open(small, expect_agreement="A-2026-7")


@pytest.mark.parametrize(
    ("kind", "sender", "recipient"),
    [
        (SealedKind.WORK_PACKAGE, "vendor", "vendor"),
        (SealedKind.WORK_PACKAGE, "archive", "department"),
        (SealedKind.SUBMISSION, "archive", "archive"),
        (SealedKind.SUBMISSION, "vendor", "vendor"),
        (SealedKind.SHARE, "archive", "vendor"),
        (SealedKind.SHARE, "department", "department"),
    ],
)
def test_roles_that_may_not_exchange_a_kind(desk, parties, kind, sender, recipient):
    chosen = {
        "sender": getattr(parties, sender),
        "recipients": [getattr(parties, recipient).public],
    }
    with pytest.raises(NotPermittedError, match="role_not_permitted"):
        desk.seal({"a": b"1"}, kind=kind, **chosen)


def test_a_vendors_file_is_refused_as_a_work_package_though_trusted(desk, parties, monkeypatch):
    monkeypatch.setattr("confidentiality.sealed.check_sealing", lambda *_: None)
    path = desk.seal({"a": b"1"}, sender=parties.vendor, recipients=[parties.clerk.public])
    monkeypatch.undo()
    error = refusal(desk, path, recipient=parties.clerk, senders=[parties.vendor.public])
    assert error.reason == "role_not_permitted"


def test_a_file_that_changes_after_it_was_opened(desk, large, tmp_path):
    opened = desk.open(large)
    data = bytearray(large.read_bytes())
    data[boundaries(large)["body"] + 60_000] ^= 1
    large.write_bytes(data)
    out = tmp_path / "out"
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(IntegrityError):
        opened.contents.extract(out)
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(IntegrityError):
        opened.contents["b.bin"]


def test_extract_does_not_write_into_what_exists(desk, small, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(UsageError, match="output_exists"):
        desk.open(small).contents.extract(out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"\n", b"PK\x03\x04", b"backfill-sealed", b"age-v1\n" * 99])
def test_other_files_are_not_sealed_files(desk, data):
    assert refusal(desk, rewritten(desk, data)).reason == "not_sealed"


def test_missing_files_folders_and_pipes(desk, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert refusal(desk, tmp_path / "folder").reason == "not_a_file"
    assert refusal(desk, tmp_path / "pipe").reason == "not_a_file"
    assert refusal(desk, tmp_path / "absent").reason == "unreadable_file"


def test_an_unknown_suite(desk, small):
    data = small.read_bytes().replace(b"xwing-ed25519", b"xwong-ed25519")
    assert refusal(desk, rewritten(desk, data)).reason == "unknown_suite"


def test_messages_name_the_file_and_hold_no_content(desk, large):
    data = bytearray(large.read_bytes())
    data[-200] ^= 1
    text = str(refusal(desk, rewritten(desk, bytes(data))))
    assert "attacked.sealed" in text
    assert "→" in text


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_edit_of_a_good_file_opens(desk, data):
    path = desk.folder / "good.sealed"
    if not path.exists():
        desk.seal({"a": b"x" * 500, "b": b"y"}, path.name)
    good = path.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, min(len(good), start + 80)))
    edit = good[:start] + data.draw(st.binary(max_size=80)) + good[stop:]
    if edit != good:
        refusal(desk, rewritten(desk, edit))


def test_sealing_that_fails_midway_leaves_nothing(desk, tmp_path):
    class Broken(io.BytesIO):
        def read(self, _size=-1, /):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        desk.seal([("a", b"1"), ("b", Broken())])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"package_id": "张三"},
        {"package_id": ""},
        {"agreement": "a b"},
        {"purpose": ""},
        {"purpose": "x" * 201},
        {"purpose": "a\nb"},
        {"expires": NOW},
        {"answers": "../x"},
    ],
)
def test_headers_that_can_not_be_sealed(desk, tmp_path, changes):
    with pytest.raises(UsageError, match="bad_seal_header"):
        desk.seal({"a": b"1"}, **changes)
    assert list(tmp_path.iterdir()) == []
