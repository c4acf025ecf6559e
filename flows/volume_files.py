"""The files of one volume: pictures of its pages, a two-layer PDF/A, and METS with ALTO if wanted.

A scan of one page is handed over byte for byte; a page of a longer scan is taken out of it
without loss. A volume's folder appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from PIL import Image as Pictures

from flows.catalogue import volume_element
from flows.mets import MetsFile, mets
from flows.originals import as_path
from flows.searchable import SOFTWARE, maker
from ocr.alto import alto
from ocr.pages import PageImage, load_pages, upright_by
from ocr.pictures import picture_of
from ocr.sniff import sha256_of
from ocr.two_layer import write_two_layer
from records.errors import InputError, UsageError
from records.written import Origin
from warehouse.store import sync

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from flows.volumes import Volume, VolumePage
    from records.archive_code import ArchiveCodes
    from records.reading import PageReading

_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif"}
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff"}
#: What the folder was made of, for going on after a stop; no part of what is handed over.
MADE = ".made.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFile:
    """A file of a volume: its name in the folder, what it is for, and what it was made of.

    `use` is `image`, `pdf`, `alto` or `mets`; `scan_id` and `page` name the page of the scan
    that an image or ALTO file shows.
    """

    name: str
    bytes: int
    sha256: str
    use: str
    scan_id: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """Makes the folders of a batch's volumes below a folder; `with_mets` adds ALTO and METS."""

    folder: Path
    batch_id: str
    codes: ArchiveCodes
    with_mets: bool
    scratch: Path

    def place(self, volume: Volume) -> Path:
        """The folder of a volume: fonds, year, letters of the nature, archive code."""
        letters = self.codes.natures[volume.nature]
        return self.folder / volume.fonds / str(volume.year) / letters / volume.archive_code

    def require_own(self) -> None:
        """Raises UsageError (`folder_taken`) where another batch's volumes lie in the folder."""
        for made in self.folder.rglob(MADE):
            with suppress(ValueError, KeyError, TypeError):  # A damaged one is made anew.
                if json.loads(made.read_text(encoding="utf-8"))["batch"] != self.batch_id:
                    raise UsageError(
                        "folder_taken",
                        what="文件夹中是另一批的移交件 · another batch's hand-over lies there",
                        where=self.folder.name,
                        remedy="另指一个文件夹 · name another folder",
                    )

    def kept(self, volume: Volume) -> tuple[VolumeFile, ...] | None:
        """The files of a volume that an earlier run finished, None where some work is left.

        Pages, records and maker must be those of now, and every file hold what its list says.
        """
        place = self.place(volume)
        try:
            told = json.loads((place / MADE).read_text(encoding="utf-8"))
            if told["made_of"] != self._made_of(volume):
                return None
            files = tuple(VolumeFile(**each) for each in told["files"])
            whole = all(sha256_of(place / each.name) == each.sha256 for each in files)
        except (OSError, ValueError, KeyError, TypeError, InputError):
            return None
        return files if whole else None

    def bind(
        self, volume: Volume, readings: Mapping[str, PageReading], *, given_at: datetime
    ) -> tuple[VolumeFile, ...]:
        """Write a volume's folder; `readings` are its pages with their lines, by page id."""
        place = self.place(volume)
        aside = place.with_name(f".{place.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True, mode=0o700)
        pages = [
            replace(readings[page.page_id], page=number)
            for number, page in enumerate(volume.pages, 1)
        ]
        files = [*self._pictures(volume, aside)]
        files.append(self._pdf(volume, readings, pages, aside))
        if self.with_mets:
            files += self._alto(volume, pages, aside)
            files.append(self._mets(volume, files, aside, given_at))
        made = {
            "batch": self.batch_id,
            "made_of": self._made_of(volume),
            "files": [{name: getattr(each, name) for name in _COLUMNS} for each in files],
        }
        _write(aside / MADE, json.dumps(made, ensure_ascii=False, indent=1).encode())
        sync(aside)
        shutil.rmtree(place, ignore_errors=True)
        aside.rename(place)
        sync(place.parent)
        return tuple(files)

    def _made_of(self, volume: Volume) -> str:
        """A digest of all that a volume's files depend on."""
        facts = [
            maker(), self.with_mets, self.codes.page, volume.archive_code,
            [(page.page_id, page.scan_id) for page in volume.pages],
            [sorted((name, str(value)) for name, value in row.items() if name != "archive_code")
             for row in volume.records],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()

    def _pictures(self, volume: Volume, place: Path) -> Iterator[VolumeFile]:
        for number, page in enumerate(volume.pages, 1):
            scan = as_path(page.scan)
            if page.alone and page.media_type in _SUFFIXES:
                data, suffix = scan.read_bytes(), _SUFFIXES[page.media_type]
            else:
                data, suffix = _taken_out(scan, page)
            name = self.codes.page_of(volume.archive_code, number) + suffix
            yield _made(place, name, data, use="image", page=page)

    def _pdf(
        self,
        volume: Volume,
        readings: Mapping[str, PageReading],
        pages: Sequence[PageReading],
        place: Path,
    ) -> VolumeFile:
        pictures = (picture_of(as_path(page.scan), readings[page.page_id]) for page in volume.pages)
        stream = io.BytesIO()
        write_two_layer(
            stream, pages, pictures, _origin(volume.archive_code, volume.pages),
            scratch=self.scratch,
        )  # fmt: skip
        return _made(place, f"{volume.archive_code}.pdf", stream.getvalue(), use="pdf")

    def _alto(
        self, volume: Volume, pages: Sequence[PageReading], place: Path
    ) -> Iterator[VolumeFile]:
        for page, reading in zip(volume.pages, pages, strict=True):
            code = self.codes.page_of(volume.archive_code, reading.page)
            data = alto([reading], _origin(as_path(page.scan).name, [page]))
            yield _made(place, f"{code}.alto.xml", data, use="alto", page=page)

    def _mets(
        self, volume: Volume, files: Sequence[VolumeFile], place: Path, given_at: datetime
    ) -> VolumeFile:
        listed = [
            MetsFile(
                name=each.name, bytes=each.bytes, sha256=each.sha256, use=each.use,
                media_type=media_type_of(each.name),
            )
            for each in files
        ]  # fmt: skip
        data = mets(
            volume.archive_code, volume_element(volume), listed, software=maker(), at=given_at
        )
        return _made(place, f"{volume.archive_code}.mets.xml", data, use="mets")


_COLUMNS = ("name", "bytes", "sha256", "use", "scan_id", "page")


def media_type_of(name: str) -> str:
    """The media type of a file of a volume, by its name."""
    ending = name[name.rindex(".") :]
    return _TYPES.get(ending) or ("application/pdf" if ending == ".pdf" else "application/xml")


def _origin(name: str, pages: Sequence[VolumePage]) -> Origin:
    scans = list(dict.fromkeys(page.scan_id for page in pages))
    digest = scans[0] if len(scans) == 1 else hashlib.sha256("".join(scans).encode()).hexdigest()
    return Origin(name=name, sha256=digest, software=SOFTWARE, version=version(SOFTWARE))


def _taken_out(scan: Path, page: VolumePage) -> tuple[bytes, str]:
    """One page of a longer scan: lossless, as it lies in the scan; raises InputError."""
    loaded = next(load_pages(scan, first=page.page, last=page.page))
    if not isinstance(loaded, PageImage):
        raise InputError(loaded.reason, what=loaded.detail, where=scan.name)
    picture = Pictures.fromarray(upright_by(loaded.rgb, -loaded.turned % 360))
    sink = io.BytesIO()
    dpi = page.dpi or loaded.dpi
    picture.save(
        sink, "TIFF", compression="tiff_adobe_deflate", **({"dpi": (dpi, dpi)} if dpi else {})
    )
    return sink.getvalue(), ".tif"


def _made(
    place: Path, name: str, data: bytes, *, use: str, page: VolumePage | None = None
) -> VolumeFile:
    _write(place / name, data)
    return VolumeFile(
        name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), use=use,
        scan_id=page.scan_id if page else "", page=page.page if page else 0,
    )  # fmt: skip


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
    sync(path)
