"""A stub repeats its certificate: two writings of a value are read together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ocr.certificate import rate
from ocr.confidence import DOUBTED
from ocr.fields import read_field
from ocr.lattice import Charset, Lattice
from ocr.stub import with_stub
from ocr.values import Value
from ocr.zones import Slot

CHARSET = Charset(name="small", symbols=("", *"王雲興雪李号數東京結字第二五三號男"))
QUAD = np.zeros((4, 2), np.float32)


def seen(text, doubts=()):
    """A lattice of a text; `doubts` are places, what else may stand there, and its chance."""
    size = len(CHARSET.symbols)
    probs = np.full((2 * len(text) + 1, size), 0.01 / size, np.float32)
    probs[::2, 0] = 0.99
    for i, character in enumerate(text):
        probs[2 * i + 1, CHARSET.symbols.index(character)] = 0.99
    for place, other, chance in doubts:
        probs[2 * place + 1] *= 1 - chance
        probs[2 * place + 1, CHARSET.symbols.index(other)] = chance
    return Lattice.from_dense(probs, CHARSET)


def value(field, *lattices, party=None):
    decoded, in_grammar = read_field(field, lattices)
    slot = Slot(field=field, party=party, label=None, ink=())
    return Value(
        slot=slot, decoded=decoded, in_grammar=in_grammar, quad=QUAD, lattices=tuple(lattices)
    )


def together(values, repeated):
    found = with_stub(values, repeated, simplified=False)
    return {each.slot.field: each for each in found}


def test_a_value_that_is_written_alike_twice_leads_by_more():
    own = value("name", *[seen("王雲興", [(1, "雪", 0.3)])] * 2, party="male")
    again = value("name", *[seen("王雲興", [(1, "雪", 0.2)])] * 2, party="male")
    found = together([own], [again])["name"]
    assert found.decoded.text == "王雲興"
    assert found.repeated
    assert not found.contested
    assert found.decoded.margin > max(own.decoded.margin, again.decoded.margin)


def test_the_clearer_writing_settles_what_the_other_leaves_open():
    own = value("name", *[seen("王雲興", [(1, "雪", 0.55)])] * 2, party="male")
    assert own.decoded.text == "王雪興"
    again = value("name", *[seen("王雲興", [(1, "雪", 0.02)])] * 2, party="male")
    found = together([own], [again])["name"]
    assert found.decoded.text == "王雲興"
    assert not found.repeated
    # Both readers read the certificate alike, and otherwise: somebody should look.
    assert found.contested


@pytest.mark.parametrize("word", ["", "號數", "号"])
def test_a_word_of_the_stub_before_the_number_is_passed_over(word):
    number = "東結字第二五三號"
    own = value("certificate_number", *[seen(number)] * 2)
    again = value("certificate_number", *[seen(word + number)] * 2)
    found = together([own], [again])["certificate_number"]
    assert found.decoded.text == number
    assert found.repeated


def test_what_the_certificate_hides_is_taken_from_the_stub_and_only_what_a_stub_repeats():
    name = value("name", *[seen("李雪")] * 2, party="female")
    sex = value("sex", *[seen("男")] * 2, party="female")
    hidden = dataclasses.replace(name, decoded=None)
    assert together([hidden], [name, sex]) == {"name": name}
    assert together([sex], []) == {"sex": sex}


def test_a_number_that_begins_with_its_middle_is_left_to_people():
    whole = rate(value("certificate_number", *[seen("東結字第二五三號")] * 2), row=None, hand=1.0)
    cut = rate(value("certificate_number", *[seen("字第二五三號")] * 2), row=None, hand=1.0)
    assert whole.confidence > DOUBTED
    assert cut.confidence <= DOUBTED
