"""The register of received files: an id counts once, a crash loses nothing."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from confidentiality.replay import Admission, ReplayRegister
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from records.errors import ExitStatus, IntegrityError, NotPermittedError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def register(tmp_path):
    return ReplayRegister(tmp_path / "in" / "received")


def test_new_then_already_received(register):
    assert register.check("P-1", ONE) is Admission.NEW
    assert register.record("P-1", ONE, now=NOW) is Admission.NEW
    assert register.check("P-1", ONE) is Admission.ALREADY_RECEIVED
    assert register.record("P-1", ONE, now=NOW) is Admission.ALREADY_RECEIVED


def test_asking_does_not_record(register):
    register.check("P-1", ONE)
    register.require_new("P-1", ONE)
    assert register.check("P-1", ONE) is Admission.NEW


def test_a_replayed_file(register):
    register.record("P-1", ONE, now=NOW)
    with pytest.raises(NotPermittedError, match="replayed") as caught:
        register.require_new("P-1", ONE)
    assert caught.value.status == ExitStatus.NOT_PERMITTED


def test_another_file_under_the_same_id(register):
    register.record("P-1", ONE, now=NOW)
    for ask in (register.check, register.require_new):
        with pytest.raises(NotPermittedError, match="package_id_reused"):
            ask("P-1", TWO)
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        register.record("P-1", TWO, now=NOW)
    assert register.check("P-1", ONE) is Admission.ALREADY_RECEIVED


def test_it_survives_reopening(register, tmp_path):
    register.record("P-1", ONE, now=NOW)
    again = ReplayRegister(tmp_path / "in" / "received")
    assert again.check("P-1", ONE) is Admission.ALREADY_RECEIVED


@pytest.mark.parametrize("torn", [b"{", b'{"at":"2026'])
def test_a_crash_while_recording(register, tmp_path, torn):
    register.record("P-1", ONE, now=NOW)
    path = tmp_path / "in" / "received"
    path.write_bytes(path.read_bytes() + torn)
    assert register.check("P-2", TWO) is Admission.NEW
    register.record("P-2", TWO, now=NOW)
    assert register.check("P-1", ONE) is Admission.ALREADY_RECEIVED
    assert register.check("P-2", TWO) is Admission.ALREADY_RECEIVED


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d + d,
        lambda d: d.replace(b"P-1", "张".encode()),
        lambda d: d.replace(b"1111", b"11"),
        lambda _: b"\n",
    ],
)
def test_a_damaged_register_answers_nothing(register, tmp_path, spoil):
    register.record("P-1", ONE, now=NOW)
    path = tmp_path / "in" / "received"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(IntegrityError):
        register.check("P-1", ONE)


def test_one_sealed_file_copied_and_renamed_is_one(desk, register):
    path = desk.seal({"a": b"1"})
    copy = path.with_name("copy.sealed")
    copy.write_bytes(path.read_bytes())
    first, second = desk.open(path), desk.open(copy)
    register.record(first.header.package_id, first.digest, now=NOW)
    with pytest.raises(NotPermittedError, match="replayed"):
        register.require_new(second.header.package_id, second.digest)


def test_the_same_content_sealed_twice_under_one_id_is_another_file(desk, register):
    one = desk.open(desk.seal({"a": b"1"}, "one.sealed"))
    two = desk.open(desk.seal({"a": b"1"}, "two.sealed"))
    register.record(one.header.package_id, one.digest, now=NOW)
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        register.require_new(two.header.package_id, two.digest)


def test_the_receipt_and_the_opened_file_agree(tmp_path, parties):
    head = SealHeader(
        kind=SealedKind.SHARE, package_id="S-1", agreement="A", purpose="共享",
        created=NOW, expires=NOW + timedelta(days=1),
    )  # fmt: skip
    path = tmp_path / "s.sealed"
    receipt = seal(
        path, {"a": b"1"}, header=head, sender=parties.archive,
        recipients=[parties.department.public],
    )  # fmt: skip
    opened = open_sealed(
        path, recipient=parties.department, senders=[parties.archive.public], now=NOW,
        expect_kind=SealedKind.SHARE,
    )  # fmt: skip
    assert receipt.digest == opened.digest
    assert receipt.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (receipt.size, receipt.items) == (path.stat().st_size, 1)


class RegisterMachine(RuleBasedStateMachine):
    """The register agrees with a dictionary, over any order of asking and reopening."""

    ids = st.sampled_from(["a", "b", "c"])
    digests = st.sampled_from([ONE, TWO])

    @initialize()
    def start(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "received"
        self.model = {}
        self.register = ReplayRegister(self.path)

    @rule(package_id=ids, digest=digests)
    def record(self, package_id, digest):
        known = self.model.setdefault(package_id, digest)
        if known == digest:
            self.register.record(package_id, digest, now=NOW)
        else:
            with pytest.raises(NotPermittedError):
                self.register.record(package_id, digest, now=NOW)

    @rule()
    def reopen(self):
        self.register = ReplayRegister(self.path)

    @invariant()
    def agrees(self):
        for package_id in "abc":
            known = self.model.get(package_id)
            expected = Admission.ALREADY_RECEIVED if known else Admission.NEW
            assert self.register.check(package_id, known or ONE) is expected

    def teardown(self):
        self.folder.cleanup()


TestRegisterMachine = RegisterMachine.TestCase
TestRegisterMachine.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
