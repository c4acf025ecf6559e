"""The waterfall of a match: it adds up, stands by itself, and tells no person's data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.cli import main
from matching.explain import waterfall
from records.errors import ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

EVIDENCE = {"name": 18.5, "birth_date": -2.25, "id_number": 0.0, "prior": -20.0, "couple": 9.5}


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.parquet"
    rows = [
        {"record_id": 7, "person_id": 12, "probability": 0.98, "decision": "review",
         "runner_up": 13, "evidence": json.dumps(EVIDENCE)},
        {"record_id": 8, "person_id": None, "probability": 0.0, "decision": "none",
         "runner_up": None, "evidence": "{}"},
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file


@given(
    st.dictionaries(
        st.sampled_from(["prior", "name", "sex", "address", "couple", "reader"]),
        st.floats(-60, 60),
    )
)
def test_steps_lead_from_nought_to_the_sum(evidence: dict[str, float]) -> None:
    falls = waterfall(evidence)
    assert falls.odds == pytest.approx(sum(evidence.values()))
    stops = [0.0, *(step.after for step in falls.steps)]
    assert [step.before for step in falls.steps] == stops[:-1]
    low, high = falls.span
    assert low <= min(stops)
    assert high >= max(stops)


def test_anybody_comes_first_then_the_fields_by_weight_then_the_couple() -> None:
    names = [step.name for step in waterfall(EVIDENCE).steps]
    assert names == ["prior", "name", "birth_date", "couple"]


def test_a_record_is_explained_in_text_and_on_a_page(
    answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "why.html"
    given_ = ["match", "explain", "7", "--answers", str(answers), "--html", str(page)]
    assert main(given_) == ExitStatus.DONE
    shown = capsys.readouterr().out
    assert "姓名 name" in shown
    assert "+5.8" in shown.splitlines()[-1]
    html = page.read_text(encoding="utf-8")
    assert html.startswith('<!doctype html>\n<html lang="zh-CN">')
    assert not re.search(r"(?:src|href)=|https?:|<script", html)
    assert html.count("<rect") == 4


def test_a_record_without_a_candidate_has_no_steps(
    answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "why.html"
    command = ["match", "explain", "8", "--answers", str(answers), "--html", str(page), "--json"]
    assert main(command) == ExitStatus.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["person_id"], told["odds"], told["falls"]["steps"]) == (None, 0.0, [])
    assert "Nobody in the register" in page.read_text(encoding="utf-8")


def test_no_such_record_and_a_broken_file_are_refused(answers: Path) -> None:
    assert main(["match", "explain", "9", "--answers", str(answers)]) == ExitStatus.INPUT_REFUSED
    answers.write_bytes(answers.read_bytes()[:100])
    assert main(["match", "explain", "7", "--answers", str(answers)]) == ExitStatus.INPUT_REFUSED


def test_matching_still_asks_for_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["match", "--out", "x.parquet"])
    assert ended.value.code == ExitStatus.WRONG_USAGE
    assert "--certificates, --register" in capsys.readouterr().err
