"""A file is wrapped to others and signed anew; its body stays byte for byte."""

from __future__ import annotations

import pytest

from confidentiality.envelope import read_envelope
from confidentiality.sealed import rewrap
from confidentiality.segments import BUFFER
from records.errors import IntegrityError, NotPermittedError, UsageError

ITEMS = {"manifest.json": b"{}", "a.png": bytes(3 * BUFFER), "b.png": b""}


@pytest.fixture
def first(desk, parties):
    """A package for a clerk and the archive's own copy of it."""
    return desk.seal(ITEMS, recipients=[parties.clerk.public, parties.archive.public])


def body_of(path):
    with path.open("rb") as stream:
        envelope = read_envelope(stream, where="test")
    end = envelope.body + envelope.trailer.index_offset + envelope.trailer.index_size
    return envelope, path.read_bytes()[envelope.body : end]


def wrapped(desk, parties, path, name="second.sealed"):
    opened, out = desk.open(path, recipient=parties.archive), desk.folder / name
    rewrap(out, opened, sender=parties.archive, recipients=[parties.vendor.public])
    return out


def test_the_new_recipient_opens_what_the_first_had(desk, parties, first):
    second = wrapped(desk, parties, first)
    assert (
        dict(desk.open(second).contents)
        == ITEMS
        == dict(desk.open(first, recipient=parties.clerk).contents)
    )


def test_the_body_stays_and_the_file_is_another(desk, parties, first):
    opened, out = desk.open(first, recipient=parties.archive), desk.folder / "second.sealed"
    receipt = rewrap(out, opened, sender=parties.archive, recipients=[parties.vendor.public])
    (old, old_body), (new, new_body) = body_of(first), body_of(out)
    assert old_body == new_body
    assert old.head.body == new.head.body
    assert old.head.header == new.head.header
    assert receipt.digest == new.digest != old.digest
    assert (receipt.items, receipt.size) == (len(ITEMS), out.stat().st_size)


def test_the_first_recipient_does_not_open_the_new_file(desk, parties, first):
    second = wrapped(desk, parties, first)
    with pytest.raises(NotPermittedError, match="not_for_you"):
        desk.open(second, recipient=parties.clerk)


def test_a_head_of_the_one_and_stanzas_of_the_other_are_refused(desk, parties, first):
    second = wrapped(desk, parties, first)
    (old, _), (new, _) = body_of(first), body_of(second)
    mixed = desk.folder / "mixed.sealed"
    mixed.write_bytes(second.read_bytes()[: new.body] + first.read_bytes()[old.body :])
    with pytest.raises(IntegrityError, match="signature_wrong"):
        desk.open(mixed)


def test_roles_hold_for_the_new_recipients_too(desk, parties, first):
    opened = desk.open(first, recipient=parties.archive)
    with pytest.raises(NotPermittedError, match="role_not_permitted"):
        rewrap(
            desk.folder / "x.sealed",
            opened,
            sender=parties.archive,
            recipients=[parties.department.public],
        )
    with pytest.raises(NotPermittedError, match="role_not_permitted"):
        rewrap(
            desk.folder / "x.sealed",
            opened,
            sender=parties.clerk,
            recipients=[parties.vendor.public],
        )
    with pytest.raises(UsageError, match="bad_recipients"):
        rewrap(desk.folder / "x.sealed", opened, sender=parties.archive, recipients=[])


def test_a_body_that_changed_meanwhile_is_not_signed(desk, parties, first):
    opened = desk.open(first, recipient=parties.archive)
    data = bytearray(first.read_bytes())
    data[body_of(first)[0].body + 2 * BUFFER] ^= 1
    first.write_bytes(data)
    with pytest.raises(IntegrityError, match="segment_altered"):
        rewrap(
            desk.folder / "x.sealed",
            opened,
            sender=parties.archive,
            recipients=[parties.vendor.public],
        )
    assert [path.name for path in desk.folder.iterdir()] == [first.name]
