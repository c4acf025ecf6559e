"""A department opens what is meant for it, whole or not at all, with the base packages alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import flows.settings
import warehouse.answers
import warehouse.datapackage
from confidentiality.identity import Identity, Role
from confidentiality.sealed import SealedKind, SealHeader, seal
from flows.cli import main
from flows.commands import shares
from flows.share import share_batch

ROOT = Path(__file__).parents[2]
PASSPHRASE = "correct horse"
HEAVY = {"pyarrow", "numpy", "pandas", "duckdb", "prefect", "fastapi", "onnxruntime", "cv2"}
#: Of `ocr` its choice of a runtime, which loads none.
OURS = {"flows", "ocr", "records", "confidentiality"} | {"cryptography", "borax", "cffi"}
OPEN = """
import sys
before = set(sys.modules)
from flows.cli import main
status = main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}), file=sys.stderr)
sys.exit(status)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A department's folder: its identity, the archive's card and a share."""

    folder: Path
    archive: Identity
    department: Identity
    share: Path

    @property
    def out(self) -> Path:
        return self.folder / "share"

    def words(self, share=None, **changes):
        options = {
            "identity": self.folder / "department.identity",
            "archive-card": self.folder / "archive.card.json",
            "out": self.out,
            "passphrase-file": self.folder / "passphrase",
            **changes,
        }
        named = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return ["open-share", str(share or self.share), *named]


def save(identity, path):
    # The least cost that is allowed: how slow a passphrase is to guess is tested elsewhere.
    identity.save(path, PASSPHRASE, cost=2**10)


@pytest.fixture
def office(ledger, tmp_path, monkeypatch):
    """A share made, approved and sealed by the archive's own steps; the clock stands there."""
    desk, folder = ledger.desk, tmp_path / "office"
    home_id, batch_id = desk.home_id, ledger.batch_id
    assert share_batch.__wrapped__(home_id, batch_id, "S-1") is None
    (package_id,) = desk.here.releases.ids()
    ledger.crew.approve(desk, package_id)
    name = share_batch.__wrapped__(home_id, batch_id, "S-1")
    folder.mkdir()
    (folder / "passphrase").write_text(PASSPHRASE + "\n")
    (folder / "passphrase").chmod(0o600)
    save(ledger.department, folder / "department.identity")
    desk.here.require_archive().public.save(folder / "archive.card.json")
    monkeypatch.setattr(flows.settings, "now", desk.clock)
    monkeypatch.delenv("BACKFILL_HOME", raising=False)
    return Office(
        folder=folder,
        archive=desk.here.require_archive(),
        department=ledger.department,
        share=desk.here.home.outgoing / name,
    )


def sealed(office, name, contents, *, sender=None, **changes):
    """A file that the archive sealed for the department."""
    now = flows.settings.now()
    header = {
        "kind": SealedKind.SHARE,
        "package_id": name,
        "agreement": "S-1",
        "purpose": "统计",
        "created": now,
        "expires": now + timedelta(days=30),
        **changes,
    }
    out = office.folder / f"{name}.sealed"
    seal(
        out,
        contents,
        header=SealHeader(**header),
        sender=sender or office.archive,
        recipients=[office.department.public],
    )
    return out


def descriptor(**changes):
    content = {"format": warehouse.datapackage.FORMAT, "records": 1234, **changes}
    return {"datapackage.json": json.dumps({"backfill": content}).encode()}


def test_a_share_is_opened_and_described(office, capfd):
    assert main(office.words()) == 0
    out, err = capfd.readouterr()
    assert err == ""
    for word in ("S-1", "婚姻登记档案补录", "rows: 150\n", "2026-04-01", "records.csv"):
        assert word in out
    assert "李雷" not in out
    files = {path.name for path in office.out.iterdir()}
    assert files == {
        *("records.parquet", "records.csv", "records.xlsx", "lineage.parquet"),
        "datapackage.json",
    }
    assert office.out.stat().st_mode & 0o077 == 0
    assert [path for path in office.out.iterdir() if path.stat().st_mode & 0o077] == []
    table = (office.out / "records.csv").read_text(encoding="utf-8-sig")
    assert table.count("韩梅梅") == 150
    # A folder that exists is not written into again.
    assert main(office.words()) == 2
    assert "output_not_new" in capfd.readouterr().err


def test_the_same_as_json(office, capfd):
    assert main([*office.words(agreement="S-1"), "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["records"] == 150
    assert (found["agreement"], found["share"]) == ("S-1", office.share.stem)
    assert found["expires"].startswith("2026-04-01")


def refused(office, capfd, words):
    """Exit status and message of a refusal that leaves nothing behind."""
    before = set(office.folder.iterdir())
    status = main(words)
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert set(office.folder.iterdir()) == before
    return status, err


def test_a_damaged_share_is_refused(office, capfd):
    whole = office.share.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for name, data in {"cut": whole[:-1], "flipped": flipped, "none": b""}.items():
        spoiled = office.folder / f"{name}.sealed"
        spoiled.write_bytes(data)
        assert refused(office, capfd, office.words(spoiled))[0] == 4
    assert refused(office, capfd, office.words(office.folder / "missing"))[0] == 4


def test_what_is_not_for_this_office_now_is_refused(office, capfd):
    now = flows.settings.now()
    stranger = Identity.create(Role.DEPARTMENT, "别的部门")
    save(stranger, office.folder / "stranger.identity")
    other = Identity.create(Role.ARCHIVE, "别的档案馆")
    other.public.save(office.folder / "other.card.json")
    past = {"created": now - timedelta(days=9), "expires": now - timedelta(days=2)}
    cases = {
        "not_for_you": office.words(identity=office.folder / "stranger.identity"),
        "unknown_sender": office.words(**{"archive-card": office.folder / "other.card.json"}),
        "wrong_agreement": office.words(agreement="S-2"),
        "expired": office.words(sealed(office, "old", descriptor(), **past)),
    }
    for reason, words in cases.items():
        status, err = refused(office, capfd, words)
        assert (status, f"({reason})" in err) == (7, True), err


def test_a_work_package_is_no_share(office, capfd):
    clerk = Identity.create(Role.CLERK, "录入机")
    save(clerk, office.folder / "clerk.identity")
    header = SealHeader(
        kind=SealedKind.WORK_PACKAGE,
        package_id="P-1",
        agreement="A-1",
        purpose="补录",
        created=flows.settings.now(),
        expires=flows.settings.now() + timedelta(days=3),
    )
    out = office.folder / "P-1.sealed"
    seal(out, descriptor(), header=header, sender=office.archive, recipients=[clerk.public])
    words = office.words(out, identity=office.folder / "clerk.identity")
    assert refused(office, capfd, words)[0] == 7


@pytest.mark.parametrize(
    "contents",
    [
        {"records.csv": b"x"},
        {"datapackage.json": b"\xff"},
        {"datapackage.json": b"[1]"},
        descriptor(format="backfill-share/3"),
        descriptor(records="many"),
    ],
    ids=["missing", "no text", "no record", "later version", "no number"],
)
def test_content_of_an_unknown_format_is_refused(office, capfd, contents):
    status, err = refused(office, capfd, office.words(sealed(office, "odd", contents)))
    assert status == 4
    assert "unknown_share_format" in err


def test_keys_and_places_that_will_not_do(office, capfd):
    (office.folder / "wrong").write_text("wrong\n")
    (office.folder / "wrong").chmod(0o600)
    cases = [
        (4, office.words(**{"passphrase-file": office.folder / "wrong"})),
        (4, office.words(identity=office.folder / "none")),
        (4, office.words(**{"archive-card": office.folder / "department.identity"})),
        (2, office.words(out=office.folder / "none" / "share")),
        (2, office.words(out=office.folder)),
    ]
    for status, words in cases:
        assert refused(office, capfd, words)[0] == status, words


def test_a_full_disk_leaves_nothing(office, capfd, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", str(office.out))

    monkeypatch.setattr("confidentiality.contents.SealedContents.stream", full)
    status, err = refused(office, capfd, office.words())
    assert status == 2
    assert "output_not_writable" in err


def test_the_format_is_the_one_that_is_written():
    written = {warehouse.datapackage.FORMAT, warehouse.answers.COMPARISON_FORMAT}
    assert written <= shares.FORMATS


def test_the_base_packages_are_enough(tmp_path):
    """In a process of its own, by the real clock, without a home."""
    archive = Identity.create(Role.ARCHIVE, "档案馆")
    department = Identity.create(Role.DEPARTMENT, "部门")
    office = Office(
        folder=tmp_path, archive=archive, department=department, share=tmp_path / "s.sealed"
    )
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    (tmp_path / "passphrase").chmod(0o600)
    save(department, tmp_path / "department.identity")
    archive.public.save(tmp_path / "archive.card.json")
    sealed(office, "s", descriptor())
    done = subprocess.run(
        [sys.executable, "-c", OPEN, *office.words()],
        cwd=ROOT,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "rows: 1,234" in done.stdout
    assert (tmp_path / "share" / "datapackage.json").exists()
    loaded = set(done.stderr.split())
    assert {"flows", "confidentiality", "cryptography"} <= loaded
    assert not loaded & HEAVY
    assert loaded - set(sys.stdlib_module_names) <= OURS | {"_openssl", "_cffi_backend"}
