"""Lattices: probabilities of texts, by the forward algorithm and by counting all paths."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.automata import ANY_HAN, compile_grammar, one_of, opt, repeat, seq, word, words
from ocr.beam import beam_search, without_specks
from ocr.decode import decode
from ocr.evidence import pack, unpack
from ocr.fields import read_field
from ocr.grammars import name_grammar
from ocr.lattice import Charset, Lattice, forward
from records.errors import IntegrityError

CHARSET = Charset(name="tiny", symbols=("", "男", "女", "王"))


def lattice_of(seed: int, steps: int, charset: Charset = CHARSET) -> tuple[np.ndarray, Lattice]:
    rng = np.random.default_rng(seed)
    probs = rng.random((steps, len(charset.symbols))).astype(np.float32) ** 2 + 1e-3
    probs /= probs.sum(axis=1, keepdims=True)
    return probs, Lattice.from_dense(probs, charset)


def written(text: str, charset: Charset, *, sure: float = 0.9) -> Lattice:
    """A lattice in which each character of a text peaks once, blanks between."""
    size = len(charset.symbols)
    probs = np.full((2 * len(text) + 1, size), (1 - sure) / (size - 1), dtype=np.float32)
    probs[::2, 0] = sure
    for i, character in enumerate(text):
        probs[2 * i + 1, charset.symbols.index(character)] = sure
    return Lattice.from_dense(probs, charset)


def by_paths(probs: np.ndarray) -> dict[str, float]:
    """The probability of every text, by summing all alignments one by one."""
    total: dict[str, float] = {}
    for path in itertools.product(range(probs.shape[1]), repeat=len(probs)):
        chance = math.prod(float(probs[t, label]) for t, label in enumerate(path))
        text = "".join(
            CHARSET.symbols[label]
            for t, label in enumerate(path)
            if label and (t == 0 or path[t - 1] != label)
        )
        total[text] = total.get(text, 0.0) + chance
    return total


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_forward_agrees_with_counting_every_path(seed: int, steps: int) -> None:
    probs, lattice = lattice_of(seed, steps)
    slow = by_paths(probs)
    texts = sorted(slow)
    fast = forward(lattice, texts)
    assert np.exp(fast) == pytest.approx([slow[text] for text in texts], abs=1e-5)
    assert np.exp(fast).sum() == pytest.approx(1.0, abs=1e-4)


def test_a_text_too_unlikely_for_plain_numbers_keeps_its_logarithm() -> None:
    lattice = written("王" * 8, CHARSET, sure=0.999999)
    # So many characters as steps leave a single alignment.
    text = "".join("李男"[i % 2] for i in range(lattice.steps))
    own = [lattice.column(character)[t] for t, character in enumerate(text)]
    assert sum(own) < -200
    assert lattice.log_prob(text) == pytest.approx(float(np.sum(own, dtype=np.float64)))
    assert forward(lattice, ["王", text])[1] == pytest.approx(lattice.log_prob(text))


def narrow_by_definition(lattice: Lattice, width: int) -> set[str]:
    """Prefix search as written down: every text grows by every character, then most go."""
    paths = {"": (0.0, -math.inf)}
    for row in lattice.log_probs.astype(float):
        grown: dict[str, list[float]] = {}
        for text, (blank, label) in paths.items():
            both = np.logaddexp(blank, label)
            stay = grown.setdefault(text, [-math.inf, -math.inf])
            stay[0] = np.logaddexp(stay[0], both + row[0])
            for i, symbol in enumerate(lattice.symbols):
                if text.endswith(symbol):
                    stay[1] = np.logaddexp(stay[1], label + row[i + 1])
                longer = grown.setdefault(text + symbol, [-math.inf, -math.inf])
                before = blank if text.endswith(symbol) else both
                longer[1] = np.logaddexp(longer[1], before + row[i + 1])
        kept = sorted(grown, key=lambda text: -np.logaddexp(*grown[text]))[:width]
        paths = {text: (grown[text][0], grown[text][1]) for text in kept}
    return set(paths)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_a_narrow_beam_keeps_what_the_definition_keeps(seed: int, width: int) -> None:
    _, lattice = lattice_of(seed, 6)
    found = beam_search(lattice, width=width, best=width)
    assert {scored.text for scored in found} == narrow_by_definition(lattice, width)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_wide_beam_finds_the_likeliest_texts(seed: int) -> None:
    probs, lattice = lattice_of(seed, 4)
    slow = by_paths(probs)
    found = beam_search(lattice, width=1000, best=5)
    best = sorted(slow.values(), reverse=True)[:5]
    assert [math.exp(scored.score) for scored in found] == pytest.approx(best, abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_beam_under_a_grammar_is_the_best_of_the_grammar(seed: int) -> None:
    probs, lattice = lattice_of(seed, 4)
    grammar = compile_grammar(seq(word("王"), opt(one_of("男女"))))
    allowed = {t: p for t, p in by_paths(probs).items() if grammar.accepts(t)}
    found = beam_search(lattice, grammar, width=1000)
    assert {scored.text for scored in found} == set(allowed)
    assert math.exp(found[0].score) == pytest.approx(max(allowed.values()), abs=1e-5)


def test_bytes_give_the_same_lattice() -> None:
    _, lattice = lattice_of(3, 12)
    again = Lattice.from_bytes(lattice.to_bytes())
    assert again.symbols == lattice.symbols
    assert again.extent == lattice.extent
    assert again.log_probs == pytest.approx(lattice.log_probs, abs=0.01)


def test_damaged_bytes_are_refused() -> None:
    data = lattice_of(3, 12)[1].to_bytes()
    for bad in (b"", data[:10], b"XXXX" + data[4:], data[:-5] + b"abcde"):
        with pytest.raises(IntegrityError):
            Lattice.from_bytes(bad)


def test_only_the_likeliest_characters_are_kept() -> None:
    charset = Charset(name="wide", symbols=("", *(chr(0x4E00 + i) for i in range(500))))
    probs, lattice = lattice_of(1, 6, charset)
    assert lattice.log_probs.shape[1] <= 6 * 20 + 1
    step = int(probs[0, 1:].argmax())
    assert lattice.column(charset.symbols[step + 1])[0] == pytest.approx(
        math.log(probs[0, step + 1]), abs=1e-4
    )
    assert lattice.column("無")[0] == lattice.floor[0]


def test_steps_of_a_sure_blank_are_passed_over_and_no_other() -> None:
    sure, nearly = np.float32(1 - 3e-6), np.float32(1 - 4e-5)
    probs = np.array([[sure, 3e-6, 0, 0], [nearly, 4e-5, 0, 0]], dtype=np.float32)
    lattice = Lattice.from_dense(probs, CHARSET)
    assert lattice.symbols == CHARSET.symbols[1:2]
    np.testing.assert_allclose(np.exp(lattice.log_probs[:, 0]), probs[:, 0])
    assert lattice.log_probs[0, 1] == lattice.floor[0]
    assert np.exp(lattice.log_probs[1, 1]) == pytest.approx(4e-5)


def test_spans_follow_the_peaks() -> None:
    lattice = written("男女王", CHARSET)
    assert lattice.greedy().text == "男女王"
    spans = lattice.spans()
    assert [a for a, _ in spans[1:]] == [b for _, b in spans[:-1]]
    middles = [(a + b) / 2 for a, b in spans]
    assert middles == sorted(middles)


def test_specks_may_count_as_nothing_unless_they_belong() -> None:
    charset = Charset(name="specks", symbols=("", ".", "王"))
    lattice = written(".王", charset)
    without = without_specks(lattice, "")
    assert without.log_prob("王") > lattice.log_prob("王") + 1
    assert without_specks(lattice, ".").log_prob("王") == lattice.log_prob("王")


SPELLED = Charset(name="spelled", symbols=("", *"一九五三年十月日小贩结雄离字第号京4"))


def decoded(field: str, text: str):
    result, _ = read_field(field, [written(text, SPELLED)] * 2)
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("field", "text"),
    [("registration_date", "一九五一年十月一日"), ("certificate_number", "京结字第一三一号")],
)
def test_one_in_characters_is_read_where_numbers_are_spelled(field: str, text: str) -> None:
    found = decoded(field, text)
    assert found.text == text
    assert found.agree
    assert found.margin > 4


def test_a_rule_beside_figures_is_no_number() -> None:
    assert decoded("certificate_number", "京结字第一4号").text == "京结字第4号"


def test_what_follows_a_day_is_another_field_s() -> None:
    found = decoded("birth_date", "一九五三年十月三日小贩")
    assert (found.text, found.agree) == ("一九五三年十月三日", True)
    assert found.gap < 1


def test_before_the_word_of_a_number_stands_what_is_registered() -> None:
    probs = np.full((11, len(SPELLED.symbols)), 1e-4, dtype=np.float32)
    for step, character in enumerate("京雄字第五号"):
        probs[2 * step if step < 5 else 10, SPELLED.symbols.index(character)] = 0.8
    probs[1::2, 0] = 0.9
    probs[2, SPELLED.symbols.index("离")] = 0.15
    lattice = Lattice.from_dense(probs, SPELLED)
    found, _ = read_field("certificate_number", [lattice, lattice])
    assert found is not None
    assert found.text == "京离字第五号"
    assert not found.agree


def test_a_grammar_decides_between_lookalikes_and_tells_the_gap() -> None:
    charset = Charset(name="n", symbols=("", "己", "已", "1"))
    lattice = written("已", charset, sure=0.6)
    decoded = decode([lattice, lattice], compile_grammar(words(["己"])))
    assert decoded is not None
    assert decoded.text == "己"
    assert decoded.gap > 0.5
    assert not decoded.agree


def test_a_lattice_without_any_text_of_the_grammar_decodes_to_nothing() -> None:
    lattice = written("王", CHARSET, sure=0.99999)
    assert decode([lattice], compile_grammar(repeat(one_of("12"), 1, 2))) is None


def test_any_chinese_character_and_a_named_one_lead_on_together() -> None:
    grammar = compile_grammar(seq(repeat(one_of([ANY_HAN]), 1, 3), word("字")))
    assert grammar.accepts("东字")
    assert grammar.accepts("字字")
    assert not grammar.accepts("A字")


def test_packed_lattices_come_back_in_order() -> None:
    first, second = written("王男", CHARSET), written("王女", CHARSET)
    assert [lattice.greedy().text for lattice in unpack(pack([first, second]))] == ["王男", "王女"]
    assert name_grammar().accepts("陈王")


def test_packed_lattices_of_another_kind_are_refused() -> None:
    with pytest.raises(IntegrityError):
        unpack(b"LAT1")


def test_what_means_the_same_is_no_rival():
    charset = Charset(name="dashes", symbols=("", *"J0123456789-–"))
    number = "J110101-2010-000001"
    sure = written(number, charset)
    probs = np.exp(sure.log_probs.astype(float))
    dashes = [sure.symbols.index(c) + 1 for c in "-–"]
    step = 2 * number.index("-") + 1
    probs[step] = 0.001
    probs[step, dashes] = 0.55, 0.44
    lattice = dataclasses.replace(sure, log_probs=np.log(probs).astype(np.float32))
    found, _ = read_field("certificate_number", [lattice, lattice])
    assert found.text == number
    assert found.margin > 2
