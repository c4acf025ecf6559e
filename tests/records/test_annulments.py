"""A note of an annulment says what was done, when and by which paper; a mention says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.annulments import Annulment, Manner, read_annulment


@pytest.mark.parametrize(
    ("note", "manner", "day", "document"),
    [
        ("该婚姻登记已于2008年3月5日被撤销，档号110101-2008-CX-0003", Manner.REVOKED, "2008-03-05",
         "110101-2008-CX-0003"),
        ("二〇〇八年三月五日撤销结婚登记", Manner.REVOKED, "2008-03-05", None),
        ("經法院於一九八七年十二月廿一日宣告婚姻無效", Manner.VOID, "1987-12-21", None),
        ("婚姻无效，见（2011）东民初字第123号", Manner.VOID, None, "（2011）东民初字第123号"),
        ("1996-05-08依法撤销该婚姻", Manner.REVOKED, "1996-05-08", None),
        ("撤销婚姻登记决定书〔2009〕东民撤第2号，2009年", Manner.REVOKED, "2009",
         "〔2009〕东民撤第2号"),
        ("1990年5月1日结婚，2001年6月2日判决确认双方婚姻关系无效", Manner.VOID, None, None),
        ("2011年2月3日撤销，档号110101-2011-CX-0001", Manner.REVOKED, "2011-02-03",
         "110101-2011-CX-0001"),
        ("女方申请，2012年1月9日予以撤销", Manner.REVOKED, "2012-01-09", None),
    ],
)  # fmt: skip
def test_what_was_done_is_read(note, manner, day, document):
    assert read_annulment(note) == Annulment(manner=manner, day=day, document=document)


@pytest.mark.parametrize(
    "note",
    [
        "女方申请撤销婚姻登记",
        "不予撤销结婚登记",
        "法院驳回宣告婚姻无效的请求，未宣告婚姻无效",
        "照片无效，换发",
        "该婚姻被宣告无效；原撤销结婚登记",
        "未撤销",
        "起诉请求确认婚姻无效",
    ],
)
def test_what_only_touches_on_it_is_left_to_people(note):
    found = read_annulment(note)
    assert found is not None
    assert found.manner is None


@pytest.mark.parametrize("note", ["", "复婚", "补领，原登记日期1985年5月6日", "离婚后遗失补发"])
def test_other_notes_say_nothing_of_it(note):
    assert read_annulment(note) is None


@given(st.text(alphabet="申请已被撤销宣告婚姻无效登记不予。，（）2008年3月5日号第", max_size=30))
def test_a_refusal_alone_annuls_nothing(text):
    found = read_annulment(text)
    assert (found is None) == ("撤销" not in text and "无效" not in text)
    if "撤销" in text and "无效" not in text:
        refused = read_annulment(text.replace("撤销", "，未撤销"))
        assert refused is not None
        assert refused.manner is None
