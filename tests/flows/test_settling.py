"""No field stays open for good: staff settle it from the scan, and who did and why is seen."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from confidentiality.identity import Identity, Role
from flows.auditing import check_audit
from flows.cli import main
from flows.commands.staff import _REASONS, _WAITS
from flows.installation import handed_over
from flows.process import decide
from flows.receive import load_submission, verify_submission, weigh
from flows.release import propose
from flows.settling import Settlement, SettlingReason, _record
from records.errors import InputError, NotPermittedError, UsageError
from warehouse.lineage import trace
from warehouse.verification import REQUIRED_FIELDS

PAGE = {
    "male.name": "李雷",
    "female.name": "韩梅梅",
    "registration_date": "一九七五年六月一日",
    "office": "某某人民公社",
}
PASSPHRASE = "correct horse"


def undecided(desk, batch_id):
    rows = desk.here.warehouse.query(
        "fields_undecided", batch_id=batch_id, required=REQUIRED_FIELDS
    ).to_pylist()
    return {row["field"]: row["waits_for"] for row in rows}


def settlement(desk, crew, field, text, **changes):
    (record,) = {row["certificate_id"] for row in desk.rows("certificates")}
    made = Settlement(
        record_id=record,
        field=field,
        text=text,
        reason=SettlingReason.NO_PICTURE,
        by=crew.officers[0].fingerprint,
    )
    return replace(made, **changes)


@pytest.fixture
def typed(desk, crew, enter_page):
    """A desk with a page from a text layer, of which the reader is not sure."""
    crew.conclude(desk.here)
    return desk, enter_page(desk, PAGE, without_boxes=True)


def test_a_text_layer_is_settled_field_by_field_to_a_record(typed, crew):
    desk, batch_id = typed
    assert propose(desk.home_id, batch_id, "A-1") == 0
    left = undecided(desk, batch_id)
    assert left == {**dict.fromkeys(PAGE, "no_picture"), "certificate_number": "not_found"}
    for field, text in {**PAGE, "certificate_number": "（75）字第12号"}.items():
        assert _record(desk.here, settlement(desk, crew, field, text)) == batch_id
        assert field not in undecided(desk, batch_id)
    assert decide.__wrapped__(desk.home_id, batch_id) == 1
    (record,) = desk.rows("records")
    found = {row["field"]: row["value"] for row in desk.rows("record_values")}
    assert found["registration_date"] == "1975-06-01"
    assert found["certificate_number"] == "75字第12号"
    officer = crew.officers[0].fingerprint[:16]
    traced = trace(desk.here.warehouse, record["record_id"], "registration_date")
    assert (traced.source, traced.reason) == ("staff", f"no_picture by {officer}")
    (entry,) = traced.entries
    assert (entry.clerk, entry.text) == (officer, PAGE["registration_date"])
    assert entry.value == "1975-06-01"
    assert entry.keyed_at is not None
    # The fixture loads its page without an entry; of what was settled every row has one.
    assert {each.kind for each in check_audit(desk.here).uncovered} <= {"chunk", "readings"}
    log = desk.here.home.audit.read_text()
    assert log.count("field.settled") == 5
    for value in (*PAGE.values(), "1975-06-01", "12号"):
        assert value not in log


def test_blank_fields_and_fields_keyed_three_times_in_vain(keyed):
    """What clerks could not settle is settled; a field in which nothing stands is empty."""
    desk, crew = keyed.desk, keyed.crew
    assert set(undecided(desk, keyed.batch_id).values()) == {"being_keyed", "not_found"}
    for number, row in enumerate(keyed.packages):
        file = keyed.submit(row, lambda item, n=number: f"{keyed.truth(item)}{n}")
        token = verify_submission.__wrapped__(desk.home_id, handed_over.leave(file))
        load_submission.__wrapped__(desk.home_id, token)
    weigh.__wrapped__(desk.home_id, keyed.batch_id)
    assert set(undecided(desk, keyed.batch_id).values()) == {"third_keying", "not_found"}
    office = settlement(desk, crew, "office", "", reason=SettlingReason.KEYINGS_DIFFER)
    _record(desk.here, office)
    (decision,) = desk.rows("decisions")
    assert (decision["value"], decision["source"]) == ("", "staff")
    (entry,) = [row for row in desk.rows("entries") if row["submission_id"] == "staff"]
    assert (entry["mark"], entry["value"]) == ("empty", "")
    # Staff are no clerks: their entry is no witness when keyings are weighed again.
    evidence = desk.here.warehouse.query("keying_evidence", batch_id=keyed.batch_id)
    assert crew.officers[0].fingerprint[:16] not in evidence["clerk"].to_pylist()


@pytest.mark.parametrize(
    ("field", "text", "changes", "error", "reason"),
    [
        ("male.birth_date", "二月三十日", {}, InputError, "no_value"),
        ("male.name", "〃", {}, InputError, "no_value"),
        ("male.name", "李□", {}, InputError, "no_value"),
        ("male.name", "李雷", {"record_id": "x:1/0"}, UsageError, "unknown_record"),
        ("male.name", "李雷", {"by": "ab" * 32}, NotPermittedError, "card_not_trusted"),
    ],
)
def test_what_cannot_be_settled_leaves_nothing(typed, crew, field, text, changes, error, reason):
    desk, _ = typed
    with pytest.raises(error) as caught:
        _record(desk.here, settlement(desk, crew, field, text, **changes))
    assert caught.value.reason == reason
    assert text not in str(caught.value)
    assert desk.rows("entries") == desk.rows("decisions") == []


def test_a_clerk_is_no_officer_and_what_is_decided_stays(typed, crew):
    desk, _ = typed
    by_clerk = settlement(desk, crew, "male.name", "李雷", by=crew.clerks[0].fingerprint)
    with pytest.raises(NotPermittedError, match="card_not_trusted"):
        _record(desk.here, by_clerk)
    _record(desk.here, settlement(desk, crew, "male.name", "李雷"))
    with pytest.raises(UsageError, match="field_decided"):
        _record(desk.here, settlement(desk, crew, "male.name", "李磊"))
    assert [row["value"] for row in desk.rows("decisions")] == ["李雷"]


def test_going_back_to_an_earlier_value_is_a_decision_of_its_own(typed, crew):
    desk, batch_id = typed
    for field, text in {**PAGE, "certificate_number": "（75）字第12号"}.items():
        _record(desk.here, settlement(desk, crew, field, text))
    decide.__wrapped__(desk.home_id, batch_id)
    for text in ("李磊", "李雷"):
        again = settlement(desk, crew, "male.name", text, reason=SettlingReason.DOUBTED)
        _record(desk.here, again)
        decide.__wrapped__(desk.home_id, batch_id)
        assert trace(desk.here.warehouse, again.record_id, "male.name").value == text
    taken = [row for row in desk.rows("decisions") if "/male.name/" in row["reading_id"]]
    assert [row["value"] for row in taken] == ["李雷", "李磊", "李雷"]
    assert [row["turn"] for row in taken] == [1, 2, 3]


def test_a_crash_leaves_all_or_nothing(typed, crew, monkeypatch):
    desk, _ = typed
    wanted = settlement(desk, crew, "certificate_number", "（75）字第12号")

    def failing(*_: object) -> None:
        raise KeyboardInterrupt

    before = desk.rows("readings")
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.here.warehouse), "schema", failing)
        with pytest.raises(KeyboardInterrupt):
            _record(desk.here, wanted)
    assert desk.rows("readings") == before
    assert desk.rows("decisions") == []
    _record(desk.here, wanted)
    assert len(desk.rows("decisions")) == 1


def test_the_command_knows_the_reasons_and_says_what_each_field_waits_for():
    assert tuple(SettlingReason) == _REASONS
    assert {"no_picture", "keyings_differ", "not_found"} <= set(_WAITS)


@pytest.fixture
def run(tmp_path, typed, capfd, monkeypatch, prefect_home):
    """Runs a command on the home, with a line on its standard input."""
    desk, _ = typed
    desk.here.warehouse.close()
    monkeypatch.setenv("PREFECT_HOME", str(prefect_home))
    monkeypatch.setenv("PREFECT_PROFILES_PATH", str(prefect_home.parent / "profiles.toml"))
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)

    def run(*words, line=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        options = ["--home", desk.here.home.root, "--passphrase-file", secret]
        status = main([str(word) for word in (*words, *options)])
        out, err = capfd.readouterr()
        return status, out, err

    return run


def test_by_command(run, tmp_path, prefect_bytes):
    officer = Identity.create(Role.OFFICER, "档案员")
    officer.save(tmp_path / "o.identity", PASSPHRASE)
    officer.public.save(tmp_path / "o.card.json")
    assert run("card", tmp_path / "o.card.json")[0] == 0
    status, out, _ = run("undecided", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (status, len(rows)) == (0, 5)
    first = next(row for row in rows if row["field"] == "male.name")
    assert set(first) == {"record_id", "field", "waits_for", "source", "page", "row"}
    words = ["settle", first["record_id"], "male.name", "--reason", "no_picture"]
    words += ["--identity", tmp_path / "o.identity"]
    assert run(*words)[0] == 2
    status, out, err = run(*words, line="王小明\n")
    assert status == 0, err
    assert f"{first['record_id']}  male.name" in out
    assert "王小明" not in out + err
    _, out, _ = run("undecided")
    assert len(out.splitlines()) == 4
    assert "male.name" not in out.replace("female.name", "")
    assert run(*words, line="王小明\n")[0] == 2
    kept = prefect_bytes()
    assert b"settle-field" in kept
    assert "王小明".encode() not in kept
