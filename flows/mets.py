"""A volume as METS 2 (Library of Congress, namespace version 2): its files and their order.

Only what the schema knows is written: header, one description, files by use, one map of pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from flows.catalogue import NAMESPACE as CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NAMESPACE = "http://www.loc.gov/METS/v2"
_USES = {"image": "ARCHIVAL", "alto": "TEXT", "pdf": "ACCESS"}
_DESCRIPTION = "DESCRIPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetsFile:
    """A file beside the METS file; `use` is `image`, `alto` or `pdf`."""

    name: str
    bytes: int
    sha256: str
    use: str
    media_type: str


def mets(
    archive_code: str,
    description: ET.Element,
    files: Sequence[MetsFile],
    *,
    software: str,
    at: datetime,
) -> bytes:
    """The METS file of a volume; images and ALTO files come in the order of the pages."""
    root = ET.Element("mets", {"xmlns": NAMESPACE, "OBJID": archive_code, "TYPE": "volume"})
    header = ET.SubElement(root, "metsHdr", CREATEDATE=at.isoformat(timespec="seconds"))
    agent = ET.SubElement(header, "agent", ROLE="CREATOR", TYPE="SOFTWARE")
    ET.SubElement(agent, "name").text = software
    section = ET.SubElement(root, "mdSec")
    about = ET.SubElement(section, "md", ID=_DESCRIPTION, USE="DESCRIPTIVE")
    wrap = ET.SubElement(about, "mdWrap", MDTYPE="OTHER", MIMETYPE="application/xml")
    description.set("xmlns", CATALOGUE)
    ET.SubElement(wrap, "xmlData").append(description)
    ids = _file_section(root, files)
    _page_map(root, archive_code, files, ids)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _file_section(root: ET.Element, files: Sequence[MetsFile]) -> dict[str, str]:
    section = ET.SubElement(root, "fileSec")
    ids = {}
    for use, word in _USES.items():
        group = ET.SubElement(section, "fileGrp", USE=word)
        for number, each in enumerate((file for file in files if file.use == use), 1):
            ids[each.name] = f"{use.upper()}{number:04d}"
            element = ET.SubElement(
                group, "file", ID=ids[each.name], MIMETYPE=each.media_type, SIZE=str(each.bytes),
                CHECKSUM=each.sha256, CHECKSUMTYPE="SHA-256",
            )  # fmt: skip
            ET.SubElement(element, "FLocat", LOCTYPE="SYSTEM", LOCREF=each.name)
    return ids


def _page_map(root: ET.Element, code: str, files: Sequence[MetsFile], ids: dict[str, str]) -> None:
    structure = ET.SubElement(ET.SubElement(root, "structSec"), "structMap", TYPE="PHYSICAL")
    volume = ET.SubElement(structure, "div", TYPE="volume", LABEL=code, MDID=_DESCRIPTION)
    for each in files:
        if each.use == "pdf":
            ET.SubElement(volume, "fptr", FILEID=ids[each.name])
    images, texts = ([each for each in files if each.use == use] for use in ("image", "alto"))
    for number, both in enumerate(zip(images, texts, strict=True), 1):
        page = ET.SubElement(volume, "div", TYPE="page", ORDER=str(number))
        for each in both:
            ET.SubElement(page, "fptr", FILEID=ids[each.name])
