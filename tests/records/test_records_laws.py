"""Laws that hold for generated dates, numbers and names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import lunar
from records.ages import birth_interval, birth_years, parse_age
from records.certificate_number import certificate_value, parse_certificate_number
from records.dates import DateFlag, parse_date
from records.glyphs import key_table, written_forms
from records.id_number import check_digit, one_digit_repairs, parse_id
from records.names import match_key, name_value, simplified
from records.numerals import (
    counted,
    day_spellings,
    month_spellings,
    parse_numeral,
    positional,
    small_spellings,
    year_spellings,
)

#: Tables are read at the first call, and the machine may be busy.
UNHURRIED = settings(deadline=None)
DAYS = st.dates(date(1912, 1, 1), date(2024, 12, 31))
LUNAR_MONTHS = ["正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊"]


def _in_full(spelling: str) -> bool:
    return "民" in spelling or len(spelling) == 4


@UNHURRIED
@given(day=DAYS, data=st.data())
def test_a_day_however_written_is_read_back(day: date, data: st.DataObject) -> None:
    full_years = sorted(filter(_in_full, year_spellings(day.year)))
    year = data.draw(st.sampled_from(full_years))
    month = data.draw(st.sampled_from(sorted(month_spellings(day.month))))
    written_day = data.draw(st.sampled_from(sorted(day_spellings(day.day))))
    ending = data.draw(st.sampled_from(["日", "号", "號", ""]))
    text = f"{year}年{month}月{written_day}{ending}"
    written = parse_date(text)
    assert (written.value, written.flags) == (day.isoformat(), frozenset())
    assert written.span == (day, day)


@UNHURRIED
@given(day=DAYS, separator=st.sampled_from(list("./-、．／－—")), padded=st.booleans())
def test_separated_figures_are_read_back(day: date, separator: str, *, padded: bool) -> None:
    month, of_month = (f"{part:02d}" if padded else str(part) for part in (day.month, day.day))
    text = separator.join((str(day.year), month, of_month))
    assert parse_date(text).value == day.isoformat()
    wide = text.translate({ord(str(figure)): ord("０") + figure for figure in range(10)})
    assert parse_date(wide).value == day.isoformat()


@UNHURRIED
@given(day=st.dates(date(1902, 1, 1), date(2040, 12, 31)), data=st.data())
def test_a_lunar_day_is_read_back(day: date, data: st.DataObject) -> None:
    moon = lunar.from_solar(day)
    assert moon is not None
    assert lunar.to_solar(moon) == day
    month = LUNAR_MONTHS[moon.month - 1]
    of_month = f"初{counted(moon.day)}" if moon.day <= 10 else counted(moon.day)
    leap = "闰" if moon.leap else ""
    year = data.draw(st.sampled_from([positional(moon.year), lunar.cycle_name(moon.year)]))
    written = parse_date(f"农历{year}年{leap}{month}月{of_month}", context=(moon.year, moon.year))
    assert (written.value, written.calendar) == (day.isoformat(), "lunar")


@UNHURRIED
@given(number=st.integers(0, 99), month=st.integers(1, 12), first=st.integers(1900, 1990),
       length=st.integers(0, 120))  # fmt: skip
def test_a_short_year_has_a_value_only_when_one_year_explains_it(
    number: int, month: int, first: int, length: int
) -> None:
    context = (first, min(first + length, 2100))
    written = parse_date(f"{number:02d}年{month}月1日", context=context)
    possible = {
        year
        for year in range(context[0], context[1] + 1)
        if year % 100 == number or (1 <= number <= 38 and year == 1911 + number)
    }
    if len(possible) == 1:
        assert written.value == f"{possible.pop()}-{month:02d}-01"
    else:
        assert written.value is None
        assert {day.year for day in written.candidates} == possible


@UNHURRIED
@given(name=st.integers(0, 59), first=st.integers(1900, 1990), length=st.integers(0, 110))
def test_a_cyclic_year_has_a_value_only_within_one_cycle(
    name: int, first: int, length: int
) -> None:
    cyclic = lunar.cycle_name(1984 + name)
    years = [year for year in range(first, first + length + 1) if lunar.cycle_name(year) == cyclic]
    assert lunar.cycle_years(cyclic, first, first + length) == tuple(years)
    written = parse_date(f"{cyclic}年三月初三", context=(first, first + length))
    assert (written.value is None) == (len(years) != 1)


@UNHURRIED
@given(text=st.text(alphabet="0123456789一二三十廿〇年月日初闰正腊农历民国.-/ ", max_size=14))
def test_no_text_breaks_the_reader_and_every_value_is_a_day(text: str) -> None:
    written = parse_date(text)
    if written.value is None:
        assert written.flags
    else:
        date.fromisoformat((written.value + "-01-01")[:10])
        assert written.span is not None
        first, last = written.span
        assert first.isoformat().startswith(written.value)
        assert last.isoformat().startswith(written.value)


@UNHURRIED
@given(day=DAYS, lost=st.integers(0, 7))
def test_a_run_of_figures_that_lost_one_has_no_value(day: date, lost: int) -> None:
    run = day.strftime("%Y%m%d")
    assert parse_date(run).value == day.isoformat()
    assert parse_date(run[:lost] + run[lost + 1 :]).value is None


def test_impossible_solar_days_propose_the_lunar_one() -> None:
    written = parse_date("一九五三年二月三十日")
    assert written.value is None
    assert written.flags == {DateFlag.IMPOSSIBLE_SOLAR_TRY_LUNAR}
    assert [day.iso for day in written.candidates] == ["1953-04-13"]


@pytest.mark.parametrize("number", range(1, 100))
def test_small_numbers_however_written(number: int) -> None:
    assert {parse_numeral(text) for text in small_spellings(number)} == {number}
    assert parse_age(counted(number) + "歲") == number


@UNHURRIED
@given(st.integers(1, 9999))
def test_positional_numerals(number: int) -> None:
    assert parse_numeral(positional(number)) == number


@UNHURRIED
@given(born=st.dates(date(1905, 1, 1), date(1985, 12, 31)), registered=st.dates(
    date(1986, 1, 1), date(2003, 12, 31)))  # fmt: skip
def test_age_intervals_hold_the_birth_date(born: date, registered: date) -> None:
    birthday_passed = (registered.month, registered.day) >= (born.month, born.day)
    completed = registered.year - born.year - (not birthday_passed)
    then, now = lunar.lunar_year_of(born), lunar.lunar_year_of(registered)
    assert then is not None
    assert now is not None
    nominal = now - then + 1
    if (born.month, born.day) != (2, 29):
        first, last = birth_interval(completed, registered, "周岁")
        assert first <= born <= last
        assert born.year in birth_years(completed, registered)
    first, last = birth_interval(nominal, registered, "虚岁")
    assert first <= born <= last
    assert born.year in birth_years(nominal, registered)


@UNHURRIED
@given(registered=DAYS, age=st.integers(0, 100), kind=st.sampled_from(["周岁", "虚岁"]))
def test_age_intervals_follow_each_other(registered: date, age: int, kind: str) -> None:
    first, _ = birth_interval(age, registered, kind)
    _, last = birth_interval(age + 1, registered, kind)
    in_table = first >= date(1901, 2, 19)
    if kind == "周岁" or in_table:
        assert last == first - timedelta(days=1)


BODIES = st.from_regex(
    r"110105(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True
)


@UNHURRIED
@given(BODIES)
def test_check_digit_law(body: str) -> None:
    number = body + check_digit(body)
    values = [10 if figure == "X" else int(figure) for figure in number]
    # ISO 7064 MOD 11-2: the weighted sum with the check digit leaves 1.
    assert sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1
    assert "checksum" not in parse_id(number).flags


@UNHURRIED
@given(BODIES, st.integers(0, 16), st.integers(1, 9))
def test_every_wrong_digit_is_noticed_and_none_is_repaired(
    body: str, place: int, change: int
) -> None:
    number = body + check_digit(body)
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    read = parse_id(wrong)
    if read.kind == "18":
        assert "checksum" in read.flags
        assert read.value == wrong
        assert read.key is None
        assert number in one_digit_repairs(wrong)


@UNHURRIED
@given(BODIES, st.sampled_from("0123456789X"))
def test_repairs_agree_with_the_slow_definition(body: str, check: str) -> None:
    number = body + check
    changed = {
        number[:place] + figure + number[place + 1 :]
        for place in range(18)
        for figure in "0123456789"
    }
    slow = {each for each in changed - {number} if check_digit(each[:17]) == each[17]}
    assert set(one_digit_repairs(number)) == slow


@UNHURRIED
@given(st.sampled_from(["J", "L", "BJ", "BL"]), st.integers(2004, 2024), st.integers(1, 999999))
def test_modern_certificate_numbers(letters: str, year: int, sequence: int) -> None:
    text = f"{letters}110105-{year}-{sequence:06d}"
    number = parse_certificate_number(text)
    assert number is not None
    assert number.canonical == certificate_value(text) == text
    assert (number.year, number.seq, number.repaired) == (year, sequence, False)
    damaged = parse_certificate_number(text.replace("0", "O"))
    assert damaged is not None
    assert damaged.canonical == text
    assert damaged.repaired == ("0" in text)


HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)


@UNHURRIED
@given(st.text(max_size=12))
def test_name_forms_are_settled_after_one_pass(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)
    assert name_value(name_value(text)) == name_value(text)
    assert match_key(name_value(text)) == match_key(text)


@UNHURRIED
@given(st.text(HAN, min_size=1, max_size=4))
def test_simplifying_does_not_change_the_key(name: str) -> None:
    assert match_key(simplified(name)) == match_key(name)


@UNHURRIED
@given(HAN)
def test_written_forms_are_the_inverse_of_the_key(character: str) -> None:
    key = character.translate(key_table())
    assert character in written_forms(key)
    same = {form for form in written_forms(character) if form.translate(key_table()) == key}
    assert {character, key} <= same
    assert all(character in written_forms(form) for form in same)
