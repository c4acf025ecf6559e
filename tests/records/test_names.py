"""Names: the form kept, the match key, and the forms on paper."""

from __future__ import annotations

import pytest

from records.glyphs import likeness
from records.names import (
    NameFlag,
    is_rare,
    match_key,
    name_flags,
    name_value,
    simplified,
    split_name,
    written_forms,
)
from records.surnames import clan_surnames


@pytest.mark.parametrize("dot", "·•‧∙⋅・･.．。")
def test_separators_become_one(dot: str) -> None:
    assert name_value(f"买买提{dot}吐尔逊") == "买买提\N{MIDDLE DOT}吐尔逊"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 張 三 ", "張三"),
        ("王　小明", "王小明"),
        ("李□", "李□"),
        ("李〓", "李□"),
        ("John  Smith", "John Smith"),
        ("乾隆", "乾隆"),
        ("\ue863", "\u4dae"),
        ("e\u0301", "é"),
        ("张三。", "张三"),
        ("", ""),
    ],
)
def test_value(text: str, value: str) -> None:
    assert name_value(text) == value


def test_compatibility_ideographs_stay_on_the_page_and_meet_in_the_key() -> None:
    written = "\uf9dc"  # a compatibility form of 隆
    assert name_value(written) == written
    assert match_key(written) == match_key("隆")


@pytest.mark.parametrize(
    ("page", "register"),
    [
        ("戴興慶", "代兴庆"),
        ("蕭紅", "肖红"),
        ("萧红", "肖红"),
        ("閻錫山", "闫锡山"),
        ("傅作義", "付作义"),
        ("藍天", "兰天"),
        ("詹天佑", "占天佑"),
        ("鍾離", "钟离"),
        ("锺书", "钟书"),
        ("鐘樓", "钟楼"),
        ("昇平", "升平"),
        ("餘慶", "余庆"),
        ("買買提·吐爾遜", "买买提吐尔逊"),
        ("ＪＯＨＮ", "john"),
    ],
)
def test_keys_meet(page: str, register: str) -> None:
    assert match_key(page) == match_key(register)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("朱乾", "朱干"),
        ("李坤", "李堃"),
        ("李哲", "李喆"),
        ("甯静", "宁静"),
        ("高峰", "高峯"),
        ("张渺", "张淼"),
    ],
)
def test_keys_keep_different_names_apart(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("张", "张", 1.0, 1.0),
        ("張", "张", 0.95, 0.99),
        ("萧", "肖", 0.8, 0.9),
        ("蕭", "肖", 0.8, 0.9),
        ("峯", "峰", 0.85, 0.95),
        ("坤", "堃", 0.3, 0.4),
        ("喆", "哲", 0.3, 0.5),
        ("悊", "喆", 0.0, 0.0),  # both variants of 哲: one step only
        ("淼", "渺", 0.0, 0.0),
        ("乾", "干", 0.0, 0.0),
    ],
)
def test_likeness(one: str, other: str, low: float, high: float) -> None:
    assert low <= likeness(one, other) <= high
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize(
    ("register", "expected", "excluded"),
    [
        ("肖", {"肖", "萧", "蕭"}, set()),
        ("后", {"后", "後"}, set()),
        ("兴", {"兴", "興"}, set()),
        ("峰", {"峰", "峯"}, set()),
        ("坤", {"坤"}, {"堃"}),
        ("乾", {"乾"}, {"干"}),
        ("干", {"干", "幹"}, {"乾"}),
        ("一", {"一"}, {"壹"}),
        ("钟", {"钟", "鍾", "鐘", "锺"}, set()),
        ("亓", {"亓"}, set()),
    ],
)
def test_written_forms(register: str, expected: set[str], excluded: set[str]) -> None:
    forms = written_forms(register)
    assert expected <= forms
    assert not excluded & forms
    assert all(likeness(register, form) >= 0.5 for form in forms)


def test_simplified_keeps_the_names_traps() -> None:
    assert simplified("朱乾") == "朱乾"
    assert simplified("鎔陞蔔薑徵") == "镕升卜姜征"
    assert simplified("甯") == "甯"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("欧阳修", ("欧阳", "修")),
        ("歐陽修", ("歐陽", "修")),
        ("司马", ("司", "马")),
        ("张三", ("张", "三")),
        ("买买提·吐尔逊", ("", "买买提·吐尔逊")),
        ("", ("", "")),
    ],
)
def test_split(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("name", "surnames"),
    [("张王氏", ("张", "王")), ("李氏", ("李",)), ("欧阳刘氏", ("欧阳", "刘")), ("李娟", ())],
)
def test_clan_names(name: str, surnames: tuple[str, ...]) -> None:
    assert clan_surnames(name) == surnames


def test_flags() -> None:
    assert name_flags("张三") == frozenset()
    assert name_flags("張興") == frozenset()
    assert name_flags("李□\ue001") == {NameFlag.ILLEGIBLE, NameFlag.PRIVATE_USE}
    assert is_rare("赵䶮")
    assert not is_rare("John")
