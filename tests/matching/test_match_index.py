"""The register index: faults set aside, updates equal rebuilds, nothing plain, crash-safe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import store
from matching.frequencies import Counts
from matching.index import FILE_NAME, RegisterIndex, build_index, update_index
from matching.keys import FAMILIES, BlockSizes
from matching.lock import writing
from matching.register_file import COLUMNS, RegisterReader
from matching.run import match_table
from records.errors import InputError, IntegrityError, StoreInUseError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ",".join(COLUMNS)


def written(folder: Path, data: bytes, name: str = "r.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def read_register(files: list[Path]) -> tuple[pa.Table, RegisterReader]:
    reader = RegisterReader(files)
    return pa.concat_tables(reader, promote_options="default"), reader


def rows_of(index: RegisterIndex) -> list[dict[str, object]]:
    return index.texts(np.arange(len(index))).to_pylist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_every_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    text = (
        f"{HEADER}\n1,秦淑珍,女,1950-01-02,110101195001020021,,东城区平安里3号,2\n2,王树,男,,,,,\n"
    )
    table, rows = read_register([written(tmp_path, text.encode(encoding))])
    assert table["name"].to_pylist() == ["秦淑珍", "王树"]
    assert table["person_id"].to_pylist() == [1, 2]
    assert rows.quarantined == ()


def test_bad_rows_are_set_aside_with_line_and_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [
        HEADER.encode(),
        "1,秦淑珍,女,,,,,".encode(),
        "1,王树,男,,,,,".encode(),
        b"3,,,,,,,",
        b"4,\xff\xfe,,,,,,",
        '5,"赵平,男,,,,,'.encode(),
        "6,李军,男,,,,,".encode(),
        "7,多,男,,,,,,,".encode(),
        ",无号,男,,,,,".encode(),
    ]
    table, rows = read_register([written(tmp_path, b"\n".join(lines))])
    assert table["person_id"].to_pylist() == [1, 6]
    assert [(fault.line, fault.reason) for fault in rows.quarantined] == [
        (3, "doubled_person_id"), (4, "empty_name"), (5, "undecodable_bytes"),
        (6, "open_quote"), (8, "wrong_number_of_columns"), (9, "empty_person_id"),
    ]  # fmt: skip
    assert "王树" not in repr(rows.quarantined)


def test_a_quoted_field_may_run_over_lines(tmp_path: Path) -> None:
    text = f'{HEADER}\n1,秦淑珍,女,,,,"东城区\n平安里3号",\n2,王树,男,,,,,\n'
    table, _ = read_register([written(tmp_path, text.encode())])
    assert table["address"].to_pylist() == ["东城区 平安里3号", None]


@pytest.mark.parametrize(
    "data",
    [b"", b"person_id,sex\n1,1\n", HEADER.encode() + b"\n", b"PAR1 but not really",
     HEADER.encode() + b"\n1,\xff\xff,,,,,,\n"],
)  # fmt: skip
def test_a_file_in_which_nothing_can_be_used_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError):
        read_register([written(tmp_path, data)])


def test_person_ids_that_are_text_stay_text(tmp_path: Path, key: bytes) -> None:
    path = written(tmp_path, f"{HEADER}\n007,秦淑珍,,,,,,A1\nA1,王树,,,,,,\n".encode())
    build_index([path], tmp_path / "i", key=key)
    index = RegisterIndex.open(tmp_path / "i", key=key)
    assert index.id_type == pa.string()
    assert index.ids_at(np.array([0, -1])).to_pylist() == ["007", None]
    assert index.people.spouse.tolist() == [1, -1]


def test_missing_values_make_no_keys(tmp_path: Path, key: bytes) -> None:
    """Nulls that hash alike would put everybody without a number into one block."""
    lines = "\n".join(f"{n},无名{n},,,,,," for n in range(50))
    build_index([written(tmp_path, f"{HEADER}\n{lines}\n".encode())], tmp_path / "i", key=key)
    index = RegisterIndex.open(tmp_path / "i", key=key)
    sizes = {family: len(index.block(family)) for family in FAMILIES}
    assert sizes.pop("name") == 50
    assert set(sizes.values()) == {0}


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_updating_equals_building_anew(
    data: st.DataObject, city: object, tmp_path_factory: pytest.TempPathFactory, key: bytes
) -> None:
    """`update_index` merges changed rows so that nobody can tell it from a rebuild."""
    base = city.register.slice(0, 60)
    chosen = data.draw(st.lists(st.integers(0, 59), unique=True, max_size=8))
    fresh = city.register.slice(60, data.draw(st.integers(1, 6)))
    changed = base.take(pa.array(chosen, pa.int64()))
    names = [name[::-1] for name in changed["name"].to_pylist()]
    changed = changed.set_column(1, "name", pa.array(names, pa.string()))
    changes = pa.concat_tables([changed, fresh])
    keep = pc.invert(pc.is_in(base["person_id"], value_set=changed["person_id"]))
    whole = pa.concat_tables([base.filter(keep), changes])
    folder = tmp_path_factory.mktemp("update")
    for name, table in (("base", base), ("changes", changes), ("whole", whole)):
        pq.write_table(table, folder / f"{name}.parquet")
    build_index([folder / "base.parquet"], folder / "a", key=key)
    report = update_index([folder / "changes.parquet"], folder / "a", key=key)
    build_index([folder / "whole.parquet"], folder / "b", key=key)
    one, other = (RegisterIndex.open(folder / name, key=key) for name in "ab")
    assert report.rows == len(other)
    assert rows_of(one) == rows_of(other)
    assert one.people.spouse.tolist() == other.people.spouse.tolist()
    for family in FAMILIES:
        assert one.block(family).tolist() == other.block(family).tolist()


def test_nothing_stands_plain_on_disk(city: object, index_dir: Path) -> None:
    data = b"".join(path.read_bytes() for path in index_dir.rglob("*") if path.is_file())
    people = city.register.to_pylist()
    for person in people[:200]:
        for value in (person["name"], person["id_number"], person["address"]):
            assert value is None or len(value) < 3 or value.encode() not in data
    plain = city.folder / "plain.duckdb"
    with duckdb.connect(str(plain)) as connection:
        connection.register("people", city.register)
        connection.execute("CREATE TABLE kept AS SELECT * FROM people")
    # The same search finds names in a plain file, so it can find something.
    seen = plain.read_bytes()
    assert any(person["name"].encode() in seen for person in people if len(person["name"]) > 2)


def test_another_key_a_short_key_and_no_index_are_refused(
    index_dir: Path, tmp_path: Path, key: bytes
) -> None:
    with pytest.raises(IntegrityError):
        RegisterIndex.open(index_dir, key=bytes(32))
    with pytest.raises(UsageError):
        RegisterIndex.open(index_dir, key=key[:16])
    with pytest.raises(InputError):
        RegisterIndex.open(tmp_path, key=key)


def test_a_damaged_index_is_refused(index_dir: Path, tmp_path: Path, key: bytes) -> None:
    data = (index_dir / FILE_NAME).read_bytes()
    (tmp_path / FILE_NAME).write_bytes(data[: len(data) // 2])
    with pytest.raises(IntegrityError):
        RegisterIndex.open(tmp_path, key=key)


def test_one_writer_at_a_time(city: object, tmp_path: Path, key: bytes) -> None:
    with writing(tmp_path), pytest.raises(StoreInUseError):
        build_index([city.folder / "register.parquet"], tmp_path, key=key)


def test_a_file_held_by_another_process_is_in_use(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / FILE_NAME
    script = (
        "import sys, time; from pathlib import Path; from matching import store\n"
        "with store.attached(Path(sys.argv[1]), key=bytes(range(32)), read_only=False):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            with pytest.raises(StoreInUseError):
                RegisterIndex.open(tmp_path, key=key)
        finally:
            holder.kill()


def test_a_csv_is_read_in_blocks_whatever_they_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, faults and line numbers are the same, however small the blocks."""
    rows = [f'{n},秦{n}珍,女,,,,"东城区\n平安里{n}号",' for n in range(40)]
    rows += [f"{n},王{n},男,,,,," for n in range(40, 80)]
    rows[50] = '50,"王五,男,,,,,'
    rows[60] = "60,王,男"
    path = written(tmp_path, "\r\n".join([HEADER, *rows, ""]).encode("gb18030"))
    table, whole = read_register([path])
    for size in (7, 64, 300):
        monkeypatch.setattr("matching.register_csv._BLOCK", size)
        again, parts = read_register([path])
        assert again.to_pylist() == table.to_pylist()
        assert parts.quarantined == whole.quarantined
    assert [(fault.line, fault.reason) for fault in whole.quarantined] == [
        (92, "open_quote"), (102, "wrong_number_of_columns"),
    ]  # fmt: skip
    assert table.num_rows == 78
    assert table["address"][3].as_py() == "东城区 平安里3号"


def test_deleted_rows_leave_the_index_and_nothing_of_them_stays(tmp_path: Path, key: bytes) -> None:
    """What is left equals an index that never knew them; doing it twice changes nothing."""
    people = "1,秦淑珍,女,1950-01-02,,,东城区平安里3号,2\n2,王树,男,,,王大树,,1\n3,李军,男,,,,,"
    first = written(tmp_path, f"{HEADER}\n{people}\n".encode(), "first.csv")
    later = f"{HEADER},deleted\n1,,,,,,,,是\n4,赵平,男,,,,,,0\n5,多,男,,,,,,maybe\n9,,,,,,,,1\n"
    changes = written(tmp_path, later.encode(), "later.csv")
    left = f"{HEADER}\n2,王树,男,,,王大树,,1\n3,李军,男,,,,,\n4,赵平,男,,,,,\n"
    build_index([first], tmp_path / "a", key=key)
    report = update_index([changes], tmp_path / "a", key=key)
    assert (report.rows, report.deleted) == (3, 1)
    assert [(f.line, f.reason) for f in report.quarantined] == [(4, "unclear_deletion")]
    assert update_index([changes], tmp_path / "a", key=key).deleted == 0
    build_index([written(tmp_path, left.encode(), "left.csv")], tmp_path / "b", key=key)
    one, other = (RegisterIndex.open(tmp_path / name, key=key) for name in "ab")
    assert rows_of(one) == rows_of(other)
    assert one.people.spouse.tolist() == [-1, -1, -1]
    for family in FAMILIES:
        assert one.block(family).tolist() == other.block(family).tolist()
    with store.attached(tmp_path / "a" / FILE_NAME, key=key, read_only=True) as connection:
        names = connection.execute("SELECT name FROM idx.texts").fetchall()
        streets = connection.execute("SELECT count(*) FROM idx.streets").fetchone()
    assert sorted(names) == sorted([("王树",), ("李军",), ("赵平",)])
    assert streets == (0,)


def test_a_register_in_which_everybody_is_deleted_is_refused(tmp_path: Path, key: bytes) -> None:
    path = written(tmp_path, f"{HEADER},deleted\n1,秦淑珍,女,,,,,,1\n".encode())
    with pytest.raises(InputError):
        build_index([path], tmp_path / "i", key=key)


def test_giant_blocks_are_reported_and_propose_nobody(tmp_path: Path, key: bytes) -> None:
    """Three hundred people of one name and year make blocks that no family uses."""
    lines = "\n".join(f"{n},王伟,男,1950-01-01,,,,," for n in range(300))
    path = written(tmp_path, f"{HEADER},x\n{lines}\n".encode())
    report = build_index([path], tmp_path / "i", key=key)
    assert report.blocks["name_year"] == BlockSizes(largest=300, over=1)
    assert report.blocks["number"] == BlockSizes(largest=0, over=0)
    asked = [{"record_id": "1", "certificate_id": "1", "name": "王伟", "birth_date": "1950-01-01"}]
    with RegisterIndex.open(tmp_path / "i", key=key) as index:
        answer = match_table(pa.Table.from_pylist(asked), index).to_pylist()[0]
    assert answer["person_id"] is None


def test_a_register_in_memory_equals_its_index(city: object, index: RegisterIndex) -> None:
    file = city.folder / "register.parquet"
    passing, faults = RegisterIndex.passing([file])
    assert faults == ()
    assert rows_of(passing) == rows_of(index)
    for field in fields(passing.known):
        one, other = getattr(passing.known, field.name), getattr(index.known, field.name)
        if isinstance(one, Counts):
            assert (one.keys.tolist(), one.counts.tolist()) == (
                other.keys.tolist(), other.counts.tolist()
            )  # fmt: skip
        else:
            assert np.array_equal(one, other)
    for family in FAMILIES:
        block = index.block(family)
        asked = block[::7]
        (some,) = passing.pieces(family, asked)
        assert np.isin(some, block).all()
        assert np.isin(asked, some).all()


@pytest.mark.parametrize(
    "delay",
    [
        0.1,
        *(pytest.param(later, marks=pytest.mark.slow) for later in (0.0, 0.2, 0.3, 0.4, 0.6, 0.8)),
    ],
)
def test_a_killed_update_leaves_the_index_as_it_was_or_as_it_should_be(
    city: object, tmp_path: Path, key: bytes, delay: float
) -> None:
    first, second = city.register.slice(0, 1500), city.register.slice(1500, 1500)
    pq.write_table(first, tmp_path / "first.parquet")
    pq.write_table(second, tmp_path / "second.parquet")
    build_index([tmp_path / "first.parquet"], tmp_path / "i", key=key)
    script = (
        "import sys; from pathlib import Path; from matching.index import update_index\n"
        "update_index([Path(sys.argv[1])], Path(sys.argv[2]), key=bytes(range(32)),\n"
        "             progress=lambda step: print(step, flush=True))\n"
    )
    command = [sys.executable, "-c", script, tmp_path / "second.parquet", tmp_path / "i"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        while worker.stdout.readline() not in ("merging\n", ""):
            pass
        time.sleep(delay)
        os.kill(worker.pid, signal.SIGKILL)
    assert len(RegisterIndex.open(tmp_path / "i", key=key)) in (1500, 3000)
    update_index([tmp_path / "second.parquet"], tmp_path / "i", key=key)
    assert len(RegisterIndex.open(tmp_path / "i", key=key)) == 3000
    assert sorted(path.name for path in (tmp_path / "i").iterdir()) == [FILE_NAME, "register.lock"]


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["build_index", "update_index"])
def test_kills_at_any_moment_leave_a_whole_index(
    city: object, tmp_path: Path, key: bytes, verb: str
) -> None:
    """Twenty kills spread over the whole length of a build and of an update."""
    first, second = city.register.slice(0, 1500), city.register
    pq.write_table(first, tmp_path / "first.parquet")
    pq.write_table(second, tmp_path / "second.parquet")
    build_index([tmp_path / "first.parquet"], tmp_path / "i", key=key)
    script = (
        "import sys; from pathlib import Path; from matching import index\n"
        "print('ready', flush=True)\n"
        f"index.{verb}([Path(sys.argv[1])], Path(sys.argv[2]), key=bytes(range(32)))\n"
    )
    command = [sys.executable, "-c", script, tmp_path / "second.parquet", tmp_path / "i"]
    seen = set()
    for attempt in range(20):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            time.sleep(0.12 * attempt)
            os.kill(worker.pid, signal.SIGKILL)
        with RegisterIndex.open(tmp_path / "i", key=key) as index:
            seen.add(len(index))
            assert len(index.block("name")) >= 1
            assert len(rows_of(index)) == len(index)
    assert seen <= {1500, second.num_rows}
    update_index([tmp_path / "second.parquet"], tmp_path / "i", key=key)
    assert len(RegisterIndex.open(tmp_path / "i", key=key)) == second.num_rows
    assert sorted(path.name for path in (tmp_path / "i").iterdir()) == [FILE_NAME, "register.lock"]


def test_the_file_is_attached_encrypted(index_dir: Path, key: bytes) -> None:
    with store.attached(index_dir / FILE_NAME, key=key, read_only=True) as connection:
        shown = connection.execute("SELECT database_name, encrypted FROM duckdb_databases()")
        assert dict(shown.fetchall())["idx"] is True
