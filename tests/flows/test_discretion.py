"""Prefect learns ids and counts; no value and no failure's text reaches its database."""

from __future__ import annotations

from pathlib import Path

import prefect.settings
import pytest

from flows.discretion import discreet_flow, discreet_task
from records.errors import NotPermittedError

MARKS = {
    "flow": "MARKER-flow-failure",
    "task": "MARKER-task-failure",
    "result": "MARKER-flow-result",
    "task_result": "MARKER-task-result",
    "task_parameter": "MARKER-task-parameter",
}


@discreet_task("failing-task")
def fail_in_task(run: str) -> None:
    raise ValueError(f"{MARKS['task']} {run}")


@discreet_flow("failing-in-a-task")
def fails_below(run: str) -> None:
    fail_in_task(run)


@discreet_flow("failing-flow")
def fails(run: str) -> None:
    raise NotPermittedError("reason", what=MARKS["flow"], where=run, remedy="none")


@discreet_task("telling-task")
def tell(value: str) -> str:
    return value + MARKS["task_result"]


@discreet_flow("telling-flow")
def tells(run: str) -> str:
    """A flow with a sentence."""
    return tell(MARKS["task_parameter"]) + MARKS["result"] + run


def test_failures_come_back_as_they_were_and_leave_no_text_behind(prefect_bytes, capfd):
    with pytest.raises(ValueError, match=MARKS["task"]) as caught:
        fails_below("id-of-a-task-run")
    assert [entry.name for entry in caught.traceback][-1] == "fail_in_task"
    assert caught.value.__cause__ is None
    with pytest.raises(NotPermittedError, match=MARKS["flow"]) as refused:
        fails("id-of-a-flow-run")
    assert refused.value.status == NotPermittedError.status
    assert MARKS["result"] in tells("id")
    assert tells.__doc__ == "A flow with a sentence."
    kept = prefect_bytes()
    # What is looked for could be found: parameters of flows are there, and kinds of failures.
    for known in (b"id-of-a-flow-run", b"NotPermittedError", b"failing-in-a-task"):
        assert known in kept
    for name, mark in MARKS.items():
        assert mark.encode() not in kept, name
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert "MARKER" not in out + err


def test_every_flow_and_task_is_a_discreet_one():
    modules = sorted((Path(__file__).parents[2] / "flows").rglob("*.py"))
    assert len(modules) > 20
    using = [path.name for path in modules if "prefect import" in path.read_text("utf-8")]
    assert using == ["discretion.py"]


def test_prefect_stays_in_the_folder_it_was_given(prefect_home):
    found = prefect.settings.get_current_settings()
    assert found.home == prefect_home
    assert not found.results.persist_by_default
    assert not found.logging.to_api.enabled
