"""The register as evidence: what it settles, what it may not do, and what it leaves alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.corroborate import CORROBORATED, DIFFERS, corroborate
from matching.index import RegisterIndex, build_index
from ocr.confidence import decide
from ocr.evidence import pack
from ocr.lattice import Charset, Lattice
from records.reading import Decision, Era, FieldReading, Kind, PageReading, PageRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Opened = Callable[[Sequence[dict[str, Any]]], RegisterIndex]

KEY = bytes(range(32))
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红鹏辉"
MEN = {"person_id": "M", "name": "邹德翀", "sex": "男", "birth_date": "1951-03-09"}
WOMEN = {"person_id": "W", "name": "程宇庭", "sex": "女", "birth_date": "1953-10-01"}
COUPLE = ({**MEN, "spouse_id": "W"}, {**WOMEN, "spouse_id": "M"})
LOOKALIKES = ("邹德狮", "邹德翔", "邹惠翀", "郁德翀", "邹德")


def crowd(size: int = 1500) -> list[dict[str, Any]]:
    """People of no concern."""
    rng = np.random.default_rng(5)

    def person(number: int) -> dict[str, Any]:
        name = rng.choice(list(SURNAMES)) + "".join(rng.choice(list(GIVEN), rng.integers(1, 3)))
        day = np.datetime64("1930-01-01") + int(rng.integers(0, 15000))
        return {
            "person_id": f"P{number}", "name": str(name), "sex": "男女"[int(rng.integers(0, 2))],
            "birth_date": str(day), "spouse_id": None,
        }  # fmt: skip

    return [person(number) for number in range(size)]


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Opened]:
    """A register of a crowd and these people."""
    opened: list[RegisterIndex] = []

    def build(people: Sequence[dict[str, Any]]) -> RegisterIndex:
        columns = (
            "person_id",
            "name",
            "sex",
            "birth_date",
            "id_number",
            "former_name",
            "spouse_id",
        )
        rows = [{column: row.get(column) for column in columns} for row in [*crowd(), *people]]
        path = tmp_path / f"register{len(opened)}.parquet"
        schema = pa.schema([(column, pa.string()) for column in columns])
        pq.write_table(pa.Table.from_pylist(rows, schema), path)
        folder = tmp_path / f"index{len(opened)}"
        build_index([path], folder, key=KEY, threads=1)
        opened.append(RegisterIndex.open(folder, key=KEY, threads=1))
        return opened[-1]

    yield build
    for index in opened:
        index.close()


def ink(*characters: dict[str, float]) -> bytes:
    """The lattices of two readers that saw these characters with these chances."""
    symbols = ("", *sorted({symbol for choices in characters for symbol in choices}), "口")
    rows = []
    for choices in characters:
        row = np.full(len(symbols), 1e-7)
        for symbol, chance in choices.items():
            row[symbols.index(symbol)] = chance
        row[-1] += max(0.0, 1 - row.sum())
        rows += [row, np.eye(1, len(symbols))[0]]
    lattice = Lattice.from_dense(np.array(rows, np.float32), Charset(name="made", symbols=symbols))
    return pack([lattice, lattice])


def field(name: str, value: str, confidence: float, **more: Any) -> FieldReading:
    return FieldReading(
        name=name, row=more.pop("row", None), text=value, value=value, confidence=confidence,
        decision=decide(confidence), box=None, **more,
    )  # fmt: skip


def page(*fields: FieldReading) -> PageReading:
    return PageReading(
        source="one.jpg", page=1, kind=Kind.MARRIAGE_CERTIFICATE, era=Era.E1980S, rotation=0,
        size=(10, 10), dpi=None, fields=fields, engine="ppocr",
    )  # fmt: skip


DOUBTFUL = ink({"邹": 0.99}, {"德": 0.98}, {"狮": 0.7, "翀": 0.2})
CLEAR = ink({"程": 0.995}, {"宇": 0.995}, {"庭": 0.995})


def couple_page() -> PageReading:
    return page(
        field("registration_date", "1981-05-01", 0.99),
        field(
            "male.name", "邹德狮", 0.55, lattice=DOUBTFUL,
            alternatives=(("邹德狮", 0.75), ("邹德翀", 0.25)),
        ),
        field("male.birth_date", "1951-03-09", 0.9, alternatives=(("1951-03-09", 0.99),)),
        field("female.name", "程宇庭", 0.9, lattice=CLEAR, alternatives=(("程宇庭", 0.99),)),
        field("female.birth_date", "1953-10-01", 0.9, alternatives=(("1953-10-01", 0.99),)),
    )  # fmt: skip


def read(result: PageReading | PageRefusal, name: str) -> FieldReading:
    assert isinstance(result, PageReading)
    return next(field for field in result.fields if field.name == name)


def test_a_couple_of_the_register_settles_what_the_ink_leaves_open(register: Opened) -> None:
    before = couple_page()
    (after,) = corroborate([before], register(COUPLE))
    man = read(after, "male.name")
    assert (man.value, man.text, man.decision) == ("邹德翀", "邹德翀", Decision.ACCEPT)
    assert CORROBORATED in man.flags
    # What the ink alone said, the delivered text first.
    assert man.alternatives == (("邹德翀", 0.25), ("邹德狮", 0.75))
    for name in ("female.name", "female.birth_date", "male.birth_date"):
        assert read(after, name).value == read(before, name).value
        assert read(after, name).decision == Decision.ACCEPT
        assert CORROBORATED in read(after, name).flags
    assert read(after, "registration_date") is read(before, "registration_date")


@pytest.mark.parametrize("name", LOOKALIKES)
def test_nobody_absent_takes_the_name_of_a_lookalike(register: Opened, name: str) -> None:
    clear = ink({"邹": 0.99}, {"德": 0.99}, {"翀": 0.97, "狮": 0.002, "翔": 0.002})
    before = page(
        field("male.name", "邹德翀", 0.9, lattice=clear, alternatives=(("邹德翀", 0.99),)),
        field("male.birth_date", "1951-03-09", 0.9, alternatives=(("1951-03-09", 0.99),)),
    )
    (after,) = corroborate([before], register([{**MEN, "name": name}]))
    man = read(after, "male.name")
    assert man.value == "邹德翀"
    assert man.confidence <= 0.9
    assert man.decision == Decision.KEY


def test_an_absent_couple_stays_as_it_was_read(register: Opened) -> None:
    before = couple_page()
    (after,) = corroborate([before], register([]))
    assert after == before


def test_what_the_register_knows_otherwise_is_doubted_and_left(register: Opened) -> None:
    number = "110105195103090010"
    sure = ink({"邹": 0.99}, {"俊": 0.99}, {"明": 0.99})
    before = page(
        field("male.name", "邹俊明", 0.7, lattice=sure, alternatives=(("邹俊明", 0.99),)),
        field("male.birth_date", "1951-03-08", 0.8,
              alternatives=(("1951-03-08", 0.6), ("1951-03-09", 0.4))),
        field("male.id_number", number, 0.99, alternatives=((number, 0.99),)),
    )  # fmt: skip
    (after,) = corroborate([before], register([{**MEN, "id_number": number}]))
    assert read(after, "male.name").value == "邹俊明"
    date = read(after, "male.birth_date")
    assert (date.value, date.decision) == ("1951-03-08", Decision.KEY)
    assert DIFFERS in date.flags
    assert date.confidence < 0.8


def test_a_value_lent_by_the_row_above_is_not_confirmed(register: Opened) -> None:
    before = couple_page()
    lent = [
        dataclasses.replace(field, flags=frozenset({"ditto"}))
        if field.name == "male.birth_date"
        else field
        for field in before.fields
    ]
    (after,) = corroborate([page(*lent)], register(COUPLE))
    assert read(after, "male.birth_date").confidence == 0.9


def test_order_and_number_of_pages_stay(register: Opened) -> None:
    refused = PageRefusal(source="bad.jpg", page=1, reason="empty", detail="scan again")
    plain = page(field("male.name", "邹德翀", 0.9), field("male.birth_date", "1951-03-09", 0.9))
    empty = page()
    results = corroborate([refused, plain, couple_page(), empty, refused], register(COUPLE))
    assert [type(result) for result in results] == [
        PageRefusal, PageReading, PageReading, PageReading, PageRefusal,
    ]  # fmt: skip
    # Without a lattice there is nothing to ask about.
    assert results[1] == plain
    assert results[3] == empty
    assert corroborate([], register([])) == []


def test_rows_of_a_ledger_are_couples_of_their_own(register: Opened) -> None:
    first = [dataclasses.replace(field, row=1) for field in couple_page().fields]
    other = [
        field("male.name", "邹德狮", 0.55, lattice=DOUBTFUL, row=2),
        field("male.birth_date", "1960-01-05", 0.9, row=2),
    ]
    (after,) = corroborate([page(*first, *other)], register(COUPLE))
    assert isinstance(after, PageReading)
    names = {field.row: field.value for field in after.fields if field.name == "male.name"}
    assert names == {1: "邹德翀", 2: "邹德狮"}
