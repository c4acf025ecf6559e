"""A register read from a PostgreSQL server that the test starts for itself."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from matching.index import RegisterIndex, build_index
from matching.register_file import RegisterReader
from matching.register_query import Query
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("adbc_driver_postgresql", reason="the extra `postgresql` is not installed")

_ROWS = """
CREATE TABLE people AS
SELECT n AS person_id, '王' || n AS name, CASE WHEN n % 2 = 0 THEN 'male' ELSE 'female' END AS sex,
       date '1950-01-01' + n AS birth_date, NULL::text AS id_number,
       CASE WHEN n % 2 = 0 THEN n - 1 ELSE n + 1 END AS spouse_id, n = 7 AS deleted
FROM generate_series(1, 1000) AS n;
INSERT INTO people (person_id, name) VALUES (1, '李重'), (2001, ''), (NULL, '张无');
"""


def _programs() -> Path:
    """Where Debian keeps the newest server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL server is installed")
    return found[-1].parent


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    programs = _programs()
    # A server refuses to run as root, and a socket's path must be short.
    account = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if account:
        os.chown(folder, pwd.getpwnam(account).pw_uid, -1)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, *arguments], check=True, user=account, cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)}, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-A", "trust", "-U", "archive", "--no-sync", "--locale=C",
            "-E", "UTF8")  # fmt: skip
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        run("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            run("psql", "-q", "-h", str(folder), "-U", "archive", "-d", "postgres", "-c", _ROWS)
            yield f"host={folder} user=archive dbname=postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def asked(sql: str, database: str) -> Query:
    return Query(sql=sql, name="people.sql", database=database)


def test_a_query_gives_the_rows_of_a_register(database: str, tmp_path: Path, key: bytes) -> None:
    query = asked("SELECT * FROM people ORDER BY ctid", database)
    report = build_index([query], tmp_path, key=key)
    assert report.rows == 999
    assert [(f.file, f.line, f.reason) for f in report.quarantined] == [
        ("people.sql", 1001, "doubled_person_id"),
        ("people.sql", 1002, "empty_name"),
        ("people.sql", 1003, "empty_person_id"),
    ]
    with RegisterIndex.open(tmp_path, key=key) as index:
        assert index.id_type == pa.int64()
        assert index.texts(index.people.spouse[:1])["name"].to_pylist() == ["王2"]


@pytest.mark.parametrize(
    "sql", ["SELECT name FROM people", "SELEC", "SELECT name::int AS person_id, name FROM people"]
)
def test_a_query_that_can_not_be_used_is_refused_without_values(database: str, sql: str) -> None:
    with pytest.raises(InputError) as refused:
        list(RegisterReader([asked(sql, database)]))
    assert "王" not in str(refused.value)
    assert "host=" not in str(refused.value)


def test_a_database_that_does_not_answer_is_named_by_the_query_alone() -> None:
    query = asked("SELECT 1", "host=/nonexistent user=secret-user password=secret-word")
    with pytest.raises(InputError) as refused:
        list(RegisterReader([query]))
    assert "secret" not in str(refused.value) + repr(query)
