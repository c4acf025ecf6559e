"""Own paper shifts the confidence; hands are told apart; cursive ones go to people."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.confidence import DOUBTED, decide, model, probability, shipped_label
from ocr.hands import Hand, hand_of, routed
from ocr.model_files import fingerprints, reader_id
from ocr.recalibration import Checked, Recalibration, recalibrated, refit
from records.reading import Decision, Era, FieldReading, Kind, PageReading

NEAT = {"bias": 1.0, "agree": 1.0, "sure": -0.01, "lead": 2.4, "hand": 1.0}


def reading(name: str = "male.name", **evidence: float) -> FieldReading:
    seen = NEAT | evidence
    confidence = probability(name.removeprefix("male."), seen)
    return FieldReading(
        name=name, row=None, text="李雷", value="李雷", confidence=confidence,
        decision=decide(confidence), box=None, evidence=tuple(seen.items()),
    )  # fmt: skip


def page(*fields: FieldReading, era: Era = Era.E1980S) -> PageReading:
    return PageReading(
        source="a.jpg", page=1, kind=Kind.MARRIAGE_CERTIFICATE, era=era, rotation=0,
        size=(10, 10), dpi=None, fields=fields, engine="ppocr",
    )  # fmt: skip


CURSIVE = {"agree": 0.0, "sure": math.log(0.4)}


@pytest.mark.parametrize(
    ("agree", "sure", "hand"),
    [
        ((1, 1, 1, 1), 0.99, Hand.NEAT),
        ((1, 1, 1, 0), 0.95, Hand.NEAT),
        ((1, 1, 0, 0), 0.95, Hand.RUNNING),
        ((1, 1, 1, 1), 0.5, Hand.RUNNING),
        ((1, 0, 0, 0), 0.5, Hand.CURSIVE),
        ((1, 0, 0, 0), 0.9, Hand.RUNNING),
    ],
)
def test_a_page_is_judged_as_a_whole(agree, sure, hand):
    fields = [reading(agree=float(one), sure=math.log(sure)) for one in agree]
    assert hand_of(fields) is hand


def test_a_text_layer_has_no_hand_and_an_empty_field_says_nothing_of_one():
    typed = dataclasses.replace(reading(), evidence=())
    assert hand_of([typed]) is None
    empty = dataclasses.replace(reading(**CURSIVE), value="")
    assert hand_of([reading(), empty]) is Hand.NEAT


def test_a_cursive_page_goes_to_people_whatever_the_register_says():
    sure = dataclasses.replace(reading(**CURSIVE), confidence=0.997, decision=Decision.ACCEPT)
    found = routed(page(sure, reading(**CURSIVE)))
    assert {field.decision for field in found.fields} == {Decision.KEY}
    assert found.fields[0].confidence == 0.997
    neat = page(reading(), reading())
    assert routed(neat) is neat
    assert neat.fields[0].decision is Decision.ACCEPT


def test_nothing_checked_changes_nothing():
    change = refit([])
    assert (change.slope, dict(change.shifts)) == (1.0, {})
    plain = page(reading(), reading(agree=0.0))
    for before, after in zip(plain.fields, recalibrated(plain, change).fields, strict=True):
        assert after.confidence == pytest.approx(before.confidence)


def test_a_known_shift_is_recovered():
    rng = np.random.default_rng(5)
    checked = []
    for _ in range(6000):
        era = str(rng.choice(["1950s", "1980s"]))
        one = reading(margin=rng.uniform(0, 3), sure=-rng.uniform(0, 2))
        odds = math.log(one.confidence / (1 - one.confidence)) - (2.0 if era == "1950s" else 0.0)
        right = rng.random() < 1 / (1 + math.exp(-odds))
        checked.append(Checked(reading=one, era=era, hand="neat", right=right))
    change = refit(checked)
    assert change.slope == pytest.approx(1.0, abs=0.15)
    gap = change.shifts["era:1980s"] - change.shifts["era:1950s"]
    assert gap == pytest.approx(2.0, abs=0.25)
    # What it then states is what comes true.
    for era in ("1950s", "1980s"):
        own = [each for each in checked if each.era == era]
        stated = sum(change.of(each.reading, era, "neat") for each in own) / len(own)
        assert stated == pytest.approx(sum(each.right for each in own) / len(own), abs=0.02)


@given(
    st.floats(0, 5), st.floats(-9, 9), st.floats(0, 9), st.floats(0, 9), st.booleans(),
)  # fmt: skip
def test_order_is_kept_and_doubts_stay_doubts(slope, shift, one, other, doubted):
    change = Recalibration(slope=slope, shifts={"era:1980s": shift})
    doubt = {"outside": float(doubted)}
    pair = sorted((one, other))
    low, high = (change.of(reading(margin=m, **doubt), "1980s", "neat") for m in pair)
    assert low <= high + 1e-12
    assert low >= 0.001
    assert high <= (DOUBTED if doubted else 0.999)


def test_what_was_typed_is_left_as_it_is():
    typed = dataclasses.replace(reading(), evidence=(), confidence=0.5)
    change = Recalibration(shifts={"era:1980s": 5.0})
    assert recalibrated(page(typed), change).fields == (typed,)


def test_the_reader_is_named_by_its_networks_and_its_calibration():
    found = fingerprints()
    assert len(found) == 4
    assert all(len(digest) == 64 for digest in found.values())
    assert shipped_label() == f"shipped-{model().version}-{found['calibration.json'][:16]}"
    assert len(reader_id()) == 16
