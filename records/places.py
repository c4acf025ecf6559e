"""Beijing's districts and counties through the years, and the offices that bore their names.

Offices before 1981 have no official code; a code is never carried back. Area codes of the
whole country are in `areas`, native places in `gazetteer`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from records.areas import area_names, area_valid, areas
from records.glyphs import simplified_table
from records.numerals import counted

__all__ = ["District", "area_valid", "districts", "office_at", "present_districts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district or county of Beijing under one name, with the time it bore it.

    `code` is empty where no official code ever existed. `first` and `last` are days, None
    where open; `day_certain` is False where only the year is established. `successors` are
    names of what followed.
    """

    code: str
    name: str
    kind: str
    first: date | None
    last: date | None
    successors: tuple[str, ...]
    day_certain: bool
    note: str

    def existed(self, on: date) -> bool:
        """Whether it existed on that day, as far as the days are known."""
        return (self.first or date.min) <= on <= (self.last or date.max)

    def may_have_existed(self, on: date) -> bool:
        """As `existed`, with the whole year allowed where only the year is established."""
        if self.day_certain:
            return self.existed(on)
        first, last = self.first or date.min, self.last or date.max
        return first.year <= on.year <= last.year


_BRACKETED: Final = re.compile(r"\(.*?\)")
_NUMBERED: Final = re.compile(r"第([0-9]{1,2})(?=区)")
_KIND: Final = re.compile(r"(?:区办事处|区|县|市)$")
_SHORTEST_STEM: Final = 2
_CITY: Final = "北京市"
_ABSENT: Final = (False, 0, 0, False)


@cache
def districts() -> tuple[District, ...]:
    """All districts and counties of Beijing since 1950."""
    path = files("records") / "data" / "beijing_districts_history.csv"
    with path.open(encoding="utf-8") as lines:
        return tuple(_district(row) for row in csv.DictReader(lines))


def office_at(text: str, on: date) -> District | None:
    """The district or county whose office a text names, as it was on that day.

    The longest name in use then counts; `朝阳民政局` names 朝阳区 as well, but `昌平区` never
    昌平县. The city's own office is 北京市. None when no district of that time is named, or
    another province is.
    """
    plain = _plain(text)
    if _elsewhere(plain):
        return None
    ranked = [(_rank(plain, district, on), district) for district in districts()]
    best = max(ranked, key=lambda pair: pair[0])
    return best[1] if best[0] > _ABSENT else None


def present_districts(district: District) -> tuple[District, ...]:
    """The districts of today that a former one went into, itself where it still exists."""
    if district.last is None:
        return (district,)
    followers = [
        follower
        for name in district.successors
        for follower in _named(name, after=district.last)
        for follower in present_districts(follower)
    ]
    return tuple(dict.fromkeys(followers))


def _district(row: dict[str, str]) -> District:
    return District(
        code=row["code"],
        name=_BRACKETED.sub("", row["name"]),
        kind=row["kind"],
        first=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        last=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        successors=_successors(row["successor"]),
        day_certain=row["date_certainty"] in {"found", "certain"},
        note=row["note"],
    )


def _successors(text: str) -> tuple[str, ...]:
    """Names of successors; `邻区` names nobody, `丰台区等` names the chief one."""
    plain = (_BRACKETED.sub("", part).removesuffix("等") for part in text.split(";"))
    named = (area_names(part)[-1] if part.isdigit() else part for part in plain)
    return tuple(name for name in named if name and name != "邻区")


def _named(name: str, *, after: date) -> tuple[District, ...]:
    """The first district of a name that lasted beyond a day."""
    lasting = [
        district
        for district in districts()
        if district.name == name and (district.last is None or district.last > after)
    ]
    return tuple(sorted(lasting, key=lambda district: district.first or date.min)[:1])


def _plain(text: str) -> str:
    plain = "".join(text.split()).translate(simplified_table())
    plain = plain.translate({ord("０") + figure: str(figure) for figure in range(10)})
    return _NUMBERED.sub(lambda match: "第" + counted(int(match.group(1))), plain)


def _elsewhere(plain: str) -> bool:
    """Whether the text begins with another province, which is not where it says 宛平县."""
    provinces = (area_names(code)[-1] for code in areas() if code.endswith("0000"))
    other = next((name for name in provinces if name != _CITY and plain.startswith(name)), None)
    return other is not None and not any(
        district.kind.startswith("县(") and district.name in plain for district in districts()
    )


def _rank(plain: str, district: District, on: date) -> tuple[bool, int, int, bool]:
    """How well a district explains the text; no district at all where it can't.

    A district counts before the city, a full name before a stem, a long name before a short
    one, one that certainly existed that day before one of that year.
    """
    if not district.may_have_existed(on):
        return _ABSENT
    stem = _KIND.sub("", district.name)
    named = len(stem) >= _SHORTEST_STEM and re.search(stem + "(?![区县])", plain)
    length = len(district.name) if district.name in plain else 0
    if not length and not named:
        return _ABSENT
    return (district.name != _CITY, length, len(stem) if named else 0, district.existed(on))
