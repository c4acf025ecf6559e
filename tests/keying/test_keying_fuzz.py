"""Whatever stands in a file, it is understood or refused in the words of the house."""

import contextlib
import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from keying.entry import answer, parse_entry
from keying.package import MANIFEST, PackageHead, parse_package
from keying.submission import ENTRIES, parse_submission
from keying.workitem import parse_item
from records.errors import BackfillError

_leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_json = st.recursive(
    _leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
_ENTRY = {
    "item_id": "0" * 32,
    "text": "張三",
    "mark": "ok",
    "clerk_id": "k",
    "keyed_at": "2026-11-23T08:00:00+00:00",
    "keystrokes": 3,
}
_ITEM = {"item_id": "0" * 32, "tail": "name", "sha256": "0" * 64}
_PACKAGE = {
    "format": "backfill-work-package/1",
    "package_id": "P",
    "agreement_id": "A",
    "vendor_id": "v",
    "clerk_id": "k",
    "round": 1,
    "due": "2026-12-01",
    "rules": {"zh": "照录", "en": "as written"},
    "guidelines": {},
    "items": [],
}
_SUBMISSION = {
    "format": "backfill-submission/1",
    "package_id": "P",
    "agreement_id": "A",
    "vendor_id": "v",
    "clerk_id": "k",
    "round": 1,
    "package_sha256": "0" * 64,
    "entries": 0,
    "unanswered": 4,
}


def _understood(parse, *arguments):
    """True when it was understood, False when refused; anything else is a fault."""
    with contextlib.suppress(BackfillError):
        parse(*arguments)
        return True
    return False


def _changed(whole):
    """The whole with one value exchanged, left out, or one added."""
    keys = st.sampled_from([*whole, "extra"])
    exchanged = st.tuples(keys, _json).map(lambda pair: {**whole, pair[0]: pair[1]})
    without = keys.map(lambda key: {k: v for k, v in whole.items() if k != key})
    return exchanged | without


def test_the_unchanged_examples_are_understood():
    assert _understood(parse_entry, _ENTRY, "1")
    assert _understood(parse_item, _ITEM, "1")
    assert _understood(parse_package, {MANIFEST: json.dumps(_PACKAGE).encode()})
    content = {MANIFEST: json.dumps(_SUBMISSION).encode(), ENTRIES: b""}
    assert _understood(parse_submission, content)
    assert PackageHead.__dataclass_fields__["due"].type == date.__name__


@settings(max_examples=150, deadline=None)
@given(raw=_json | _changed(_ENTRY) | _changed(_ITEM))
def test_lines_and_items(raw):
    _understood(parse_entry, raw, "line 1")
    _understood(answer, raw, "line 1")
    _understood(parse_item, raw, "item 1")


@settings(max_examples=150, deadline=None)
@given(raw=_json | _changed(_PACKAGE))
def test_manifests_of_packages(raw):
    _understood(parse_package, {MANIFEST: json.dumps(raw).encode()})


@settings(max_examples=150, deadline=None)
@given(raw=_json | _changed(_SUBMISSION), lines=st.binary(max_size=40) | st.just(b""))
def test_manifests_of_submissions(raw, lines):
    _understood(parse_submission, {MANIFEST: json.dumps(raw).encode(), ENTRIES: lines})


@given(data=st.binary(max_size=60))
def test_bytes_in_place_of_a_manifest(data):
    assert not _understood(parse_package, {MANIFEST: data})
    assert not _understood(parse_submission, {MANIFEST: data, ENTRIES: b""})
