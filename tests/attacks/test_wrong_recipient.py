"""Wrong recipient: a file is opened by, or re-addressed to, somebody it is not for.

Defends the promise: someone who is not a recipient is kept from opening a file, and one who
re-addresses a file is kept from passing it as sealed for another.
"""

from __future__ import annotations

import pytest

from confidentiality.identity import Role

OTHERS = tuple(Role)


@pytest.mark.parametrize("role", OTHERS)
def test_somebody_else_opens(case, small, identity, role):
    other = identity(role, "丙")
    assert case.refusal(small, recipient=other).reason == "not_for_you"


def test_a_recipient_passes_the_content_on_as_the_senders(case, small):
    """Surreptitious forwarding: the sender's file can't be made one meant for another."""
    mine, other = case.recipient.fingerprint.encode(), case.fellow.fingerprint.encode()
    data = small.read_bytes().replace(mine, other)
    assert data != small.read_bytes()
    assert case.refusal(data, recipient=case.fellow).reason == "signature_wrong"


def test_recipients_that_change_places(case):
    both = case.seal({"a": b"1"}, recipients=[case.recipient.public, case.fellow.public])
    one, two = case.recipient.fingerprint.encode(), case.fellow.fingerprint.encode()
    data = both.read_bytes().replace(one, b"-" * 64).replace(two, one).replace(b"-" * 64, two)
    assert len(data) == both.stat().st_size
    assert case.refusal(data).reason == "signature_wrong"
