"""The SQL for analysts of other departments, run on a share that one of them has opened."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from confidentiality.agreement import AgreementKind
from confidentiality.identity import Identity, Role
from confidentiality.sealed import SealedKind, open_sealed
from flows.share import share_batch

FOLDER = Path(__file__).parents[2] / "docs" / "analyst"
#: What each answers with.
COLUMNS = {
    "marriages-by-year": ["year", "marriages", "reissues"],
    "age-at-marriage": ["year", "couples", "man", "woman"],
    "divorces-with-marriages": ["divorce", "marriage", "married_on", "divorced_on"],
    "people-with-several-records": ["person", "row_id", "event", "reissue", "registration_date"],
    "value-provenance": [
        "field", "value", "source", "keyings", "decided_at", "engine", "page_ref", "box",
    ],
    "known-at-a-moment": ["year", "known_then", "known_now"],
    "quality-by-field": ["field", "settled", "machine_alone", "by_keying", "by_staff"],
    "small-cells": ["office", "records"],
}  # fmt: skip
NUMBERS = {"male.id_number": "11010119600101{:03}1", "female.id_number": "11010119620202{:03}2"}


def couple(number: int, **changes: str) -> dict[str, str]:
    """The values of a paper of couple `number`."""
    return {
        "certificate_number": f"J110101-1985-{number:06}", "registration_date": "1985-01-01",
        "office": "东城区民政局", "male.name": f"甲{number}", "female.name": f"乙{number}",
        "male.birth_date": "1960-01-01", "female.birth_date": "1962-01-01",
        **{field: pattern.format(number) for field, pattern in NUMBERS.items()},
    } | changes  # fmt: skip


PAPERS = [
    *(couple(number) for number in range(12)),
    *(couple(number, office="西城区民政局") for number in range(12, 16)),
    *(couple(number, office="某公社", registration_date="1986") for number in range(16, 24)),
    couple(0, certificate_number="L110101-1990-000001", registration_date="1990-05-06",
           office="西城区民政局"),
    couple(1, certificate_number="BJ110101-2015-000001"),
]  # fmt: skip


def settled(desk: Any, batch_id: str) -> None:
    """Verified records of the papers: the machine settled all but the names, some days later."""
    store, then = desk.here.warehouse, desk.clock()
    records, values, readings = [], [], []
    for row, paper in enumerate(PAPERS, 1):
        record_id = f"s:1/{row}"
        records.append(
            {"record_id": record_id, "batch_id": batch_id, "page_id": "s:1", "row": row,
             "kind": "marriage_ledger", "era": "1980s", "verified_at": then}
        )  # fmt: skip
        for field, value in paper.items():
            reading = f"{record_id}/{field}/ppocr"
            keyed = field == "male.name"
            readings.append(
                {"reading_id": reading, "page_id": "s:1", "row": row, "field": field,
                 "text": value, "value": value, "confidence": 0.99, "decision": "accept",
                 "engine": "ppocr", "box_left": 1, "box_top": row, "box_right": 9,
                 "box_bottom": row + 1}
            )  # fmt: skip
            values.append(
                {"record_id": record_id, "field": field, "value": value, "reading_id": reading,
                 "source": "consensus" if keyed else "policy", "reason": "p", "verified_at": then,
                 "decided_at": then + timedelta(days=row if keyed else 0)}
            )  # fmt: skip
    for table, rows in (("records", records), ("readings", readings), ("record_values", values)):
        store.append(table, pa.Table.from_pylist(rows, store.schema(table)))


@pytest.fixture
def ask(desk, crew, tmp_path, monkeypatch):
    """Asks one of the files on an opened share; the share was made, approved and sealed."""
    department = Identity.create(Role.DEPARTMENT, "民政信息中心")
    kind, clerks = AgreementKind.DATA_SHARING, (department,)
    fields = frozenset(PAPERS[0])
    sides = replace(crew, clerks=clerks)
    sides.conclude(desk.here, "S-1", kind=kind, fields=fields)
    line = {"batch_id": "b", "created_at": desk.clock(), "name": "批次"}
    store = desk.here.warehouse
    store.append("batches", pa.Table.from_pylist([line], store.schema("batches")))
    settled(desk, "b")
    assert share_batch.__wrapped__(desk.home_id, "b", "S-1") is None
    crew.approve(desk, desk.here.releases.ids()[0])
    name = share_batch.__wrapped__(desk.home_id, "b", "S-1")
    opened = open_sealed(
        desk.here.home.outgoing / name, recipient=department, senders=[crew.archive.public],
        now=desk.clock(), expect_kind=SealedKind.SHARE,
    )  # fmt: skip
    opened.contents.extract(tmp_path / "share")
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as analyst:
        analyst.execute((FOLDER / "views.sql").read_text(encoding="utf-8"))

        def asked(name: str, **variables: object) -> list[dict[str, Any]]:
            for each, value in variables.items():
                analyst.execute(f"SET VARIABLE {each} = $value", {"value": value})
            answer = analyst.execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
            table = answer.to_arrow_table()
            assert table.column_names == COLUMNS[name]
            return table.to_pylist()

        yield asked


def test_every_file_is_tested_and_named_in_both_guides():
    names = {path.stem for path in FOLDER.glob("*.sql")}
    assert names == {"views", *COLUMNS}
    for guide in ("analyst.md", "analyst.zh.md"):
        text = (FOLDER.parent / guide).read_text(encoding="utf-8")
        assert all(f"](analyst/{name}.sql)" in text for name in names)


def test_the_answers_are_those_of_the_papers(ask, desk):
    assert ask("marriages-by-year") == [
        {"year": "1985", "marriages": 16, "reissues": 1},
        {"year": "1986", "marriages": 8, "reissues": 0},
    ]
    (ages,) = ask("age-at-marriage")
    assert (ages["year"], ages["couples"]) == ("1985", 16)
    assert (round(ages["man"], 1), round(ages["woman"], 1)) == (25.0, 23.0)
    (divorce,) = ask("divorces-with-marriages")
    assert (divorce["married_on"], divorce["divorced_on"]) == ("1985-01-01", "1990-05-06")
    several = ask("people-with-several-records")
    assert Counter((row["person"], row["event"]) for row in several) == {
        (1, "marriage"): 1, (1, "divorce"): 1, (2, "marriage"): 2,
        (3, "marriage"): 1, (3, "divorce"): 1, (4, "marriage"): 2,
    }  # fmt: skip
    assert ask("small-cells") == [
        {"office": "东城区民政局", "records": 15},
        {"office": "其余 the rest", "records": 15},
    ]
    moment = desk.clock() + timedelta(days=12)
    assert ask("known-at-a-moment", moment=moment) == [
        {"year": "1985", "known_then": 12, "known_now": 17},
        {"year": "1986", "known_then": 0, "known_now": 8},
    ]


def test_columns_that_were_not_agreed_are_empty(tmp_path, monkeypatch):
    (tmp_path / "share").mkdir()
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as analyst:
        for name in ("records", "lineage"):
            analyst.execute(
                "COPY (SELECT 'r1' AS row_id, 'marriage_ledger' AS kind, '甲' AS \"male.name\", "
                "'office' AS field, 'policy' AS source, now() AS decided_at) "
                f"TO 'share/{name}.parquet'"
            )
        analyst.execute((FOLDER / "views.sql").read_text(encoding="utf-8"))
        sql = "SELECT male_name, female_name, registration_date, reissue FROM verified_marriages"
        assert analyst.execute(sql).fetchall() == [("甲", None, None, False)]


def test_quality_and_provenance_say_who_settled_what(ask):
    quality = {row["field"]: row for row in ask("quality-by-field")}
    assert quality.keys() == PAPERS[0].keys()
    assert (quality["male.name"]["machine_alone"], quality["male.name"]["by_keying"]) == (0, 26)
    assert quality["office"]["machine_alone"] == 1
    divorce = ask("divorces-with-marriages")[0]["divorce"]
    values = {row["field"]: row for row in ask("value-provenance", row_id=divorce)}
    assert {name: row["value"] for name, row in values.items()} == PAPERS[24]
    assert (values["male.name"]["source"], values["office"]["source"]) == ("consensus", "policy")
    assert values["office"]["box"] == [1, 25, 9, 26]
    assert len({row["page_ref"] for row in values.values()}) == 1
