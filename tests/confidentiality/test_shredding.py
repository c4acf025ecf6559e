"""Shredding: without its wrapped keys a file is closed for everybody, for good."""

from __future__ import annotations

import os

import pytest

from confidentiality.shredding import shred
from records.errors import IntegrityError


def test_no_link_to_a_shredded_file_opens(desk, parties):
    both = [parties.vendor.public, parties.archive.public]
    path = desk.seal({"a": b"secret" * 100}, recipients=both)
    other = path.with_name("other-link.sealed")
    os.link(path, other)
    sealed = other.read_bytes()
    assert desk.open(other).contents["a"] == b"secret" * 100
    shred(path)
    assert not path.exists()
    left = other.read_bytes()
    assert len(left) == len(sealed)
    assert left != sealed
    for recipient in (parties.vendor, parties.archive):
        with pytest.raises(IntegrityError):
            desk.open(other, recipient=recipient)
    # What is left differs in the stanzas alone: with them put back it would open again.
    changed = [n for n, (a, b) in enumerate(zip(left, sealed, strict=True)) if a != b]
    stanzas = 2 * (2 + 1168)
    assert changed[-1] - changed[0] < stanzas
    assert len(changed) > stanzas * 0.9


def test_what_is_no_sealed_file_is_overwritten_whole(tmp_path):
    path, other = tmp_path / "x.sealed", tmp_path / "y"
    path.write_bytes(b"plain text")
    os.link(path, other)
    shred(path)
    assert not path.exists()
    assert b"plain" not in other.read_bytes()
    shred(path)
