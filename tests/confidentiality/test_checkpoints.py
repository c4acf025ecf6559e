"""Signed notes, checkpoints and witnesses: other programs' files are read, forgers are found."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from confidentiality.audit import AuditLog
from confidentiality.audit_check import check_log
from confidentiality.checkpoint import Checkpoint, cosignatures, verified_checkpoint
from confidentiality.identity import PublicIdentity, Role
from confidentiality.notes import SignedNote, key_id
from confidentiality.suites import DEFAULT_SUITE
from confidentiality.witness import Witness, WitnessRequest
from records.errors import IntegrityError, NotPermittedError, UsageError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

# The example of C2SP signed-note, and the one of Go's golang.org/x/mod/sumdb/note with its key.
QUASIMODO = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0MxcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501 - the note is one line
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501 - the note is one line
GO_KEY = b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")


def witnessed(log: AuditLog, witness: Witness, parties, **changes):
    """The log's request to the witness, with changes, and the witness's signature."""
    note = log.checkpoint(by=parties.archive)
    state = Checkpoint.from_text(note.text, where="test")
    old = witness.last(state.origin).size
    proof = log.proof_of_growth(old, state.size)
    request = replace(WitnessRequest(old=old, proof=proof, note=note), **changes)
    request = WitnessRequest.from_bytes(request.to_bytes(), where="test")
    return request, witness.sign(
        request, keepers=[parties.archive.public], by=parties.department, now=NOW, where="test"
    )


def grown(log: AuditLog, more: int) -> AuditLog:
    log.append_all([("home.opened", {"number": n}) for n in range(more)], now=NOW)
    return log


def test_notes_of_others_are_read():
    note = SignedNote.from_bytes(GO_NOTE.encode(), where="test")
    (signature,) = note.signatures
    assert signature.key_id == key_id("PeterNeumann", GO_KEY[:1], GO_KEY[1:])
    assert signature.key_id.hex() == "c74f20a3"
    Ed25519PublicKey.from_public_bytes(GO_KEY[1:]).verify(signature.value, note.text.encode())
    assert note.to_bytes() == GO_NOTE.encode()
    italian = SignedNote.from_bytes(QUASIMODO.encode(), where="test")
    assert italian.text.endswith("ed è subito sera.\n")
    assert italian.to_bytes() == QUASIMODO.encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note[:-1],
        lambda note: note + "x\n",
        lambda note: note.replace("— Peter", "- Peter"),
        lambda note: note.replace("PeterNeumann ", "Peter+Neumann "),
        lambda note: note.replace("nAM=", "nAM"),
        lambda note: note.replace("nAM=", "nAN="),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("answer", "ans\x07wer"),
        lambda note: note + note.split("\n\n")[1] * 64,
        lambda note: "x" * 70_000 + note,
    ],
)
def test_what_is_no_note(spoil):
    with pytest.raises(IntegrityError, match="bad_note"):
        SignedNote.from_bytes(spoil(GO_NOTE).encode(), where="test")


def test_a_checkpoint_is_three_lines_signed_as_others_verify_them(tmp_path, parties):
    log = grown(AuditLog(tmp_path / "audit"), 3)
    note = log.checkpoint(by=parties.archive)
    origin, size, root, end = note.text.split("\n")
    assert origin.startswith("backfill-audit/")
    assert (size, b64decode(root), end) == ("3", log.state().root, "")
    (signature,) = note.signatures
    public = parties.archive.public.sign_public
    assert signature.key_id == key_id(origin, b"\x01", public)
    Ed25519PublicKey.from_public_bytes(public).verify(signature.value, note.text.encode())


def test_a_cosignature_is_the_one_of_the_standard(tmp_path, parties):
    request, signature = witnessed(
        grown(AuditLog(tmp_path / "audit"), 3), Witness(tmp_path / "seen"), parties
    )
    public = parties.department.public.sign_public
    assert signature.key_id == key_id(signature.name, b"\x04", public)
    assert int.from_bytes(signature.value[:8], "big") == int(NOW.timestamp())
    message = f"cosignature/v1\ntime {NOW.timestamp():.0f}\n{request.note.text}"
    Ed25519PublicKey.from_public_bytes(public).verify(signature.value[8:], message.encode())


def test_a_witness_follows_a_log_that_grows(tmp_path, parties):
    log, witness = AuditLog(tmp_path / "audit"), Witness(tmp_path / "seen")
    for more in (3, 1, 5, 0):
        request, signature = witnessed(grown(log, more) if more else log, witness, parties)
        log.add_cosignatures([signature], size=log.state().size)
    checked = check_log(log, trusted=parties.trusted())
    assert (checked.size, checked.witnessed) == (9, 9)
    assert {each.witness for each in checked.witnesses} == {parties.department.fingerprint}
    assert checked.witnesses[-1].at == NOW
    # The witness's own file, brought along, shows a cut of log and checkpoints together.
    (kept,) = (tmp_path / "seen").glob("*.checkpoint")
    copy = SignedNote.from_bytes(kept.read_bytes(), where="test")
    assert copy.signatures == request.note.with_signatures([signature]).signatures
    for file in tmp_path.glob("audit*"):
        if file.is_file():
            file.unlink()
    for file in (tmp_path / "audit.checkpoints").iterdir():
        file.unlink()
    with pytest.raises(IntegrityError, match="audit_altered"):
        check_log(grown(log, 12), trusted=parties.trusted(), given=[copy])


def test_a_witness_does_not_sign_a_rewritten_log(tmp_path, parties):
    witness = Witness(tmp_path / "seen")
    log = grown(AuditLog(tmp_path / "audit"), 4)
    witnessed(log, witness, parties)
    first, *_ = log.path.read_bytes().splitlines(keepends=True)
    other = AuditLog(tmp_path / "other" / "audit")
    other.path.parent.mkdir()
    other.path.write_bytes(first)
    grown(other, 7)
    with pytest.raises(IntegrityError, match="log_rewritten"):
        witnessed(other, witness, parties)
    assert witness.last(log.state().origin) == log.state()


def test_a_witness_goes_on_from_what_it_saw_last(tmp_path, parties):
    witness = Witness(tmp_path / "seen")
    log = grown(AuditLog(tmp_path / "audit"), 4)
    witnessed(log, witness, parties)
    with pytest.raises(UsageError, match="another_size"):
        witnessed(grown(log, 1), witness, parties, old=0, proof=())
    with pytest.raises(IntegrityError, match="log_rewritten"):
        witnessed(log, witness, parties, proof=())


def test_a_witness_signs_for_trusted_archives_alone(tmp_path, parties):
    log = grown(AuditLog(tmp_path / "audit"), 2)
    note = log.checkpoint(by=parties.stranger)
    with pytest.raises(NotPermittedError, match="unknown_keeper"):
        witnessed(log, Witness(tmp_path / "seen"), parties, note=note)


def test_forged_signatures_are_found_and_strangers_passed_over(tmp_path, parties):
    log = grown(AuditLog(tmp_path / "audit"), 2)
    request, signature = witnessed(log, Witness(tmp_path / "seen"), parties)
    witnesses, keepers = [parties.department.public], [parties.archive.public]
    good = request.note.with_signatures([signature])
    assert len(cosignatures(good, witnesses=witnesses, where="test")) == 1
    assert cosignatures(good, witnesses=[parties.vendor.public], where="test") == ()
    later = replace(signature, value=bytes(8) + signature.value[8:])
    with pytest.raises(IntegrityError, match="checkpoint_forged"):
        cosignatures(request.note.with_signatures([later]), witnesses=witnesses, where="test")
    changed = replace(good, text=good.text.replace("\n2\n", "\n3\n"))
    with pytest.raises(IntegrityError, match="checkpoint_forged"):
        verified_checkpoint(changed, keepers=keepers, where="test")


def test_cosignatures_are_kept_with_the_checkpoint_they_are_for(tmp_path, parties):
    log = grown(AuditLog(tmp_path / "audit"), 2)
    _, signature = witnessed(log, Witness(tmp_path / "seen"), parties)
    with pytest.raises(UsageError, match="no_such_checkpoint"):
        log.add_cosignatures([signature], size=7)
    log.add_cosignatures([signature], size=2)
    log.add_cosignatures([signature], size=2)
    assert len(log.checkpoints()[0].signatures) == 2


@pytest.mark.parametrize(
    "data", [b"", b"old 1\n", b"old x\n\n", b"old 01\n\nx\n\n", b"old 0\nAA==\n\n"]
)
def test_what_is_no_request_to_a_witness(data):
    with pytest.raises(IntegrityError):
        WitnessRequest.from_bytes(data, where="test")


def test_a_card_for_notes_says_what_its_key_is_for(parties):
    card: PublicIdentity = parties.archive.public
    assert (card.suite, card.note_kind, card.cosignature_kind) == (DEFAULT_SUITE, b"\x01", b"\x04")
    assert card.role is Role.ARCHIVE
    with pytest.raises(UsageError, match="not_a_note"):
        parties.archive.sign_text("backfill/sealed/1\x00")
