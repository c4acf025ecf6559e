"""Which papers make a volume, and the archive code that it bears from then on.

A couple's papers of one event are one volume (一对夫妻一卷), a ledger is one of its own. Only what
is settled counts: a stamp that nobody settled gives no code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from records.certificate_number import parse_certificate_number
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from records.archive_code import ArchiveCodes
    from warehouse.store import Warehouse

    Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePage:
    """A page of a volume: where its scan lies, and which of the scan's pages it is.

    `alone` says that the scan holds nothing but this page.
    """

    page_id: str
    scan_id: str
    scan: str
    page: int
    dpi: int | None
    media_type: str
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A volume under its archive code: its pages in order, and the records on them.

    `records` are rows of the query `volume_records`, whose values are what the paper says;
    `basis` is `stamp` or `assigned`.
    """

    archive_code: str
    fonds: str
    year: int
    nature: str
    retention: str
    number: str
    basis: str
    pages: tuple[VolumePage, ...]
    records: tuple[Row, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A page or record that stays behind, and the reason's code."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The volumes of a batch, and what stays behind."""

    volumes: tuple[Volume, ...]
    left_out: tuple[LeftOut, ...]


def shelve(
    warehouse: Warehouse, codes: ArchiveCodes, *, batch_id: str, now: datetime
) -> tuple[Shelf, dict[str, int]]:
    """Put a batch's verified records into volumes, and give codes to those that have none.

    Codes are kept in the warehouse and never change; doing it again gives the same. Gives the
    volumes, and how many rows of each table were new.
    """
    with warehouse.transaction():
        records = warehouse.query("volume_records", batch_id=batch_id).to_pylist()
        pages = warehouse.query("volume_pages", batch_id=batch_id).to_pylist()
        known = warehouse.query("volumes").to_pylist()
        shelf = volumes_of(records, pages, known, codes)
        fresh = _enter(warehouse, shelf.volumes, batch_id=batch_id, now=now)
    return shelf, fresh


def volumes_of(
    records: Sequence[Row], pages: Sequence[Row], known: Sequence[Row], codes: ArchiveCodes
) -> Shelf:
    """The volumes that records and pages make, beside those known; rows are the queries'."""
    with_records = {record["page_id"] for record in records}
    following, left_out = _following(pages, with_records)
    places = {page["page_id"]: _place(page) for page in pages}
    giver = _Giver(codes, known)
    volumes: list[Volume] = []
    for group in sorted(_groups(records, codes), key=lambda rows: _turn(rows, codes)):
        ids = sorted({row["page_id"] for row in group}, key=lambda one: _order(places[one]))
        own = [place for one in ids for place in (places[one], *following.get(one, ()))]
        try:
            volumes.append(giver.volume(group, own))
        except InputError as error:
            left_out += [LeftOut(what=row["record_id"], reason=error.reason) for row in group]
    ordered = sorted(volumes, key=lambda volume: (volume.fonds, volume.year, volume.archive_code))
    return Shelf(volumes=tuple(ordered), left_out=tuple(left_out))


def nature_of(record: Row) -> str:
    """The nature of the volume that a record belongs to."""
    if record["kind"].endswith("ledger"):
        return "ledger"
    return "reissue" if record["reissue"] else str(record["event"])


def _groups(records: Sequence[Row], codes: ArchiveCodes) -> list[list[Row]]:
    """Records that make a volume together: of one ledger, of one couple, or under one stamp."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for record in records:
        nature = nature_of(record)
        couple = (record[name] for name in _COUPLE)
        key = (nature, record["scan_id"]) if nature == "ledger" else (nature, *couple)
        groups.setdefault(key, []).append(record)
    stamped: dict[tuple[object, ...], list[Row]] = {}
    for key, group in groups.items():
        stamp = next((_stamp(row, codes) for row in group if _stamp(row, codes)), None)
        stamped.setdefault((nature_of(group[0]), *stamp) if stamp else key, []).extend(group)
    return list(stamped.values())


_COUPLE = ("certificate_number", "registration_date", "male_name", "female_name")


def _stamp(record: Row, codes: ArchiveCodes) -> tuple[str, str, str] | None:
    """Fonds, year and number of the volume by a settled stamp, where numbers come from stamps."""
    if codes.number == "assigned":
        return None
    number, year = record[codes.number.replace(".", "_")], record["stamp_year"]
    return (record["stamp_fonds"] or codes.fonds, year, number) if number and year else None


def _turn(group: Sequence[Row], codes: ArchiveCodes) -> tuple[bool, bool]:
    """Volumes with a code come first, then those that a stamp numbers: the rest fill in."""
    return (
        not any(row["archive_code"] for row in group),
        not any(_stamp(row, codes) for row in group),
    )


def _place(page: Row) -> VolumePage:
    return VolumePage(
        page_id=page["page_id"], scan_id=page["scan_id"], scan=page["source"], page=page["page"],
        dpi=page["dpi"], media_type=page["media_type"], alone=page["last_page"] == 1,
    )  # fmt: skip


def _order(place: VolumePage) -> tuple[str, int]:
    return place.scan, place.page


def _following(
    pages: Sequence[Row], with_records: set[str]
) -> tuple[dict[str, list[VolumePage]], list[LeftOut]]:
    """Pages without a certificate by the page of their scan that they follow, and the rest."""
    found: dict[str, list[VolumePage]] = {}
    left_out: list[LeftOut] = []
    before: Row | None = None
    for page in pages:
        if before is not None and before["scan_id"] != page["scan_id"]:
            before = None
        if page["page_id"] in with_records:
            before = page
        elif page["certificates"]:
            left_out.append(LeftOut(what=page["page_id"], reason="not_verified"))
            before = None
        elif before is None:
            left_out.append(LeftOut(what=page["page_id"], reason="no_certificate"))
        else:
            found.setdefault(before["page_id"], []).append(_place(page))
    return found, left_out


class _Giver:
    """Gives codes: the one a volume has, the one its stamp says, or the next free of its series."""

    def __init__(self, codes: ArchiveCodes, known: Iterable[Row]) -> None:
        self._codes = codes
        self._known = {row["archive_code"]: row for row in known}
        self._highest: dict[tuple[object, ...], int] = {}
        for row in self._known.values():
            self._see(row["fonds"], row["year"], row["nature"], row["number"])

    def volume(self, group: Sequence[Row], pages: Sequence[VolumePage]) -> Volume:
        """The volume of these records; raises InputError where it can have no code."""
        code = next((row["archive_code"] for row in group if row["archive_code"]), None)
        given = self._known[code] if code else self._given(group)
        return Volume(
            **{name: given[name] for name in _GIVEN}, pages=tuple(pages), records=tuple(group)
        )

    def _given(self, group: Sequence[Row]) -> Row:
        codes, nature = self._codes, nature_of(group[0])
        stamp = next((_stamp(row, codes) for row in group if _stamp(row, codes)), None)
        fonds, written, number = stamp or (codes.fonds, _year(group), "")
        if not written.isdecimal() or not 0 < int(written) <= _LAST_YEAR:
            raise _no_code("no_year", group)
        year = int(written)
        tried = (
            [number] if stamp else map(str, count(self._highest.get((fonds, year, nature), 0) + 1))
        )
        for one in tried:
            code = codes.code_of(fonds=fonds, year=year, nature=nature, volume=one)
            if code not in self._known:
                made = {
                    "archive_code": code, "fonds": fonds, "year": year, "nature": nature,
                    "retention": codes.retention, "number": one,
                    "basis": "stamp" if stamp else "assigned",
                }  # fmt: skip
                self._known[code] = made
                self._see(fonds, year, nature, one)
                return made
        raise _no_code("code_taken", group)

    def _see(self, fonds: str, year: int, nature: str, number: str) -> None:
        series = (fonds, year, nature)
        if number.isdecimal():
            self._highest[series] = max(self._highest.get(series, 0), int(number))


_GIVEN = ("archive_code", "fonds", "year", "nature", "retention", "number", "basis")
_LAST_YEAR = 9999


def _year(group: Sequence[Row]) -> str:
    """The year of a volume: that of its number, which for a reissue isn't that of the marriage."""
    first = group[0]
    number = parse_certificate_number(first["certificate_number"] or "")
    if first["reissue"] and number and number.year:
        return str(number.year)
    return str(first["registration_date"] or "")[:4]


def _enter(
    warehouse: Warehouse, volumes: Sequence[Volume], *, batch_id: str, now: datetime
) -> dict[str, int]:
    made = [
        {**{name: getattr(volume, name) for name in _GIVEN}, "batch_id": batch_id, "given_at": now}
        for volume in volumes
    ]
    inside = [
        {"record_id": row["record_id"], "archive_code": volume.archive_code, "entered_at": now}
        for volume in volumes
        for row in volume.records
    ]
    return {
        table: warehouse.merge(table, pa.Table.from_pylist(rows, warehouse.schema(table)))
        for table, rows in (("volumes", made), ("volume_records", inside))
    }


def _no_code(reason: str, group: Sequence[Row]) -> InputError:
    return InputError(
        reason,
        what="给不出档号 · no archive code can be given",
        where=group[0]["record_id"],
        remedy="核对归档章、登记日期与档号规则 · see the stamp, the date and the grammar of codes",
    )
