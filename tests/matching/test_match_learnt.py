"""Confirmed answers teach a model: what is learnt from truth is what counting it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from matching.certificates import certificates_of
from matching.compare import compare, sample_chances
from matching.files import learn_files, match_files, read_model
from matching.groups import ADDRESS_GROUP, NAME_GROUP, normalised
from matching.learnt import relearnt
from matching.model import starting_parameters
from matching.run import match_table
from records.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity


@pytest.fixture(scope="module")
def confirmed(city: SmallCity) -> pa.Table:
    return city.truth.select(["record_id", "person_id"])


def test_answers_for_everybody_are_counted(
    city: SmallCity, index: RegisterIndex, confirmed: pa.Table
) -> None:
    start = starting_parameters()
    learnt = relearnt(city.certificates, index, confirmed, start)
    people = certificates_of(city.certificates)
    truth = dict(
        zip(*(confirmed[name].to_pylist() for name in confirmed.column_names), strict=True)
    )
    rows = {one: row for row, one in enumerate(index.person_ids.to_pylist())}
    record = np.array(
        [at for at, one in enumerate(people.record_id.to_pylist()) if truth[one] is not None]
    )
    row = np.array([rows[truth[people.record_id[at].as_py()]] for at in record])
    pairs = compare(
        people, index, record, row,
        known=index.known, chances=sample_chances(people, index), start=start,
    )  # fmt: skip
    for name, group in (("name", NAME_GROUP), ("address", ADDRESS_GROUP)):
        before = np.exp2(getattr(start, name))
        counted = np.bincount(getattr(pairs, name), minlength=len(before))
        expected = normalised(counted + start.records * before, group)
        assert np.exp2(getattr(learnt.model, name)) == pytest.approx(expected, abs=1e-6)
    assert learnt.confirmed == len(people)
    assert learnt.model.records == start.records + len(people)


def test_a_person_who_is_not_there_is_no_longer_taken_for_the_likeliest(
    city: SmallCity, index: RegisterIndex
) -> None:
    """Answers that say the best candidates are all wrong make agreement worth less."""
    answers = match_table(city.certificates, index)
    nobody = pa.table(
        {"record_id": answers["record_id"], "person_id": pa.nulls(answers.num_rows, pa.int64())}
    )
    start = starting_parameters()
    told = relearnt(city.certificates, index, nobody, start).model
    assert (
        told.state[0]
        > 0.9
        > relearnt(city.certificates, index, nobody.slice(0, 0), start).model.state[0]
    )


def test_a_model_learnt_from_files_is_named_by_the_answers(
    city: SmallCity, index_dir: Path, key: bytes, confirmed: pa.Table, tmp_path: Path
) -> None:
    papers, said = city.folder / "certificates.parquet", tmp_path / "confirmed.csv"
    lines = [f"{row['record_id']},{row['person_id'] or ''}" for row in confirmed.to_pylist()[:60]]
    said.write_text("\n".join(["record_id,person_id", *lines]))
    learnt = learn_files(papers, index_dir, said, tmp_path / "model.json", key=key)
    assert learnt.confirmed == 60
    model = read_model(tmp_path / "model.json")
    assert model.version == learnt.model.version
    match_files(papers, index_dir, tmp_path / "out.parquet", key=key, model=model)
    named = pa.parquet.read_table(tmp_path / "out.parquet")["model"].unique().to_pylist()
    assert named == [model.version]


@pytest.mark.parametrize(
    "text",
    ["record_id\n1\n", "record_id,person_id\n1,1\n1,2\n", "record_id,person_id\n-5,1\n", ""],
)
def test_answers_that_can_not_be_used_are_refused(
    city: SmallCity, index_dir: Path, key: bytes, tmp_path: Path, text: str
) -> None:
    said = tmp_path / "confirmed.csv"
    said.write_text(text)
    with pytest.raises(InputError):
        learn_files(
            city.folder / "certificates.parquet", index_dir, said, tmp_path / "m.json", key=key
        )
    assert [path.name for path in tmp_path.iterdir()] == ["confirmed.csv"]
