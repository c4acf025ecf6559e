"""`backfill`: exit statuses, and that neither values nor tracebacks reach the screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import main
from flows.home import Home

ROOT = Path(__file__).parents[2]
PASSPHRASE = "correct horse"
RATE = ["--max-false-match-rate", "2"]
SECRET = "秘密的张三"

LIST_MODULES = """
import contextlib, io, sys
from flows.cli import main
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    main([{arguments}])
assert "backfill" in out.getvalue()
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
HOLD = """
import fcntl, sys
held = open(sys.argv[1], "a+")
fcntl.flock(held, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path, capfd, monkeypatch):
    """Runs a command in this process; gives exit status, stdout and stderr."""
    monkeypatch.delenv("BACKFILL_HOME", raising=False)
    for name in ("PREFECT_HOME", "PREFECT_PROFILES_PATH"):
        monkeypatch.setenv(name, os.environ[name])  # Commands set them; afterwards they are back.
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    passphrase.chmod(0o600)

    def run(*words, home=None):
        named = ["--home", str(home)] if home else []
        status = main([*map(str, words), *named, "--passphrase-file", str(passphrase)])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


@pytest.fixture
def home(tmp_path, fresh):
    root = tmp_path / "home"
    root.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "-r", fresh, root], check=True)
    return root


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["read"],
        ["match"],
        ["register"],
        ["register", "burn", "x"],
        ["read", "x.jpg", "--engine", "crystal-ball"],
        ["read", "x.jpg", "--workers", "many"],
        ["match", "--certificates", "a", "--register", "b", "--out", "c", *RATE],
        ["agreement", "draft", "a.json"],
        ["intake"],
        ["approve", "P-1"],
    ],
)  # fmt: skip
def test_wrong_usage(words, capfd):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("usage: backfill")


@pytest.mark.parametrize(
    "words", [["--help"], ["read", "--help"], ["agreement", "draft", "--help"]]
)
def test_help_answers_without_loading_anything_heavy(words):
    statement = LIST_MODULES.format(arguments=", ".join(map(repr, words)))
    done = subprocess.run(
        [sys.executable, "-c", statement], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "flows" in loaded
    heavy = {
        "prefect",
        "duckdb",
        "numpy",
        "pandas",
        "pyarrow",
        "cv2",
        "onnxruntime",
        "cryptography",
    }
    assert not loaded & heavy


@pytest.mark.parametrize(
    "words", [["status"], ["intake", "."], ["releases"], ["agreement", "list"]]
)
def test_without_a_home_and_with_a_folder_that_is_none(run, tmp_path, words):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert "no_home" in err
    assert "BACKFILL_HOME" in err
    status, out, err = run(*words, home=tmp_path / "nothing")
    assert (status, out) == (2, "")
    assert "home_not_made" in err
    assert not (tmp_path / "nothing").exists()


def test_a_home_is_named_by_the_environment_too(run, home, monkeypatch):
    monkeypatch.setenv("BACKFILL_HOME", str(home))
    assert run("agreement", "list") == (0, "", "")


def test_a_home_is_made_once(run, tmp_path):
    root = tmp_path / "new"
    status, out, _ = run("init", "--name", "某档案馆", home=root)
    assert status == 0
    made = {path: path.read_bytes() for path in Home(root=root).keys.iterdir()}
    assert len(made) >= 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)
    assert root.stat().st_mode & 0o077 == 0
    status, again, _ = run("init", home=root)
    assert status == 0
    assert again == out
    assert {path: path.read_bytes() for path in made} == made
    (tmp_path / "passphrase").write_text("wrong\n")
    status, _, err = run("init", home=root)
    assert status == 4
    assert "→" in err


@pytest.mark.parametrize("name", ["P-none", "../../etc/passwd"])
def test_an_unknown_package_is_not_approved(run, home, tmp_path, name):
    assert run("identity", tmp_path / "o.identity", "--role", "officer", "--name", "岗")[0] == 0
    status, _, err = run("approve", name, "--identity", tmp_path / "o.identity", home=home)
    assert status == 2
    assert "→" in err


def test_a_warehouse_in_use_by_another_process(run, home):
    lock = f"{Home(root=home).warehouse}.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        status, out, err = run("status", home=home)
        other.stdin.close()
    assert (status, out) == (6, "")
    assert "warehouse_in_use" in err
    assert run("status", home=home)[0] == 0


def test_a_lost_or_damaged_warehouse_is_named(run, home):
    warehouse = Home(root=home).warehouse
    whole = warehouse.read_bytes()
    warehouse.write_bytes(b"not a warehouse" * 1000)
    status, _, err = run("status", home=home)
    assert status == 4
    assert "not_a_warehouse" in err
    warehouse.write_bytes(whole)
    assert run("status", "--json", home=home)[:2] == (0, "{}\n")


def test_a_fault_of_ours_shows_neither_traceback_nor_value(run, home, monkeypatch):
    def fail(_: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(Home, "require", fail)
    status, out, err = run("agreement", "list", home=home)
    assert (status, out) == (1, "")
    assert "ValueError at test_command_line.py" in err
    assert err.count("\n") == 1
    assert SECRET not in err


def test_a_fault_inside_a_flow_shows_and_stores_no_value(
    run, home, tmp_path, monkeypatch, prefect_bytes
):
    def fail(_: object) -> None:
        raise KeyError(SECRET, "MARKER-in-a-flow")

    (tmp_path / "a.jpg").write_bytes(b"x")
    monkeypatch.setattr("flows.intake.sniff", fail)
    status, out, err = run("intake", tmp_path / "a.jpg", home=home)
    assert (status, out) == (1, "")
    assert "KeyError at test_command_line.py" in err
    assert SECRET not in err
    assert b"MARKER-in-a-flow" not in prefect_bytes()


def test_an_empty_folder_makes_no_batch(run, home, tmp_path):
    (tmp_path / "scans").mkdir()
    status, out, err = run("intake", tmp_path / "scans", home=home)
    assert (status, out) == (2, "")
    assert "nothing_to_enter" in err
    assert run("status", "--json", home=home)[1] == "{}\n"


def test_intake_by_command(run, home, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "empty.jpg").write_bytes(b"")
    status, out, _ = run("intake", scans, home=home)
    assert status == 3
    assert "empty.jpg  empty_file" in out
    batch = out.split()[3] if out.startswith("批次 · batch:") else ""
    status, out, _ = run("status", "--json", home=home)
    assert status == 0
    figures = json.loads(out)
    assert list(figures) == [batch]
    assert figures[batch]["files_set_aside"] == 1


def test_names_of_files_are_shown_without_what_moves_the_cursor(run, home, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    names = ("a\x1b[2J\n.jpg", "b\u202egpj.png", b"c\xff.jpg".decode(errors="surrogateescape"))
    for name in names:
        (scans / name).write_bytes(b"")
    status, out, _ = run("intake", scans, home=home)
    assert status == 3
    assert out.count("\n") == 1 + len(names)
    assert out.replace("\n", "").isprintable()
    assert "a<U+001B>[2J<U+000A>.jpg" in out


def test_interruption_is_no_fault(run, home, monkeypatch):
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Home, "require", interrupted)
    status, _, err = run("agreement", "list", home=home)
    assert status == 130
    assert "再次运行" in err
