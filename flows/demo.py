"""The main job on the samples, front to back, with every person of it played.

Scans in; read, matched, loaded; packages approved, sealed, keyed at clerks' stations,
received; differences keyed a third time; verified records shared with a department, which
confirms them and has a list of its own compared; a report. Each step is the one that staff
run. A second start goes on where the first ended.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from confidentiality.files import write_private
from confidentiality.homekey import HomeKey
from flows import demo_clerks
from flows.demo_cast import (
    KEYING,
    SHARING,
    Cast,
    approve_all,
    assemble,
    conclude_agreements,
    in_turns,
    passphrase,
    station,
)
from flows.demo_department import hear_department
from flows.installation import handed_over
from flows.intake import find_files, intake
from flows.process import process, settle
from flows.publish import report
from flows.receive import Received, merge_keyings, receive
from flows.release import propose, seal_approved
from flows.share import share
from matching.index import FILE_NAME, build_index

if TYPE_CHECKING:
    from flows.demo_clerks import Truth
    from flows.demo_department import Feedback
    from flows.home import Home
    from flows.installation import Installation

#: Clerks enough that nobody sees two identifying fields of one person in three keyings.
CLERKS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The folder of samples: scans, broken files, the register, and the truth of all."""

    folder: Path

    @property
    def register(self) -> Path:
        """The synthetic population register."""
        return self.folder / "register.parquet"

    @property
    def scans(self) -> list[Path]:
        """Good scans and broken files alike."""
        return [*sorted(self.folder.glob("s[0-9]*")), self.folder / "broken"]

    def truth(self) -> Truth:
        """What stands on the pages."""
        return demo_clerks.read_truth(self.folder / "truth.jsonl")

    def expected_set_aside(self) -> dict[str, str]:
        """File name → reason, of the files that must be set aside."""
        lines = (self.folder / "broken.jsonl").read_text(encoding="utf-8").splitlines()
        rows = map(json.loads, lines)
        return {Path(row["file"]).name: row["reason"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the demonstration did, for its summary."""

    batch_id: str
    share_file: str
    department: Feedback | None
    report: Path
    unexpected: tuple[str, ...]


def clear(home: Path) -> None:
    """Remove an earlier demonstration; refuses a folder that is none."""
    if home.exists() and (home / "cast").is_dir():
        shutil.rmtree(home)


def prepare(home: Home, samples: Samples) -> Cast:
    """Everybody's identity, the home, and the register index."""
    cast = Cast(folder=home.root / "cast", clerks=CLERKS)
    assemble(cast, home)
    if not (home.register / FILE_NAME).exists():
        key = _home_key(home, cast)
        build_index([samples.register], home.register, key=key)
    return cast


def play(home_id: str, here: Installation, cast: Cast, samples: Samples) -> Played:
    """The whole job; every step knows what it has done already."""
    conclude_agreements(cast, here)
    token = handed_over.leave(find_files(samples.scans))
    name = handed_over.leave("演示批次")
    batch_id = intake(home_id, token, name_token=name, demonstration=True)
    process(home_id, batch_id)
    truth = samples.truth()
    for arbitration in (False, True):
        propose(home_id, batch_id, KEYING, arbitration=arbitration)
        approve_all(cast, here)
        seal_approved(home_id, batch_id)
        key_packages(here, cast, batch_id, truth)
        _take_in(home_id, _returned(here, cast))
        merge_keyings(home_id, batch_id)
        settle(home_id, batch_id)
    share(home_id, batch_id, SHARING)
    approve_all(cast, here)
    share_file = share(home_id, batch_id, SHARING)
    department = hear_department(here, cast, share_file) if share_file else None
    report_token = report(home_id, batch_id, clerk_error_rate=demo_clerks.ERROR_RATE)
    return Played(
        batch_id=batch_id,
        share_file=share_file or "",
        department=department,
        report=handed_over.collect(report_token, Path),
        unexpected=tuple(_unexpected(here, batch_id, samples)),
    )


def key_packages(here: Installation, cast: Cast, batch_id: str, truth: Truth) -> None:
    """Each clerk opens, keys and submits the packages that wait, at a station of their own."""
    station_of = {_clerk_id(cast, n): n for n in range(1, cast.clerks + 1)}
    planned = here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
    done = set(here.warehouse.query("packages_received", batch_id=batch_id)[0].to_pylist())
    by_clerk: dict[str, list[str]] = {}
    for row in planned:
        came_back = any((cast.folder / "returned").glob(f"{row['package_id']}-s*.sealed"))
        if row["sealed"] and row["package_id"] not in done and not came_back:
            by_clerk.setdefault(row["clerk"], []).append(row["package_id"])

    def sit_down(clerk: str, packages: list[str]) -> None:
        number = station_of[clerk]
        held = {row["package_id"] for row in station(cast, number, "list")}
        for package_id in packages:
            if package_id not in held:
                file = here.home.outgoing / f"{package_id}.sealed"
                station(cast, number, "open", str(file))
            _key_one(cast, number, package_id, _shown(here, package_id), truth)

    in_turns(
        "录入（演示作答）· keying (played answers)",
        [partial(sit_down, clerk, packages) for clerk, packages in sorted(by_clerk.items())],
    )


def _key_one(
    cast: Cast,
    number: int,
    package_id: str,
    shown: dict[str, demo_clerks.Shown],
    truth: Truth,
) -> None:
    file = cast.station(number) / f"{package_id}.answers.jsonl"
    made = demo_clerks.answers(shown, truth, random.Random(package_id))  # noqa: S311 - played
    lines = (json.dumps(answer, ensure_ascii=False) + "\n" for answer in made)
    write_private(file, "".join(lines).encode(), replace=True)
    station(cast, number, "key", package_id, "--answers", str(file))
    file.unlink()
    out = cast.folder / "returned"
    out.mkdir(exist_ok=True)
    station(cast, number, "submit", package_id, "--out", str(out))


def _shown(here: Installation, package_id: str) -> dict[str, demo_clerks.Shown]:
    rows = here.warehouse.query("package_items", package_id=package_id).to_pylist()
    return {
        row["item_id"]: demo_clerks.Shown(
            source=row["source"],
            page=row["page"],
            row=row["row"],
            field=row["field"],
            canary=row["shown_text"],
        )
        for row in rows
    }


def _clerk_id(cast: Cast, number: int) -> str:
    card = json.loads((cast.station(number) / "card.json").read_text())
    return str(card["fingerprint"])[:16]


def _take_in(home_id: str, files: list[Path]) -> None:
    token = receive(home_id, handed_over.leave(files))
    for refusal in handed_over.collect(token, Received).refusals:
        raise refusal


def _returned(here: Installation, cast: Cast) -> list[Path]:
    """Submissions that came back and are not taken in yet."""
    taken = here.warehouse.query("submissions_taken")["file"].to_pylist()
    return sorted(p for p in (cast.folder / "returned").glob("*.sealed") if p.name not in taken)


def _home_key(home: Home, cast: Cast) -> bytes:
    return HomeKey.open(home.home_key, passphrase(cast)).derive("index")


def _unexpected(here: Installation, batch_id: str, samples: Samples) -> list[str]:
    """What was set aside but should not have been, and the other way round."""
    rows = here.warehouse.query("quarantine", batch_id=batch_id).to_pylist()
    found = {Path(row["source"]).name: row["reason"] for row in rows}
    expected = samples.expected_set_aside()
    names = sorted(found.keys() | expected.keys())
    return [
        f"{name}: {found.get(name, 'taken')}, expected {expected.get(name, 'taken')}"
        for name in names
        if found.get(name) != expected.get(name)
    ]
