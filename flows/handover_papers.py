"""What stands beside the volumes of a hand-over: catalogue, list of files, notes, acceptance.

The list names every file with its checksum; the notes (说明文件) carry the checksum of the list, so
that one line read out to the receiver proves the whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files as shipped
from typing import TYPE_CHECKING

from flows.catalogue import (
    CATALOGUE,
    ENCODINGS,
    PAPERS,
    VOLUMES,
    as_table,
    catalogue,
    encoded,
    paper_rows,
    volume_row,
)
from flows.handover_check import ACCEPTANCE, LIST, NOTES, SCHEMAS
from warehouse.store import sync

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from flows.handover_check import Checked
    from flows.volume_files import VolumeFile
    from flows.volumes import Volume
    from records.archive_code import ArchiveCodes

    #: A volume, its folder, and its files.
    Bound = tuple[Volume, Path, tuple[VolumeFile, ...]]

_INSPECTED = {"passed": "合格", "failed": "不合格", "": "未抽检"}
_NOTES = """\
说明文件

一、移交单位：{sender}
二、接收单位：{receiver}
三、内容：婚姻登记档案数字化成果，一对夫妻一卷，登记簿一册一卷；共 {volumes} 卷 {pages} 页。
四、年度：{years}
五、目录结构：全宗号/年度/性质/档号/；图像以“档号-页号”命名，每卷一份双层 PDF/A-2b。
六、目录：{catalogue}（XML，UTF-8，schemas/catalogue.xsd）、{listed}（{encoding}）。
    所著录的均为纸上所写且已定值的内容；日期为 YYYYMMDD，不知日、月者缺位。
七、文件清单：{list}，列出每个文件的字节数、SHA-256、用途、所出扫描件。
    文件清单 SHA-256：{digest}
八、图像：扫描件只有一页的，与原件逐字节相同；多页文件中的一页，无损另存为 TIFF。
九、本批抽检：{inspection}
十、软件：{software}；阅读图像、PDF、CSV、XML 不需要专用软件。
十一、制作时间：{at}
十二、本件含个人信息，按个人信息与档案管理的规定保管。
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The papers of one hand-over; `inspection` is the batch's last verdict, empty without."""

    folder: Path
    codes: ArchiveCodes
    encoding: str
    at: datetime
    software: str
    inspection: str

    def write(self, bound: Sequence[Bound]) -> str:
        """Write catalogue, list and notes; returns the SHA-256 of the list, in hex."""
        volumes = [volume for volume, _, _ in bound]
        pages = {
            volume.archive_code: [
                self.codes.page_of(volume.archive_code, number)
                for number in range(1, len(volume.pages) + 1)
            ]
            for volume in volumes
        }
        papers = [row for volume in volumes for row in paper_rows(volume)]
        made = {
            CATALOGUE: catalogue(volumes, pages),
            VOLUMES: as_table(map(volume_row, volumes), self.encoding),
            PAPERS: as_table(papers, self.encoding),
        }
        for name in ("catalogue.xsd", "mets-written.xsd"):
            made[f"{SCHEMAS}/{name}"] = shipped("flows").joinpath("schemas", name).read_bytes()
        for name, data in made.items():
            self._put(name, data)
        rows = [*self._own_rows(made), *self._volume_rows(bound)]
        listed = as_table(rows, self.encoding)
        digest = hashlib.sha256(listed).hexdigest()
        self._put(LIST, listed)
        self._put(NOTES, self._notes(volumes, digest))
        return digest

    def write_acceptance(self, checked: Checked) -> None:
        """Write what was found when the whole was checked, with lines for those who sign."""
        rows = [
            {
                "类别": each.kind, "项目": each.what, "检查数": each.looked_at,
                "不合格": each.faulty, "结论": "不合格" if each.faulty else "合格",
            }
            for each in checked.checks
        ]  # fmt: skip
        signed = [
            ("抽检", "本批抽样验收", _INSPECTED[self.inspection]),
            ("安全性", "病毒与载体检查（接收单位）", ""),
            ("移交", self.codes.sender, ""),
            ("接收", self.codes.receiver, ""),
            ("移交人、日期", "", ""),
            ("接收人、日期", "", ""),
        ]
        rows += [
            {"类别": kind, "项目": what, "检查数": "", "不合格": "", "结论": told}
            for kind, what, told in signed
        ]
        self._put(ACCEPTANCE, as_table(rows, self.encoding))

    def _own_rows(self, made: dict[str, bytes]) -> list[dict[str, object]]:
        return [
            {
                "文件": name, "字节": len(data), "SHA-256": hashlib.sha256(data).hexdigest(),
                "用途": "schema" if name.startswith(SCHEMAS) else "catalogue",
                "档号": "", "扫描件": "", "原页": "",
            }
            for name, data in made.items()
        ]  # fmt: skip

    def _volume_rows(self, bound: Sequence[Bound]) -> list[dict[str, object]]:
        return [
            {
                "文件": (place / each.name).relative_to(self.folder).as_posix(),
                "字节": each.bytes, "SHA-256": each.sha256, "用途": each.use,
                "档号": volume.archive_code, "扫描件": each.scan_id, "原页": each.page or "",
            }
            for volume, place, files in bound
            for each in files
        ]  # fmt: skip

    def _notes(self, volumes: Sequence[Volume], digest: str) -> bytes:
        years = sorted({volume.year for volume in volumes})
        text = _NOTES.format(
            sender=self.codes.sender, receiver=self.codes.receiver, volumes=len(volumes),
            pages=sum(len(volume.pages) for volume in volumes),
            years=f"{years[0]}–{years[-1]}" if len(years) > 1 else years[0],
            catalogue=CATALOGUE, listed=f"{VOLUMES}、{PAPERS}", list=LIST, digest=digest,
            encoding=ENCODINGS[self.encoding], inspection=_INSPECTED[self.inspection],
            software=self.software, at=self.at.isoformat(timespec="seconds"),
        )  # fmt: skip
        return encoded(text.replace("\n", "\r\n"), self.encoding)

    def _put(self, name: str, data: bytes) -> None:
        """Write one file in one step."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.part")
        aside.write_bytes(data)
        aside.chmod(0o600)
        sync(aside)
        aside.replace(path)
        sync(path.parent)
