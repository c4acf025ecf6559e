"""Which fields are keyed to calibrate the reader, and what an audit of them shows.

A stratum is an era and a hand. Its pages are shared out at random: every third one serves
to fit the confidence, the others to audit what came of it, so that no writer and no page is
in both. Within a part, fields are drawn systematically from their list in the order of
their kinds, so that each kind is there by its share. Bounds are Clopper and Pearson's, which
hold for draws of unlike rates too (Hoeffding, Annals of Mathematical Statistics 27, 1956),
under the condition that fields err independently.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keying.acceptance import CONFIDENCE, clopper_pearson

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

FIT, AUDIT = "fit", "audit"
#: One page in so many serves to fit.
_THIRD = 3
#: No audit is thought of that would need more fields.
_MOST = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable:
    """A field that may be drawn: its page, its stratum and its kind."""

    field_id: str
    page_id: str
    stratum: tuple[str, str]
    tail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A field that was drawn, and for which part."""

    field_id: str
    stratum: tuple[str, str]
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """`wrong` of `accepted` audited fields, and what that allows.

    `lower` and `upper` bound the share of wrong ones, each with confidence `level`;
    `missing` is how many more accepted ones, none of them wrong, would open the stratum.
    """

    accepted: int
    wrong: int
    lower: float
    upper: float
    level: float
    allowed: float
    missing: int

    @property
    def opens(self) -> bool:
        """Whether the machine may accept fields of this stratum."""
        return self.upper <= self.allowed

    @property
    def fails(self) -> bool:
        """Whether more than the allowed share is wrong beyond doubt."""
        return self.lower > self.allowed


def draw(fields: Iterable[Drawable], size: int, rng: random.Random) -> tuple[Drawn, ...]:
    """About `size` fields of each stratum, a third of them to fit; all where there are fewer."""
    strata: defaultdict[tuple[str, str], list[Drawable]] = defaultdict(list)
    for field in sorted(fields, key=lambda each: each.field_id):
        strata[field.stratum].append(field)
    drawn = []
    for stratum, pool in sorted(strata.items()):
        pages = sorted({field.page_id for field in pool})
        rng.shuffle(pages)
        # The first page goes to the audit: without one nothing could ever open.
        to_fit = {page for n, page in enumerate(pages) if n % _THIRD == 1}
        wanted = {FIT: size // _THIRD, AUDIT: size - size // _THIRD}
        for part, number in wanted.items():
            own = [field for field in pool if (field.page_id in to_fit) == (part == FIT)]
            drawn += [
                Drawn(field_id=field.field_id, stratum=stratum, part=part)
                for field in _systematic(own, number, rng)
            ]
    return tuple(drawn)


def _systematic(pool: Sequence[Drawable], number: int, rng: random.Random) -> list[Drawable]:
    """Every n-th field of the list in the order of kinds, from a random start."""
    if number >= len(pool) or not number:
        return list(pool[:number])
    ordered = rng.sample(pool, len(pool))
    ordered.sort(key=lambda field: field.tail)
    step = len(ordered) / number
    start = rng.random() * step
    return [ordered[min(len(ordered) - 1, int(start + n * step))] for n in range(number)]


def level_of(look: int) -> float:
    """The confidence asked of the audit made at the `look`-th look, from 1.

    Whoever audits again and again until it succeeds must pay for it: the doubts
    0.05 / (k (k + 1)) of all looks together come to no more than 0.05.
    """
    return 1 - (1 - CONFIDENCE) / (look * (look + 1))


def audit(wrong: int, accepted: int, *, allowed: float, look: int) -> Audit:
    """What `wrong` of `accepted` fields show at this look."""
    level = level_of(look)
    lower, upper = clopper_pearson(wrong, accepted, confidence=level)
    enough = fields_needed(wrong, allowed, level=level_of(look + 1))
    return Audit(
        accepted=accepted,
        wrong=wrong,
        lower=lower,
        upper=upper,
        level=level,
        allowed=allowed,
        missing=0 if upper <= allowed else max(1, enough - accepted),
    )


def fields_needed(wrong: int, allowed: float, *, level: float) -> int:
    """The fewest fields of which `wrong` may be wrong so that the bound is `allowed` at most."""
    low, high = wrong, max(1, wrong)
    while high < _MOST and _upper(wrong, high, level) > allowed:
        low, high = high, 2 * high
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _upper(wrong, middle, level) <= allowed else (middle, high)
    return high


def _upper(wrong: int, shown: int, level: float) -> float:
    return clopper_pearson(wrong, shown, confidence=level)[1]
