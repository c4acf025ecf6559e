"""Names as the origin of the ink: all written forms at once, and the form that stands there."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.evidence import pack, unpack, written_form
from ocr.lattice import Charset, Lattice, forward
from ocr.written_names import WORST, below_best, forward_forms, tempered
from records.errors import IntegrityError
from records.glyphs import written_forms

SYMBOLS = ("肖", "萧", "蕭", "云", "雲", "民", "氏", "珍", "珎")
CHARSET = Charset(name="small", symbols=("", *SYMBOLS))
NAMES = st.text(alphabet="肖萧云民氏明", min_size=1, max_size=3)


def lattice_of(rows: list[list[float]]) -> Lattice:
    weights = np.array(rows, np.float64) + 1e-3
    probs = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return Lattice.from_dense(probs, CHARSET)


LATTICES = st.lists(
    st.lists(st.floats(0, 1), min_size=len(SYMBOLS) + 1, max_size=len(SYMBOLS) + 1),
    min_size=1,
    max_size=7,
).map(lattice_of)


def inked(*characters: dict[str, float]) -> Lattice:
    """A lattice of one step a character, blanks between; the rest of each step is blank."""
    rows = []
    for choices in characters:
        row = np.full(len(SYMBOLS) + 1, 1e-6)
        for symbol, share in choices.items():
            row[CHARSET.symbols.index(symbol)] = share
        rest = np.full(len(SYMBOLS) + 1, 1e-6)
        rest[0] = 1.0
        rows += [row / row.sum(), rest / rest.sum()]
    return Lattice.from_dense(np.array(rows, np.float32), CHARSET)


def by_enumeration(lattice: Lattice, name: str) -> float:
    """The slow definition: every combination of forms that the lattice has, one after another."""
    choices = []
    for character in name:
        found = [form for form in written_forms(character) if form in lattice.symbols]
        choices.append(found or [character])
    texts = sorted({"".join(forms) for forms in itertools.product(*choices)})
    return float(np.logaddexp.reduce(forward(lattice, texts)))


@settings(max_examples=60, deadline=None)
@given(LATTICES, st.lists(NAMES, min_size=1, max_size=4))
def test_the_sum_over_forms_is_that_of_every_form_by_itself(
    lattice: Lattice, names: list[str]
) -> None:
    slow = [by_enumeration(lattice, name) for name in names]
    fast = forward_forms(lattice, names)
    possible = np.isfinite(slow)
    assert (np.isfinite(fast) == possible).all()
    np.testing.assert_allclose(fast[possible], np.array(slow)[possible], rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(LATTICES, st.lists(NAMES, min_size=1, max_size=4))
def test_no_name_beats_the_best_reading_and_the_company_changes_nothing(
    lattice: Lattice, names: list[str]
) -> None:
    below = below_best((lattice, lattice), names, names)
    assert (below >= 0).all()
    assert (below <= -WORST).all()
    alone = below_best((lattice,), names[:1], names)
    np.testing.assert_allclose(below[:1], alone, rtol=1e-6)


def test_a_name_is_found_in_whatever_form_it_was_written() -> None:
    ink = inked({"蕭": 0.9, "民": 0.05}, {"雲": 0.95})
    below = below_best((ink,), ["萧云", "肖云", "民云", "氏民"], ["蕭雲"])
    assert below[0] == pytest.approx(0, abs=1e-3)
    assert below[1] == pytest.approx(0, abs=1e-3)
    assert 2 < below[2] < below[3]


def test_without_a_lattice_there_is_no_evidence() -> None:
    assert below_best((), ["萧云"], ["萧云"]).tolist() == [0.0]
    assert below_best((inked({"云": 1.0}),), [], []).tolist() == []


def test_forms_on_old_and_on_modern_pages() -> None:
    ink = inked({"蕭": 0.6, "萧": 0.3}, {"雲": 0.5, "云": 0.4})
    assert written_form((ink,), "萧云", modern=False).text == "蕭雲"
    assert written_form((ink,), "萧云", modern=True).text == "萧云"
    clear = written_form((inked({"蕭": 0.999}, {"雲": 0.999}),), "萧云", modern=False)
    assert clear.text == "蕭雲"
    assert clear.lead > 4
    assert written_form((ink,), "民氏", modern=True).lead > 20


def test_a_variant_must_be_clearer_than_the_usual_form() -> None:
    assert written_form((inked({"珎": 0.6, "珍": 0.3}),), "珍", modern=False).text == "珍"
    assert written_form((inked({"珎": 0.999}),), "珍", modern=False).text == "珎"
    assert written_form((inked({"肖": 0.6, "萧": 0.3}),), "萧", modern=True).text == "肖"


def test_calibrated_likelihoods_leave_what_confidence_leaves() -> None:
    below = np.array([0.0, 2.0, 20.0])
    read = np.array([True, False, False])
    doubtful, certain = tempered(below, 0.3, read), tempered(below, 0.99, read)
    assert doubtful.tolist() == [0.0, -1.0, -10.0]
    assert certain[0] == 0.0
    assert certain[1] == pytest.approx(-math.log(99), rel=1e-6)
    assert certain[2] == -10.0
    assert np.isfinite(tempered(below, 1.0, read)).all()
    assert np.isfinite(tempered(below, 0.0, read)).all()


def test_lattices_are_packed_and_found_again() -> None:
    one, other = inked({"云": 0.9}), inked({"肖": 0.8}, {"民": 0.9})
    again = unpack(pack([one, other]))
    assert [lattice.greedy().text for lattice in again] == ["云", "肖民"]
    with pytest.raises(IntegrityError, match="bad_lattice"):
        unpack(b"something else")
