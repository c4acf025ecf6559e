"""Requests and approvals in their folder: never overwritten, each package's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from confidentiality.release import ReleaseRequest, approve
from confidentiality.release_store import ReleaseStore, request_from_record
from confidentiality.sealed import SealedKind
from records.errors import IntegrityError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def request_one(parties):
    return ReleaseRequest(
        package_id="P",
        kind=SealedKind.WORK_PACKAGE,
        agreement_id="A-1",
        agreement_digest="1" * 64,
        purpose="补录",
        legal_basis="依据",
        impact_assessment="PIA-1",
        recipients=(parties.vendor.fingerprint,),
        fields=frozenset({"male.name", "female.name"}),
        records=2,
        contents="2" * 64,
        requested_by=parties.requester.fingerprint,
        created=NOW,
        expires=NOW + timedelta(days=14),
    )


@pytest.fixture
def store(tmp_path, request_one):
    store = ReleaseStore(tmp_path)
    store.add(request_one)
    return store


def test_a_request_comes_back(store, request_one):
    assert store.get("P") == request_one
    assert store.get("P").digest == request_one.digest
    store.add(request_one)
    assert store.ids() == ("P",)


def test_another_request_under_the_same_id(store, request_one):
    with pytest.raises(UsageError, match="output_exists"):
        store.add(replace(request_one, records=3))
    assert store.get("P") == request_one


def test_unknown_and_unfit_ids(store):
    with pytest.raises(UsageError, match="no_such_request"):
        store.get("Q")
    for call in (store.get, store.approvals):
        with pytest.raises(UsageError, match="bad_identifier"):
            call("../P")


def test_each_officer_approves_once(store, request_one, parties):
    first = approve(request_one, by=parties.first_officer, now=NOW)
    second = approve(request_one, by=parties.second_officer, now=NOW)
    for approval in (first, second, replace(first, at=NOW + timedelta(days=1))):
        store.approve("P", approval)
    assert set(store.approvals("P")) == {first, second}


def test_approvals_of_a_package_whose_id_begins_alike(store, request_one, parties):
    other = replace(request_one, package_id="P.1")
    store.add(other)
    store.approve("P.1", approve(other, by=parties.first_officer, now=NOW))
    assert store.approvals("P") == ()
    assert len(store.approvals("P.1")) == 1


@pytest.mark.parametrize(
    "change",
    [{"kind": "gift"}, {"records": "2"}, {"fields": 5}, {"created": "today"}, {"version": 2},
     {"more": 1}, {"recipients": None}],
)  # fmt: skip
def test_damaged_requests(request_one, change):
    record = request_one.to_record() | change
    with pytest.raises(IntegrityError):
        request_from_record(record, where="test")
