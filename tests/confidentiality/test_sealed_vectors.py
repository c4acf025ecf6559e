"""Fixed files that every version must open or refuse as their headers say."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from confidentiality import format as layout
from confidentiality.canonical import canonical
from confidentiality.format import Head, ItemEntry, SealedKind, SealHeader
from confidentiality.identity import Identity, Role
from confidentiality.sealed import open_sealed
from confidentiality.suite_xwing import XWingSuite
from confidentiality.suites import DEFAULT_SUITE
from records.errors import BackfillError

FOLDER = Path(__file__).parents[1] / "vectors" / "sealed"
VECTORS = sorted(FOLDER.glob("*.vector"))
PARTIES = json.loads((FOLDER / "parties.json").read_text())


def identity(name: str) -> Identity:
    seeds = PARTIES[name]
    return Identity(
        role=Role(seeds["role"]),
        name=name,
        suite=DEFAULT_SUITE,
        kem_seed=bytes.fromhex(seeds["kem_seed"]),
        sign_seed=bytes.fromhex(seeds["sign_seed"]),
    )


def parsed(path: Path) -> tuple[dict[str, str], bytes]:
    head, _, data = path.read_bytes().partition(b"\n\n")
    return dict(line.split(": ", 1) for line in head.decode().splitlines()), data


def opened(asked: dict[str, str], path: Path):
    trusted = [name for name, seeds in PARTIES.items() if seeds["trusted"]]
    return open_sealed(
        path,
        recipient=identity(asked["recipient"]),
        senders=[identity(name).public for name in trusted],
        now=datetime.strptime(asked["now"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        expect_kind=SealedKind(asked["kind"]),
        expect_agreement=asked["agreement"],
    )


def test_there_are_vectors_of_both_kinds():
    expected = [parsed(path)[0]["expect"] for path in VECTORS]
    assert expected.count("opened") >= 12
    assert expected.count("refused") >= 30
    assert set(expected) == {"opened", "refused"}


@pytest.mark.parametrize("path", VECTORS, ids=[path.stem for path in VECTORS])
def test_vector(path, tmp_path):
    asked, data = parsed(path)
    file = tmp_path / "v.sealed"
    file.write_bytes(data)
    if asked["expect"] == "opened":
        contents = opened(asked, file).contents
        digests = {name: hashlib.sha256(contents[name]).hexdigest() for name in contents}
        assert digests == json.loads(asked["items"])
        return
    with pytest.raises(BackfillError) as caught:
        opened(asked, file)
    assert (caught.value.reason, str(int(caught.value.status))) == (
        asked["reason"],
        asked["status"],
    )
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", PARTIES)
def test_fingerprints_stay(name):
    assert identity(name).fingerprint == PARTIES[name]["fingerprint"]


def test_key_expansion_is_x_wings():
    """First test vector of draft-connolly-cfrg-xwing-kem: first and last bytes of `pk`."""
    seed = "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"
    public = XWingSuite().kem_public(bytes.fromhex(seed)).hex()
    assert public.startswith("e2236b35a8c24b39b10aa1323a96a919a2ced884")
    assert public.endswith("859edb06eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534")
    assert len(public) == 2 * 1216


def test_layout_bytes_stay():
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    head = Head(
        header=SealHeader(
            kind=SealedKind.SUBMISSION, package_id="S-1", agreement="A-1", purpose="补录",
            created=moment, expires=moment.replace(day=9), answers="P-1",
        ),
        body="2" * 64, suite="x", sender="0" * 64, recipients=("1" * 64,),
    )  # fmt: skip
    body = (
        '{"agreement":"A-1","answers":"P-1",'
        f'"body":"{"2" * 64}","created":"2026-03-02T09:30:00Z",'
        '"expires":"2026-03-09T09:30:00Z","kind":"submission","package_id":"S-1",'
        f'"purpose":"补录","recipients":["{"1" * 64}"],"sender":"{"0" * 64}","suite":"x"}}'
    ).encode()
    frame = b"backfill-sealed\n\x00\x02" + len(body).to_bytes(4, "big")
    assert head.to_bytes() == frame + body
    assert layout.parse_head(body, where="test") == head
    digest = bytes(range(32))
    assert layout.segment_context(digest.hex(), 3, last=False) == (
        b"backfill-sealed/2 item\x00" + digest + b"\0\0\0\0\0\0\0\3"
    )
    assert layout.segment_context(digest.hex(), 0, last=True) == (
        b"backfill-sealed/2 index\x00" + digest + bytes(8)
    )
    assert layout.wrap_info(digest, "ab") == b"backfill-sealed/2 file key\x00" + digest + b"ab"
    entry = ItemEntry(name="a", offset=0, sealed_size=72, size=0, digest=digest)
    index = canonical({"items": [["a", 0, digest.hex()]], "version": 2})
    assert layout.index_bytes([entry]) == index
    sealed_size = XWingSuite().sealed_size
    assert layout.parse_index(index, sealed_size=sealed_size, where="test") == (entry,)


def test_signatures_stay():
    """Ed25519 is deterministic: domain, version and NUL stand before the payload."""
    signature = identity("archive").sign("sealed", b"payload")
    digest = "1f03508614960f148ac3f3635bdec687e5a22e46ed80be2da79353c70e217215"
    assert hashlib.sha256(signature).hexdigest() == digest
