"""Re-sign: a recipient, or somebody with a key of their own, changes content and signs anew.

Defends the promise: someone who is a recipient and knows the file key is kept from changing an
item or the list of items for another recipient.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from confidentiality import format as layout


@pytest.fixture
def shared(case):
    """A file for two recipients; the second attacks the first."""
    return case.seal({"a": case.canary * 3}, recipients=[case.recipient.public, case.fellow.public])


def test_a_fellow_recipient_writes_an_item(case, shared):
    key, _ = case.unlocked(shared, case.fellow)
    forged = case.segment(shared, key, case.canary[::-1] * 3, 0, last=False)
    data, at = shared.read_bytes(), case.parts(shared)
    mixed = data[: at["body"]] + forged + data[at["index"] :]
    assert len(mixed) == len(data)
    assert case.refusal(mixed).reason == "segment_altered"


def test_a_fellow_recipient_writes_an_index(case, shared):
    key, entries = case.unlocked(shared, case.fellow)
    plain = layout.index_bytes([replace(entries[0], name="b")])
    data, at = shared.read_bytes(), case.parts(shared)
    forged = case.segment(shared, key, plain, 0, last=True)
    assert case.refusal(data[: at["index"]] + forged + data[at["trailer"] :]).reason == (
        "index_altered"
    )


def test_a_fellow_recipient_signs_the_whole_with_its_own_key(case, shared):
    """The header names the sender; another's signature under it is wrong."""
    key, entries = case.unlocked(shared, case.fellow)
    envelope, data, at = case.envelope(shared), shared.read_bytes(), case.parts(shared)
    payload = envelope.head_digest + envelope.trailer.claims()
    signature = case.fellow.sign("sealed", payload)
    assert len(signature) == len(envelope.trailer.signature)
    assert key
    assert entries
    resigned = data[: at["signature"]] + signature + data[at["end"] :]
    assert case.refusal(resigned).reason == "signature_wrong"
    everybody = [case.sender.public, case.fellow.public, case.stranger.public]
    assert case.refusal(resigned, senders=everybody).reason == "signature_wrong"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: [e[0]],
        lambda e: [e[0], replace(e[1], name=e[0].name)],
        lambda e: [replace(e[0], name="../a"), e[1]],
        lambda e: [replace(e[0], size=e[0].size + 1), e[1]],
        lambda e: [replace(e[0], size=-1), e[1]],
        lambda e: [*e, replace(e[0], name="z", size=0)],
    ],
)
def test_an_index_that_lies_though_its_sender_signed_it(case, monkeypatch, spoil):
    honest = layout.index_bytes
    monkeypatch.setattr(layout, "index_bytes", lambda entries: honest(spoil(list(entries))))
    assert case.refusal(case.seal({"a": case.canary, "b": case.canary})).reason == "bad_index"


def test_an_index_that_names_another_digest(case, monkeypatch):
    honest = layout.index_bytes

    def wrong(entries):
        return honest([replace(entry, digest=bytes(32)) for entry in entries])

    monkeypatch.setattr(layout, "index_bytes", wrong)
    assert case.refusal(case.seal({"a": case.canary})).reason == "segment_altered"
