"""Districts, area codes, native places; ethnic groups and sex."""

from __future__ import annotations

from datetime import date

import pytest

from records.areas import area_names, area_valid, areas, full_name
from records.ethnicity import parse_ethnicity
from records.gazetteer import parse_place
from records.places import districts, office_at, present_districts
from records.sex import parse_sex


@pytest.mark.parametrize(
    ("text", "on", "name", "today"),
    [
        ("北京市西四區人民政府", "1955-06-02", "西四区", ["西城区"]),
        ("北京市第五区人民政府民政科", "1950-06-01", "第五区", ["东城区", "西城区"]),
        ("第十三区", "1951-01-01", "第十三区", ["海淀区"]),
        ("第13區公所", "1951-01-01", "第十三区", ["海淀区"]),
        ("北京市昌平县街道办事处", "1979-01-01", "昌平县", ["昌平区"]),
        ("朝阳民政局", "1990-01-01", "朝阳区", ["朝阳区"]),
        ("北京市民政局", "1999-01-01", "北京市", ["北京市"]),
        ("北京市东城区民政局", "2012-01-01", "东城区", ["东城区"]),
        ("崇文区民政局", "2005-01-01", "崇文区", ["东城区"]),
        ("河北省宛平县人民政府", "1951-01-01", "宛平县", ["门头沟区"]),
        ("京西矿区", "1956-01-01", "京西矿区", ["门头沟区"]),
        ("东单区人民委员会", "1958-08-01", "东单区", ["东城区"]),  # only the year is established
        ("昌平区", "1999-03-01", "昌平区", ["昌平区"]),
        ("燕山区迎风街道办事处", "1984-01-01", "燕山区", ["房山区"]),
    ],
)
def test_offices(text: str, on: str, name: str, today: list[str]) -> None:
    district = office_at(text, date.fromisoformat(on))
    assert district is not None
    assert district.name == name
    assert [present.name for present in present_districts(district)] == today


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("崇文区民政局", "2012-01-01"),
        ("昌平区", "1989-03-01"),
        ("通州区民政局", "1985-01-01"),
        ("东单区", "1960-01-01"),
        ("辽宁省朝阳市民政局", "2012-01-01"),
        ("上海市", "1984-01-01"),
        ("", "1984-01-01"),
    ],
)
def test_offices_that_were_not(text: str, on: str) -> None:
    assert office_at(text, date.fromisoformat(on)) is None


def test_every_coded_district_agrees_with_the_area_codes() -> None:
    coded = [district for district in districts() if district.code]
    assert len(coded) > 25
    for district in coded:
        assert district.name in area_names(district.code)


def test_every_district_leads_to_the_present() -> None:
    lost = {district.name for district in districts() if not present_districts(district)}
    # 第十四区 was divided among neighbours that no source names.
    assert lost == {"第十四区"}


@pytest.mark.parametrize(
    ("code", "year", "valid"),
    [("110103", 2009, True), ("110103", 2010, True), ("110103", 2011, False),
     ("110103", 1980, False), ("110101", 2024, True), ("999999", 2000, False)],
)  # fmt: skip
def test_area_years(code: str, year: int, *, valid: bool) -> None:
    assert area_valid(code, year) is valid


def test_successors_of_areas_are_areas() -> None:
    table = areas()
    assert len(table) > 6000
    for entries in table.values():
        assert all(successor in table for area in entries for successor in area.successors)


def test_full_names() -> None:
    assert full_name("110103") == "北京市崇文区"
    assert full_name("410522") == "河南省安阳市安阳县"
    assert full_name("999999") is None


@pytest.mark.parametrize(
    ("text", "codes", "level", "rest"),
    [
        ("河南省安陽縣", {"410522", "412122"}, "county", ""),
        ("遼寧省瀋陽市", {"210100"}, "prefecture", ""),
        ("北京市", {"110000"}, "province", ""),
        ("河北省通县", {"110223"}, "county", ""),
        ("江苏省松江县", {"310227"}, "county", ""),
        ("北京市朝阳区呼家楼街道", {"110105"}, "county", "呼家楼街道"),
        ("顺义县牛栏山公社", {"110222"}, "county", "牛栏山公社"),
        ("河北省保定专区涿县", {"132430"}, "county", ""),
        ("吉林省延边朝鲜族自治州和龙县", {"222423"}, "county", ""),
        ("绥远省归绥县", {"150000"}, "province", "归绥县"),
        ("察哈爾省宣化縣", {"130721", "132531"}, "county", ""),
        ("朝阳区", {"110105", "220104"}, "county", ""),
    ],
)
def test_native_places(text: str, codes: set[str], level: str, rest: str) -> None:
    place = parse_place(text)
    assert place is not None
    assert (set(place.codes), place.level, place.rest) == (codes, level, rest)


@pytest.mark.parametrize("text", ["", "胶东", "中国", "不详"])
def test_no_place(text: str) -> None:
    assert parse_place(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("汉", "汉"), ("汉族", "汉"), ("漢族", "汉"), ("回民", "回"), ("僮族", "壮"),
     ("毛难族", "毛南"), ("滿族", "满"), ("蒙族", "蒙古"), ("维吾尔族", "维吾尔")],
)  # fmt: skip
def test_ethnic_groups(text: str, name: str) -> None:
    found = parse_ethnicity(text)
    assert found is not None
    assert found[1] == name


def test_unknown_ethnic_group() -> None:
    assert parse_ethnicity("") is None
    assert parse_ethnicity("族") is None
    assert parse_ethnicity("不详") is None


@pytest.mark.parametrize(
    ("text", "sex"),
    [("男", "male"), (" 女 ", "female"), ("1", "male"), ("２", "female"), ("F", "female"),
     ("0", None), ("9", None), ("", None), ("男女", None)],
)  # fmt: skip
def test_sex(text: str, sex: str | None) -> None:
    assert parse_sex(text) == sex
