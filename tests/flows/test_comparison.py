"""A department's list is answered within its agreement, and nobody can be closed in on."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flows.settings
from confidentiality.audit import AuditLog
from confidentiality.identity import Identity, Role
from confidentiality.linkage import LinkageKey
from confidentiality.row_scope import RowScope
from confidentiality.sealed import SealedKind, SealHeader, open_sealed, seal
from flows import probing
from flows.cli import main
from flows.comparison import answer_list, take_list
from flows.people_lists import (
    Mode,
    PeopleList,
    SoughtPerson,
    identity_tokens,
    parse_list,
    read_people,
    tokenised,
)
from records.errors import BackfillError, InputError, IntegrityError, NotPermittedError
from records.id_number import upgrade

if TYPE_CHECKING:
    from pathlib import Path

WANTED = ("registration_date", "certificate_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A department at an archive that has 150 verified couples."""

    ledger: object
    folder: Path

    @property
    def here(self):
        return self.ledger.desk.here

    def sealed(self, name, people, *, fields=WANTED, key=None, sender=None, **changes):
        asked = PeopleList(
            mode=Mode.TOKENS if key else Mode.NAMES,
            fields=tuple(fields),
            people=tokenised(people, key) if key else tuple(people),
            linkage_key=key.name if key else "",
        )
        now = self.ledger.desk.clock()
        header = {
            "kind": SealedKind.COMPARISON,
            "package_id": name,
            "agreement": "S-1",
            "purpose": "信息比对",
            "created": now,
            "expires": now + timedelta(days=30),
            **changes,
        }
        out = self.folder / f"{name}-{len(list(self.folder.iterdir()))}.sealed"
        seal(
            out,
            asked.contents(),
            header=SealHeader(**header),
            sender=sender or self.ledger.department,
            recipients=[self.ledger.crew.archive.public],
        )
        return out

    def answer(self, name):
        """Approve and seal; the rows of the answer as the department opens them."""
        self.ledger.crew.approve(self.ledger.desk, f"C-{name}")
        file = answer_list(self.here, name)
        opened = open_sealed(
            self.here.home.outgoing / file,
            recipient=self.ledger.department,
            senders=[self.ledger.crew.archive.public],
            now=self.ledger.desk.clock(),
            expect_kind=SealedKind.SHARE,
            expect_agreement="S-1",
        )
        return opened, pq.read_table(io.BytesIO(opened.contents["answer.parquet"])).to_pylist()

    def refusals(self):
        entries = AuditLog(self.here.home.audit).entries()
        return [each.subject["rule"] for each in entries if each.event == "release.refused"]


@pytest.fixture
def asking(ledger, tmp_path):
    folder = tmp_path / "department"
    folder.mkdir()
    return Asking(ledger=ledger, folder=folder)


STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
NUMBER = upgrade("110101530309001")


def person(row, **changes):
    return SoughtPerson(**{"ref": f"k{row}", "name": f"李雷{row}", "sex": "male", **changes})


PEOPLE = (person(7), person(9, name="韩梅梅9", sex="female"), person(3, name="赵无有", ref="x"))


def test_class_and_agreed_fields_go_out_and_nothing_else(asking):
    assert take_list(asking.here, asking.sealed("C1", PEOPLE)) == "C1"
    assert answer_list(asking.here, "C1") is None
    opened, rows = asking.answer("C1")
    assert set(opened.contents) == {"answer.csv", "answer.parquet", "datapackage.json"}
    assert list(rows[0]) == ["ref", "answer", *WANTED]
    by_ref = {row["ref"]: row for row in rows}
    assert by_ref["x"] == {"ref": "x", "answer": "none", **dict.fromkeys(WANTED)}
    for row in (by_ref["k7"], by_ref["k9"]):
        assert row["answer"] in {"match", "possible"}
        filled = "2004-05-06" if row["answer"] == "match" else None
        assert row["registration_date"] == filled
    everything = b"".join(opened.contents.values())
    assert "李雷".encode() not in everything
    told = json.loads(opened.contents["datapackage.json"])
    assert told["backfill"]["records"] == len(PEOPLE)
    (line,) = [row for row in asking.ledger.desk.rows("shares") if row["content"] == "comparison"]
    assert (line["records"], line["share_id"]) == (3, "C-C1")
    # What was on the list is nowhere in the warehouse.
    kept = json.dumps(asking.ledger.desk.rows("comparison_probes"), default=str)
    assert "赵无有" not in kept
    assert answer_list(asking.here, "C1") == line["file"]


def test_a_name_that_nobody_bears_twice_is_certain(asking):
    born = person(1, name="欧阳修远", birth_date="1953-03-09", ref="a")
    found = take_list(asking.here, asking.sealed("C1", [born]))
    _, rows = asking.answer(found)
    assert [row["answer"] for row in rows] == ["none"]


def test_tokens_find_the_same_people_without_names(asking, tmp_path):
    key = LinkageKey.create(tmp_path / "linkage.key")
    values = {"male.name": "李雷7", "male.birth_date": "1953-03-09",
              "male.id_number": NUMBER}  # fmt: skip
    add_values(asking.ledger.desk, values)
    number = person(1, name="李雷7", birth_date="1953-03-09", id_number=NUMBER)
    people = [
        number,
        replace(number, ref="old", id_number="110101530309001"),
        replace(number, ref="name", id_number=""),
        replace(number, ref="other", name="王小明"),
        replace(number, ref="nobody", name="王小明", id_number=""),
    ]
    file = asking.sealed("T1", people, key=key)
    contents = sealed_contents(asking, file)
    assert "李雷".encode() not in contents["people.csv"]
    assert b"1953" not in contents["people.csv"]
    with pytest.raises(BackfillError, match="linkage_key_needed"):
        take_list(asking.here, file)
    take_list(asking.here, file, key)
    _, rows = asking.answer("T1")
    answers = {row["ref"]: row["answer"] for row in rows}
    assert answers == {
        "k1": "match", "old": "match", "name": "possible", "other": "possible", "nobody": "none",
    }  # fmt: skip
    assert {row["registration_date"] for row in rows} == {"2004-05-06", None}


def add_values(desk, values):
    """More verified values for the first record of the ledger."""
    (record,) = desk.here.warehouse.select(
        "SELECT record_id FROM verified_values WHERE value = '李雷7'"
    )["record_id"].to_pylist()
    model = desk.here.warehouse.select(
        "SELECT * FROM record_values WHERE record_id = $record AND field = 'male.name'",
        record=record,
    )
    rows = [{**model.to_pylist()[0], "field": f, "value": v} for f, v in values.items()]
    desk.here.warehouse.merge("record_values", model.from_pylist(rows, model.schema))


def sealed_contents(asking, file):
    return open_sealed(
        file,
        recipient=asking.ledger.crew.archive,
        senders=[asking.ledger.department.public],
        now=asking.ledger.desk.clock(),
        expect_kind=SealedKind.COMPARISON,
    ).contents


def refused(asking, file, rule):
    with pytest.raises(NotPermittedError) as refusal:
        take_list(asking.here, file)
    assert refusal.value.reason == rule
    assert refusal.value.status == 7
    assert asking.refusals()[-1] == rule
    assert asking.ledger.desk.rows("comparison_answers") == []


def test_what_the_agreement_does_not_hold_is_refused(asking):
    stranger = Identity.create(Role.DEPARTMENT, "别的部门")
    refused(asking, asking.sealed("C1", PEOPLE, sender=stranger), "unknown_sender")
    asking.here.trust.add(stranger.public)
    refused(asking, asking.sealed("C2", PEOPLE, sender=stranger), "sender_not_agreed")
    refused(asking, asking.sealed("C3", PEOPLE, agreement="S-9"), "agreement_unknown")
    many = [person(at, name=f"张{chr(0x4E00 + at)}{chr(0x5E00 + at)}") for at in range(1001)]
    refused(asking, asking.sealed("C4", many), "volume_exceeded")
    past = asking.ledger.desk.clock.now - timedelta(days=40)
    late = asking.sealed("C5", PEOPLE, created=past, expires=past + timedelta(days=30))
    refused(asking, late, "expired")


def test_fields_beyond_the_agreement_are_refused(asking, crew):
    narrow = {"fields": frozenset({"male.name", "registration_date"})}
    conclude(asking, crew, "S-2", **narrow)
    refused(asking, asking.sealed("C1", PEOPLE, agreement="S-2"), "fields_not_agreed")
    conclude(asking, crew, "S-3", fields=frozenset({"registration_date"}))
    wanted = asking.sealed("C2", PEOPLE, agreement="S-3", fields=["registration_date"])
    refused(asking, wanted, "comparison_not_agreed")


def conclude(asking, crew, agreement_id, **terms):
    kind = next(iter(asking.here.agreements.get("S-1").agreement.kind for _ in (0,)))
    replace(crew, clerks=(asking.ledger.department,)).conclude(
        asking.here, agreement_id, kind=kind, **terms
    )


def test_rows_beyond_the_agreement_are_answered_with_none(asking, crew):
    conclude(asking, crew, "S-2", rows=RowScope(registered_to="2003"))
    take_list(asking.here, asking.sealed("C1", PEOPLE, agreement="S-2"))
    rows = asking.ledger.desk.rows("comparison_answers")
    assert {(row["answer"], row["told"], row["record_id"]) for row in rows} == {("none", "{}", "")}


def test_a_list_counts_once(asking):
    file = asking.sealed("C1", PEOPLE)
    take_list(asking.here, file)
    with pytest.raises(NotPermittedError, match="replayed"):
        take_list(asking.here, file)
    with pytest.raises(NotPermittedError, match="package_id_reused"):
        take_list(asking.here, asking.sealed("C1", PEOPLE))
    assert len(asking.ledger.desk.rows("comparisons")) == 1


def test_a_start_that_stopped_before_the_register_loads_nothing_twice(asking, monkeypatch):
    file = asking.sealed("C1", PEOPLE)

    def stopped(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("flows.comparison.ReplayRegister.record", stopped)
        with pytest.raises(KeyboardInterrupt):
            take_list(asking.here, file)
    before = asking.ledger.desk.rows("comparison_answers")
    assert take_list(asking.here, file) == "C1"
    assert asking.ledger.desk.rows("comparison_answers") == before


def test_the_same_person_is_not_asked_for_ever(asking):
    asked = person(1, name="欧阳修远", birth_date="1953-03-09")
    for turn in range(probing.MOST_SAME):
        take_list(asking.here, asking.sealed(f"C{turn}", [asked]))
    again = asking.sealed("again", [asked])
    with pytest.raises(NotPermittedError, match="probing_same"):
        take_list(asking.here, again)
    assert asking.refusals() == ["probing_same"]
    asking.ledger.desk.clock.now += probing.WINDOW + timedelta(days=1)
    take_list(asking.here, asking.sealed("later", [asked]))


@pytest.mark.parametrize(
    "variants",
    [
        [{"birth_date": f"1953-03-{day:02}"} for day in range(1, 29)],
        [{"birth_date": f"{year}-03-09"} for year in range(1930, 1958)],
        [
            {"name": f"欧阳{c}远", "birth_date": "1953-03-09"}
            for c in "甲乙丙丁戊己庚辛壬癸子丑寅卯"
        ],
        [
            {"id_number": "110101195303090011", "name": f"{c}某"}
            for c in "甲乙丙丁戊己庚辛壬癸子丑寅"
        ],
    ],
    ids=["days", "years", "names", "numbers"],
)
def test_near_variants_of_one_person_are_refused(asking, variants):
    people = [person(at, **{"name": "欧阳修远", **variant}) for at, variant in enumerate(variants)]
    refused(asking, asking.sealed("C1", people), "probing_near")
    # In small lists one after the other it is no different.
    most = probing.MOST_NEAR
    take_list(asking.here, asking.sealed("C2", people[:most]))
    with pytest.raises(NotPermittedError, match="probing_near"):
        take_list(asking.here, asking.sealed("C3", people[most : most + 1]))


def test_rows_that_lead_to_one_person_are_refused(asking):
    add_values(asking.ledger.desk, {"male.birth_date": "1953-03-09"})
    wrong = ["李雪7", "李蕾7", "季雷7", "李雷", "李雷1", "李需7", "李雹7", "李雳7"]
    people = [person(at, name=name, birth_date="1953-03-09") for at, name in enumerate(wrong)]
    with pytest.raises(NotPermittedError, match=r"probing_(person|near)"):
        take_list(asking.here, asking.sealed("C1", people))


def test_lists_are_counted(asking, monkeypatch):
    monkeypatch.setattr(probing, "MOST_LISTS", 2)
    for turn in range(2):
        take_list(asking.here, asking.sealed(f"C{turn}", [person(turn)]))
    with pytest.raises(NotPermittedError, match="too_many_lists"):
        take_list(asking.here, asking.sealed("C9", [person(9)]))


def test_an_honest_list_is_not_taken_for_probing(asking):
    given = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰"
    people = [
        person(at, name=f"王{given[at % 26]}{given[at // 26 % 26]}",
               birth_date=f"{1950 + at % 40}-{1 + at % 12:02}-{1 + at % 28:02}")
        for at in range(676)
    ]  # fmt: skip
    take_list(asking.here, asking.sealed("C1", people))
    take_list(asking.here, asking.sealed("C2", people[:300]))


def test_the_department_seals_with_the_base_command(asking, capfd, monkeypatch):
    folder = asking.folder
    asking.ledger.department.save(folder / "department.identity", "correct horse", cost=2**10)
    asking.ledger.crew.archive.public.save(folder / "archive.card.json")
    (folder / "passphrase").write_text("correct horse\n")
    (folder / "passphrase").chmod(0o600)
    people = "ref,name,sex,birth_date,id_number\nk7,李雷7,男,,\nk9,韩梅梅9,女,1953年3月9日,\n"
    (folder / "people.csv").write_bytes(people.encode("gb18030"))
    monkeypatch.setattr(flows.settings, "now", asking.ledger.desk.clock)
    words = [
        "comparison", "request", str(folder / "people.csv"), "--agreement", "S-1", "--id", "C1",
        "--fields", "registration_date", "--identity", str(folder / "department.identity"),
        "--archive-card", str(folder / "archive.card.json"), "--out", str(folder / "C1.sealed"),
        "--passphrase-file", str(folder / "passphrase"),
    ]  # fmt: skip
    assert main(words) == 0
    assert "2 人" in capfd.readouterr().out
    assert take_list(asking.here, folder / "C1.sealed") == "C1"
    rows = asking.ledger.desk.rows("comparisons")
    assert [(row["people"], row["mode"]) for row in rows] == [(2, "names")]
    assert main(words) == 2
    assert "output_exists" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("ref,name\n,李雷\n", "2: ref_or_name"),
        ("ref,name\nk1,\n", "2: ref_or_name"),
        ("ref,name\nk1,李雷\nk1,韩梅梅\n", "3: doubled_ref"),
        ("ref,name\n110101195303090011,李雷\n", "2: ref_or_name"),
        ("ref,name,birth_date\nk1,李雷,someday\n", "2: birth_date"),
        ("ref,name,id_number\nk1,李雷,１\n", "2: id_number"),
        ("ref,name\nk1\n", "2: number_of_columns"),
        ("ref,name\nk1,李雷,3\n", "2: number_of_columns"),
        ("ref\nk1\n", "1: columns"),
        ("ref,name\n", "1: empty"),
        ("", "1: columns"),
    ],
)
def test_lists_that_can_not_be_used_are_refused_by_line(tmp_path, text, faults):
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(InputError, match=re.escape(faults)) as refusal:
        read_people(tmp_path / "people.csv")
    assert "李雷" not in str(refusal.value)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=60)
@given(st.binary(max_size=60) | TEXT.map(str.encode), st.binary(max_size=60))
def test_any_content_is_a_list_or_refused(request_json, people):
    with pytest.raises(IntegrityError, match="bad_comparison"):
        parse_list({"request.json": request_json, "people.csv": people}, where="x")


def test_a_request_is_read_as_it_was_written():
    asked = PeopleList(mode=Mode.NAMES, fields=WANTED, people=PEOPLE)
    assert parse_list(asked.contents(), where="x") == asked
    head = json.loads(asked.contents()["request.json"])
    for change in (
        {"format": "backfill-comparison/2"}, {"mode": "faces"}, {"people": 4}, {"fields": ["x"]},
        {"fields": ["office", "office"]}, {"linkage_key": 7},
    ):  # fmt: skip
        contents = {**asked.contents(), "request.json": json.dumps(head | change).encode()}
        with pytest.raises(IntegrityError, match="bad_comparison"):
            parse_list(contents, where="x")
    rows = list(csv.reader(io.StringIO(asked.contents()["people.csv"].decode())))
    assert len(rows) == 4


def test_tokens_agree_on_what_is_written_in_two_ways_and_on_nothing_else(tmp_path):
    key = LinkageKey.create(tmp_path / "k")
    told = {"birth_date": "1953-03-09", "id_number": "110101530309001"}
    one = identity_tokens(key, name="戴興慶", **told)
    same = identity_tokens(key, name="戴兴庆", **(told | {"id_number": NUMBER}))
    assert one == same
    assert set(one).isdisjoint(identity_tokens(key, name="戴兴", **(told | {"id_number": ""})))
    other = LinkageKey.create(tmp_path / "other")
    assert set(one).isdisjoint(identity_tokens(other, name="戴興慶", **told))
    assert identity_tokens(key, name="戴興慶", birth_date="1953-03", id_number="") == ("", "")
    assert key == LinkageKey.load(tmp_path / "k")
    assert key.key.hex() not in repr(key)
