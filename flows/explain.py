"""Explain a match: the waterfall of its evidence, as text and as a page by itself.

Neither holds a name, a date or a number: the weights alone, and the ids of the records.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.paper import environment
from flows.plots import FONTS
from matching.columns import pc, pq
from matching.explain import Step, Waterfall, waterfall
from records.errors import InputError
from warehouse.words import bilingual, chinese, english, probability

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_BAR = 36
#: The drawing of the page, in its own units.
_LEFT, _WIDTH, _ROW = 170.0, 620.0, 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One answer of a matching: who was answered, how surely, and from what."""

    record_id: str
    person_id: str | None
    probability: float
    decision: str
    runner_up: str | None
    model: str
    flags: tuple[str, ...]
    falls: Waterfall


def explained(record_id: str, answers: pa.Table, where: str) -> Explained:
    """The latest answer for a record; raises InputError when there is none."""
    columns: Any = answers
    rows = answers.filter(pc.equal(pc.cast(columns["record_id"], "string"), record_id))
    if not rows.num_rows:
        raise InputError(
            "no_such_record",
            what="没有该记录的比对结果 · no answer for this record",
            where=where,
            remedy="记录号见结果文件的 record_id 列 · see the column record_id of the answers",
        )
    row = rows.to_pylist()[-1]
    return Explained(
        record_id=record_id,
        person_id=_text(row["person_id"]),
        probability=float(row["probability"]),
        decision=str(row["decision"]),
        runner_up=_text(row["runner_up"]),
        model=str(row.get("model") or ""),
        flags=tuple(json.loads(row.get("flags") or "[]")),
        falls=waterfall(json.loads(row["evidence"] or "{}")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def read_answers(file: Path) -> pa.Table:
    """The answers that `backfill match` wrote; raises InputError when they can't be read."""
    try:
        answers: pa.Table = pq.read_table(file)
    except (OSError, ValueError) as error:
        raise InputError(
            "answers_unreadable",
            what="比对结果读不出 · the answers can't be read",
            where=str(file),
            remedy="给出 backfill match --out 写的文件 · give the file of backfill match --out",
        ) from error
    missing = {"record_id", "person_id", "probability", "decision", "evidence"} - set(
        answers.column_names
    )
    if missing:
        raise InputError(
            "answers_columns",
            what=f"缺列 · lacks the columns: {', '.join(sorted(missing))}",
            where=str(file),
            remedy="给出 backfill match --out 写的文件 · give the file of backfill match --out",
        )
    return answers


def queued(answers: pa.Table) -> list[dict[str, Any]]:
    """The answers for review, those first whose look is worth most."""
    columns: Any = answers
    shown = [
        name
        for name in ("record_id", "worth", "probability", "flags")
        if name in answers.column_names
    ]
    rows = answers.filter(pc.equal(columns["decision"], "review")).select(shown).to_pylist()
    asked: list[dict[str, Any]] = [{"worth": None, "flags": "[]", **row} for row in rows]
    return sorted(asked, key=lambda row: (-(row["worth"] or 0.0), -row["probability"]))


def as_text(found: Explained) -> str:
    """The waterfall in lines of one width, for a terminal."""
    low, high = found.falls.span
    scale = _BAR / max(high - low, 1e-9)

    def line(step: Step) -> str:
        begin, end = sorted((step.before, step.after))
        at, size = round((begin - low) * scale), max(round((end - begin) * scale), 1)
        bar = " " * at + ("█" if step.bits > 0 else "░") * size
        label = bilingual("evidence", step.name)
        return f"  {step.bits:+7.1f}  {bar:<{_BAR + 1}}  {step.after:+7.1f}  {label}"

    told = "".join(f"  {bilingual('match_flag', flag)}" for flag in found.flags)
    head = (
        f"记录 record {found.record_id} → {found.person_id or '–'}\n"
        f"{bilingual('match', found.decision)}  {probability(found.probability)}"
        f"  （次选 runner-up {found.runner_up or '–'}）{told}\n"
        f"  {'比特 bits':<7}{'':{_BAR + 1}}  {'合计 odds':>8}"
    )
    return "\n".join([head, *(line(step) for step in found.falls.steps)])


def as_page(found: Explained) -> str:
    """The waterfall as one HTML page."""
    low, high = found.falls.span
    scale = _WIDTH / max(high - low, 1e-9)

    def place(bits: float) -> float:
        return round(_LEFT + (bits - low) * scale, 1)

    rows = [
        {
            "zh": chinese("evidence", step.name),
            "en": english("evidence", step.name),
            "bits": f"{step.bits:+.1f}",
            "x": min(place(step.before), place(step.after)),
            "width": max(abs(place(step.after) - place(step.before)), 1.0),
            "stop": place(step.after),
            "after": f"{step.after:+.1f}",
            "for": step.bits > 0,
            "y": at * _ROW,
        }
        for at, step in enumerate(found.falls.steps)
    ]
    return environment().get_template("explain.html.j2").render(
        e=found, rows=rows, nought=place(0.0), row=_ROW, fonts=FONTS,
        left=_LEFT, width=_LEFT + _WIDTH + 70, height=len(rows) * _ROW + 10,
    )  # fmt: skip
