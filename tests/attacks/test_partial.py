"""Partial: a submission is passed off as whole, or loses lines on its way.

Defends the promise: someone who leaves entries out is kept from passing the rest as the whole.
"""

from __future__ import annotations

import pytest

from keying.submission import check_against_plan, parse_submission
from records.errors import BackfillError, IntegrityError


def test_a_part_that_says_so_is_a_part(plan, submission):
    given = parse_submission(submission(items=["0" * 32], unanswered=2))
    check_against_plan(given, **plan)
    assert (len(given.entries), given.unanswered) == (1, 2)


@pytest.mark.parametrize("unanswered", [0, 1, 3, -2])
def test_a_part_that_says_it_is_the_whole(plan, submission, unanswered):
    given = parse_submission(submission(items=["0" * 32], unanswered=unanswered))
    with pytest.raises(IntegrityError, match="submission_content_altered"):
        check_against_plan(given, **plan)


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_lines_that_are_missing(submission, keep):
    contents = submission()
    lines = contents["entries.jsonl"].splitlines(keepends=True)[:keep]
    with pytest.raises(IntegrityError, match="submission_content_altered"):
        parse_submission({**contents, "entries.jsonl": b"".join(lines)})


def test_a_last_line_that_was_cut(submission):
    contents = submission()
    for cut in range(1, 60, 7):
        with pytest.raises(BackfillError):
            parse_submission({**contents, "entries.jsonl": contents["entries.jsonl"][:-cut]})


@pytest.mark.parametrize("name", ["manifest.json", "entries.jsonl"])
def test_an_item_that_is_missing_or_added(submission, name):
    contents = submission()
    with pytest.raises(BackfillError):
        parse_submission({key: data for key, data in contents.items() if key != name})
    with pytest.raises(BackfillError):
        parse_submission({**contents, "more": b""})
