"""An archive and a station that exchange sealed packages through real files."""

import json
import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from confidentiality.enrolment import enrol
from confidentiality.files import write_private
from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.release import contents_digest
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from keying.assign import Clerk, FieldToKey, assign
from keying.chance import SecretRandom
from keying.package import PackageHead, build_package
from keying.submission import parse_submission
from workstation.station.cli import main
from workstation.station.home import Home, create_home, trust_archive

CHEAP = 1 << 10
PASSPHRASE = "correct horse"
AGREEMENT = "A-2026-1"


def _chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def picture(shade):
    head = struct.pack(">IIBBBBB", 6, 4, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes([shade % 256]) * 6 for _ in range(4)))
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@dataclass
class Archive:
    """The other side: makes packages and opens submissions."""

    folder: Path
    identity: Identity
    approved: dict[str, str] = field(default_factory=dict)

    def enrol(self, home, **changes):
        """Give a station's home its enrolment, whatever it says."""
        given = {
            "place": "本馆录入室",
            "starts": datetime.now(UTC) - timedelta(days=100),
            "ends": datetime.now(UTC) + timedelta(days=900),
            "by": self.identity,
        } | changes
        made = enrol(PublicIdentity.load(home.card), **given)
        write_private(home.enrolment, made.to_bytes(), replace=True)
        return made

    def package(self, to, *, package_id="P-0001", fields=4, now=None, life=timedelta(days=9)):
        """A sealed package for a card, and its plan."""
        now = now or datetime.now(UTC)
        tails = ["name", "birth_date", "id_number", "sex"]
        wanted = [
            FieldToKey(reading_id=f"r{n}", tail=tails[n % 4], subject=f"s{n}")
            for n in range(fields)
        ]
        rng = SecretRandom(bytes(32), package_id)
        clerks = [Clerk(clerk_id="clerk-1", vendor_id="vendor-1")]
        (plan,) = assign(wanted, clerks, rng, rounds=(1,), package_size=10_000).packages
        head = PackageHead(
            package_id=package_id,
            agreement_id=AGREEMENT,
            vendor_id="vendor-1",
            clerk_id="clerk-1",
            round=1,
            due=date(2027, 1, 1),
        )
        content = build_package(head, plan, {f"r{n}": picture(n) for n in range(fields)})
        self.approved[package_id] = contents_digest(content)
        path = self.folder / f"{package_id}.sealed"
        header = SealHeader(
            kind=SealedKind.WORK_PACKAGE,
            package_id=package_id,
            agreement=AGREEMENT,
            purpose="keying",
            created=now,
            expires=now + life,
        )
        seal(path, content, header=header, sender=self.identity, recipients=[to])
        return path, plan

    def receive(self, card, path):
        """The opened file, and the submission in it."""
        opened = open_sealed(
            path,
            recipient=self.identity,
            senders=[card],
            now=datetime.now(UTC),
            expect_kind=SealedKind.SUBMISSION,
        )
        return opened, parse_submission(opened.contents)


@dataclass
class Vendor:
    """A station whose commands are run in this process."""

    home: Path
    passphrase: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def card(self):
        return PublicIdentity.load(self.home / "card.json")

    def run(self, *arguments, home=True):
        """Exit status, stdout and stderr of a command."""
        named = ["--home", str(self.home)] if home else []
        code = main([*map(str, arguments), *named, "--passphrase-file", str(self.passphrase)])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    def json(self, *arguments, expect=0):
        code, out, err = self.run(*arguments, "--json")
        assert code == expect, err
        return json.loads(out)

    def answers(self, lines, name="answers.jsonl"):
        """A file of answers; a plan stands for a good answer to each of its items."""
        if hasattr(lines, "items"):
            lines = [{"item_id": item.item_id, "text": "張三"} for item in lines.items]
        path = self.passphrase.with_name(name)
        written = (a if isinstance(a, str) else json.dumps(a, ensure_ascii=False) for a in lines)
        path.write_text("".join(line + "\n" for line in written), "utf-8")
        return path

    def files(self):
        """Everything in the home, as path and content."""
        return {
            path.relative_to(self.home): path.read_bytes()
            for path in sorted(self.home.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    return Archive(folder=folder, identity=Identity.create(Role.ARCHIVE, "测试档案馆"))


@pytest.fixture
def vendor(tmp_path, archive, capsys):
    home = Home(folder=tmp_path / "station")
    create_home(home, name="测试录入", role=Role.VENDOR, passphrase=PASSPHRASE, cost=CHEAP)
    trust_archive(home, archive.identity.public)
    archive.enrol(home)
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    passphrase.chmod(0o600)
    return Vendor(home=home.folder, passphrase=passphrase, capsys=capsys)
