"""Files of certificate persons at the door: Parquet or CSV into a checked table.

CSV comes from offices: pandas reads it as text. No value of a row ever stands in a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from matching.columns import array, pc, read_parquet
from matching.columns import table as table_of
from records.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_ENCODINGS = ("utf-8-sig", "gb18030")
_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"
_OPTIONAL = (
    "certificate_id", "role", "name", "sex", "birth_date", "id_number", "address",
    "registration_date", "kind", "alternatives",
)  # fmt: skip


def read_certificates(file: Path) -> pa.Table:
    """Read certificate persons; raises InputError when the file can't be used.

    `record_id` keeps its type: an integer column stays one, also when it comes from CSV.
    """
    if not file.is_file():
        raise InputError(
            "certificates_missing",
            what="The file of certificates does not exist.",
            where=str(file),
            remedy="Check the path.",
        )
    with file.open("rb") as handle:
        head = handle.read(4)
    table = _parquet(file) if head == b"PAR1" else _csv(file)
    _check(table, file)
    return table


def read_confirmed(file: Path) -> pa.Table:
    """Confirmed answers: `record_id`, and `person_id` or nothing for somebody not there.

    Raises InputError when the file can't be used.
    """
    try:
        with file.open("rb") as handle:
            head = handle.read(4)
    except OSError as error:
        raise _refused(file, "confirmed_missing", "The file does not exist.") from error
    table = _parquet(file) if head == b"PAR1" else _csv(file)
    missing = {"record_id", "person_id"} - set(table.column_names)
    if missing:
        told = f"The confirmed answers lack the columns: {', '.join(sorted(missing))}."
        raise _refused(file, "confirmed_columns", told)
    columns: Any = table
    if len(pc.unique(columns["record_id"])) < table.num_rows or columns["record_id"].null_count:
        told = "The confirmed answers have an empty or doubled record_id."
        raise _refused(file, "confirmed_invalid", told)
    return table


def _parquet(file: Path) -> pa.Table:
    try:
        return read_parquet(file)
    except (pa.ArrowException, OSError) as error:
        raise _refused(file, "certificates_unreadable", "The Parquet file is damaged.") from error


def _csv(file: Path) -> pa.Table:
    for encoding in _ENCODINGS:
        try:
            frame = pd.read_csv(file, dtype=str, encoding=encoding, keep_default_na=False)
        except UnicodeDecodeError:
            continue
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise _refused(file, "certificates_unreadable", "The CSV file is broken.") from error
        columns: dict[str, Any] = {
            str(name): array([text or None for text in frame[name]], pa.string())
            for name in frame.columns
        }
        return _typed(table_of(columns))
    raise _refused(file, "undecodable_bytes", "The CSV file is neither UTF-8 nor GB18030.")


def _typed(table: pa.Table) -> pa.Table:
    """Integers that CSV wrote as text are integers again where every row has one."""
    for at, name in enumerate(table.column_names):
        if name in ("record_id", "certificate_id"):
            column: Any = table[name]
            whole = pc.all(pc.match_substring_regex(column, _INTEGER)).as_py()
            if whole and len(column):
                table = table.set_column(at, name, pc.cast(column, pa.int64()))
    return table


def _check(table: pa.Table, file: Path) -> None:
    missing = {"record_id", "certificate_id", "name"} - set(table.column_names)
    if missing:
        raise _refused(
            file,
            "certificates_columns",
            f"The file of certificates lacks the columns: {', '.join(sorted(missing))}.",
        )
    columns: Any = table
    record = columns["record_id"]
    doubled = pc.count_distinct(record).as_py() < table.num_rows
    named = any(pa.types.is_nested(columns[name].type) for name in ("certificate_id", "name"))
    if record.null_count or doubled or named:
        raise _refused(
            file,
            "certificates_invalid",
            "The file of certificates has an empty or doubled record_id, or a column of a "
            "wrong type.",
        )


def _refused(file: Path, reason: str, what: str) -> InputError:
    return InputError(
        reason,
        what=what,
        where=str(file),
        remedy=f"Expected columns: record_id, {', '.join(_OPTIONAL)}.",
    )
