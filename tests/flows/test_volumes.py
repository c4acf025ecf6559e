"""A couple's papers of one event make a volume; codes are given once and never twice."""

from __future__ import annotations

from importlib.resources import files
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from flows.volumes import volumes_of
from records.archive_code import parse_archive_codes

CODES = parse_archive_codes(
    files("flows").joinpath("schemas", "archive-codes.toml").read_text(encoding="utf-8"),
    where="archive-codes.toml",
)
_numbers = count()


def record(scan="s", page=1, row=0, **columns):
    return {
        "record_id": f"{scan}:{page}/{row}", "page_id": f"{scan}:{page}", "row": row,
        "kind": "marriage_certificate", "event": "marriage", "reissue": False,
        "certificate_number": "京结字第1号", "registration_date": "1985-05-06", "office": "某街道",
        "male_name": "李雷", "female_name": "韩梅梅", "scan_id": scan, "page": page,
        "stamp_fonds": None, "stamp_year": None, "stamp_office_volume": None,
        "stamp_archive_volume": None, "stamp_pages": None, "archive_code": None,
    } | columns  # fmt: skip


def page(scan="s", number=1, last=1, certificates=1):
    return {
        "page_id": f"{scan}:{number}", "scan_id": scan, "page": number, "dpi": 300,
        "source": f"{scan}.tif", "media_type": "image/tiff", "last_page": last,
        "certificates": certificates,
    }  # fmt: skip


def shelf(records, pages, known=()):
    made = volumes_of(records, pages, list(known), CODES)
    volumes = {v.archive_code: [p.page_id for p in v.pages] for v in made.volumes}
    return volumes, {(each.what, each.reason) for each in made.left_out}


def test_papers_of_one_couple_and_event_are_one_volume():
    records = [
        record("a"),
        record("b", kind="application"),
        record(
            "c", event="divorce", certificate_number="京离字第9号", registration_date="1990-01-02"
        ),
    ]
    volumes, left = shelf(records, [page("a"), page("b"), page("c")])
    assert volumes == {"0001-JH·1985-Y-0001": ["a:1", "b:1"], "0001-LH·1990-Y-0001": ["c:1"]}
    assert left == set()


def test_two_certificates_on_a_sheet_are_two_volumes_of_the_same_page():
    rows = [record(row=1), record(row=2, male_name="王五", certificate_number="京结字第2号")]
    volumes, _ = shelf(rows, [page(certificates=2)])
    assert list(volumes.values()) == [["s:1"], ["s:1"]]


def test_a_ledger_is_a_volume_with_all_its_pages():
    rows = [record(page=n, row=row, kind="marriage_ledger", male_name=f"男{n}{row}")
            for n in (1, 2) for row in (1, 2, 3)]  # fmt: skip
    pages = [page(number=1, last=3), page(number=2, last=3), page(number=3, last=3, certificates=0)]
    volumes, left = shelf(rows, pages)
    assert volumes == {"0001-BU·1985-Y-0001": ["s:1", "s:2", "s:3"]}
    assert left == set()


def test_a_settled_stamp_gives_the_code_to_all_of_the_couple():
    stamped = {"stamp_fonds": "0045", "stamp_year": "1986", "stamp_archive_volume": "12"}
    volumes, _ = shelf([record("a"), record("b", **stamped)], [page("a"), page("b")])
    assert volumes == {"0045-JH·1986-Y-0012": ["a:1", "b:1"]}


def test_numbers_that_are_given_go_round_those_of_stamps():
    stamped = {"stamp_year": "1985", "stamp_archive_volume": "1"}
    others = [record(f"o{n}", certificate_number=f"京结字第{n}号") for n in range(2, 4)]
    records = [*others, record("a", **stamped)]
    volumes, _ = shelf(records, [page("a"), page("o2"), page("o3")])
    assert volumes == {
        "0001-JH·1985-Y-0001": ["a:1"],
        "0001-JH·1985-Y-0002": ["o2:1"],
        "0001-JH·1985-Y-0003": ["o3:1"],
    }


def test_a_code_that_another_couple_has_is_not_given_again():
    stamped = {"stamp_year": "1985", "stamp_archive_volume": "1"}
    known = {
        "archive_code": "0001-JH·1985-Y-0001", "fonds": "0001", "year": 1985,
        "nature": "marriage", "retention": "Y", "number": "1", "basis": "assigned",
    }  # fmt: skip
    volumes, left = shelf([record("a", **stamped)], [page("a")], [known])
    assert volumes == {}
    assert left == {("a:1/0", "code_taken")}


def test_a_reissue_lies_in_the_year_of_its_number():
    number = "BJ110101-2014-000661"
    volumes, _ = shelf([record(reissue=True, certificate_number=number)], [page()])
    assert list(volumes) == ["0001-BF·2014-Y-0001"]


def test_what_is_not_settled_stays_behind_with_a_reason():
    records = [record("a"), record("b", registration_date=None, certificate_number="无年")]
    pages = [page("a"), page("b"), page("c"), page("d", certificates=0)]
    volumes, left = shelf(records, pages)
    assert list(volumes.values()) == [["a:1"]]
    assert left == {("b:1/0", "no_year"), ("c:1", "not_verified"), ("d:1", "no_certificate")}


_couples = st.lists(
    st.tuples(
        st.sampled_from(["1950-01-01", "1985-05-06", "1985-07-08"]),
        st.sampled_from(["marriage", "divorce"]),
        st.booleans(),
        st.none() | st.sampled_from(["1", "2", "7"]),
    ),
    min_size=1,
    max_size=9,
)


@given(_couples, st.data())
def test_codes_stay_whatever_comes_later(couples, data):
    """Each record is in one volume; with the codes of before known, all keep theirs."""
    records = [
        record(f"s{n}", certificate_number=f"京结字第{n}号", registration_date=day, event=event,
               reissue=again, stamp_year="1985" if stamp else None, stamp_archive_volume=stamp)
        for n, (day, event, again, stamp) in enumerate(couples)
    ]  # fmt: skip
    pages = [page(f"s{n}") for n in range(len(couples))]
    first = data.draw(st.integers(0, len(records)))
    early = volumes_of(records[:first], pages[:first], [], CODES)
    code = {row["record_id"]: v.archive_code for v in early.volumes for row in v.records}
    known = [
        {name: getattr(v, name) for name in
         ("archive_code", "fonds", "year", "nature", "retention", "number", "basis")}
        for v in early.volumes
    ]  # fmt: skip
    later = volumes_of(
        [row | {"archive_code": code.get(row["record_id"])} for row in records], pages, known, CODES
    )
    placed = [(row["record_id"], v.archive_code) for v in later.volumes for row in v.records]
    assert len(dict(placed)) == len(placed)
    assert code.items() <= dict(placed).items()
    behind = {each.what for each in later.left_out}
    assert {row["record_id"] for row in records} == dict(placed).keys() | behind
