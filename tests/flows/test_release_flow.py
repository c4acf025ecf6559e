"""Releases: nothing leaves without approvals of the very bytes, and nobody sees too much."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from confidentiality.release import approve
from flows.release import propose, seal_approved
from keying.assign import IDENTIFYING_TAILS
from records.errors import InputError, NotPermittedError


def propose_in(desk, batch_id, agreement_id="A-1"):
    return propose(desk.home_id, batch_id, agreement_id)


def outgoing(desk):
    return sorted(path.name for path in desk.here.home.outgoing.iterdir())


def test_what_was_sealed(keyed, prefect_bytes):
    packages, desk = keyed.packages, keyed.desk
    assert all(row["sealed"] for row in packages)
    assert outgoing(desk) == [f"{row['package_id']}.sealed" for row in packages]
    items = desk.rows("work_items")
    keyings = defaultdict(set)
    shown = defaultdict(set)
    for item in items:
        keyings[item["reading_id"]].add((item["clerk"], item["keying"]))
        tail = item["reading_id"].split("/")[2].removeprefix("male.").removeprefix("female.")
        if tail in IDENTIFYING_TAILS:
            shown[item["clerk"]].add(item["reading_id"])
    # Every field is keyed twice, by two clerks, and no clerk sees two fields of one person:
    # the page holds one couple, of which the man's name and the woman's may meet.
    assert {len(each) for each in keyings.values()} == {2}
    assert {len({clerk for clerk, _ in each}) for each in keyings.values()} == {2}
    for readings in shown.values():
        roles = [reading.split("/")[2].partition(".")[0] for reading in readings]
        assert len(roles) == len(set(roles))
        assert len(roles) == 1 or set(roles) == {"male", "female"}
    ledger = {row["package_id"]: row for row in desk.rows("packages")}
    for row in packages:
        assert ledger[row["package_id"]]["items"] == row["items"]
    assert b"male.name" not in prefect_bytes()


def test_doing_it_again_changes_nothing(keyed):
    desk = keyed.desk
    before = {name: (desk.here.home.outgoing / name).read_bytes() for name in outgoing(desk)}
    tables = {table: desk.rows(table) for table in ("work_items", "packages")}
    assert propose_in(desk, keyed.batch_id) == len(keyed.packages)
    assert seal_approved(desk.home_id, keyed.batch_id) == []
    assert {table: desk.rows(table) for table in tables} == tables
    assert {name: (desk.here.home.outgoing / name).read_bytes() for name in before} == before


def unsealed(keyed):
    """Forget that a package was sealed, as if its seal had failed: its file and line go."""
    desk, row = keyed.desk, keyed.packages[0]
    warehouse = desk.here.warehouse
    warehouse._run(
        "DELETE FROM packages WHERE package_id = $id", "forget", {"id": row["package_id"]}
    )
    (desk.here.home.outgoing / f"{row['package_id']}.sealed").unlink()
    return row["package_id"]


def approvals(desk, package_id):
    return sorted(desk.here.home.releases.glob(f"{package_id}.*.approval"))


def test_one_approval_is_not_enough(keyed):
    package_id = unsealed(keyed)
    approvals(keyed.desk, package_id)[0].unlink()
    assert seal_approved(keyed.desk.home_id, keyed.batch_id) == []
    assert f"{package_id}.sealed" not in outgoing(keyed.desk)


def test_approvals_of_another_request_do_not_count(keyed):
    package_id = unsealed(keyed)
    desk = keyed.desk
    other = replace(desk.here.releases.get(package_id), purpose="别的用途")
    for path in approvals(desk, package_id):
        path.unlink()
    for officer in keyed.crew.officers:
        desk.here.releases.approve(package_id, approve(other, by=officer, now=desk.clock()))
    with pytest.raises(NotPermittedError, match="approvals_missing"):
        seal_approved(desk.home_id, keyed.batch_id)
    assert f"{package_id}.sealed" not in outgoing(desk)


def test_a_crash_while_sealing_is_made_good(keyed):
    package_id = unsealed(keyed)
    desk = keyed.desk
    left = desk.here.home.outgoing / f"{package_id}.sealed"
    left.write_bytes(b"left by a start that did not finish")
    assert seal_approved(desk.home_id, keyed.batch_id) == [package_id]
    row = next(row for row in keyed.packages if row["package_id"] == package_id)
    keyed.submit(row)  # The clerk can open it.


def test_a_crash_between_plan_and_request_is_made_good(keyed):
    package_id = unsealed(keyed)
    desk = keyed.desk
    before = desk.here.releases.get(package_id)
    (desk.here.home.releases / f"{package_id}.request").unlink()
    propose_in(desk, keyed.batch_id)
    after = desk.here.releases.get(package_id)
    # The same bytes are proposed again; the approvals of the lost request don't hold for it.
    assert (after.contents, after.records) == (before.contents, before.records)
    assert after.created > before.created
    with pytest.raises(NotPermittedError, match="approvals_missing"):
        seal_approved(desk.home_id, keyed.batch_id)


def test_a_scan_that_changed_is_not_cut(keyed):
    unsealed(keyed)
    scan = Path(keyed.desk.rows("scans")[0]["source"])
    aside = scan.with_suffix(".aside")
    shutil.copy(scan, aside)
    try:
        scan.write_bytes(scan.read_bytes() + b"x")
        with pytest.raises(InputError, match="scan_changed"):
            seal_approved(keyed.desk.home_id, keyed.batch_id)
    finally:
        aside.rename(scan)


def test_no_proposal_without_an_agreement_in_force(keyed):
    desk = keyed.desk
    with pytest.raises(NotPermittedError, match="agreement_unknown"):
        propose_in(desk, keyed.batch_id, "A-none")
    desk.clock.now = desk.clock.now.replace(year=2027)
    with pytest.raises(NotPermittedError, match="agreement_expired"):
        propose_in(desk, keyed.batch_id)


def test_too_few_clerks_plan_nothing(desk, crew, enter_page):
    few = replace(crew, clerks=crew.clerks[:3])
    few.conclude(desk.here)
    batch_id = enter_page(desk, {"male.name": "李雷", "male.birth_date": "1953"})
    with pytest.raises(NotPermittedError, match="too_few_clerks"):
        propose_in(desk, batch_id)
    assert desk.rows("work_items") == []
    assert desk.here.releases.ids() == ()


def test_fields_outside_the_agreement_stay(desk, crew, enter_page):
    crew.conclude(desk.here, fields=frozenset({"male.name"}))
    batch_id = enter_page(desk, {"male.name": "李雷", "male.address": "某街一号"})
    assert propose_in(desk, batch_id) == 2
    assert {row["reading_id"].split("/")[2] for row in desk.rows("work_items")} == {"male.name"}


def test_more_records_than_agreed_are_not_sealed(desk, crew, enter_page):
    crew.conclude(desk.here, max_records=3)
    batch_id = enter_page(desk, {"male.name": "李雷", "female.name": "韩梅梅"})
    propose_in(desk, batch_id)
    for package_id in desk.here.releases.ids():
        crew.approve(desk, package_id)
    with pytest.raises(NotPermittedError, match="volume_exceeded"):
        seal_approved(desk.home_id, batch_id)
    assert sum(row["items"] for row in desk.rows("packages")) <= 3
