"""`backfill calibrate`: what it asks for, and what it says first in Chinese."""

from __future__ import annotations

import pytest

from flows.calibrating import Outcome, Progress
from flows.calibration_store import Calibration, Stratum
from flows.cli import build_parser, main
from flows.commands.calibrating import _print
from ocr.recalibration import Recalibration
from records.errors import ExitStatus

STRATUM = Stratum(
    era="1980s", hand="neat", fit=300, audited=600, accepted=500, wrong=0, lower=0.0,
    upper=0.0074, level=0.975, outcome="key", missing=1200,
)  # fmt: skip
MADE = Calibration(
    version=1, made_at="2026-03-02T09:30:00+00:00", made_by="uid:7", reader="r", models={},
    batches=("b",), pages=("ab:1",), sample="s", unsettled=2, allowed=0.005, accept_at=0.99,
    change=Recalibration(), strata=(STRATUM,),
)  # fmt: skip
DRAWN = Progress(batch_id="b", drawn=900, packed=900, settled=898, unresolved=2)


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        build_parser().parse_args(["calibrate", "--help"])
    told = capsys.readouterr().out
    for part in ("--agreement", "backfill approve", "backfill receive", "Clopper", "抽样盲录"):
        assert part in told


@pytest.mark.parametrize(
    "words", [["pages"], ["--max-wrong", "0"], ["--max-wrong", "1.5"], ["--fields", "0"]]
)
def test_wrong_usage_is_refused_before_anything_is_opened(words, tmp_path, capsys):
    status = main(["calibrate", *words, "--home", str(tmp_path / "none")])
    assert status == ExitStatus.WRONG_USAGE
    assert not (tmp_path / "none").exists()
    assert "→" in capsys.readouterr().err


def test_it_says_how_many_fields_an_era_still_needs(tmp_path, capsys):
    outcome = Outcome(calibration=MADE, new=True, samples=(DRAWN,))
    _print(outcome, where=tmp_path, as_json=False)
    told = capsys.readouterr().out
    assert "还须再抽约 1,200 个字段" in told
    assert "about 1,200 more fields" in told
    assert "仍交人工 key" in told
    assert "0001.json" in told
    assert told.index("新校准") < told.index("new calibration")
    _print(outcome, where=tmp_path, as_json=True)
    assert MADE.label in capsys.readouterr().out


def test_without_answers_it_says_what_it_waits_for(tmp_path, capsys):
    _print(Outcome(calibration=None, new=False, samples=()), where=tmp_path, as_json=False)
    assert "等录入收回" in capsys.readouterr().out
