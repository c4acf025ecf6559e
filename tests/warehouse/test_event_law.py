"""Looking at the events that hang together gives what looking at all of them gives.

The slow definition is plain Python over every event, in the words of the documentation.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.events import events_of, link_events
from warehouse.schema import table_schemas

SHAPE = pa.schema(
    [each for each in table_schemas()["events"] if each.name not in {"noted_at", "stands", "turn"}]
)
SAID = SHAPE.names
DAYS = ("2001-01-01", "2002-02-02", "2002", "2003-03-03", "2004-04-04")
PEOPLE = st.one_of(st.none(), st.sampled_from("ABC"))
COUPLES = st.fixed_dictionaries(
    {
        "event": st.sampled_from(["marriage", "marriage", "divorce"]),
        "reissue": st.sampled_from([False, False, False, True]),
        "registration_date": st.sampled_from(DAYS),
        "male_person_id": PEOPLE,
        "female_person_id": st.one_of(st.none(), st.sampled_from("XYZ")),
        "male_name": st.sampled_from(["甲", "乙"]),
        "female_name": st.sampled_from(["子", "丑"]),
        "remark": st.sampled_from(["", "", "", "复婚", "已撤销", "2003年3月3日宣告婚姻无效"]),
    }
)
#: Which record a state is of, by which batch (a record is of one), and what it says.
STATES = st.lists(st.tuples(st.integers(0, 7), COUPLES), min_size=1, max_size=14)


def couple_of(number: int, values: dict) -> dict:
    return values | {
        "record_id": f"r{number}",
        "batch_id": f"b{number % 3}",
        "certificate_number": "1",
    }


def all_events(couples: dict[int, dict]) -> list[dict]:
    return [event for couple in couples.values() for event in events_of(couple)]


def agree(*pairs) -> bool:
    return all(one is None or other is None or one == other for one, other in pairs)


def same_people(one: dict, other: dict) -> bool:
    return None not in (one["male_person_id"], one["female_person_id"]) and all(
        one[f"{role}_person_id"] == other[f"{role}_person_id"] for role in ("male", "female")
    )


def slow_reissues(papers: list[dict]) -> dict[str, tuple[str, str]]:
    found = {}
    for reissue in (each for each in papers if each["reissue"]):
        fits = {}
        for paper in papers:
            if paper["reissue"] or paper["event"] != reissue["event"]:
                continue
            if same_people(reissue, paper):
                fits[paper["event_id"]] = (paper, "people")
            elif (
                all(
                    reissue[key] == paper[key] for key in ("male_name", "female_name", "event_date")
                )
                and len(reissue["event_date"]) == 10
                and agree(
                    (reissue["male_person_id"], paper["male_person_id"]),
                    (reissue["female_person_id"], paper["female_person_id"]),
                )
            ):
                fits[paper["event_id"]] = (paper, "names_and_date")
        originals = []
        by_day = sorted(fits.values(), key=lambda fit: (fit[0]["event_date"], fit[0]["event_id"]))
        for _, group in groupby(by_day, key=lambda fit: fit[0]["event_date"]):
            papers_of_day = list(group)
            one = all(
                len({p[f"{role}_person_id"] for p, _ in papers_of_day} - {None}) < 2
                for role in ("male", "female")
            )
            originals += papers_of_day[:1] if one else papers_of_day
        same_day = [fit for fit in originals if fit[0]["event_date"] == reissue["event_date"]]
        chosen = originals if len(originals) == 1 else same_day
        if len(chosen) == 1:
            found[reissue["event_id"]] = (chosen[0][0]["event_id"], chosen[0][1])
    return found


def slow(events: list[dict]) -> tuple[set, set]:
    """Links (event, linked to, relation, basis) and doubts (event, code)."""
    papers = [each for each in events if each["event"] != "annulment"]
    reissued = slow_reissues(papers)
    by_id = {each["event_id"]: each for each in papers}
    people = {}
    for each in papers:
        if not each["reissue"]:
            told = [
                by_id[r] for r, (original, _) in reissued.items() if original == each["event_id"]
            ]
            people[each["event_id"]] = tuple(
                each[f"{role}_person_id"] or only({t[f"{role}_person_id"] for t in told} - {None})
                for role in ("male", "female")
            )
    original = {}
    for event_id, (man, woman) in people.items():
        each = by_id[event_id]
        same = [
            other
            for other in people
            if None not in (man, woman)
            and people[other] == (man, woman)
            and by_id[other]["event"] == each["event"]
            and by_id[other]["event_date"] == each["event_date"]
            and len(each["event_date"]) == 10
        ]
        original[event_id] = min(same, default=event_id)
    links = {(r, o, "reissue_of", basis) for r, (o, basis) in reissued.items()}
    links |= {(e, o, "same_event", "people") for e, o in original.items() if e != o}
    annulled = set()
    for each in events:
        if each["event"] == "annulment":
            paper = reissued.get(each["record_id"], (each["record_id"],))[0]
            target = original.get(paper, paper)
            annulled.add(target)
            links.add((each["event_id"], target, "annuls", "note"))
    more, doubts = slow_lives(by_id, people, original, annulled)
    return links | more, doubts


def only(values: set):
    return next(iter(values)) if len(values) == 1 else None


def slow_lives(by_id, people, original, annulled) -> tuple[set, set]:
    links, doubts = set(), set()
    couples = defaultdict(list)
    for event_id, pair in people.items():
        if None not in pair and original[event_id] == event_id and event_id not in annulled:
            couples[pair].append(event_id)
    ended: dict[str, str | None] = {}
    for pair, ids in couples.items():
        kinds = {e: by_id[e]["event"] for e in ids}
        dates = {e: by_id[e]["event_date"] for e in ids}
        ids.sort(key=lambda e: (dates[e], kinds[e] == "divorce", e))
        ended |= {e: None for e in ids if kinds[e] == "marriage"}
        for before, after in zip([None, *ids], ids, strict=False):
            was = kinds.get(before)
            if kinds[after] == "divorce" and was == "marriage":
                links.add((after, before, "ends", "people"))
                ended[before] = dates[after]
            elif kinds[after] == "marriage" and was == "divorce":
                links.add((after, before, "renews", "people"))
            elif was == kinds[after]:
                doubts.add((after, "recorded_twice" if was == "marriage" else
                            "divorced_while_divorced"))  # fmt: skip
        if kinds[ids[0]] == "divorce":
            void = [e for e in people if people[e] == pair and original[e] in annulled]
            doubts |= slow_first_divorce(by_id, ids, void)
    return links, doubts | slow_contradictions(by_id, couples, ended)


def slow_first_divorce(by_id, ids, void) -> set:
    """What is odd about a couple whose first event is a divorce; `void` are annulled papers."""
    first, doubts = by_id[ids[0]], set()
    if len(ids) > 1 and by_id[ids[1]]["event"] == "marriage":
        second = by_id[ids[1]]
        if not second["renewal"] and not second["event_date"].startswith(first["event_date"]):
            doubts.add((second["event_id"], "divorce_before_marriage"))
    marriages = [by_id[e] for e in void if by_id[e]["event"] == "marriage"]
    if any(each["event_date"] <= first["event_date"] for each in marriages):
        doubts.add((first["event_id"], "divorce_of_annulled"))
    return doubts


def slow_contradictions(by_id, couples, ended) -> set:
    doubts = set()
    for person in {each for pair in couples for each in pair}:
        own = [(pair, e) for pair, ids in couples.items() if person in pair for e in ids]
        life = {e: next(p for p in (*pair, None) if p != person) for pair, e in own}
        date = {e: by_id[e]["event_date"] for e in life}
        marriages = sorted((e for e in life if e in ended), key=lambda e: (date[e], e))
        doubts |= slow_marriages(marriages, life, date, ended)
        for divorce in life.keys() - ended.keys():
            day = date[divorce]
            if not any(life[m] == life[divorce] and date[m] <= day for m in marriages) and any(
                life[m] != life[divorce]
                and date[m] < day
                and not day.startswith(date[m])
                and (ended[m] is None or surely_later(ended[m], day))
                for m in marriages
            ):
                doubts.add((divorce, "divorced_from_another"))
    return doubts


def slow_marriages(marriages, partner, date, ended) -> set:
    doubts = set()
    for at, first in enumerate(marriages):
        for second in marriages[at + 1 :]:
            if partner[first] == partner[second]:
                continue
            if ended[first] is None and second == marriages[at + 1]:
                doubts.add((second, "end_not_seen"))
            elif ended[first] and surely_later(ended[first], date[second]):
                doubts.add((second, "married_while_married"))
    return doubts


def surely_later(one: str, other: str) -> bool:
    return one > other and not one.startswith(other)


def standing(warehouse) -> tuple[set, set]:
    links = warehouse.select("SELECT event_id, linked_to, relation, basis FROM present_links")
    doubts = warehouse.select("SELECT row_id, broken FROM present_doubts")
    return tuple({tuple(row.values()) for row in found.to_pylist()} for found in (links, doubts))


@pytest.fixture
def emptied(warehouse):
    """Empties what the last example concluded."""

    def empty():
        for statement in ("FROM events", "FROM event_links", "FROM quarantine"):
            warehouse._run(f"DELETE {statement}", "empty")
        return warehouse

    return empty


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(states=STATES)
def test_batch_by_batch_and_change_by_change_is_as_all_at_once(emptied, now, states):
    warehouse, couples = emptied(), {}
    for number, values in states:
        couples[number] = couple_of(number, values)
        batch = couples[number]["batch_id"]
        events = [e for e in all_events(couples) if e["batch_id"] == batch]
        rows = pa.table({name: [e[name] for e in events] for name in SAID}, schema=SHAPE)
        warehouse.conclude("events", rows, within=f"batch_id = '{batch}'", now=now)
        link_events(warehouse, [batch], now=now)
    assert standing(warehouse) == slow(all_events(couples))
    assert link_events(warehouse, ["b0", "b1", "b2"], now=now) == (0, 0)
