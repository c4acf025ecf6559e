"""A share of many records, and a department's list compared with many verified people.

    python benchmarks/sharing.py share --records 1000000
    python benchmarks/sharing.py compare --verified 10000000 --people 100000

Both work in a scratch folder on made-up people. What is timed is what staff wait for: the
whole content of a share and its rows' entry; the search of a list on a standing index, whose
own making is shown beside it. CPU seconds are what to compare on a machine that others use.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

# Python puts this folder first, where other benchmarks' names would hide packages.
sys.path[0] = str(Path(__file__).parent.parent)

from confidentiality.release import contents_digest
from matching.index import RegisterIndex, build_index_of
from matching.together import find_together
from warehouse.share import ShareFilter, ShareTerms, export_share, record_share
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_KEY = bytes(range(32))
_FIELDS = (
    "certificate_number", "registration_date", "office", "male.name", "male.birth_date",
    "male.id_number", "female.name", "female.birth_date", "female.id_number",
)  # fmt: skip
_FILL = """
INSERT INTO readings BY NAME
SELECT
    's' || (i // 20) || ':1/' || (i % 20) || '/' || field || '/ppocr' AS reading_id,
    's' || (i // 20) || ':1' AS page_id, (i % 20)::INTEGER AS row, field,
    value AS text, value, 0.99 AS confidence, 'accept' AS decision, 'ppocr' AS engine,
    1 AS box_left, 2 AS box_top, 3 AS box_right, 4 AS box_bottom
FROM (
    SELECT
        i, field,
        CASE
            WHEN field LIKE '%name' THEN '王' || chr((19968 + hash(i, field) % 3000)::INTEGER)
                || chr((19968 + hash(field, i) % 2000)::INTEGER)
            WHEN field LIKE '%date'
                THEN '19' || (50 + i % 40) || '-0' || (1 + i % 9) || '-1' || (i % 10)
            WHEN field LIKE '%id_number'
                THEN '110101' || (19500101 + i % 20000) || (1000 + i % 9000)
            WHEN field = 'office' THEN '东城区民政局'
            ELSE '(86)字第' || i || '号'
        END AS value
    FROM range($records) AS t(i), (SELECT unnest($fields) AS field)
);
"""
_RECORDS = """
INSERT INTO records BY NAME
SELECT
    's' || (i // 20) || ':1/' || (i % 20) AS record_id, 'b' AS batch_id,
    's' || (i // 20) || ':1' AS page_id, (i % 20)::INTEGER AS row, 'marriage_ledger' AS kind,
    '1980s' AS era, now() AS verified_at
FROM range($records) AS t(i);
"""
_VALUES = """
INSERT INTO record_values BY NAME
SELECT
    page_id || '/' || row AS record_id, field, value, reading_id, 'policy' AS source,
    'p' AS reason, now() AS decided_at, now() AS verified_at
FROM readings;
"""
_SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡")
_GIVEN = [chr(0x4E00 + 7 * at) for at in range(1500)]


@contextmanager
def told(what: str) -> Iterator[None]:
    """Print what the block took."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{what}: {time.perf_counter() - wall:.1f} s, {time.process_time() - cpu:.1f} CPU s, "
        f"{memory:.1f} GB at most",
        flush=True,
    )


def share(folder: Path, records: int) -> None:
    """The content of a share of all records, twice, as request and seal make it."""
    with Warehouse.open(folder / "w.duckdb", key=_KEY, now=_NOW, create=True) as warehouse:
        warehouse.select(_FILL, records=records, fields=list(_FIELDS))
        warehouse.select(_RECORDS, records=records)
        warehouse.select(_VALUES)
        terms = ShareTerms(
            share_id="S-benchmark",
            agreement_id="A",
            department="0" * 16,
            recipient="部门",
            purpose="用途",
            legal_basis="依据",
            fields=frozenset(_FIELDS),
            key=_KEY,
        )
        with told(f"share of {records:,} records, content and digest"):
            made = export_share(warehouse, terms, ShareFilter(batch_ids=("b",)), now=_NOW)
            contents_digest(made.contents)
        for name, data in made.contents.items():
            print(f"  {name}: {len(data) / 2**20:.1f} MB")
        with told("entering its rows"):
            record_share(warehouse, made, file="f", sha256="0", size=1, now=_NOW)


def people_of(count: int, seed: int) -> pa.Table:
    """Made-up people with the columns of a register; numbers are missing from a third."""
    chance = np.random.default_rng(seed)
    given = np.array(_GIVEN)
    surname = np.array(_SURNAMES)[chance.zipf(1.4, count) % len(_SURNAMES)]
    rank = np.minimum(chance.zipf(1.15, (2, count)), len(_GIVEN)) - 1
    name = np.char.add(np.char.add(surname, given[rank[0]]), given[rank[1]])
    days = np.datetime64("1930-01-01") + chance.integers(0, 22_000, count)
    born = np.datetime_as_string(days, "D")
    body = np.char.add("110101", np.char.replace(born, "-", ""))
    serial = np.char.zfill(chance.integers(0, 1000, count).astype(str), 3)
    number = np.char.add(np.char.add(body, serial), "X")
    nothing = pa.nulls(count, pa.string())
    sex = np.where(chance.random(count) < 0.5, "male", "female")
    return pa.table(
        {
            "person_id": pa.array(np.char.add("p", np.arange(count).astype(str))),
            "name": pa.array(name),
            "sex": pa.array(sex),
            "birth_date": pa.array(born),
            "id_number": pa.array(number, mask=chance.random(count) < 1 / 3),
            "former_name": nothing,
            "address": nothing,
            "spouse_id": nothing,
        }
    )


def compare(folder: Path, verified: int, people: int) -> None:
    """A list, half of it people whom the index holds, on a standing index."""
    made = people_of(verified, 1)
    with told(f"index of {verified:,} people"):
        batches = (made.slice(at, 500_000).combine_chunks() for at in range(0, verified, 500_000))
        build_index_of(batches, folder / "people", key=_KEY)
    chance = np.random.default_rng(2)
    known = np.sort(chance.choice(verified, people // 2, replace=False))
    sought = pa.concat_tables([made.take(known), people_of(people - len(known), 3)])
    numbers = pa.array(map(str, range(people)), pa.string())
    listed = pa.table(
        {
            "record_id": numbers,
            "certificate_id": numbers,
            "role": sought["sex"],
            **{name: sought[name] for name in ("name", "sex", "birth_date", "id_number")},
        }
    )
    with (
        told(f"{people:,} people compared, index opened"),
        RegisterIndex.open(folder / "people", key=_KEY) as index,
    ):
        answers = find_together(listed, index)
    decisions = answers["decision"].value_counts().to_pylist()
    print({each["values"]: each["counts"] for each in decisions})


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    given = verbs.add_parser("share")
    given.add_argument("--records", type=int, default=1_000_000)
    compared = verbs.add_parser("compare")
    compared.add_argument("--verified", type=int, default=10_000_000)
    compared.add_argument("--people", type=int, default=100_000)
    arguments = parser.parse_args()
    with TemporaryDirectory() as scratch:
        if arguments.verb == "share":
            share(Path(scratch), arguments.records)
        else:
            compare(Path(scratch), arguments.verified, arguments.people)


if __name__ == "__main__":
    main()
