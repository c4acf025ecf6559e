"""How common things are in the register: the probabilities u of chance agreement.

A rare surname or birth date that agrees says more than a common one. The frequencies
come from the register itself (Fellegi and Sunter 1969, method I; Newcombe 1959).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.encode import DATE_DAY, ID_WHOLE, Ints, Names, mix
from matching.glyphs import glyph_mass, sound_mass
from matching.keys import Keyed, neighbours, year_of

if TYPE_CHECKING:
    from matching.people import People

_LAST_CODE_POINT = 0x110000
#: How many sightings the share that the parts lead to expect is worth beside the counts.
_EXPECTED = 0.5
_DAYS = 365.25
_SHI = ord("氏")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often each distinct 64-bit key occurs."""

    keys: Ints
    counts: Ints

    @classmethod
    def of(cls, keys: Ints) -> Counts:
        """Count the keys."""
        distinct, counts = np.unique(keys, return_counts=True)
        return cls(keys=distinct, counts=counts)

    def __call__(self, keys: Ints) -> Ints:
        """The count of each key, 0 for one that does not occur."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.counts[at], 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """Frequencies of one register; `rows` is its size, shares are of all rows.

    `look` and `sound` are, by code point, the shares of characters that resemble it; `same_area`
    is the chance that two numbers begin alike, `kin` that two of one home share a surname;
    `beside` is how many others share somebody's home, on average.
    """

    rows: int
    names: Counts
    surname: Ints
    given: Ints
    length: Ints
    look: Ints
    sound: Ints
    former_share: float
    days: Counts
    years: Ints
    homes: Counts
    streets: Counts
    districts: Counts
    doubled_numbers: float
    same_area: float
    married: float
    kin: float
    beside: float


def frequencies(people: People) -> Frequencies:
    """Count names, dates, addresses and numbers of a register."""
    rows = max(len(people), 1)
    surname, given = _characters(people.name)
    day = people.birth.value[people.birth.form == DATE_DAY]
    home, number = people.home, people.number.body[people.number.form == ID_WHOLE]
    homes = Counts.of(mix(home.street, home.house)[(home.street != 0) & (home.house != 0)])
    numbers, areas = Counts.of(number), Counts.of(number // 10**11)
    return Frequencies(
        rows=rows,
        names=Counts.of(people.name.key),
        surname=surname,
        given=given,
        length=np.bincount(np.clip(people.name.length, 0, 127), minlength=128) / rows,
        look=glyph_mass(given),
        sound=sound_mass(given),
        former_share=float((people.former.length > 0).mean()) if len(people) else 0.0,
        days=Counts.of(day.astype(np.int64)),
        years=np.bincount(np.clip(year_of(people.birth), 0, 9999), minlength=10000) / rows,
        homes=homes,
        streets=Counts.of(home.street[home.street != 0]),
        districts=Counts.of(home.district[home.district != 0]),
        doubled_numbers=float(numbers.counts[numbers.counts > 1].sum() / max(len(number), 1)),
        same_area=float(((areas.counts / max(len(number), 1)) ** 2).sum()),
        married=float((people.spouse >= 0).mean()) if len(people) else 0.0,
        kin=_kin(people),
        beside=float((homes.counts * (homes.counts - 1.0)).sum() / rows),
    )


def _kin(people: People) -> float:
    """How often two people of one sex in one home share a surname."""
    home = people.home
    rows = np.flatnonzero((home.street != 0) & (home.house != 0) & (people.sex > 0))
    key = mix(home.street[rows], home.house[rows], people.sex[rows])
    one, other = neighbours(Keyed(keys=key, rows=rows).packed())
    surname = people.name.codes[:, 0]
    same = surname[one] == surname[other]
    # Small registers tell little: one pair in five is where the share starts.
    return float((same.sum() + 2.0) / (len(same) + 10.0))


def _characters(names: Names) -> tuple[Ints, Ints]:
    """Shares of first characters and of later ones, by code point."""
    first = np.bincount(names.codes[:, 0], minlength=_LAST_CODE_POINT).astype(np.float32)
    later = names.codes[:, 1:]
    given = np.bincount(later[later > 0], minlength=_LAST_CODE_POINT).astype(np.float32)
    first[0] = given[0] = 0
    return first / max(first.sum(), 1), given / max(given.sum(), 1)


def log2_characters(names: Names, known: Frequencies) -> Ints:
    """Bits of each character of the names (n, width), 0 beyond their end."""
    floor = 0.5 / known.rows
    share = np.concatenate(
        [known.surname[names.codes[:, :1]], known.given[names.codes[:, 1:]]], axis=1
    )
    # 王氏, 张王氏: nothing but family names, and the word for family says nothing.
    family = (names.codes == _SHI).any(axis=1) & (names.length > 1)
    share[family] = known.surname[names.codes[family]]
    bits = np.log2(np.maximum(share, floor))
    return np.where((names.codes > 0) & ~(family[:, None] & (names.codes == _SHI)), bits, 0.0)


def log2_name(names: Names, bits: Ints, known: Frequencies) -> Ints:
    """Log2 of the chance that another person bears exactly this name.

    The person compared is left out of the count; what counts can't tell of rare names comes
    from the product of their characters' shares.
    """
    length = np.maximum(known.length[names.length], 0.5 / known.rows)
    product = np.exp2(bits.sum(axis=1)) * length
    return _shrunk(known.names(names.key), product, known)


def log2_day(values: Ints, known: Frequencies) -> Ints:
    """Log2 of the chance that another person was born on this day (YYYYMMDD)."""
    return _shrunk(known.days(values), year_share(values // 10000, known) / _DAYS, known)


def _shrunk(counts: Ints, expected: Ints, known: Frequencies) -> Ints:
    """Log2 of a share counted without the person compared, shrunk to the share expected.

    The posterior mean of a Poisson rate under a gamma prior (Clayton and Kaldor 1987).
    """
    others = np.maximum(counts - 1, 0)
    expected = np.maximum(expected, 1e-3 / known.rows**2)
    bits: Ints = np.log2((others + _EXPECTED) / (known.rows + _EXPECTED / expected))
    return bits


def year_share(years: Ints, known: Frequencies) -> Ints:
    """The share of people born in a year, never quite zero."""
    share: Ints = np.maximum(known.years[np.clip(years, 0, 9999)], 0.5 / known.rows)
    return share
