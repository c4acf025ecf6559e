"""Staff look at what is worth it, say who is meant, and the model learns from their answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from confidentiality.identity import Identity, Role
from flows.cli import main
from flows.explain import as_text, explained
from flows.link import match_batch
from flows.reviews import Confirmed, confirm, learn_model, present_model
from matching.index import RegisterIndex, build_index
from matching.learnt import as_text as model_text
from matching.learnt import from_text
from matching.model import VERSION, starting_parameters
from records.errors import ExitStatus, InputError, NotPermittedError, UsageError

PASSPHRASE = "correct horse"
PAGE = {
    "male.name": "李雷",
    "female.name": "韩梅梅",
    "male.birth_date": "1953-03-09",
    "registration_date": "1975-06-01",
}
PEOPLE = [
    {"person_id": 1, "name": "李雷", "sex": "male", "birth_date": "1953-03-09"},
    {"person_id": 2, "name": "韩梅梅", "sex": "female", "birth_date": "1954-08-17"},
    *(
        {"person_id": 10 + at, "name": name, "sex": "male", "birth_date": f"19{50 + at}-05-11"}
        for at, name in enumerate(["王伟", "张建国", "刘志强", "陈永", "赵文", "孙明华"])
    ),
]


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("register")
    nothing = dict.fromkeys(("id_number", "former_name", "address", "spouse_id"))
    pq.write_table(
        pa.Table.from_pylist([{**row, **nothing} for row in PEOPLE]), folder / "people.parquet"
    )
    build_index([folder / "people.parquet"], folder / "index", key=bytes(32))
    with RegisterIndex.open(folder / "index", key=bytes(32)) as opened:
        yield opened


@pytest.fixture
def matched(desk, crew, enter_page, register, monkeypatch):
    """A batch that was matched, in a home whose register is open."""
    crew.conclude(desk.here)
    batch_id = enter_page(desk, PAGE)
    here = replace(desk.here, open_register=lambda: register)
    monkeypatch.setattr("flows.link.installation", lambda _: here)
    assert match_batch.__wrapped__(desk.home_id, batch_id) == 2
    return here, batch_id


def standing(here):
    rows = here.warehouse.select("FROM current_matches ORDER BY record_id").to_pylist()
    return {row["record_id"].rsplit("/", 1)[1]: row for row in rows}


def test_what_an_officer_confirms_stands_whatever_is_matched_afterwards(matched, crew, desk):
    here, batch_id = matched
    record = standing(here)["male"]["record_id"]
    officer = crew.officers[0].fingerprint
    assert confirm(here, Confirmed(record_id=record, person_id="12", by=officer)) == batch_id
    first = standing(here)["male"]
    assert (first["person_id"], first["decision"], first["model"]) == ("12", "match", "staff")
    assert first["decided_by"] == officer[:16]
    # A change of mind is kept beside the first answer, and nobody is an answer, too.
    confirm(here, Confirmed(record_id=record, person_id=None, by=officer))
    learn_model(here)
    match_batch.__wrapped__(desk.home_id, batch_id)
    stands = standing(here)["male"]
    assert (stands["person_id"], stands["decision"], stands["model"]) == (None, "none", "staff")
    log = here.home.audit.read_text()
    assert log.count("match.confirmed") == 2
    assert "李雷" not in log


def test_the_model_learns_and_old_answers_keep_theirs(matched, crew, desk):
    here, batch_id = matched
    before = standing(here)
    assert before["male"]["model"] == VERSION
    with pytest.raises(UsageError):
        learn_model(here)
    officer = crew.officers[0].fingerprint
    confirm(here, Confirmed(record_id=before["male"]["record_id"], person_id="1", by=officer))
    learnt = learn_model(here)
    assert learnt.confirmed == 1
    assert learnt.version.startswith(f"{VERSION}-")
    assert present_model(here).version == learnt.version
    match_batch.__wrapped__(desk.home_id, batch_id)
    female = before["female"]["record_id"]
    kept = here.warehouse.query("matches_of_person", record_id=female).to_pylist()
    assert [row["model"] for row in kept] == [VERSION, learnt.version]
    assert kept[0]["probability"] == before["female"]["probability"]
    # The same answers teach the same model.
    assert learn_model(here) == learnt
    assert len(here.warehouse.select("FROM match_models")) == 1


def test_what_can_not_be_confirmed_is_refused(matched, crew):
    here, _ = matched
    record, officer = standing(here)["male"]["record_id"], crew.officers[0].fingerprint
    for answer, error in (
        (Confirmed(record_id="x", person_id="1", by=officer), UsageError),
        (Confirmed(record_id=record, person_id="999", by=officer), UsageError),
        (Confirmed(record_id=record, person_id="1", by=crew.stranger.fingerprint),
         NotPermittedError),
    ):  # fmt: skip
        with pytest.raises(error):
            confirm(here, answer)
    assert all(row["decided_by"] is None for row in standing(here).values())


def test_the_queue_of_a_home_names_the_page_and_the_waterfall_is_the_standing_answers(matched):
    here, batch_id = matched
    rows = here.warehouse.select("FROM matches").to_pylist()
    asked = [{**row, "decision": "review", "worth": 1.0 + at, "model": "other"}
             for at, row in enumerate(rows)]  # fmt: skip
    with here.warehouse.transaction():
        schema = here.warehouse.schema("matches")
        here.warehouse.merge("matches", pa.Table.from_pylist(asked, schema=schema))
    queue = here.warehouse.query("match_queue", batch_id=batch_id).to_pylist()
    assert [row["worth"] for row in queue] == sorted(
        (row["worth"] for row in asked if row["record_id"] in {q["record_id"] for q in queue}),
        reverse=True,
    )
    assert all((row["page"], row["source"].endswith("scan.png")) == (1, True) for row in queue)
    record = standing(here)["male"]["record_id"]
    answers = here.warehouse.query("matches_of_person", record_id=record)
    answers = answers.append_column("record_id", [[record] * answers.num_rows])
    assert record in as_text(explained(record, answers, record))


@pytest.fixture
def run(tmp_path, matched, register, capfd, monkeypatch, prefect_home):
    """Runs a command on the home where the batch was matched."""
    here, _ = matched
    here.warehouse.close()
    monkeypatch.setenv("PREFECT_HOME", str(prefect_home))
    monkeypatch.setenv("PREFECT_PROFILES_PATH", str(prefect_home.parent / "profiles.toml"))
    monkeypatch.setattr("flows.opening._register", lambda *_: register)
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)

    def run(*words):
        options = ["--home", here.home.root, "--passphrase-file", secret]
        status = main([str(word) for word in (*words, *options)])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out

    return run


def test_a_home_explains_confirms_and_learns_by_command(run, tmp_path, matched):
    _, batch_id = matched
    officer = Identity.create(Role.OFFICER, "档案员")
    officer.save(tmp_path / "o.identity", PASSPHRASE)
    officer.public.save(tmp_path / "o.card.json")
    assert run("card", tmp_path / "o.card.json")[0] == ExitStatus.DONE
    waiting = [json.loads(line) for line in run("undecided", "--json")[1].splitlines()]
    (certificate,) = {row["record_id"] for row in waiting}
    record = f"{certificate}/male"
    drawn = tmp_path / "why.html"
    status, out = run("match", "explain", record, "--html", drawn)
    assert status == ExitStatus.DONE
    assert record in out
    assert "姓名 name" in out
    html = drawn.read_text("utf-8")
    assert "<svg" in html
    assert "李雷" not in html + out
    assert run("match", "explain", "no/0/male")[0] == ExitStatus.INPUT_REFUSED
    assert run("match", "learn")[0] == ExitStatus.WRONG_USAGE
    words = ["match", "confirm", record, "--identity", tmp_path / "o.identity"]
    assert run(*words, "--person", "999")[0] == ExitStatus.WRONG_USAGE
    status, out = run(*words, "--person", "1", "--json")
    assert (status, json.loads(out)) == (ExitStatus.DONE, {"batch": batch_id, "record": record})
    assert "staff" in json.loads(run("match", "explain", record, "--json")[1])["model"]
    assert json.loads(run("match", "learn", "--json")[1])["confirmed"] == 1
    status, out = run("match", "queue")
    assert (status, record in out) == (ExitStatus.DONE, False)


def test_the_queue_of_a_file_is_in_order_of_worth(tmp_path, capsys):
    file = tmp_path / "answers.parquet"
    rows = [
        {"record_id": at, "person_id": at, "probability": p, "decision": decision,
         "evidence": "{}", "worth": value, "flags": '["reissue"]'}
        for at, (p, decision, value) in enumerate(
            [(0.3, "review", 2.0), (0.999, "match", 0.0), (0.9, "review", 8.0)])
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), file)
    assert main(["match", "queue", "--answers", str(file), "--json"]) == ExitStatus.DONE
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["record_id"] for row in shown] == [2, 0]
    assert main(["match", "queue", "--answers", str(file)]) == ExitStatus.DONE
    assert "reissue" in capsys.readouterr().out.splitlines()[0]


def test_a_model_that_was_changed_or_is_of_other_levels_is_refused(tmp_path):
    model = starting_parameters()
    assert from_text(model_text(model), "here").version == VERSION
    told = json.loads(model_text(model))
    for changed in ({**told, "version": f"{VERSION}-0123456789"}, {**told, "name": [0.0]}, {}):
        with pytest.raises(InputError):
            from_text(json.dumps(changed), "here")
    with pytest.raises(InputError):
        from_text("no model", "here")
    given = ["match", "--certificates", "c", "--register", "r", "--out", str(tmp_path / "o"),
             "--model", str(tmp_path / "none.json")]  # fmt: skip
    assert main(given) == ExitStatus.INPUT_REFUSED


def test_learning_asks_for_all_its_files_or_none(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["match", "learn", "--out", "model.json"])
    assert ended.value.code == ExitStatus.WRONG_USAGE
    assert "--certificates, --register, --confirmed" in capsys.readouterr().err
