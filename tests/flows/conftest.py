"""A home of its own for each test, and one Prefect for all of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from confidentiality.agreement import Agreement, AgreementKind, SignedAgreement, sign_agreement
from confidentiality.enrolment import enrol
from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, Role
from confidentiality.release import approve, contents_digest
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from flows.home import Home
from flows.installation import Installation, handed_over, opened
from flows.policy import DEMONSTRATION
from flows.settings import settle_prefect
from flows.tables import chunk_tables
from keying.entry import Entry, Mark
from keying.package import parse_package
from keying.submission import build_submission
from ocr.sniff import sha256_of
from ocr.snippets import png
from records.reading import FIELD_NAMES, Box, Decision, Era, FieldReading, Kind, PageReading
from warehouse.chunks import load_chunks, write_chunk
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

# Prefect reads its settings when it is imported, which the test modules beside this file do.
PREFECT = Path(tempfile.mkdtemp(prefix="prefect-of-tests-"))
atexit.register(shutil.rmtree, PREFECT, ignore_errors=True)
settle_prefect(PREFECT)

from flows.intake import intake  # noqa: E402 - as said above
from flows.process import decide  # noqa: E402 - the same
from flows.release import propose, seal_approved  # noqa: E402 - the same

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Time:
    """A clock that is set by hand; a second passes whenever it is asked."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open home, the id that flows know it by, and its clock."""

    home_id: str
    here: Installation
    clock: Time = field(repr=False)

    def rows(self, table: str) -> list[dict]:
        """Everything in a table of the warehouse."""
        return self.here.warehouse._run(f"FROM {table}", table).to_pylist()


@pytest.fixture(scope="session")
def home_key(tmp_path_factory: pytest.TempPathFactory) -> HomeKey:
    return HomeKey.create(tmp_path_factory.mktemp("key") / "home.key")


@pytest.fixture(scope="session")
def archive() -> Identity:
    return Identity.create(Role.ARCHIVE, "测试档案馆")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, home_key: HomeKey) -> Path:
    """A home with an empty warehouse, to be copied."""
    home = Home(root=tmp_path_factory.mktemp("fresh") / "home")
    home.make_folders()
    home_key.save(home.home_key, None)
    Warehouse.open(home.warehouse, key=home_key.key, now=NOW, create=True).close()
    return home.root


@pytest.fixture(scope="session")
def open_home(home_key: HomeKey, archive: Identity):
    """Opens a home as the commands do, with the tests' key, clock and archive."""

    @contextmanager
    def opening(root: Path, clock: Time | None = None) -> Iterator[Desk]:
        home, time = Home(root=root), clock or Time()
        with Warehouse.open(home.warehouse, key=home_key.key, now=time()) as warehouse:
            here = Installation(
                home=home,
                home_key=home_key,
                warehouse=warehouse,
                clock=time,
                workers=1,
                policy=DEMONSTRATION,
                archive=archive,
            )
            with opened(here) as home_id:
                yield Desk(home_id=home_id, here=here, clock=time)

    return opening


@pytest.fixture
def desk(tmp_path: Path, fresh: Path, open_home) -> Iterator[Desk]:
    shutil.copytree(fresh, tmp_path / "home")
    with open_home(tmp_path / "home") as desk:
        yield desk


@pytest.fixture(scope="session")
def prefect_bytes():
    """What Prefect has on disk, database and write-ahead log, as bytes."""

    def read() -> bytes:
        files = [path for path in PREFECT.rglob("*") if path.is_file()]
        assert any(path.name == "prefect.db" for path in files)
        return b"".join(path.read_bytes() for path in files)

    return read


@pytest.fixture(scope="session")
def leave():
    return handed_over.leave


@pytest.fixture(scope="session")
def prefect_home() -> Path:
    return PREFECT / "prefect"


CLERKS = 12
PLACE = "本馆录入室"
VALUES = {
    "male.name": "李雷",
    "female.name": "韩梅梅",
    "male.birth_date": "1953-03-09",
    "registration_date": "1975-06-01",
    "office": "某某人民公社",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everybody who has to do with a keying agreement; `archive` is the home's."""

    archive: Identity
    officers: tuple[Identity, ...]
    clerks: tuple[Identity, ...]
    stranger: Identity

    def conclude(self, here: Installation, agreement_id: str = "A-1", **changes: object) -> None:
        """Trust all cards but the stranger's, and conclude an agreement with all clerks."""
        for card in (self.archive, *self.officers, *self.clerks):
            here.trust.add(card.public)
        for clerk in (each for each in self.clerks if each.role is Role.CLERK):
            here.enrolments.add(
                enrol(
                    clerk.public,
                    place=PLACE,
                    starts=NOW - timedelta(days=1),
                    ends=NOW + timedelta(days=100),
                    by=self.archive,
                )
            )
        terms = Agreement(
            agreement_id=agreement_id,
            kind=AgreementKind.ENTRUSTED_KEYING,
            archive=self.archive.fingerprint,
            parties=tuple(clerk.fingerprint for clerk in self.clerks),
            purpose="婚姻登记档案补录",
            legal_basis="个人信息保护法第二十一条",
            impact_assessment="PIA-2026-003",
            fields=frozenset(FIELD_NAMES),
            max_records=1000,
            starts=NOW - timedelta(days=1),
            ends=NOW + timedelta(days=100),
            document_sha256="ab" * 32,
            place=PLACE,
        )
        terms = replace(terms, **changes)
        sides = (self.archive, *self.clerks)
        marks = {one.fingerprint: sign_agreement(terms, by=one) for one in sides}
        held = SignedAgreement(agreement=terms, signatures=marks)
        here.agreements.add(held, trusted=here.trusted)

    def approve(self, desk: Desk, package_id: str, *, by: tuple[Identity, ...] = ()) -> None:
        """Approvals of the officers, both unless told otherwise."""
        request = desk.here.releases.get(package_id)
        for officer in by or self.officers:
            desk.here.releases.approve(package_id, approve(request, by=officer, now=desk.clock()))

    def clerk(self, clerk_id: str) -> Identity:
        """The clerk whose machine is known by this id."""
        return next(each for each in self.clerks if each.fingerprint.startswith(clerk_id))

    def key(self, desk: Desk, row: dict, answer, **changes: object) -> Path:
        """Open a package as its clerk and seal a submission of `answer(item)` for each item.

        An answer of None leaves the item out. `sender`, `name`, `keyed_from` and fields of
        the header may be given to make a submission that should be refused.
        """
        sealed = desk.here.home.outgoing / f"{row['package_id']}.sealed"
        clerk = self.clerk(row["clerk"])
        opened = open_sealed(
            sealed,
            recipient=clerk,
            senders=[self.archive.public],
            now=desk.clock(),
            expect_kind=SealedKind.WORK_PACKAGE,
        )
        package = parse_package(opened.contents)
        entries = [
            Entry(
                item_id=item.item_id,
                text=text,
                mark=Mark.OK,
                clerk_id=package.head.clerk_id,
                keyed_at=desk.clock(),
                keystrokes=len(text),
            )
            for item in package.items
            if (text := answer(item)) is not None
        ]
        sender = changes.pop("sender", clerk)
        name = changes.pop("name", f"{package.head.package_id}-s1")
        header = SealHeader(
            kind=SealedKind.SUBMISSION,
            package_id=name,
            agreement=package.head.agreement_id,
            purpose="entries for a work package",
            created=desk.clock(),
            expires=desk.clock() + timedelta(days=30),
            answers=package.head.package_id,
        )
        out = desk.here.home.root / f"{name}-{desk.clock().timestamp():.0f}.sealed"
        keyed_from = changes.pop("keyed_from", contents_digest(package.contents))
        content = build_submission(package, entries, package_sha256=keyed_from)
        recipients = [self.archive.public]
        seal(out, content, header=replace(header, **changes), sender=sender, recipients=recipients)
        return out


@pytest.fixture(scope="session")
def crew(archive: Identity) -> Crew:
    return Crew(
        archive=archive,
        officers=tuple(Identity.create(Role.OFFICER, f"审批{n}") for n in range(2)),
        clerks=tuple(Identity.create(Role.CLERK, f"录入机{n}") for n in range(CLERKS)),
        stranger=Identity.create(Role.CLERK, "未登记"),
    )


@pytest.fixture(scope="session")
def page_of():
    """One page with the fields of a certificate, and the picture it was read from."""

    def page(path: Path, values: dict[str, str], *, confidence: float = 0.5) -> PageReading:
        # Blots as large as strokes: a picture that can be told from others, as paper can.
        noise = np.random.default_rng(len(values)).normal(0, 1, (300, 400, 3))
        blots = 200 + 450 * cv2.GaussianBlur(noise, (0, 0), 4)
        path.write_bytes(png(np.clip(blots, 0, 255).astype(np.uint8)))
        fields = tuple(
            FieldReading(
                name=name,
                row=None,
                text=value,
                value=value,
                confidence=confidence,
                decision=Decision.KEY,
                box=Box(10, 20 + 40 * at, 200, 50 + 40 * at),
                alternatives=((value, confidence), (f"{value}？", 0.1)),
            )
            for at, (name, value) in enumerate(values.items())
        )
        return PageReading(
            source=str(path),
            page=1,
            kind=Kind.MARRIAGE_CERTIFICATE,
            era=Era.E1960S,
            rotation=0,
            size=(400, 300),
            dpi=300,
            fields=fields,
            engine="ppocr",
        )

    return page


@pytest.fixture(scope="session")
def enter_page(page_of, tmp_path_factory):
    """Enters a page that was read with these values as a batch; gives the batch's id.

    `without_boxes` makes it one with a text layer.
    """

    def enter(desk: Desk, values: dict[str, str], *, without_boxes: bool = False) -> str:
        scan = tmp_path_factory.mktemp("scans") / "scan.png"
        reading = page_of(scan, values)
        if without_boxes:
            fields = tuple(replace(field, box=None) for field in reading.fields)
            reading = replace(reading, fields=fields, engine="text-layer")
        name = handed_over.leave("批次")
        batch_id = intake(desk.home_id, handed_over.leave([scan]), name_token=name)
        tables = chunk_tables([(sha256_of(scan), reading)], batch_id=batch_id)
        key = desk.here.home_key.key
        chunk = write_chunk(desk.here.home.chunks, tables, key=key)
        load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
        return batch_id

    return enter


@pytest.fixture(scope="session")
def released(tmp_path_factory, fresh, open_home, crew, enter_page):
    """A home whose packages are sealed and wait to be keyed, to be copied; and its batch."""
    root = tmp_path_factory.mktemp("released") / "home"
    shutil.copytree(fresh, root)
    with open_home(root) as desk:
        crew.conclude(desk.here)
        batch_id = enter_page(desk, VALUES)
        propose(desk.home_id, batch_id, "A-1")
        for package_id in desk.here.releases.ids():
            crew.approve(desk, package_id)
        seal_approved(desk.home_id, batch_id)
        return root, batch_id, desk.clock.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A desk at which sealed packages wait to come back."""

    desk: Desk
    batch_id: str
    crew: Crew
    reading_of: dict[str, str]

    @property
    def packages(self) -> list[dict]:
        """The packages that were planned."""
        query = self.desk.here.warehouse.query
        return query("packages_planned", batch_id=self.batch_id).to_pylist()

    def truth(self, item) -> str:
        """What stands on the page, for an item."""
        return VALUES[self.reading_of[item.item_id].split("/")[2]]

    def submit(self, row: dict, answer=None, **changes: object) -> Path:
        """A submission for a package, right unless told otherwise."""
        return self.crew.key(self.desk, row, answer or self.truth, **changes)


@pytest.fixture
def keyed(tmp_path, released, open_home, crew):
    root, batch_id, then = released
    shutil.copytree(root, tmp_path / "home")
    with open_home(tmp_path / "home", Time(now=then)) as desk:
        items = {row["item_id"]: row["reading_id"] for row in desk.rows("work_items")}
        yield Keyed(desk=desk, batch_id=batch_id, crew=crew, reading_of=items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A desk with a batch of verified records, and a department that may have them."""

    desk: Desk
    batch_id: str
    crew: Crew
    department: Identity


LEDGER_ROWS = 150
LEDGER_VALUES = {
    "certificate_number": "（2004）字第{row}号",
    "registration_date": "2004-05-06",
    "male.name": "李雷{row}",
    "female.name": "韩梅梅{row}",
}


@pytest.fixture(scope="session")
def ledger_page():
    """A page of a ledger whose rows were all read without doubt."""

    def page(path: Path, rows: int) -> PageReading:
        path.write_bytes(png(np.zeros((300, 400, 3), np.uint8)))
        fields = tuple(
            FieldReading(
                name=name,
                row=row,
                text=pattern.format(row=row),
                value=pattern.format(row=row),
                confidence=0.999,
                decision=Decision.ACCEPT,
                box=Box(10, row, 200, row + 1),
            )
            for row in range(1, rows + 1)
            for name, pattern in LEDGER_VALUES.items()
        )
        return PageReading(
            source=str(path),
            page=1,
            kind=Kind.MARRIAGE_LEDGER,
            era=Era.E2000S,
            rotation=0,
            size=(400, 300),
            dpi=300,
            fields=fields,
            engine="ppocr",
        )

    return page


@pytest.fixture(scope="session")
def verified(tmp_path_factory, fresh, open_home, ledger_page, crew):
    """A home with a ledger's verified records and a sharing agreement, to be copied."""
    root = tmp_path_factory.mktemp("verified") / "home"
    shutil.copytree(fresh, root)
    department = Identity.create(Role.DEPARTMENT, "民政信息中心")
    sides = replace(crew, clerks=(department,))
    with open_home(root) as desk:
        sides.conclude(desk.here, "S-1", kind=AgreementKind.DATA_SHARING)
        scan = tmp_path_factory.mktemp("ledger") / "=登记簿.png"
        reading = ledger_page(scan, LEDGER_ROWS)
        name = handed_over.leave("批次")
        batch_id = intake(desk.home_id, handed_over.leave([scan]), name_token=name)
        tables = chunk_tables([(sha256_of(scan), reading)], batch_id=batch_id)
        key = desk.here.home_key.key
        chunk = write_chunk(desk.here.home.chunks, tables, key=key)
        load_chunks(desk.here.warehouse, [chunk], key=key, batch_id=batch_id, now=desk.clock())
        assert decide.__wrapped__(desk.home_id, batch_id) == LEDGER_ROWS
        return root, batch_id, department, desk.clock.now


@pytest.fixture
def ledger(tmp_path, verified, open_home, crew):
    root, batch_id, department, then = verified
    shutil.copytree(root, tmp_path / "home")
    with open_home(tmp_path / "home", Time(now=then)) as desk:
        yield Ledger(desk=desk, batch_id=batch_id, crew=crew, department=department)
