"""SPEC.md is enough to write another reader: this one shares no code with ours."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from pathlib import Path

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from confidentiality.format import SealedKind

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "confidentiality" / "SPEC.md").read_text()
CODE = "".join(path.read_text() for path in (ROOT / "confidentiality").glob("*.py"))


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def file_key(stanza: bytes, kem_seed: bytes, info: bytes) -> bytes:
    expanded = hashlib.shake_256(kem_seed).digest(96)
    key = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    return suite.decrypt(stanza, key, info=info)


def decrypted(key: bytes, context: bytes, sealed: bytes) -> bytes:
    cipher = Cobblestone256Decryptor(key, context)
    return cipher.update(sealed) + cipher.finalize()


def read_by_the_book(data: bytes, kem_seed: bytes, me: str, sender_key: bytes) -> dict[str, bytes]:
    """The items of a sealed file, as SPEC.md describes its layout and keys."""
    assert data[:16] == b"backfill-sealed\n"
    version, header_size = struct.unpack(">HI", data[16:22])
    assert version == 2
    at = 22 + header_size
    header = json.loads(data[22:at])
    header_digest = sha256(data[:at])
    stanzas = {}
    for recipient in header["recipients"]:
        (size,) = struct.unpack(">H", data[at : at + 2])
        stanzas[recipient] = data[at + 2 : at + 2 + size]
        at += 2 + size
    head_digest, body = sha256(data[:at]), at
    (signature_size,) = struct.unpack(">H", data[-10:-8])
    assert data[-8:] == b"SEAL-END"
    trailer = data[-10 - signature_size - 48 :]
    offset, size = struct.unpack(">QQ", trailer[:16])
    signed = b"backfill/sealed/1\x00" + head_digest + trailer[:48]
    Ed25519PublicKey.from_public_bytes(sender_key).verify(trailer[48:-10], signed)
    info = b"backfill-sealed/2 file key\x00" + header_digest + me.encode()
    key = file_key(stanzas[me], kem_seed, info)
    index_bytes = data[body + offset : body + offset + size]
    assert len(data) == body + offset + size + len(trailer)
    assert sha256(index_bytes) == trailer[16:48]
    body_id = bytes.fromhex(header["body"])
    context = b"backfill-sealed/2 index\x00" + body_id + bytes(8)
    items, start = {}, 0
    rows = json.loads(decrypted(key, context, index_bytes))["items"]
    for number, (name, length, digest) in enumerate(rows):
        context = b"backfill-sealed/2 item\x00" + body_id + struct.pack(">Q", number)
        sealed_size = 56 + length + 16 * (length // 16_384 + 1)
        sealed = data[body + start : body + start + sealed_size]
        assert sha256(sealed).hex() == digest
        items[name] = decrypted(key, context, sealed)
        assert len(items[name]) == length
        start += sealed_size
    assert start == offset
    return items


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 50_000])
def test_another_reader_agrees(desk, parties, size):
    items = {"manifest.json": b"{}", "snippets/0a.png": bytes(size)}
    path = desk.seal(items, recipients=[parties.clerk.public, parties.vendor.public])
    for one in (parties.clerk, parties.vendor):
        sender_key = parties.archive.public.sign_public
        read = read_by_the_book(path.read_bytes(), one.kem_seed, one.fingerprint, sender_key)
        assert read == items == dict(desk.open(path, recipient=one).contents)


def test_every_refusal_of_the_format_is_in_the_specification():
    section = SPEC.split("Damage is exit status 4:")[1].split("##")[0]
    named = set(re.findall(r"`([a-z_]+)`", section))
    raised = set(re.findall(r'damaged\(\s*"([a-z_]+)"', CODE))
    assert raised
    assert raised <= named
    for reason in named:
        assert f'"{reason}"' in CODE


def test_every_signature_domain_is_in_the_specification():
    section = SPEC.split("Domains:")[1].split("\n*")[0]
    used = set(re.findall(r'^_?[A-Z_]*(?:DOMAIN|REVOCATION) = "([a-z-]+)"', CODE, re.MULTILINE))
    assert used == {
        "sealed",
        "agreement",
        "agreement-revocation",
        "enrolment",
        "escrow",
        "release-approval",
        "succession",
    }
    for domain in used | {"card"}:
        assert f"`{domain}`" in section


def promises() -> list[list[str]]:
    section = SPEC.split("## Promises")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_every_promise_has_a_test_that_is_there():
    rows = promises()
    assert len(rows) > 15
    for row in rows:
        assert len(row) == 4
        assert (ROOT / "tests" / row[3].strip("`")).is_file(), row


def test_every_attack_quotes_the_promise_that_it_defends():
    attacks = sorted((ROOT / "tests" / "attacks").glob("test_*.py"))
    assert len(attacks) >= 12
    for path in attacks:
        quoted = " ".join(path.read_text().split('"""')[1].split())
        defended = [row for row in promises() if row[3].strip("`") == f"attacks/{path.name}"]
        assert defended, path.name
        for who, kept, *_ in defended:
            assert "Defends the promise: someone who " in quoted
            assert who in quoted, path.name
            assert kept.split(",")[0] in quoted, path.name


def test_every_rule_of_a_release_is_in_the_specification_and_tried():
    section = SPEC.split("## When a release is refused")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = re.findall(r"`([a-z_]+)`", "".join(rows))
    raised = {"station_not_enrolled", "card_not_trusted"}
    for module in ("release", "agreement", "dispatch"):
        code = (ROOT / "confidentiality" / f"{module}.py").read_text()
        raised |= set(re.findall(r'(?:_refused|refuse)\(\s*"([a-z_]+)"', code))
    # Nobody may approve what they asked for: that is refused before there is an approval.
    assert set(named) == raised - {"approval_not_permitted"}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [rule for rule in named if f'"{rule}"' not in tests] == []


def test_every_attack_on_sealed_bytes_is_tried_on_every_kind():
    folder = ROOT / "tests" / "attacks"
    tried = re.findall(r"    SealedKind\.([A-Z_]+): \(Role", (folder / "conftest.py").read_text())
    assert tried == [kind.name for kind in SealedKind]
    for attack in (
        "byte_flip", "truncation", "block_swap", "splice", "replay", "re_sign", "forged",
        "wrong_recipient", "late",
    ):  # fmt: skip
        tests = re.findall(r"def test_\w+\(([^)]*)\)", (folder / f"test_{attack}.py").read_text())
        assert tests
        assert all({"case", "received"} & set(re.findall(r"\w+", each)) for each in tests), attack
