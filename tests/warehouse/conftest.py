from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def key() -> bytes:
    return KEY


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an empty warehouse, made once."""
    path = tmp_path_factory.mktemp("fresh") / "home.duckdb"
    Warehouse.open(path, key=KEY, now=NOW, create=True).close()
    return path.read_bytes()


@pytest.fixture
def warehouse(tmp_path: Path, fresh: bytes) -> Iterator[Warehouse]:
    path = tmp_path / "home.duckdb"
    path.write_bytes(fresh)
    with Warehouse.open(path, key=KEY, now=NOW) as opened:
        yield opened


FIELDS = {
    "certificate_number": "J110101-2010-000001",
    "registration_date": "2010-03-09",
    "male.name": "测试甲",
    "female.name": "测试乙",
    "male.birth_date": "1985-01-02",
    "female.birth_date": "1986-03-04",
    "male.ethnicity": "汉",
}


def reading_rows(page_id: str, row: int, values: dict[str, str], **columns: object) -> list[dict]:
    return [
        {
            "reading_id": f"{page_id}/{row}/{field}/ppocr",
            "page_id": page_id,
            "row": row,
            "field": field,
            "text": value,
            "value": value,
            "confidence": 0.99,
            "decision": "accept",
            "engine": "ppocr",
            "alternatives": json.dumps([[value, 0.99]]),
            "box_left": 10,
            "box_top": 20,
            "box_right": 110,
            "box_bottom": 60,
        }
        | columns
        for field, value in values.items()
    ]


class Filler:
    """Puts made-up pages, readings, keyings and matches into a warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def add(self, table: str, *rows: dict) -> None:
        schema = self.warehouse.schema(table)
        self.warehouse.append(table, pa.Table.from_pylist(list(rows), schema))

    def page(self, scan: str, kind: str = "marriage_certificate", era: str = "2000s") -> str:
        page_id = f"{scan}:1"
        self.add(
            "scans",
            {"scan_id": scan, "batch_id": "b", "source": f"{scan}.jpg", "bytes": 9,
             "status": "taken", "entered_at": NOW, "media_type": "image/jpeg", "pages": 1},
        )  # fmt: skip
        self.add(
            "pages",
            {"page_id": page_id, "scan_id": scan, "batch_id": "b", "page": 1, "status": "read",
             "kind": kind, "era": era, "rotation": 0, "width": 100, "height": 100,
             "engine": "ppocr", "seconds": 1.5},
        )  # fmt: skip
        return page_id

    def certificate(self, scan: str, changed: dict | None = None, **columns: object) -> str:
        page_id = self.page(scan)
        values = {k: v for k, v in (FIELDS | (changed or {})).items() if v is not None}
        self.add("readings", *reading_rows(page_id, 0, values, **columns))
        return page_id

    def reading(self, page_id: str, field: str, value: str, row: int = 0, **columns) -> str:
        (made,) = reading_rows(page_id, row, {field: value}, **columns)
        self.add("readings", made)
        return made["reading_id"]

    def entries(self, reading_id: str, *values: str | None, package: str = "k1") -> None:
        for keying, value in enumerate(values, 1):
            item = f"{reading_id}#{keying}"
            self.add(
                "work_items",
                {"item_id": item, "reading_id": reading_id, "batch_id": "b", "lot_id": "l",
                 "package_id": package, "keying": keying, "purpose": "key", "created_at": NOW},
            )  # fmt: skip
            self.add(
                "entries",
                {"submission_id": f"s{keying}", "item_id": item, "reading_id": reading_id,
                 "keying": keying, "clerk": f"clerk-{keying}", "text": value or "",
                 "value": value, "mark": "ok" if value else "illegible", "keyed_at": NOW},
            )  # fmt: skip

    def consensus(self, reading_id: str, value: str | None, outcome: str = "agreed", n=2) -> None:
        self.add(
            "consensus",
            {"reading_id": reading_id, "batch_id": "b", "keyings": n, "value": value,
             "probability": 0.999, "outcome": outcome, "machine_agrees": True,
             "settled_at": NOW},
        )  # fmt: skip


@pytest.fixture
def filler(warehouse: Warehouse) -> Filler:
    return Filler(warehouse)
