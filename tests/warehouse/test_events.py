"""Reissues find their originals, lives stand in order, contradictions are said."""

from __future__ import annotations

import pytest

from warehouse.events import chain_events
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records


@pytest.fixture
def lives(warehouse, filler, now):
    """Adds events, then chains them; gives scan → contradiction of the man's life."""

    def chain(*events):
        for scan, number, day, man, woman, *remark in events:
            values = {"certificate_number": number, "registration_date": day}
            values |= {"remark": remark[0]} if remark else {}
            filler.certificate(scan, values)
            for role, person in (("male", man), ("female", woman)):
                if person:
                    filler.add(
                        "matches",
                        {"batch_id": "b", "record_id": f"{scan}:1/0/{role}", "person_id": person,
                         "probability": 0.999, "decision": "match", "evidence": "{}",
                         "model": "m", "matched_at": now},
                    )  # fmt: skip
        accept_by_policy(warehouse, AcceptancePolicy(name="p"), batch_id="b", now=now)
        assemble_records(warehouse, batch_id="b", now=now)
        return chain_events(warehouse, batch_id="b", now=now)

    return chain


def links(warehouse):
    """Event, what it is linked to, and how; of an annulment the paper that it is noted on."""
    found = warehouse.select("FROM present_links ORDER BY event_id, linked_to").to_pylist()
    return [
        (row["event_id"][:2], row["linked_to"][:2], row["relation"], row["basis"]) for row in found
    ]


def doubts(warehouse):
    found = warehouse.select("SELECT row_id, broken FROM present_doubts ORDER BY ALL").to_pylist()
    return [(row["row_id"][:2], row["broken"]) for row in found]


def life(warehouse, person):
    found = warehouse.select(f"FROM life_events WHERE person_id = '{person}' ORDER BY place")
    return [(row["record_id"][:2], row["event"], row["contradiction"]) for row in found.to_pylist()]


M, L, BJ = "J110101-{}-000001", "L110101-{}-000001", "BJ110101-{}-000001"


def test_marriage_divorce_remarriage_stand_in_order(warehouse, lives):
    lives(
        ("m2", M.format(2015), "2015-01-01", "A", "C"),
        ("d1", L.format(2012), "2012-01-01", "A", "B"),
        ("m1", M.format(2010), "2010-01-01", "A", "B"),
    )
    assert life(warehouse, "A") == [
        ("m1", "marriage", None),
        ("d1", "divorce", None),
        ("m2", "marriage", None),
    ]
    assert life(warehouse, "C") == [("m2", "marriage", None)]
    assert links(warehouse) == [("d1", "m1", "ends", "people")]
    assert doubts(warehouse) == []


def test_a_couple_that_marries_again_renews(warehouse, lives):
    lives(
        ("m1", M.format(2010), "2010-01-01", "A", "B"),
        ("d1", L.format(2012), "2012-01-01", "A", "B"),
        ("m2", M.format(2013), "2013-01-01", "A", "B"),
        ("d2", L.format(2014), "2014-01-01", "A", "B"),
    )
    assert links(warehouse) == [
        ("d1", "m1", "ends", "people"),
        ("d2", "m2", "ends", "people"),
        ("m2", "d1", "renews", "people"),
    ]
    assert doubts(warehouse) == []


def test_a_divorce_alone_contradicts_nothing(warehouse, lives):
    lives(
        ("d1", L.format(2012), "2012-01-01", "A", "B"),
        ("m2", M.format(2013), "2013-01-01", "A", "C"),
        ("m3", M.format(2014), "2014-01-01", "E", "B"),
    )
    assert (links(warehouse), doubts(warehouse)) == ([], [])


def test_a_divorce_on_the_day_of_the_next_marriage_comes_first(warehouse, lives):
    lives(
        ("m1", M.format(2010), "2010-01-01", "A", "B"),
        ("m2", M.format(2012), "2012-01-01", "A", "C"),
        ("d1", L.format(2012), "2012-01-01", "A", "B"),
    )
    assert [scan for scan, *_ in life(warehouse, "A")] == ["m1", "d1", "m2"]
    assert doubts(warehouse) == []


def test_an_annulled_marriage_neither_counts_nor_contradicts(warehouse, lives):
    lives(
        ("m1", M.format(2010), "2010-01-01", "A", "B", "2011年2月3日撤销，档号110101-2011-CX-0001"),
        ("m2", M.format(2012), "2012-01-01", "A", "C"),
    )
    assert links(warehouse) == [("m1", "m1", "annuls", "note")]
    assert doubts(warehouse) == []
    assert life(warehouse, "A") == [
        ("m1", "marriage", None),
        ("m1", "annulment", None),
        ("m2", "marriage", None),
    ]
    (told,) = warehouse.select("FROM annulments").to_pylist()
    assert (told["manner"], told["annulled_on"], told["document"]) == (
        "revoked",
        "2011-02-03",
        "110101-2011-CX-0001",
    )
    marriages = warehouse.select("SELECT record_id FROM verified_marriages").to_pylist()
    assert [row["record_id"][:2] for row in marriages] == ["m2"]


def test_an_annulment_noted_on_a_reissue_is_of_the_original(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", None, None),
        ("r1", BJ.format(2014), "1985-05-06", "A", "B", "经法院宣告婚姻无效"),
    )
    assert ("r1", "o1", "annuls", "note") in links(warehouse)
    assert warehouse.select("FROM verified_marriages").num_rows == 0
    assert warehouse.select("FROM couples").num_rows == 2


def test_a_divorce_of_an_annulled_marriage_is_doubted(warehouse, lives):
    lives(
        ("m1", M.format(2010), "2010-01-01", "A", "B", "已撤销"),
        ("d1", L.format(2012), "2012-01-01", "A", "B"),
    )
    assert doubts(warehouse) == [("d1", "divorce_of_annulled")]


def test_a_remark_that_only_touches_on_an_annulment_is_for_people(warehouse, lives, filler):
    lives(("m1", M.format(2010), "2010-01-01", "A", "B", "女方申请撤销婚姻登记"))
    page = filler.certificate("m2")
    filler.reading(page, "remark", "已撤销", decision="key", confidence=0.4)
    lives()
    assert links(warehouse) == []
    assert doubts(warehouse) == [("m1", "annulment_unclear"), ("m2", "annulment_unsettled")]
    assert warehouse.select("FROM verified_marriages").num_rows == 2


def test_two_papers_of_one_registration_are_one_event(warehouse, lives):
    lives(
        ("m1", M.format(2010), "2010-01-01", "A", "B"),
        ("m2", M.format(2010), "2010-01-01", "A", "B"),
        ("d1", L.format(2012), "2012-01-01", "A", "B"),
    )
    assert links(warehouse) == [
        ("d1", "m1", "ends", "people"),
        ("m2", "m1", "same_event", "people"),
    ]
    assert life(warehouse, "A") == [("m1", "marriage", None), ("d1", "divorce", None)]


def test_a_doubt_is_withdrawn_when_what_was_missing_comes(warehouse, lives):
    lives(
        ("m1", M.format(2010), "2010-01-01", "A", "B"),
        ("m2", M.format(2012), "2012-01-01", "A", "C"),
    )
    assert doubts(warehouse) == [("m2", "end_not_seen")]
    lives(("d1", L.format(2011), "2011-01-01", "A", "B"))
    assert doubts(warehouse) == []
    history = warehouse.select("SELECT turn, stands FROM quarantine ORDER BY turn").to_pylist()
    assert [(row["turn"], row["stands"]) for row in history] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("events", "contradiction"),
    [
        ([("m1", M, "2010", "B"), ("m2", M, "2012", "C")], "end_not_seen"),
        (
            [("m1", M, "2010", "B"), ("d1", L, "2013", "B"), ("m2", M, "2012", "C")],
            "married_while_married",
        ),
        ([("m1", M, "2010", "B"), ("d1", L, "2012", "C")], "divorced_from_another"),
        ([("d1", L, "2010", "B"), ("d2", L, "2012", "B")], "divorced_while_divorced"),
        ([("m1", M, "2010", "B"), ("m2", M, "2011", "B")], "recorded_twice"),
        ([("d1", L, "2010", "B"), ("m1", M, "2011", "B")], "divorce_before_marriage"),
    ],
)
def test_contradictions_are_noted_once(warehouse, lives, now, events, contradiction):
    made = [
        (scan, number.format(year), f"{year}-01-01", "A", woman)
        for scan, number, year, woman in events
    ]
    assert lives(*made).doubts >= 1
    assert contradiction in {found for _, _, found in life(warehouse, "A")}
    assert chain_events(warehouse, batch_id="b", now=now).doubts == 0
    noted = warehouse.select("SELECT broken, held FROM quarantine").to_pylist()
    assert {"broken": contradiction, "held": False} in noted


def test_a_reissue_leads_to_its_original_and_names_its_people(warehouse, lives, now):
    found = lives(
        ("o1", M.format(1985), "1985-05-06", None, None),
        ("o2", M.format(1986), "1986-05-06", None, None),
        ("r1", BJ.format(2014), "1985-05-06", "A", "B"),
    )
    assert found.links == 1
    assert links(warehouse) == [("r1", "o1", "reissue_of", "names_and_date")]
    assert life(warehouse, "A") == [("o1", "marriage", None)]
    assert chain_events(warehouse, batch_id="b", now=now).links == 0


def test_people_lead_to_the_original_when_the_day_differs(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", "A", "B"),
        ("r1", BJ.format(2014), "1985-05-16", "A", "B"),
    )
    assert links(warehouse) == [("r1", "o1", "reissue_of", "people")]


def test_a_couple_married_twice_is_told_apart_by_the_day_or_not_at_all(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", "A", "B"),
        ("o2", M.format(1990), "1990-05-06", "A", "B"),
        ("r1", BJ.format(2014), "1990-05-06", "A", "B"),
        ("r2", BJ.format(2015), "1991-05-06", "A", "B"),
    )
    assert [each for each in links(warehouse) if each[2] == "reissue_of"] == [
        ("r1", "o2", "reissue_of", "people")
    ]


def test_other_people_of_the_same_names_are_not_linked(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", "A", "B"),
        ("r1", BJ.format(2014), "1985-05-06", "A", "X"),
    )
    assert links(warehouse) == []
