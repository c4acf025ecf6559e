"""Forged: a file made by somebody who may not, in their own or another's name.

Defends the promise: someone who seals in another's name, or without the role for it, is kept
from being believed.
"""

from __future__ import annotations

import pytest

from confidentiality.format import SealedKind
from confidentiality.identity import Role
from confidentiality.suite_xwing import XWingSuite
from records.errors import NotPermittedError


def test_an_unknown_sender(case):
    path = case.seal({"a": case.canary}, sender=case.stranger)
    assert case.refusal(path).reason == "unknown_sender"
    assert case.refusal(path, senders=[]).reason == "unknown_sender"


def test_a_trusted_senders_name_on_a_strangers_file(case):
    path = case.seal({"a": case.canary}, sender=case.stranger)
    mine, theirs = case.stranger.fingerprint.encode(), case.sender.fingerprint.encode()
    assert case.refusal(path.read_bytes().replace(mine, theirs)).reason == "signature_wrong"


@pytest.mark.parametrize("role", Role)
def test_a_role_that_may_not_seal_this_kind(case, identity, monkeypatch, role):
    forger = identity(role, "丁")
    may = {
        SealedKind.WORK_PACKAGE: {Role.ARCHIVE},
        SealedKind.SUBMISSION: {Role.CLERK, Role.VENDOR},
        SealedKind.SHARE: {Role.ARCHIVE},
        SealedKind.COMPARISON: {Role.DEPARTMENT},
        SealedKind.RECEIPT: {Role.DEPARTMENT},
        SealedKind.CORRECTION: {Role.DEPARTMENT},
    }
    if role in may[case.kind]:
        assert case.open(case.seal({"a": case.canary}, sender=forger), senders=[forger.public])
        return
    with pytest.raises(NotPermittedError, match="role_not_permitted"):
        case.seal({"a": case.canary}, sender=forger)
    # Software of the forger's own make has no such qualms.
    monkeypatch.setattr("confidentiality.sealed.check_sealing", lambda *_: None)
    path = case.seal({"a": case.canary}, sender=forger)
    monkeypatch.undo()
    assert case.refusal(path, senders=[forger.public]).reason == "role_not_permitted"


def test_a_file_of_another_kind(case, small):
    for kind in set(SealedKind) - {case.kind}:
        assert case.refusal(small, expect_kind=kind).reason == "wrong_kind"


def test_a_file_under_another_agreement(case, small):
    assert case.refusal(small, expect_agreement="A-2026-8").reason == "wrong_agreement"
    assert case.open(small, expect_agreement="A-2026-7")


def test_a_signed_file_whose_wrapped_key_is_garbage(case, monkeypatch):
    monkeypatch.setattr(XWingSuite, "wrap", lambda *_: bytes(1168))
    path = case.seal({"a": case.canary})
    monkeypatch.undo()
    assert case.refusal(path).reason == "stanza_altered"
