"""The suite on SM2, SM3 and SM4: the standards' own vectors, and files that seal and open."""

from __future__ import annotations

import io

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM
from hypothesis import given
from hypothesis import strategies as st

from confidentiality import sm2_curve, suite_gm
from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.segments import decrypt_segment, encrypt_segment
from confidentiality.suite_gm import GmSuite
from confidentiality.suites import CALLED
from records.errors import IntegrityError, UsageError

gmssl = pytest.importorskip("gmssl_pyx", reason="needs the extra gm")
SUITE = GmSuite()

# GB/T 32918.5-2017, annex A.2: signature over the curve that the standard recommends.
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SIGNED = (
    0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
    0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
)


def der(r: int, s: int) -> bytes:
    """An SM2 signature as the library takes it."""
    parts = b""
    for number in (r, s):
        raw = number.to_bytes(33, "big").lstrip(b"\0")
        raw = b"\0" + raw if raw[0] & 0x80 else raw
        parts += b"\x02" + bytes([len(raw)]) + raw
    return b"\x30" + bytes([len(parts)]) + parts


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_as_in_the_standard(message, digest):
    running = SUITE.hash()
    for at in range(0, len(message), 3):
        running.update(message[at : at + 3])
    assert running.digest().hex() == running.digest().hex() == digest


def test_sm4_as_in_the_standard():
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    # One block, as the standard's example; the suite itself knows GCM alone.
    cipher = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305 - the vectors are of single blocks
    assert cipher.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_as_in_rfc_8998():
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    plain = bytes.fromhex(
        "".join(pair * 8 for pair in ("AA", "BB", "CC", "DD", "EE", "FF", "EE", "AA"))
    )
    cipher = Cipher(SM4(key), GCM(bytes.fromhex("00001234567800000000ABCD"))).encryptor()
    cipher.authenticate_additional_data(bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
    sealed = cipher.update(plain) + cipher.finalize()
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert cipher.tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"


def test_the_public_key_and_signature_of_the_standard():
    assert sm2_curve.public_key(PRIVATE) == PUBLIC
    assert sm2_curve.on_curve(PUBLIC)
    assert SUITE.verify(der(*SIGNED), b"message digest", PUBLIC)
    assert not SUITE.verify(der(*SIGNED), b"message digesu", PUBLIC)
    assert not SUITE.verify(der(SIGNED[0], SIGNED[1] ^ 1), b"message digest", PUBLIC)


def test_public_keys_are_those_the_library_makes():
    for _ in range(3):
        public, private = gmssl.sm2_key_generate()
        assert sm2_curve.public_key(private) == public
    for bad in (b"", bytes(64), PUBLIC[:-1], PUBLIC[:-1] + b"\0", b"\xff" * 64):
        assert not SUITE.accepts(bad)


@pytest.mark.parametrize("seed", [bytes(32), b"\xff" * 32, bytes(31) + b"\1"])
def test_any_seed_makes_a_key(seed):
    public = SUITE.sign_public(seed)
    assert SUITE.accepts(public)
    assert SUITE.verify(SUITE.sign(b"x", seed), b"x", public)
    wrapped = SUITE.wrap(b"k" * 32, SUITE.kem_public(seed), b"info")
    assert SUITE.unwrap(wrapped, seed, b"info") == b"k" * 32
    with pytest.raises(InvalidTag):
        SUITE.unwrap(wrapped, seed, b"other info")
    with pytest.raises(InvalidTag):
        SUITE.unwrap(wrapped, b"s" * 32, b"info")
    for place in (10, len(wrapped) // 2, -1):
        bent = bytearray(wrapped)
        bent[place] ^= 1
        with pytest.raises(InvalidTag):
            SUITE.unwrap(bytes(bent), seed, b"info")


def test_garbage_is_no_signature_and_no_wrapped_key():
    for bad in (b"", b"x" * 70, bytes(500)):
        assert not SUITE.verify(bad, b"m", PUBLIC)
        with pytest.raises(InvalidTag):
            SUITE.unwrap(bad, bytes(32), b"")


def segment(plain: bytes, key: bytes = b"k" * 32, context: bytes = b"c") -> bytes:
    out = io.BytesIO()
    encrypt_segment(io.BytesIO(plain), out, suite=SUITE, key=key, context=context)
    return out.getvalue()


def opened(sealed: bytes, key: bytes = b"k" * 32, context: bytes = b"c") -> bytes:
    blocks = decrypt_segment([sealed], suite=SUITE, key=key, context=context, where="test")
    return b"".join(bytes(block) for block in blocks)


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 32_768, 40_000, 1 << 21])
def test_a_segment_of_every_length_comes_back(size):
    plain = bytes(range(256)) * (size // 256 + 1)
    sealed = segment(plain[:size])
    assert len(sealed) == SUITE.sealed_size(size)
    assert opened(sealed) == plain[:size]


@given(data=st.data())
def test_no_changed_segment_opens(data):
    sealed = segment(b"x" * 33_000)
    start = data.draw(st.integers(0, len(sealed)))
    stop = data.draw(st.integers(start, len(sealed)))
    edit = sealed[:start] + data.draw(st.binary(max_size=20)) + sealed[stop:]
    if edit != sealed:
        with pytest.raises(IntegrityError):
            opened(edit)


def test_chunks_have_their_places_and_segments_their_context():
    sealed = segment(b"x" * 50_000)
    first, second = sealed[64 : 64 + 16_400], sealed[64 + 16_400 : 64 + 32_800]
    for bent in (
        sealed[:64] + second + first + sealed[64 + 32_800 :],
        sealed[: 64 + 16_400],
        sealed[:64],
        sealed + bytes(16),
    ):
        with pytest.raises(IntegrityError):
            opened(bent)
    for other in ({"key": b"l" * 32}, {"context": b"d"}):
        with pytest.raises(IntegrityError):
            opened(sealed, **other)


@pytest.fixture(scope="module")
def pair():
    return tuple(
        Identity.create(role, "国密", suite=CALLED["gm"]) for role in (Role.ARCHIVE, Role.VENDOR)
    )


def test_a_file_is_sealed_and_opened(desk, pair):
    archive, vendor = pair
    items = {"a": b"x" * 40_000, "b": b""}
    path = desk.seal(items, sender=archive, recipients=[vendor.public])
    given = {"recipient": vendor, "senders": [archive.public]}
    assert dict(desk.open(path, **given).contents) == items
    data = bytearray(path.read_bytes())
    assert b"gm-sm2-sm4gcm-sm3" in data
    for place in range(0, len(data), 997):
        data[place] ^= 1
        path.write_bytes(data)
        with pytest.raises(IntegrityError):
            desk.open(path, **given)
        data[place] ^= 1


def test_suites_do_not_mix(desk, pair, parties):
    with pytest.raises(UsageError, match="suites_differ"):
        desk.seal({"a": b"1"}, sender=pair[0], recipients=[parties.vendor.public])


def test_a_card_and_a_note(pair):
    archive, _ = pair
    card = archive.public
    assert PublicIdentity.from_json(card.to_json()) == card
    signature = archive.sign_text("origin\n1\nroot\n")
    assert archive.public.verify_text(signature, "origin\n1\nroot\n")
    assert archive.public.note_kind == b"\xffgm-sm2-sm4gcm-sm3"


def test_without_the_library_the_suite_says_so(monkeypatch):
    def absent(_name):
        raise ImportError

    monkeypatch.setattr(suite_gm.importlib, "import_module", absent)
    with pytest.raises(UsageError, match="suite_not_installed"):
        SUITE.sign(b"x", bytes(32))
