"""Mixed: a trusted clerk's submission answers another package, clerk or content.

Defends the promise: someone who mixes entries of packages, clerks or items is kept from having
them counted.
"""

from __future__ import annotations

import json

import pytest

from keying.submission import check_against_plan, parse_submission
from records.errors import IntegrityError


@pytest.fixture
def checked(plan):
    """Parses a submission and holds it against what was released, as receiving does."""

    def check(contents):
        given = parse_submission(contents)
        check_against_plan(given, **plan)
        return given

    return check


def test_a_submission_as_it_should_be(checked, submission):
    assert len(checked(submission()).entries) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"items": ["0" * 32, "1" * 32, "f" * 32]},
        {"items": ["0" * 32, "0" * 32, "1" * 32]},
        {"clerk": "another-clerk"},
        {"signed_by": "another-clerk"},
        {"package_sha256": "0" * 64},
        {"entries": 2},
        {"unanswered": 1},
    ],
    ids=str,
)
def test_what_belongs_to_another_package_clerk_or_content(checked, submission, changes):
    with pytest.raises(IntegrityError, match="submission_content_altered"):
        checked(submission(**changes))


def test_entries_of_another_submission(checked, submission):
    one, two = submission(), submission(items=["7" * 32, "8" * 32])
    with pytest.raises(IntegrityError, match="submission_content_altered"):
        checked({**one, "entries.jsonl": two["entries.jsonl"]})


def test_entries_of_two_clerks_in_one_file(checked, submission):
    lines = [json.loads(each) for each in submission()["entries.jsonl"].splitlines()]
    lines[1]["clerk_id"] = "another-clerk"
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    with pytest.raises(IntegrityError, match="submission_content_altered"):
        checked({**submission(), "entries.jsonl": text.encode()})
