"""What a comparison leaves: sheets for staff, and the corrected list once they approved.

The sheets hold personal data and are readable for their user alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from confidentiality.files import writing_aside
from flows.sheets import read_rows
from records.errors import InputError
from warehouse.spreadsheet import guarded, unguarded
from warehouse.words import chinese, field_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from flows.comparing import Compared
    from flows.earlier import Existing
    from warehouse.comparison import ComparedField

COMPARISON, FINDINGS, CORRECTIONS = "comparison.csv", "findings.csv", "corrections.csv"
_SIDES = (
    "line", "record_id", "field", "字段", "existing", "archive", "source", "confidence", "register",
    "verdict", "结论",
)  # fmt: skip
_DRAFT = (
    "line",
    "record_id",
    "field",
    "字段",
    "existing",
    "proposed",
    "basis",
    "register",
    "approve",
)
_ANSWERS = {"是": True, "否": False, "yes": True, "no": False, "1": True, "0": False, "": False}


def write_sheets(compared: Compared, folder: Path) -> None:
    """Write the three sheets into a folder that is made for them."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _write(folder / COMPARISON, _SIDES, map(_side, compared.fields))
    _write(
        folder / FINDINGS,
        ("line", "record_id", "kind", "问题", "detail"),
        (
            (each.line or "", each.record_id, each.kind, chinese("finding", each.kind), each.detail)
            for each in compared.findings
        ),
    )
    _write(folder / CORRECTIONS, _DRAFT, map(_draft, compared.corrections))


def approved_corrections(path: Path, drafted: Sequence[ComparedField]) -> tuple[ComparedField, ...]:
    """The drafted corrections that the sheet approves.

    Raises InputError when the sheet has an answer that is none, or a correction that isn't
    drafted, or is drafted otherwise than it stood there when it was approved.
    """
    sheet = read_rows(path)
    if not {"line", "field", "proposed", "approve"} <= set(sheet.columns):
        raise _unfit(path, "缺少列 · a column is missing")
    known = {(str(each.line), each.field, each.archive): each for each in drafted}
    approved = []
    for at, row in sheet.iterrows():
        answer = _ANSWERS.get(str(row["approve"]).casefold())
        each = known.get((unguarded(row["line"]), row["field"], unguarded(row["proposed"])))
        if answer is None or (answer and each is None):
            raise _unfit(path, f"第 {at} 行 · line {at}")
        if answer and each:
            approved.append(each)
    return tuple(approved)


def write_corrected(existing: Existing, approved: Iterable[ComparedField], out: Path) -> None:
    """Write the earlier list anew with the approved corrections in it."""
    rows = {line: dict(row) for line, row in existing.rows.items()}
    for each in approved:
        rows[each.line][each.field] = each.archive
    fields = list(next(iter(rows.values()), {}))
    body = ([line, *(guarded(row[field]) for field in fields)] for line, row in rows.items())
    _write(out, ("line", *fields), body)


def _side(each: ComparedField) -> Iterator[object]:
    yield from (each.line, each.record_id, each.field, field_words(each.field)[0])
    yield from (guarded(each.existing), guarded(each.archive), each.source or "")
    yield "" if each.confidence is None else f"{each.confidence:.3f}"
    yield from (guarded(each.register), each.verdict, chinese("verdict", each.verdict))


def _draft(each: ComparedField) -> Iterator[object]:
    yield from (each.line, each.record_id, each.field, field_words(each.field)[0])
    yield from (guarded(each.existing), guarded(each.archive), each.source or "")
    yield from (guarded(each.register), "")


def _write(path: Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    frame = pd.DataFrame([list(row) for row in rows], columns=list(columns), dtype=object)
    text: str = frame.to_csv(index=False, lineterminator="\r\n")
    with writing_aside(path, replace=True) as stream:
        # With the mark (BOM), spreadsheets know that it is UTF-8.
        stream.write(text.encode("utf-8-sig"))


def _unfit(path: Path, what: str) -> InputError:
    return InputError(
        "not_the_draft",
        what=f"批准表与所拟更正不符 · the sheet doesn't fit the drafted corrections: {what}",
        where=path.name,
        remedy="approve 列填 是/否；数据有变则重新比对 · answer yes or no, or compare again",
    )
