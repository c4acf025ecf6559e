"""Splice: parts of two genuine files of one sender are put together.

Defends the promise: someone who puts parts of two files together is kept from being believed.
"""

from __future__ import annotations

from records.errors import IntegrityError


def test_an_item_of_another_file(case):
    one = case.seal({"a": case.canary * 4}, "one.sealed")
    two = case.seal({"a": case.canary[::-1] * 4}, "two.sealed")
    body, index = case.parts(one)["body"], case.parts(one)["index"]
    data = one.read_bytes()
    mixed = data[:body] + two.read_bytes()[body:index] + data[index:]
    assert case.refusal(mixed).reason == "segment_altered"


def test_the_front_of_one_file_and_the_rest_of_another(case):
    one = case.seal({"a": case.canary}, "one.sealed", expires=case.now + case.day)
    two = case.seal({"a": case.canary}, "two.sealed", expires=case.now + 99 * case.day)
    for part in ("stanzas", "body", "index", "trailer", "signature"):
        cut, other = case.parts(one)[part], case.parts(two)[part]
        mixed = two.read_bytes()[:other] + one.read_bytes()[cut:]
        assert isinstance(case.refusal(mixed), IntegrityError)


def test_the_wrapped_key_of_another_file(case):
    one, two = (
        case.seal({"a": case.canary}, "one.sealed"),
        case.seal({"a": case.canary}, "two.sealed"),
    )
    at, data = case.parts(one), one.read_bytes()
    stanza = two.read_bytes()[at["stanzas"] : at["body"]]
    assert len(stanza) == at["body"] - at["stanzas"]
    mixed = data[: at["stanzas"]] + stanza + data[at["body"] :]
    assert case.refusal(mixed).reason == "signature_wrong"
