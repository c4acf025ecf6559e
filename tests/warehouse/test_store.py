"""The store: encrypted, one process at a time, all or nothing."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from records.errors import ExitStatus, InputError, IntegrityError, StoreInUseError, UsageError
from records.schemas import MATCHES, PAGES, READINGS, SCANS
from warehouse import migrate
from warehouse.chunks import _read, write_chunk
from warehouse.copies import publish
from warehouse.engine import chunk_key, connect, database_key
from warehouse.schema import conform, table_schemas
from warehouse.store import Warehouse, attach
from warehouse.tables import TABLE_KEYS

SECRET = "欧阳甲乙丙丁"


def batches(*names: str, now) -> pa.Table:
    return conform(
        "batches",
        pa.table(
            {
                "batch_id": list(names),
                "name": [SECRET] * len(names),
                "created_at": pa.array([now] * len(names), pa.timestamp("us", tz="UTC")),
            }
        ),
    )


def count(warehouse: Warehouse, table: str = "batches") -> int:
    return warehouse._run(f"FROM {table}", "count").num_rows


def test_rows_come_back_after_closing(tmp_path, key, now):
    path = tmp_path / "w.duckdb"
    with Warehouse.open(path, key=key, now=now, create=True) as opened:
        assert opened.append("batches", batches("a", "b", now=now)) == 2
    with Warehouse.open(path, key=key, now=now) as opened:
        assert count(opened) == 2


def test_merge_adds_only_new_keys_and_counts_doubles_once(warehouse, now):
    assert warehouse.merge("batches", batches("a", "b", "a", now=now)) == 2
    assert warehouse.merge("batches", batches("b", "c", now=now)) == 1
    assert warehouse.merge("batches", batches("a", "b", "c", now=now)) == 0
    assert count(warehouse) == 3


def test_no_value_stands_in_the_files(tmp_path, key, now):
    path = tmp_path / "w.duckdb"
    plain = SECRET.encode()
    with Warehouse.open(path, key=key, now=now, create=True) as opened:
        opened.append("batches", batches(*map(str, range(500)), now=now))
        assert all(plain not in each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
        publish(opened, tmp_path / "snapshot.duckdb")
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert sum(each.stat().st_size for each in files) > 50_000
    assert all(plain not in each.read_bytes() for each in files)


def test_the_search_would_find_a_plain_file(tmp_path, now):
    with duckdb.connect(str(tmp_path / "plain.duckdb")) as plain:
        plain.register("rows", batches("a", now=now))
        plain.execute("CREATE TABLE t AS FROM rows")
    assert SECRET.encode() in (tmp_path / "plain.duckdb").read_bytes()


def test_spill_files_are_encrypted(tmp_path):
    with connect(spill=tmp_path, memory_limit="60MB", threads=1) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT i, $secret || i AS s FROM range(1500000) r(i)",
            {"secret": SECRET},
        ).fetchall()
        spilled = [each.read_bytes() for each in tmp_path.iterdir()]
    assert spilled
    assert all(SECRET.encode() not in each for each in spilled)


def test_wrong_key_is_refused_with_advice(tmp_path, key, now):
    path = tmp_path / "w.duckdb"
    Warehouse.open(path, key=key, now=now, create=True).close()
    with pytest.raises(IntegrityError) as refused:
        Warehouse.open(path, key=key[::-1], now=now)
    assert refused.value.reason == "wrong_key"
    assert refused.value.status == ExitStatus.INPUT_REFUSED
    assert refused.value.remedy
    Warehouse.open(path, key=key, now=now).close()


def test_short_key_is_refused(tmp_path, now):
    with pytest.raises(UsageError):
        Warehouse.open(tmp_path / "w.duckdb", key=b"short", now=now, create=True)
    assert not (tmp_path / "w.duckdb").exists()
    with pytest.raises(UsageError):
        Warehouse.open(tmp_path / "w.duckdb", key=b"short", now=now, create=True)


@pytest.mark.parametrize("content", [b"", b"x" * 9000], ids=["empty", "junk"])
def test_a_file_that_is_no_warehouse_is_refused(tmp_path, key, now, content):
    path = tmp_path / "w.duckdb"
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as refused:
        Warehouse.open(path, key=key, now=now)
    assert refused.value.reason == "not_a_warehouse"


def test_a_plain_database_is_refused(tmp_path, key, now):
    path = tmp_path / "w.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(IntegrityError):
        Warehouse.open(path, key=key, now=now)


def test_missing_warehouse_is_not_made_in_passing(tmp_path, key, now):
    with pytest.raises(InputError):
        Warehouse.open(tmp_path / "w.duckdb", key=key, now=now)
    assert list(tmp_path.iterdir()) == []


def test_second_opening_in_the_same_process_is_refused(warehouse, key, now):
    with pytest.raises(StoreInUseError):
        Warehouse.open(warehouse.path, key=key, now=now)


def test_another_process_is_refused_and_told_who_holds_it(warehouse, key):
    code = (
        "import sys, os, pathlib, datetime\n"
        "from warehouse.store import Warehouse\n"
        "from records.errors import BackfillError\n"
        "try:\n"
        "    Warehouse.open(pathlib.Path(sys.argv[1]), key=bytes.fromhex(sys.argv[2]),\n"
        "                   now=datetime.datetime.now(datetime.UTC))\n"
        "except BackfillError as error:\n"
        "    print(os.getppid(), error)\n"
        "    sys.exit(error.status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(warehouse.path), key.hex()],
        capture_output=True,
        text=True,
        check=False,
    )
    parent, _, message = done.stdout.partition(" ")
    assert done.returncode == ExitStatus.WAREHOUSE_IN_USE
    assert f"process {parent}" in message
    assert "since 2026-03-01 09:00:00 UTC" in message
    assert done.stderr == ""


def test_snapshot_is_read_while_the_writer_works(warehouse, key, now, tmp_path):
    warehouse.append("batches", batches("a", now=now))
    path = publish(warehouse, tmp_path / "snapshot.duckdb")
    with (
        Warehouse.open(path, key=key, now=now, read_only=True) as one,
        Warehouse.open(path, key=key, now=now, read_only=True) as two,
    ):
        warehouse.append("batches", batches("b", now=now))
        publish(warehouse, path)
        assert count(one) == count(two) == 1
    with Warehouse.open(path, key=key, now=now, read_only=True) as fresh:
        assert count(fresh) == 2
    assert not list(tmp_path.glob(".*"))


def test_a_snapshot_is_as_encrypted_as_its_origin(warehouse, key, now, tmp_path):
    path = publish(warehouse, tmp_path / "snapshot.duckdb")
    with pytest.raises(IntegrityError):
        Warehouse.open(path, key=key[::-1], now=now, read_only=True)


def test_a_failed_transaction_leaves_nothing(warehouse, now):
    def work():
        with warehouse.transaction():
            warehouse.append("batches", batches("a", now=now))
            with warehouse.transaction():
                warehouse.append("batches", batches("b", now=now))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert count(warehouse) == 0
    with warehouse.transaction():
        warehouse.append("batches", batches("a", now=now))
    assert count(warehouse) == 1


def test_errors_of_the_store_hold_no_values(warehouse):
    rows = pa.table({"batch_id": ["a"], "created_at": [SECRET]})
    with pytest.raises(Exception) as failed:  # noqa: PT011 - any kind, but never the value
        warehouse.append("batches", rows)
    assert SECRET not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_unknown_tables_and_columns_are_named(warehouse, now):
    with pytest.raises(UsageError, match="unknown_table"):
        warehouse.append("batches; DROP TABLE scans", batches("a", now=now))
    with pytest.raises(UsageError, match="unknown_column"):
        conform("batches", pa.table({"colour": ["red"]}))
    with pytest.raises(UsageError, match="unknown_query"):
        warehouse.query("no_such_query")


def test_network_and_extensions_are_shut():
    with connect() as connection:
        with pytest.raises(duckdb.PermissionException):
            connection.execute("FROM read_csv('http://localhost:1/a.csv')")
        settings = dict(
            connection.execute(
                "SELECT name, value FROM duckdb_settings() WHERE name IN "
                "('autoinstall_known_extensions', 'autoload_known_extensions', "
                "'temp_file_encryption')"
            ).fetchall()
        )
    assert settings == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_file_encryption": "true",
    }


def test_tables_take_the_shared_schemas():
    tables = table_schemas()
    for name, schema in (("scans", SCANS), ("pages", PAGES), ("readings", READINGS)):
        assert {field.name: field.type for field in schema} == {
            field.name: field.type for field in tables[name] if field.name != "loaded_at"
        }
    assert set(MATCHES.names) <= set(tables["matches"].names)


def test_keys_are_columns_and_every_table_is_commented(warehouse):
    for table, keys in TABLE_KEYS.items():
        assert set(keys) <= set(warehouse.schema(table).names)
    bare = warehouse._run(
        "SELECT table_name FROM duckdb_tables() "
        "WHERE database_name = 'warehouse' AND comment IS NULL AND table_name <> 'migrations'",
        "bare",
    )
    assert bare.num_rows == 0


def test_migrations_are_applied_once_and_known_by_checksum(warehouse, now):
    steps = migrate.shipped()
    assert [step.name[:4] for step in steps] == [f"{i:04}" for i in range(1, len(steps) + 1)]
    assert migrate.migrate(warehouse._connection, steps, now=now, where="w") == ()
    edited = (migrate.Migration(name=steps[0].name, sql=steps[0].sql + " "), *steps[1:])
    with pytest.raises(IntegrityError, match="schema_mismatch"):
        migrate.migrate(warehouse._connection, edited, now=now, where="w")
    with pytest.raises(IntegrityError, match="schema_mismatch"):
        migrate.migrate(warehouse._connection, steps[:-1], now=now, where="w")


def test_a_failing_migration_leaves_no_half(warehouse, now):
    bad = migrate.Migration(name="9999_bad.sql", sql="CREATE TABLE half (i INT); SELECT 1 + 'x'")
    with pytest.raises(duckdb.Error):
        migrate.migrate(warehouse._connection, (*migrate.shipped(), bad), now=now, where="w")
    assert migrate.migrate(warehouse._connection, migrate.shipped(), now=now, where="w") == ()
    with pytest.raises(duckdb.CatalogException):
        warehouse._connection.execute("FROM half")


def test_the_key_comes_into_no_query_log(tmp_path, key):
    with connect() as connection:
        connection.execute("CALL enable_logging('QueryLog')").fetchall()
        attach(connection, tmp_path / "w.duckdb", "w", key, read_only=False)
        logged = " ".join(
            row[0] for row in connection.execute("SELECT message FROM duckdb_logs()").fetchall()
        )
    assert "ATTACH" in logged
    assert database_key(key) not in logged
    assert key.hex() not in logged


def test_reading_a_chunk_puts_its_key_into_no_query_log(tmp_path, key, now):
    chunk = write_chunk(tmp_path, {"batches": batches("a", now=now)}, key=key)
    with connect() as connection:
        connection.execute("CALL enable_logging('QueryLog')").fetchall()
        assert _read(connection, chunk, key)["batches"].num_rows == 1
        logged = " ".join(
            row[0] for row in connection.execute("SELECT message FROM duckdb_logs()").fetchall()
        )
    secret = chunk_key(key)
    assert "read_parquet" in logged
    assert secret.hex() not in logged
    assert repr(secret)[2:-1] not in logged
