"""The ledger says what is done, and work and its line stand or fall together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from warehouse.ledger import LedgerLine, State, done, enter


def line(now, state=State.DONE, chunk="c1", **more) -> LedgerLine:
    return LedgerLine(
        batch_id="b", chunk_id=chunk, step="read", state=state, recorded_at=now, **more
    )


def test_the_last_state_counts(warehouse, now):
    enter(warehouse, [line(now, State.STARTED)])
    assert done(warehouse, batch_id="b", step="read") == {}
    enter(warehouse, [line(now + timedelta(seconds=1), content_hash="h", items=3, seconds=0.5)])
    assert done(warehouse, batch_id="b", step="read") == {"c1": "h"}
    assert done(warehouse, batch_id="b", step="match") == {}
    assert done(warehouse, batch_id="other", step="read") == {}
    enter(warehouse, [line(now + timedelta(seconds=2), State.FAILED)])
    assert done(warehouse, batch_id="b", step="read") == {}


def test_started_and_done_at_the_same_moment_is_done(warehouse, now):
    enter(warehouse, [line(now, content_hash="h"), line(now, State.STARTED)])
    assert done(warehouse, batch_id="b", step="read") == {"c1": "h"}


def test_a_line_is_entered_once(warehouse, now):
    assert enter(warehouse, [line(now), line(now), line(now, chunk="c2")]) == 2
    assert enter(warehouse, [line(now)]) == 0


def test_done_again_after_a_failure_is_done(warehouse, now):
    for hours, state in enumerate((State.DONE, State.FAILED, State.DONE)):
        enter(warehouse, [line(now + timedelta(hours=hours), state, content_hash="h")])
    assert done(warehouse, batch_id="b", step="read") == {"c1": "h"}


def test_a_line_goes_with_its_work(warehouse, now):
    def work():
        with warehouse.transaction():
            enter(warehouse, [line(now)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert done(warehouse, batch_id="b", step="read") == {}
