"""Searchable copies of scans: each document read, then written as two-layer PDF/A and ALTO.

Whatever an earlier run finished is left alone. Scans themselves are never changed.
"""

from __future__ import annotations

import glob
import os
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from confidentiality.files import writing_aside
from flows.copies import Made, Record
from flows.originals import as_text
from ocr.alto import alto
from ocr.confidence import model
from ocr.forms.loading import installed_forms
from ocr.pages import refusal, source_name
from ocr.pictures import picture_of
from ocr.pool import expand, read_paths
from ocr.sniff import sha256_of
from ocr.two_layer import write_two_layer
from records.errors import InputError, StoreError, UsageError
from records.reading import PageReading, PageRefusal
from records.written import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ocr.forms.form import FormSet

    Outcome = PageReading | PageRefusal

#: What can be made of a document, and how the names of the files end.
KINDS = {"pdf": ".pdf", "alto": ".alto.xml"}
#: The reader that also delivers the lines of a page.
READER = "ocr.reader:read_page_and_lines"
SOFTWARE = "marriage-archive-backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A scan, and the name of its copies relative to their folder, without the endings."""

    path: Path
    name: Path

    @property
    def source(self) -> str:
        """The scan's path as results name it."""
        return source_name(self.path)

    def copy(self, kind: str) -> Path:
        """The name of a copy, relative to the folder of copies."""
        return self.name.with_name(self.name.name + KINDS[kind])


def documents_of(paths: Iterable[Path], folder: Path) -> list[Document]:
    """The scans among files and folders, with the names that their copies will have.

    A copy is named like its scan with an ending added, in the same subfolders. Raises
    UsageError (`same_name`, `would_overwrite`) where two scans would share a name, or a copy
    would take the place of a scan.
    """
    found = [
        Document(path=file, name=file.relative_to(path) if path.is_dir() else Path(file.name))
        for path in paths
        for file in expand([path])
    ]
    _refuse_same_names(found)
    scans = {document.path.resolve() for document in found}
    for document in found:
        if any((folder / document.copy(kind)).resolve() in scans for kind in KINDS):
            raise UsageError(
                "would_overwrite",
                what="副本会覆盖扫描件 · a copy would overwrite a scan",
                where=source_name(document.name),
                remedy="--to 指定另一个文件夹 · name another folder with --to",
            )
    return list(dict.fromkeys(found))


def _refuse_same_names(documents: Iterable[Document]) -> None:
    names: dict[Path, Path] = {}
    for document in documents:
        if names.setdefault(document.name, document.path) != document.path:
            raise UsageError(
                "same_name",
                what="两份扫描件的副本会同名 · two scans would have copies of the same name",
                where=source_name(document.name),
                remedy="分两次处理，各用一个 --to · process them in two runs, a --to each",
            )


def make_searchable(
    documents: Sequence[Document],
    folder: Path,
    *,
    kinds: Sequence[str],
    workers: int,
    scratch: Path,
    on_progress: Callable[[int, int], None] | None = None,
    forms: FormSet | None = None,
) -> Iterator[Made]:
    """Read the documents and write their copies of `kinds` below a folder, in order.

    `scratch` is a folder for short-lived files, `forms` are those that the reader knows.
    Raises StoreError (`cannot_write`) where the folder can't be written to.
    """
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        record = Record(folder, maker(forms))
        digests = {document: _digest(document.path) for document in documents}
    kept = {
        document: record.kept(source_name(document.name), document.source, digest, kinds)
        for document, digest in digests.items()
    }
    waiting = [document.path for document in documents if kept[document] is None]
    results = read_paths(waiting, workers=workers, reader=READER, forms=forms)
    by_source = groupby(results, key=lambda result: result.source)
    for done, document in enumerate(documents, 1):
        made = kept[document]
        if made is None:
            outcomes = list(next(by_source)[1])
            with _writing(folder):
                copier = _Copier(folder=folder, document=document, digest=digests[document])
                made = copier.copied(outcomes, kinds, scratch)
                if made.files:
                    record.add(source_name(document.name), digests[document], made)
        yield made
        if on_progress:
            on_progress(done, len(documents))


def _digest(path: Path) -> str:
    """The scan's SHA-256, empty where it can't be opened, which reading will report."""
    try:
        return sha256_of(path)
    except InputError:
        return ""


def maker(forms: FormSet | None = None) -> str:
    """What copies depend on beside the scan: this software, its calibration, and the forms."""
    own = f", forms {forms.digest}" if forms and forms is not installed_forms() else ""
    return f"{SOFTWARE} {version(SOFTWARE)}, calibration {model().version}{own}"


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            "cannot_write",
            what=f"无法写入副本 · copies can't be written: {os.strerror(error.errno or 0)}",
            where=str(folder),
            remedy="检查磁盘空间与权限后再次运行 · check space and permissions, then run it again",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copier:
    """Writes the copies of one document."""

    folder: Path
    document: Document
    digest: str

    def copied(self, outcomes: Sequence[Outcome], kinds: Sequence[str], scratch: Path) -> Made:
        """Write the copies of the pages that could be read."""
        pages = [page for page in outcomes if isinstance(page, PageReading)]
        refused = [page for page in outcomes if isinstance(page, PageRefusal)]
        files: dict[str, str] = {}
        if pages:
            try:
                files = {kind: self._file(kind, pages, scratch) for kind in kinds}
            except InputError as error:
                # The scan was there when it was read, and isn't any more.
                refused.append(refusal(self.document.source, 1, error))
        return Made(
            source=self.document.source,
            status="written" if files else "quarantined",
            pages=len(pages) if files else 0,
            files=files,
            refused=tuple(refused),
        )

    def _file(self, kind: str, pages: Sequence[PageReading], scratch: Path) -> str:
        name = self.document.copy(kind)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            # What a killed run left behind.
            left.unlink(missing_ok=True)
        with writing_aside(path, replace=True) as stream:
            self._write(stream, kind, pages, scratch)
        return as_text(name)

    def _write(
        self, stream: BinaryIO, kind: str, pages: Sequence[PageReading], scratch: Path
    ) -> None:
        origin = Origin(
            name=source_name(Path(self.document.path.name)), sha256=self.digest,
            software=SOFTWARE, version=version(SOFTWARE),
        )  # fmt: skip
        if kind == "alto":
            stream.write(alto(pages, origin))
        else:
            pictures = (picture_of(self.document.path, page) for page in pages)
            write_two_layer(stream, pages, pictures, origin, scratch=scratch)
