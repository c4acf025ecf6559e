"""What keyed texts mean, how they are compared, and what is pointed out to the clerk."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keying.entry import Entry, Mark
from keying.prompts import PROMPTS
from keying.values import field_value, keyed_value, oddities, token, token_value


def keyed(tail, text, mark=Mark.OK):
    when = datetime(2026, 11, 23, tzinfo=UTC)
    entry = Entry(item_id="0" * 32, text=text, mark=mark, clerk_id="k", keyed_at=when, keystrokes=1)
    return keyed_value(tail, entry)


@pytest.mark.parametrize(
    ("tail", "text", "value"),
    [
        ("birth_date", "一九五三年三月九日", "1953-03-09"),
        ("registration_date", "1958年10月", "1958-10"),
        ("birth_date", "一九七六年七月初二", "1976-07-28"),
        ("age", "三十一歲", "31"),
        ("id_number", "11010119800101123x", "11010119800101123X"),
        ("certificate_number", "(86丰结)字第1775号", "86丰结字第1775号"),
        ("name", "阿不都•热合曼", "阿不都·热合曼"),
        ("name", "戴 興慶", "戴興慶"),
        ("sex", "男", "男"),
        ("native_place", "遼寧省 瀋陽市", "遼寧省瀋陽市"),
        ("sequence", "12", "12"),
        ("birth_date", "三十八年三月九日", None),
    ],
)
def test_values_have_the_form_of_the_interface(tail, text, value):
    assert field_value(tail, text) == value
    assert keyed(tail, text).value == value


def test_two_spellings_of_one_date_agree_and_two_names_do_not():
    written = keyed("birth_date", "一九五三年三月九日").token
    assert written == keyed("birth_date", "1953年3月9日").token
    assert keyed("name", "萧军").token != keyed("name", "肖军").token
    assert keyed("name", "興慶").token != keyed("name", "兴庆").token


def test_texts_without_a_value_are_compared_as_texts():
    one = keyed("birth_date", "三十八年三月九日")
    assert one.token == keyed("birth_date", "三十八年 三月九日").token
    assert one.token != keyed("birth_date", "三十八年三月八日").token
    assert token_value(one.token) is None
    assert token_value("1953-03-09") == "1953-03-09"


def test_marks_decide_what_an_entry_says():
    assert keyed("name", "", Mark.EMPTY).token == ""
    assert keyed("name", "", Mark.ILLEGIBLE).token is None
    assert keyed("name", "戴□慶").token is None
    assert keyed("name", "戴興慶", Mark.UNSURE).token == "戴興慶"


@given(tail=st.sampled_from(sorted(PROMPTS)), text=st.text(max_size=30))
def test_any_text_has_a_token_and_none_stops_the_clerk(tail, text):
    value = field_value(tail, text)
    compared = token(text, value)
    assert compared == (value or compared)
    assert isinstance(oddities(tail, text), tuple)
    assert bool(compared) == bool(value or "".join(text.split()))


@pytest.mark.parametrize(
    ("tail", "text", "codes"),
    [
        ("birth_date", "一九五八年十三月", {"no_such_date"}),
        ("birth_date", "一九五八年十月", set()),
        ("name", "张3", {"digit_in_name"}),
        ("name", "张A", {"mixed_name"}),
        ("name", "张", {"short_name"}),
        ("name", "Mary Smith", set()),
        ("name", "戴興慶", set()),
        ("age", "七岁", {"odd_age"}),
        ("age", "甲", {"odd_age"}),
        ("age", "二十六岁", set()),
        ("id_number", "110101198001011234", {"checksum"}),
        ("certificate_number", "无", {"no_such_number"}),
        ("certificate_number", "J110101-2010-000001", set()),
        ("sex", "甲", {"odd_sex"}),
        ("sex", "女", set()),
        ("remark", "任何文字", set()),
        ("birth_date", "〃", set()),
        ("name", "□□", set()),
    ],
)
def test_oddities_are_pointed_out(tail, text, codes):
    assert {odd.code for odd in oddities(tail, text)} == codes


def test_oddities_are_told_in_both_languages_and_without_the_text():
    for tail, text in (("name", "张3"), ("id_number", "110101198001011234")):
        for odd in oddities(tail, text):
            assert odd.zh
            assert odd.en
            assert text not in odd.zh + odd.en
