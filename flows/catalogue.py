"""The catalogue of a hand-over: volumes and the papers in them, as XML and as tables.

Headings are the archive's own words. Values are what the paper says; the register's word stands
nowhere here. Dates are written YYYYMMDD, shorter where less is known (DA/T 18).
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from flows.volumes import nature_of
from ocr.xml_text import legal
from records.archive_code import NATURES
from records.gb18030 import encode_gb18030
from warehouse.spreadsheet import APOSTROPHE, guarded
from warehouse.words import chinese

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flows.volumes import Row, Volume

NAMESPACE = "urn:marriage-archive-backfill:catalogue:1"
VOLUMES, PAPERS, CATALOGUE = "案卷目录.csv", "卷内目录.csv", "目录.xml"
#: Encodings of the tables: name on the command line, and as the notes name it.
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB 18030-2022"}
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def catalogue(volumes: Iterable[Volume], codes: Mapping[str, Sequence[str]]) -> bytes:
    """All volumes as XML in UTF-8; `codes` gives the codes of the pages of each volume."""
    root = ET.Element(
        "目录",
        {"xmlns": NAMESPACE, "xmlns:xsi": _XSI, "版本": "1",
         "xsi:schemaLocation": f"{NAMESPACE} schemas/catalogue.xsd"},
    )  # fmt: skip
    for volume in volumes:
        element = volume_element(volume)
        pages = ET.SubElement(element, "页")
        for code, page in zip(codes[volume.archive_code], volume.pages, strict=True):
            ET.SubElement(
                pages, "页件", {"页号": code, "扫描件": page.scan_id, "原页": str(page.page)}
            )
        root.append(element)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def volume_element(volume: Volume) -> ET.Element:
    """A volume with its papers, without its pages."""
    element = ET.Element("案卷")
    for name, value in volume_row(volume).items():
        ET.SubElement(element, name).text = legal(value)
    papers = ET.SubElement(element, "卷内文件")
    for row in paper_rows(volume):
        paper = ET.SubElement(papers, "文件")
        for name, value in row.items():
            if name != "档号":
                ET.SubElement(paper, name).text = legal(value)
    return element


def volume_row(volume: Volume) -> dict[str, str]:
    """A volume as a row of the catalogue of volumes."""
    first = _leading(volume)
    couple = volume.nature != "ledger"
    return {
        "档号": volume.archive_code,
        "全宗号": volume.fonds,
        "年度": str(volume.year),
        "性质": NATURES[volume.nature],
        "保管期限": volume.retention,
        "案卷号": volume.number,
        "室编卷号": first["stamp_office_volume"] or "",
        "馆编卷号": first["stamp_archive_volume"] or "",
        "题名": _title(volume, first),
        "登记机关": first["office"] or "",
        "字号": (first["certificate_number"] or "") if couple else "",
        "登记日期": _date(first["registration_date"]) if couple else "",
        "男方": (first["male_name"] or "") if couple else "",
        "女方": (first["female_name"] or "") if couple else "",
        "件数": str(len(volume.records)),
        "页数": str(len(volume.pages)),
        "档号依据": {"stamp": "归档章", "assigned": "顺序编号"}[volume.basis],
    }


def paper_rows(volume: Volume) -> Iterator[dict[str, str]]:
    """The papers of a volume, a ledger's rows each, in order of pages and rows."""
    at = {page.page_id: number for number, page in enumerate(volume.pages, 1)}
    ordered = sorted(volume.records, key=lambda row: (at[row["page_id"]], row["row"]))
    for number, row in enumerate(ordered, 1):
        yield {
            "档号": volume.archive_code,
            "件号": str(number),
            "页次": str(at[row["page_id"]]),
            "行号": str(row["row"] or ""),
            "种类": chinese("kind", row["kind"]),
            "性质": NATURES["reissue" if row["reissue"] else row["event"]],
            "字号": row["certificate_number"] or "",
            "登记日期": _date(row["registration_date"]),
            "男方": row["male_name"] or "",
            "女方": row["female_name"] or "",
        }


def as_table(rows: Iterable[Mapping[str, object]], encoding: str) -> bytes:
    """Rows as CSV: UTF-8 with its mark, or GB 18030-2022; what could run as a formula can't."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow(map(_cell, map(str, row.values())))
    return encoded(text.getvalue(), encoding)


def encoded(text: str, encoding: str) -> bytes:
    """A text in one of `ENCODINGS`."""
    return encode_gb18030(text) if encoding == "gb18030" else text.encode("utf-8-sig")


def _cell(value: str) -> str:
    safe = guarded(value)
    return safe if safe.startswith(APOSTROPHE) else value


def _leading(volume: Volume) -> Row:
    """The record that stands for a volume: the first, or the one with the stamp."""
    stamped = (row for row in volume.records if row["stamp_archive_volume"])
    return next(stamped, volume.records[0])


def _title(volume: Volume, first: Row) -> str:
    if volume.nature == "ledger":
        event = "离婚" if first["event"] == "divorce" else "结婚"
        return f"{first['office'] or ''}{volume.year}年{event}登记簿"
    names = f"{first['male_name']}与{first['female_name']}"
    return f"{names}{NATURES[nature_of(first)]}登记材料"


def _date(value: str | None) -> str:
    return (value or "").replace("-", "")
