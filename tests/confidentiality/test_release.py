"""A release is refused for each rule that it breaks, and permitted when it breaks none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.agreement import AgreementKind, SignedAgreement
from confidentiality.disclosure import Placement
from confidentiality.dispatch import seal_released
from confidentiality.enrolment import Enrolment, enrol
from confidentiality.envelope import addressees
from confidentiality.identity import Role
from confidentiality.rejoining import (
    Attack,
    Claim,
    Extent,
    MeasuredRisk,
    Target,
    joining_risk,
)
from confidentiality.release import (
    APPROVAL_LIFE,
    Approval,
    Facts,
    ReleaseDecision,
    ReleaseRequest,
    approve,
    contents_digest,
    decide,
)
from confidentiality.revocation import revoke_agreement
from confidentiality.sealed import SealedKind, open_sealed
from records.errors import ExitStatus, NotPermittedError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
CONTENTS = {"manifest.json": b"{}", "snippets/0a.png": b"ink"}
PLACEMENTS = (
    Placement(item_id="0a" * 16, persons=("t1",), field="male.name", place=2),
    Placement(item_id="1b" * 16, persons=("t2",), field="male.name", place=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A good request and what it takes to decide on it; each test spoils one thing."""

    parties: object
    held: SignedAgreement
    request: ReleaseRequest

    def approvals(self, request: ReleaseRequest | None = None) -> tuple[Approval, ...]:
        officers = (self.parties.first_officer, self.parties.second_officer)
        return tuple(approve(request or self.request, by=one, now=NOW) for one in officers)

    def enrolments(self, **changes: object) -> dict[str, Enrolment]:
        given = {
            "place": self.held.agreement.place,
            "starts": NOW - DAY,
            "ends": NOW + 300 * DAY,
            "by": self.parties.archive,
        } | changes
        vendor = self.parties.vendor
        return {vendor.fingerprint: enrol(vendor.public, **given)}

    def decide(self, **changes: object) -> ReleaseDecision:
        request = changes.pop("request", self.request)
        if "approvals" not in changes:
            changes["approvals"] = self.approvals(request)
        now = changes.pop("now", NOW)
        facts = {
            "agreement": self.held,
            "trusted": self.parties.trusted(),
            "placements": PLACEMENTS,
            "joining": (),
            "enrolments": self.enrolments(),
        } | changes
        return decide(request, Facts(**facts), now=now)

    def refused(self, **changes: object) -> str:
        with pytest.raises(NotPermittedError) as caught:
            self.decide(**changes)
        assert caught.value.status == ExitStatus.NOT_PERMITTED
        return caught.value.reason

    def spoiled(self, **changes: object) -> str:
        return self.refused(request=replace(self.request, **changes))


@pytest.fixture
def case(parties, held):
    return Case(parties=parties, held=held, request=_request(parties, held))


def test_a_good_request_is_permitted(case):
    decision = case.decide()
    assert len(decision.officers) == 2
    assert [card.name for card in decision.recipients] == ["录入公司"]


def test_the_permitted_content_is_sealed_under_the_decision(case, parties, tmp_path):
    out = tmp_path / "p.sealed"
    seal_released(out, CONTENTS, decision=case.decide(), sender=parties.archive)
    opened = open_sealed(
        out,
        recipient=parties.vendor,
        senders=[parties.archive.public],
        now=NOW,
        expect_kind=SealedKind.WORK_PACKAGE,
        expect_agreement="A-2026-7",
    )
    assert dict(opened.contents) == CONTENTS


@pytest.mark.parametrize(
    "other",
    [
        CONTENTS | {"snippets/0a.png": b"INK"},
        CONTENTS | {"more": b""},
        {"manifest.json": b"{}"},
        dict(reversed(CONTENTS.items())),
    ],
)
def test_other_content_than_approved_is_not_sealed(case, parties, tmp_path, other):
    with pytest.raises(NotPermittedError, match="contents_differ"):
        seal_released(tmp_path / "x", other, decision=case.decide(), sender=parties.archive)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"agreement_digest": "0" * 64}, "wrong_agreement"),
        ({"agreement_id": "A-other"}, "wrong_agreement"),
        ({"kind": SealedKind.SHARE}, "wrong_kind"),
        ({"kind": SealedKind.SUBMISSION}, "wrong_kind"),
        ({"purpose": "另作他用"}, "wrong_purpose"),
        ({"legal_basis": ""}, "no_legal_basis"),
        ({"legal_basis": "别的法条"}, "no_legal_basis"),
        ({"impact_assessment": ""}, "no_impact_assessment"),
        ({"impact_assessment": "PIA-other"}, "no_impact_assessment"),
        ({"fields": frozenset()}, "fields_not_agreed"),
        ({"fields": frozenset({"male.name", "male.id_number"})}, "fields_not_agreed"),
        ({"records": 0}, "volume_exceeded"),
        ({"records": 1001}, "volume_exceeded"),
        ({"records": 3}, "contents_differ"),
        ({"fields": frozenset({"female.name"})}, "contents_differ"),
        ({"recipients": ()}, "recipient_not_agreed"),
        ({"expires": NOW}, "request_out_of_time"),
        ({"expires": NOW + 400 * DAY}, "request_out_of_time"),
        ({"created": NOW + DAY}, "request_out_of_time"),
    ],
)
def test_each_rule_refuses(case, changes, reason):
    assert case.spoiled(**changes) == reason


def test_other_recipients_are_refused(case, parties):
    for one in (parties.clerk, parties.department, parties.stranger):
        assert case.spoiled(recipients=(one.fingerprint,)) == "recipient_not_agreed"


def test_the_archive_is_no_recipient_but_keeps_a_copy(case, parties, tmp_path):
    assert case.spoiled(recipients=(parties.archive.fingerprint,)) == "recipient_not_agreed"
    both = (parties.vendor.fingerprint, parties.archive.fingerprint)
    assert case.spoiled(recipients=both) == "recipient_not_agreed"
    out = tmp_path / "p.sealed"
    seal_released(out, CONTENTS, decision=case.decide(), sender=parties.archive)
    assert addressees(out) == both


def test_a_revoked_vendor_is_refused(case, parties):
    assert case.refused(trusted=parties.trusted(parties.vendor)) == "card_not_trusted"


def test_volume_counts_what_left_before(case):
    assert case.decide(released_before=998)
    assert case.refused(released_before=999) == "volume_exceeded"


def test_agreement_before_after_and_revoked(case, parties, held):
    assert case.refused(now=held.agreement.starts - DAY) == "agreement_not_begun"
    assert case.refused(now=held.agreement.ends) == "agreement_expired"
    ended = revoke_agreement(held.agreement, by=parties.archive, now=NOW, reason="breach")
    assert case.refused(agreement=replace(held, revocation=ended)) == "agreement_revoked"
    later = replace(ended, at=NOW + DAY)
    assert case.decide(agreement=replace(held, revocation=later))


def test_agreement_must_be_signed_by_both_sides_as_it_stands(case, parties, held, sign_by):
    for one in (parties.archive, parties.vendor):
        half = sign_by(held.agreement, one)
        assert case.refused(agreement=half) == "agreement_unsigned"
    widened = replace(held.agreement, max_records=10**6)
    assert case.refused(agreement=replace(held, agreement=widened)) == "agreement_unsigned"


def test_a_sharing_agreement_does_not_cover_work_packages(case, parties, held, sign_by):
    share = replace(
        held.agreement,
        kind=AgreementKind.DATA_SHARING,
        parties=(parties.department.fingerprint,),
    )
    both = sign_by(share, parties.archive, parties.department)
    request = replace(case.request, agreement_digest=share.digest)
    assert case.refused(request=request, agreement=both) == "wrong_kind"


def test_a_share_needs_no_placements_but_its_own_agreement(case, parties, held, sign_by):
    terms = replace(
        held.agreement,
        kind=AgreementKind.DATA_SHARING,
        parties=(parties.department.fingerprint,),
    )
    request = replace(
        case.request,
        kind=SealedKind.SHARE,
        agreement_digest=terms.digest,
        recipients=terms.parties,
    )
    both = sign_by(terms, parties.archive, parties.department)
    assert case.decide(request=request, agreement=both, placements=())
    keying = replace(request, agreement_digest=held.agreement.digest)
    assert case.refused(request=keying, placements=()) == "wrong_kind"


def test_no_approval_and_one_approval_are_too_few(case):
    first, _second = case.approvals()
    assert case.refused(approvals=()) == "approvals_missing"
    assert case.refused(approvals=(first,)) == "approvals_missing"


def test_one_officer_twice_is_one(case, parties):
    twice = [approve(case.request, by=parties.first_officer, now=NOW + n * DAY) for n in (0, 1)]
    assert case.refused(approvals=twice, now=NOW + 2 * DAY) == "approvals_missing"


def test_the_requester_can_not_approve(case, parties):
    with pytest.raises(NotPermittedError, match="approval_not_permitted"):
        approve(case.request, by=parties.requester, now=NOW)
    request = replace(case.request, requested_by=parties.first_officer.fingerprint)
    own = _self_approval(request, parties.first_officer)
    second = approve(request, by=parties.second_officer, now=NOW)
    assert case.refused(request=request, approvals=(own, second)) == "approvals_missing"


def test_the_archive_identity_is_no_officer(case, parties):
    with pytest.raises(NotPermittedError, match="approval_not_permitted"):
        approve(case.request, by=parties.archive, now=NOW)


def test_approvals_of_another_request_do_not_count(case):
    other = replace(case.request, contents="0" * 64)
    assert case.refused(approvals=case.approvals(other)) == "approvals_missing"


def test_a_forged_approval_is_refused(case):
    first, second = case.approvals()
    forged = replace(second, request=case.request.digest, signature=first.signature)
    assert case.refused(approvals=(first, forged)) == "approval_forged"
    redated = replace(second, at=second.at + timedelta(seconds=1))
    assert case.refused(approvals=(first, redated)) == "approval_forged"


def test_a_revoked_or_unknown_officer_is_refused(case, parties, make_party):
    trusted = parties.trusted(parties.second_officer)
    assert case.refused(trusted=trusted) == "card_not_trusted"
    nobody = make_party(Role.OFFICER, "无名")
    first, _ = case.approvals()
    stray = approve(case.request, by=nobody, now=NOW)
    assert case.refused(approvals=(first, stray)) == "card_not_trusted"


def test_an_old_or_future_approval_does_not_count(case):
    request = replace(case.request, expires=NOW + 200 * DAY)
    late = NOW + APPROVAL_LIFE + DAY
    approvals = case.approvals(request)
    assert case.refused(request=request, approvals=approvals, now=late) == "approvals_missing"
    future = [_approval_of_tomorrow(request, one, case.parties) for one in (0, 1)]
    assert case.refused(request=request, approvals=future) == "approvals_missing"


def test_an_approval_within_the_second_of_the_request_counts(case):
    created = NOW + timedelta(milliseconds=400)
    request = replace(case.request, created=created)
    approvals = [
        approve(request, by=one, now=created + timedelta(milliseconds=100))
        for one in (case.parties.first_officer, case.parties.second_officer)
    ]
    later = created + timedelta(milliseconds=200)
    assert case.decide(request=request, approvals=approvals, now=later)


def test_a_package_that_joins_a_person_is_refused(case):
    fields = frozenset({"male.name", "registration_date"})
    joined = (PLACEMENTS[0], replace(PLACEMENTS[1], persons=("t1",), field="registration_date"))
    request = replace(case.request, fields=fields)
    assert case.refused(request=request, placements=joined) == "discloses_person"


def test_what_the_clerk_was_given_before_counts(case):
    earlier = Placement(item_id="2c" * 16, persons=("t1",), field="male.birth_date", place=0)
    assert case.refused(shown=[earlier]) == "discloses_person"
    case.decide(shown=[replace(earlier, persons=("t9",))])


@pytest.mark.parametrize(
    ("extent", "right", "refused"),
    [
        (Extent.QUEUE, 40, True),
        (Extent.PROPOSAL, 40, True),
        (Extent.PROPOSAL, 2, False),
        # What all clerks of a vendor could do together is stated, no more.
        (Extent.VENDOR, 40, False),
    ],
)
def test_a_package_that_is_joined_beyond_guessing_is_refused(case, extent, right, refused):
    claims = [Claim(right=n < right, chance=0.01) for n in range(100)]
    measured = MeasuredRisk(
        extent=extent,
        target=Target.CERTIFICATE,
        attack=Attack.LOOKS,
        tests=4,
        risk=joining_risk(claims),
    )
    if refused:
        assert case.refused(joining=[measured]) == "joining_risk"
    else:
        case.decide(joining=[measured])
    assert case.refused(joining=None) == "joining_not_measured"


@given(spoil=st.sampled_from(sorted(ReleaseRequest.__slots__)), data=st.data())
def test_changing_anything_after_approval_is_refused(spoil, data, parties, held):
    case = Case(parties=parties, held=held, request=_request(parties, held))
    approvals = case.approvals()
    value = getattr(case.request, spoil)
    other = {
        str: st.text("0123456789abcdef", min_size=1, max_size=64),
        int: st.integers(1, 900),
        tuple: st.just((parties.vendor.fingerprint, parties.archive.fingerprint)),
        frozenset: st.just(frozenset({"male.name", "female.name"})),
        datetime: st.integers(1, 600).map(lambda s: value + timedelta(seconds=s)),
    }.get(type(value), st.just(SealedKind.SHARE))
    changed = data.draw(other.filter(lambda v: v != value))
    later = NOW + timedelta(hours=1)
    assert case.decide(approvals=approvals, now=later)
    with pytest.raises(NotPermittedError):
        case.decide(
            request=replace(case.request, **{spoil: changed}), approvals=approvals, now=later
        )


def _request(parties, held) -> ReleaseRequest:
    return ReleaseRequest(
        package_id="P-0001",
        kind=SealedKind.WORK_PACKAGE,
        agreement_id=held.agreement.agreement_id,
        agreement_digest=held.agreement.digest,
        purpose=held.agreement.purpose,
        legal_basis=held.agreement.legal_basis,
        impact_assessment=held.agreement.impact_assessment,
        recipients=(parties.vendor.fingerprint,),
        fields=frozenset({"male.name"}),
        records=2,
        contents=contents_digest(CONTENTS),
        requested_by=parties.requester.fingerprint,
        created=NOW,
        expires=NOW + 14 * DAY,
    )


def _self_approval(request, officer) -> Approval:
    blank = Approval(request=request.digest, officer=officer.fingerprint, at=NOW, signature=b"")
    return replace(blank, signature=officer.sign("release-approval", blank.payload()))


def _approval_of_tomorrow(request, number, parties) -> Approval:
    officer = (parties.first_officer, parties.second_officer)[number]
    return approve(request, by=officer, now=NOW + DAY)


def test_a_package_goes_to_enrolled_stations_alone(case):
    at = case.held.agreement.place
    assert case.decide()
    assert case.refused(enrolments={}) == "station_not_enrolled"
    assert case.refused(enrolments=case.enrolments(place=at + "隔壁")) == "station_not_enrolled"
    ended = case.enrolments(ends=NOW)
    assert case.refused(enrolments=ended) == "station_not_enrolled"
