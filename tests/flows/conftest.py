"""A home of its own for each test, and one Prefect for all of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, Role
from flows.home import Home
from flows.installation import Installation, handed_over, opened
from flows.policy import DEMONSTRATION
from flows.settings import settle_prefect
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

# Prefect reads its settings when it is imported, which the test modules beside this file do.
PREFECT = Path(tempfile.mkdtemp(prefix="prefect-of-tests-"))
atexit.register(shutil.rmtree, PREFECT, ignore_errors=True)
settle_prefect(PREFECT)

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
