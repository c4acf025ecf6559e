"""The department of the demonstration: it opens its share, confirms it, and asks about people.

The list is of people whom the share names, and one whom nobody knows. It is sealed by the
department's own commands; what it is told is opened as the department would.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from confidentiality.files import write_private
from confidentiality.identity import Identity
from confidentiality.sealed import SealedKind, open_sealed
from flows.comparison import answer_list, take_list
from flows.demo_cast import SHARING, approve_all, passphrase
from flows.feedback import take_receipt
from records.errors import EngineError

if TYPE_CHECKING:
    from confidentiality.sealed import Opened
    from flows.demo_cast import Cast
    from flows.installation import Installation

_COMPARISON = "COMPARISON-DEMO"
_WANTED = "registration_date,certificate_number"
_ASKED = 6
_DAY = len("2000-01-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Of so many records and people: what the department saw, was told, and confirmed."""

    records: int
    asked: int
    answers: Counter[str]
    confirmed: bool


def hear_department(here: Installation, cast: Cast, share_file: str) -> Feedback:
    """Receipt and comparison, front to back; what was done in an earlier start stays."""
    share = here.home.outgoing / share_file
    shared = pq.read_table(io.BytesIO(_opened(here, cast, share).contents["records.parquet"]))
    confirmed = _confirm(here, cast, share)
    known = here.warehouse.query("comparisons_known")["comparison_id"].to_pylist()
    if _COMPARISON not in known:
        take_list(here, _sealed_list(cast, shared.to_pylist()))
    approve_all(cast, here)
    answer = answer_list(here, _COMPARISON)
    told = _opened(here, cast, here.home.outgoing / str(answer))
    rows = pq.read_table(io.BytesIO(told.contents["answer.parquet"])).to_pylist()
    answers = {str(row["ref"]): str(row["answer"]) for row in rows}
    return Feedback(
        records=shared.num_rows,
        asked=len(answers),
        answers=Counter(answers.values()),
        confirmed=confirmed,
    )


def _opened(here: Installation, cast: Cast, file: Path) -> Opened:
    return open_sealed(
        file,
        recipient=Identity.load(cast.person("department"), passphrase(cast)),
        senders=[here.require_archive().public],
        now=here.clock(),
        expect_kind=SealedKind.SHARE,
        expect_agreement=SHARING,
    )


def _confirm(here: Installation, cast: Cast, share: Path) -> bool:
    """The department's receipt of the share; whether it agrees with what was sent."""
    rows = here.warehouse.query("receipts_listed").to_pylist()
    held = next((r["agrees"] for r in rows if r["share_id"] == share.stem), None)
    if held is not None:
        return bool(held)
    out = _returned(cast) / f"receipt-{share.name}"
    if not out.exists():
        _department(cast, "receipt", "make", str(share), "--out", str(out))
    return take_receipt(here, out)[1]


def _sealed_list(cast: Cast, shared: list[dict[str, str | None]]) -> Path:
    """The sealed list; the open one is removed as soon as it is sealed."""
    out = _returned(cast) / f"{_COMPARISON}.sealed"
    if not out.exists():
        people = cast.folder / "people.csv"
        write_private(people, _people(shared), replace=True)
        words = ["request", str(people), "--id", _COMPARISON, "--fields", _WANTED]
        try:
            _department(cast, "comparison", *words, "--out", str(out))
        finally:
            people.unlink()
    return out


def _people(shared: list[dict[str, str | None]]) -> bytes:
    """A list as a department keeps one: men with a full birth date, and a name of nobody."""
    rows = [["ref", "name", "sex", "birth_date", "id_number"]]
    named = sorted(
        (str(row["male.name"]), str(row["male.birth_date"]), row["male.id_number"] or "")
        for row in shared
        if row["male.name"] and len(row["male.birth_date"] or "") == _DAY
    )
    for number, (name, born, id_number) in enumerate(named[-_ASKED + 1 :], 1):
        rows.append([f"D{number}", name, "男", born, id_number])
    rows.append([f"D{len(rows)}", "演示无名氏", "女", "1901-01-01", ""])
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _returned(cast: Cast) -> Path:
    folder = cast.folder / "department"
    folder.mkdir(exist_ok=True)
    return folder


def _department(cast: Cast, *words: str) -> None:
    """Run a command of the department's; raises EngineError when it fails."""
    program = Path(sys.executable).with_name("backfill")
    own = {
        "--agreement": SHARING,
        "--identity": str(cast.person("department")),
        "--archive-card": str(cast.folder.parent / "keys" / "archive.card.json"),
        "--passphrase-file": str(cast.passphrase_file),
    }
    options = [word for pair in own.items() for word in pair]
    done = subprocess.run(  # noqa: S603 - our own program with our own words
        [str(program), *words, *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise EngineError(
            "department_failed",
            what=f"backfill {words[0]} ended with {done.returncode}: {done.stderr.strip()}",
            where="department",
        )
