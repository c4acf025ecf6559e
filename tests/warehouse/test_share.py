"""A share holds the agreed fields of verified records, and nothing beside them."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import UsageError
from records.reading import FIELD_NAMES
from warehouse.share import ShareFilter, ShareTerms, export_share, record_share
from warehouse.spreadsheet import guarded, unguarded
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records
from warehouse.words import field_words

AGREED = frozenset({"male.name", "female.name", "registration_date"})
ALL = ShareFilter()


def terms(fields=AGREED, share_id="S1") -> ShareTerms:
    return ShareTerms(
        share_id=share_id, agreement_id="A1", department="测试部门", purpose="核对", fields=fields
    )


def three_records(warehouse, filler, now) -> None:
    filler.certificate("s1")
    filler.certificate("s2", {"male.name": "=1+1", "registration_date": "1953-03",
                              "male.id_number": "110101198501020019"})  # fmt: skip
    filler.certificate("s3", {"registration_date": "1988-12-31"})
    filler.certificate("s4", decision="key")
    accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
    assert assemble_records(warehouse, batch_id="b", now=now).records >= 3


def table(share, name="records.parquet"):
    return pq.read_table(io.BytesIO(share.contents[name]))


def test_only_agreed_fields_of_verified_records_leave(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(), ALL, now=now)
    rows = table(share)
    agreed = [name for name in FIELD_NAMES if name in AGREED]
    assert rows.column_names == ["row_id", "kind", *agreed]
    assert rows.num_rows == 3
    assert set(share.record_ids) == {"s1:1/0", "s2:1/0", "s3:1/0"}
    everything = b"".join(share.contents.values())
    for kept_back in ("1985-01-02", "J110101", "110101198501020019", "s1:1", "s1.jpg"):
        assert kept_back.encode() not in everything


def test_rows_hold_what_was_verified(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(), ALL, now=now)
    by_record = dict(zip(share.record_ids, table(share).to_pylist(), strict=True))
    assert by_record["s2:1/0"]["male.name"] == "=1+1"
    assert by_record["s2:1/0"]["registration_date"] == "1953-03"
    assert [row["row_id"] for row in by_record.values()] == ["0000001", "0000002", "0000003"]


def test_the_same_order_serves_no_two_shares(warehouse, filler, now):
    for number in range(12):
        filler.certificate(f"x{number}")
    three_records(warehouse, filler, now)
    one = export_share(warehouse, terms(share_id="S1"), ALL, now=now)
    two = export_share(warehouse, terms(share_id="S2"), ALL, now=now)
    again = export_share(warehouse, terms(share_id="S1"), ALL, now=now)
    assert one.record_ids != two.record_ids
    assert set(one.record_ids) == set(two.record_ids)
    assert one.contents == again.contents
    pages = [set(table(each, "lineage.parquet")["page_ref"].to_pylist()) for each in (one, two)]
    assert not pages[0] & pages[1]


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (ALL, 3),
        (ShareFilter(registered_from="1980"), 2),
        (ShareFilter(registered_to="1953"), 1),
        (ShareFilter(registered_to="1953-02"), 0),
        (ShareFilter(registered_from="1953-03", registered_to="1988"), 2),
        (ShareFilter(registered_to="1988-12-30"), 1),
        (ShareFilter(kinds=("divorce_certificate",)), 0),
        (ShareFilter(kinds=("marriage_certificate",), eras=("2000s",), batch_ids=("b",)), 3),
        (ShareFilter(batch_ids=("other",)), 0),
    ],
)
def test_the_filter_chooses_rows(warehouse, filler, now, chosen, count):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(), chosen, now=now)
    assert table(share).num_rows == len(share.record_ids) == count
    assert set(share.contents) == {
        "records.parquet", "records.csv", "lineage.parquet", "dictionary.json",
    }  # fmt: skip


def test_the_csv_is_safe_in_a_spreadsheet(warehouse, filler, now):
    three_records(warehouse, filler, now)
    wanted = AGREED | {"male.id_number"}
    share = export_share(warehouse, terms(wanted), ALL, now=now)
    content = share.contents["records.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    plain = [{k: unguarded(v) for k, v in row.items()} for row in rows]
    expected = [{k: v or "" for k, v in row.items()} for row in table(share).to_pylist()]
    assert plain == expected
    cells = {cell for row in rows for cell in row.values() if cell}
    assert "'=1+1" in cells
    assert "\t110101198501020019" in cells
    assert not any(cell[0].isdigit() or cell[0] in "=+-@＝＋－＠" for cell in cells)


@given(st.text(max_size=20))
def test_guarding_can_be_undone_and_leaves_no_formula(text):
    cell = guarded(text)
    assert unguarded(cell) == text
    assert cell[:1] not in set("=+-@＝＋－＠")
    assert not cell[:1].isdigit()


def test_every_value_has_its_origin(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(), ALL, now=now)
    origins = {(r["row_id"], r["field"]): r for r in table(share, "lineage.parquet").to_pylist()}
    for row in table(share).to_pylist():
        for field in AGREED:
            origin = origins.pop((row["row_id"], field))
            assert (origin["engine"], origin["source"], origin["keyings"]) == ("ppocr", "policy", 0)
            assert origin["box_right"] == 110
    assert not origins


def test_the_dictionary_describes_every_column_and_file(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(AGREED | {"male.id_number"}), ALL, now=now)
    told = json.loads(share.contents["dictionary.json"])
    assert [column["name"] for column in told["columns"]] == table(share).column_names
    assert all(column["zh"] and column["en"] for column in told["columns"])
    assert told["records"] == 3
    for name, checksum in told["files"].items():
        assert hashlib.sha256(share.contents[name]).hexdigest() == checksum
    columns = {column["name"]: column for column in told["columns"]}
    assert columns["male.id_number"]["filled"] == 1
    assert columns["male.name"]["decided_by"] == {"policy": 3}


@pytest.mark.parametrize("fields", [frozenset(), frozenset({"male.name", "male.salary"})])
def test_fields_that_no_agreement_can_name_are_refused(warehouse, now, fields):
    with pytest.raises(UsageError, match="unknown_field"):
        export_share(warehouse, terms(fields), ALL, now=now)


def test_a_share_is_entered_with_its_rows_once(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(), ALL, now=now)
    for _ in range(2):
        record_share(warehouse, share, file="s.sealed", sha256="00", size=5, now=now)
    assert warehouse._run("FROM shares", "shares").num_rows == 1
    kept = warehouse._run("FROM share_rows ORDER BY row_id", "rows").to_pylist()
    assert [row["record_id"] for row in kept] == list(share.record_ids)


def test_every_field_has_words_in_both_languages():
    assert field_words("female.birth_date") == ("女方出生日期", "woman's birth date")
    assert all(all(field_words(name)) for name in FIELD_NAMES)
