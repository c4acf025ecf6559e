"""Pairs of a certificate person and a register person, compared field by field.

Every field of a pair gets a level and the log2 of the chance that a random person shows
that level. Where the reader saw several possible texts, the one that explains the pair
best is taken, at the price of its probability.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.compare_address import AddressLevel, compare_addresses, worth_reading
from matching.compare_date import DateLevel, compare_dates
from matching.compare_name import compare_names, with_former
from matching.compare_number import compare_numbers, joint_level, joint_log2_u
from matching.encode import DATE_FORMS, DATE_YEAR, Dates, Ints
from matching.frequencies import log2_day, year_share
from matching.groups import SEX_GROUP, normalised

if TYPE_CHECKING:
    from matching.certificates import Alternatives, Certificates
    from matching.frequencies import Frequencies
    from matching.index import RegisterIndex
    from matching.model import Parameters

_CHUNK = 200_000
#: Random pairs for the chances of levels: so many at least, for each record, and at most.
_SAMPLE = (20_000, 15, 300_000)
SEX_LEVELS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Compared pairs: rows of records and register, levels, bits of chance.

    `name`, `joint`, `sex`, `address` are levels; `*_u` the log2 of their chance, where paper and
    register name one home that of a name within a family; `reader` the log2 of the reader's
    probability of the texts that were taken.
    """

    record: Ints
    row: Ints
    name: Ints
    name_u: Ints
    date_u: Ints
    joint: Ints
    joint_u: Ints
    sex: Ints
    address: Ints
    address_u: Ints
    reader: Ints

    def __len__(self) -> int:
        return len(self.record)

    def take(self, rows: Ints) -> Comparison:
        """The pairs at these places."""
        return Comparison(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def joined(cls, parts: list[Comparison]) -> Comparison:
        """Several comparisons as one, in order of record and row."""
        whole = cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )
        return whole.take(np.argsort((whole.record << 32) | whole.row, kind="stable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Log2 of the chance of each date level, by the form of the paper's date, and of sexes."""

    dates: Ints
    sexes: Ints


def sample_chances(people: Certificates, index: RegisterIndex, *, seed: int = 0) -> Chances:
    """Chance levels from random pairs of the certificates and the register."""
    rng = np.random.default_rng(seed)
    least, each, most = _SAMPLE
    size = min(least + each * len(people), most)
    record = rng.integers(0, len(people), size)
    row = rng.integers(0, len(index), size)
    paper, register = people.birth.delivered().take(record), index.people.birth.take(row)
    level = compare_dates(paper, register, people.registered[record])
    counts = np.zeros((DATE_FORMS, len(DateLevel)))
    np.add.at(counts, (paper.form, level), 1.0)
    # What is not given says nothing. Levels that chance hardly ever shows still need a chance.
    counts[:, DateLevel.MISSING] = 0
    table = (counts + 0.02) / (counts.sum(axis=1, keepdims=True) + 1)
    table[:, DateLevel.MISSING] = 1
    sexes = np.bincount(_sex_level(people, index, record, row), minlength=SEX_LEVELS) + 1.0
    return Chances(dates=np.log2(table), sexes=np.log2(normalised(sexes, SEX_GROUP)))


def compare(
    people: Certificates,
    index: RegisterIndex,
    record: Ints,
    row: Ints,
    *,
    known: Frequencies,
    chances: Chances,
    start: Parameters,
) -> Comparison:
    """Compare the pairs; `start` weighs alternatives against each other."""
    parts = [
        _compare(
            people, index, record[at : at + _CHUNK], row[at : at + _CHUNK], known, chances, start
        )
        for at in range(0, max(len(record), 1), _CHUNK)
    ]
    return Comparison.joined(parts)


def _compare(
    people: Certificates,
    index: RegisterIndex,
    record: Ints,
    row: Ints,
    known: Frequencies,
    chances: Chances,
    start: Parameters,
) -> Comparison:
    register = index.people
    name, name_u, name_p = _names(people, index, record, row, known, start)
    date, date_u, form, date_p = _dates(people, index, record, row, known, chances, start)
    number, at_number, number_p = _numbers(people, index, record, row, start)
    birth = register.birth.take(row)
    paper = people.number.values.take(at_number)
    paper_home, home = people.home.take(record), register.home.take(row)
    near = worth_reading(paper_home, home)
    streets = ([people.streets[at] for at in record[near]], index.streets(row[near]))
    beside = people.home_of_partner.take(record)
    address, address_u = compare_addresses(paper_home, beside, home, streets, near, known)
    kin = np.where(
        address <= AddressLevel.PARTNERS, _kin_bits(people, index, record, row, known), 0.0
    )
    return Comparison(
        record=record,
        row=row,
        name=name,
        name_u=name_u + kin,
        date_u=date_u,
        joint=joint_level(form, date, number),
        joint_u=joint_log2_u(date, number, date_u, birth, paper, known),
        sex=_sex_level(people, index, record, row),
        address=address,
        address_u=address_u,
        reader=name_p + date_p + number_p,
    )


def _possible(options: Alternatives[Any], record: Ints) -> tuple[Ints, Ints]:
    """Every alternative of every pair: the pair, and the place of the alternative."""
    ends = np.append(options.first[1:], len(options.record))
    size = (ends - options.first)[record]
    pair = np.repeat(np.arange(len(record)), size)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(size) - size, size)
    return pair, options.first[record][pair] + within


def _best(pair: Ints, score: Ints) -> Ints:
    """The place of each pair's highest score; every pair has one at least, in order."""
    begin = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else pair
    if len(begin) == len(pair):
        return begin
    top = np.maximum.reduceat(score, begin)
    hit = np.flatnonzero(score == top[pair])
    return hit[np.r_[True, pair[hit][1:] != pair[hit][:-1]]]


def _names(
    people: Certificates,
    index: RegisterIndex,
    record: Ints,
    row: Ints,
    known: Frequencies,
    start: Parameters,
) -> tuple[Ints, Ints, Ints]:
    pair, at = _possible(people.name, record)
    paper, log2_p = people.name.values.take(at), people.name.log2_p[at]
    level, log2_u = compare_names(paper, index.people.name.take(row[pair]), known)
    former = np.flatnonzero(index.people.former.length[row[pair]] > 0)
    former_level, former_u = compare_names(
        paper.take(former), index.people.former.take(row[pair][former]), known
    )
    level[former], log2_u[former] = with_former(
        level[former], log2_u[former], former_level, former_u, known.former_share
    )
    best = _best(pair, start.name[level] - log2_u + log2_p)
    return level[best], log2_u[best], log2_p[best]


def _dates(
    people: Certificates,
    index: RegisterIndex,
    record: Ints,
    row: Ints,
    known: Frequencies,
    chances: Chances,
    start: Parameters,
) -> tuple[Ints, Ints, Ints, Ints]:
    pair, at = _possible(people.birth, record)
    paper, log2_p = people.birth.values.take(at), people.birth.log2_p[at]
    register = index.people.birth.take(row[pair])
    level = compare_dates(paper, register, people.registered[record[pair]])
    log2_u = _date_u(level, paper, known, chances)
    best = _best(pair, start.date[level] - log2_u + log2_p)
    return level[best], log2_u[best], paper.form[best], log2_p[best]


def _date_u(level: Ints, paper: Dates, known: Frequencies, chances: Chances) -> Ints:
    log2_u = chances.dates[paper.form, level]
    same = level == DateLevel.SAME
    log2_u[same] = log2_day(paper.value[same].astype(np.int64), known)
    aged = paper.form == DATE_YEAR
    year = paper.value // 10000
    for chosen, steps in (
        (DateLevel.AGE_SAME, (0,)),
        (DateLevel.AGE_ONE_OFF, (-1, 1)),
        (DateLevel.AGE_TWO_OFF, (-2, 2)),
    ):
        hit = aged & (level == chosen)
        share = sum(year_share(year[hit] + step, known) for step in steps)
        log2_u[hit] = np.log2(share)
    return log2_u


def _numbers(
    people: Certificates, index: RegisterIndex, record: Ints, row: Ints, start: Parameters
) -> tuple[Ints, Ints, Ints]:
    pair, at = _possible(people.number, record)
    rows = row[pair]
    level = compare_numbers(
        people.number.values.take(at), index.people.number.take(rows), index.people.birth.take(rows)
    )
    log2_p = people.number.log2_p[at]
    best = _best(pair, start.number_gain[level] + log2_p)
    return level[best], at[best], log2_p[best]


def _kin_bits(
    people: Certificates, index: RegisterIndex, record: Ints, row: Ints, known: Frequencies
) -> Ints:
    """The bits by which a shared surname says less among people of one home."""
    surname = people.name.delivered().codes[record, 0]
    agrees = (surname == index.people.name.codes[row, 0]) & (surname > 0)
    share = np.maximum(known.surname[surname], 0.5 / known.rows)
    return np.where(agrees, np.maximum(np.log2(known.kin / share), 0.0), 0.0)


def _sex_level(people: Certificates, index: RegisterIndex, record: Ints, row: Ints) -> Ints:
    """0 sex and role agree, 1 sex alone, 2 role alone, 3 neither; no sex: 4 role agrees, 5 not."""
    sex, other = people.sex[record], index.people.sex[row]
    role = np.where(people.role[record] == 0, sex, people.role[record])
    by_role = (role == other) | (role == 0)
    level = np.where(sex == other, np.where(by_role, 0, 1), np.where(by_role, 2, 3))
    return np.where((sex == 0) | (other == 0), np.where(by_role | (other == 0), 4, 5), level)
