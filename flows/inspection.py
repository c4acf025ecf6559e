"""The sheet on which an inspector marks each sampled record right or wrong.

Written for spreadsheets and read back as they save it, UTF-8 or GB18030. Neither the sheet
nor a message about it holds a value of a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pandera.pandas as pandera

from flows.sheets import read_rows
from records.errors import InputError
from warehouse.spreadsheet import guarded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

COLUMNS = ("record_id", "file", "page", "row", "right")
_NEEDED = ("record_id", "right")
_ANSWERS = {"是": True, "否": False, "yes": True, "no": False, "1": True, "0": False}
_SHOWN = 20
_FAULTS = {
    "not_in_batch": "不是本批的核实记录 · not a verified record of this batch",
    "field_uniqueness": "同一记录出现多次 · a record stands here more than once",
    "not_answered": "right 须为 是/否、yes/no 或 1/0 · right must be one of these",
}


def write_sheet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A sheet with the records to inspect, `right` left empty.

    Each row has `record_id`, `file`, `page` and `row`, which is None outside ledgers.
    """
    lines = [{**row, "file": guarded(str(row["file"])), "right": ""} for row in rows]
    frame = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
    text: str = frame.to_csv(index=False, lineterminator="\r\n")
    # With the mark (BOM), spreadsheets know that it is UTF-8.
    return text.encode("utf-8-sig")


def read_sheet(path: Path, record_ids: Collection[str]) -> dict[str, bool]:
    """Record → whether it is right, from a sheet that was filled in.

    Raises InputError with the faulty lines when a record is not one of `record_ids`, stands
    there twice or has no answer; IntegrityError when there is no file to read.
    """
    frame = _table(path)
    try:
        _door(frozenset(record_ids)).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise _faulty(path, error.failure_cases) from None
    return dict(zip(frame["record_id"], frame["right"].map(_ANSWERS), strict=True))


def _table(path: Path) -> pd.DataFrame:
    """The needed columns as text; the index is the line in the file, from 1."""
    body = read_rows(path)
    if any(list(body.columns).count(name) != 1 for name in _NEEDED):
        raise _refused(
            path,
            "sheet_columns",
            "缺少列，或同一列出现两次 · a column is missing or stands there twice",
        )
    return body[list(_NEEDED)].assign(right=body["right"].str.casefold())


def _door(record_ids: frozenset[str]) -> pandera.DataFrameSchema:
    known = pandera.Check(lambda column: column.isin(record_ids), error="not_in_batch")
    answered = pandera.Check(lambda column: column.isin(_ANSWERS), error="not_answered")
    return pandera.DataFrameSchema(
        {
            "record_id": pandera.Column(str, known, unique=True),
            "right": pandera.Column(str, answered),
        }
    )


def _faulty(path: Path, failures: pd.DataFrame) -> InputError:
    faults = sorted({(int(line), str(check)) for line, check in _places(failures)})
    told = [f"第 {line} 行 · line {line}: {_FAULTS[check]}" for line, check in faults[:_SHOWN]]
    more = f"\n  … {len(faults) - _SHOWN} 处 more" if len(faults) > _SHOWN else ""
    return _refused(path, "sheet_faulty", "抽检表有误 · faults:\n  " + "\n  ".join(told) + more)


def _places(failures: pd.DataFrame) -> Iterable[tuple[Any, Any]]:
    return zip(failures["index"], failures["check"], strict=True)


def _refused(path: Path, reason: str, what: str) -> InputError:
    return InputError(
        reason,
        what=what,
        where=path.name,
        remedy="改正后重新运行 · correct the sheet and run it again; "
        f"columns: {', '.join(COLUMNS)}",
    )
