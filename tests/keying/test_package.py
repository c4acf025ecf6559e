"""Packages and submissions come back as they were built; anything else is refused."""

import json
import struct
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from keying.assign import FieldToKey, PackagePlan, PlannedItem
from keying.chance import SecretRandom
from keying.entry import Entry, Mark, answer, parse_entry
from keying.package import MANIFEST, PackageHead, build_package, parse_package
from keying.prompts import PROMPTS
from keying.snippet import check_snippet
from keying.submission import (
    ENTRIES,
    build_submission,
    check_against_plan,
    parse_submission,
)
from keying.workitem import new_token
from records.errors import InputError, IntegrityError
from records.reading import FIELD_NAMES, field_tail

RNG = SecretRandom(bytes(32), "packages")
DIGEST = "ab" * 32


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(shade=128, *, extra=b"", width=4, height=3):
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes([shade]) * width for _ in range(height)))
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


HEAD = PackageHead(
    package_id="P-7",
    agreement_id="A-1",
    vendor_id="vendor",
    clerk_id="clerk-1",
    round=1,
    due=date(2026, 12, 1),
)


def plan(count=3):
    tails = sorted(PROMPTS)
    items = tuple(
        PlannedItem(
            item_id=new_token(RNG),
            field=FieldToKey(reading_id=f"scan9/{n}/male", tail=tails[n], subject=f"s{n}"),
        )
        for n in range(count)
    )
    return PackagePlan(number=1, vendor_id="vendor", clerk_id="clerk-1", round=1, items=items)


def content(planned):
    pictures = {item.field.reading_id: png(n) for n, item in enumerate(planned.items)}
    return build_package(HEAD, planned, pictures)


def entry(item_id, text="張三", mark=Mark.OK):
    when = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    return Entry(
        item_id=item_id, text=text, mark=mark, clerk_id="clerk-1", keyed_at=when, keystrokes=7
    )


def test_a_package_comes_back_as_it_was_built():
    planned = plan()
    package = parse_package(content(planned))
    assert package.head == HEAD
    assert [i.item_id for i in package.items] == [i.item_id for i in planned.items]
    assert package.picture(package.items[1]) == png(1)
    assert package.items[0].prompt_zh in {p.zh for p in package.guidelines.values()}
    assert "□" in package.rules.zh


def test_every_field_has_a_prompt():
    assert {field_tail(name) for name in FIELD_NAMES} == set(PROMPTS)


def test_nothing_in_a_package_joins_an_item_to_a_reading_or_a_person():
    planned = plan()
    built = content(planned)
    told = b"".join(name.encode() + data for name, data in built.items())
    for item in planned.items:
        assert item.field.reading_id.encode() not in told
        assert item.field.subject.encode() + b'"' not in told


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda c: c.pop(next(n for n in c if n != MANIFEST)), "package_content_altered"),
        (lambda c: c.update({"snippets/other.png": png()}), "package_content_altered"),
        (lambda c: c.update({next(n for n in c if n != MANIFEST): png(99)}), "package_content_alt"),
        (lambda c: c.pop(MANIFEST), "bad_manifest"),
        (lambda c: c.update({MANIFEST: b"[" * 100_000}), "bad_manifest"),
        (
            lambda c: c.update({MANIFEST: c[MANIFEST].replace(b"package/1", b"package/2")}),
            "unknown",
        ),
        (lambda c: c.update({MANIFEST: c[MANIFEST].replace(b"P-7", b"../P")}), "bad_manifest"),
        (
            lambda c: c.update({MANIFEST: c[MANIFEST].replace(b'"tail"', b'"tale"')}),
            "bad_work_item",
        ),
        (lambda c: c.update({MANIFEST: c[MANIFEST].replace(b"2026-12-01", b"soon")}), "bad_manif"),
    ],
)
def test_altered_packages_are_refused(damage, reason):
    built = content(plan())
    damage(built)
    with pytest.raises((InputError, IntegrityError), match=reason):
        parse_package(built)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (png(extra=chunk(b"tEXt", b"Source\0scan_0001.jpg")), "snippet_metadata"),
        (png(extra=chunk(b"eXIf", b"MM")), "snippet_metadata"),
        (png()[:-5], "snippet_damaged"),
        (png() + b"more", "snippet_damaged"),
        (png().replace(b"IDAT", b"IDAX"), "snippet_damaged"),
        (png(width=1 << 20), "snippet_too_large"),
        (b"\xff\xd8\xff\xe0", "snippet_damaged"),
        (b"", "snippet_damaged"),
    ],
)
def test_pictures_that_say_more_than_they_show_are_refused(picture, reason):
    with pytest.raises(InputError, match=reason):
        check_snippet(picture, "item 1")


def test_a_missing_picture_stops_the_package():
    with pytest.raises(InputError, match="item 1"):
        build_package(HEAD, plan(1), {})


def test_a_submission_comes_back_in_the_order_of_the_package():
    planned = plan()
    package = parse_package(content(planned))
    ids = [item.item_id for item in package.items]
    entries = [entry(ids[2], "", Mark.ILLEGIBLE), entry(ids[0])]
    back = parse_submission(build_submission(package, entries, package_sha256=DIGEST))
    assert back.entries == (entries[1], entries[0])
    assert (back.unanswered, back.package_sha256) == (1, DIGEST)
    plan_of = {"item_ids": ids, "clerk_id": "clerk-1", "package_sha256": DIGEST}
    check_against_plan(back, **plan_of)
    others = {"item_ids": ids[1:], "clerk_id": "clerk-2", "package_sha256": "cd" * 32}
    for name, other in others.items():
        with pytest.raises(IntegrityError, match="submission_content_altered"):
            check_against_plan(back, **{**plan_of, name: other})


def test_entries_that_are_no_part_of_the_package_are_a_fault():
    package = parse_package(content(plan()))
    known = entry(package.items[0].item_id)
    for entries in ([entry(new_token(RNG))], [known, known]):
        with pytest.raises(ValueError, match="package"):
            build_submission(package, entries, package_sha256=DIGEST)


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: c.update({ENTRIES: c[ENTRIES][:-1]}),
        lambda c: c.update({ENTRIES: c[ENTRIES] * 2}),
        lambda c: c.update({ENTRIES: b""}),
        lambda c: c.update({ENTRIES: b"\xff\n"}),
        lambda c: c.update({ENTRIES: b"{}\n"}),
        lambda c: c.update({ENTRIES: c[ENTRIES].replace(b"clerk-1", b"clerk-2")}),
        lambda c: c.update({"extra": b""}),
        lambda c: c.pop(MANIFEST),
        lambda c: c.update({MANIFEST: c[MANIFEST].replace(b"submission/1", b"submission/9")}),
    ],
)
def test_altered_submissions_are_refused(damage):
    package = parse_package(content(plan()))
    built = build_submission(package, [entry(package.items[0].item_id)], package_sha256=DIGEST)
    damage(built)
    with pytest.raises((InputError, IntegrityError)):
        parse_submission(built)


def test_an_answer_needs_text_or_a_mark_that_stands_for_it():
    item_id = new_token(RNG)
    assert answer({"item_id": item_id, "text": " 張三 "}, "1") == (item_id, "張三", Mark.OK, 2)
    assert answer({"item_id": item_id, "mark": "empty"}, "1")[1:3] == ("", Mark.EMPTY)
    for bad in (
        {"item_id": item_id},
        {"item_id": item_id, "text": "x", "mark": "illegible"},
        {"item_id": item_id, "text": "x", "mark": "perhaps"},
        {"item_id": item_id, "text": "a\x07b"},
        {"item_id": item_id, "text": "x" * 1001},
        {"item_id": item_id, "text": 5},
        {"item_id": item_id, "text": "x", "keystrokes": -1},
        {"item_id": item_id, "text": "x", "keystrokes": True},
        {"item_id": item_id, "text": "x", "clerk": "y"},
        {"item_id": "../../etc", "text": "x"},
        ["x"],
        None,
    ):
        with pytest.raises(InputError, match="line 4"):
            answer(bad, "line 4")


def test_errors_about_answers_hold_no_text():
    with pytest.raises(InputError) as bad:
        answer({"item_id": new_token(RNG), "text": "秘密姓名", "mark": "empty"}, "line 1")
    assert "秘密姓名" not in str(bad.value)


def test_an_entry_survives_its_line():
    made = entry(new_token(RNG), "□德□", Mark.UNSURE)
    assert parse_entry(json.loads(json.dumps(made.as_json())), "1") == made
    naive = {**made.as_json(), "keyed_at": "2026-11-23T08:00:00"}
    for bad in (naive, {**made.as_json(), "clerk_id": "a b"}, {**made.as_json(), "keyed_at": "x"}):
        with pytest.raises(InputError):
            parse_entry(bad, "1")
    assert replace(made, text="□").text == "□"
