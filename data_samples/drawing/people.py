"""Couples who never lived: names, dates, numbers and places that go together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from drawing import names, places

if TYPE_CHECKING:
    from random import Random

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ERA_ENDS = ((1965, "1950s"), (1979, "1960s"), (1993, "1980s"), (2003, "1990s"))


def era_of(year: int) -> str:
    """The era of a registration year."""
    return next((era for end, era in _ERA_ENDS if year <= end), "2000s")


def check_digit(head: str) -> str:
    """The check digit of GB 11643-1999 for 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, head, strict=True))
    return _CHECKS[total % 11]


def id_number(rng: Random, area: str, born: date, sex: str) -> str:
    """An 18-digit number with a valid check digit."""
    serial = rng.randrange(1, 499) * 2 - (sex == "男")
    head = f"{area}{born:%Y%m%d}{serial:03d}"
    return head + check_digit(head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented person; `name` in simplified characters."""

    name: str
    sex: str
    born: date
    id_number: str
    ethnicity: str
    native_place: str
    occupation: str
    education: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """A man, a woman and the event that brought them to the office."""

    man: Person
    woman: Person
    event: str
    registered: date
    district: places.District
    street: str
    serial: int
    official: str

    @property
    def era(self) -> str:
        """The era of the registration."""
        return era_of(self.registered.year)


def a_day(rng: Random, year: int) -> date:
    """Any day of the year."""
    return date(year, 1, 1) + timedelta(days=rng.randrange(365))


def person(rng: Random, sex: str, born: date, registered: int) -> Person:
    """A person as of the year of registration."""
    name, ethnicity = names.full_name(rng, sex, born.year)
    era = era_of(registered)
    home = places.district_at(rng, registered)
    return Person(
        name=name,
        sex=sex,
        born=born,
        id_number=id_number(rng, places.area_code(rng, born), born, sex),
        ethnicity=ethnicity,
        native_place=places.origin(rng),
        occupation=places.occupation(rng, era),
        education=places.schooling(rng, era),
        address=places.address(rng, home, blocks=registered >= 1975),
    )


def _birthdays(rng: Random, event: str, registered: date) -> tuple[date, date]:
    least = 20 if registered.year <= 1980 else 22
    age = least + min(40, int(rng.expovariate(1 / 4.5)))
    if event == "divorce":
        age += rng.randint(3, 15)
    his = a_day(rng, registered.year - age - 1)
    gap = round(rng.gauss(2, 2.5))
    hers = a_day(rng, min(his.year + gap, registered.year - least + 1))
    return his, hers


def _quiet_year(year: int) -> int:
    """Districts changed in 1950, 1952 and 1958: no office is drawn in those years."""
    return year + 1 if year in {1950, 1952, 1958} else year


def couple(
    rng: Random, years: tuple[int, int], *, event: str = "marriage", coded: bool = False
) -> Couple:
    """A couple registered within the years (both included)."""
    registered = a_day(rng, _quiet_year(rng.randint(*years)))
    his, hers = _birthdays(rng, event, registered)
    district = places.district_at(rng, registered.year, coded=coded)
    return Couple(
        man=person(rng, "男", his, registered.year),
        woman=person(rng, "女", hers, registered.year),
        event=event,
        registered=registered,
        district=district,
        street=places.neighbourhood(rng, district),
        serial=rng.randint(1, 900),
        official=names.full_name(rng, rng.choice("男女"), registered.year - 35)[0],
    )


def following(rng: Random, first: Couple, days: int) -> Couple:
    """The next couple in the same office's ledger."""
    registered = first.registered + timedelta(days=days)
    other = couple(rng, (registered.year, registered.year), event=first.event)
    return replace(
        other,
        registered=registered,
        district=first.district,
        street=first.street,
        serial=first.serial + 1,
        official=first.official,
    )


def age_at(born: date, on: date) -> int:
    """Full years of age (周岁)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def short_id(number: str) -> str:
    """The 15-digit form used before 1999."""
    return number[:6] + number[8:17]
