"""A home of its own for each test, and one Prefect for all of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import read_pages
from desks import CLERKS, NOW, Crew, Desk, Keyed, Ledger, Time
from read_pages import LEDGER_ROWS, VALUES

from confidentiality.agreement import AgreementKind
from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, Role
from flows.home import Home
from flows.installation import Installation, handed_over, opened
from flows.policy import DEMONSTRATION
from flows.settings import settle_prefect
from flows.tables import chunk_tables
from ocr.sniff import sha256_of
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
    return read_pages.page_of


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


@pytest.fixture
def keyed(tmp_path, released, open_home, crew):
    root, batch_id, then = released
    shutil.copytree(root, tmp_path / "home")
    with open_home(tmp_path / "home", Time(now=then)) as desk:
        items = {row["item_id"]: row["reading_id"] for row in desk.rows("work_items")}
        yield Keyed(desk=desk, batch_id=batch_id, crew=crew, reading_of=items)


@pytest.fixture(scope="session")
def ledger_page():
    return read_pages.ledger_page


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
