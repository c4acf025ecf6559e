"""A step that is killed between any two durable operations is finished by a second start.

Each step is done in a process of its own on a copy of a home, killed with SIGKILL before its
n-th flush, rename, removal or commit, and started again. What stands in the warehouse and on
the disk then is what stands there when nobody kills it.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from flows.auditing import check_audit
from flows.release import propose
from flows.share import share_batch

PROCESS = Path(__file__).with_name("killed_process.py")
PASSPHRASE = "correct horse"
CHEAP = 1 << 10
#: What a second start draws anew, or dates anew.
_OWN = frozenset(
    {
        *("package_id", "sha256", "bytes", "file", "recorded_at", "seconds", "chunk_id"),
        *("created_at", "sealed_at", "expires_at", "received_at", "settled_at", "decided_at"),
        *("verified_at", "shared_at", "row_id"),
    }
)
_TABLES = (
    *("work_items", "packages", "submissions", "entries", "consensus", "decisions", "records"),
    *("record_values", "shares", "share_rows"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step, the home before it, and what it is told."""

    name: str
    root: Path
    words: tuple[str, ...]
    start: str

    def run(self, root: Path, fatal: int) -> subprocess.CompletedProcess[str]:
        """Do the step on a home; `fatal` 0 lets it finish."""
        words = [root, PASSPHRASE, self.start, fatal, self.name, *self.words]
        return subprocess.run(
            [sys.executable, PROCESS, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )


@pytest.fixture(scope="session")
def sources(fresh, released, verified):
    """Homes to begin with."""
    return {"propose": fresh, "seal": fresh, "receive": released, "share": verified}


@pytest.fixture
def prepared(request, tmp_path, open_home, crew, sources, enter_page):
    """The step that the test is about, on a home that is just before it."""
    name = request.param
    root = tmp_path / "before"
    source = sources[name] if isinstance(sources[name], tuple) else ()
    shutil.copytree(source[0] if source else sources[name], root)
    crew.archive.save(root / "keys" / "archive.identity", PASSPHRASE, cost=CHEAP)
    with open_home(root) as desk:
        if source:
            desk.clock.now = source[-1]
            batch_id = source[1]
        else:
            crew.conclude(desk.here)
            batch_id = enter_page(desk, {"male.name": "李雷", "male.birth_date": "1953-03-09"})
        words: tuple[str, ...] = (batch_id,)
        if name == "propose":
            words += ("A-1",)
        elif name == "seal":
            propose(desk.home_id, batch_id, "A-1")
        elif name == "share":
            words += ("S-1",)
            assert share_batch.__wrapped__(desk.home_id, batch_id, "S-1") is None
        else:
            planned = desk.here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
            files = [crew.key(desk, row, lambda item: f"錄{item.tail}") for row in planned]
            words += tuple(map(str, files))
        for package_id in desk.here.releases.ids() if name in {"seal", "share"} else ():
            crew.approve(desk, package_id)
        start = (desk.clock.now + timedelta(minutes=1)).isoformat()
    return Step(name=name, root=root, words=words, start=start)


def state(open_home, root: Path) -> dict[str, Counter]:
    """Every row as often as it stands there, and that files, rows and log agree."""
    with open_home(root) as desk:
        rows = {name: desk.rows(name) for name in _TABLES}
        sealed = {row["file"]: row["sha256"] for row in (*rows["packages"], *rows["shares"])}
        outgoing = desk.here.home.outgoing.iterdir()
        assert {file.name: sha256(file.read_bytes()).hexdigest() for file in outgoing} == sealed
        register = desk.here.home.received / "submissions"
        known = register.read_text().splitlines() if register.exists() else []
        assert len(known) == len(rows["submissions"])
        planned = {row["package_id"] for row in rows["work_items"]}
        assert planned <= set(desk.here.releases.ids()) or not rows["packages"]
        uncovered = {each.kind for each in check_audit(desk.here).uncovered}
        # The fixtures load their pages, and some of their rows, without an entry.
        assert uncovered <= {"chunk", "readings", "decisions", "records", "values"}
    return {name: Counter(map(_plain, found)) for name, found in rows.items()}


def _plain(row: dict) -> tuple:
    return tuple((column, row[column]) for column in sorted(row) if column not in _OWN)


def killed_and_started_again(step: Step, open_home, folder: Path, every: int) -> int:
    """Kill the step at each `every`-th durable operation; returns how many kills there were."""
    calm = folder / "calm"
    shutil.copytree(step.root, calm)
    finished = step.run(calm, 0)
    assert finished.returncode == 0, finished.stderr
    expected, operations = state(open_home, calm), int(finished.stdout)
    assert any(expected.values())
    fatal = range(1, operations + 1, every)
    for number in fatal:
        root = folder / f"killed-{number}"
        shutil.copytree(step.root, root)
        assert step.run(root, number).returncode == -signal.SIGKILL
        again = step.run(root, 0)
        assert again.returncode == 0, f"operation {number}: {again.stderr}"
        assert state(open_home, root) == expected, f"operation {number} of {operations}"
        shutil.rmtree(root)
    return len(fatal)


#: Receiving repeats itself submission by submission; a stride that has no factor in common
#: with what one takes falls on each of its operations all the same.
EVERY = {"propose": 1, "seal": 1, "receive": 7, "share": 1}


@pytest.mark.slow
@pytest.mark.parametrize("prepared", EVERY, indirect=True)
def test_any_durable_operation_may_be_the_last(prepared, open_home, tmp_path):
    assert killed_and_started_again(prepared, open_home, tmp_path, every=EVERY[prepared.name]) > 8


@pytest.mark.parametrize("prepared", ["share"], indirect=True)
def test_some_durable_operations_may_be_the_last(prepared, open_home, tmp_path):
    assert killed_and_started_again(prepared, open_home, tmp_path, every=6) > 1
