"""The whole job, killed with SIGKILL at every stage, ends as if nobody had touched it.

Everything is real: engines, DuckDB, encryption, Prefect, the vendor's command. A home is
killed while it is made; then a copy of it finishes undisturbed, and the home itself is
killed again and again. At the end both warehouses are compared row by row: what a kill
lost would be missing, and what a second start did twice would stand there twice.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from confidentiality.homekey import HomeKey
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = Path(__file__).parents[2] / "data_samples"
BACKFILL = Path(sys.executable).with_name("backfill")
#: Pages on which something is left for people to key.
PAGES = ("s10_award_1966.jpg", "s11_award_1966_upside_down.jpg", "s14_handwritten.jpg")
BROKEN = ("empty.jpg", "copy_of_a_good_scan.jpg")
#: The job's own command. Its clerks err where they are told to, at the first keying of one
#: page, so that there is a third one and two runs on the same keys key the same.
JOB = f"""
import random, sys
from pathlib import Path
from flows.cli import main
from flows.settings import quieten_engines, settle_prefect

quieten_engines()
settle_prefect(Path(sys.argv[sys.argv.index("--home") + 1]))
from flows import demo, demo_clerks

keying = {{}}
shown = demo._shown

def showing(here, package_id):
    rows = here.warehouse.query("package_items", package_id=package_id).to_pylist()
    keying.update((row["item_id"], row["keying"]) for row in rows)
    return shown(here, package_id)

def answers(items, truth, rng):
    made = []
    for item_id, place in items.items():
        name = place.source.rpartition("/")[2]
        text = truth.get((name, place.page, place.row, place.field), "")
        if text and keying[item_id] == 1 and name == {PAGES[-1]!r}:
            text = demo_clerks.mistyped(text, random.Random(1))
        made.append(dict(item_id=item_id, text=text, mark="ok" if text else "empty"))
    return made

demo._shown, demo_clerks.answers = showing, answers
sys.exit(main())
"""
#: How long a stage may take to come.
PATIENCE = 240.0
SEED = 20261123


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Kill `delay` seconds, drawn between two bounds, after `times` new signs were seen."""

    stage: str
    sign: Callable[[Path], int]
    times: int = 1
    delay: tuple[float, float] = (0.0, 0.1)


def files(pattern: str) -> Callable[[Path], int]:
    return lambda home: sum(1 for _ in home.glob(pattern))


def opened_packages(home: Path) -> int:
    """How many packages the stations have taken in."""
    stations = (home / "cast" / "stations").glob("*")
    return sum(1 for station in stations for _ in (station / "work").glob("*.sealed"))


def events(name: str) -> Callable[[Path], int]:
    """How often the audit log of a home names an event."""
    sought = f'"event":"{name}"'.encode()

    def count(home: Path) -> int:
        log = home / "audit"
        return log.read_bytes().count(sought) if log.exists() else 0

    return count


MAKING = (
    Kill(stage="stations", sign=files("cast/stations/*/ready"), times=2, delay=(0, 1)),
    Kill(stage="stations", sign=files("cast/stations/*/ready"), times=9, delay=(0, 1)),
    Kill(stage="register", sign=files("cast/stations/clerk-18/ready"), delay=(0, 1.5)),
    Kill(stage="agreement", sign=files("cast/agreements/*.json"), times=4, delay=(0, 1)),
    Kill(stage="agreed", sign=events("agreement.added"), times=2),
)
WORKING = (
    Kill(stage="intake", sign=files("prefect/prefect.db"), delay=(1, 6)),
    Kill(stage="intake", sign=events("batch.entered"), delay=(0, 0.05)),
    Kill(stage="read", sign=events("batch.entered"), delay=(2, 8)),
    Kill(stage="read", sign=files("chunks/*/*"), delay=(0, 0.02)),
    Kill(stage="load", sign=events("chunk.loaded"), delay=(0, 0.2)),
    Kill(stage="match", sign=events("fields.decided"), delay=(0, 0.3)),
    Kill(stage="plan", sign=events("batch.matched"), delay=(0.5, 2.5)),
    Kill(stage="request", sign=events("release.requested"), times=3),
    Kill(stage="approve", sign=events("release.approved"), times=3, delay=(0, 0.02)),
    Kill(stage="seal", sign=events("package.released")),
    Kill(stage="seal", sign=files("outgoing/*.sealed"), delay=(0, 0.01)),
    Kill(stage="seal", sign=files("outgoing/*.sealed"), times=2, delay=(0, 0.05)),
    Kill(stage="open", sign=opened_packages, delay=(0, 0.3)),
    Kill(stage="key", sign=opened_packages, delay=(0.1, 0.5)),
    Kill(stage="key", sign=opened_packages, delay=(0.2, 0.8)),
    Kill(stage="submit", sign=files("cast/returned/*.sealed"), delay=(0, 0.05)),
    Kill(stage="submit", sign=files("cast/returned/*.sealed"), delay=(0, 0.1)),
    Kill(stage="receive", sign=events("submission.received"), delay=(0, 0.2)),
    Kill(stage="receive", sign=events("submission.received"), times=3, delay=(0, 0.3)),
    Kill(stage="merge", sign=events("keyings.merged"), delay=(0, 0.02)),
    Kill(stage="settle", sign=events("keyings.merged"), delay=(0.3, 2)),
    Kill(stage="third keying: plan", sign=events("packages.planned"), delay=(0, 0.1)),
    Kill(stage="third keying: seal", sign=events("package.released")),
    Kill(stage="third keying: key", sign=files("cast/returned/*.sealed"), delay=(0, 0.5)),
    Kill(stage="third keying: receive", sign=events("submission.received"), delay=(0, 0.1)),
    Kill(stage="third keying: merge", sign=events("keyings.merged"), times=2, delay=(0, 0.5)),
    Kill(stage="share: request", sign=files("releases/S-*.request"), delay=(0, 0.3)),
    Kill(stage="share: approve", sign=files("releases/S-*.approval"), delay=(0, 0.3)),
    Kill(stage="share: seal", sign=files("outgoing/S-*.sealed"), delay=(0, 0.02)),
    Kill(stage="report", sign=files("reports/*.html"), delay=(0, 0.2)),
)

#: Columns that no two runs have in common: moments, durations, and what is drawn by lot for
#: a file that leaves the house.
_OWN = frozenset(
    {
        *("entered_at", "matched_at", "noted_at", "sealed_at", "expires_at", "created_at"),
        *("received_at", "keyed_at", "settled_at", "decided_at", "judged_at", "verified_at"),
        *(
            "shared_at",
            "recorded_at",
            "loaded_at",
            "seconds",
            "package_id",
            "submission_id",
            "share_id",
        ),
        *("row_id", "file", "sha256", "bytes"),
    }
)
#: Tables and views whose rows are the same in both homes. `steps` holds durations alone
#: beside the loads; `matches` keeps every weighing, and there are more with more starts.
_HISTORY = (
    *("batches", "scans", "pages", "readings", "differences", "work_items", "packages"),
    *("submissions", "entries", "consensus", "decisions", "records", "record_values"),
    *("shares", "share_rows", "current_matches", "page_notes"),
)


@pytest.fixture
def samples(tmp_path):
    folder = tmp_path / "samples"
    (folder / "broken").mkdir(parents=True)
    for name in (*PAGES, "register.parquet", "truth.jsonl"):
        shutil.copy(SAMPLES / name, folder / name)
    # A copy is one of a scan that is there.
    (folder / "broken" / "empty.jpg").touch()
    shutil.copy(folder / PAGES[0], folder / "broken" / "copy_of_a_good_scan.jpg")
    expected = {"broken/empty.jpg": "empty_file", "broken/copy_of_a_good_scan.jpg": "duplicate"}
    lines = [json.dumps({"file": file, "reason": why}) for file, why in expected.items()]
    (folder / "broken.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The job on one home; it may be started as often as one likes."""

    home: Path
    samples: Path
    scratch: Path

    def start(self) -> subprocess.Popen[bytes]:
        """A start of the job, with a scratch folder of its own."""
        words = ["demo", self.samples, "--home", self.home, "--workers", "2", "--json"]
        # Into files: a pipe would be held open by whatever outlives the job.
        with self._said("out").open("wb") as out, self._said("err").open("wb") as err:
            return subprocess.Popen(
                [sys.executable, "-c", JOB, *map(str, words)],
                stdout=out,
                stderr=err,
                env={**os.environ, "TMPDIR": str(self.scratch)},
            )

    def _said(self, where: str) -> Path:
        return self.home.with_name(f"{self.home.name}.{where}")

    def finish(self) -> dict:
        """Let it finish; what it printed."""
        assert self.start().wait() == 0, self._said("err").read_text()
        assert "Traceback" not in self._said("err").read_text()
        return json.loads(self._said("out").read_text())

    def kill(self, kill: Kill, rng: random.Random) -> str:
        """Start it and kill it where it is told; returns where the kill fell."""
        before = kill.sign(self.home)
        running = self.start()
        try:
            self._wait(running, kill, before)
            time.sleep(rng.uniform(*kill.delay))
        finally:
            ended = running.poll()
            running.kill()
            running.wait()
        assert ended is None, f"{kill.stage}: it had ended with status {ended}"
        wait_for_orphans(self.home)
        assert "Traceback" not in self._said("err").read_text(), kill.stage
        return f"{kill.stage:22} after {last_event(self.home)}"

    def _wait(self, running: subprocess.Popen[bytes], kill: Kill, before: int) -> None:
        end = time.monotonic() + PATIENCE
        while kill.sign(self.home) < before + kill.times:
            assert running.poll() is None, f"{kill.stage}: {self._said('err').read_text()}"
            assert time.monotonic() < end, f"{kill.stage}: did not come in time"
            time.sleep(0.004)


def last_event(home: Path) -> str:
    log = home / "audit"
    whole = log.read_bytes().split(b"\n")[:-1] if log.exists() else []
    return json.loads(whole[-1])["event"] if whole else "nothing"


def wait_for_orphans(home: Path) -> None:
    """Whatever the killed process had started must end by itself, and soon."""
    end = time.monotonic() + 30
    while left := living(home):
        assert time.monotonic() < end, f"still running: {left}"
        time.sleep(0.1)


def living(home: Path) -> list[str]:
    """Command lines of the processes that were started for a home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, known = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if words and int(process.name) != os.getpid() and os.fsencode(home) in words + known:
            found.append(words.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found


def opened(home: Path) -> Warehouse:
    passphrase = (home / "cast" / "passphrase").read_text().strip()
    key = HomeKey.open(home / "keys" / "home.key", passphrase).key
    return Warehouse.open(home / "warehouse.duckdb", key=key, now=datetime.now(tz=UTC))


def history(home: Path) -> dict[str, Counter]:
    """Table → its rows and how often each stands there, without what is its own."""
    with opened(home) as warehouse:
        tables = {name: warehouse._run(f"FROM {name}", name).to_pylist() for name in _HISTORY}
    return {name: Counter(map(_plain, rows)) for name, rows in tables.items()}


def _plain(row: dict) -> tuple:
    return tuple(
        (column, round(value, 6) if isinstance(value, float) else value)
        for column, value in sorted(row.items())
        if column not in _OWN
    )


def assert_files_and_rows_agree(home: Path) -> None:
    """Each sealed file stands in the warehouse as it lies on the disk, each submission once."""
    with opened(home) as warehouse:
        rows = {
            name: warehouse._run(f"FROM {name}", name).to_pylist()
            for name in ("packages", "shares", "submissions", "entries", "steps")
        }
    sealed = {row["file"]: row["sha256"] for row in (*rows["packages"], *rows["shares"])}
    outgoing = {p.name: sha256(p.read_bytes()).hexdigest() for p in (home / "outgoing").iterdir()}
    assert outgoing == sealed
    taken = Counter(row["package_id"] for row in rows["submissions"])
    assert taken == Counter({row["package_id"]: 1 for row in rows["packages"]})
    returned = {path.name for path in (home / "cast" / "returned").iterdir()}
    assert {row["file"] for row in rows["submissions"]} == returned
    register = (home / "received" / "submissions").read_text().splitlines()
    assert Counter(json.loads(line)["package_id"] for line in register) == Counter(
        row["submission_id"] for row in rows["submissions"]
    )
    assert set(Counter(row["item_id"] for row in rows["entries"]).values()) == {1}
    loads = [row["chunk_id"] for row in rows["steps"] if row["step"] == "load"]
    assert len(loads) == len(set(loads)) == 1
    # Every row of the warehouse has its entry in the audit log, and the log is whole.
    words = ["audit", "verify", "--home", home, "--passphrase-file", home / "cast/passphrase"]
    verified = subprocess.run([BACKFILL, *words], capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def left_behind(home: Path) -> list[str]:
    """Files that only a start that did not finish would leave."""
    names = [str(path.relative_to(home)) for path in home.rglob(".*")]
    return [name for name in names if not name.startswith(("prefect/", "cast/"))]


@pytest.mark.slow
def test_killed_at_every_stage_nothing_is_lost_or_doubled(samples, tmp_path, capsys):
    rng = random.Random(SEED)  # noqa: S311 - when to kill is no secret
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    job = Job(home=tmp_path / "home", samples=samples, scratch=scratch)
    fell = [job.kill(each, rng) for each in MAKING]
    undisturbed = Job(home=tmp_path / "undisturbed", samples=samples, scratch=scratch)
    shutil.copytree(job.home, undisturbed.home)
    expected = undisturbed.finish()
    fell += [job.kill(each, rng) for each in WORKING]
    with capsys.disabled():
        sys.stdout.write("\n".join(("", "where the kills fell:", *fell, "")))
    finished = job.finish()
    assert expected.pop("report") != finished.pop("report")
    assert finished == expected
    assert finished["undecided"] == 0
    assert finished["verified"] == finished["certificates"] == len(PAGES)
    found, sought = history(job.home), history(undisturbed.home)
    for table, rows in sought.items():
        assert found[table] == rows, table
    # Whether the register differs from these pages is none of this test's business.
    assert {table for table, rows in sought.items() if not rows} <= {"differences"}
    assert any(dict(row)["keying"] == 3 for row in found["entries"])
    for each in (job, undisturbed):
        assert_files_and_rows_agree(each.home)
        assert left_behind(each.home) == []
    assert list(scratch.iterdir()) == []
