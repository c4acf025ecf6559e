"""Candidate pairs: which register rows are worth comparing with which certificate person.

Tight keys come first; wider ones are for people whom the tight keys leave undecided.
A block larger than its family's limit proposes nobody and is reported instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matching import keys
from matching.compare_name import resembles
from matching.encode import (
    DATE_DAY,
    DATE_MONTH,
    DATE_YEAR,
    ID_WHOLE,
    Dates,
    Ints,
    Names,
    birth_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.certificates import Certificates
    from matching.index import RegisterIndex
    from matching.keys import Keyed

TIGHT = (keys.NUMBER, keys.BIRTH_SURNAME, keys.NAME_YEAR)
WIDE = (
    keys.BIRTH_LAST, keys.NAME_DAY, keys.SHORTER_YEAR, keys.SOUND_YEAR, keys.NUMBER_AREA,
    keys.NUMBER_BIRTH, keys.HOME, keys.NAME,
)  # fmt: skip
READING = (
    keys.NUMBER, keys.BIRTH_SEX, keys.NAME_YEAR, keys.NAME_DAY, keys.SHORTER_YEAR, keys.SOUND_YEAR,
    keys.NUMBER_AREA, keys.NUMBER_BIRTH, keys.NAME,
)  # fmt: skip


@dataclass(slots=True)
class BlockReport:
    """The largest block each family met, and how many keys were over its limit."""

    largest: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)

    def summary(self) -> str:
        """The largest block of each family, and how many keys proposed nobody."""
        largest = ", ".join(f"{family} {size}" for family, size in self.largest.items())
        return f"largest blocks: {largest}; keys over their limit: {sum(self.skipped.values())}"

    def add(self, family: str, sizes: Ints, limit: int) -> None:
        """Note the block sizes that one family's probes met."""
        if len(sizes):
            self.largest[family] = max(self.largest.get(family, 0), int(sizes.max()))
            over = int((sizes > limit).sum())
            if over:
                self.skipped[family] = self.skipped.get(family, 0) + over


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Ways of reading each wanted record: one name with one date, and their record."""

    record: Ints
    name: Names
    birth: Dates


def pack(record: Ints, row: Ints) -> Ints:
    """A pair of record and register row as one integer."""
    return (record.astype(np.int64) << 32) | row.astype(np.int64)


def unpack(pairs: Ints) -> tuple[Ints, Ints]:
    """Records and rows of packed pairs."""
    return pairs >> 32, pairs & 0xFFFFFFFF


def probe(pieces: Iterable[Ints], asked: Keyed, limit: int) -> tuple[Ints, Ints]:
    """Packed pairs of the records in `asked` and rows in a block that share a key; block sizes.

    `pieces` are the block in order; the rows of one key may lie in two of them.
    """
    # In order, each look-up finds in the cache what the one before it touched.
    order = np.argsort(asked.keys)
    low, high = keys.bounds(asked.keys[order])
    size = np.zeros(len(order), np.int64)
    found, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for piece in pieces:
        if not len(piece):
            continue
        first = int(np.searchsorted(high, piece[0], "left"))
        last = int(np.searchsorted(low, piece[-1], "right"))
        begin, met = keys.stretches(piece, low[first:last], high[first:last])
        size[first:last] += met
        hit = np.flatnonzero((met > 0) & (size[first:last] <= limit))
        found.append(np.repeat(first + hit, met[hit]))
        rows.append(keys.rows_between(piece, begin[hit], met[hit]))
    at = np.concatenate(found)
    kept = size[at] <= limit
    return pack(asked.rows[order[at[kept]]], np.concatenate(rows)[kept]), size


def candidate_pairs(
    index: RegisterIndex,
    people: Certificates,
    families: Iterable[str],
    wanted: Ints,
    report: BlockReport,
) -> Ints:
    """Distinct packed pairs that share a key of these families, for the wanted records."""
    views = _views(people, wanted)
    found = [np.zeros(0, np.int64)]
    for family in families:
        asked = _ASKED[family](people, views, wanted)
        limit = keys.limit_of(family)
        pairs, sizes = probe(index.pieces(family, asked.keys), asked, limit)
        report.add(family, sizes, limit)
        found.append(_plausible(index, people, views, pairs) if family in _SCREENED else pairs)
    return keys.distinct(np.concatenate(found))


def spouse_pairs(index: RegisterIndex, people: Certificates, pairs: Ints) -> Ints:
    """The spouses of everybody's candidates, as candidates of the partner."""
    record, row = unpack(pairs)
    partner, spouse = people.partner[record], index.people.spouse[row]
    both = (partner >= 0) & (spouse >= 0)
    return keys.distinct(pack(partner[both], spouse[both]))


def _views(people: Certificates, wanted: Ints) -> Views:
    """Names with the delivered date, the delivered name with other dates and the ID's own."""
    names, births = people.name, people.birth
    chosen = np.zeros(len(people), bool)
    chosen[wanted] = True
    by_name = np.flatnonzero(chosen[names.record])
    more = np.ones(len(births.record), bool)
    more[births.first] = False
    by_date = np.flatnonzero(chosen[births.record] & more)
    written = birth_in(people.number.values)
    told = np.flatnonzero(chosen[people.number.record] & (written > 0))
    told_by = people.number.record[told]
    record = np.concatenate([names.record[by_name], births.record[by_date], told_by])
    at_name = np.concatenate([by_name, names.first[births.record[by_date]], names.first[told_by]])
    value = np.concatenate(
        [
            births.values.value[births.first[names.record[by_name]]],
            births.values.value[by_date],
            written[told],
        ]
    )
    form = np.concatenate(
        [
            births.values.form[births.first[names.record[by_name]]],
            births.values.form[by_date],
            np.full(len(told), DATE_DAY),
        ]
    )
    return Views(
        record=record,
        name=names.values.take(at_name),
        birth=Dates(value=value.astype(np.int32), form=form.astype(np.int8)),
    )


def _years(views: Views, *, around: int) -> list[tuple[Ints, Ints]]:
    """Which views have a year, and the years to try; an age leaves it open by two."""
    year = keys.year_of(views.birth)
    tries = []
    for step in range(-2, 3):
        exact = (views.birth.form != DATE_YEAR) & (abs(step) > around)
        tries.append(((year > 0) & ~exact, year + step))
    return tries


def _birth_surname(_: Certificates, views: Views, __: Ints) -> Keyed:
    able = (views.birth.form == DATE_DAY) & (views.name.length > 0)
    return keys.keyed(able, views.record, views.birth.value, views.name.codes[:, 0])


def _birth_last(_: Certificates, views: Views, __: Ints) -> Keyed:
    last = keys.last_char(views.name)
    able = (views.birth.form == DATE_DAY) & (last > 0)
    return keys.keyed(able, views.record, views.birth.value, last)


def _birth_sex(people: Certificates, views: Views, _: Ints) -> Keyed:
    sex = np.where(
        people.sex[views.record] > 0, people.sex[views.record], people.role[views.record]
    )
    able = (views.birth.form == DATE_DAY) & (sex > 0)
    return keys.keyed(able, views.record, views.birth.value, sex)


def _name(_: Certificates, views: Views, __: Ints) -> Keyed:
    return keys.keyed(views.name.length > 0, views.record, views.name.key)


def _name_year(_: Certificates, views: Views, __: Ints) -> Keyed:
    named = views.name.length > 0
    return keys.joined(
        [
            keys.keyed(named & able, views.record, views.name.key, year)
            for able, year in _years(views, around=1)
        ]
    )


def _name_day(_: Certificates, views: Views, __: Ints) -> Keyed:
    day = keys.day_of_year(views.birth)
    able = (views.name.length > 0) & (day > 0)
    return keys.keyed(able, views.record, views.name.key, day)


def _sound_year(_: Certificates, views: Views, __: Ints) -> Keyed:
    heard, sound = keys.sound_key(views.name)
    return keys.joined(
        [
            keys.keyed(heard & able, views.record, sound, year)
            for able, year in _years(views, around=0)
        ]
    )


def _shorter_year(_: Certificates, views: Views, __: Ints) -> Keyed:
    at = np.arange(len(views.record))
    parts = []
    years = _years(views, around=0)
    for key, view in keys.shorter_names(views.name, at):
        parts += [keys.keyed(able[view], view, key, year[view]) for able, year in years]
    return keys.joined(parts)


#: Families that name views, not records: of what they propose the greater part is by chance.
_SCREENED = (keys.SHORTER_YEAR,)
#: So many proposals for one view are all looked at.
_FEW = 12


def _plausible(index: RegisterIndex, people: Certificates, views: Views, pairs: Ints) -> Ints:
    """Packed pairs of records and rows, from those of views and rows that something else joins.

    Where many share two characters of a name and the year, the third character has to resemble
    its counterpart, the birthdays to have something in common, or the home to be the same.
    """
    view, row = unpack(keys.distinct(pairs))
    record, register = views.record[view], index.people
    kept = np.bincount(view, minlength=1)[view] <= _FEW
    kept |= register.former.length[row] > 0
    kept |= _born_alike(views.birth.take(view), register.birth.take(row))
    home = register.home.take(row)
    for paper in (people.home, people.home_of_partner):
        street, house = paper.street[record], paper.house[record]
        kept |= (street == home.street) & (house == home.house) & (street > 0)
    rest = np.flatnonzero(~kept)
    kept[rest] = resembles(views.name.take(view[rest]), register.name.take(row[rest]))
    return pack(record[kept], row[kept])


def _born_alike(paper: Dates, register: Dates) -> Ints:
    """Whether two birthdays share a month or a day, or are as far apart as calendars are."""
    month, other = paper.value // 100 % 100, register.value // 100 % 100
    day = (paper.value % 100 == register.value % 100) & (paper.form == DATE_DAY)
    alike = (month == other) | ((month % 12 + 1) == other) | day
    dated: Ints = np.isin(paper.form, (DATE_DAY, DATE_MONTH)) & alike
    return dated | ~np.isin(paper.form, (DATE_DAY, DATE_MONTH, DATE_YEAR))


def _numbers(
    parts: Callable[[Ints], tuple[tuple[Ints, ...], ...]],
) -> Callable[..., Keyed]:
    def asked(people: Certificates, _: Views, wanted: Ints) -> Keyed:
        numbers = people.number
        chosen = np.zeros(len(people), bool)
        chosen[wanted] = True
        able = chosen[numbers.record] & (numbers.values.form == ID_WHOLE)
        return keys.joined(
            [keys.keyed(able, numbers.record, *part) for part in parts(numbers.values.body)]
        )

    return asked


def _home(people: Certificates, _: Views, wanted: Ints) -> Keyed:
    home = people.home.take(wanted)
    return keys.keyed((home.street != 0) & (home.house != 0), wanted, home.street, home.house)


_ASKED: dict[str, Callable[[Certificates, Views, Ints], Keyed]] = {
    keys.BIRTH_SURNAME: _birth_surname,
    keys.BIRTH_LAST: _birth_last,
    keys.BIRTH_SEX: _birth_sex,
    keys.NAME: _name,
    keys.NAME_YEAR: _name_year,
    keys.NAME_DAY: _name_day,
    keys.SOUND_YEAR: _sound_year,
    keys.SHORTER_YEAR: _shorter_year,
    keys.NUMBER: _numbers(lambda body: ((body,),)),
    keys.NUMBER_AREA: _numbers(keys.area_parts),
    keys.NUMBER_BIRTH: _numbers(lambda body: ((body % 10**11,),)),
    keys.HOME: _home,
}
