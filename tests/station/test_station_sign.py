"""A station reads an agreement, signs the one it accepted, and no other."""

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.agreement import (
    Agreement,
    AgreementKind,
    Ending,
    OffSite,
    SignedAgreement,
    merge_signatures,
    require_in_force,
    sign_agreement,
)
from confidentiality.identity import Identity, Role
from confidentiality.trust import Trusted
from records.errors import NotPermittedError
from records.reading import FIELD_NAMES
from workstation.station.signing import sign, terms

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)


def agreement(archive, *parties, **changes):
    base = Agreement(
        agreement_id="A-2026-1",
        kind=AgreementKind.ENTRUSTED_KEYING,
        archive=archive.fingerprint,
        parties=tuple(party.fingerprint for party in parties),
        purpose="婚姻登记档案补录",
        legal_basis="个人信息保护法第二十一条",
        impact_assessment="PIA-2026-003",
        fields=frozenset({"male.name", "female.birth_date", "stamp.pages"}),
        max_records=1234,
        starts=NOW - DAY,
        ends=NOW + 30 * DAY,
        document_sha256="ab" * 32,
        place="本馆录入室",
    )
    return replace(base, **changes)


def written(folder, drafted, *signers, name="A1.json"):
    marks = {one.fingerprint: sign_agreement(drafted, by=one) for one in signers}
    path = folder / name
    path.write_bytes(SignedAgreement(agreement=drafted, signatures=marks).to_bytes())
    return path


@pytest.fixture
def drafted(archive, vendor):
    return agreement(archive.identity, vendor.card)


@pytest.fixture
def file(tmp_path, archive, drafted):
    return written(tmp_path, drafted, archive.identity)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "signed.json"


def test_without_a_digest_the_terms_are_shown_and_nothing_is_signed(vendor, file, out, drafted):
    vendor.passphrase.unlink()  # Reading needs no passphrase.
    code, text, _ = vendor.run("sign", file, "--out", out)
    assert code == 0
    assert not out.exists()
    for stated in (
        "目的 purpose: 婚姻登记档案补录",
        "法律依据 legal basis: 个人信息保护法第二十一条",
        "影响评估 impact assessment: PIA-2026-003",
        "男方姓名 male.name",
        "女方出生日期 female.birth_date",
        "归档章页数 stamp.pages",
        "1234",
        f"{drafted.starts:%Y-%m-%d}",
        f"{drafted.ends:%Y-%m-%d}",
        "作业地点 place of work: 本馆录入室",
        "转委托 sub-contracting: 不允许",
        "到期处理 ending: 销毁",
        drafted.digest,
    ):
        assert stated in text
    assert f"--accept {drafted.digest[:16]}" in text


@pytest.mark.parametrize("length", [16, 17, 64])
def test_what_was_accepted_is_signed_by_this_station_alone(
    vendor, file, out, drafted, length, archive
):
    accepted = drafted.digest[:length].upper()
    shown = vendor.json("sign", file, "--out", out, "--accept", accepted)
    assert (shown["digest"], shown["signed"]) == (drafted.digest, str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    signed = SignedAgreement.from_bytes(out.read_bytes(), where="signed")
    assert signed.to_bytes() == out.read_bytes()
    assert signed.agreement == drafted
    assert signed.signatures.keys() == {vendor.card.fingerprint}
    mine = SignedAgreement.from_bytes(file.read_bytes(), where="draft")
    cards = (archive.identity.public, vendor.card)
    trusted = Trusted(cards={card.fingerprint: card for card in cards})
    assert require_in_force(merge_signatures([mine, signed]), trusted=trusted, now=NOW) == drafted


def test_an_existing_file_is_never_overwritten(vendor, file, out, drafted):
    out.write_text("kept")
    assert vendor.run("sign", file, "--out", out, "--accept", drafted.digest)[0] == 2
    assert out.read_text() == "kept"


@pytest.mark.parametrize(
    ("spoil", "status", "reason"),
    [
        (lambda digest: digest[:15], 2, "digest_too_short"),
        (lambda _: "", 2, "digest_too_short"),
        (lambda digest: digest[:15] + "g", 2, "digest_too_short"),
        (lambda digest: digest + "0", 2, "digest_too_short"),
        (lambda digest: digest[1:], 7, "digest_differs"),
        (lambda digest: digest[:15] + "0f"[digest[15] == "0"], 7, "digest_differs"),
    ],
)
def test_another_digest_is_refused(vendor, file, out, drafted, spoil, status, reason):
    code, text, err = vendor.run("sign", file, "--out", out, "--accept", spoil(drafted.digest))
    assert (code, text, out.exists()) == (status, "", False)
    assert f"({reason})" in err


def test_a_changed_term_is_another_agreement(vendor, archive, tmp_path, out, drafted):
    wider = replace(drafted, max_records=99_999)
    file = written(tmp_path, wider, archive.identity)
    assert vendor.run("sign", file, "--out", out, "--accept", drafted.digest[:16])[0] == 7
    assert not out.exists()


def refused(vendor, file, out, drafted):
    code, _, err = vendor.run("sign", file, "--out", out, "--accept", drafted.digest)
    assert not out.exists()
    return code, err


def test_a_station_that_is_not_named_can_neither_read_on_nor_sign(vendor, archive, tmp_path, out):
    other = Identity.create(Role.VENDOR, "别家")
    drafted = agreement(archive.identity, other)
    file = written(tmp_path, drafted, archive.identity)
    code, err = refused(vendor, file, out, drafted)
    assert (code, "not_a_party" in err) == (7, True)
    assert vendor.run("sign", file, "--out", out)[0] == 7


def test_a_station_is_no_party_to_data_sharing(vendor, archive, tmp_path, out):
    drafted = agreement(archive.identity, vendor.card, kind=AgreementKind.DATA_SHARING)
    file = written(tmp_path, drafted, archive.identity)
    code, err = refused(vendor, file, out, drafted)
    assert (code, "not_a_party" in err) == (7, True)


def test_the_archive_must_be_trusted_and_must_have_signed(vendor, tmp_path, out, drafted):
    unsigned = written(tmp_path, drafted, name="unsigned.json")
    code, err = refused(vendor, unsigned, out, drafted)
    assert (code, "archive_unsigned" in err) == (7, True)
    stranger = Identity.create(Role.ARCHIVE, "冒名档案馆")
    forged = replace(drafted, archive=stranger.fingerprint)
    code, err = refused(vendor, written(tmp_path, forged, stranger), out, forged)
    assert (code, "card_not_trusted" in err) == (7, True)


def test_a_signature_of_other_terms_is_none(vendor, archive, tmp_path, out, drafted):
    mark = sign_agreement(drafted, by=archive.identity)
    wider = replace(drafted, max_records=99_999)
    held = SignedAgreement(agreement=wider, signatures={archive.identity.fingerprint: mark})
    file = tmp_path / "wider.json"
    file.write_bytes(held.to_bytes())
    code, err = refused(vendor, file, out, wider)
    assert (code, "archive_unsigned" in err) == (7, True)


def test_an_agreement_that_has_ended_is_not_signed(vendor, archive, tmp_path, out):
    past = agreement(archive.identity, vendor.card, starts=NOW - 9 * DAY, ends=NOW - DAY)
    code, err = refused(vendor, written(tmp_path, past, archive.identity), out, past)
    assert (code, "agreement_expired" in err) == (7, True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data.replace(b"1234", b"9999"),
        lambda data: b"\xff" + data,
        lambda _: b"[" * 100_000,
        lambda _: b" " * 300_000,
        lambda data: json.dumps(json.loads(data), indent=1).encode(),
    ],
)
def test_a_spoiled_file_is_refused(vendor, file, out, drafted, spoil):
    good = file.read_bytes()
    file.write_bytes(spoil(good))
    code, _, err = vendor.run("sign", file, "--out", out, "--accept", drafted.digest)
    # Changed numbers make a good record of another agreement; everything else is no record.
    assert code == (7 if b"9999" in file.read_bytes() else 4)
    assert "→" in err
    assert not out.exists()


def test_a_missing_file_and_a_folder_are_refused(vendor, tmp_path, out):
    assert vendor.run("sign", tmp_path / "nothing.json", "--out", out)[0] == 4
    assert vendor.run("sign", tmp_path, "--out", out)[0] == 4


def test_a_wrong_passphrase_signs_nothing(vendor, file, out, drafted):
    vendor.passphrase.write_text("wrong\n")
    assert vendor.run("sign", file, "--out", out, "--accept", drafted.digest)[0] == 4
    assert not out.exists()


PARTY = Identity.create(Role.CLERK, "录入员")
ARCHIVE = Identity.create(Role.ARCHIVE, "档案馆")


@given(
    purpose=st.text(min_size=1, max_size=40).filter(str.strip),
    fields=st.sets(st.sampled_from(FIELD_NAMES), min_size=1),
    ending=st.sampled_from(Ending),
    free=st.booleans(),
)
def test_every_value_that_is_signed_is_shown_and_none_moves_the_cursor(
    purpose, fields, ending, free
):
    made = agreement(
        ARCHIVE,
        PARTY,
        purpose=purpose,
        fields=frozenset(fields),
        ending=ending,
        off_site=OffSite(legal_basis="专项批复", leader="cd" * 32) if free else None,
        subcontracting=free,
        retention_days=321,
    )
    shown = terms(made)
    lines = shown.splitlines()
    # Format and version aside; both days on one line, and all about the place on another.
    assert len(lines) == len(made.to_record()) - 4
    assert ("专项批复" in shown) is free
    assert all(line.replace("\N{IDEOGRAPHIC SPACE}", "").isprintable() for line in lines)
    listed = next(line for line in lines if line.startswith("字段")).partition(": ")[2]
    assert {each.split()[1] for each in listed.split("、")} == fields
    assert ("不允许" in shown) is not free
    assert str(ending) in shown
    assert "321" in shown


def test_a_text_can_not_pose_as_another_line(archive, vendor, tmp_path, out):
    tricky = "录入\r目的 purpose: 别的\n转委托 sub-contracting: 不允许\x1b[2J\u202e"
    drafted = agreement(archive.identity, vendor.card, purpose=tricky, subcontracting=True)
    code, text, _ = vendor.run("sign", written(tmp_path, drafted, archive.identity), "--out", out)
    assert code == 0
    assert [line for line in text.splitlines() if line.startswith("转委托")] == [
        "转委托 sub-contracting: 允许 allowed"
    ]
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_role_that_fits_no_agreement_can_not_sign(archive):
    officer = Identity.create(Role.OFFICER, "审批")
    drafted = agreement(archive.identity, officer)
    mark = sign_agreement(drafted, by=archive.identity)
    held = SignedAgreement(agreement=drafted, signatures={archive.identity.fingerprint: mark})
    trusted = Trusted(cards={archive.identity.fingerprint: archive.identity.public})
    with pytest.raises(NotPermittedError, match="not_a_party"):
        sign(held, by=officer, accepted=drafted.digest, trusted=trusted, now=NOW)
