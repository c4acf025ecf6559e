"""The fit of the confidence: known weights are recovered, nothing is left out."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ocr.logistic import regression
from records.reading import Decision, FieldReading

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def fit() -> ModuleType:
    source = Path(__file__).parents[2] / "benchmarks" / "fit_confidence.py"
    spec = importlib.util.spec_from_file_location("fit_confidence", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fit_confidence"] = module
    spec.loader.exec_module(module)
    return module


def reading(name: str, value: str, row: int | None = None, **more: object) -> FieldReading:
    plain = FieldReading(
        name=name, row=row, text=value, value=value, confidence=0.5, decision=Decision.KEY, box=None
    )
    return FieldReading(**{field: getattr(plain, field) for field in plain.__slots__} | more)


def test_weights_are_recovered_and_none_has_the_wrong_sign(fit: ModuleType) -> None:
    chance = np.random.default_rng(1)
    seen = chance.normal(size=(20_000, len(fit.SIGNS)))
    signs = np.array(list(fit.SIGNS.values()), dtype=float)
    true = np.array([0.8 * (sign or 1) for sign in fit.SIGNS.values()])
    right = (chance.random(len(seen)) < 1 / (1 + np.exp(-seen @ true))).astype(float)
    found = regression(seen, right, np.zeros(len(true)), 1.0, signs)
    assert found == pytest.approx(true, abs=0.1)
    turned = regression(seen, 1 - right, np.zeros(len(true)), 1.0, signs)
    assert (turned * signs >= 0).all()
    # Without a sign to keep to, the weight follows the data.
    assert turned[signs == 0] == pytest.approx(-true[signs == 0], abs=0.5)


def test_an_invented_field_counts_as_wrong_and_an_empty_one_not_at_all(fit: ModuleType) -> None:
    told = {"era": "1950s", "fields": [{"name": "male.name", "row": None, "value": "王 力"}]}
    readings = [
        reading("male.name", "王力"), reading("female.name", "李"), reading("male.age", ""),
    ]  # fmt: skip
    assert [field.right for field in fit.compared(readings, told, 1)] == [True, False]


def test_a_field_is_judged_by_weights_that_never_saw_its_page(fit: ModuleType) -> None:
    """A page on which all is wrong can't lower the confidence of its own fields."""
    evidence = (("bias", 1.0), ("agree", 1.0))

    def fields(wrong: int) -> list[object]:
        return [
            fit.Field(
                page=page, era="1980s", reading=reading("male.name", "王", evidence=evidence),
                right=page != wrong,
            )
            for page in range(5) for _ in range(20)
        ]  # fmt: skip

    own = np.repeat(np.arange(5), 20)
    assert fit.cross_validated(fields(wrong=3), 5)[own == 3] == pytest.approx(
        fit.cross_validated(fields(wrong=-1), 5)[own == 3]
    )


def test_a_hand_is_never_judged_by_weights_that_saw_it(fit: ModuleType) -> None:
    name = reading("male.name", "王")
    hands = ["kai", "kai", "song", "hei", "", "", "song", "running"]
    fields = [
        fit.Field(page=page, era="1980s", hand=hand, reading=name, right=True)
        for page, hand in enumerate(hands)
        for _ in range(10)
    ]
    folds = fit.folds_of(fields, 3)
    assert {len(set(folds[[f.hand == hand for f in fields]])) for hand in hands if hand} == {1}
    assert np.ptp(np.bincount(folds)) <= 20
    told = {"era": "1950s", "tags": {"hand": "kai"}, "fields": []}
    assert fit.compared([name], told, 1)[0].hand == "kai"


def test_the_threshold_is_the_lowest_that_keeps_errors_below_the_bound(fit: ModuleType) -> None:
    name = reading("male.name", "王")
    fields = [fit.Field(page=1, era="1980s", reading=name, right=i >= 2) for i in range(400)]
    confidence = np.linspace(0.95, 0.9995, 400)
    # One error more than was seen makes 1 in 359, two and one more make 3 in 400.
    step = fit.lowest_step(fields, confidence, 0.005)
    assert step == pytest.approx(0.955)
    assert fit.figures(fields, confidence, step).wrong == 0
    assert fit.figures(fields, confidence, 0.95).wrong == 2


def test_pages_that_judge_the_reader_are_refused(fit: ModuleType, tmp_path: Path) -> None:
    page = {"source": "a.jpg", "page": 1, "era": "1950s", "fields": [], "tags": {}}
    truth = tmp_path / "truth.jsonl"
    truth.write_text(json.dumps(page), encoding="utf-8")
    fit.require_to_fit([tmp_path])
    page["tags"] = {"division": "held-out"}
    truth.write_text(json.dumps(page), encoding="utf-8")
    with pytest.raises(SystemExit, match="judge the reader"):
        fit.require_to_fit([tmp_path])
