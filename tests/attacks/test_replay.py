"""Replay: a genuine file is sent again, or another one under its id.

Defends the promise: someone who sends a file again, or another under its id, is kept from being
counted twice.
"""

from __future__ import annotations

import shutil

import pytest

from confidentiality.replay import Admission, ReplayRegister
from records.errors import NotPermittedError


@pytest.fixture
def received(case, small):
    """A register in which the small file is entered, and the file as it was opened."""
    register, opened = ReplayRegister(case.folder / "register"), case.open(small)
    register.require_new(opened.header.package_id, opened.digest)
    assert register.record("P-0001", opened.digest, now=case.now) is Admission.NEW
    return register, opened


def test_the_same_file_again(case, small, received):
    register, _ = received
    copy = case.folder / "under-another-name.sealed"
    shutil.copy(small, copy)
    for path in (small, copy):
        again = case.open(path)
        with pytest.raises(NotPermittedError, match="replayed"):
            register.require_new(again.header.package_id, again.digest)


def test_another_file_under_its_id(case, received):
    register, _ = received
    other = case.open(
        case.seal({"a": case.canary}, "other.sealed", expires=case.now + 15 * case.day)
    )
    for ask in (register.check, register.require_new):
        with pytest.raises(NotPermittedError, match="package_id_reused"):
            ask(other.header.package_id, other.digest)
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        register.record(other.header.package_id, other.digest, now=case.now)


def test_the_same_content_sealed_again_is_another_file(case, received):
    """Sealing draws new keys: a second sealing can't pass for the file that was received."""
    register, opened = received
    again = case.open(case.seal(dict(opened.contents), "again.sealed"))
    assert again.digest != opened.digest
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        register.require_new(again.header.package_id, again.digest)
