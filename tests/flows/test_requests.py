"""The list of release requests says how far each is."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest

from flows.cli import main
from flows.installation import handed_over
from flows.receive import load_submission, verify_submission
from flows.release import propose, seal_approved
from flows.requests import RequestState, list_requests


def states(desk):
    return {each.package_id: each.state for each in list_requests(desk.here)}


def test_a_request_from_filing_to_what_came_back(desk, crew, enter_page):
    crew.conclude(desk.here)
    batch_id = enter_page(desk, {"male.name": "李雷"})
    propose(desk.home_id, batch_id, "A-1")
    first, second = desk.here.releases.ids()
    assert states(desk) == {first: RequestState.WAITING, second: RequestState.WAITING}
    crew.approve(desk, first, by=crew.officers[:1])
    assert states(desk)[first] is RequestState.WAITING
    crew.approve(desk, first)
    assert states(desk) == {first: RequestState.APPROVED, second: RequestState.WAITING}
    seal_approved(desk.home_id, batch_id)
    assert states(desk) == {first: RequestState.SEALED, second: RequestState.WAITING}
    desk.clock.now += timedelta(days=20)
    # What was sealed stays sealed; what nobody approved in time is over.
    assert states(desk) == {first: RequestState.SEALED, second: RequestState.EXPIRED}


def test_a_package_that_was_answered(keyed):
    row, other = keyed.packages[:2]
    token = verify_submission.__wrapped__(keyed.desk.home_id, handed_over.leave(keyed.submit(row)))
    load_submission.__wrapped__(keyed.desk.home_id, token)
    found = states(keyed.desk)
    assert found[row["package_id"]] is RequestState.ANSWERED
    assert found[other["package_id"]] is RequestState.SEALED


@pytest.fixture
def run(tmp_path, released, capfd, monkeypatch, prefect_home):
    monkeypatch.setenv("PREFECT_HOME", str(prefect_home))
    monkeypatch.setenv("PREFECT_PROFILES_PATH", str(prefect_home.parent / "profiles.toml"))
    shutil.copytree(released[0], tmp_path / "home")

    def run(*words):
        assert main([*words, "--home", str(tmp_path / "home")]) == 0
        return capfd.readouterr().out.splitlines()

    return run


def test_by_command(run):
    lines = run("releases")
    assert len(lines) > 5
    assert all("已密封 sealed" in line for line in lines)
    rows = [json.loads(line) for line in run("releases", "--json")]
    assert [row["package_id"] for row in rows] == [line.split()[0] for line in lines]
    assert {(row["state"], row["approvals"], row["needed"]) for row in rows} == {("sealed", 2, 2)}
