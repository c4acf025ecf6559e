"""A small city with known truth, for the tests of matching."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matching.index import RegisterIndex, build_index

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = bytes(range(32))


class SmallCity(NamedTuple):
    """Where the city lies, and its tables."""

    folder: Path
    register: pa.Table
    certificates: pa.Table
    truth: pa.Table


@pytest.fixture(scope="session")
def key() -> bytes:
    return KEY


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    source = Path(__file__).parents[2] / "benchmarks" / "match" / "city.py"
    spec = importlib.util.spec_from_file_location("city", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    register, certificates, truth = module.build(4000, 400, 7)
    folder = tmp_path_factory.mktemp("city")
    pq.write_table(register, folder / "register.parquet")
    pq.write_table(certificates, folder / "certificates.parquet")
    return SmallCity(folder, register, certificates, truth)


@pytest.fixture(scope="session")
def index_dir(city: SmallCity) -> Path:
    build_index([city.folder / "register.parquet"], city.folder / "index", key=KEY)
    return city.folder / "index"


@pytest.fixture(scope="session")
def index(index_dir: Path) -> Iterator[RegisterIndex]:
    with RegisterIndex.open(index_dir, key=KEY) as opened:
        yield opened
