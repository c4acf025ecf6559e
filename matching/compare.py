"""Pairs of a certificate person and a register person, compared field by field.

Every field of a pair gets a level and the log2 of the chance that a random person shows
that level. Where the reader saw several possible texts, P(seen | truth) is their sum, each
at its probability; the level is that of the text which explains the pair best.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.compare_address import AddressLevel, compare_addresses, worth_reading
from matching.compare_date import DateLevel, compare_dates
from matching.compare_name import NameLevel, compare_names, with_former
from matching.compare_number import compare_numbers, joint_level, joint_log2_u
from matching.encode import DATE_DAY, DATE_FORMS, DATE_YEAR, ILLEGIBLE, Dates, Ints
from matching.frequencies import log2_characters, log2_day, year_share
from matching.groups import SEX_GROUP, normalised

if TYPE_CHECKING:
    from matching.certificates import Alternatives, Certificates
    from matching.frequencies import Frequencies
    from matching.index import RegisterIndex
    from matching.model import Parameters

_CHUNK = 50_000
#: Random pairs for the chances of levels: so many at least, for each record, and at most.
_SAMPLE = (20_000, 15, 150_000)
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
    name_p: Ints
    born_p: Ints

    @property
    def reader(self) -> Ints:
        """What the reader's doubts about all fields add, in bits."""
        bits: Ints = self.name_p + self.born_p
        return bits

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
        place = (whole.record << 32) | whole.row
        if (place[1:] >= place[:-1]).all():
            return whole
        return whole.take(np.argsort(place, kind="stable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Log2 of the chance of each date level, by the form of the paper's date, and of sexes.

    `illegible` is log2 of the share of papers with a character of the name that nobody read.
    """

    dates: Ints
    sexes: Ints
    illegible: float = 0.0


def sample_chances(people: Certificates, index: RegisterIndex, *, seed: int = 0) -> Chances:
    """Chance levels from random pairs of the certificates and the register."""
    rng = np.random.default_rng(seed)
    least, each, most = _SAMPLE
    size = min(least + each * len(people), most)
    record = rng.integers(0, len(people), size)
    row = rng.integers(0, len(index), size)
    paper, register = people.birth.delivered().take(record), index.people.birth.take(row)
    level = compare_dates(paper, register, people.registered.take(record))
    counts = np.zeros((DATE_FORMS, len(DateLevel)))
    np.add.at(counts, (paper.form, level), 1.0)
    # What is not given says nothing. Levels that chance hardly ever shows still need a chance.
    counts[:, DateLevel.MISSING] = 0
    table = (counts + 0.02) / (counts.sum(axis=1, keepdims=True) + 1)
    table[:, DateLevel.MISSING] = 1
    sexes = np.bincount(_sex_level(people, index, record, row), minlength=SEX_LEVELS) + 1.0
    blank = (people.name.delivered().codes == ILLEGIBLE).any(axis=1).sum()
    return Chances(
        dates=np.log2(table),
        sexes=np.log2(normalised(sexes, SEX_GROUP)),
        illegible=float(np.log2((blank + 1) / (len(people) + 100))),
    )


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
    bits = log2_characters(people.name.values, known)
    parts = [
        _compare(
            _Asked(
                people=people, index=index, record=record[at : at + _CHUNK],
                row=row[at : at + _CHUNK], known=known, chances=chances, start=start, bits=bits,
            )
        )
        for at in range(0, max(len(record), 1), _CHUNK)
    ]  # fmt: skip
    return Comparison.joined(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Some pairs to compare, and what they are weighed by.

    `bits` is `log2_characters` of all names on paper.
    """

    people: Certificates
    index: RegisterIndex
    record: Ints
    row: Ints
    known: Frequencies
    chances: Chances
    start: Parameters
    bits: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Of each pair the likeliest of the possible texts: its level, chance, and place.

    `bits` is what the sum over all possible texts is above the level's own weight.
    """

    level: Ints
    log2_u: Ints
    at: Ints
    bits: Ints


def _compare(asked: _Asked) -> Comparison:
    people, register, row = asked.people, asked.index.people, asked.row
    record, known = asked.record, asked.known
    name, date, number = _names(asked), _dates(asked), _numbers(asked)
    form = people.birth.values.form[date.at]
    birth = register.birth.take(row)
    paper = people.number.values.take(number.at)
    paper_home, home = people.home.take(record), register.home.take(row)
    near = worth_reading(paper_home, home)
    streets = ([people.streets[at] for at in record[near]], asked.index.streets(row[near]))
    beside = people.home_of_partner.take(record)
    address, address_u = compare_addresses(paper_home, beside, home, streets, near, known)
    kin = np.where(address <= AddressLevel.PARTNERS, _kin_bits(asked), 0.0)
    return Comparison(
        record=record,
        row=row,
        name=name.level,
        name_u=name.log2_u + kin,
        date_u=date.log2_u,
        joint=joint_level(form, date.level, number.level),
        joint_u=joint_log2_u(date.level, number.level, date.log2_u, birth, paper, known),
        sex=_sex_level(people, asked.index, record, row),
        address=address,
        address_u=address_u,
        name_p=name.bits,
        born_p=date.bits + number.bits,
    )


def _possible(options: Alternatives[Any], record: Ints) -> tuple[Ints, Ints]:
    """Every alternative of every pair: the pair, and the place of the alternative."""
    ends = np.append(options.first[1:], len(options.record))
    size = (ends - options.first)[record]
    pair = np.repeat(np.arange(len(record)), size)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(size) - size, size)
    return pair, options.first[record][pair] + within


def _summed(pair: Ints, at: Ints, level: Ints, log2_u: Ints, gain: Ints, log2_p: Ints) -> _Read:
    """P(seen | truth) of each pair from its possible texts, in order of pair, one at least.

    `gain` (k,) is what each text would be worth if it were sure, `log2_p` (k,) how likely it is.
    """
    score = gain + log2_p
    begin = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else pair
    if len(begin) == len(pair):
        return _Read(level=level, log2_u=log2_u, at=at, bits=log2_p)
    top = np.maximum.reduceat(score, begin)
    hit = np.flatnonzero(score == top[pair])
    best = hit[np.r_[True, pair[hit][1:] != pair[hit][:-1]]]
    total = top + np.log2(np.add.reduceat(np.exp2(score - top[pair]), begin))
    return _Read(level=level[best], log2_u=log2_u[best], at=at[best], bits=total - gain[best])


def _names(asked: _Asked) -> _Read:
    options, register, known = asked.people.name, asked.index.people, asked.known
    pair, at = _possible(options, asked.record)
    row, paper = asked.row[pair], options.values.take(at)
    bits = asked.bits[at]
    level, log2_u = compare_names(paper, register.name.take(row), bits, known)
    former = np.flatnonzero(register.former.length[row] > 0)
    former_level, former_u = compare_names(
        paper.take(former), register.former.take(row[former]), bits[former], known
    )
    level[former], log2_u[former] = with_former(
        level[former], log2_u[former], former_level, former_u, known.former_share
    )
    # That a character can't be read is the paper's fault, whoever is meant.
    log2_u += np.where(level == NameLevel.ILLEGIBLE, asked.chances.illegible, 0.0)
    gain = asked.start.name[level] - log2_u
    return _summed(pair, at, level, log2_u, gain, options.log2_p[at])


def _dates(asked: _Asked) -> _Read:
    options = asked.people.birth
    pair, at = _possible(options, asked.record)
    paper, issued = options.values.take(at), asked.people.registered.take(asked.record[pair])
    level = compare_dates(paper, asked.index.people.birth.take(asked.row[pair]), issued)
    log2_u = _date_u(level, paper, issued, asked)
    gain = asked.start.date[level] - log2_u
    return _summed(pair, at, level, log2_u, gain, options.log2_p[at])


def _date_u(level: Ints, paper: Dates, issued: Dates, asked: _Asked) -> Ints:
    log2_u = asked.chances.dates[paper.form, level]
    same = level == DateLevel.SAME
    log2_u[same] = log2_day(paper.value[same].astype(np.int64), asked.known)
    aged, year = paper.form == DATE_YEAR, paper.value // 10000
    # Of those born in a year, the share whose birthday came after the day of registration.
    ahead = 1 - (issued.value // 100 % 100 * 30.4 - 30.4 + issued.value % 100) / 366
    ahead = np.clip(np.where(issued.form == DATE_DAY, ahead, 0.0), 0.01, 1.0)
    for chosen, step, part in (
        (DateLevel.AGE_SAME, 0, 1.0),
        (DateLevel.AGE_NOMINAL, 1, 1.0),
        (DateLevel.AGE_FULL, -1, ahead),
        (DateLevel.AGE_ONE_OFF, -1, 1.01 - ahead),
    ):
        hit = aged & (level == chosen)
        share = year_share(year + step, asked.known) * part
        log2_u[hit] = np.log2(share[hit])
    hit = aged & (level == DateLevel.AGE_TWO_OFF)
    share = sum(year_share(year[hit] + step, asked.known) for step in (-2, 2))
    log2_u[hit] = np.log2(share)
    return log2_u


def _numbers(asked: _Asked) -> _Read:
    options, register = asked.people.number, asked.index.people
    pair, at = _possible(options, asked.record)
    row = asked.row[pair]
    level = compare_numbers(
        options.values.take(at), register.number.take(row), register.birth.take(row)
    )
    gain = asked.start.number_gain[level]
    return _summed(pair, at, level, np.zeros(len(at)), gain, options.log2_p[at])


def _kin_bits(asked: _Asked) -> Ints:
    """The bits by which a shared surname says less among people of one home."""
    known = asked.known
    surname = asked.people.name.delivered().codes[asked.record, 0]
    agrees = (surname == asked.index.people.name.codes[asked.row, 0]) & (surname > 0)
    share = np.maximum(known.surname[surname], 0.5 / known.rows)
    return np.where(agrees, np.maximum(np.log2(known.kin / share), 0.0), 0.0)


def _sex_level(people: Certificates, index: RegisterIndex, record: Ints, row: Ints) -> Ints:
    """0 sex and role agree, 1 sex alone, 2 role alone, 3 neither; no sex: 4 role agrees, 5 not."""
    sex, other = people.sex[record], index.people.sex[row]
    role = np.where(people.role[record] == 0, sex, people.role[record])
    by_role = (role == other) | (role == 0)
    level = np.where(sex == other, np.where(by_role, 0, 1), np.where(by_role, 2, 3))
    return np.where((sex == 0) | (other == 0), np.where(by_role | (other == 0), 4, 5), level)
