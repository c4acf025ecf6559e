"""A table that turned up is traced to its share, or to none; small counts stay inside."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.agreement import AgreementKind
from confidentiality.sealed import SealedKind, open_sealed
from flows.counting import give_statistics
from flows.share import share_batch
from flows.table_leaks import trace_table
from records.errors import InputError, NotPermittedError, UsageError
from warehouse.statistics import LEAST_CELL, given_cells

COLUMNS = ["certificate_number", "male.name", "female.name"]


@pytest.fixture
def shares(ledger, crew):
    """Two shares of the same records, under two agreements; share id → rows of its CSV."""
    desk = ledger.desk
    sides = replace(crew, clerks=(ledger.department,))
    sides.conclude(desk.here, "S-2", kind=AgreementKind.DATA_SHARING)
    made = {}
    for agreement in ("S-1", "S-2"):
        assert share_batch.__wrapped__(desk.home_id, ledger.batch_id, agreement) is None
        (share_id,) = set(desk.here.releases.ids()) - set(made)
        crew.approve(desk, share_id)
        name = share_batch.__wrapped__(desk.home_id, ledger.batch_id, agreement)
        contents = opened(ledger, name)
        text = contents["records.csv"].decode("utf-8-sig")
        made[share_id] = list(csv.DictReader(io.StringIO(text, newline="")))
    return made


def opened(ledger, name):
    return open_sealed(
        ledger.desk.here.home.outgoing / name,
        recipient=ledger.department,
        senders=[ledger.crew.archive.public],
        now=ledger.desk.clock(),
        expect_kind=SealedKind.SHARE,
    ).contents


def written(path, rows, columns, encoding="utf-8"):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def traced(ledger, path):
    return [(each.share_id, each.mark) for each in trace_table(ledger.desk.here, path)]


def test_one_row_number_names_its_share(ledger, shares, tmp_path):
    for share_id, rows in shares.items():
        one = written(tmp_path / "one.csv", rows[77:78], ["male.name", "row_id"], "gb18030")
        assert traced(ledger, one) == [(share_id, "row_id")]
    (found,) = trace_table(ledger.desk.here, one)
    assert found.rows == 1
    assert found.false_alarm < 1e-12


def test_order_names_the_share_when_the_numbers_are_gone(ledger, shares, tmp_path):
    for share_id, rows in shares.items():
        part = [row for at, row in enumerate(rows) if at % 3]
        table = written(tmp_path / "part.csv", part, COLUMNS)
        assert traced(ledger, table) == [(share_id, "order")]
        (found,) = trace_table(ledger.desk.here, table)
        assert found.false_alarm < 1e-6


def test_what_was_sorted_or_shuffled_or_is_too_short_names_nobody(ledger, shares, tmp_path):
    rows = next(iter(shares.values()))
    shuffled = random.Random(1).sample(rows, len(rows))  # noqa: S311 - a shuffle that is the same each time
    by_name = sorted(rows, key=lambda row: row["male.name"])
    for table in (shuffled, by_name, rows[:12], []):
        assert traced(ledger, written(tmp_path / "t.csv", table, COLUMNS)) == []
    assert traced(ledger, written(tmp_path / "t.csv", rows, ["x"])) == []
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not_a_table"):
        trace_table(ledger.desk.here, tmp_path / "t.csv")


def test_counts_leave_by_the_gate(ledger):
    here = ledger.desk.here
    assert give_statistics(here, "S-1", ["year"]) is None
    (package_id,) = here.releases.ids()
    ledger.crew.approve(ledger.desk, package_id)
    name = give_statistics(here, "S-1", ["year"])
    table = pq.read_table(io.BytesIO(opened(ledger, name)["statistics.parquet"]))
    assert table.to_pylist() == [{"year": "2004", "records": "150"}]
    assert give_statistics(here, "S-1", ["year"]) == name
    with pytest.raises(UsageError, match="cells_too_small"):
        give_statistics_of_few(ledger)
    with pytest.raises(UsageError, match="bad_dimensions"):
        give_statistics(here, "S-1", ["name"])
    with pytest.raises(NotPermittedError, match="agreement_unknown"):
        give_statistics(here, "S-9", ["year"])


def give_statistics_of_few(ledger):
    store = ledger.desk.here.warehouse
    store._run("DELETE FROM records WHERE row > 9", "few")
    give_statistics(ledger.desk.here, "S-1", ["kind", "era"])


@given(st.lists(st.integers(1, 60)))
def test_no_given_cell_is_small_or_exact(counts):
    given_out, kept_back = given_cells({"year": "2004", "records": n} for n in counts)
    assert len(given_out) + kept_back == len(counts)
    large = [n for n in counts if n >= LEAST_CELL]
    for cell, n in zip(given_out, large, strict=True):
        assert cell["records"] % 5 == 0
        assert n <= cell["records"] < n + 5
