"""Matching as a whole: quality on a city with known truth, shapes, files and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from matching.candidates import candidates
from matching.certificate_file import read_certificates
from matching.evaluate import estimate
from matching.files import match_files
from matching.run import match_table
from records.errors import InputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity


@pytest.fixture(scope="module")
def answers(city: SmallCity, index: RegisterIndex) -> pa.Table:
    return match_table(city.certificates, index)


def test_rows_types_and_order_are_those_of_the_input(city: SmallCity, answers: pa.Table) -> None:
    assert answers["record_id"].to_pylist() == city.certificates["record_id"].to_pylist()
    assert answers.schema.field("person_id").type == pa.int64()
    assert answers.schema.field("runner_up").type == pa.int64()
    assert set(answers["decision"].to_pylist()) <= {"match", "review", "none"}
    unanswered = pc.is_null(answers["person_id"])
    assert set(answers.filter(unanswered)["decision"].to_pylist()) <= {"none"}
    assert all(json.loads(text) is not None for text in answers["evidence"].to_pylist())


def test_most_people_are_found_and_links_are_right(city: SmallCity, answers: pa.Table) -> None:
    truth = np.array(city.truth["person_id"].to_pylist(), object)
    person = np.array(answers["person_id"].to_pylist(), object)
    decision = np.array(answers["decision"].to_pylist(), object)
    present = np.array([one is not None for one in truth])
    right = (person == truth) & present
    matched = decision == "match"
    assert right[present].mean() > 0.96
    assert right[matched].mean() > 0.99
    assert matched[present].mean() > 0.75
    assert estimate(answers).upper >= 1 - right[matched].mean()


def test_probabilities_do_not_saturate(answers: pa.Table) -> None:
    """Equal values stand or fall together, so certainty would cost recall."""
    shown = np.array(answers["probability"].to_pylist())
    assert shown.max() < 1.0
    sure = shown[shown > 0.999]
    assert len(np.unique(sure)) > 0.9 * len(sure)


def test_a_certificate_alone_and_none_at_all(city: SmallCity, index: RegisterIndex) -> None:
    alone = city.certificates.filter(pc.equal(city.certificates["role"], "male"))
    with_role = match_table(alone, index)
    assert with_role.num_rows == alone.num_rows
    without = match_table(alone.drop_columns(["role"]), index)
    same = pc.equal(with_role["person_id"], without["person_id"]).to_pylist()
    assert np.mean([bool(one) for one in same if one is not None]) > 0.98
    nobody = match_table(city.certificates.slice(0, 0), index)
    assert nobody.num_rows == 0
    assert nobody.schema.field("person_id").type == pa.int64()


def paper(person: dict, role: str) -> dict:
    """A person as a faultless certificate has them."""
    return {
        "record_id": f"c/{role}", "certificate_id": "c", "role": role, "name": person["name"],
        "sex": person["sex"], "birth_date": person["birth_date"], "id_number": None,
        "address": person["address"], "registration_date": "1985-06-01",
    }  # fmt: skip


@pytest.fixture(scope="module")
def couple(city: SmallCity) -> tuple[dict, dict]:
    people = {row["person_id"]: row for row in city.register.to_pylist()}
    return next(
        (man, people[man["spouse_id"]])
        for man in people.values()
        if man["sex"] == "male" and man["spouse_id"] in people
    )


def test_swapped_roles_are_seen_through(index: RegisterIndex, couple: tuple[dict, dict]) -> None:
    man, woman = couple
    rows = [paper(woman, "male"), paper(man, "female")]
    found = match_table(pa.Table.from_pylist(rows), index).to_pylist()
    assert [row["person_id"] for row in found] == [woman["person_id"], man["person_id"]]
    assert all(row["probability"] > 0.9 for row in found)


def test_one_of_a_couple_is_not_in_the_register(
    index: RegisterIndex, couple: tuple[dict, dict]
) -> None:
    man, woman = couple
    stranger = {**woman, "name": "爨龘靐", "birth_date": "1953-08-17", "address": None}
    rows = [paper(man, "male"), paper(stranger, "female")]
    there, absent = match_table(pa.Table.from_pylist(rows), index).to_pylist()
    assert there["person_id"] == man["person_id"]
    assert absent["probability"] < 0.5
    assert absent["decision"] != "match"


def test_a_spouse_link_makes_an_unreadable_partner_findable(
    index: RegisterIndex, couple: tuple[dict, dict]
) -> None:
    man, woman = couple
    faint = {**woman, "name": woman["name"][0] + "□" * (len(woman["name"]) - 1), "birth_date": None}
    alone = match_table(pa.Table.from_pylist([paper(faint, "female")]), index).to_pylist()[0]
    both = [paper(man, "male"), paper(faint, "female")]
    together = match_table(pa.Table.from_pylist(both), index).to_pylist()[1]
    assert together["person_id"] == woman["person_id"]
    assert together["probability"] > alone["probability"]


def test_a_person_whom_nobody_resembles_is_not_found(index: RegisterIndex) -> None:
    stranger = pa.table(
        {"record_id": [1], "certificate_id": [1], "role": ["male"], "name": ["爨龘靐"]}
    )
    row = match_table(stranger, index).to_pylist()[0]
    assert row["person_id"] is None
    assert (row["probability"], row["decision"], row["evidence"]) == (0.0, "none", "{}")


def test_the_readers_alternatives_find_people_that_the_first_reading_hides(
    city: SmallCity, index: RegisterIndex
) -> None:
    register = {row["person_id"]: row for row in city.register.to_pylist()}
    person = next(row for row in register.values() if len(row["name"]) == 3 and row["id_number"])
    wrong = "爨" + person["name"][1] + "龘"
    row = {
        "record_id": "a", "certificate_id": "c", "role": person["sex"], "name": wrong, "sex": None,
        "birth_date": person["birth_date"], "id_number": None, "address": None,
        "registration_date": None, "alternatives": None,
    }  # fmt: skip
    helped = {**row, "alternatives": json.dumps({"name": [[wrong, 0.5], [person["name"], 0.4]]})}
    plain, more = (
        match_table(pa.Table.from_pylist([one]), index).to_pylist()[0] for one in (row, helped)
    )
    assert more["person_id"] == person["person_id"]
    assert more["probability"] > plain["probability"]


def test_candidates_hold_the_person_and_name_the_columns(
    city: SmallCity, index: RegisterIndex
) -> None:
    found = candidates(index, city.certificates)
    assert found.column_names == [
        "record_id", "person_id", "name", "former_name", "sex", "birth_date", "id_number",
        "address", "spouse_id",
    ]  # fmt: skip
    pairs = set(zip(found["record_id"].to_pylist(), found["person_id"].to_pylist(), strict=True))
    truth = city.truth.filter(pc.is_valid(city.truth["person_id"])).to_pylist()
    held = [(row["record_id"], row["person_id"]) in pairs for row in truth]
    assert np.mean(held) > 0.95
    assert candidates(index, city.certificates.slice(0, 0)).num_rows == 0


def test_files_in_csv_and_parquet_give_the_same_answers(
    city: SmallCity, index_dir: Path, tmp_path: Path, key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = tmp_path / "tmp"
    passing.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(passing))
    frame = city.certificates.to_pandas()
    frame.to_csv(tmp_path / "c.csv", index=False, encoding="gb18030")
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    report = match_files(tmp_path / "c.csv", city.folder / "register.parquet", one)
    match_files(city.folder / "certificates.parquet", index_dir, other, key=key)
    assert pq.read_table(one).to_pylist() == pq.read_table(other).to_pylist()
    assert report.estimate.records == city.certificates.num_rows
    assert list(passing.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "c.csv", "one.parquet", "other.parquet", "tmp",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"record_id,name\n1,a\n",
        b"record_id,certificate_id,name\n1,1,a\n1,1,b\n",
        b"record_id,certificate_id,name\n,1,a\n",
        b"record_id,certificate_id,name\n1,1,\xff\xff\n",
        b"PAR1 and nothing more",
    ],
)
def test_certificates_that_can_not_be_used_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(data)
    with pytest.raises(InputError):
        read_certificates(path)


def test_missing_files_and_keys_are_named(tmp_path: Path, city: SmallCity) -> None:
    with pytest.raises(InputError):
        match_files(tmp_path / "no.csv", tmp_path / "no", tmp_path / "out.parquet")
    papers = city.folder / "certificates.parquet"
    with pytest.raises(InputError):
        match_files(papers, tmp_path / "no.csv", tmp_path / "out.parquet")
    with pytest.raises(UsageError):
        match_files(papers, tmp_path, tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_integers_of_a_csv_are_integers_again(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("record_id,certificate_id,name\n7,1,王树\n8,1,李平\n")
    assert read_certificates(path).schema.field("record_id").type == pa.int64()
