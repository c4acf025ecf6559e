"""What can't be sealed is refused before anything is written."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from confidentiality import format as layout
from confidentiality.format import SealedKind
from confidentiality.sealed import seal
from records.errors import NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("limit", "value"), [("MAX_ITEM", 9), ("MAX_INDEX", 9), ("MAX_ITEMS", 1)])
def test_what_is_beyond_the_limits_is_not_sealed(desk, tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(layout, limit, value)
    with pytest.raises(UsageError, match="bad_item"):
        desk.seal({"a": bytes(10), "b": b""})
    assert list(tmp_path.iterdir()) == []


def test_recipients_missing_doubled_or_too_many(desk, parties, monkeypatch, tmp_path):
    one = parties.vendor.public
    monkeypatch.setattr(layout, "MAX_RECIPIENTS", 2)
    for cards in ((), (one, one), (one, parties.clerk.public, parties.archive.public)):
        with pytest.raises(UsageError, match="bad_recipients"):
            seal(tmp_path / "x", {}, header=desk.header(), sender=parties.archive, recipients=cards)
    assert list(tmp_path.iterdir()) == []


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
