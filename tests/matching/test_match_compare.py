"""Comparisons say what a person with the two texts in hand would say."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from matching.compare_address import AddressLevel, compare_addresses, worth_reading
from matching.compare_date import DateLevel, compare_dates
from matching.compare_name import NameLevel, compare_names
from matching.encode import (
    encode_dates,
    encode_names,
    encode_numbers,
    encode_sex,
    hash_text,
)
from matching.encode_home import encode_homes, split_address
from matching.frequencies import log2_characters
from matching.glyphs import look_alike
from matching.places import district_code
from matching.sounds import folded, sounds, sounds_of
from records.lunar import from_solar

if TYPE_CHECKING:
    from matching.encode import Ints
    from matching.index import RegisterIndex

CHARS = "王汪玉五英瑛明朋芳方□林琳氏"
names = st.text(st.sampled_from(CHARS), min_size=0, max_size=4)
days = st.dates(date(1920, 1, 1), date(1990, 12, 31))


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def alike(one: str, other: str) -> NameLevel | None:
    """The relation of two characters, looked up one at a time."""
    a, b = np.array([ord(one)]), np.array([ord(other)])
    if "□" in (one, other):
        return NameLevel.ILLEGIBLE
    if look_alike(a, b)[0]:
        return NameLevel.LOOKS_ALIKE
    return None


def slow_level(paper: str, register: str) -> set[NameLevel]:  # noqa: PLR0911 - one case each
    """The levels that the definition allows, by going through the characters."""
    if not paper or not register:
        return {NameLevel.MISSING}
    if paper == register:
        return {NameLevel.SAME}
    if len(paper) == len(register):
        off = [at for at, (a, b) in enumerate(zip(paper, register, strict=True)) if a != b]
        if len(off) == 1 and len(paper) > 1:
            found = alike(paper[off[0]], register[off[0]])
            if found:
                return {found}
            other = NameLevel.OTHER_SURNAME if off[0] == 0 else NameLevel.OTHER_GIVEN
            return {NameLevel.SOUNDS_ALIKE, other}
        if len(off) == 2:
            a, b = off
            if paper[a] == register[b] and paper[b] == register[a]:
                return {NameLevel.SWAPPED}
    longer, shorter = sorted((paper, register), key=len, reverse=True)
    if len(longer) == len(shorter) + 1 and shorter in (
        longer[:at] + longer[at + 1 :] for at in range(len(longer))
    ):
        return {NameLevel.LOST_OR_EXTRA}
    rest = {NameLevel.TWO_ALIKE, NameLevel.SHI}
    return rest | {NameLevel.SURNAME_ONLY if paper[0] == register[0] else NameLevel.DIFFERENT}


def compared_names(index: RegisterIndex, paper: str | None, register: str) -> tuple[Ints, Ints]:
    one, other = encode_names(texts(paper)), encode_names(texts(register))
    return compare_names(one, other, log2_characters(one, index.known), index.known)


@settings(max_examples=300, deadline=None)
@given(paper=names, register=names)
def test_names_vectorised_equal_the_slow_definition(
    index: RegisterIndex, paper: str, register: str
) -> None:
    level, log2_u = compared_names(index, paper, register)
    assert NameLevel(level[0]) in slow_level(paper, register)
    assert log2_u[0] <= 1e-9


@pytest.mark.parametrize(
    ("paper", "register", "expected"),
    [
        ("劉淑珍", "刘淑珍", NameLevel.SAME),
        ("付明", "傅明", NameLevel.SAME),
        ("刘叔珍", "刘淑珍", NameLevel.LOOKS_ALIKE),
        ("刘书珍", "刘淑珍", NameLevel.SOUNDS_ALIKE),
        ("翟明玉", "翟明宇", NameLevel.SOUNDS_ALIKE),
        ("王氏", "张王氏", NameLevel.LOST_OR_EXTRA),
        ("张王氏", "王秀英", NameLevel.SHI),
        ("买买提·吐尔逊江", "买买提吐尔逊江", NameLevel.SAME),
        (None, "刘淑珍", NameLevel.MISSING),
    ],
)
def test_names_that_clerks_write_in_their_ways(
    index: RegisterIndex, paper: str | None, register: str, expected: NameLevel
) -> None:
    level, _ = compared_names(index, paper, register)
    assert NameLevel(level[0]) is expected


def test_a_surname_is_heard_as_a_surname() -> None:
    """查 is Zha in front and cha elsewhere; 区 is Ou, not qu."""
    first = encode_names(texts("查明", "扎明", "区明", "欧明", "曲明")).codes
    heard = sounds(first)[:, 0]
    assert heard[0] == heard[1]
    assert heard[2] == heard[3] != heard[4]
    assert sounds_of(first[:, 0], np.ones(5, bool)).tolist() == heard.tolist()
    later = sounds(np.repeat(first[:, :1], 2, axis=1))[:, 1]
    assert sounds_of(first[:, 0], np.zeros(5, bool)).tolist() == later.tolist()


def level_of(
    paper: str | None, register: str | None, registered: str | None = "1960-06-01"
) -> DateLevel:
    level = compare_dates(*(encode_dates(texts(each)) for each in (paper, register, registered)))
    return DateLevel(level[0])


@settings(max_examples=200, deadline=None)
@given(one=days, other=days)
def test_whole_dates_vectorised_equal_the_slow_definition(one: date, other: date) -> None:
    paper, register = f"{one:%Y-%m-%d}", f"{other:%Y-%m-%d}"
    off = sum(a != b for a, b in zip(paper, register, strict=True))
    level = level_of(paper, register, None)
    if off == 0:
        assert level is DateLevel.SAME
    elif from_solar(other) is not None and tuple(from_solar(other)[:3]) == (
        one.year, one.month, one.day
    ):  # fmt: skip
        assert level in (DateLevel.LUNAR, DateLevel.ONE_DIGIT)
    elif off == 1:
        assert level in (DateLevel.ONE_DIGIT, DateLevel.LUNAR)
    elif one.year == other.year and (one.month, one.day) == (other.day, other.month):
        assert level is DateLevel.SWAPPED
    elif abs(one.year - other.year) == 11 and (one.month, one.day) == (other.month, other.day):
        assert level is DateLevel.REPUBLIC
    elif off > 2 and abs(one.year - other.year) > 2 and (one.month, one.day) != (
        other.month, other.day
    ):  # fmt: skip
        assert level is DateLevel.DIFFERENT


@pytest.mark.parametrize(
    ("paper", "register", "expected"),
    [
        ("1949-08-10", "1949-10-01", DateLevel.LUNAR),
        ("1949-10-01", "1949-08-10", DateLevel.LUNAR),
        ("1935", "1936-05-01", DateLevel.AGE_NOMINAL),
        ("1935", "1934-08-01", DateLevel.AGE_FULL),
        ("1935", "1934-05-01", DateLevel.AGE_ONE_OFF),
        ("1924", "1935-05-01", DateLevel.REPUBLIC),
        ("1924-05-01", "1935-05-01", DateLevel.REPUBLIC),
        ("1935", "1937-05-01", DateLevel.AGE_TWO_OFF),
        ("1935-05", "1935-05-20", DateLevel.MONTH_SAME),
        ("1935907", "1935-09-07", DateLevel.SHORT_FITS),
        ("1935907", "1935-08-17", DateLevel.SHORT_DIFFERENT),
        ("1961-63-29", "1961-03-29", DateLevel.BROKEN_ONE_DIGIT),
        ("1930-05-06", "1930-01-01", DateLevel.YEAR_AS_DAY),
        ("1930-05-06", "1930", DateLevel.YEAR_AS_DAY),
        ("1930-05-06", "1959-11-28", DateLevel.ODD_AGE),
        (None, "1959-11-28", DateLevel.ODD_AGE),
        (None, "1935-11-28", DateLevel.MISSING),
        ("1930-05-06", None, DateLevel.MISSING),
    ],
)
def test_dates_as_papers_and_registers_write_them(
    paper: str | None, register: str | None, expected: DateLevel
) -> None:
    assert level_of(paper, register) is expected


@given(born=days, registered=st.dates(date(1950, 1, 1), date(2012, 12, 31)))
def test_an_age_by_either_count_reaches_the_level_of_its_count(
    born: date, registered: date
) -> None:
    """周岁: birthdays passed. 虚岁: calendar years begun, the first of them the year of birth."""
    passed = (registered.month, registered.day) >= (born.month, born.day)
    full = registered.year - born.year - (not passed)
    if not 16 <= full <= 68:
        return
    by_birthdays = level_of(str(registered.year - full), f"{born}", f"{registered}")
    by_years = level_of(str(born.year - 1), f"{born}", f"{registered}")
    assert by_birthdays is (DateLevel.AGE_SAME if passed else DateLevel.AGE_FULL)
    assert by_years is DateLevel.AGE_NOMINAL


def test_short_and_long_numbers_are_one_and_placeholders_are_none() -> None:
    numbers = encode_numbers(
        texts("110103197003150023", "110103700315002", "000000195803120000", "EA1234567", None)
    )
    assert numbers.body[0] == numbers.body[1] > 0
    assert (numbers.body[2:] == 0).all()
    assert numbers.form.tolist() == [1, 1, 0, 0, 0]


def test_codes_of_sexes() -> None:
    assert encode_sex(texts("男", "女", "1", "2", "male", "female", "0", None)).tolist() == [
        1, 2, 1, 2, 1, 2, 0, 0,
    ]  # fmt: skip


def test_a_renamed_district_is_the_same_and_a_misread_one_too() -> None:
    today = district_code("西城区柳金胡同55号")[0]
    for written in ("宣武区柳金胡同55号", "北京市宣武区柳金胡同55号", "西单区柳金胡同55号"):
        assert district_code(written)[0] == today
    assert split_address("朝阳岖武市路89号") == (district_code("朝阳区")[0], "武市路", 89)
    assert split_address("通县小定街4□号")[2] == 0


def test_addresses(index: RegisterIndex) -> None:
    paper = ["宣武区柳金胡同55号", "西城区柳全胡同55号", "西城区柳金胡同7号", "西城区大街1号",
             "朝阳区大街1号", "朝阳区大街1号", None]  # fmt: skip
    partner = [None, None, None, None, None, "西城区柳金胡同55号", None]
    one, beside = encode_homes(texts(*paper)).addresses, encode_homes(texts(*partner)).addresses
    other = encode_homes(texts(*["西城区柳金胡同55号"] * 7)).addresses
    rows = worth_reading(one, other)
    streets = ([split_address(paper[at] or "")[1] for at in rows], ["柳金胡同"] * len(rows))
    level, log2_u = compare_addresses(one, beside, other, streets, rows, index.known)
    assert level.tolist() == [
        AddressLevel.SAME, AddressLevel.NEAR, AddressLevel.STREET, AddressLevel.DISTRICT,
        AddressLevel.DIFFERENT, AddressLevel.PARTNERS, AddressLevel.MISSING,
    ]  # fmt: skip
    assert (log2_u <= 0).all()


def test_sounds_are_those_of_the_dictionary() -> None:
    """The table that is looked into says what asking for each character says."""
    codes = np.array([[code] for code in range(0x4E00, 0x9FA0, 7)])
    asked = [pinyin(chr(code), style=Style.NORMAL, errors="ignore") for code in codes[:, 0]]
    slow = [(hash_text(folded(one[0][0])) & 0x7FFFFFFF) if one else 0 for one in asked]
    later = sounds(np.hstack([codes, codes]))[:, 1]
    assert later.tolist() == slow
