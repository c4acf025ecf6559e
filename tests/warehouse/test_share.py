"""A share holds the agreed fields of verified records, and nothing beside them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from records.errors import UsageError
from records.reading import FIELD_NAMES
from warehouse.share import ShareFilter, ShareTerms, export_share, record_share
from warehouse.spreadsheet import guarded, guarded_column, unguarded, workbook
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records
from warehouse.words import field_words

AGREED = frozenset({"male.name", "female.name", "registration_date"})
ALL = ShareFilter()


def terms(fields=AGREED, share_id="S1") -> ShareTerms:
    return ShareTerms(
        share_id=share_id,
        agreement_id="A1",
        department="0123456789abcdef",
        recipient="测试部门",
        purpose="核对",
        legal_basis="个人信息保护法第二十三条",
        fields=fields,
        key=hashlib.sha256(share_id.encode()).digest(),
    )


def record_ids(share) -> list[str]:
    return share.rows["record_id"].to_pylist()


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
    assert set(record_ids(share)) == {"s1:1/0", "s2:1/0", "s3:1/0"}
    everything = b"".join(share.contents.values())
    for kept_back in ("1985-01-02", "J110101", "110101198501020019", "s1:1", "s1.jpg"):
        assert kept_back.encode() not in everything


def test_rows_hold_what_was_verified(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(), ALL, now=now)
    by_record = dict(zip(record_ids(share), table(share).to_pylist(), strict=True))
    assert by_record["s2:1/0"]["male.name"] == "=1+1"
    assert by_record["s2:1/0"]["registration_date"] == "1953-03"
    rows = [row["row_id"] for row in by_record.values()]
    assert rows == share.rows["row_id"].to_pylist()
    assert all(re.fullmatch("r[0-9a-f]{15}", row) for row in rows)


def test_the_same_order_serves_no_two_shares(warehouse, filler, now):
    for number in range(12):
        filler.certificate(f"x{number}")
    three_records(warehouse, filler, now)
    one = export_share(warehouse, terms(share_id="S1"), ALL, now=now)
    two = export_share(warehouse, terms(share_id="S2"), ALL, now=now)
    again = export_share(warehouse, terms(share_id="S1"), ALL, now=now)
    assert record_ids(one) != record_ids(two)
    assert set(record_ids(one)) == set(record_ids(two))
    assert not set(one.rows["row_id"].to_pylist()) & set(two.rows["row_id"].to_pylist())
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
    assert table(share).num_rows == share.records == count
    assert set(share.contents) == {
        "records.parquet", "records.csv", "records.xlsx", "lineage.parquet", "datapackage.json",
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
    assert not any(cell[0].isdecimal() or cell[0] in "=+-@＝＋－＠" for cell in cells)


@given(st.text(max_size=20))
def test_guarding_can_be_undone_and_leaves_no_formula(text):
    cell = guarded(text)
    assert unguarded(cell) == text
    shown = cell if cell[:1] in {"'", "\t"} else cell.lstrip()
    assert shown[:1] not in set("=+-@＝＋－＠")
    assert not shown[:1].isdecimal()


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


def test_the_descriptor_describes_every_column_and_file(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(AGREED | {"male.id_number"}), ALL, now=now)
    told = json.loads(share.contents["datapackage.json"])
    files = {each["path"]: each for each in told["resources"]}
    assert {*files, "datapackage.json"} == set(share.contents)
    for name, each in files.items():
        content = share.contents[name]
        assert each["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert each["bytes"] == len(content)
    columns = {each["name"]: each for each in files["records.csv"]["schema"]["fields"]}
    assert list(columns) == table(share).column_names
    assert all(each["title"] and each["description"] for each in columns.values())
    named = [each["name"] for each in files["lineage.parquet"]["columns"]]
    assert named == table(share, "lineage.parquet").column_names
    assert columns["male.id_number"]["quality"]["filled"] == 1
    assert columns["male.id_number"]["quality"]["not_settled_or_not_on_form"] == 2
    assert columns["male.name"]["quality"]["decided_by"] == {"policy": 3}
    assert columns["male.name"]["quality"]["stated_confidence_of_machine"] == 0.99
    assert told["backfill"]["records"] == 3
    assert "测试部门" in told["backfill"]["recipient"].values()


def test_the_package_is_what_frictionless_takes(warehouse, filler, now, tmp_path):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(AGREED | {"male.id_number"}), ALL, now=now)
    for name, content in share.contents.items():
        (tmp_path / name).write_bytes(content)
    report = Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])
    assert report.stats["tasks"] == 4
    rows = Package(str(tmp_path / "datapackage.json")).get_resource("records").read_rows()
    assert len(rows) == 3
    # A judge that finds nothing wrong with a changed file would prove nothing.
    (tmp_path / "records.csv").write_bytes(share.contents["records.csv"][:-20] + b"x\r\n")
    assert not Package(str(tmp_path / "datapackage.json")).validate().valid


def test_every_cell_of_the_workbook_is_text(warehouse, filler, now):
    three_records(warehouse, filler, now)
    share = export_share(warehouse, terms(AGREED | {"male.id_number"}), ALL, now=now)
    with zipfile.ZipFile(io.BytesIO(share.contents["records.xlsx"])) as book:
        parts = {name: etree.fromstring(book.read(name)) for name in book.namelist()}
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    texts = ["".join(each.itertext()) for each in parts["xl/sharedStrings.xml"]]
    sheet = parts["xl/worksheets/sheet1.xml"]
    cells = list(sheet.iter(f"{main}c"))
    assert {each.get("t") for each in cells} == {"s", "inlineStr"}
    assert not any(list(part.iter(f"{main}f")) for part in parts.values())
    assert not any("externalLink" in name or "hyperlink" in name for name in parts)
    shown = [
        texts[int(each.find(f"{main}v").text)] if each.get("t") == "s" else "".join(each.itertext())
        for each in cells
    ]
    rows = table(share).to_pylist()
    wanted = [*table(share).column_names, *(v for row in rows for v in row.values() if v)]
    assert sorted(shown) == sorted(wanted)
    assert "=1+1" in shown
    assert "测试部门" in sheet.find(f"{main}headerFooter/{main}oddFooter").text


def test_a_workbook_says_what_the_table_says(now):
    texts = ['a&<b>"c', "_x0041_", "\x01q", " ahead ", None, "", "\uffff", "=1+1", "𠮷\r\n"]
    columns = {"x": texts, "y": ["ok"] * len(texts)}
    made = workbook(pa.table(columns), about={"a": "b"}, made=now)
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found = {
        cell.get("r"): re.sub("_x([0-9A-F]{4})_", _letter, "".join(cell.itertext()))
        for cell in sheet.iter(f"{main}c")
        if cell.get("t") == "inlineStr"
    }
    assert found == {f"A{row}": text for row, text in enumerate(texts, 2) if text} | {
        f"B{row}": "ok" for row in range(2, len(texts) + 2)
    }
    assert sheet.find(f"{main}dimension").get("ref") == f"A1:B{len(texts) + 1}"
    assert made == workbook(pa.table(columns), about={"a": "b"}, made=now)


def _letter(found: re.Match) -> str:
    return chr(int(found[1], 16))


def test_a_large_share_has_no_workbook(warehouse, filler, now, monkeypatch):
    three_records(warehouse, filler, now)
    monkeypatch.setattr("warehouse.share.MOST_ROWS", 2)
    share = export_share(warehouse, terms(), ALL, now=now)
    assert "records.xlsx" not in share.contents
    told = json.loads(share.contents["datapackage.json"])
    assert {*(each["path"] for each in told["resources"]), "datapackage.json"} == set(
        share.contents
    )


def test_neither_order_nor_numbers_can_be_told_without_the_key(warehouse, filler, now):
    three_records(warehouse, filler, now)
    one = export_share(warehouse, terms(), ALL, now=now)
    two = export_share(warehouse, replace(terms(), key=bytes(32)), ALL, now=now)
    assert not set(one.rows["row_id"].to_pylist()) & set(two.rows["row_id"].to_pylist())
    assert bytes(32).hex() not in repr(replace(terms(), key=bytes(32)))


# What Python 3.11 does not know as a digit yet, no spreadsheet takes for one either.
BASIC = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])


@given(
    st.lists(
        st.none() | st.text(BASIC, max_size=8) | st.sampled_from([" =1", "\u3000１", "\t", "'"])
    )
)
def test_a_column_is_guarded_as_each_cell_is(texts):
    column = pa.chunked_array([pa.array(texts, pa.string())])
    assert guarded_column(column).to_pylist() == [guarded(text or "") for text in texts]


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
    kept = warehouse._run("FROM share_rows", "rows").to_pylist()
    assert len(kept) == share.records
    assert {row["row_id"]: row["record_id"] for row in kept} == dict(
        zip(share.rows["row_id"].to_pylist(), record_ids(share), strict=True)
    )


def test_every_field_has_words_in_both_languages():
    assert field_words("female.birth_date") == ("女方出生日期", "woman's birth date")
    assert all(all(field_words(name)) for name in FIELD_NAMES)
