"""Earlier rows beside archive and register: what differs, and what is wrong with the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.earlier import IMAGE
from records.reading import ROLES
from warehouse.comparison import (
    Certificate,
    ComparedField,
    Finding,
    FindingKind,
    Held,
    Linker,
    compare_row,
    faults_of_row,
    normal,
)
from warehouse.numbering import Series, series_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flows.earlier import Existing
    from matching.index import RegisterIndex
    from warehouse.store import Warehouse

_REGISTER_TAILS = ("name", "sex", "birth_date", "id_number", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The outcome of a comparison."""

    existing: Existing
    linked: int
    fields: tuple[ComparedField, ...]
    findings: tuple[Finding, ...]
    series: tuple[Series, ...]

    @property
    def corrections(self) -> tuple[ComparedField, ...]:
        """The fields for which a correction is drafted."""
        return tuple(each for each in self.fields if each.corrects)

    def counts(self) -> dict[str, Any]:
        """What may be told: numbers only."""
        return {
            "rows": len(self.existing.rows),
            "set_aside": len(self.existing.set_aside),
            "linked": self.linked,
            "fields": dict(sorted(Counter(str(each.verdict) for each in self.fields).items())),
            "findings": dict(sorted(Counter(str(each.kind) for each in self.findings).items())),
            "missing_numbers": sum(each.missing for each in self.series),
            "corrections": len(self.corrections),
        }


def compare(
    warehouse: Warehouse,
    existing: Existing,
    *,
    register: RegisterIndex | None = None,
    batch_id: str | None = None,
) -> Compared:
    """Set earlier rows beside the archive's certificates and the register's people."""
    certificates = _certificates(warehouse, batch_id)
    people = _register_values(warehouse, register, batch_id)
    linker = Linker(certificates)
    fields: list[ComparedField] = []
    findings: list[Finding] = []
    linked: dict[int, Certificate] = {}
    for line, row in existing.rows.items():
        findings += faults_of_row(line, row)
        found = linker.find(row)
        if len(found) != 1:
            kind = FindingKind.AMBIGUOUS if found else FindingKind.MISSING_IMAGE
            findings.append(Finding(line=line, record_id="", kind=kind, detail=""))
            continue
        linked[line] = found[0]
        fields += compare_row(line, row, found[0], people.get(found[0].certificate_id, {}))
    series = series_of(_numbers(existing, certificates))
    findings += [
        *_unknown_images(existing, certificates),
        *_doubles(existing, linked),
        *_not_keyed(certificates, linked.values()),
        *_gaps(series),
    ]
    return Compared(
        existing=existing,
        linked=len(linked),
        fields=tuple(fields),
        findings=tuple(findings),
        series=series,
    )


def _certificates(warehouse: Warehouse, batch_id: str | None) -> list[Certificate]:
    rows = warehouse.query("compared_fields", batch_id=batch_id).to_pylist()
    return [
        Certificate(
            certificate_id=certificate_id,
            scan=PurePath(held[0]["scan"] or "").name,
            fields={
                each["field"]: Held(
                    value=each["value"], source=each["source"], confidence=each["confidence"]
                )
                for each in held
            },
        )
        for certificate_id, held in (
            (key, list(group))
            for key, group in groupby(rows, key=lambda row: row["certificate_id"])
        )
    ]


def _register_values(
    warehouse: Warehouse, register: RegisterIndex | None, batch_id: str | None
) -> dict[str, dict[str, str]]:
    """Certificate → field → what the register says of the people it was matched to."""
    if register is None:
        return {}
    matched = warehouse.query("matched_people", batch_id=batch_id).to_pylist()
    wanted = pa.array([row["person_id"] for row in matched], pa.string())
    rows = pc.index_in(wanted, value_set=register.person_ids.cast(pa.string())).to_pylist()
    found = [
        (row["record_id"], at) for row, at in zip(matched, rows, strict=True) if at is not None
    ]
    texts = register.texts(np.array([at for _, at in found], dtype=np.int64)).to_pylist()
    values: dict[str, dict[str, str]] = {}
    for (person, _), text in zip(found, texts, strict=True):
        certificate_id, _, role = str(person).rpartition("/")
        values.setdefault(certificate_id, {}).update(
            {f"{role}.{tail}": str(text[tail] or "") for tail in _REGISTER_TAILS if role in ROLES}
        )
    return values


def _numbers(
    existing: Existing, certificates: Iterable[Certificate]
) -> Iterator[tuple[str, int | None]]:
    for row in existing.rows.values():
        yield row.get("certificate_number", ""), _year(row.get("registration_date", ""))
    for each in certificates:
        yield each.value("certificate_number"), _year(each.value("registration_date"))


def _year(text: str) -> int | None:
    year = normal("registration_date", text)[:4]
    return int(year) if year.isdecimal() else None


def _unknown_images(existing: Existing, certificates: Iterable[Certificate]) -> Iterator[Finding]:
    scans = {each.scan for each in certificates}
    for line, image in existing.images.items():
        if PurePath(image.replace("\\", "/")).name not in scans:
            yield Finding(line=line, record_id="", kind=FindingKind.UNKNOWN_IMAGE, detail=IMAGE)


def _doubles(existing: Existing, linked: Mapping[int, Certificate]) -> Iterator[Finding]:
    """Rows with the number of an earlier row, and rows that mean the same certificate."""
    numbers: dict[tuple[str, Any], int] = {}
    certificates: dict[str, int] = {}
    for line, row in existing.rows.items():
        number = normal("certificate_number", row.get("certificate_number", ""))
        if number:
            key = (number, _year(row.get("registration_date", "")))
            first = numbers.setdefault(key, line)
            if first != line:
                yield _double(line, FindingKind.DOUBLED_NUMBER, first)
        if line in linked:
            first = certificates.setdefault(linked[line].certificate_id, line)
            if first != line:
                yield _double(line, FindingKind.DOUBLED_ROW, first)


def _double(line: int, kind: FindingKind, first: int) -> Finding:
    return Finding(line=line, record_id="", kind=kind, detail=f"line {first}")


def _not_keyed(
    certificates: Iterable[Certificate], linked: Iterable[Certificate]
) -> Iterator[Finding]:
    known = {each.certificate_id for each in linked}
    for each in certificates:
        if each.certificate_id not in known:
            yield Finding(
                line=None, record_id=each.certificate_id, kind=FindingKind.NOT_KEYED, detail=""
            )


def _gaps(series: Iterable[Series]) -> Iterator[Finding]:
    for each in series:
        name = f"{each.name.kind} {each.name.office or '?'} {each.name.year}"
        for first, last in each.gaps:
            span = f"{first}" if first == last else f"{first}–{last}"
            yield Finding(line=None, record_id="", kind=FindingKind.GAP, detail=f"{name}: {span}")
        for number in each.far:
            yield Finding(
                line=None, record_id="", kind=FindingKind.FAR_NUMBER, detail=f"{name}: {number}"
            )
