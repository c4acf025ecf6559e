"""What every load must satisfy: declared checks, each a sentence and a condition in SQL.

A row of pages or readings that breaks a check is kept out and entered in `quarantine` with
the reason. A verified record that breaks one stays, for the paper may say so; it is entered
for people to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from records.reading import FIELD_NAMES, Decision, Kind
from warehouse.schema import table_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from warehouse.store import Param, Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: `broken` is the condition in SQL under which a row breaks it.

    It is empty where a query or a reading of the text says so.
    """

    code: str
    zh: str
    en: str
    broken: str = ""

    @property
    def reason(self) -> str:
        """The sentence in both languages."""
        return f"{self.zh} · {self.en}"


def _words(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


PAGE_CHECKS = (
    Check(code="unknown_status", zh="状态不在规定之内", en="a status that is none",
          broken="status NOT IN ('read', 'quarantined')"),
    Check(code="unknown_kind", zh="表格种类不在规定之内", en="a kind of form that is none",
          broken=f"kind NOT IN ({_words(Kind)})"),
    Check(code="bad_rotation", zh="转角须为 0、90、180、270", en="a turn that is no quarter",
          broken="rotation NOT IN (0, 90, 180, 270)"),
    Check(code="bad_page", zh="页号为负，或页面没有大小", en="a page below nought or without size",
          broken="page < 0 OR width <= 0 OR height <= 0"),
    Check(code="page_of_other_scan", zh="页不属于所记的文件", en="a page of another scan",
          broken="page_id <> scan_id || ':' || page"),
)  # fmt: skip
READING_CHECKS = (
    Check(code="unknown_field", zh="字段名不在规定之内", en="a field that is none",
          broken=f"field NOT IN ({_words(FIELD_NAMES)})"),
    Check(code="bad_confidence", zh="把握须在 0 与 1 之间", en="a confidence outside 0 to 1",
          broken="NOT (confidence BETWEEN 0 AND 1)"),
    Check(code="unknown_decision", zh="建议不在规定之内", en="advice that is none",
          broken=f"decision NOT IN ({_words(Decision)})"),
    Check(code="bad_box", zh="位置的边倒置或为负", en="a box turned over or below nought",
          broken="box_left < 0 OR box_top < 0 OR box_right < box_left OR box_bottom < box_top"),
    Check(code="bad_row", zh="行号为负", en="a row below nought", broken="row < 0"),
    Check(code="no_page", zh="所在的页没有入库", en="its page was not loaded",
          broken="page_id NOT IN (SELECT page_id FROM pages)"),
)  # fmt: skip
#: What rows of each table must satisfy when chunks are loaded, and the column that names a row.
LOADED = {"pages": ("page_id", PAGE_CHECKS), "readings": ("reading_id", READING_CHECKS)}

_DAY = "length({0}) = 10"


def _too_young(role: str) -> str:
    """Younger than the law of the day allows to marry, however the dates are completed.

    20 and 18 under the Marriage Law of 1950, 22 and 20 under that of 1980, in force from the
    first of January 1981.
    """
    old, new = (20, 22) if role == "male" else (18, 20)
    born = f"TRY_CAST(rpad({role}_birth_date, 10, '-01-01') AS DATE)"
    return (
        f"event = 'marriage' AND NOT reissue AND {_DAY.format('registration_date')} "
        f"AND length({role}_birth_date) IN (4, 10) AND TRY_CAST(registration_date AS DATE) < "
        f"{born} + to_years(CASE WHEN registration_date >= '1981-01-01' THEN {new} ELSE {old} END)"
    )


def _id_against_birth(role: str) -> str:
    return (
        f"{_DAY.format(f'{role}_birth_date')} AND length({role}_id_number) = 18 AND "
        f"substr({role}_id_number, 7, 8) <> replace({role}_birth_date, '-', '')"
    )


RECORD_CHECKS = (
    Check(code="man_too_young", zh="男方未到当时的法定婚龄", en="the man below the age of the day",
          broken=_too_young("male")),
    Check(code="woman_too_young", zh="女方未到当时的法定婚龄",
          en="the woman below the age of the day", broken=_too_young("female")),
    Check(code="born_after_event", zh="出生晚于登记", en="born after the event",
          broken="male_birth_date > registration_date OR female_birth_date > registration_date"),
    Check(code="registered_in_future", zh="登记日期在核定之后", en="registered after verification",
          broken="registration_date > strftime(verified_at, '%Y-%m-%d')"),
    Check(code="before_the_law", zh="登记早于 1949 年", en="registered before 1949",
          broken="registration_date < '1949'"),
    Check(code="one_number_for_two", zh="双方证件号码相同", en="one ID number for both",
          broken="male_id_number <> '' AND male_id_number = female_id_number"),
    Check(code="man_id_against_birth", zh="男方出生日期与证件号码不符",
          en="the man's birth date against his number", broken=_id_against_birth("male")),
    Check(code="woman_id_against_birth", zh="女方出生日期与证件号码不符",
          en="the woman's birth date against her number", broken=_id_against_birth("female")),
    Check(code="number_of_other_year", zh="字号年份与登记年份不符", en="a number of another year",
          broken="regexp_matches(certificate_number, '^[JL][0-9]{6}-[0-9]{4}-') "
          "AND substr(certificate_number, 9, 4) <> left(registration_date, 4)"),
)  # fmt: skip

#: What of people's lives contradicts itself, by events that hang together (`warehouse.events`).
EVENT_CHECKS = (
    Check(code="recorded_twice", zh="同一对夫妻两次结婚登记，其间未见离婚",
          en="the couple married twice without a divorce between"),
    Check(code="end_not_seen", zh="前婚未见终止（法院离婚、丧偶不在本库）",
          en="no end of the marriage before"),
    Check(code="married_while_married", zh="前婚终止之前又与他人结婚",
          en="married another before the first marriage ended"),
    Check(code="divorced_while_divorced", zh="同一对夫妻离婚之后又离婚，其间未见结婚",
          en="the couple divorced twice without a marriage between"),
    Check(code="divorced_from_another", zh="离婚对象不是当时的配偶", en="divorced from another"),
    Check(code="divorce_before_marriage", zh="离婚先于结婚（或系复婚而前婚不在本库）",
          en="divorced before the only marriage"),
    Check(code="divorce_of_annulled", zh="所终止的婚姻已被撤销或宣告无效",
          en="the divorce of a marriage that was annulled"),
)  # fmt: skip
#: What a remark may say of an annulment without saying it plainly.
NOTE_CHECKS = (
    Check(code="annulment_unclear", zh="备注提及撤销或无效，而未明言已经撤销或宣告",
          en="the remark touches on an annulment and doesn't say that there was one"),
    Check(code="annulment_unsettled", zh="备注提及撤销或无效，而尚未定值",
          en="the remark touches on an annulment and isn't settled yet"),
)  # fmt: skip


def admit(
    warehouse: Warehouse, table: str, rows: pa.Table, *, batch_id: str, now: datetime
) -> pa.Table:
    """The rows that satisfy their table's checks; the others are entered in `quarantine`.

    Pages are to be loaded before their readings. Tables without checks pass whole.
    """
    if table not in LOADED:
        return rows
    key, checks = LOADED[table]
    # Nearly every load is whole: one pass says so, and only a fault asks which check it broke.
    broken = " OR ".join(f"({check.broken})" for check in checks)
    if not warehouse.ask(
        f"FROM incoming SELECT 1 WHERE {broken} LIMIT 1", rows, name=table
    ).num_rows:
        return rows
    found = warehouse.ask(_faults("incoming", key, checks), rows, name=table)
    _keep_out(warehouse, table, found, checks, batch_id=batch_id, now=now)
    kept_out = pa.compute.is_in(rows[key], value_set=found["row_id"].combine_chunks())
    return rows.filter(pa.compute.invert(kept_out))


def doubt_records(warehouse: Warehouse, *, batch_id: str, now: datetime) -> int:
    """State what is implausible of a batch's verified records; returns what is new of it.

    A doubt that no longer holds, because the value was settled anew, is withdrawn.
    """
    couples = warehouse.query("couples_of_batch", batch_id=batch_id)
    statement = _faults("incoming", "record_id", RECORD_CHECKS, own="batch_id")
    found = warehouse.ask(statement, couples, name="doubts")
    return state_doubts(
        warehouse, found, RECORD_CHECKS, of="batch_id = $batch_id", now=now, batch_id=batch_id
    )


def state_doubts(
    warehouse: Warehouse,
    found: pa.Table,
    checks: Iterable[Check],
    *,
    of: str,
    now: datetime,
    **params: Param,
) -> int:
    """Let `found` (`row_id`, `broken`, `batch_id`) be what is doubted of records by `checks`.

    `of` is the SQL condition on `quarantine` that says of which records; returns the new rows.
    """
    reasons = {check.code: check.reason for check in checks}
    lines = [
        {**row, "table_name": "records", "held": False, "reason": reasons[row["broken"]]}
        for row in found.to_pylist()
    ]
    schema = table_schemas()["quarantine"]
    said = [name for name in schema.names if name not in {"noted_at", "stands", "turn"}]
    rows = pa.Table.from_pylist(lines, pa.schema([schema.field(name) for name in said]))
    within = f"table_name = 'records' AND list_contains($codes, broken) AND {of}"
    codes = sorted(reasons)
    return warehouse.conclude("quarantine", rows, within=within, now=now, codes=codes, **params)


def _faults(source: str, key: str, checks: Iterable[Check], *, own: str = "") -> str:
    """One row a fault: the row's id, the code of what it breaks, and its `own` columns."""
    more = f", {own}" if own else ""
    return " UNION ALL ".join(
        f"FROM {source} SELECT {key} AS row_id, '{check.code}' AS broken{more} WHERE {check.broken}"
        for check in checks
    )


def _keep_out(
    warehouse: Warehouse,
    table: str,
    found: pa.Table,
    checks: Iterable[Check],
    *,
    batch_id: str,
    now: datetime,
) -> None:
    reasons = {check.code: check.reason for check in checks}
    lines = [
        {
            "table_name": table,
            "row_id": row["row_id"],
            "broken": row["broken"],
            "held": True,
            "batch_id": batch_id,
            "reason": reasons[row["broken"]],
            "noted_at": now,
        }
        for row in found.to_pylist()
    ]
    warehouse.merge("quarantine", pa.Table.from_pylist(lines, table_schemas()["quarantine"]))
