"""What a clerk writes into a form: a couple's data as the texts of one era."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawing import names, wording
from drawing.people import age_at, short_id
from drawing.wording import Written, certificate_number, plain

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from drawing.people import Couple, Person

_KINDS = {"marriage": "结", "divorce": "离"}


def _short(couple: Couple) -> str:
    name = couple.district.name
    return name[1:-1] + "区" if name.startswith("第") else couple.district.short


def number_1950s(rng: Random, couple: Couple, *, older: bool = True) -> Written:
    """A number with Chinese numerals, as from 1950 to the sixties."""
    what = _KINDS[couple.event]
    serial = couple.serial % 400 + 1
    inner = rng.choice((wording.counted(serial), wording.spelled(serial), wording.counted(serial)))
    if serial < 100 and rng.random() < 0.4:
        inner = wording.formal(serial)
    year = wording.spelled(couple.registered.year)
    ward = _short(couple)
    form = rng.choice(
        (
            "{year}«年{what}字第»{inner}«号»",
            "{ward}{what}«字第»{inner}«号»",
            "京{ward}{what}«字第»{inner}«号»",
            "«{what}字第»{inner}«号»",
            "{ward}婚«字第»{inner}«号»",
            "{ward}民婚«字第»{inner}«号»",
        )
    )
    marked = form.format(year=year, ward=ward, what=what, inner=inner)
    return certificate_number(names.older_form(marked) if older else marked)


def number_1966(rng: Random, couple: Couple) -> Written:
    """A number of the years of revolutionary committees."""
    what, ward = _KINDS[couple.event], _short(couple)
    year, serial = couple.registered.year % 100, couple.serial
    return certificate_number(
        rng.choice(
            (
                f"«（»{year}«）»{ward}{what}«字第»{serial:03d}«号»",
                f"{ward}革{what}«字第»{serial:04d}«号»",
                f"{ward}{what}«字（»{year}«）第»{serial}«号»",
                f"京{ward}{what}字«第»{serial}«号»",
            )
        )
    )


def number_1980s(rng: Random, couple: Couple) -> Written:
    """A number of the eighties and nineties."""
    what, ward = _KINDS[couple.event], _short(couple)
    year, serial = couple.registered.year % 100, couple.serial
    street = couple.street[0]
    return certificate_number(
        rng.choice(
            (
                f"«（»{year}«）»京{ward}{what}«字第»{serial:06d}«号»",
                f"京{ward}{what}«字第»{year}{serial:05d}«号»",
                f"{ward}{what}字（{year}）«第»{serial:04d}«号»",
                f"{ward}{street}{what}«字第»{year}{serial:04d}«号»",
                f"京{ward}«{what}字第»0{rng.randint(1, 9)}{year}{serial:05d}«号»",
                f"〔{couple.registered.year}〕{ward}{what}字«第»{serial}«号»",
            )
        )
    )


def number_2004(couple: Couple, *, reissue: date | None = None) -> Written:
    """A number of the national scheme; a reissue counts in its own year."""
    head = {"marriage": "J", "divorce": "L"}[couple.event]
    year = (reissue or couple.registered).year
    prefix = "B" + head if reissue else head
    return plain(f"{prefix}{couple.district.code}-{year}-{couple.serial:06d}")


def office_1950s(rng: Random, couple: Couple) -> str:
    """The office of the fifties and early sixties, in traditional characters."""
    year, name = couple.registered.year, couple.district.name
    if year < 1955:
        tail = rng.choice(("人民政府", "人民政府", "人民政府民政科"))
    elif year < 1958 or rng.random() < 0.4:
        tail = "人民委员会"
    else:
        tail = couple.street + ("人民公社" if couple.district.is_county else "街道办事处")
    return names.older_form(f"北京市{name}{tail}")


def office_1966(couple: Couple) -> str:
    """The revolutionary committee of a street or commune."""
    what = "人民公社" if couple.district.is_county else "街道"
    return f"北京市{couple.district.name}{couple.street}{what}革命委员会"


def office_1980s(rng: Random, couple: Couple) -> str:
    """The street office or township of the eighties and nineties."""
    if couple.district.is_county:
        tail = "乡人民政府" if couple.registered.year > 1983 else "人民公社管理委员会"
    else:
        tail = "街道办事处"
    if rng.random() < 0.15:
        return f"北京市{couple.district.name}人民政府"
    return f"北京市{couple.district.name}{couple.street}{tail}"


def office_2004(couple: Couple) -> str:
    """The district's civil affairs bureau."""
    return f"北京市{couple.district.name}民政局"


def _when(rng: Random, day: date, how: str, *, printed: bool) -> Written:
    if how == "numerals":
        zero = rng.choice("〇〇○零")
        return wording.date_in_numerals(day, rng, zero=zero, printed=printed)
    if how == "dotted":
        return wording.dotted(day)
    return wording.date_in_digits(day, printed=printed, padded=how == "padded")


def _age(rng: Random, person: Person, couple: Couple, how: str) -> Written:
    # Fifties' forms don't say which way of counting; both were used.
    years = age_at(person.born, couple.registered)
    if how == "numerals" and rng.random() < 0.4:
        years = couple.registered.year - person.born.year + 1
    text = wording.numeral(years) if how == "numerals" else str(years)
    return Written(marked=text, value=str(years))


def values(
    rng: Random, couple: Couple, *, older: bool, dates: str, printed: bool, ids: int = 18
) -> dict[str, Written]:
    """The texts of both people and the event, by field name.

    `dates`: `numerals`, `digits`, `padded` or `dotted`; `printed` when the form has 年 月 日;
    `ids`: 15 or 18 digits.
    """
    script = names.older_form if older else str
    filled = {
        "registration_date": _when(rng, couple.registered, dates, printed=printed),
        "official": plain(script(couple.official)),
    }
    for role, person in (("male", couple.man), ("female", couple.woman)):
        short = person.ethnicity.removesuffix("族") if rng.random() < 0.5 else person.ethnicity
        number = person.id_number if ids == 18 else short_id(person.id_number)
        filled |= {
            f"{role}.name": plain(script(person.name)),
            f"{role}.sex": plain(person.sex),
            f"{role}.birth_date": _when(rng, person.born, dates, printed=printed),
            f"{role}.age": _age(rng, person, couple, dates),
            f"{role}.id_number": plain(number),
            f"{role}.nationality": plain("中国"),
            f"{role}.ethnicity": plain(script(short)),
            f"{role}.native_place": plain(script(person.native_place)),
            f"{role}.occupation": plain(script(person.occupation)),
            f"{role}.education": plain(script(person.education)),
            f"{role}.address": plain(script(person.address)),
        }
    return filled
