"""Private keys behind a PKCS#11 token, with SoftHSM as the device."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, Role
from confidentiality.token import use_device
from records.errors import IntegrityError, UsageError

PIN, LABEL = "4321", "馆用"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
needs_device = pytest.mark.skipif(
    not (MODULE.exists() and shutil.which("softhsm2-util")), reason="needs softhsm2"
)


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """SoftHSM with one token; it reads its settings once a process."""
    pytest.importorskip("pkcs11", reason="needs the extra pkcs11")
    folder = tmp_path_factory.mktemp("softhsm")
    tokens = folder / "tokens"
    tokens.mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(settings))
        words = ["--init-token", "--free", "--label", LABEL, "--so-pin", "12345678", "--pin", PIN]
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
        use_device(MODULE)
        yield tokens
    use_device(None)


@needs_device
def test_an_identity_behind_a_token_opens_by_its_pin(device, tmp_path):
    made = Identity.create(Role.ARCHIVE, "档案馆")
    path = tmp_path / "archive.identity"
    made.save(path, PIN, token=LABEL)
    assert Identity.load(path, PIN) == made
    box = json.loads(path.read_text())
    assert (box["token"], box["version"]) == (LABEL, 2)
    kept = b"".join(file.read_bytes() for file in [path, *device.rglob("*")] if file.is_file())
    assert made.kem_seed not in kept
    with pytest.raises(IntegrityError, match="undecipherable"):
        Identity.load(path, "0000")


@needs_device
@pytest.mark.usefixtures("device")
def test_a_home_key_behind_a_token(tmp_path):
    made = HomeKey.create(tmp_path / "home.key", PIN, token=LABEL)
    assert HomeKey.open(tmp_path / "home.key", PIN) == made
    assert made.opens(tmp_path / "home.key")


@needs_device
@pytest.mark.usefixtures("device")
def test_a_changed_box_and_a_key_of_another_box_do_not_open_it(tmp_path):
    first, second = (Identity.create(Role.OFFICER, name) for name in ("甲", "乙"))
    paths = [tmp_path / "1", tmp_path / "2"]
    for made, path in zip((first, second), paths, strict=True):
        made.save(path, PIN, token=LABEL)
    one, two = (json.loads(path.read_text()) for path in paths)
    for change in ({"key": two["key"]}, {"salt": two["salt"]}, {"clear": two["clear"]}):
        spoilt = tmp_path / "spoilt"
        spoilt.write_text(json.dumps(one | change, ensure_ascii=False, sort_keys=True,
                                     separators=(",", ":")))  # fmt: skip
        spoilt.chmod(0o600)
        with pytest.raises(IntegrityError, match="undecipherable"):
            Identity.load(spoilt, PIN)
        spoilt.unlink()


@needs_device
@pytest.mark.usefixtures("device")
def test_without_the_token_nothing_opens(tmp_path):
    path = tmp_path / "archive.identity"
    Identity.create(Role.ARCHIVE, "档案馆").save(path, PIN, token=LABEL)
    for change in ({"token": "别的"}, {"key": "backfill-identity-none"}):
        box = json.loads(path.read_text()) | change
        spoilt = tmp_path / "spoilt"
        spoilt.write_text(json.dumps(box, ensure_ascii=False, sort_keys=True,
                                     separators=(",", ":")))  # fmt: skip
        spoilt.chmod(0o600)
        with pytest.raises(UsageError, match="token_unusable"):
            Identity.load(spoilt, PIN)
        spoilt.unlink()
    use_device(None)
    try:
        with pytest.raises(UsageError, match="STATION_PKCS11"):
            Identity.load(path, PIN)
    finally:
        use_device(MODULE)


def test_a_library_that_is_none_is_named(tmp_path):
    pytest.importorskip("pkcs11", reason="needs the extra pkcs11")
    use_device(tmp_path / "none.so")
    try:
        with pytest.raises(UsageError, match="token_unusable"):
            Identity.create(Role.ARCHIVE, "档案馆").save(tmp_path / "x", PIN, token=LABEL)
    finally:
        use_device(None)
