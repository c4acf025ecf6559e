"""Somebody who stands in an index of verified people several times is one person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from matching.index import RegisterIndex, build_index_of
from matching.together import find_together

KEY = bytes(range(32))
COUNT = 3000
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
COLUMNS = (
    "person_id", "name", "sex", "birth_date", "id_number", "former_name", "address", "spouse_id",
)  # fmt: skip


def people(seed: int) -> list[dict]:
    chance = np.random.default_rng(seed)
    made = []
    for at in range(COUNT):
        given = "".join(chr(0x4E00 + n) for n in chance.integers(0, 2000, 2))
        born = str(np.datetime64("1930-01-01") + chance.integers(0, 22_000))
        number = f"110101{born.replace('-', '')}{chance.integers(0, 1000):03}X"
        made.append(
            {
                "person_id": f"r{at}/male",
                "name": SURNAMES[chance.integers(len(SURNAMES))] + given,
                "sex": "male",
                "birth_date": born,
                "id_number": number if at % 3 else None,
            }
        )
    return made


def table(rows) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    return pa.Table.from_pylist([dict.fromkeys(COLUMNS) | row for row in rows], schema)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Everybody once; each tenth a second time, each thirtieth of them without a number."""
    folder = tmp_path_factory.mktemp("people")
    known = people(1)
    again = [{**row, "person_id": f"s{at}/male"} for at, row in enumerate(known) if at % 10 == 0]
    bare = [{**row, "id_number": None} if at % 3 else row for at, row in enumerate(again)]
    batches = [table(known[:1000]), table(known[1000:] + bare)]
    assert build_index_of(batches, folder, key=KEY) == COUNT + len(again)
    with RegisterIndex.open(folder, key=KEY) as opened:
        yield opened, known


def asked(rows) -> pa.Table:
    wanted = ("name", "sex", "birth_date", "id_number")
    numbers = [str(at) for at in range(len(rows))]
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in wanted}
    own = {name: pa.array(numbers) for name in ("record_id", "certificate_id")}
    return pa.table({**own, "role": columns["sex"], **columns})


def found(index, rows) -> dict[int, tuple[str, list[str]]]:
    answers = find_together(asked(rows), index).to_pylist()
    by_row: dict[int, tuple[str, list[str]]] = {}
    for each in answers:
        decision, persons = by_row.setdefault(int(each["record_id"]), (each["decision"], []))
        assert decision == each["decision"]
        if each["person_id"] is not None:
            persons.append(each["person_id"])
    return by_row


def test_everybody_known_is_found_on_all_their_papers(index):
    opened, known = index
    answers = found(opened, known)
    assert len(answers) == COUNT
    for at, (decision, persons) in answers.items():
        twice = {f"s{at}/male"} if at % 10 == 0 else set()
        assert {f"r{at}/male"} <= set(persons) <= {f"r{at}/male", *twice}
        # A name and a day of birth may be two people's; with the number they are one's.
        assert decision == ("match" if known[at]["id_number"] else "review")
        assert set(persons) == {f"r{at}/male", *twice}


def test_strangers_are_not_taken_for_anybody(index):
    opened, _ = index
    decisions = [decision for decision, _ in found(opened, people(2)).values()]
    assert decisions.count("match") == 0
    assert decisions.count("none") > 0.99 * COUNT


def test_an_answer_does_not_depend_on_who_else_is_asked_about(index):
    opened, known = index
    some = [*known[:40], *people(3)[:40]]
    alone = [found(opened, [row])[0] for row in some]
    together = found(opened, some)
    assert [together[at] for at in range(len(some))] == alone
