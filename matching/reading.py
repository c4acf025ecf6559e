"""The reader's ink as evidence: who of the register is meant, and which name stands there.

Where `compare` has finished texts, here every candidate comes with the reader's own
log-likelihood of its name. The rest - birth date, number, sex, address, the couple, people
who are not in the register, and look-alikes of such people - is weighed as in matching.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matching.blocking import unpack
from matching.candidates import proposed
from matching.certificates import certificates_of
from matching.compare import Chances, Comparison, compare, sample_chances
from matching.couple import Hypotheses, hypotheses
from matching.em import Weighed, learn_weighed
from matching.frequencies import log2_characters, log2_name
from matching.kinship import kin_weights
from matching.lookalike import with_names
from matching.model import Parameters, field_weights, starting_parameters

if TYPE_CHECKING:
    import pyarrow as pa

    from matching.certificates import Certificates
    from matching.couple import Posterior
    from matching.encode import Ints
    from matching.index import RegisterIndex

#: How often the person meant stands in the register under the name on paper, or under a
#: name of one other character, or under any name; the last two leave the name unexplained.
_SAME, _ONE_OFF, _OTHER = 0.93, 0.03, 0.04
#: Of people with a former name, the share whose paper bears it.
_FORMER = 0.5
#: The chance that one character changed for another gives this very name: in the register's
#: entry of the same person, and in that of a brother, sister or twin, whose names are alike.
_THIS_CHARACTER, _KIN_CHARACTER = 0.01, 0.015
#: Nats that one character which isn't there costs at most.
_ONE_CHARACTER = 12.0
#: How often an absent person has a namesake, a look-alike born the same day, or a relative in
#: the home on paper or the partner's, before learning.
_LOOKALIKE = (0.01, 0.3, 0.02, 0.02)
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """People as read, and the register rows that may be them, in order of record and row.

    `texts` has the register's texts of each pair; `random` are names of people who were not
    asked for, spread evenly over the register.
    """

    people: Certificates
    record: Ints
    row: Ints
    texts: pa.Table
    random: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """The reader's natural log-likelihoods, 0 for its own best reading.

    `name` and `former` (pairs,) are those of the candidates' names, -inf where there is no
    former name; `chance` (records,) is that of a random person's name.
    """

    name: Ints
    former: Ints
    chance: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Who is meant: probabilities of each pair, and of the name that then stands there.

    `person` (pairs,) that the candidate is the person; `name` and `former` (pairs,) that it is
    and the paper bears this name; `absent` (records,) that nobody in the register is meant.
    """

    person: Ints
    name: Ints
    former: Ints
    absent: Ints


def ask(index: RegisterIndex, queries: pa.Table, *, random: int) -> Asked:
    """The candidates of each queried person, as `candidates` finds them, and random names."""
    people = certificates_of(queries)
    record, row = unpack(proposed(index, people))
    others = np.unique(np.linspace(0, max(len(index) - 1, 0), random).astype(np.int64))
    # The register is gone through once.
    texts = index.texts(np.append(row, others))
    names = [str(name) for name in texts["name"].slice(len(row)).to_pylist()]
    return Asked(
        people=people, record=record, row=row, texts=texts.slice(0, len(row)), random=tuple(names)
    )


def weigh(index: RegisterIndex, asked: Asked, ink: Ink) -> Meant:
    """The posterior over couples given the ink; `asked.people` must not be empty."""
    people = asked.people
    start = replace(starting_parameters(index.known.married), lookalike=np.array(_LOOKALIKE))
    chances = sample_chances(people, index)
    pairs = compare(
        people, index, asked.record, asked.row,
        known=index.known, chances=chances, start=start,
    )  # fmt: skip
    # What the reader thinks of the names is said by the ink.
    pairs = replace(pairs, name_p=np.zeros(len(pairs)))
    named = _named(index, asked, ink)
    found = hypotheses(people, index.people, pairs)
    after = _learnt(found, pairs, chances, start, named, index)
    share = after.pair[:, None] * named.shares
    return Meant(person=after.pair, name=share[:, 0], former=share[:, 1], absent=after.absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Bits of the candidates' names: as themselves, as twins; shares of name and former name."""

    same: Ints
    twin: Ints
    shares: Ints


def _named(index: RegisterIndex, asked: Asked, ink: Ink) -> _Named:
    """How much better each candidate explains the ink than a random person does."""
    chance = _chance(index, asked.people, ink)[asked.record]
    has_former = np.isfinite(ink.former)
    share = np.where(has_former, _FORMER, 0.0)
    name = _SAME * (1 - share) * np.exp(ink.name)
    former = _SAME * share * np.exp(ink.former)
    # As if the ink's best reading were the candidate's name but for one character.
    near = np.exp(np.minimum(ink.name + _ONE_CHARACTER, 0.0))
    total = name + former + _ONE_OFF * _THIS_CHARACTER * near + _OTHER * chance
    return _Named(
        same=np.log2(total / chance),
        twin=np.log2(_KIN_CHARACTER * near / chance + 1e-12),
        shares=np.stack([name, former], axis=1) / total[:, None],
    )


def _chance(index: RegisterIndex, people: Certificates, ink: Ink) -> Ints:
    """The likelihood of each record's ink when a random person of the register is meant."""
    delivered = people.name.delivered()
    bits = log2_name(delivered, log2_characters(delivered, index.known), index.known)
    own = np.where(delivered.length > 0, np.exp2(bits), 0.0)
    chance: Ints = np.exp(ink.chance) + own
    return chance


def _learnt(
    found: Hypotheses,
    pairs: Comparison,
    chances: Chances,
    start: Parameters,
    named: _Named,
    index: RegisterIndex,
) -> Posterior:
    """The posterior as `em` learns it, the names' bits being given."""

    def weigh(model: Parameters) -> Weighed:
        bits = field_weights(pairs, model, chances)
        bits["name"] = named.same
        return Weighed(
            person=np.sum(list(bits.values()), axis=0),
            lookalike=with_names(pairs, model, chances, named.same, named.twin),
            relative=kin_weights(pairs, model, chances),
        )

    return learn_weighed(found, pairs, start, index.known, weigh, _ROUNDS)[1]
