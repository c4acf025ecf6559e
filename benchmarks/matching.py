"""Match the same files with this project and with Splink 5, one after the other, and compare.

    python benchmarks/matching.py FOLDER [--skip-splink] [--without alternatives|couples|spouses]

FOLDER holds `register.parquet`, `certificates.parquet` and `truth.parquet`, as `town.py`
and `city.py` write them. Each side runs in a process of its own, so CPU and memory are
its own; Splink (`pip install splink`) is set up in `match/with_splink.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# Python puts this folder first, where this very file would hide the package of its name.
_HERE = Path(__file__).parent
sys.path[0] = str(_HERE.parent)

from keying.acceptance import clopper_pearson
from matching.columns import pc
from matching.decide import MATCH, REVIEW, decide

_RATES = (0.0005, 0.001, 0.005, 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one side answered, in the order of the truth, and what it cost."""

    person: np.ndarray
    doubt: np.ndarray
    costs: dict[str, float]
    memory: float


def run(script: str, folder: Path, out: Path, truth: Any, *options: str) -> Run:  # noqa: ANN401 - an Arrow table
    """Run one side in its own process."""
    with subprocess.Popen(
        [sys.executable, str(_HERE / script), str(folder), str(out), *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_HERE.parent)},
    ) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{script} failed with status {process.returncode}")
    answers = pq.read_table(out)
    at = pc.index_in(truth["record_id"], answers["record_id"])
    doubt = (
        pc.subtract(1.0, answers["probability"])
        if "miss" not in answers.column_names
        else answers["miss"]
    )
    return Run(
        person=np.array(pc.cast(answers["person_id"], "string").take(at).to_pylist(), object),
        doubt=pc.fill_null(doubt.take(at), 1.0).to_numpy(),
        costs=json.loads(said.splitlines()[-1]),
        memory=usage.ru_maxrss / 2**20,
    )


def recall_at(doubt: np.ndarray, right: np.ndarray, present: int, precision: float) -> float:
    """The highest recall at a precision; links of one doubt stand or fall together."""
    order = np.argsort(doubt, kind="stable")
    good = np.cumsum(right[order])
    kept = np.append(np.diff(doubt[order]) > 0, True)
    able = kept & (good / np.arange(1, len(good) + 1) >= precision)
    return float(good[able].max(initial=0) / max(present, 1))


def misses(side: Run, truth: Any, rows: np.ndarray) -> float:  # noqa: ANN401 - an Arrow table
    """The miss rate at 99.9 % precision among these people."""
    person = np.array(pc.cast(truth["person_id"], "string").to_pylist(), object)[rows]
    given = np.array([one is not None for one in side.person[rows]])
    right = (side.person[rows] == person) & given
    present = sum(one is not None for one in person)
    return 1 - recall_at(side.doubt[rows][given], right[given], present, 0.999)


def decisions(side: Run, truth: Any) -> list[str]:  # noqa: ANN401 - an Arrow table
    """Lines on the rates asked for: how many were false, found, and left to people."""
    person = np.array(pc.cast(truth["person_id"], "string").to_pylist(), object)
    given = np.array([one is not None for one in side.person])
    right = (side.person == person) & given
    present = sum(one is not None for one in person)
    lines = []
    for rate in _RATES:
        decision = decide(side.doubt, given, rate)
        matched = decision == MATCH
        wrong, links = int((~right[matched]).sum()), int(matched.sum())
        false = wrong / max(links, 1)
        low, high = clopper_pearson(wrong, links)
        lines.append(
            f"  asked {rate:.2%}: false {wrong} of {links}, {false:.3%} ({false / rate:.2f}x; "
            f"exact bounds of 95 % each {low / rate:.2f}x to {high / rate:.2f}x), "
            f"found {right[matched].sum() / present:.1%}, review {(decision == REVIEW).mean():.1%}"
        )
    return lines


def show(name: str, side: Run, truth: Any) -> dict[str, float]:  # noqa: ANN401 - an Arrow table
    """Print one side's figures; returns the miss rates by group."""
    everybody = np.ones(truth.num_rows, bool)
    told = "number" if "number" in truth.column_names else "id_on_certificate"
    number = np.array(truth[told].to_pylist(), bool)
    groups = {"all": everybody, "no ID number": ~number}
    found = {group: misses(side, truth, rows) for group, rows in groups.items()}
    cost = ", ".join(f"{step} {seconds:.1f}" for step, seconds in side.costs.items())
    print(f"{name}: CPU seconds {cost}; memory {side.memory:.2f} GB")
    for group, rate in found.items():
        print(f"  misses at 99.9 % precision, {group}: {rate:.2%}")
    print("\n".join(decisions(side, truth)))
    return found


def lessened(folder: Path, without: str, place: Path) -> Path:
    """A copy of the folder in which this kind of evidence is missing, for both sides."""
    tables = {
        name: pq.read_table(folder / f"{name}.parquet") for name in ("certificates", "register")
    }
    papers, register = tables["certificates"], tables["register"]
    if without == "alternatives" and "alternatives" in papers.column_names:
        tables["certificates"] = papers.drop_columns(["alternatives"])
    elif without == "couples":
        at = papers.column_names.index("certificate_id")
        tables["certificates"] = papers.set_column(at, "certificate_id", papers["record_id"])
    elif without == "spouses":
        at = register.column_names.index("spouse_id")
        nobody = pa.nulls(register.num_rows, register["spouse_id"].type)
        tables["register"] = register.set_column(at, "spouse_id", nobody)
    for name, table in tables.items():
        pq.write_table(table, place / f"{name}.parquet")
    return place


def main() -> None:
    """Run both sides and print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--skip-splink", action="store_true")
    parser.add_argument("--without", choices=("alternatives", "couples", "spouses"))
    chosen = parser.parse_args()
    truth = pq.read_table(chosen.folder / "truth.parquet")
    with TemporaryDirectory() as place:
        folder = chosen.folder
        if chosen.without:
            folder = lessened(folder, chosen.without, Path(place))
        ours = run("match/project.py", folder, Path(place) / "ours.parquet", truth)
        mine = show("this project", ours, truth)
        filed = run("match/project.py", folder, Path(place) / "file.parquet", truth, "--file")
        if not all(filed.person == ours.person):
            sys.exit("the register's file and its index gave different answers")
        print(f"with the register's file: {filed.costs}; memory {filed.memory:.2f} GB")
        if chosen.skip_splink:
            return
        theirs = run("match/with_splink.py", folder, Path(place) / "splink.parquet", truth)
        other = show("Splink 5", theirs, truth)
    for group, rate in mine.items():
        print(f"misses, project over Splink, {group}: {rate / max(other[group], 1e-9):.2f}")
    trained = sum(theirs.costs.values())
    untrained = trained - theirs.costs["train"]
    for what, cost in (
        ("with the register's file", sum(filed.costs.values())),
        ("index built, opened and matched against", sum(ours.costs.values())),
        ("standing index opened and matched against", ours.costs["open"] + ours.costs["match"]),
    ):
        print(
            f"CPU, Splink over project, {what}: "
            f"{trained / cost:.1f} with training, {untrained / cost:.1f} without"
        )
    print(f"memory, project over Splink: {ours.memory / theirs.memory:.2f}")


if __name__ == "__main__":
    main()
