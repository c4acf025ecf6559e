"""How far an attack joins what belongs together, beyond guessing.

Somebody who holds a number of items names, for each, the one that they think belongs to it. A
pair that both ends name is one claim. What guessing would score is known for each claim: of
the items that could have been named, the share that is right. The advantage is the share of
right claims beyond that. Where it passes the limit and an attack no better than the limit
would do so well in less than one case of twenty (exact Poisson-binomial tail), the risk is
too high. Making the attack is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: By how much an attack may beat guessing, a share of claims.
LIMIT = 0.02
#: How rarely an attack at the limit may do as well, where the risk is called too high.
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That two items belong together: whether they do, and how often a guess is right."""

    right: bool
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningRisk:
    """What an attack achieved: `expected` right claims are what guessing gives.

    `by_chance` is the probability that an attack which beats guessing by no more than the
    limit has as many right claims.
    """

    claims: int
    right: int
    expected: float
    by_chance: float

    @property
    def advantage(self) -> float:
        """The share of right claims beyond guessing."""
        return (self.right - self.expected) / self.claims if self.claims else 0.0

    def exceeds(self, *, tests: int = 1) -> bool:
        """Whether the limit is passed beyond what chance explains, one of so many tests."""
        return self.advantage > LIMIT and self.by_chance < LEVEL / tests


class Extent(StrEnum):
    """Whose items an attack was made on."""

    #: All that one clerk was given of the same pages, with the package that is to leave.
    QUEUE = "queue"
    #: The queues of all packages proposed together, each attacked alone.
    PROPOSAL = "proposal"
    #: The items of all clerks of a vendor put together.
    VENDOR = "vendor"


class Target(StrEnum):
    """What an attack would join."""

    #: Two identifying fields of one person.
    PERSON = "person"
    #: Any two fields of one certificate.
    CERTIFICATE = "certificate"


class Attack(StrEnum):
    """What an attack goes by."""

    LOOKS = "looks"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRisk:
    """What one attack on one extent achieved; `tests` were made for one release."""

    extent: Extent
    target: Target
    attack: Attack
    tests: int
    risk: JoiningRisk

    @property
    def forbids(self) -> bool:
        """Whether the release must not leave: no clerk and no package may join so much.

        What all clerks of a vendor could do together is stated, and forbids nothing.
        """
        return self.extent is not Extent.VENDOR and self.risk.exceeds(tests=self.tests)


def too_high(measured: Iterable[MeasuredRisk]) -> bool:
    """Whether any of the figures forbids a release."""
    return any(each.forbids for each in measured)


def claims_of(
    named: Sequence[int | None],
    candidates: Callable[[int], Iterable[int]],
    together: Callable[[int, int], bool],
) -> tuple[Claim, ...]:
    """The claims of an attacker who named an item (or None) for each item.

    `candidates` gives the items that one could belong to, `together` the truth.
    """
    pairs = {frozenset((a, b)) for a, b in enumerate(named) if b is not None}
    claims = []
    for pair in sorted(map(sorted, pairs)):
        a, b = pair
        shares = [
            sum(together(one, other) for other in known) / len(known)
            for one in (a, b)
            if (known := list(candidates(one)))
        ]
        claims.append(Claim(right=together(a, b), chance=sum(shares) / max(1, len(shares))))
    return tuple(claims)


def joining_risk(claims: Iterable[Claim]) -> JoiningRisk:
    """The risk that claims show."""
    made = tuple(claims)
    right = sum(claim.right for claim in made)
    return JoiningRisk(
        claims=len(made),
        right=right,
        expected=sum(claim.chance for claim in made),
        by_chance=_at_least(right, [min(1.0, claim.chance + LIMIT) for claim in made]),
    )


def _at_least(wanted: int, chances: Sequence[float]) -> float:
    """The probability that at least so many of independent events come true."""
    fewer = [1.0] + [0.0] * wanted
    for chance in chances:
        # The last place holds all counts from `wanted` on.
        fewer = [
            fewer[n] * (1 - chance if n < wanted else 1.0) + (fewer[n - 1] * chance if n else 0.0)
            for n in range(wanted + 1)
        ]
    return min(1.0, fewer[wanted])
