"""Who the people of a list are among everybody verified: by name, or by token alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from flows.people_index import people_index
from flows.people_lists import SoughtPerson, SoughtTokens, identity_tokens
from matching.decide import MATCH
from matching.together import find_together

if TYPE_CHECKING:
    from confidentiality.linkage import LinkageKey
    from flows.installation import Installation
    from flows.people_lists import PeopleList


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Who somebody on a list is: `place` from 1, `persons` as `record/role`, the best first."""

    place: int
    persons: tuple[str, ...]
    certain: bool

    @property
    def records(self) -> tuple[str, ...]:
        """The records that the person stands on."""
        return tuple(dict.fromkeys(each.rpartition("/")[0] for each in self.persons))


def by_name(here: Installation, asked: PeopleList) -> tuple[Finding, ...]:
    """Compare names, days of birth and numbers with the index of verified people."""
    people = [each for each in asked.people if isinstance(each, SoughtPerson)]
    numbers = pa.array(map(str, range(1, len(people) + 1)), pa.string())
    sought = pa.table(
        {
            "record_id": numbers,
            "certificate_id": numbers,
            "role": [each.sex or None for each in people],
            "name": [each.name for each in people],
            "sex": [each.sex or None for each in people],
            "birth_date": [each.birth_date or None for each in people],
            "id_number": [each.id_number or None for each in people],
        },
        schema=pa.schema([(name, pa.string()) for name in _SOUGHT]),
    )
    with people_index(here) as index:
        answers = find_together(sought, index)
    found: defaultdict[int, list[str]] = defaultdict(list)
    certain: dict[int, bool] = {}
    columns = (answers[name].to_pylist() for name in ("record_id", "person_id", "decision"))
    for record_id, person_id, decision in zip(*columns, strict=True):
        place = int(record_id)
        certain[place] = decision == MATCH
        if person_id is not None:
            found[place].append(person_id)
    return tuple(
        Finding(place=place, persons=tuple(sorted(found[place])), certain=certain[place])
        for place in range(1, len(people) + 1)
    )


_SOUGHT = ("record_id", "certificate_id", "role", "name", "sex", "birth_date", "id_number")


def by_token(here: Installation, asked: PeopleList, key: LinkageKey) -> tuple[Finding, ...]:
    """Compare tokens with those of everybody verified; nothing but equality counts.

    A person is certain when the token of the number agrees, and that of name and birth does
    not disagree; either alone, or one against the other, makes them possible.
    """
    sought = [each for each in asked.people if isinstance(each, SoughtTokens)]
    wanted = {t for each in sought for t in (each.id_token, each.name_token)} - {""}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    tokens: dict[str, tuple[str, str]] = {}
    people = here.warehouse.query("people_verified")
    known = ("person_id", "name", "birth_date", "id_number")
    columns = (people[name].to_pylist() for name in known)
    for person_id, name, born, number in zip(*columns, strict=True):
        made = identity_tokens(key, name=name, birth_date=born or "", id_number=number or "")
        if wanted.intersection(made):
            tokens[person_id] = made
            for token in filter(None, made):
                holders[token].append(person_id)
    return tuple(_finding(place, each, holders, tokens) for place, each in enumerate(sought, 1))


def _finding(
    place: int,
    each: SoughtTokens,
    holders: dict[str, list[str]],
    tokens: dict[str, tuple[str, str]],
) -> Finding:
    numbered = holders.get(each.id_token, []) if each.id_token else []
    named = holders.get(each.name_token, []) if each.name_token else []
    agreeing = [
        person
        for person in numbered
        if not each.name_token or tokens[person][1] in {"", each.name_token}
    ]
    if agreeing:
        # The same person on papers without a number is known by name and birth.
        bare = [person for person in named if not tokens[person][0]]
        return Finding(place=place, persons=tuple(sorted({*agreeing, *bare})), certain=True)
    possible = tuple(sorted({*numbered, *named}))
    return Finding(place=place, persons=possible, certain=False)
