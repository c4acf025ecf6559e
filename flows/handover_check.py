"""Whether a hand-over is whole: every checksum, every schema, and that all of it agrees.

Needs nothing but the folder: the receiver can run it without a home, a key or a warehouse.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib.resources import files as shipped
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lxml import etree

from flows.catalogue import CATALOGUE, NAMESPACE, VOLUMES
from flows.mets import NAMESPACE as METS
from ocr.sniff import sha256_of
from ocr.two_layer import pages_in
from records.errors import InputError
from records.gb18030 import decode_gb18030

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LIST, NOTES, ACCEPTANCE, SCHEMAS = "文件清单.csv", "说明文件.TXT", "验收记录.csv", "schemas"
_DIGEST = re.compile(r"文件清单 SHA-256：([0-9a-f]{64})")
_HEADING = ("文件", "字节", "SHA-256", "用途", "档号", "扫描件", "原页")
_C, _M = f"{{{NAMESPACE}}}", f"{{{METS}}}"
_ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}alto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong: a code, and the file it is in."""

    code: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: of which property it is, what was looked at, how much of it, how much failed."""

    kind: str
    what: str
    looked_at: int
    faulty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A hand-over as it was found."""

    checks: tuple[Check, ...]
    faults: tuple[Fault, ...]


_Row = dict[str, str]


def check_handover(folder: Path) -> Checked:
    """Check a folder that was handed over; raises InputError when it is none."""
    try:
        listed = (folder / LIST).read_bytes()
        notes = _text((folder / NOTES).read_bytes())
        rows = _rows(listed)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise InputError(
            "not_a_handover",
            what="这里没有可读的移交清单 · there is no readable list of a hand-over here",
            where=folder.name,
            remedy=f"指定含 {LIST} 与 {NOTES} 的文件夹 · name the folder that holds them",
        ) from error
    inside = _Inside(folder, {row["文件"]: row for row in rows})
    told = _DIGEST.search(notes)
    proved = told is not None and told[1] == hashlib.sha256(listed).hexdigest()
    inside.look("真实性", "说明文件所载的清单校验值", [("list_changed", LIST)] * (not proved), of=1)
    inside.look("真实性", "文件校验值与字节数", inside.changed(), of=len(rows))
    inside.look("完整性", "文件齐全，无清单以外的文件", inside.strays(), of=len(rows))
    volumes = inside.catalogue()
    inside.look("完整性", "各卷页数与图像数相符", inside.uncounted(volumes), of=len(volumes))
    inside.look("可用性", "双层 PDF 可打开，页数相符", inside.pdfs(volumes), of=len(volumes))
    inside.look("可用性", "METS、ALTO 合乎规则", inside.described(), of=inside.uses["mets"])
    return Checked(checks=tuple(inside.checks), faults=tuple(inside.faults))


class _Inside:
    """The files of a hand-over by their names in its list, and what was found of them."""

    def __init__(self, folder: Path, rows: Mapping[str, _Row]) -> None:
        self.folder, self.rows = folder, rows
        self.uses = Counter(row["用途"] for row in rows.values())
        self.checks: list[Check] = []
        self.faults: list[Fault] = []

    def look(
        self,
        kind: str,
        what: str,
        found: Iterator[tuple[str, str]] | list[tuple[str, str]],
        *,
        of: int,
    ) -> None:
        """Enter one check with the faults that it found."""
        faults = [Fault(code=code, where=where) for code, where in found]
        self.faults += faults
        self.checks.append(Check(kind=kind, what=what, looked_at=of, faulty=len(faults)))

    def changed(self) -> Iterator[tuple[str, str]]:
        """Files that are there and aren't what the list says."""
        for name, row in self.rows.items():
            path = self._path(name)
            if path and (str(path.stat().st_size), sha256_of(path)) != (
                row["字节"],
                row["SHA-256"],
            ):
                yield "changed", name

    def strays(self) -> Iterator[tuple[str, str]]:
        """Files of the list that are missing, and files that no list names."""
        yield from (("missing", name) for name in self.rows if self._path(name) is None)
        known = {*self.rows, LIST, NOTES, ACCEPTANCE}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if (path.is_symlink() or path.is_file()) and name not in known and path.name[0] != ".":
                yield "not_listed", name

    def catalogue(self) -> dict[str, tuple[int, list[str]]]:
        """Pages and page codes of each volume of the catalogue, which must fit its schema."""
        root = self._valid(CATALOGUE, "catalogue.xsd")
        faults = [] if root is not None else [("schema", CATALOGUE)]
        volumes = {}
        for each in () if root is None else root.iterfind(f"{_C}案卷"):
            codes = [page.get("页号") for page in each.iterfind(f"{_C}页/{_C}页件")]
            volumes[each.findtext(f"{_C}档号")] = (int(each.findtext(f"{_C}页数")), codes)
        table = self._table(VOLUMES)
        if [row.get("档号") for row in table] != list(volumes):
            faults.append(("catalogues_differ", VOLUMES))
        self.look("完整性", "目录合乎规则，XML 与表格一致", faults, of=len(volumes))
        return volumes

    def uncounted(self, volumes: Mapping[str, tuple[int, list[str]]]) -> Iterator[tuple[str, str]]:
        """Volumes whose pictures aren't the pages that the catalogue names."""
        pictures = defaultdict(list)
        for name, row in self.rows.items():
            if row["用途"] == "image":
                pictures[row["档号"]].append(PurePosixPath(name).stem)
        for code, (pages, codes) in volumes.items():
            if len(codes) != pages or pictures.pop(code, []) != codes:
                yield "pages_differ", code
        yield from (("not_in_catalogue", code) for code in pictures)

    def pdfs(self, volumes: Mapping[str, tuple[int, list[str]]]) -> Iterator[tuple[str, str]]:
        """Two-layer PDFs that can't be opened or have another number of pages."""
        names = {row["档号"]: name for name, row in self.rows.items() if row["用途"] == "pdf"}
        for code, (pages, _) in volumes.items():
            path = self._path(names.get(code, ""))
            if path is None or pages_in(path) != pages:
                yield "pdf", names.get(code, code)

    def described(self) -> Iterator[tuple[str, str]]:
        """METS files that break their schema or name other files than there are; broken ALTO."""
        for name, row in self.rows.items():
            if row["用途"] == "mets":
                root = self._valid(name, "mets-written.xsd")
                if root is None or not self._names_its_files(name, root):
                    yield "mets", name
            elif row["用途"] == "alto":
                root = self._parsed(name)
                if root is None or root.tag != _ALTO:
                    yield "alto", name

    def _names_its_files(self, name: str, root: etree._Element) -> bool:
        beside = PurePosixPath(name).parent
        named = {
            str(beside / each.find(f"{_M}FLocat").get("LOCREF")): each.get("CHECKSUM")
            for each in root.iter(f"{_M}file")
        }
        return named == {
            other: row["SHA-256"]
            for other, row in self.rows.items()
            if PurePosixPath(other).parent == beside and row["用途"] != "mets"
        }

    def _path(self, name: str) -> Path | None:
        """A file of the list, None unless it is a plain file inside the folder."""
        pure = PurePosixPath(name)
        path = self.folder / pure
        if not name or pure.is_absolute() or ".." in pure.parts or path.is_symlink():
            return None
        return path if path.is_file() else None

    def _parsed(self, name: str) -> etree._Element | None:
        path = self._path(name)
        try:
            return etree.fromstring(path.read_bytes(), _PARSER) if path else None
        except etree.XMLSyntaxError:
            return None

    def _valid(self, name: str, schema: str) -> etree._Element | None:
        root = self._parsed(name)
        rules = etree.fromstring(shipped("flows").joinpath("schemas", schema).read_bytes())
        return root if root is not None and etree.XMLSchema(rules).validate(root) else None

    def _table(self, name: str) -> list[_Row]:
        path = self._path(name)
        try:
            return list(csv.DictReader(io.StringIO(_text(path.read_bytes())))) if path else []
        except (ValueError, csv.Error):
            return []


#: Nothing is fetched and no entity is followed.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _rows(listed: bytes) -> list[_Row]:
    rows = list(csv.DictReader(io.StringIO(_text(listed))))
    if not rows or tuple(rows[0]) != _HEADING:
        raise ValueError(LIST)
    return rows


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode_gb18030(data)
