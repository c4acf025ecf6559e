"""The whole job of a station through its command line."""

import json
import stat
from collections import Counter

import pytest

from confidentiality.identity import Identity, PublicIdentity, Role
from keying.destruction import DOMAIN, parse_destruction
from keying.submission import check_against_plan
from workstation.station.cli import main


def test_a_whole_job(archive, vendor, tmp_path):
    path, plan = archive.package(vendor.card)
    opened = vendor.json("open", path)
    assert (opened["package_id"], opened["items"], opened["state"]) == ("P-0001", 4, "open")

    code, out, _ = vendor.run("items", "P-0001", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["item_id"] for row in rows] == [item.item_id for item in plan.items]
    assert code == 0
    assert all(row["prompt_zh"] and row["prompt_en"] for row in rows)

    first, *rest = [
        {"item_id": item.item_id, "text": f"張{n}", "mark": "ok", "keystrokes": 9}
        for n, item in enumerate(plan.items)
    ]
    keyed = vendor.json("key", "P-0001", "--answers", vendor.answers([first]))
    assert (keyed["answered"], keyed["new"]) == (1, 1)
    code, _, err = vendor.run("submit", "P-0001", "--out", tmp_path / "out")
    assert (code, "3 of 4" in err) == (2, True)
    keyed = vendor.json("key", "P-0001", "--answers", vendor.answers([first, *rest]))
    assert (keyed["answered"], keyed["new"]) == (4, 3)

    sent = vendor.json("submit", "P-0001", "--out", tmp_path / "out")
    assert sent["state"] == "submitted"
    seal, submission = archive.receive(vendor.card, tmp_path / "out" / "P-0001-s1.sealed")
    assert (seal.header.answers, seal.header.agreement) == ("P-0001", "A-2026-1")
    ids = [item.item_id for item in plan.items]
    approved = archive.approved["P-0001"]
    check_against_plan(submission, item_ids=ids, clerk_id="clerk-1", package_sha256=approved)
    assert [entry.text for entry in submission.entries] == ["張0", "張1", "張2", "張3"]
    assert {entry.keystrokes for entry in submission.entries} == {9}

    gone = vendor.json("destroy", "P-0001")
    record, signature = parse_destruction(
        (vendor.home / "destroyed" / "P-0001.destroyed.json").read_bytes()
    )
    assert vendor.card.verify(signature, DOMAIN, record.payload())
    assert (record.entries, record.submissions, gone["entries"]) == (4, 1, 4)
    assert record.station == vendor.card.fingerprint
    assert not list((vendor.home / "work").glob("*.sealed"))


def test_nothing_of_the_content_or_the_entries_lies_plain_in_the_home(archive, vendor):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    answers = [{"item_id": item.item_id, "text": "非常特别的名字"} for item in plan.items]
    vendor.run("key", "P-0001", "--answers", vendor.answers(answers))
    kept = vendor.files()
    assert len(kept) >= 5
    for name, data in kept.items():
        assert b"\x89PNG" not in data, name
        assert b"IHDR" not in data, name
        assert "非常特别".encode() not in data, name


def test_only_the_owner_may_read_the_home(archive, vendor):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    vendor.run("key", "P-0001", "--answers", vendor.answers(plan))
    assert stat.S_IMODE(vendor.home.stat().st_mode) == 0o700
    open_to_others = [
        name
        for name in vendor.files()
        if stat.S_IMODE((vendor.home / name).stat().st_mode) & 0o077
        and name.parts[0] != "trust"
        and name.name != "card.json"
    ]
    assert not open_to_others


def test_a_home_is_made_once_and_its_card_is_good(vendor, tmp_path, capsys):
    home = tmp_path / "new"
    command = ["init", "--name", "新工作站", "--role", "clerk", "--home", str(home)]
    command += ["--passphrase-file", str(vendor.passphrase), "--json"]
    assert main(command) == 0
    shown = json.loads(capsys.readouterr().out)
    card = PublicIdentity.load(home / "card.json")
    assert (card.fingerprint, card.role, card.name) == (
        shown["fingerprint"],
        Role.CLERK,
        "新工作站",
    )
    assert main(command) == 2
    assert PublicIdentity.load(home / "card.json").fingerprint == card.fingerprint


def test_only_an_archive_is_trusted_and_only_under_its_fingerprint(archive, vendor, tmp_path):
    card = tmp_path / "archive.json"
    archive.identity.public.save(card)
    good = archive.identity.fingerprint
    assert vendor.run("trust", card, "--fingerprint", good.upper())[0] == 0
    assert vendor.run("trust", card, "--fingerprint", "0" * 64)[0] == 7
    other = tmp_path / "other.json"
    Identity.create(Role.VENDOR, "别家").public.save(other)
    assert vendor.run("trust", other)[0] == 7
    other.write_text("{}")
    assert vendor.run("trust", other)[0] == 4


def test_bad_lines_are_set_aside_and_the_rest_is_kept(archive, vendor):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    one, two, *_ = (item.item_id for item in plan.items)
    lines = [
        {"item_id": one, "text": "李四"},
        "not json",
        {"item_id": "f" * 32, "text": "x"},
        "",
        {"item_id": two, "mark": "illegible", "text": "秘密"},
        {"item_id": two, "mark": "illegible"},
    ]
    code, out, err = vendor.run("key", "P-0001", "--answers", vendor.answers(lines), "--json")
    shown = json.loads(out)
    assert code == 3
    assert [(a["line"], a["reason"]) for a in shown["set_aside"]] == [
        (2, "not_json"),
        (3, "unknown_item"),
        (5, "text_contradicts_mark"),
    ]
    assert (shown["new"], shown["answered"]) == (2, 2)
    assert "秘密" not in out + err
    only_bad = vendor.answers(["not json"])
    assert vendor.run("key", "P-0001", "--answers", only_bad)[0] == 4


def test_odd_texts_are_kept_and_pointed_out(archive, vendor):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    odd = {"name": "张3", "birth_date": "一九五八年十三月", "id_number": "123", "sex": "甲"}
    lines = [{"item_id": i.item_id, "text": odd[i.field.tail]} for i in plan.items]
    shown = vendor.json("key", "P-0001", "--answers", vendor.answers(lines))
    assert shown["answered"] == 4
    assert len(shown["look_again"]) == 4


def test_the_last_answer_of_an_item_counts_and_repeats_do_not(archive, vendor, tmp_path):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    everything = vendor.answers(plan)
    assert vendor.json("key", "P-0001", "--answers", everything)["new"] == 4
    assert vendor.json("key", "P-0001", "--answers", everything)["new"] == 0
    item = plan.items[2].item_id
    corrected = vendor.answers([{"item_id": item, "text": "王五", "mark": "unsure"}])
    assert vendor.json("key", "P-0001", "--answers", corrected)["new"] == 1
    vendor.run("submit", "P-0001", "--out", tmp_path)
    _, submission = archive.receive(vendor.card, tmp_path / "P-0001-s1.sealed")
    texts = Counter((entry.text, str(entry.mark)) for entry in submission.entries)
    assert texts == {("張三", "ok"): 3, ("王五", "unsure"): 1}


def test_parts_can_be_returned_before_the_whole(archive, vendor, tmp_path):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    vendor.run(
        "key",
        "P-0001",
        "--answers",
        vendor.answers([{"item_id": plan.items[0].item_id, "mark": "empty"}]),
    )
    part = vendor.json("submit", "P-0001", "--partial", "--out", tmp_path)
    assert part["state"] == "open"
    _, submission = archive.receive(vendor.card, tmp_path / "P-0001-s1.sealed")
    assert (len(submission.entries), submission.unanswered) == (1, 3)
    vendor.run("key", "P-0001", "--answers", vendor.answers(plan))
    whole = vendor.json("submit", "P-0001", "--out", tmp_path)
    assert (whole["state"], whole["submission_id"]) == ("submitted", "P-0001-s2")
    assert vendor.run("key", "P-0001", "--answers", vendor.answers(plan))[0] == 7
    again = vendor.json("submit", "P-0001", "--out", tmp_path)
    assert again["submission_id"] == "P-0001-s3"


def test_progress_is_shown_without_the_passphrase(archive, vendor):
    path, plan = archive.package(vendor.card)
    code, out, _ = vendor.run("list")
    assert (code, "no packages" in out) == (0, True)
    vendor.run("open", path)
    vendor.run(
        "key",
        "P-0001",
        "--answers",
        vendor.answers([{"item_id": plan.items[0].item_id, "text": "甲"}]),
    )
    vendor.passphrase.unlink()
    assert vendor.json("status", "P-0001")["answered"] == 1
    assert vendor.json("list")["package_id"] == "P-0001"
    assert "1/4" in vendor.run("status")[1]


def test_a_package_is_destroyed_unsubmitted_only_on_demand(archive, vendor):
    path, plan = archive.package(vendor.card)
    vendor.run("open", path)
    vendor.run("key", "P-0001", "--answers", vendor.answers(plan))
    assert vendor.run("destroy", "P-0001")[0] == 2
    assert vendor.run("destroy", "P-0001", "--unsubmitted")[0] == 0
    record = (vendor.home / "destroyed" / "P-0001.destroyed.json").read_bytes()
    assert vendor.run("destroy", "P-0001")[0] == 0
    again = (vendor.home / "destroyed" / "P-0001.destroyed.json").read_bytes()
    assert again == record
    for command in ("items", "key", "submit"):
        options = {"key": ["--answers", vendor.answers(plan)], "submit": ["--out", vendor.home]}
        assert vendor.run(command, "P-0001", *options.get(command, []))[0] == 7
    assert "destroyed" in vendor.run("list")[1]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["status", "P-0009"], 2),
        (["open", "/nowhere/P.sealed"], 4),
        (["trust", "/nowhere/card.json"], 4),
        (["items", "P-0009"], 2),
    ],
)
def test_refusals_say_what_and_what_next(vendor, command, status):
    code, out, err = vendor.run(*command)
    assert (code, out) == (status, "")
    assert err.startswith("station: ")
    assert "→" in err


def test_a_home_is_needed_and_must_be_a_station(vendor, tmp_path, monkeypatch):
    monkeypatch.delenv("STATION_HOME", raising=False)
    assert vendor.run("list", home=False)[0] == 2
    monkeypatch.setenv("STATION_HOME", str(vendor.home))
    assert vendor.run("list", home=False)[0] == 0
    monkeypatch.setenv("STATION_HOME", str(tmp_path / "nothing"))
    assert vendor.run("list", home=False)[0] == 2


def test_common_options_stand_before_or_after_the_command(vendor, capsys):
    assert main(["--home", str(vendor.home), "--json", "list"]) == 0
    assert main(["list", "--home", str(vendor.home), "--json"]) == 0
    assert capsys.readouterr().out == ""
