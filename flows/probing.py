"""How much a department may ask, and how often about one person.

What was asked is remembered as keyed digests alone. An answer that is refused tells
nothing; the refusal names the rule. Decision 45 says what each limit keeps out.
"""

from __future__ import annotations

import hmac
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from confidentiality.rules import refuse
from flows.people_lists import SoughtPerson
from records.names import match_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flows.installation import Installation
    from flows.people_lists import PeopleList, SoughtTokens

#: What was asked counts for so long.
WINDOW = timedelta(days=90)
#: Lists of one department in 30 days: many small lists are how a person is closed in on.
MOST_LISTS, LISTS_WINDOW = 30, timedelta(days=30)
#: One way of asking about somebody: a yearly, a quarterly and a corrected list.
MOST_SAME = 3
#: Ways of asking that share most of what they say (name and year, name and day of the year,
#: day of birth and all but one character of the name, ID number).
MOST_NEAR = 12
#: Among many people some share a name and a year by chance: one more for so many asked.
_NEAR_BY_CHANCE = 10_000
#: Rows that led to one person of the archive.
MOST_PERSON = 6
#: The rule that a kind of probe breaks; the first that is broken is named.
_RULES = {"same": "probing_same", "near": "probing_near", "person": "probing_person"}
_DIGEST = 16
_DAY, _YEAR = len("1953-03-09"), len("1953")
_SHORTEST_TO_CUT = 3


def require_volume(here: Installation, department: str, people: int, most: int) -> None:
    """Refuse a list too many, or one that the agreement has no room for.

    `most` is how many more records may leave under the agreement.
    """
    since = here.clock() - LISTS_WINDOW
    before = here.warehouse.query("comparisons_since", department=department, since=since)
    if before["lists"][0].as_py() >= MOST_LISTS:
        raise refuse(
            "too_many_lists",
            f"{LISTS_WINDOW.days} 日内比对次数已满 · too many lists in {LISTS_WINDOW.days} days",
            where=department,
            remedy="put the people into fewer, longer lists",
        )
    if people > most:
        raise refuse(
            "volume_exceeded",
            "超出协议数量 · more records than agreed",
            where=department,
            remedy="shorten the list, or amend the agreement",
        )


def probes_of(here: Installation, comparison_id: str, asked: PeopleList) -> pa.Table:
    """What a list asks, as keyed digests with how often; rows of `comparison_probes`."""
    key = here.home_key.derive("probes")
    same: Counter[str] = Counter()
    near: Counter[str] = Counter()
    for person in asked.people:
        whole, *parts = _words(person)
        same[_digest(key, whole)] += 1
        near.update(_digest(key, part) for part in set(parts))
    rows = [("same", same), ("near", near)]
    return _table(here, comparison_id, rows)


def probes_of_found(here: Installation, comparison_id: str, persons: Iterable[str]) -> pa.Table:
    """Whom the rows of a list led to; rows of `comparison_probes`."""
    key = here.home_key.derive("probes")
    return _table(
        here,
        comparison_id,
        [("person", Counter(_digest(key, f"person {each}") for each in persons))],
    )


def require_no_probing(here: Installation, department: str, probes: pa.Table) -> None:
    """Refuse a list that asks about somebody more often than is allowed, with earlier ones."""
    since = here.clock() - WINDOW
    comparison_id = probes["comparison_id"][0].as_py() if probes.num_rows else ""
    earlier = here.warehouse.query_about(
        "probes_before", probes, department=department, since=since, comparison_id=comparison_id
    )
    before = dict(zip(earlier["probe"].to_pylist(), earlier["asked"].to_pylist(), strict=True))
    volume = here.warehouse.query("comparisons_since", department=department, since=since)
    near = MOST_NEAR + volume["people"][0].as_py() // _NEAR_BY_CHANCE + _in_all(probes)
    most = {"same": MOST_SAME, "near": near, "person": MOST_PERSON}
    over: Counter[str] = Counter()
    for row in probes.to_pylist():
        if row["asked"] + before.get(row["probe"], 0) > most[row["kind"]]:
            over[row["kind"]] += 1
    if over:
        # Which people it was is not said: that would answer what is refused.
        raise refuse(
            next(rule for kind, rule in _RULES.items() if kind in over),
            f"对同一人反复或变换写法查询 · people are asked about too often: {over.total()}",
            where=department,
            remedy=f"wait {WINDOW.days} days, or agree on the case with the archive",
        )


def _in_all(probes: pa.Table) -> int:
    same = (int(row["asked"]) for row in probes.to_pylist() if row["kind"] == "same")
    return sum(same) // _NEAR_BY_CHANCE


def _words(person: SoughtPerson | SoughtTokens) -> Iterator[str]:
    """The whole of what is said of somebody, then the parts that near variants share."""
    if not isinstance(person, SoughtPerson):
        yield f"tokens {person.id_token} {person.name_token}"
        yield from (f"token {each}" for each in (person.id_token, person.name_token) if each)
        return
    name, born = match_key(person.name), person.birth_date
    yield f"whole {name} {born} {person.id_number}"
    if person.id_number:
        yield f"number {person.id_number}"
    if len(born) >= _YEAR:
        yield f"name-year {name} {born[:_YEAR]}"
    if len(born) == _DAY:
        yield f"name-day {name} {born[_YEAR:]}"
        yield f"born-name {born} {name}"
        if len(name) >= _SHORTEST_TO_CUT:
            yield from (f"born-name {born} {name[:at]}{name[at + 1 :]}" for at in range(len(name)))
    else:
        yield f"name {name}"


def _digest(key: bytes, words: str) -> str:
    return hmac.digest(key, words.encode(), "sha256").hex()[:_DIGEST]


def _table(
    here: Installation, comparison_id: str, counted: list[tuple[str, Counter[str]]]
) -> pa.Table:
    rows = [
        {"comparison_id": comparison_id, "probe": probe, "kind": kind, "asked": asked}
        for kind, counts in counted
        for probe, asked in counts.items()
    ]
    return pa.Table.from_pylist(rows, here.warehouse.schema("comparison_probes"))
