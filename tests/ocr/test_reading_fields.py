"""Grammars, labels, kinds of forms, and what fields say about each other."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.classify import title_kind
from ocr.confidence import DOUBTS, decide, group_of, model, probability
from ocr.consistency import consistent, judged
from ocr.fields import kind_of
from ocr.folding import fold_text, traditional
from ocr.grammars import (
    age_grammar,
    certificate_grammar,
    date_grammar,
    id_grammar,
    place_grammar,
)
from ocr.labels import BARRIER, PARTY_MARK, find_labels, heading
from records.dates import parse_date
from records.id_number import check_digit
from records.numerals import counted, positional
from records.reading import Decision, FieldReading, Kind

days = st.dates(date(1890, 1, 1), date(2025, 12, 31))


@given(days)
def test_every_day_belongs_to_the_grammar_in_every_shape(day: date) -> None:
    shapes = [
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}年{day.month:02d}月{day.day:02d}日",
        f"{day.year}.{day.month}.{day.day}",
        f"{positional(day.year)}年{counted(day.month)}月{counted(day.day)}日",
    ]
    if day.month == 1:
        shapes += [shapes[0].replace("年1月", "年元月"), shapes[3].replace("年一月", "年元月")]
    for shape in shapes:
        assert date_grammar().accepts(fold_text(shape)[0]), shape
        assert kind_of("birth_date").value(shape) == day.isoformat()


@given(st.integers(1900, 2020), st.integers(1, 12), st.integers(1, 40))
def test_no_day_beyond_its_month_belongs_to_the_grammar(year: int, month: int, day: int) -> None:
    text = f"{year}年{month}月{day}日"
    known = date_grammar().accepts(text)
    # 29 February is left to the calendar.
    assert known or parse_date(text).value is None or day > 28


@given(st.integers(110101, 659001), days, st.integers(0, 999))
def test_every_number_with_a_birth_date_belongs_to_the_grammar(
    area: int, day: date, serial: int
) -> None:
    body = f"{area}{day:%Y%m%d}{serial:03d}"
    assert id_grammar().accepts(body + check_digit(body))
    assert id_grammar().accepts(f"{area}{day:%y%m%d}{serial:03d}")
    assert not id_grammar().accepts(f"{area}{day:%Y}13{day:%d}{serial:03d}1")


@pytest.mark.parametrize(
    "text",
    ["（86丰结）字第1775号", "西婚字第六〇五號", "82西结字2077号", "J110101-2010-000001",
     "BL110102-2016-000009", "京朝结字第8701234号", "（87）京海结字第001234号", "結字第壹號",
     "朝结字(81)第1234号", "宣离（1990）第12号", "一九五二年结字第壹号", "京崇结80字第869号",
     "京顺结3字第587号", "朝结字1第0396号"],
)  # fmt: skip
def test_certificate_numbers_of_all_times(text: str) -> None:
    assert certificate_grammar().accepts(fold_text(text)[0])


@pytest.mark.parametrize("text", ["张三", "1957年2月14日", "北京市", "备注"])
def test_other_texts_are_no_certificate_numbers(text: str) -> None:
    assert not certificate_grammar().accepts(fold_text(text)[0])


def test_ages_and_places() -> None:
    assert kind_of("age").value("三十二歲") == "32"
    assert age_grammar().accepts(fold_text("廿八歲")[0])
    assert place_grammar().accepts(fold_text("浙江省紹興縣")[0])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("男方姓名戴興慶年齡三十一歲", [("name", "male"), ("age", None)]),
        ("姓　名", [("name", None)]),
        ("姓名（女）：", [("name", "female")]),
        ("女身份证号", [("id_number", "female")]),
        ("新娘出生日期", [("birth_date", "female")]),
        ("结婚证字号", [("certificate_number", None)]),
        ("身份证件号110105", [("id_number", None)]),
        ("登记机关", [("office", None)]),
        ("与女崔明清", [(PARTY_MARK, "female")]),
        ("婚姻状况未婚", [(BARRIER, None)]),
        ("結婚證書", []),
        ("申请离婚，经审查符合《中华人民共和国婚姻法》", []),
    ],
)
def test_labels_in_lines(line: str, found: list[tuple[str, str | None]]) -> None:
    assert [(label.field, label.party) for label in find_labels(line)] == found


def test_figures_are_never_taken_for_a_label() -> None:
    (label,) = find_labels("身份证件号110105195507201780")
    assert label.stop == 5


def test_a_faint_label_is_found_when_the_reader_thought_of_it() -> None:
    assert find_labels("妊名王五") == ()
    likely = [frozenset({"姓"}), frozenset(), frozenset(), frozenset()]
    assert [label.field for label in find_labels("妊名王五", likely)] == ["name"]


def test_short_headings_fill_their_box() -> None:
    found = heading("女 方")
    assert found is not None
    assert (found.field, found.party) == ("name", "female")
    assert heading("女方住址") is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("離婚證", Kind.DIVORCE_CERTIFICATE), ("结 婚 证", Kind.MARRIAGE_CERTIFICATE),
        ("北京市西城区结婚登记簿", Kind.MARRIAGE_LEDGER), ("离婚登记册", Kind.DIVORCE_LEDGER),
        ("结婚登记审查处理表", Kind.REVIEW_FORM), ("結婚申請書", Kind.APPLICATION),
        ("申请结婚登记声明书", Kind.APPLICATION), ("介绍信", Kind.OTHER), ("便条", None),
    ],
)  # fmt: skip
def test_titles(title: str, kind: Kind | None) -> None:
    assert title_kind(title) is kind


def test_folding_keeps_what_both_scripts_share() -> None:
    assert traditional("錢偉") == 2
    assert traditional("零王男") == 0


#: Evidence of a value that both readers saw, though not quite clearly.
SEEN = {"bias": 1.0, "agree": 1.0, "sure": -0.5, "lead": 1.4, "hand": 0.8}


def reading(name: str, value: str, *, row: int | None = None, sure: float = 0.95) -> FieldReading:
    return FieldReading(
        name=name, row=row, text=value, value=value, confidence=sure, decision=decide(sure),
        box=None, alternatives=((value, sure),), evidence=tuple(SEEN.items()),
    )  # fmt: skip


def found(readings: list[FieldReading], name: str, row: int | None = None) -> FieldReading:
    return next(f for f in consistent(readings) if (f.name, f.row) == (name, row))


def test_a_number_that_holds_the_birth_date_confirms_it() -> None:
    body = "11010519550720178"
    number = reading("male.id_number", body + check_digit(body), sure=0.99)
    same = [number, reading("male.birth_date", "1955-07-20")]
    alone = probability("birth_date", SEEN)
    assert found(same, "male.birth_date").confidence > alone
    assert found([same[1]], "male.birth_date").confidence == 0.95
    other = [number, reading("male.birth_date", "1955-07-21", sure=0.99)]
    assert found(other, "male.birth_date").decision is Decision.KEY
    assert found(other, "male.id_number").decision is Decision.KEY


@pytest.mark.parametrize(
    ("number", "office", "day", "times"),
    [
        ("京房良结字990599号", "北京市房山区良乡街道办事处", "1999-02-03", 2),
        ("石结字第19810107号", "北京市石景山区人民政府", "1981-01-11", 2),
        ("礦區結字第五百六十號", "北京市京西礦區人民委員會", "1956-05-01", 1),
        ("J110115-2013-000484", "北京市大兴县民政局", "2013-05-01", 1),
        # Another place, another year, and a place that the office's name lacks.
        ("J110105-2013-000484", "北京市大兴区民政局", "2013-05-01", 0),
        ("石结字第19810107号", "北京市东城区人民政府", "1983-01-11", 0),
        ("结字第107号", "北京市东城区人民政府", "1983-01-11", 0),
    ],
)
def test_the_office_and_the_year_bear_a_number_out(
    number: str, office: str, day: str, times: int
) -> None:
    told = [reading("certificate_number", number), reading("office", office)]
    told.append(reading("registration_date", day))
    seen = dict(found(told, "certificate_number").evidence)
    assert seen.get("partly", 0.0) == times


def test_numbers_of_one_province_bear_each_other_out() -> None:
    told = [
        reading("male.id_number", "110101750326341"),
        reading("female.id_number", "110102761014886"),
    ]
    assert "partly" in dict(found(told, "male.id_number").evidence)
    other = [told[0], reading("female.id_number", "410102761014886")]
    assert "partly" not in dict(found(other, "female.id_number").evidence)


def test_a_number_that_breaks_the_row_gives_way_to_what_the_readers_held_possible() -> None:
    rows = [reading("certificate_number", f"96大结字{2635 + i}号", row=i + 1) for i in range(6)]
    wrong = FieldReading(
        name="certificate_number", row=3, text="96太结字2637号", value="96太结字2637号",
        confidence=0.97, decision=Decision.KEY, box=None,
        alternatives=(("96太结字2637号", 0.9), ("96大结字2637号", 0.1)),
    )  # fmt: skip
    rows[2] = wrong
    better = found(rows, "certificate_number", 3)
    assert better.value == "96大结字2637号"
    # What stands on the page stays as it was read.
    assert better.text == "96太结字2637号"
    assert better.alternatives[0][0] == better.value
    assert better.decision is Decision.KEY
    rows[2] = reading("certificate_number", "96太结字2637号", row=3, sure=0.99)
    kept = found(rows, "certificate_number", 3)
    assert kept.value == "96太结字2637号"
    assert kept.decision is Decision.KEY


def test_days_of_a_ledger_never_go_back() -> None:
    rows = [reading("registration_date", f"1978-10-{20 + i}", row=i + 1) for i in range(6)]
    rows[2] = reading("registration_date", "1918-10-22", row=3, sure=0.99)
    assert found(rows, "registration_date", 3).decision is Decision.KEY


def test_the_calibration_has_its_provenance_and_favours_agreement() -> None:
    assert model().version >= 1
    assert model().provenance
    good = {"bias": 1.0, "agree": 1.0, "sure": 0.0, "lead": 3.2, "gap": 0.0, "outside": 0.0,
            "contested": 0.0, "hand": 1.0}  # fmt: skip
    bad = good | {"agree": 0.0, "sure": -3.0, "lead": 0.7, "hand": 0.2}
    for tail in ("name", "birth_date", "certificate_number", "id_number", "age", "office"):
        assert probability(tail, good) > probability(tail, bad)
        assert probability(tail, bad) < model().accept_at
    assert group_of("registration_date") == "date"


def test_evidence_for_a_value_never_lowers_and_against_it_never_raises() -> None:
    evidence = SEEN | dict.fromkeys(("gap", "outside", "contested", "hole", "loose"), 0.0)
    speaks_for = {"agree", "sure", "lead", "hand", "confirmed", "follows"}
    speaks_against = {"gap", "outside", "contested", "hole", "loose", "chosen", "contradicted"}
    for tail in ("name", "birth_date", "certificate_number", "id_number", "age", "sex", "office"):
        before = probability(tail, evidence)
        for name in speaks_for:
            more = evidence | {name: evidence.get(name, 0.0) + 1.0}
            assert probability(tail, more) >= before
        for name in speaks_against:
            more = evidence | {name: evidence.get(name, 0.0) + 1.0}
            assert probability(tail, more) <= before


def test_a_reading_without_evidence_is_never_made_surer() -> None:
    plain = dataclasses.replace(reading("male.id_number", "x", sure=0.99), evidence=())
    assert judged(plain, "confirmed") == plain
    assert judged(plain, "contradicted").decision is Decision.KEY
    assert judged(plain, "chosen").decision is Decision.KEY


def test_a_mark_that_refers_to_the_row_above_is_never_surer_than_two_cells_can_be() -> None:
    mark = dataclasses.replace(
        reading("registration_date", "1978-10-20"), flags=frozenset({"carried"}),
        evidence=(("confirmed", 100.0),),
    )  # fmt: skip
    assert judged(mark, "confirmed").confidence == 0.995


def test_a_page_out_of_order_loses_the_fewest_days() -> None:
    """Two wrong days in a row don't put the right ones in doubt."""
    rows = [reading("registration_date", f"1985-11-{10 + i}", row=i + 1) for i in range(7)]
    for row in (3, 4):
        rows[row - 1] = reading("registration_date", f"1985-01-{10 + row}", row=row, sure=0.99)
    kept = [
        dict(found(rows, "registration_date", row).evidence).get("contradicted", 0)
        for row in range(1, 8)
    ]
    assert kept == [0, 0, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("doubt", sorted(DOUBTS))
def test_some_doubts_leave_a_value_to_a_person(doubt: str) -> None:
    sure = dataclasses.replace(
        reading("male.name", "王力"), evidence=(("confirmed", 100.0), (doubt, 1.0))
    )
    assert judged(sure, "confirmed").decision is Decision.KEY
    assert decide(probability("name", dict(sure.evidence))) is Decision.KEY
