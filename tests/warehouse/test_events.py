"""Reissues find their originals, lives stand in order, contradictions are said."""

from __future__ import annotations

import pytest

from warehouse.events import chain_events
from warehouse.verification import AcceptancePolicy, accept_by_policy, assemble_records


@pytest.fixture
def lives(warehouse, filler, now):
    """Adds events, then chains them; gives scan → contradiction of the man's life."""

    def chain(*events):
        for scan, number, day, man, woman in events:
            values = {"certificate_number": number, "registration_date": day}
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
        return chain_events(warehouse, now=now)

    return chain


def links(warehouse):
    found = warehouse.select("FROM event_links ORDER BY ALL").to_pylist()
    return [(row["record_id"][:2], row["linked_to"][:2], row["basis"]) for row in found]


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


@pytest.mark.parametrize(
    ("events", "contradiction"),
    [
        ([("m1", M, "2010", "B"), ("m2", M, "2012", "C")], "married_while_married"),
        ([("m1", M, "2010", "B"), ("d1", L, "2012", "C")], "divorced_from_another"),
        ([("d1", L, "2010", "B"), ("d2", L, "2012", "C")], "divorced_while_divorced"),
        ([("m1", M, "2010", "B"), ("m2", M, "2010", "B")], "recorded_twice"),
    ],
)
def test_contradictions_are_noted_once(warehouse, lives, now, events, contradiction):
    made = [
        (scan, number.format(year), f"{year}-01-01", "A", woman)
        for scan, number, year, woman in events
    ]
    assert lives(*made).doubts >= 1
    assert life(warehouse, "A")[-1][2] == contradiction
    assert chain_events(warehouse, now=now).doubts == 0
    noted = warehouse.select("SELECT broken, held FROM quarantine").to_pylist()
    assert {"broken": contradiction, "held": False} in noted


def test_a_reissue_leads_to_its_original_and_names_its_people(warehouse, lives, now):
    found = lives(
        ("o1", M.format(1985), "1985-05-06", None, None),
        ("o2", M.format(1986), "1986-05-06", None, None),
        ("r1", BJ.format(2014), "1985-05-06", "A", "B"),
    )
    assert found.links == 1
    assert links(warehouse) == [("r1", "o1", "names_and_date")]
    assert life(warehouse, "A") == [("o1", "marriage", None)]
    assert chain_events(warehouse, now=now).links == 0


def test_people_lead_to_the_original_when_the_day_differs(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", "A", "B"),
        ("r1", BJ.format(2014), "1985-05-16", "A", "B"),
    )
    assert links(warehouse) == [("r1", "o1", "people")]


def test_a_couple_married_twice_is_told_apart_by_the_day_or_not_at_all(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", "A", "B"),
        ("o2", M.format(1990), "1990-05-06", "A", "B"),
        ("r1", BJ.format(2014), "1990-05-06", "A", "B"),
        ("r2", BJ.format(2015), "1991-05-06", "A", "B"),
    )
    assert links(warehouse) == [("r1", "o2", "people")]


def test_other_people_of_the_same_names_are_not_linked(warehouse, lives):
    lives(
        ("o1", M.format(1985), "1985-05-06", "A", "B"),
        ("r1", BJ.format(2014), "1985-05-06", "A", "X"),
    )
    assert links(warehouse) == []
